/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/network.c - what all networks have in common: the queue of frames for the card, the count of
 * those it sent, the dump. Source: the Internet-Draft "PCAP Capture File Format".
 */
#include "machine/network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"
#include "util/bits.h"

#define QUEUE_MOST 1024 /* frames; more are lost, as they are on a busy network */

/* clang-format off */
/* Everything from one member to the one before another. */
#define NOT_SAVED_SPAN(name, first, next, text)                                                    \
    { name, offsetof(struct network, first),                                                       \
      offsetof(struct network, next) - offsetof(struct network, first), 1, FMT_DERIVED, text }

const struct field network_fields[] = {
    NOT_SAVED_SPAN("host", cable, sent, "the host's side"),
    FIELD(struct network, sent,   FMT_DEC, "frames that the guest has sent"),
    FIELD(struct network, digest, FMT_HEX, "FNV digest of them"),
    FIELD(struct network, taken,  FMT_DEC, "frames that the card was given"),
    NOT_SAVED(struct network, passed,      "frames that were passed on"),
    NOT_SAVED(struct network, pcap,        "the host's side"),
    NOT_SAVED(struct network, pcap_failed, "the host's side"),
    { 0 },
};
/* clang-format on */

static void dump_bytes(struct network *network, const void *bytes, size_t count)
{
    if (!network->pcap || network->pcap_failed ||
        (fwrite(bytes, 1, count, network->pcap) == count && !ferror(network->pcap)))
        return;
    network->pcap_failed = true;
    log_line(network->machine->log, LOG_WARN, "network", "%s: %s, the dump ends here",
             network->config->pcap, strerror(errno));
}

/* Nanoseconds of virtual time, Ethernet. */
static void dump_header(struct network *network)
{
    uint8_t header[24] = { 0 };

    store_le32(header, 0xa1b23c4d);
    store_le16(header + 4, 2);
    store_le16(header + 6, 4);
    store_le32(header + 16, NET_MOST);
    store_le32(header + 20, 1);
    dump_bytes(network, header, sizeof header);
}

static void dump_frame(struct network *network, const uint8_t *frame, size_t bytes)
{
    const struct clock *clock = &network->machine->clock;
    uint64_t ns;
    uint8_t header[16];

    if (!network->pcap)
        return;
    ns = clock_ticks_to(clock, clock_now(clock), 1000000000);
    store_le32(header, (uint32_t)(clock->boot_seconds + ns / 1000000000));
    store_le32(header + 4, (uint32_t)(ns % 1000000000));
    store_le32(header + 8, (uint32_t)bytes);
    store_le32(header + 12, (uint32_t)bytes);
    dump_bytes(network, header, sizeof header);
    dump_bytes(network, frame, bytes);
}

/* The card sends. */
static void take_frame(void *host, const uint8_t *frame, size_t bytes)
{
    struct network *network = host;

    for (size_t i = 0; i < bytes; i++)
        network->digest = (network->digest ^ frame[i]) * UINT64_C(0x100000001b3); /* FNV */
    if (network->sent++ < network->passed)
        return;
    network->passed = network->sent;
    dump_frame(network, frame, bytes);
    if (network->class)
        network->class->send(network, frame, bytes);
}

/* The card has room again: the machine looks here as soon as this instruction is over. */
static void has_room(void *host)
{
    struct network *network = host;

    if (!network->blocked)
        return;
    network->blocked = false;
    clock_interrupt_run(&network->machine->clock);
}

void network_queue(struct network *network, const uint8_t *frame, size_t bytes, uint64_t ticks)
{
    struct network_frame *f;

    if (network->queued == QUEUE_MOST || bytes > NET_MOST)
        return;
    f = xcalloc(1, sizeof *f + bytes);
    f->when = clock_now(&network->machine->clock) + ticks;
    f->bytes = bytes;
    memcpy(f->data, frame, bytes);
    if (network->last) {
        f->when = f->when < network->last->when ? network->last->when : f->when;
        network->last->next = f;
    } else {
        network->first = f;
        clock_interrupt_run(&network->machine->clock); /* the engine may be running past it */
    }
    network->last = f;
    network->queued++;
}

static void drop_first(struct network *network)
{
    struct network_frame *f = network->first;

    network->first = f->next;
    if (!network->first)
        network->last = NULL;
    network->queued--;
    free(f);
}

static void give(struct network *network, const uint8_t *frame, size_t bytes)
{
    network->taken++;
    if (network->cable.receive)
        network->cable.receive(network->cable.device, frame, bytes);
}

uint64_t network_next(const struct network *network)
{
    return network->first && !network->blocked ? network->first->when : UINT64_MAX;
}

bool network_is_live(struct network *network)
{
    struct pollfd fds[NETWORK_FDS];

    return network->class && network->class->fds(network, fds);
}

void network_poll(struct network *network)
{
    uint64_t now = clock_now(&network->machine->clock);

    if (network->class)
        network->class->poll(network);
    network->blocked = false;
    while (network->first && network->first->when <= now) {
        struct network_frame *f = network->first;

        if (network->cable.can_receive && !network->cable.can_receive(network->cable.device)) {
            network->blocked = true;
            return;
        }
        replay_frame(network->machine, network->index, f->data, f->bytes);
        dump_frame(network, f->data, f->bytes);
        give(network, f->data, f->bytes);
        drop_first(network);
    }
}

void network_feed(struct network *network, const uint8_t *frame, size_t bytes)
{
    give(network, frame, bytes);
}

void network_cut(struct network *network)
{
    network->class = NULL;
    network->pcap = NULL;
    network->first = network->last = NULL; /* left to the process that owns them */
    network->queued = 0;
}

bool network_open(struct network *network, const struct nic_config *config, struct machine *machine,
                  unsigned index, struct buf *error, int *exit_code)
{
    *network = (struct network){ .fd = -1, .config = config, .machine = machine, .index = index };
    network->cable.send = take_frame;
    network->cable.has_room = has_room;
    network->cable.host = network;
    *exit_code = 4;
    if (config->pcap) {
        network->pcap = fopen(config->pcap, "wb");
        if (!network->pcap) {
            buf_printf(error, "%s: %s", config->pcap, strerror(errno));
            return false;
        }
        dump_header(network);
    }
    switch (config->kind) {
    case NETWORK_USER:
        return network_user_open(network, error, exit_code);
    case NETWORK_TAP:
        return network_tap_open(network, error, exit_code);
    default:
        return true;
    }
}

void network_close(struct network *network)
{
    if (network->class)
        network->class->close(network);
    if (network->pcap && fclose(network->pcap) != 0 && !network->pcap_failed)
        log_line(network->machine->log, LOG_WARN, "network", "%s: %s", network->config->pcap,
                 strerror(errno));
    while (network->first)
        drop_first(network);
    *network = (struct network){ .fd = -1 };
}
