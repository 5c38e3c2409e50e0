/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/cmos.c - MC146818 real-time clock and CMOS RAM. The calendar is computed from virtual time
 * when it is read; an event exists only while an interrupt is enabled. Source: Motorola MC146818
 * data sheet; settings bytes as in the IBM PC AT technical reference, "CMOS RAM".
 */
#include "iodev/cmos.h"

#include <inttypes.h>

#include "util/bits.h"

enum {
    SECONDS,
    SECONDS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    HOURS,
    HOURS_ALARM,
    WEEKDAY,
    DAY,
    MONTH,
    YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    CENTURY = 0x32,

    A_UIP = 0x80,
    A_DIVIDER = 0x70, /* 010: runs on 32768 Hz; 11x: held in reset */
    A_RUNNING = 0x20,
    B_SET = 0x80,
    B_PIE = 0x40,
    B_AIE = 0x20,
    B_UIE = 0x10,
    B_SQWE = 0x08,
    B_BINARY = 0x04,
    B_24H = 0x02,
    C_IRQF = 0x80,
    C_PF = 0x40,
    C_AF = 0x20,
    C_UF = 0x10,
    D_VRT = 0x80,

    CRYSTAL_HZ = 32768,
    UPDATE_CLOCKS = 73, /* UIP: 244 us ahead and 1984 us of updating, up to the new second */
    SECONDS_A_DAY = 86400,
};

static uint64_t clocks_now(const struct cmos *cmos)
{
    return clock_ticks_to(cmos->dev.clock, clock_now(cmos->dev.clock), CRYSTAL_HZ);
}

static bool is_running(const struct cmos *cmos)
{
    return (cmos->ram[REG_A] & A_DIVIDER) == A_RUNNING;
}

/* Time passes in the registers. */
static bool is_updating(const struct cmos *cmos)
{
    return is_running(cmos) && !(cmos->ram[REG_B] & B_SET);
}

static int64_t seconds_at(const struct cmos *cmos, uint64_t clocks)
{
    if (!is_updating(cmos) || (int64_t)(clocks - cmos->origin) < 0)
        return cmos->seconds;
    return cmos->seconds + (int64_t)((clocks - cmos->origin) / CRYSTAL_HZ);
}

int64_t cmos_seconds(const struct cmos *cmos)
{
    return seconds_at(cmos, clocks_now(cmos));
}

/* Calendar arithmetic: days since 1970-01-01 of a Gregorian date, and back. */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
    int64_t era, of_era;
    unsigned of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_era = year - era * 400;
    of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct date {
    int64_t year;
    unsigned month, day, hour, minute, second, weekday; /* Sunday is 1 */
};

static struct date date_from_seconds(int64_t seconds)
{
    int64_t days = seconds / SECONDS_A_DAY, left = seconds % SECONDS_A_DAY;
    int64_t era, of_era, year_of_era, of_year, month;
    struct date date;

    if (left < 0) {
        left += SECONDS_A_DAY;
        days--;
    }
    date.hour = (unsigned)(left / 3600);
    date.minute = (unsigned)(left / 60 % 60);
    date.second = (unsigned)(left % 60);
    date.weekday = (unsigned)(((days + 4) % 7 + 7) % 7 + 1);
    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    of_era = days - era * 146097;
    year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * of_year + 2) / 153;
    date.day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
    date.month = (unsigned)(month < 10 ? month + 3 : month - 9);
    date.year = year_of_era + era * 400 + (date.month <= 2);
    return date;
}

/* Numbers in registers: binary or BCD by register B. */
static uint8_t encode(const struct cmos *cmos, unsigned value)
{
    if (cmos->ram[REG_B] & B_BINARY)
        return (uint8_t)value;
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

static unsigned decode(const struct cmos *cmos, uint8_t value)
{
    return cmos->ram[REG_B] & B_BINARY ? value : (value >> 4) * 10u + (value & 15);
}

static uint8_t encode_hour(const struct cmos *cmos, unsigned hour)
{
    if (cmos->ram[REG_B] & B_24H)
        return encode(cmos, hour);
    return (uint8_t)(encode(cmos, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? 0x80 : 0));
}

static unsigned decode_hour(const struct cmos *cmos, uint8_t value)
{
    if (cmos->ram[REG_B] & B_24H)
        return decode(cmos, value);
    return decode(cmos, value & 0x7f) % 12 + (value & 0x80 ? 12 : 0);
}

/* The ten time registers and the century for a moment. */
static void time_registers(const struct cmos *cmos, int64_t seconds, uint8_t ram[128])
{
    struct date date = date_from_seconds(seconds);

    ram[SECONDS] = encode(cmos, date.second);
    ram[MINUTES] = encode(cmos, date.minute);
    ram[HOURS] = encode_hour(cmos, date.hour);
    ram[WEEKDAY] = encode(cmos, (date.weekday - 1 + cmos->weekday) % 7 + 1);
    ram[DAY] = encode(cmos, date.day);
    ram[MONTH] = encode(cmos, date.month);
    ram[YEAR] = encode(cmos, (unsigned)(date.year % 100));
    ram[CENTURY] = encode(cmos, (unsigned)(date.year / 100 % 100));
}

/* The moment that the time registers show; what is no date is moved to the nearest one. */
static void set_from_registers(struct cmos *cmos)
{
    const uint8_t *ram = cmos->ram;
    unsigned month = decode(cmos, ram[MONTH]), day = decode(cmos, ram[DAY]);
    int64_t year = decode(cmos, ram[CENTURY]) * 100 + decode(cmos, ram[YEAR]);
    struct date date;

    if (month < 1 || month > 12)
        month = 1;
    if (day < 1)
        day = 1;
    cmos->seconds = days_from_date(year, month, day) * SECONDS_A_DAY +
                    decode_hour(cmos, ram[HOURS]) * 3600 + decode(cmos, ram[MINUTES]) * 60 +
                    decode(cmos, ram[SECONDS]);
    date = date_from_seconds(cmos->seconds);
    cmos->weekday = (uint8_t)((decode(cmos, ram[WEEKDAY]) + 14 - date.weekday) % 7);
    if (decode(cmos, ram[WEEKDAY]) < 1)
        cmos->weekday = 0;
}

/* Clocks between two periodic interrupts; 0: none. */
static uint64_t period_clocks(const struct cmos *cmos)
{
    unsigned rate = cmos->ram[REG_A] & 15;

    if (!rate || !is_running(cmos))
        return 0;
    return UINT64_C(1) << ((rate < 3 ? rate + 7 : rate) - 1);
}

static bool alarm_matches(uint8_t alarm, uint8_t value)
{
    return alarm >= 0xc0 || alarm == value; /* c0h-ffh: any */
}

/* The first second after `from` that the alarm registers name; INT64_MAX: none within a day. */
static int64_t next_alarm(const struct cmos *cmos, int64_t from)
{
    int64_t at = from + 1, end = from + SECONDS_A_DAY;

    while (at <= end) {
        struct date date = date_from_seconds(at);

        if (!alarm_matches(cmos->ram[HOURS_ALARM], encode_hour(cmos, date.hour)))
            at += 3600 - (int64_t)(date.minute * 60 + date.second);
        else if (!alarm_matches(cmos->ram[MINUTES_ALARM], encode(cmos, date.minute)))
            at += 60 - (int64_t)date.second;
        else if (!alarm_matches(cmos->ram[SECONDS_ALARM], encode(cmos, date.second)))
            at++;
        else
            return at;
    }
    return INT64_MAX;
}

/* Register C as it is at `clocks`. */
static uint8_t flags_at(const struct cmos *cmos, uint64_t clocks)
{
    uint8_t flags = cmos->ram[REG_C] & (C_PF | C_AF | C_UF);
    uint64_t period = period_clocks(cmos);
    int64_t before, after;

    if (period && clocks / period > cmos->checked / period)
        flags |= C_PF;
    before = seconds_at(cmos, cmos->checked);
    after = seconds_at(cmos, clocks);
    if (after > before) {
        flags |= C_UF;
        if (!(flags & C_AF) && next_alarm(cmos, before) <= after)
            flags |= C_AF;
    }
    /* The enable bits of register B stand at the places of the flags. */
    return flags & cmos->ram[REG_B] & (C_PF | C_AF | C_UF) ? flags | C_IRQF : flags;
}

static uint64_t clock_of_second(const struct cmos *cmos, int64_t second)
{
    return cmos->origin + (uint64_t)(second - cmos->seconds) * CRYSTAL_HZ;
}

/* The clock at which an enabled interrupt comes next. */
static uint64_t next_interrupt(const struct cmos *cmos)
{
    uint64_t next = UINT64_MAX, at, period = period_clocks(cmos);
    int64_t second = seconds_at(cmos, cmos->checked);

    if (cmos->ram[REG_C] & C_IRQF)
        return next; /* until register C is read */
    if (cmos->ram[REG_B] & B_PIE && period)
        next = (cmos->checked / period + 1) * period;
    if (cmos->ram[REG_B] & B_UIE && is_updating(cmos)) {
        at = clock_of_second(cmos, second + 1);
        next = at < next ? at : next;
    }
    if (cmos->ram[REG_B] & B_AIE && is_updating(cmos)) {
        int64_t alarm = next_alarm(cmos, second);

        if (alarm != INT64_MAX) {
            at = clock_of_second(cmos, alarm);
            next = at < next ? at : next;
        }
    }
    return next;
}

static void schedule(struct cmos *cmos)
{
    uint64_t next = next_interrupt(cmos);

    if (next == UINT64_MAX)
        clock_cancel(cmos->dev.clock, &cmos->event);
    else
        clock_schedule(cmos->dev.clock, &cmos->event,
                       clock_ticks_until(cmos->dev.clock, next, CRYSTAL_HZ));
}

/* Bring register C up to now, before anything changes what it follows from. */
static void catch_up(struct cmos *cmos)
{
    uint64_t now = clocks_now(cmos);

    cmos->ram[REG_C] = flags_at(cmos, now);
    cmos->checked = now;
}

static void update(struct cmos *cmos)
{
    bool level;

    cmos->ram[REG_C] = flags_at(cmos, cmos->checked);
    level = cmos->ram[REG_C] & C_IRQF;
    if (level != cmos->output) {
        cmos->output = level;
        irq_set(&cmos->irq, level);
    }
    schedule(cmos);
}

static void event_fires(void *owner)
{
    struct cmos *cmos = owner;

    catch_up(cmos);
    update(cmos);
}

static uint8_t read_register(const struct cmos *cmos, uint8_t index)
{
    uint64_t now = clocks_now(cmos);
    uint8_t time[128];

    switch (index) {
    case SECONDS:
    case MINUTES:
    case HOURS:
    case WEEKDAY:
    case DAY:
    case MONTH:
    case YEAR:
    case CENTURY:
        if (!is_updating(cmos))
            return cmos->ram[index];
        time_registers(cmos, seconds_at(cmos, now), time);
        return time[index];
    case REG_A:
        if (is_updating(cmos) && (now - cmos->origin) % CRYSTAL_HZ >= CRYSTAL_HZ - UPDATE_CLOCKS)
            return cmos->ram[REG_A] | A_UIP;
        return cmos->ram[REG_A];
    case REG_C:
        return flags_at(cmos, now);
    default:
        return cmos->ram[index];
    }
}

/* Let the registers stand still: they hold the time of now. */
static void stop_time(struct cmos *cmos)
{
    uint64_t now = clocks_now(cmos);

    if (!is_updating(cmos))
        return;
    cmos->seconds = seconds_at(cmos, now);
    if ((int64_t)(now - cmos->origin) >= 0)
        cmos->origin = now - (now - cmos->origin) % CRYSTAL_HZ;
    time_registers(cmos, cmos->seconds, cmos->ram);
}

/* Time goes on from what the registers hold; the phase of the second is kept. */
static void start_time(struct cmos *cmos)
{
    uint64_t now = clocks_now(cmos);

    set_from_registers(cmos);
    if ((int64_t)(now - cmos->origin) >= 0)
        cmos->origin = now - (now - cmos->origin) % CRYSTAL_HZ;
}

static void write_a(struct cmos *cmos, uint8_t value)
{
    bool ran = is_running(cmos);

    stop_time(cmos);
    cmos->ram[REG_A] = value & 0x7f;
    if (is_running(cmos) && !ran)
        cmos->origin = clocks_now(cmos) - CRYSTAL_HZ / 2; /* the first update after half a second */
    if (is_updating(cmos))
        start_time(cmos);
    else if (!is_running(cmos))
        log_line(cmos->dev.log, LOG_DEBUG, "cmos", "divider stopped by register A %02x", value);
}

static void write_b(struct cmos *cmos, uint8_t value)
{
    stop_time(cmos);
    if (value & B_SET)
        value &= (uint8_t)~B_UIE;
    cmos->ram[REG_B] = value;
    if (is_updating(cmos))
        start_time(cmos);
}

static void write_time(struct cmos *cmos, uint8_t index, uint8_t value)
{
    bool updating = is_updating(cmos);

    stop_time(cmos);
    cmos->ram[index] = value;
    if (updating)
        start_time(cmos);
}

static void cmos_write_data(void *owner, uint64_t port UNUSED, unsigned size UNUSED, uint64_t value)
{
    struct cmos *cmos = owner;

    catch_up(cmos);
    switch (cmos->index) {
    case SECONDS:
    case MINUTES:
    case HOURS:
    case WEEKDAY:
    case DAY:
    case MONTH:
    case YEAR:
    case CENTURY:
        write_time(cmos, cmos->index, (uint8_t)value);
        break;
    case REG_A:
        write_a(cmos, (uint8_t)value);
        break;
    case REG_B:
        write_b(cmos, (uint8_t)value);
        break;
    case REG_C:
    case REG_D:
        break; /* read only */
    default:
        cmos->ram[cmos->index] = (uint8_t)value;
    }
    update(cmos);
}

static uint64_t cmos_read_data(void *owner, uint64_t port UNUSED, unsigned size UNUSED)
{
    struct cmos *cmos = owner;
    uint8_t value = read_register(cmos, cmos->index);

    if (cmos->index == REG_C) { /* reading clears the flags and the line */
        catch_up(cmos);
        cmos->ram[REG_C] = 0;
        update(cmos);
    }
    return value;
}

static uint64_t cmos_peek_data(const void *owner, uint64_t port UNUSED, unsigned size UNUSED)
{
    const struct cmos *cmos = owner;

    return read_register(cmos, cmos->index);
}

static uint64_t cmos_peek_index(const void *owner, uint64_t port UNUSED, unsigned size UNUSED)
{
    const struct cmos *cmos = owner;

    return cmos->index | (cmos->nmi_masked ? 0x80 : 0);
}

static void cmos_write_index(void *owner, uint64_t port UNUSED, unsigned size UNUSED,
                             uint64_t value)
{
    struct cmos *cmos = owner;

    cmos->index = value & 0x7f;
    cmos->nmi_masked = value & 0x80;
    irq_set(&cmos->nmi_mask, cmos->nmi_masked);
}

void cmos_set(struct cmos *cmos, uint8_t index, uint8_t value)
{
    unsigned sum = 0;

    if (index <= REG_D || index > 127)
        return;
    cmos->ram[index] = value;
    for (unsigned i = 0x10; i <= 0x2d; i++)
        sum += cmos->ram[i];
    cmos->ram[0x2e] = (uint8_t)(sum >> 8);
    cmos->ram[0x2f] = (uint8_t)sum;
}

static void set_pair(struct cmos *cmos, uint8_t low, uint8_t high, uint64_t value, uint64_t most)
{
    if (value > most)
        value = most;
    cmos_set(cmos, low, (uint8_t)value);
    cmos_set(cmos, high, (uint8_t)(value >> 8));
}

void cmos_set_memory(struct cmos *cmos, uint64_t below_4g, uint64_t above_4g)
{
    uint64_t base = below_4g < KIB(640) ? below_4g : KIB(640);
    uint64_t extended = below_4g > MIB(1) ? below_4g - MIB(1) : 0;
    uint64_t high = below_4g > MIB(16) ? below_4g - MIB(16) : 0;

    set_pair(cmos, 0x15, 0x16, base / KIB(1), 0xffff);
    set_pair(cmos, 0x17, 0x18, extended / KIB(1), 0xffff);
    set_pair(cmos, 0x30, 0x31, extended / KIB(1), 0xffff);
    set_pair(cmos, 0x34, 0x35, high / KIB(64), 0xffff);
    set_pair(cmos, 0x5b, 0x5c, above_4g / KIB(64), UINT64_MAX);
    cmos_set(cmos, 0x5d, (uint8_t)(above_4g / KIB(64) >> 16));
}

/* clang-format off */
static const struct io_range cmos_ports[] = {
    { 0x70, 1, IO_8, NULL,           cmos_write_index, "CMOS index, NMI mask", cmos_peek_index },
    { 0x71, 1, IO_8, cmos_read_data, cmos_write_data,  "CMOS data",            cmos_peek_data },
    { 0 },
};

static const struct field cmos_fields[] = {
    NOT_SAVED(struct cmos, dev, "device"),
    FIELD(struct cmos, index,      FMT_HEX,    "register selected by port 70h"),
    FIELD(struct cmos, nmi_masked, FMT_BOOL,   "NMI masked"),
    FIELD(struct cmos, ram,        FMT_HEX,    "contents"),
    FIELD(struct cmos, seconds,    FMT_SIGNED, "calendar at `origin`, seconds since 1970"),
    FIELD(struct cmos, origin,     FMT_DEC,    "clock of 32768 Hz at which a second began"),
    FIELD(struct cmos, checked,    FMT_DEC,    "clock up to which the flags are known"),
    FIELD(struct cmos, weekday,    FMT_DEC,    "day of the week as set, less the calendar's"),
    FIELD(struct cmos, output,     FMT_BOOL,   "level of IRQ8"),
    NOT_SAVED(struct cmos, event, "the next interrupt"),
    NOT_SAVED(struct cmos, irq, "IRQ8 line"),
    NOT_SAVED(struct cmos, nmi_mask, "NMI mask line"),
    { 0 },
};
/* clang-format on */

static void cmos_init(struct device *dev)
{
    struct cmos *cmos = (struct cmos *)dev;

    event_init(dev->clock, &cmos->event, "cmos interrupt", event_fires, cmos);
}

static void cmos_reset(struct device *dev, enum reset kind)
{
    struct cmos *cmos = (struct cmos *)dev;

    if (kind == RESET_POWER_ON) {
        cmos->ram[REG_A] = A_RUNNING | 6; /* 1024 Hz */
        cmos->ram[REG_B] = B_24H;
        cmos->ram[REG_D] = D_VRT;
        cmos->seconds = (int64_t)dev->clock->boot_seconds;
        cmos->origin = clocks_now(cmos);
        cmos->weekday = 0;
    }
    catch_up(cmos);
    cmos->index = 0;
    cmos->nmi_masked = false;
    cmos->ram[REG_B] &= (uint8_t) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    cmos->ram[REG_C] = 0;
    update(cmos);
    irq_set(&cmos->nmi_mask, false);
}

static void cmos_restored(struct device *dev)
{
    struct cmos *cmos = (struct cmos *)dev;

    cmos->index &= 0x7f;
    cmos->weekday %= 7;
    /* Nothing beyond what 64-bit arithmetic of seconds and clocks can carry. */
    if (cmos->seconds > INT64_MAX / CRYSTAL_HZ || cmos->seconds < INT64_MIN / CRYSTAL_HZ)
        cmos->seconds = 0;
    if ((int64_t)cmos->origin < -CRYSTAL_HZ) /* half a second before tick 0 is possible */
        cmos->origin = 0;
    schedule(cmos);
}

static void cmos_describe(const struct device *dev, struct out *out)
{
    static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday" };
    const struct cmos *cmos = (const struct cmos *)dev;
    struct date date = date_from_seconds(cmos_seconds(cmos));
    uint8_t b = cmos->ram[REG_B], c = flags_at(cmos, clocks_now(cmos));
    uint64_t period = period_clocks(cmos);

    out_printf(out, "%04" PRId64 "-%02u-%02u %02u:%02u:%02u, %s; %s, %s-hour%s\n", date.year,
               date.month, date.day, date.hour, date.minute, date.second,
               days[(date.weekday - 1 + cmos->weekday) % 7], b & B_BINARY ? "binary" : "BCD",
               b & B_24H ? "24" : "12",
               !is_running(cmos) ? ", divider stopped"
               : b & B_SET       ? ", being set"
                                 : "");
    out_printf(out, "periodic interrupt %s", b & B_PIE ? "on" : "off");
    if (period && period <= CRYSTAL_HZ)
        out_printf(out, " (%u Hz)", (unsigned)(CRYSTAL_HZ / period));
    out_printf(out, ", alarm %s (%02x:%02x:%02x), update-ended %s\n", b & B_AIE ? "on" : "off",
               cmos->ram[HOURS_ALARM], cmos->ram[MINUTES_ALARM], cmos->ram[SECONDS_ALARM],
               b & B_UIE ? "on" : "off");
    if (c & C_IRQF)
        out_printf(out, "IRQ8 raised: register C is 0x%02x and was not read yet\n", c);
    out_printf(out, "index 0x%02x, NMI %s\n", cmos->index, cmos->nmi_masked ? "masked" : "enabled");
}

const struct device_class cmos_class = {
    .name = "cmos",
    .title = "MC146818 real-time clock and CMOS RAM",
    .size = sizeof(struct cmos),
    .ports = cmos_ports,
    .fields = cmos_fields,
    .init = cmos_init,
    .reset = cmos_reset,
    .describe = cmos_describe,
    .restored = cmos_restored,
};
