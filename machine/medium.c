/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/medium.c - media in the drives of a machine, held by drives and by saved states. */
#include "machine/medium.h"

#include <stdlib.h>
#include <string.h>

#include "machine/image.h"
#include "machine/pc.h"
#include "machine/replay.h"

struct medium *medium_create(struct machine *machine, struct block *block, bool owned,
                             const char *name)
{
    struct medium *medium = xcalloc(1, sizeof *medium);

    medium->holders = 1;
    medium->machine = machine;
    medium->id = ++machine->pc->media.made;
    medium->block = block;
    medium->owned = owned;
    medium->name = xstrdup(name);
    return medium;
}

struct medium *medium_hold(struct medium *medium)
{
    if (medium)
        medium->holders++;
    return medium;
}

/* A state has to keep its contents. */
bool medium_changes(const struct medium *medium)
{
    return medium && image_is_overlay(medium->block);
}

void medium_drop(struct medium *medium)
{
    if (!medium || --medium->holders)
        return;
    if (medium->owned && medium_changes(medium) && !image_finish(medium->block))
        medium->machine->lost = true;
    if (medium->owned)
        block_close(medium->block);
    free(medium->name);
    free(medium);
}

struct medium *medium_twin(struct medium *medium, struct machine *machine)
{
    struct medium *twin;

    if (!medium_changes(medium) || medium->machine == machine)
        return medium_hold(medium);
    twin = xcalloc(1, sizeof *twin);
    *twin = (struct medium){ .holders = 1,
                             .machine = machine,
                             .id = medium->id,
                             .block = image_overlay_twin(medium->block),
                             .owned = true,
                             .name = xstrdup(medium->name) };
    return twin;
}

void media_insert(struct machine *machine, enum media_unit unit, struct medium *medium)
{
    struct pc *pc = machine->pc;
    struct medium *old = pc->media.medium[unit];

    pc->media.medium[unit] = medium_hold(medium);
    pc->media.id[unit] = medium ? medium->id : 0;
    if (unit < ARRAY_SIZE(pc->drive) && pc->drive[unit])
        pc->drive[unit]->medium = medium ? medium->block : NULL;
    if (unit >= MEDIA_PFLASH0) {
        if (pc->pflash[unit - MEDIA_PFLASH0])
            pflash_insert(pc->pflash[unit - MEDIA_PFLASH0], medium ? medium->block : NULL);
    } else if (unit >= MEDIA_FDA && pc->fdc)
        fdc_insert(pc->fdc, unit - MEDIA_FDA, medium ? medium->block : NULL);
    medium_drop(old);
}

void media_remove_all(struct machine *machine)
{
    for (unsigned unit = 0; unit < MEDIA_UNITS; unit++)
        media_insert(machine, unit, NULL);
}

static bool is_there(const struct pc *pc, enum media_unit unit)
{
    if (unit >= MEDIA_PFLASH0)
        return pc->pflash[unit - MEDIA_PFLASH0] != NULL;
    return unit < MEDIA_FDA ? pc->drive[unit] != NULL : pc->fdc->drive[unit - MEDIA_FDA].type != 0;
}

/* A drive whose medium can be taken out. */
static bool find_drive(struct machine *machine, const char *name, enum media_unit *unit,
                       struct buf *error)
{
    struct pc *pc = machine->pc;

    for (*unit = MEDIA_HDA; *unit < MEDIA_UNITS; ++*unit)
        if (!strcmp(name, media_unit_name(*unit)))
            break;
    if (*unit == MEDIA_UNITS || !is_there(pc, *unit))
        *unit = MEDIA_UNITS;
    else if (*unit < MEDIA_PFLASH0 && (*unit >= MEDIA_FDA || pc->drive[*unit]->is_cd))
        return true;
    if (*unit >= MEDIA_PFLASH0 && *unit < MEDIA_UNITS)
        buf_printf(error,
                   "%s is flash memory, which stays where it is; expected a CD or diskette drive",
                   name);
    else if (*unit < MEDIA_UNITS)
        buf_printf(error, "%s is a disk, which stays where it is; expected a CD or diskette drive",
                   name);
    else
        buf_printf(error, "there is no drive '%s', expected one that 'info block' lists", name);
    return false;
}

/* The tray opens, or is open, or there is none. */
static bool open_tray(struct machine *machine, enum media_unit unit, bool force, struct buf *error)
{
    struct ata_drive *drive = unit < MEDIA_FDA ? machine->pc->drive[unit] : NULL;

    if (!drive)
        return true;
    if (force)
        drive->locked = false;
    if (drive->tray_open || ata_eject(drive))
        return true;
    buf_printf(
        error,
        "%s: the guest has locked the tray, and was asked to open it; expected another try, or -f",
        media_unit_name(unit));
    return false;
}

bool media_do(struct machine *machine, const struct media_deed *deed, struct buf *error)
{
    enum media_unit unit = deed->unit;
    struct medium *medium;
    struct block *block;

    if (!open_tray(machine, unit, deed->force, error))
        return false;
    medium = medium_twin(deed->medium, machine);
    block = medium ? medium->block : NULL;
    media_insert(machine, unit, medium);
    if (deed->image)
        image_restore(block, deed->image);
    if (unit >= MEDIA_FDA)
        fdc_change(machine->pc->fdc, unit - MEDIA_FDA, block);
    else if (block)
        ata_change_medium(machine->pc->drive[unit], block);
    medium_drop(medium);
    return true;
}

bool media_eject(struct machine *machine, const char *drive, bool force, struct buf *error)
{
    struct media_deed deed = { .force = force };

    return find_drive(machine, drive, &deed.unit, error) && replay_media(machine, &deed, error);
}

bool media_change(struct machine *machine, const char *drive, const char *file, const char *format,
                  bool force, struct buf *error)
{
    struct drive_options options = { .file = (char *)(uintptr_t)file,
                                     .format = (char *)(uintptr_t)format };
    struct media_deed deed = { .force = force };
    struct block *block;
    int exit_code;
    bool ok;

    if (!find_drive(machine, drive, &deed.unit, error))
        return false;
    options.read_only = deed.unit < MEDIA_FDA; /* a CD */
    if (!options.read_only)
        deed.medium = replay_diskette(machine, file); /* whose file is locked */
    if (!deed.medium) {
        block =
            media_open_image(&options, machine->config.snapshot, machine->log, error, &exit_code);
        if (!block)
            return false;
        if (deed.unit >= MEDIA_FDA && !media_is_diskette(block, file, error)) {
            block_close(block);
            return false;
        }
        deed.medium = medium_create(machine, block, true, file);
    }
    ok = replay_media(machine, &deed, error);
    medium_drop(deed.medium);
    return ok;
}

void media_describe(struct machine *machine, struct out *out)
{
    struct pc *pc = machine->pc;

    for (enum media_unit unit = MEDIA_HDA; unit < MEDIA_UNITS; unit++) {
        const struct ata_drive *drive = unit < MEDIA_FDA ? pc->drive[unit] : NULL;
        const struct medium *medium = pc->media.medium[unit];

        if (!is_there(pc, unit))
            continue;
        out_printf(out, "%s: ", media_unit_name(unit));
        if (medium)
            out_printf(out, "%s (%s)\n    %llu bytes; %s\n", medium->name,
                       image_format_name(medium->block),
                       (unsigned long long)medium->block->sectors * BLOCK_SECTOR,
                       medium->block->read_only           ? "read-only"
                       : image_is_snapshot(medium->block) ? "what is written goes at the end"
                                                          : "what is written goes to the file");
        else
            out_text(out, "[not inserted]\n");
        if (drive && drive->is_cd)
            out_printf(out, "    CD drive: %slocked, tray %s\n", drive->locked ? "" : "not ",
                       drive->tray_open ? "open" : "closed");
    }
}

void media_state_save(struct media_state *state, struct machine *machine)
{
    for (unsigned unit = 0; unit < MEDIA_UNITS; unit++) {
        struct medium *medium = machine->pc->media.medium[unit], *old = state->medium[unit];

        image_state_free(state->image[unit]);
        state->medium[unit] = medium_hold(medium);
        state->image[unit] = medium_changes(medium) ? image_save(medium->block) : NULL;
        medium_drop(old);
    }
}

void media_state_restore(const struct media_state *state, struct machine *machine)
{
    for (unsigned unit = 0; unit < MEDIA_UNITS; unit++) {
        struct medium *is = machine->pc->media.medium[unit], *was = state->medium[unit];

        if (was && is && is->id == was->id)
            medium_hold(is);
        else
            is = medium_twin(was, machine);
        media_insert(machine, unit, is);
        if (state->image[unit])
            image_restore(is->block, state->image[unit]);
        medium_drop(is);
    }
}

void media_state_free(struct media_state *state)
{
    for (unsigned unit = 0; unit < MEDIA_UNITS; unit++) {
        image_state_free(state->image[unit]);
        medium_drop(state->medium[unit]);
        state->image[unit] = NULL;
        state->medium[unit] = NULL;
    }
}

static struct medium *changing(struct machine *machine, unsigned unit)
{
    struct medium *medium = machine->pc->media.medium[unit];

    return medium_changes(medium) ? medium : NULL;
}

bool media_differ(struct machine *machine, struct machine *twin, enum media_unit *unit,
                  uint64_t *sector)
{
    for (*unit = MEDIA_HDA; *unit < MEDIA_UNITS; ++*unit) {
        struct medium *a = changing(machine, *unit), *b = changing(twin, *unit);

        if (a && b && a->id == b->id && image_differ(a->block, b->block, sector))
            return true;
    }
    return false;
}

void media_join(struct machine *machine, struct machine *twin)
{
    for (unsigned unit = 0; unit < MEDIA_UNITS; unit++) {
        struct medium *a = changing(machine, unit), *b = changing(twin, unit);

        if (a && b && a->id == b->id)
            image_join(a->block, b->block);
    }
}

void media_settle(struct machine *machine)
{
    for (unsigned unit = 0; unit < MEDIA_UNITS; unit++) {
        struct medium *medium = changing(machine, unit);

        if (medium)
            (void)!image_settle(medium->block); /* the host's error was told */
    }
}
