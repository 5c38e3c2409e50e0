/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/dry_run.c - the next instruction, executed by a child process on its copy of memory. */
#include "debugger/dry_run.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "debugger/explain.h"
#include "machine/pc.h"
#include "util/bits.h"

struct trial {
    struct debugger *dbg;
    struct buf *text;
    struct snapshot before;
    bool over; /* text is complete */
};

static bool on_exception(void *context, struct cpu *cpu)
{
    struct trial *trial = context;

    if (trial->over)
        return true;
    buf_add_text(trial->text, "would fault: ");
    explain_fault(trial->dbg, &cpu->fault, trial->text);
    buf_add_text(trial->text, "\n");
    trial->over = true;
    return true;
}

static bool on_interrupt(void *context, struct cpu *cpu, unsigned vector, bool external)
{
    struct trial *trial = context;

    (void)cpu;
    if (external && !trial->over) {
        buf_printf(trial->text, "would wait: interrupt 0x%02x is taken first\n", vector);
        trial->over = true;
    }
    return true;
}

/* In the child: nothing of it may reach the host. */
static void cut_off(struct machine *machine)
{
    struct host_char *lines[] = { &machine->pc->serial,      &machine->pc->debugcon,
                                  &machine->pc->com_line[0], &machine->pc->com_line[1],
                                  &machine->pc->com_line[2], &machine->pc->printer };

    struct media_state *media = xcalloc(1, sizeof *media);

    media_state_save(media, machine); /* as long as it is held, no write reaches an image */
    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
        lines[i]->in = lines[i]->out = lines[i]->listener = -1;
        lines[i]->terminal = false;
        lines[i]->watch = NULL;
        buf_clear(&lines[i]->output);
    }
    machine->pc->speaker.sink.write = NULL;
    for (unsigned i = 0; i < machine->config.nic_count; i++)
        network_cut(&machine->pc->network[i]);
    if (machine->log)
        machine->log->out = NULL;
    machine->poll_host = NULL;
    machine->interrupt = false;
}

/* "[0x904b] 4->5": the memory operand, if it is not wider than a register. */
static void memory_effect(const struct cpu *cpu, const struct memory_operand *m, uint64_t before,
                          struct buf *text)
{
    uint8_t raw[8] = { 0 };

    if (m && cpu_peek(cpu, m->la, raw, m->size) && load_le64(raw) != before)
        buf_printf(text, "  memory at 0x%llx 0x%llx->0x%llx", (unsigned long long)m->la,
                   (unsigned long long)before, (unsigned long long)load_le64(raw));
}

static void try_it(struct debugger *dbg, uint64_t next, const struct memory_operand *m,
                   struct buf *text)
{
    struct cpu *cpu = debugger_cpu(dbg);
    struct trial trial = { .dbg = dbg, .text = text };
    struct observer observer = { .context = &trial,
                                 .exception = on_exception,
                                 .interrupt = on_interrupt };
    struct buf effects = { 0 };
    uint8_t raw[8] = { 0 };
    enum machine_stop stop;

    if (m && (!m->size || m->size > 8 || !cpu_peek(cpu, m->la, raw, m->size)))
        m = NULL;

    cut_off(dbg->machine);
    snapshot_take(&trial.before, cpu);
    cpu->observer = &observer;
    stop = machine_step(dbg->machine);
    if (trial.over)
        return;
    if (stop != MACHINE_LIMIT && stop != MACHINE_REQUEST && stop != MACHINE_WATCHPOINT &&
        stop != MACHINE_BREAKPOINT)
        buf_printf(text, "would end the run: %s\n", machine_stop_name(stop));
    show_effects(cpu, &trial.before, &effects); /* two blanks before each */
    memory_effect(cpu, m, load_le64(raw), &effects);
    buf_printf(text, "would change: %s\n", effects.length ? buf_text(&effects) + 2 : "no register");
    buf_free(&effects);
    if (cpu->activity == CPU_HALTED)
        buf_add_text(text, "would halt, until an interrupt comes\n");
    else if (cpu->rip != next || cpu->seg[SEG_CS].selector != trial.before.selector[SEG_CS])
        buf_printf(text, "would go on at %04x:%llx\n", cpu->seg[SEG_CS].selector,
                   (unsigned long long)cpu->rip);
}

bool dry_run(struct debugger *dbg, uint64_t next, const struct memory_operand *memory,
             struct buf *text)
{
    int ends[2];
    pid_t child;
    char block[512];
    size_t length = text->length;
    ssize_t n;

    if (pipe(ends) != 0) {
        buf_printf(text, "cannot be tried: %s\n", strerror(errno));
        return false;
    }
    child = fork();
    if (child == 0) {
        struct buf result = { 0 };

        close(ends[0]);
        try_it(dbg, next, memory, &result);
        _exit(write(ends[1], result.data, result.length) != (ssize_t)result.length);
    }
    close(ends[1]);
    if (child < 0)
        buf_printf(text, "cannot be tried: %s\n", strerror(errno));
    while (child > 0 && ((n = read(ends[0], block, sizeof block)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            buf_add(text, block, (size_t)n);
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && text->length == length)
        buf_add_text(text, "cannot be tried\n");
    return child > 0;
}
