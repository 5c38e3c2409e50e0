/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/network.h - the host's end of a network card's cable: a network inside this program (NAT),
 * a TAP interface of the host, or nobody. What comes from there is input: it reaches the card between
 * two instructions, is written to the input log with its tick, and is given again from there. What
 * the guest sends again, after it was set back, is not passed on a second time.
 */
#ifndef MACHINE_NETWORK_H
#define MACHINE_NETWORK_H

#include <poll.h>
#include <stdio.h>

#include "iodev/net.h"
#include "machine/config.h"
#include "util/field.h"
#include "util/log.h"

struct machine;
struct network;

#define NETWORK_FDS 64 /* that are looked at, of one network */

struct network_class {
    /* A frame of the guest's. Answers may be queued at once: network_queue(). */
    void (*send)(struct network *network, const uint8_t *frame, size_t bytes);
    /* What the host has; does not block. */
    void (*poll)(struct network *network);
    /* Descriptors that have to be waited for, at most NETWORK_FDS. 0: nothing can come by itself. */
    unsigned (*fds)(struct network *network, struct pollfd *fds);
    void (*close)(struct network *network);
};

struct network_frame {
    struct network_frame *next;
    uint64_t when; /* tick before which the card does not get it */
    size_t bytes;
    uint8_t data[];
};

struct network {
    struct net_cable cable;
    const struct network_class *class; /* NULL: nobody is at the far end */
    void *host;                        /* the class's own */
    int fd;                            /* likewise; -1: none */
    const struct nic_config *config;
    struct machine *machine;
    unsigned index;
    struct network_frame *first, *last; /* on their way to the card */
    unsigned queued;
    bool blocked;    /* the card had no room for the first of them */
    uint64_t sent;   /* frames from the guest */
    uint64_t digest; /* FNV digest of them */
    uint64_t taken;  /* frames that the card was given */
    uint64_t passed; /* so many of the guest's were passed on */
    FILE *pcap;
    bool pcap_failed;
};

/* What of it belongs to the state of a machine. */
extern const struct field network_fields[];

/* Open what nic_config says. False: *error is one line. network_close() in either case. */
MUST_CHECK bool network_open(struct network *network, const struct nic_config *config,
                             struct machine *machine, unsigned index, struct buf *error,
                             int *exit_code);
void network_close(struct network *network);
/* For the classes: a frame for the card, `ticks` from now. */
void network_queue(struct network *network, const uint8_t *frame, size_t bytes, uint64_t ticks);
/* Tick at which the next frame is due; UINT64_MAX: none waits, or the card has no room. */
uint64_t network_next(const struct network *network);
/* Can anything come from the host by itself? Then an idle guest is not faster than the host's time. */
bool network_is_live(struct network *network);
/* Between two instructions: what the host has, and what is due goes to the card. */
void network_poll(struct network *network);
/* A frame from the input log. */
void network_feed(struct network *network, const uint8_t *frame, size_t bytes);
/* Nothing reaches the host from now on: for a copy of the process. */
void network_cut(struct network *network);

/* Classes. False: *error is one line. */
bool network_user_open(struct network *network, struct buf *error, int *exit_code);
bool network_tap_open(struct network *network, struct buf *error, int *exit_code);

#endif
