/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/network_user.c - a network inside this program, by libslirp: the guest is 10.0.2.15, the
 * host 10.0.2.2, a name server 10.0.2.3; what the guest sends further leaves by sockets of this
 * process. Its clock is the guest's, and its answers come a fixed time after what asked for them: as
 * long as no socket is open, what it does is a function of what the guest sends.
 */
#include <config.h>

#include "machine/network.h"

#ifdef HAVE_SLIRP

#include <errno.h>
#include <libslirp.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"
#include "machine/network_options.h"

#define ANSWER_US 50 /* from a frame of the guest's to an answer that needs nobody else */

struct user_network {
    Slirp *slirp;
    bool ever;      /* there was a socket: from now on it is asked which there are */
    bool answering; /* within slirp_input() */
    struct pollfd fds[NETWORK_FDS];
    unsigned count;
};

static struct user_network *user_of(void *opaque)
{
    return ((struct network *)opaque)->host;
}

static ssize_t send_packet(const void *frame, size_t bytes, void *opaque)
{
    struct network *network = opaque;
    uint64_t delay = user_of(network)->answering
                         ? clock_ticks_from(&network->machine->clock, ANSWER_US, 1000000)
                         : 0;

    network_queue(network, frame, bytes, delay);
    return (ssize_t)bytes;
}

static void guest_error(const char *message, void *opaque)
{
    log_line(((struct network *)opaque)->machine->log, LOG_INFO, "network", "%s", message);
}

static int64_t clock_get_ns(void *opaque)
{
    const struct clock *clock = &((struct network *)opaque)->machine->clock;

    return (int64_t)clock_ticks_to(clock, clock_now(clock), 1000000000);
}

/* Timers are for the router advertisements of IPv6, which is off. */
static void *timer_new(SlirpTimerCb callback, void *context, void *opaque)
{
    (void)callback;
    (void)context;
    (void)opaque;
    return xcalloc(1, 1);
}

static void timer_free(void *timer, void *opaque)
{
    (void)opaque;
    free(timer);
}

static void timer_mod(void *timer, int64_t when, void *opaque)
{
    (void)timer;
    (void)when;
    (void)opaque;
}

static void register_fd(int fd, void *opaque)
{
    (void)fd;
    user_of(opaque)->ever = true;
}

static void unregister_fd(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = register_fd,
    .unregister_poll_fd = unregister_fd,
    .notify = notify,
};

static void user_send(struct network *network, const uint8_t *frame, size_t bytes)
{
    struct user_network *user = network->host;

    user->answering = true;
    slirp_input(user->slirp, frame, (int)bytes);
    user->answering = false;
}

static int add_fd(int fd, int events, void *opaque)
{
    struct user_network *user = opaque;
    struct pollfd *p = &user->fds[user->count];

    if (user->count == NETWORK_FDS)
        return -1;
    p->fd = fd;
    p->events =
        (short)((events & SLIRP_POLL_IN ? POLLIN : 0) | (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                (events & SLIRP_POLL_PRI ? POLLPRI : 0));
    p->revents = 0;
    return (int)user->count++;
}

static int get_events(int index, void *opaque)
{
    struct user_network *user = opaque;
    int events;

    if (index < 0)
        return 0;
    events = user->fds[index].revents;
    return (events & POLLIN ? SLIRP_POLL_IN : 0) | (events & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (events & POLLPRI ? SLIRP_POLL_PRI : 0) | (events & POLLERR ? SLIRP_POLL_ERR : 0) |
           (events & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static void fill(struct user_network *user)
{
    uint32_t timeout = UINT32_MAX;

    user->count = 0;
    slirp_pollfds_fill(user->slirp, &timeout, add_fd, user);
}

static void user_poll(struct network *network)
{
    struct user_network *user = network->host;
    int result;

    if (!user->ever)
        return;
    fill(user);
    result = poll(user->fds, user->count, 0);
    slirp_pollfds_poll(user->slirp, result < 0, get_events, user);
}

static unsigned user_fds(struct network *network, struct pollfd *fds)
{
    struct user_network *user = network->host;

    if (!user->ever)
        return 0;
    fill(user);
    memcpy(fds, user->fds, user->count * sizeof *fds);
    return user->count;
}

static void user_close(struct network *network)
{
    struct user_network *user = network->host;

    slirp_cleanup(user->slirp);
    free(user);
}

static const struct network_class user_class = {
    .send = user_send,
    .poll = user_poll,
    .fds = user_fds,
    .close = user_close,
};

static bool forward(struct user_network *user, const char *text, struct buf *error)
{
    struct hostfwd f;

    if (!hostfwd_parse(&f, text, error)) /* cannot be: it was looked at before */
        return false;
    if (slirp_add_hostfwd(user->slirp, f.udp, (struct in_addr){ htonl(f.host) }, f.host_port,
                          (struct in_addr){ htonl(f.guest) }, f.guest_port) == 0) {
        user->ever = true; /* a listening one, which is not told of */
        return true;
    }
    buf_printf(error, "hostfwd=%s: %s", text, strerror(errno));
    return false;
}

bool network_user_open(struct network *network, struct buf *error, int *exit_code)
{
    const struct nic_config *config = network->config;
    struct user_network *user = xcalloc(1, sizeof *user);
    SlirpConfig slirp = {
        .version = 1,
        .restricted = config->restricted,
        .in_enabled = true,
        .vnetwork = { htonl(0x0a000200) },
        .vnetmask = { htonl(0xffffff00) },
        .vhost = { htonl(0x0a000202) },
        .vdhcp_start = { htonl(0x0a00020f) },
        .vnameserver = { htonl(0x0a000203) },
        .vhostname = config->hostname,
        .tftp_path = config->tftp,
        .bootfile = config->bootfile,
    };

    network->host = user;
    user->slirp = slirp_new(&slirp, &callbacks, network);
    if (!user->slirp) {
        buf_add_text(error, "-nic user: libslirp cannot be started");
        free(user);
        *exit_code = 4;
        return false;
    }
    network->class = &user_class;
    for (unsigned i = 0; i < config->hostfwd_count; i++) {
        if (!forward(user, config->hostfwd[i], error)) {
            *exit_code = 4;
            return false;
        }
    }
    return true;
}

#else

bool network_user_open(struct network *network, struct buf *error, int *exit_code)
{
    (void)network;
    buf_add_text(error, "-nic user: this program was built without libslirp, expected tap or none");
    *exit_code = 2;
    return false;
}

#endif
