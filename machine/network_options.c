/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/network_options.c - the parts of -nic, -netdev and of cards in -device. */
#include "machine/network_options.h"

#include <stdio.h>
#include <string.h>

#include "util/text.h"

static const struct {
    const char *name;
    enum nic_model model;
} models[] = {
    { "e1000", NIC_E1000 },
    { "e1000-82540em", NIC_E1000 },
    { "ne2k_pci", NIC_NE2000 },
};
#define MODELS_TEXT "e1000 or ne2k_pci"

static const char *const keys[] = { "model",    "mac",     "hostfwd", "pcap",       "ifname",
                                    "netdev",   "id",      "tftp",    "bootfile",   "hostname",
                                    "restrict", "romfile", "script",  "downscript", NULL };
#define KEYS_TEXT                                                                                  \
    "model, mac, hostfwd, pcap, ifname, id, tftp, bootfile, hostname, restrict or romfile"

static bool bad(struct buf *error, const char *key, const char *value, const char *expected)
{
    buf_printf(error, "%s='%s', expected %s", key, value, expected);
    return false;
}

/* How long the name in front of the first comma is. */
static bool is_word(const char *text, const char *word)
{
    size_t length = strcspn(text, ",");

    return strlen(word) == length && !strncmp(text, word, length);
}

bool network_is_model(const char *text)
{
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        if (is_word(text, models[i].name))
            return true;
    }
    return false;
}

static bool parse_model(struct nic_config *nic, const char *text, struct buf *error)
{
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        if (!strcmp(text, models[i].name)) {
            nic->model = models[i].model;
            return true;
        }
    }
    return bad(error, "model", text, MODELS_TEXT);
}

static bool parse_mac(struct nic_config *nic, const char *text, struct buf *error)
{
    unsigned byte[6];
    char rest;

    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &byte[0], &byte[1], &byte[2], &byte[3], &byte[4],
               &byte[5], &rest) != 6 ||
        strlen(text) != 17)
        return bad(error, "mac", text, "six bytes such as 52:54:00:12:34:56");
    if (byte[0] & 1)
        return bad(error, "mac", text, "the address of one station: an even first byte");
    for (unsigned i = 0; i < 6; i++)
        nic->mac[i] = (uint8_t)byte[i];
    nic->has_mac = true;
    return true;
}

/* "ADDR:PORT" up to `end`; no address is 0. */
static bool parse_end(const char *text, const char *end, uint32_t *address, uint16_t *port)
{
    const char *colon = memchr(text, ':', (size_t)(end - text));
    unsigned a[4];
    uint64_t number;
    char part[24], rest;

    if (!colon || colon - text >= 16 || end - colon - 1 >= 6 || end - colon - 1 < 1)
        return false;
    snprintf(part, sizeof part, "%.*s", (int)(end - colon - 1), colon + 1);
    if (strspn(part, "0123456789") != strlen(part) || !text_number(part, &number) || !number ||
        number > 65535)
        return false;
    *port = (uint16_t)number;
    *address = 0;
    if (colon == text)
        return true;
    snprintf(part, sizeof part, "%.*s", (int)(colon - text), text);
    if (sscanf(part, "%3u.%3u.%3u.%3u%c", &a[0], &a[1], &a[2], &a[3], &rest) != 4 || a[0] > 255 ||
        a[1] > 255 || a[2] > 255 || a[3] > 255)
        return false;
    *address = a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3];
    return true;
}

bool hostfwd_parse(struct hostfwd *f, const char *text, struct buf *error)
{
    const char *from = text, *dash;

    *f = (struct hostfwd){ .udp = !strncmp(text, "udp:", 4) };
    if (f->udp || !strncmp(text, "tcp:", 4))
        from += 4;
    else if (*from == ':')
        from++; /* no protocol is TCP */
    else
        from = "";
    dash = strchr(from, '-');
    if (dash && parse_end(from, dash, &f->host, &f->host_port) &&
        parse_end(dash + 1, dash + strlen(dash), &f->guest, &f->guest_port))
        return true;
    return bad(error, "hostfwd", text, "tcp|udp:[HOSTADDR]:PORT-[GUESTADDR]:PORT");
}

/* The network or card that is called so, which the other half of the pair may have left here. */
static struct nic_config *named(struct machine_config *config, const char *id, struct buf *error)
{
    struct nic_config *nic;

    for (unsigned i = 0; i < config->nic_count; i++) {
        if (config->nic[i].id && !strcmp(config->nic[i].id, id))
            return &config->nic[i];
    }
    if (config->nic_count == NICS_MOST) {
        buf_printf(error, "'%s': there are %u network cards already, expected no more", id,
                   NICS_MOST);
        return NULL;
    }
    nic = &config->nic[config->nic_count++];
    nic->id = id;
    return nic;
}

static bool apply(struct nic_config *nic, const char *key, const char *value, struct buf *error)
{
    struct hostfwd forward;

    if (!*value)
        return bad(error, key, value, "a value");
    if (!strcmp(key, "model"))
        return parse_model(nic, value, error);
    if (!strcmp(key, "mac"))
        return parse_mac(nic, value, error);
    if (!strcmp(key, "hostfwd")) {
        if (nic->hostfwd_count == HOSTFWD_MOST)
            return bad(error, key, value, "no more than 16 of them");
        nic->hostfwd[nic->hostfwd_count++] = value;
        return hostfwd_parse(&forward, value, error);
    }
    if (!strcmp(key, "restrict")) {
        nic->restricted = !strcmp(value, "on");
        return nic->restricted || !strcmp(value, "off") || bad(error, key, value, "on or off");
    }
    if (!strcmp(key, "script") || !strcmp(key, "downscript"))
        return !strcmp(value, "no") || bad(error, key, value, "no: scripts are not run");
    if (!strcmp(key, "pcap"))
        nic->pcap = value;
    else if (!strcmp(key, "ifname"))
        nic->ifname = value;
    else if (!strcmp(key, "tftp"))
        nic->tftp = value;
    else if (!strcmp(key, "bootfile"))
        nic->bootfile = value;
    else if (!strcmp(key, "hostname"))
        nic->hostname = value;
    else if (!strcmp(key, "romfile"))
        nic->romfile = value;
    return true; /* id and netdev: the caller has seen them */
}

/* What is for the network, and would be lost on a card without one of this kind. */
static bool fits(const struct nic_config *nic, struct buf *error)
{
    const char *user = nic->hostfwd_count ? "hostfwd"
                       : nic->tftp        ? "tftp"
                       : nic->bootfile    ? "bootfile"
                       : nic->hostname    ? "hostname"
                       : nic->restricted  ? "restrict"
                                          : NULL;

    if (user && nic->kind != NETWORK_USER) {
        buf_printf(error, "%s= is for user networks, expected -nic user,%s=...", user, user);
        return false;
    }
    if (nic->ifname && nic->kind != NETWORK_TAP) {
        buf_add_text(error, "ifname= is for TAP interfaces, expected -nic tap,ifname=...");
        return false;
    }
    return true;
}

/* "key=value" pieces: cut in place. The value of `wanted`, or NULL; false: one has no '=' or no key. */
static bool cut(char *text, const char *wanted, const char **found, struct buf *error)
{
    *found = NULL;
    for (char *part = text; part && *part;) {
        char *next = strchr(part, ','), *value;
        const char *nearest;

        if (next)
            *next++ = 0;
        value = strchr(part, '=');
        if (!value) {
            buf_printf(error, "'%s' has no value, expected KEY=VALUE with KEY " KEYS_TEXT, part);
            return false;
        }
        *value = 0;
        for (unsigned i = 0; keys[i] && strcmp(keys[i], part); i++) {
            if (keys[i + 1])
                continue;
            nearest = text_nearest(part, keys);
            buf_printf(error, "'%s' is unknown%s%s%s, expected " KEYS_TEXT, part,
                       nearest ? " (did you mean '" : "", nearest ? nearest : "",
                       nearest ? "'?)" : "");
            return false;
        }
        if (wanted && !strcmp(part, wanted))
            *found = value + 1;
        *value = '=';
        if (next)
            next[-1] = ',';
        part = next;
    }
    return true;
}

static bool apply_all(struct nic_config *nic, char *text, struct buf *error)
{
    for (char *part = text; part && *part;) {
        char *next = strchr(part, ','), *value;

        if (next)
            *next++ = 0;
        value = strchr(part, '=');
        *value++ = 0;
        if (!apply(nic, part, value, error))
            return false;
        part = next;
    }
    return true;
}

bool network_parse(struct machine_config *config, enum network_option option, char *text,
                   struct buf *error)
{
    char *rest = strchr(text, ',');
    const char *wanted = option == NETWORK_NIC ? NULL : option == NETWORK_NETDEV ? "id" : "netdev";
    const char *id;
    struct nic_config *nic;
    enum network_kind kind = NETWORK_NONE;

    rest = rest ? rest + 1 : text + strlen(text);
    if (option != NETWORK_DEVICE) {
        if (is_word(text, "user"))
            kind = NETWORK_USER;
        else if (is_word(text, "tap"))
            kind = NETWORK_TAP;
        else if (!is_word(text, "none") || option == NETWORK_NETDEV || *rest)
            return bad(error, "network", text,
                       option == NETWORK_NIC ? "user, tap or none" : "user or tap");
        else
            return true; /* no card is what there is without the option, too */
    }
    if (!cut(rest, wanted, &id, error))
        return false;
    if (wanted && !id) {
        buf_printf(error, "'%s' has no %s, expected %s=NAME", text, wanted, wanted);
        return false;
    }
    if (id) {
        char *end = strchr(id, ',');
        bool ok;

        /* The name is cut off when the pieces are; until then it is compared as a copy. */
        if (end)
            *end = 0;
        nic = named(config, id, error);
        ok = nic != NULL;
        if (ok && (option == NETWORK_NETDEV ? nic->has_network : nic->has_card)) {
            buf_printf(error, "%s='%s' is there already, expected another name", wanted, id);
            ok = false;
        }
        if (end)
            *end = ',';
        if (!ok)
            return false;
    } else if (config->nic_count == NICS_MOST) {
        buf_printf(error, "'%s': there are %u network cards already, expected no more", text,
                   NICS_MOST);
        return false;
    } else {
        nic = &config->nic[config->nic_count++];
    }
    if (option != NETWORK_DEVICE) {
        nic->kind = kind;
        nic->has_network = true;
    }
    if (option != NETWORK_NETDEV)
        nic->has_card = true;
    if (option == NETWORK_DEVICE) {
        char name[16];

        snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ","), text);
        if (!parse_model(nic, name, error))
            return false;
    }
    return apply_all(nic, rest, error) && (option == NETWORK_DEVICE || fits(nic, error));
}
