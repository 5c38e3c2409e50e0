/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image.h - disk images: files of the host behind a struct block. Formats: raw (diskettes,
 * ISO images and disks, byte for byte), qcow2, Bochs' growing and sparse; any of them under an
 * overlay that takes the writes.
 */
#ifndef MACHINE_IMAGE_H
#define MACHINE_IMAGE_H

#include "iodev/block.h"
#include "util/log.h"

struct image_options {
    const char *format; /* "raw", "qcow2", "growing", "sparse"; NULL: by contents */
    bool read_only;
    bool snapshot;    /* the file is only read; writes go to an overlay, which close throws away */
    bool alone;       /* without its backing files, which are not needed to look at it */
    uint64_t overlay; /* bytes that the overlay may take on the host; 0: the medium and 1 GiB */
    struct log *log;  /* errors of the host during the run, each file's first one; may be NULL */
};

/*
 * NULL: *error is one line "path: fact, expectation", *exit_code is 2 (the image) or 4 (the host).
 * The file is locked until the block is closed: shared by readers, alone by a writer. Backing files
 * are opened too, for reading.
 */
MUST_CHECK struct block *image_open(const char *path, const struct image_options *options,
                                    struct buf *error, int *exit_code);

struct image_create_options {
    const char *format;         /* NULL: raw */
    const char *backing;        /* of qcow2; NULL: none. Relative to the folder of the new image */
    const char *backing_format; /* NULL: by contents */
    uint64_t bytes;             /* 0: as large as the backing file */
    uint64_t cluster;           /* of qcow2, bytes; 0: 64 KiB */
    unsigned refcount_bits;     /* of qcow2; 0: 16 */
};

/* A new file; one that exists is left alone, and refused. */
MUST_CHECK bool image_create(const char *path, const struct image_create_options *options,
                             struct buf *error, int *exit_code);

/* Of the file, below an overlay. */
const char *image_format_name(struct block *block);
/* An overlay writes nothing to its base, ever. */
bool image_is_snapshot(const struct block *block);
/* Of the medium; the last sector may be a part of one. */
uint64_t image_bytes(struct block *block);
/* What `vitrine image info` tells, a line each. */
void image_describe(struct block *block, struct out *out);
/* How many sectors from here on, at most `most` (1 or more), are known to be zeros; 0: unknown. */
uint64_t image_zeros(struct block *block, uint64_t sector, uint64_t most);

struct image_check {
    uint64_t errors; /* contradictions: contents may be lost */
    uint64_t leaks;  /* clusters that nothing refers to: room that is lost, nothing else */
};
/* Lines about what is wrong, at most twenty, to *out. BLOCK_IO: it could not be read. */
enum block_result image_check(struct block *block, struct image_check *result, struct out *out);

/*
 * ---- overlays -------------------------------------------------------------------------------
 *
 * An overlay takes the writes to a medium. It knows generations: image_save() keeps the contents of
 * this moment, image_restore() brings them back, both in no time; what changes between is kept once
 * per generation, in an unlinked temporary file of the host.
 *
 * For the state of a machine: the image in each of its drives is under image_overlay_through(), which
 * costs nothing until a state is saved, or a twin made. Machines in lockstep have overlays of the same
 * family: the second machine's is image_overlay_twin() of the first one's. Then states go from one to
 * the other, and image_differ() looks only at what was written since both had the same state.
 */
struct image_state; /* the contents of an overlay at one moment */

/*
 * `owned`: closing the last overlay of the family closes the base. NULL: *error is one line. While
 * it is there, nobody else may write to the base.
 */
MUST_CHECK struct block *image_overlay(struct block *base, bool owned, uint64_t most,
                                       struct log *log, struct buf *error);
/*
 * The same, owning the base, for a medium that shall be written to: while the overlay is alone in its
 * family its writes go to the base, and what it took when it was not goes there before them, at a
 * flush, or when it is closed. It has no temporary file before it needs one.
 */
struct block *image_overlay_through(struct block *base, uint64_t most, struct log *log);
/* Another overlay over the same base, with the same contents; their writes are their own. */
struct block *image_overlay_twin(struct block *overlay);
bool image_is_overlay(const struct block *block);

struct image_state *image_save(struct block *overlay);
/* Of this overlay or of a twin; the state stays valid. */
void image_restore(struct block *overlay, const struct image_state *state);
void image_state_free(struct image_state *state); /* NULL is allowed */

/*
 * Twins: do their contents differ? *sector is the first one. False also when the host cannot read
 * what it wrote, which has been told.
 */
bool image_differ(struct block *overlay, struct block *twin, uint64_t *sector);
/* The sectors of an overlay that are not the base's, in rising order; `see` returns false to end. */
bool image_changes(struct block *overlay,
                   bool (*see)(void *context, uint64_t sector, unsigned count, const void *data),
                   void *context);
/*
 * Write what changed to the base, and forget it. BLOCK_PROTECTED: a twin or a saved state shows other
 * contents, which lie over the base as it is; or it is read-only. BLOCK_IO: nothing is forgotten.
 */
enum block_result image_commit(struct block *overlay);
/* Their contents are equal, as image_differ() has found: from now on they have them together. */
void image_join(struct block *overlay, struct block *twin);
/* If the guest asked for a flush when it could not be: now. BLOCK_PROTECTED: still not. */
enum block_result image_settle(struct block *overlay);
/*
 * Of an overlay over an image, before it is closed: what was written goes to the file, and is there to
 * stay. False: not all of it, which this tells in one line, whatever was told of the file before.
 */
MUST_CHECK bool image_finish(struct block *overlay);

#endif
