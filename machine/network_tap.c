/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/network_tap.c - a TAP interface of the host: the guest is a station on whatever the host
 * connects it to. Source: Linux, Documentation/networking/tuntap.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "machine/network.h"

#ifdef __linux__

#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#define FRAMES_AT_ONCE 256
#define TUN_DEVICE "/dev/net/tun"

static void tap_send(struct network *network, const uint8_t *frame, size_t bytes)
{
    /* What the host does not take now is lost, as on any network. */
    ssize_t n = write(network->fd, frame, bytes);

    (void)n;
}

static void tap_poll(struct network *network)
{
    uint8_t frame[NET_MOST];

    for (unsigned i = 0; i < FRAMES_AT_ONCE && network->queued < FRAMES_AT_ONCE; i++) {
        ssize_t n = read(network->fd, frame, sizeof frame);

        if (n <= 0)
            return;
        network_queue(network, frame, (size_t)n, 0);
    }
}

static unsigned tap_fds(struct network *network, struct pollfd *fds)
{
    fds[0] = (struct pollfd){ .fd = network->fd, .events = POLLIN };
    return 1;
}

static void tap_close(struct network *network)
{
    close(network->fd);
}

static const struct network_class tap_class = {
    .send = tap_send,
    .poll = tap_poll,
    .fds = tap_fds,
    .close = tap_close,
};

bool network_tap_open(struct network *network, struct buf *error, int *exit_code)
{
    const char *name = network->config->ifname;
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    int fd;

    if (name && strlen(name) >= sizeof request.ifr_name) {
        buf_printf(error, "ifname=%s: %zu bytes, expected at most %zu", name, strlen(name),
                   sizeof request.ifr_name - 1);
        *exit_code = 2;
        return false;
    }
    if (name)
        strcpy(request.ifr_name, name);
    fd = open(TUN_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        buf_printf(error, TUN_DEVICE ": %s", strerror(errno));
        return false;
    }
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        buf_printf(error, TUN_DEVICE ": interface '%s': %s", name ? name : "tap%d",
                   strerror(errno));
        close(fd);
        return false;
    }
    network->fd = fd;
    network->class = &tap_class;
    return true;
}

#else

bool network_tap_open(struct network *network, struct buf *error, int *exit_code)
{
    (void)network;
    buf_add_text(error, "-nic tap: not on this host, expected Linux");
    *exit_code = 2;
    return false;
}

#endif
