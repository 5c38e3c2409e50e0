/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/medium.h - what is in the drives of a machine: disks, discs, diskettes that come and go, as a
 * part of its state. A saved state holds the media that were in the drives, with the contents they
 * had; what can be written to has an overlay for that (machine/image.h).
 */
#ifndef MACHINE_MEDIUM_H
#define MACHINE_MEDIUM_H

#include "machine/media.h"

struct image_state;
struct machine;

/* Closed when neither a drive nor a state holds it. */
struct medium {
    unsigned holders;
    struct machine *machine; /* whose drives it is for */
    uint32_t id; /* from 1, in the order in which a machine got them; the same in its twin */
    struct block *block;
    bool owned; /* closing it closes the block */
    char *name; /* of the file */
};

/* In the drives of a machine, and what of it is state. */
struct media_slots {
    uint32_t id[MEDIA_UNITS];           /* of the medium; 0: none */
    struct medium *medium[MEDIA_UNITS]; /* NULL: none */
    uint32_t made;                      /* the id that was given last; never goes back */
};

struct media_state {
    struct medium *medium[MEDIA_UNITS];
    struct image_state *image[MEDIA_UNITS]; /* NULL: it cannot change, or has no overlay */
};

/* Something that is done to a drive by hand; it can be done again, by a twin, or after going back. */
struct media_deed {
    enum media_unit unit;
    bool force;            /* also if the guest has locked the tray */
    struct medium *medium; /* that is put in; NULL: what is in it is taken out */
    struct image_state
        *image; /* contents of that medium then; NULL: as they are, or cannot change */
};
MUST_CHECK bool media_do(struct machine *machine, const struct media_deed *deed, struct buf *error);

/* Its contents can change: states have to keep them. NULL is allowed. */
bool medium_changes(const struct medium *medium);
/* A new medium of this machine, for its drives; nobody holds it but the caller. */
struct medium *medium_create(struct machine *machine, struct block *block, bool owned,
                             const char *name);
struct medium *medium_hold(struct medium *medium);
void medium_drop(struct medium *medium); /* NULL is allowed */
/* The same for another machine in lockstep: with writes of its own. */
struct medium *medium_twin(struct medium *medium, struct machine *machine);

/* The drive has this medium from now on, or none, and holds it; the guest is not told. */
void media_insert(struct machine *machine, enum media_unit unit, struct medium *medium);
/*
 * By the user's hand, while the machine stands; recorded as input (machine/replay.h). What is in the drive goes, and the tray opens; then the
 * new disc is in it, and it is shut. `force`: also if the guest has locked the tray, which else is asked
 * to open it. False: *error is one line, and nothing has changed.
 */
MUST_CHECK bool media_eject(struct machine *machine, const char *drive, bool force,
                            struct buf *error);
MUST_CHECK bool media_change(struct machine *machine, const char *drive, const char *file,
                             const char *format, bool force, struct buf *error);
/* The drives and what is in them, two lines each. */
void media_describe(struct machine *machine, struct out *out);
/* All drives are empty. */
void media_remove_all(struct machine *machine);

/* *state is zero-initialised, or was saved before. */
void media_state_save(struct media_state *state, struct machine *machine);
void media_state_restore(const struct media_state *state, struct machine *machine);
void media_state_free(struct media_state *state);

/* Machines in lockstep: do the contents of a drive differ? The first that does, and where. */
bool media_differ(struct machine *machine, struct machine *twin, enum media_unit *unit,
                  uint64_t *sector);
/* They do not: from now on they have them together. */
void media_join(struct machine *machine, struct machine *twin);
/* Flushes that the guest asked for when states with other contents were held. */
void media_settle(struct machine *machine);

#endif
