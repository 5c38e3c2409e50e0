/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/machine.c - one PC: creation, the run loop over events, reset. */
#include "machine/machine.h"

#include <stdlib.h>

#include "cpu/observer.h"
#include "cpu/watch.h"
#include "machine/pc.h"

#define SLICE UINT64_C(1000000) /* ticks between looks at the host */
#define LIVE_SLICES 5           /* as often in that time, where a network has open sockets */

/* clang-format off */
/* Everything from one member to the one before another. */
#define NOT_SAVED_SPAN(name, first, next, text)                                                    \
    { name, offsetof(struct machine, first),                                                       \
      offsetof(struct machine, next) - offsetof(struct machine, first), 1, FMT_DERIVED, text }

const struct field machine_fields[] = {
    NOT_SAVED_SPAN("parts", config, reset_requested, "configuration and parts"),
    FIELD(struct machine, reset_requested,     FMT_BOOL, "a device asked for a reset"),
    FIELD(struct machine, power_off_requested, FMT_BOOL, "... for the end of power"),
    FIELD(struct machine, exit_requested,      FMT_BOOL, "... for the end of the run"),
    FIELD(struct machine, exit_code,           FMT_DEC,  "of isa-debug-exit"),
    FIELD(struct machine, asleep_retired,      FMT_DEC,  "HLT with IF=0: instructions retired"),
    FIELD(struct machine, asleep_since,        FMT_DEC,  "HLT with IF=0: since this tick"),
    NOT_SAVED_SPAN("host", interrupt, input_next, "who looks on"),
    FIELD(struct machine, input_next,          FMT_DEC,  "records of the input log that were given"),
    NOT_SAVED(struct machine, input_only, "where input comes from"),
    NOT_SAVED(struct machine, rows, "where the state lies"),
    { 0 },
};
/* clang-format on */

/* No instruction count was looked at yet. */
static void wake_up(struct machine *machine)
{
    machine->asleep_retired = UINT64_MAX;
    machine->asleep_since = 0;
}

static void restart(struct machine *machine, enum reset kind)
{
    machine->reset_requested = false;
    wake_up(machine);
    cpu_reset(machine->cpu, false);
    pc_reset(machine, kind);
    /* Requests that resetting the chips raised on their lines are not the guest's. */
    machine->reset_requested = false;
}

struct machine *machine_create(const struct machine_config *config, struct log *log,
                               struct buf *error, int *exit_code)
{
    struct machine *machine = xcalloc(1, sizeof *machine);

    *exit_code = 2;
    machine->config = *config;
    machine->log = log;
    machine->slice = SLICE;
    clock_init(&machine->clock, config->ips);
    machine->clock.boot_seconds = config->rtc_base;
    if (!config_check(config, error))
        goto fail;
    if (!ram_create(&machine->ram, config->ram_bytes + VGA_MEMORY_BYTES)) {
        buf_printf(error, "-m: the host has no address space for %llu MiB",
                   (unsigned long long)(config->ram_bytes >> 20));
        *exit_code = 4;
        goto fail;
    }
    machine->ram.told = RAM_PICTURE;
    space_init(&machine->memory, &machine->ram, log);
    space_init(&machine->ports, NULL, log);
    machine->cpu = cpu_create(config->cpu, &machine->memory, &machine->ports, &machine->clock, log,
                              config->seed, error);
    if (!machine->cpu)
        goto fail;
    if (config->host)
        machine->cpu->host = *config->host;
    machine->cpu->host.code_bytes = config->tb_bytes;
    if (!cpu_choose_engine(machine->cpu, config->engine, error))
        goto fail;
    machine->devices = (struct device_list){
        .clock = &machine->clock, .log = log, .memory = &machine->memory, .ports = &machine->ports
    };
    if (!pc_create(machine, error, exit_code))
        goto fail;
    restart(machine, RESET_POWER_ON);
    return machine;
fail:
    machine_destroy(machine);
    return NULL;
}

void machine_destroy(struct machine *machine)
{
    if (!machine)
        return;
    pc_finish(machine);
    device_destroy_all(&machine->devices);
    pc_destroy(machine);
    if (machine->cpu)
        cpu_destroy(machine->cpu);
    space_destroy(&machine->memory);
    space_destroy(&machine->ports);
    ram_destroy(&machine->ram);
    free(machine->rows);
    free(machine);
}

void machine_reset(struct machine *machine, enum reset kind)
{
    restart(machine, kind);
}

/* What devices asked for while the engine ran. True: *stop is set. */
static bool requests(struct machine *machine, enum machine_stop *stop)
{
    if (machine->exit_requested) {
        machine->exit_requested = false;
        *stop = MACHINE_EXIT;
        return true;
    }
    if (machine->power_off_requested) {
        machine->power_off_requested = false;
        *stop = MACHINE_POWER_OFF;
        return true;
    }
    if (machine->reset_requested) {
        if (machine->config.no_reboot) {
            machine->reset_requested = false;
            *stop = MACHINE_RESET;
            return true;
        }
        restart(machine, RESET_HARD);
    }
    return false;
}

static void skip_to(struct machine *machine, uint64_t tick)
{
    machine->cpu->idle_ticks += tick - clock_now(&machine->clock);
    clock_skip_to(&machine->clock, tick);
}

static bool networks_are_live(const struct machine *machine)
{
    for (unsigned i = 0; i < machine->config.nic_count; i++) {
        if (network_is_live(&machine->pc->network[i]))
            return true;
    }
    return false;
}

/*
 * The processor waits for an interrupt: time moves to the next event. With a person at the terminal
 * or before a window, or a network, or with -clock real it moves no faster than the host's. False: nothing can ever come.
 * *next_poll is set to now when the host may have something.
 */
static bool idle(struct machine *machine, uint64_t end, uint64_t *next_poll)
{
    struct host_char *serial = &machine->pc->serial;
    uint64_t now = clock_now(&machine->clock), next = clock_next_event(&machine->clock);
    uint64_t recorded = replay_next(machine), due = replay_due(machine);
    bool live = recorded == UINT64_MAX && !machine->input_only;
    bool network = live && networks_are_live(machine);
    bool input = network || (live && host_char_has_input(serial));
    bool real = live && pace_is_real(machine);

    if (next > end)
        next = end;
    if (next > recorded)
        next = recorded;
    if (next > due)
        next = due > now ? due : now;
    if (next == UINT64_MAX && !input && !(live && machine->watched))
        return false;
    if (live)
        host_char_flush(serial);
    if (live && next > now && (serial->terminal || real || network || next == UINT64_MAX)) {
        uint64_t most =
            clock_ticks_from(&machine->clock, machine->watched ? 10 : 20, 1000); /* ms */

        if (next - now > most)
            next = now + most;
        if (real)
            next = pace_idle(machine, next);
        else if (network)
            next = now + pace_wait(machine, next - now);
        else if (host_char_wait(serial, clock_ticks_to(&machine->clock, next - now, 1000000000)))
            next = next - now > machine->slice ? now + machine->slice : next;
        *next_poll = next;
    }
    skip_to(machine, next);
    return true;
}

/* HLT with interrupts off: only NMI, INIT or RESET could end it, and none came for this long. */
#define ASLEEP_SECONDS 60

static bool asleep_for_good(struct machine *machine)
{
    uint64_t now = clock_now(&machine->clock), retired = cpu_retired(machine->cpu);

    if (machine->cpu->eflags & IF) {
        wake_up(machine);
        return false;
    }
    if (retired != machine->asleep_retired) {
        machine->asleep_retired = retired;
        machine->asleep_since = now;
        return false;
    }
    if (now - machine->asleep_since < clock_ticks_from(&machine->clock, ASLEEP_SECONDS, 1))
        return false;
    wake_up(machine);
    return true;
}

enum machine_stop machine_run(struct machine *machine, uint64_t ticks)
{
    struct cpu *cpu = machine->cpu;
    uint64_t now = clock_now(&machine->clock), end = now + ticks < now ? UINT64_MAX : now + ticks;
    uint64_t next_poll = now;
    enum machine_stop stop;

    if (cpu->observer)
        cpu->observer->stop = false;
    for (;;) {
        uint64_t limit, next, recorded;
        enum stop why;

        clock_fire_due(&machine->clock);
        if (requests(machine, &stop))
            return stop;
        now = clock_now(&machine->clock);
        if (now >= end)
            return MACHINE_LIMIT;
        if (machine->interrupt)
            return MACHINE_REQUEST;
        if (now >= next_poll || now >= replay_next(machine) || now >= replay_due(machine)) {
            replay_poll(machine);
            if (machine->poll_host)
                machine->poll_host(machine->poll_context, machine);
            next_poll = now + (machine->config.nic_count && networks_are_live(machine)
                                   ? machine->slice / LIVE_SLICES + 1
                                   : pace_slice(machine));
            if (machine->interrupt)
                return MACHINE_REQUEST;
            if (pace_is_real(machine) && !machine->input_only && replay_next(machine) == UINT64_MAX)
                pace_run(machine);
        }
        next = clock_next_event(&machine->clock);
        limit = (next < end ? next : end) - now;
        if (limit > next_poll - now)
            limit = next_poll - now;
        recorded = replay_next(machine);
        if (recorded > now && limit > recorded - now)
            limit = recorded - now;
        recorded = replay_due(machine);
        if (limit > recorded - now)
            limit = recorded > now ? recorded - now : 0;
        if (limit == 0)
            continue;
        why = cpu->engine->run(cpu, limit);
        if (requests(machine, &stop))
            return stop;
        switch (why) {
        case STOP_BREAKPOINT:
            return MACHINE_BREAKPOINT;
        case STOP_WATCHPOINT:
            return MACHINE_WATCHPOINT;
        case STOP_REQUEST:
            return MACHINE_REQUEST;
        case STOP_SHUTDOWN:
            return MACHINE_SHUTDOWN;
        case STOP_HALTED:
            if (asleep_for_good(machine) || !idle(machine, end, &next_poll))
                return MACHINE_DEAD;
            break;
        case STOP_LIMIT:
            break;
        }
    }
}

enum machine_stop machine_step(struct machine *machine)
{
    return machine_run(machine, 1);
}

const char *machine_stop_name(enum machine_stop stop)
{
    static const char *const names[] = {
        [MACHINE_LIMIT] = "limit",
        [MACHINE_BREAKPOINT] = "breakpoint",
        [MACHINE_WATCHPOINT] = "watchpoint",
        [MACHINE_REQUEST] = "request",
        [MACHINE_SHUTDOWN] = "shutdown (triple fault)",
        [MACHINE_POWER_OFF] = "power-off",
        [MACHINE_RESET] = "reset",
        [MACHINE_EXIT] = "exit by the guest",
        [MACHINE_DEAD] = "halted for ever",
    };

    return names[stop];
}
