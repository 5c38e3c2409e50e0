/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/network_options.h - the parts of -nic, -netdev and of cards in -device, as QEMU's. */
#ifndef MACHINE_NETWORK_OPTIONS_H
#define MACHINE_NETWORK_OPTIONS_H

#include "machine/config.h"

enum network_option { NETWORK_NIC, NETWORK_NETDEV, NETWORK_DEVICE };

/*
 * One option's text, which is cut into pieces that the configuration then points into. False: *error
 * is one line without the option's name.
 */
MUST_CHECK bool network_parse(struct machine_config *config, enum network_option option, char *text,
                              struct buf *error);
/* Is this model of -device a network card? */
bool network_is_model(const char *text);

/* tcp|udp:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT; addresses in the host's byte order. */
struct hostfwd {
    bool udp;
    uint32_t host, guest; /* 0: any, and the first that DHCP gives */
    uint16_t host_port, guest_port;
};
MUST_CHECK bool hostfwd_parse(struct hostfwd *forward, const char *text, struct buf *error);

#endif
