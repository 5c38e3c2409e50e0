/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ps2_mouse.c - PS/2 mouse with Microsoft's wheel. Sources: IBM PS/2 Hardware Interface Technical
 * Reference, "Auxiliary Device"; A. Chapweske, "The PS/2 Mouse Interface".
 */
#include "iodev/ps2_mouse.h"

#include <string.h>

#include "util/bits.h"

enum {
    ACK = 0xfa,
    RESEND = 0xfe,
    ERROR = 0xfc,
    TEST_PASSED = 0xaa,
    TEST_US = 50000, /* the self test; real ones take 300 ms and more */
    ALWAYS = 0x08,   /* first byte of a packet */
    ID_WHEEL = 3,
};

static void tell_controller(struct ps2_mouse *mouse)
{
    if (mouse->cable.ready)
        mouse->cable.ready(mouse->cable.host);
}

static void put_reply(struct ps2_mouse *mouse, uint8_t byte)
{
    if (mouse->reply_count < PS2_MOUSE_REPLIES)
        mouse->replies[mouse->reply_count++] = byte;
    tell_controller(mouse);
}

static uint8_t take_first(uint8_t *bytes, uint8_t *count)
{
    uint8_t byte = bytes[0];

    --*count;
    memmove(bytes, bytes + 1, *count);
    return byte;
}

static bool mouse_take(void *owner, uint8_t *byte)
{
    struct ps2_mouse *mouse = owner;

    if (mouse->reply_count)
        *byte = take_first(mouse->replies, &mouse->reply_count);
    else if (mouse->packet_count && !mouse->command)
        *byte = take_first(mouse->packet, &mouse->packet_count);
    else
        return false;
    return true;
}

static bool has_news(const struct ps2_mouse *mouse)
{
    return mouse->dx || mouse->dy || (mouse->id == ID_WHEEL && mouse->dz) ||
           mouse->buttons != mouse->told_buttons;
}

static int scaled(int n)
{
    static const uint8_t small[] = { 0, 1, 1, 3, 6, 9 };
    int size = n < 0 ? -n : n;

    size = size < (int)sizeof small ? small[size] : 2 * size;
    return n < 0 ? -size : size;
}

static int within(int n, int least, int most)
{
    return n < least ? least : n > most ? most : n;
}

/* What happened since the last packet, as much of it as a packet holds. Returns its size. */
static unsigned make_packet(struct ps2_mouse *mouse, bool scaling, uint8_t packet[PS2_MOUSE_PACKET])
{
    int most = scaling ? 127 : 255;
    int dx = within(mouse->dx, -most, most), dy = within(mouse->dy, -most, most);
    int dz = within(mouse->dz, -8, 7);
    int x = scaling ? scaled(dx) : dx, y = scaling ? -scaled(dy) : -dy; /* a mouse's y goes up */

    mouse->dx = (int16_t)(mouse->dx - dx);
    mouse->dy = (int16_t)(mouse->dy - dy);
    mouse->dz = mouse->id == ID_WHEEL ? (int16_t)(mouse->dz - dz) : 0;
    mouse->told_buttons = mouse->buttons;
    packet[0] = (uint8_t)(ALWAYS | mouse->buttons | (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0));
    packet[1] = (uint8_t)x;
    packet[2] = (uint8_t)y;
    packet[3] = (uint8_t)dz;
    return mouse->id == ID_WHEEL ? 4 : 3;
}

static void schedule(struct ps2_mouse *mouse, uint64_t when)
{
    mouse->due = when;
    clock_schedule(mouse->dev.clock, &mouse->event, when);
}

static bool streams(const struct ps2_mouse *mouse)
{
    return mouse->reporting && !mouse->remote && !mouse->wrap && !mouse->testing;
}

/* A packet as soon as the sample rate allows one. */
static void want_packet(struct ps2_mouse *mouse)
{
    uint64_t now = clock_now(mouse->dev.clock);

    if (streams(mouse) && has_news(mouse) && !mouse->event.queued)
        schedule(mouse, mouse->due > now ? mouse->due : now + 1);
}

static void event_fires(void *owner)
{
    struct ps2_mouse *mouse = owner;
    uint64_t now = clock_now(mouse->dev.clock);

    if (mouse->testing) {
        mouse->testing = false;
        put_reply(mouse, TEST_PASSED);
        put_reply(mouse, mouse->id);
        memcpy(mouse->last, mouse->replies, sizeof mouse->last);
        mouse->last_count = mouse->reply_count;
        return;
    }
    mouse->due = now + clock_ticks_from(mouse->dev.clock, 1, mouse->sample_rate);
    if (!streams(mouse) || !has_news(mouse))
        return;
    if (!mouse->packet_count &&
        !mouse->reply_count) { /* else the guest has not fetched the last one */
        mouse->packet_count = (uint8_t)make_packet(mouse, mouse->scaling, mouse->packet);
        memcpy(mouse->last, mouse->packet, PS2_MOUSE_PACKET);
        mouse->last_count = mouse->packet_count;
        tell_controller(mouse);
    }
    if (has_news(mouse) || mouse->packet_count)
        schedule(mouse, mouse->due);
}

void ps2_mouse_move(struct ps2_mouse *mouse, int dx, int dy, int dz)
{
    if (!mouse->reporting || mouse->testing)
        return;
    mouse->dx = (int16_t)within(mouse->dx + within(dx, -4096, 4096), -4096, 4096);
    mouse->dy = (int16_t)within(mouse->dy + within(dy, -4096, 4096), -4096, 4096);
    mouse->dz = (int16_t)within(mouse->dz + within(dz, -64, 64), -64, 64);
    want_packet(mouse);
}

void ps2_mouse_buttons(struct ps2_mouse *mouse, unsigned buttons)
{
    mouse->buttons = buttons & (MOUSE_LEFT | MOUSE_RIGHT | MOUSE_MIDDLE);
    want_packet(mouse);
}

static void forget_movement(struct ps2_mouse *mouse)
{
    mouse->dx = mouse->dy = mouse->dz = 0;
    mouse->packet_count = 0;
    mouse->told_buttons = mouse->buttons;
    if (!mouse->testing)
        clock_cancel(mouse->dev.clock, &mouse->event);
}

static void set_defaults(struct ps2_mouse *mouse)
{
    mouse->sample_rate = 100;
    mouse->resolution = 2;
    mouse->scaling = mouse->reporting = mouse->remote = mouse->wrap = false;
    mouse->knock[0] = mouse->knock[1] = 0;
    forget_movement(mouse);
}

/* Refused once: say it again. Twice: an error. */
static void refuse(struct ps2_mouse *mouse, uint8_t value)
{
    log_line(mouse->dev.log, LOG_DEBUG, "ps2_mouse", "byte %02x refused", value);
    put_reply(mouse, mouse->bad ? ERROR : RESEND);
    mouse->bad = !mouse->bad;
}

static void report_status(struct ps2_mouse *mouse)
{
    uint8_t b = mouse->buttons;

    put_reply(mouse, (uint8_t)((b & MOUSE_LEFT ? 4 : 0) | (b & MOUSE_MIDDLE ? 2 : 0) |
                               (b & MOUSE_RIGHT ? 1 : 0) | (mouse->scaling ? 0x10 : 0) |
                               (mouse->reporting ? 0x20 : 0) | (mouse->remote ? 0x40 : 0)));
    put_reply(mouse, mouse->resolution);
    put_reply(mouse, mouse->sample_rate);
}

static void read_data(struct ps2_mouse *mouse)
{
    uint8_t packet[PS2_MOUSE_PACKET];
    unsigned count = make_packet(mouse, false, packet); /* scaling is for streams only */

    for (unsigned i = 0; i < count; i++)
        put_reply(mouse, packet[i]);
}

static void set_sample_rate(struct ps2_mouse *mouse, uint8_t rate)
{
    static const uint8_t rates[] = { 10, 20, 40, 60, 80, 100, 200 };

    if (!memchr(rates, rate, sizeof rates)) {
        mouse->command = 0xf3;
        refuse(mouse, rate);
        return;
    }
    if (mouse->knock[0] == 200 && mouse->knock[1] == 100 && rate == 80)
        mouse->id = ID_WHEEL;
    mouse->knock[0] = mouse->knock[1];
    mouse->knock[1] = rate;
    mouse->sample_rate = rate;
    mouse->bad = false;
    put_reply(mouse, ACK);
}

static void run_argument(struct ps2_mouse *mouse, uint8_t value)
{
    uint8_t command = mouse->command;

    mouse->command = 0;
    if (command == 0xf3) {
        set_sample_rate(mouse, value);
    } else if (value > 3) {
        mouse->command = command;
        refuse(mouse, value);
    } else {
        mouse->resolution = value;
        mouse->bad = false;
        put_reply(mouse, ACK);
    }
}

static void run_command(struct ps2_mouse *mouse, uint8_t value)
{
    bool bad = mouse->bad;

    mouse->bad = false;
    if (value != 0xfe)
        put_reply(mouse, ACK);
    switch (value) {
    case 0xe6:
    case 0xe7:
        mouse->scaling = value == 0xe7;
        break;
    case 0xe8: /* resolution */
    case 0xf3: /* sample rate */
        mouse->command = value;
        break;
    case 0xe9:
        report_status(mouse);
        break;
    case 0xea:
    case 0xf0:
        mouse->remote = value == 0xf0;
        forget_movement(mouse);
        break;
    case 0xeb:
        read_data(mouse);
        break;
    case 0xec: /* end of wrap mode: it is not on */
        break;
    case 0xee:
        forget_movement(mouse);
        mouse->wrap = true;
        break;
    case 0xf2:
        put_reply(mouse, mouse->id);
        break;
    case 0xf4:
    case 0xf5:
        mouse->reporting = value == 0xf4;
        forget_movement(mouse);
        break;
    case 0xf6:
        set_defaults(mouse);
        break;
    case 0xfe:
        for (unsigned i = 0; i < mouse->last_count; i++)
            put_reply(mouse, mouse->last[i]);
        return;
    case 0xff:
        mouse->id = 0;
        set_defaults(mouse);
        mouse->testing = true;
        schedule(mouse, clock_now(mouse->dev.clock) +
                            clock_ticks_from(mouse->dev.clock, TEST_US, 1000000));
        break;
    default:
        mouse->reply_count--; /* no ACK */
        mouse->bad = bad;
        refuse(mouse, value);
    }
}

static void mouse_send(void *owner, uint8_t value)
{
    struct ps2_mouse *mouse = owner;
    uint8_t unread = mouse->packet_count;

    if (mouse->testing) { /* a command ends the self test */
        mouse->testing = false;
        clock_cancel(mouse->dev.clock, &mouse->event);
    }
    mouse->reply_count = mouse->packet_count = 0; /* what was on its way is not sent any more */
    if (mouse->wrap && value != 0xff && value != 0xec) {
        put_reply(mouse, value);
        return;
    }
    if (mouse->wrap) {
        mouse->wrap = false;
        if (value == 0xec) {
            put_reply(mouse, ACK);
            return;
        }
    }
    if (mouse->command && value < 0xe6)
        run_argument(mouse, value);
    else if (mouse->command && value < 0xff && mouse->command == 0xf3)
        run_argument(mouse, value); /* no rate: it is refused */
    else {
        mouse->command = 0;
        run_command(mouse, value);
    }
    if (value != 0xfe && mouse->reply_count) {
        memcpy(mouse->last, mouse->replies, sizeof mouse->last);
        mouse->last_count = mouse->reply_count;
    }
    if (unread)
        want_packet(mouse);
}

/* clang-format off */
static const struct field ps2_mouse_fields[] = {
    NOT_SAVED(struct ps2_mouse, dev, "device"),
    FIELD(struct ps2_mouse, replies,      FMT_BYTES,  "answers to commands"),
    FIELD(struct ps2_mouse, reply_count,  FMT_DEC,    "how many"),
    FIELD(struct ps2_mouse, packet,       FMT_BYTES,  "packet of movement"),
    FIELD(struct ps2_mouse, packet_count, FMT_DEC,    "bytes of it that are not sent yet"),
    FIELD(struct ps2_mouse, last,         FMT_BYTES,  "packet or answer sent last"),
    FIELD(struct ps2_mouse, last_count,   FMT_DEC,    "how many bytes"),
    FIELD(struct ps2_mouse, dx,           FMT_SIGNED, "moved to the right, not reported yet"),
    FIELD(struct ps2_mouse, dy,           FMT_SIGNED, "moved down"),
    FIELD(struct ps2_mouse, dz,           FMT_SIGNED, "wheel, towards the hand"),
    FIELD(struct ps2_mouse, buttons,      FMT_HEX,    "held: bit 0 left, 1 right, 2 middle"),
    FIELD(struct ps2_mouse, told_buttons, FMT_HEX,    "as the last packet had them"),
    FIELD(struct ps2_mouse, id,           FMT_DEC,    "0; 3: with wheel"),
    FIELD(struct ps2_mouse, sample_rate,  FMT_DEC,    "packets a second"),
    FIELD(struct ps2_mouse, resolution,   FMT_DEC,    "0-3: 1, 2, 4, 8 counts a millimetre"),
    FIELD(struct ps2_mouse, knock,        FMT_BYTES,  "the last two sample rates"),
    FIELD(struct ps2_mouse, command,      FMT_HEX,    "command that awaits an argument"),
    FIELD(struct ps2_mouse, scaling,      FMT_BOOL,   "scaling 2:1"),
    FIELD(struct ps2_mouse, reporting,    FMT_BOOL,   "movement is reported"),
    FIELD(struct ps2_mouse, remote,       FMT_BOOL,   "only when it is asked for"),
    FIELD(struct ps2_mouse, wrap,         FMT_BOOL,   "every byte is sent back"),
    FIELD(struct ps2_mouse, bad,          FMT_BOOL,   "the last byte was refused"),
    FIELD(struct ps2_mouse, testing,      FMT_BOOL,   "self test is running"),
    FIELD(struct ps2_mouse, due,          FMT_DEC,    "tick of the next packet or end of self test"),
    NOT_SAVED(struct ps2_mouse, event, "packet, self test"),
    NOT_SAVED(struct ps2_mouse, cable, "cable"),
    { 0 },
};
/* clang-format on */

static void ps2_mouse_init(struct device *dev)
{
    struct ps2_mouse *mouse = (struct ps2_mouse *)dev;

    event_init(dev->clock, &mouse->event, "mouse", event_fires, mouse);
    mouse->cable.take = mouse_take;
    mouse->cable.send = mouse_send;
    mouse->cable.device = mouse;
}

/* After power-on only: the mouse is not on the reset line. */
static void ps2_mouse_reset(struct device *dev, enum reset kind)
{
    struct ps2_mouse *mouse = (struct ps2_mouse *)dev;

    if (kind != RESET_POWER_ON)
        return;
    mouse->testing = mouse->bad = false;
    mouse->reply_count = mouse->last_count = mouse->command = mouse->id = mouse->buttons = 0;
    memset(mouse->replies, 0, sizeof mouse->replies);
    memset(mouse->packet, 0, sizeof mouse->packet);
    memset(mouse->last, 0, sizeof mouse->last);
    mouse->due = 0;
    set_defaults(mouse);
}

/* A file may say anything. */
static void ps2_mouse_restored(struct device *dev)
{
    struct ps2_mouse *mouse = (struct ps2_mouse *)dev;

    if (mouse->reply_count > PS2_MOUSE_REPLIES)
        mouse->reply_count = 0;
    if (mouse->last_count > PS2_MOUSE_REPLIES)
        mouse->last_count = 0;
    if (mouse->packet_count > PS2_MOUSE_PACKET)
        mouse->packet_count = 0;
    if (!mouse->sample_rate)
        mouse->sample_rate = 100;
    mouse->buttons &= 7;
    clock_cancel(dev->clock, &mouse->event);
    if (mouse->testing || (streams(mouse) && (has_news(mouse) || mouse->packet_count)))
        clock_schedule(dev->clock, &mouse->event, mouse->due);
}

static void ps2_mouse_describe(const struct device *dev, struct out *out)
{
    const struct ps2_mouse *mouse = (const struct ps2_mouse *)dev;

    out_printf(out, "%s, %s, %u packets a second, %u counts a millimetre, scaling %s\n",
               mouse->testing     ? "self test running"
               : mouse->wrap      ? "sends everything back"
               : mouse->remote    ? "reports when asked"
               : mouse->reporting ? "reports movement"
                                  : "not reporting",
               mouse->id == ID_WHEEL ? "with wheel" : "without wheel", mouse->sample_rate,
               1u << (mouse->resolution & 3), mouse->scaling ? "2:1" : "1:1");
    out_printf(out, "buttons:%s%s%s%s; to be reported: %d right, %d down, wheel %d\n",
               mouse->buttons & MOUSE_LEFT ? " left" : "",
               mouse->buttons & MOUSE_MIDDLE ? " middle" : "",
               mouse->buttons & MOUSE_RIGHT ? " right" : "", mouse->buttons ? "" : " none",
               mouse->dx, mouse->dy, mouse->dz);
}

const struct device_class ps2_mouse_class = {
    .name = "mouse",
    .title = "PS/2 mouse",
    .size = sizeof(struct ps2_mouse),
    .fields = ps2_mouse_fields,
    .init = ps2_mouse_init,
    .reset = ps2_mouse_reset,
    .describe = ps2_mouse_describe,
    .restored = ps2_mouse_restored,
};
