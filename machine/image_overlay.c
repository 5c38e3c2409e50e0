/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/image_overlay.c - a medium whose writes go elsewhere. The contents at one moment are a tree
 * over the disk in pieces of 4 KiB; its leaves name places in a temporary file, or nothing where the
 * base shows through. Trees share their parts: to keep a moment is to hold its root, and a part that
 * somebody else holds is copied before it is changed.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/image_format.h"

#define PIECE 4096u
#define PIECE_SECTORS (PIECE / BLOCK_SECTOR)
#define FAN_BITS 6
#define FAN 64u

/* What the overlays of a family and their saved states have in common. */
struct store {
    unsigned holders; /* overlays and states */
    struct block *base;
    bool owned;
    struct image_file file;
    uint32_t *holds; /* for each place of the file: how many leaves name it */
    uint32_t places, capacity, most;
    uint32_t *idle; /* places that no leaf names */
    uint32_t idle_count, idle_capacity;
    unsigned levels; /* of the trees; 1: the root is a leaf */
    struct log *log;
    bool told; /* that there can be no temporary file */
};

struct node {
    unsigned holders;
    union {
        struct node *child[FAN]; /* NULL: nothing was written there */
        uint32_t place[FAN];     /* from 1; 0: the base shows through */
    };
};

struct overlay {
    struct block block; /* first */
    struct store *store;
    struct node *root;
    bool through; /* alone in its family, it writes to the base */
    bool owed;    /* the guest asked for a flush, and the base cannot be written to yet */
};

struct image_state {
    struct store *store;
    struct node *root;
};

/* ---- places --------------------------------------------------------------------------------- */

/* Most overlays that write through never need one. */
static bool have_file(struct store *store)
{
    struct buf error = { 0 };

    if (store->file.fd < 0 && !image_file_temporary(&store->file, store->log, &error))
        log_once(store->log, &store->told, LOG_ERROR, "overlay", "%s", buf_text(&error));
    buf_free(&error);
    return store->file.fd >= 0;
}

static uint32_t take_place(struct store *store)
{
    uint32_t place;

    if (!have_file(store))
        return 0;
    if (store->idle_count) {
        place = store->idle[--store->idle_count];
    } else {
        if (store->places == store->most) {
            image_file_tell(&store->file, "holds %llu bytes of writes, expected no more",
                            (unsigned long long)store->most * PIECE);
            return 0;
        }
        if (store->places == store->capacity) {
            store->capacity = store->capacity ? store->capacity * 2 : 256;
            store->holds = xrealloc(store->holds, store->capacity * sizeof *store->holds);
        }
        place = ++store->places;
    }
    store->holds[place - 1] = 1;
    return place;
}

static void drop_place(struct store *store, uint32_t place)
{
    if (!place || --store->holds[place - 1])
        return;
    if (store->idle_count == store->idle_capacity) {
        store->idle_capacity = store->idle_capacity ? store->idle_capacity * 2 : 256;
        store->idle = xrealloc(store->idle, store->idle_capacity * sizeof *store->idle);
    }
    store->idle[store->idle_count++] = place;
}

static uint64_t place_at(uint32_t place)
{
    return (uint64_t)(place - 1) * PIECE;
}

/* Sectors of the medium in a piece: the last one may be short. */
static unsigned sectors_of(const struct store *store, uint64_t piece)
{
    uint64_t left = store->base->sectors - piece * PIECE_SECTORS;

    return left < PIECE_SECTORS ? (unsigned)left : PIECE_SECTORS;
}

static bool read_piece(struct store *store, uint32_t place, uint64_t piece, uint8_t bytes[PIECE])
{
    if (place)
        return image_file_read(&store->file, place_at(place), bytes, PIECE);
    memset(bytes, 0, PIECE);
    return block_read(store->base, piece * PIECE_SECTORS, sectors_of(store, piece), bytes) ==
           BLOCK_OK;
}

/* ---- trees ---------------------------------------------------------------------------------- */

static struct node *hold(struct node *node)
{
    if (node)
        node->holders++;
    return node;
}

/* `level` 1 is a leaf. */
static void drop(struct store *store, struct node *node, unsigned level)
{
    if (!node || --node->holders)
        return;
    for (unsigned i = 0; i < FAN; i++) {
        if (level == 1)
            drop_place(store, node->place[i]);
        else
            drop(store, node->child[i], level - 1);
    }
    free(node);
}

/* *node, to be changed: made, or copied if somebody else holds it. */
static struct node *own(struct store *store, struct node **node, unsigned level)
{
    struct node *old = *node, *new;

    if (old && old->holders == 1)
        return old;
    new = xcalloc(1, sizeof *new);
    if (old)
        *new = *old;
    new->holders = 1;
    for (unsigned i = 0; old && i < FAN; i++) {
        if (level > 1)
            hold(new->child[i]);
        else if (new->place[i])
            store->holds[new->place[i] - 1]++;
    }
    drop(store, old, level);
    return *node = new;
}

static unsigned digit(uint64_t piece, unsigned level)
{
    return (unsigned)(piece >> (level - 1) * FAN_BITS) & (FAN - 1);
}

/* The leaf of a piece; NULL: nothing was written there. */
static const struct node *leaf_of(const struct overlay *o, uint64_t piece)
{
    const struct node *node = o->root;

    for (unsigned level = o->store->levels; node && level > 1; level--)
        node = node->child[digit(piece, level)];
    return node;
}

static struct node *leaf_to_change(struct overlay *o, uint64_t piece)
{
    struct node **at = &o->root, *node = NULL;

    for (unsigned level = o->store->levels; level; level--) {
        node = own(o->store, at, level);
        if (level > 1)
            at = &node->child[digit(piece, level)];
    }
    return node;
}

/* ---- the medium ----------------------------------------------------------------------------- */

static enum block_result overlay_read(struct block *block, uint64_t sector, unsigned count,
                                      void *data)
{
    struct overlay *o = (struct overlay *)block;
    uint8_t *to = data;

    while (count) {
        uint64_t piece = sector / PIECE_SECTORS, next = piece;
        const struct node *leaf = leaf_of(o, piece);
        uint32_t place = leaf ? leaf->place[piece % FAN] : 0;
        unsigned in = (unsigned)(sector % PIECE_SECTORS), n = PIECE_SECTORS - in;
        bool ok;

        /* Neighbours within the leaf that are neighbours below as well. */
        for (next++; n < count && next % FAN; next++, n += PIECE_SECTORS) {
            uint32_t other = leaf ? leaf->place[next % FAN] : 0;

            if (other != (place ? place + (uint32_t)(next - piece) : 0))
                break;
        }
        n = n < count ? n : count;
        ok = place ? image_file_read(&o->store->file, place_at(place) + in * BLOCK_SECTOR, to,
                                     (size_t)n * BLOCK_SECTOR)
                   : block_read(o->store->base, sector, n, to) == BLOCK_OK;
        if (!ok)
            return BLOCK_IO;
        to += (size_t)n * BLOCK_SECTOR;
        sector += n;
        count -= n;
    }
    return BLOCK_OK;
}

/* Part of a piece. */
static bool write_part(struct overlay *o, uint64_t sector, unsigned n, const uint8_t *data)
{
    struct store *store = o->store;
    uint64_t piece = sector / PIECE_SECTORS;
    unsigned in = (unsigned)(sector % PIECE_SECTORS);
    struct node *leaf = leaf_to_change(o, piece);
    uint32_t old = leaf->place[piece % FAN], new;
    uint8_t bytes[PIECE];

    if (old && store->holds[old - 1] == 1)
        return image_file_write(&store->file, place_at(old) + in * BLOCK_SECTOR, data,
                                (size_t)n * BLOCK_SECTOR);
    if (!read_piece(store, old, piece, bytes))
        return false;
    memcpy(bytes + in * BLOCK_SECTOR, data, (size_t)n * BLOCK_SECTOR);
    new = take_place(store);
    if (!new)
        return false;
    if (!image_file_write(&store->file, place_at(new), bytes, PIECE)) {
        drop_place(store, new);
        return false;
    }
    leaf->place[piece % FAN] = new;
    drop_place(store, old);
    return true;
}

/* Whole pieces of one leaf, each to a place that nobody else has; neighbours in one write. */
static bool write_pieces(struct overlay *o, uint64_t piece, unsigned n, const uint8_t *data)
{
    struct store *store = o->store;
    struct node *leaf = leaf_to_change(o, piece);
    unsigned first = (unsigned)(piece % FAN), ready = 0, done = 0;
    uint32_t place[FAN];
    bool ok = true;

    for (; ready < n && ok; ready++) {
        uint32_t old = leaf->place[first + ready];

        place[ready] = old && store->holds[old - 1] == 1 ? old : take_place(store);
        ok = place[ready] != 0;
    }
    while (ok && done < n) {
        unsigned run = 1;

        while (done + run < n && place[done + run] == place[done] + run)
            run++;
        ok = image_file_write(&store->file, place_at(place[done]), data + (size_t)done * PIECE,
                              (size_t)run * PIECE);
        done += run;
    }
    for (unsigned i = 0; i < ready; i++) {
        uint32_t old = leaf->place[first + i];

        if (place[i] == old)
            continue;
        drop_place(store, ok ? old : place[i]);
        if (ok)
            leaf->place[first + i] = place[i];
    }
    return ok;
}

/* ---- writing down --------------------------------------------------------------------------- */

struct seeing {
    struct store *store;
    bool (*see)(void *context, uint64_t sector, unsigned count, const void *data);
    void *context;
};

static bool see_node(const struct seeing *s, const struct node *node, unsigned level,
                     uint64_t first)
{
    uint8_t bytes[PIECE];

    for (unsigned i = 0; node && i < FAN; i++) {
        uint64_t piece = (first << FAN_BITS) + i;

        if (level > 1) {
            if (!see_node(s, node->child[i], level - 1, piece))
                return false;
        } else if (node->place[i]) {
            if (!read_piece(s->store, node->place[i], piece, bytes) ||
                !s->see(s->context, piece * PIECE_SECTORS, sectors_of(s->store, piece), bytes))
                return false;
        }
    }
    return true;
}

static bool write_base(void *context, uint64_t sector, unsigned count, const void *data)
{
    return block_write(context, sector, count, data) == BLOCK_OK;
}

/* Everything that a tree's root leads to is forgotten, by all who hold the root. */
static void empty(struct store *store, struct node *root)
{
    for (unsigned i = 0; i < FAN; i++) {
        if (store->levels == 1) {
            drop_place(store, root->place[i]);
            root->place[i] = 0;
        } else {
            drop(store, root->child[i], store->levels - 1);
            root->child[i] = NULL;
        }
    }
}

/* What changed goes to the base. Whoever holds anything of the family must have the same contents. */
static enum block_result write_down(struct overlay *o)
{
    struct store *store = o->store;
    const struct seeing s = { store, write_base, store->base };

    if (store->base->read_only)
        return BLOCK_PROTECTED;
    if (!o->root)
        return BLOCK_OK;
    if (store->holders != o->root->holders)
        return BLOCK_PROTECTED;
    if (!see_node(&s, o->root, store->levels, 0))
        return BLOCK_IO;
    empty(store, o->root);
    if (o->root->holders == 1) {
        free(o->root);
        o->root = NULL;
    }
    return BLOCK_OK;
}

/* ---- the medium, written -------------------------------------------------------------------- */

/* Nobody else shows the base, or what lies over it. */
static bool is_alone(const struct overlay *o)
{
    return o->store->holders == 1;
}

static enum block_result overlay_write(struct block *block, uint64_t sector, unsigned count,
                                       const void *data)
{
    struct overlay *o = (struct overlay *)block;
    const uint8_t *from = data;

    if (o->through && is_alone(o)) {
        enum block_result result = write_down(o);

        return result ? result : block_write(o->store->base, sector, count, data);
    }
    while (count) {
        unsigned in = (unsigned)(sector % PIECE_SECTORS), n = PIECE_SECTORS - in;
        uint64_t piece = sector / PIECE_SECTORS;
        bool ok;

        if (in || count < PIECE_SECTORS) {
            n = n < count ? n : count;
            ok = write_part(o, sector, n, from);
        } else {
            unsigned pieces = count / PIECE_SECTORS, room = FAN - (unsigned)(piece % FAN);

            pieces = pieces < room ? pieces : room;
            n = pieces * PIECE_SECTORS;
            ok = write_pieces(o, piece, pieces, from);
        }
        if (!ok)
            return BLOCK_IO;
        from += (size_t)n * BLOCK_SECTOR;
        sector += n;
        count -= n;
    }
    return BLOCK_OK;
}

static enum block_result overlay_flush(struct block *block)
{
    struct overlay *o = (struct overlay *)block;
    enum block_result result;

    if (!o->through) /* what is private is gone after a power cut */
        return BLOCK_OK;
    result = image_commit(block);
    if (result != BLOCK_PROTECTED)
        return result;
    o->owed = true;
    return BLOCK_OK;
}

static void release(struct store *store)
{
    if (--store->holders)
        return;
    if (store->owned)
        block_close(store->base);
    image_file_close(&store->file);
    free(store->holds);
    free(store->idle);
    free(store);
}

static void overlay_close(struct block *block)
{
    struct overlay *o = (struct overlay *)block;

    if (o->through && is_alone(o))
        (void)!write_down(o); /* what the host refuses was told */
    drop(o->store, o->root, o->store->levels);
    release(o->store);
    free(o);
}

static uint64_t overlay_zeros(struct block *block, uint64_t sector, uint64_t most)
{
    struct overlay *o = (struct overlay *)block;
    uint64_t clear = 0;

    while (clear < most) {
        uint64_t piece = (sector + clear) / PIECE_SECTORS;
        const struct node *leaf = leaf_of(o, piece);

        if (leaf && leaf->place[piece % FAN])
            break;
        if (leaf)
            piece++;
        else
            piece = (piece / FAN + 1) * FAN;
        clear = piece * PIECE_SECTORS - sector;
    }
    clear = clear < most ? clear : most;
    return clear ? image_zeros(o->store->base, sector, clear) : 0;
}

static const struct image_class overlay_class = {
    .block = { "overlay", overlay_read, overlay_write, overlay_flush, overlay_close },
    .zeros = overlay_zeros,
};

bool image_is_overlay(const struct block *block)
{
    return block->class == &overlay_class.block;
}

bool image_is_snapshot(const struct block *block)
{
    return image_is_overlay(block) && !((const struct overlay *)block)->through;
}

struct block *image_overlay_base(struct block *block)
{
    return image_is_overlay(block) ? ((struct overlay *)block)->store->base : NULL;
}

static struct block *make(struct store *store, struct node *root)
{
    struct overlay *o = xcalloc(1, sizeof *o);

    o->block = (struct block){ .class = &overlay_class.block, .sectors = store->base->sectors };
    o->store = store;
    o->root = hold(root);
    store->holders++;
    return &o->block;
}

static struct store *make_store(struct block *base, bool owned, uint64_t most, struct log *log)
{
    uint64_t pieces = (base->sectors + PIECE_SECTORS - 1) / PIECE_SECTORS;
    struct store *store = xcalloc(1, sizeof *store);

    store->base = base;
    store->owned = owned;
    store->log = log;
    store->file.fd = -1;
    most = most ? most / PIECE : pieces + GIB(1) / PIECE;
    store->most = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX - 1;
    for (store->levels = 1; pieces > FAN; store->levels++)
        pieces = (pieces + FAN - 1) / FAN;
    return store;
}

struct block *image_overlay(struct block *base, bool owned, uint64_t most, struct log *log,
                            struct buf *error)
{
    struct store *store = make_store(base, owned, most, log);

    if (image_file_temporary(&store->file, log, error))
        return make(store, NULL);
    free(store);
    return NULL;
}

struct block *image_overlay_through(struct block *base, uint64_t most, struct log *log)
{
    struct overlay *o = (struct overlay *)make(make_store(base, true, most, log), NULL);

    o->through = true;
    return &o->block;
}

struct block *image_overlay_twin(struct block *overlay)
{
    struct overlay *o = (struct overlay *)overlay;

    return make(o->store, o->root);
}

/* ---- moments -------------------------------------------------------------------------------- */

struct image_state *image_save(struct block *overlay)
{
    struct overlay *o = (struct overlay *)overlay;
    struct image_state *state = xcalloc(1, sizeof *state);

    state->store = o->store;
    state->root = hold(o->root);
    o->store->holders++;
    return state;
}

void image_restore(struct block *overlay, const struct image_state *state)
{
    struct overlay *o = (struct overlay *)overlay;
    struct node *old = o->root;

    o->root = hold(state->root);
    drop(o->store, old, o->store->levels);
}

void image_state_free(struct image_state *state)
{
    if (!state)
        return;
    drop(state->store, state->root, state->store->levels);
    release(state->store);
    free(state);
}

static bool piece_differs(struct store *store, uint32_t a, uint32_t b, uint64_t piece,
                          uint64_t *sector)
{
    uint8_t bytes[2][PIECE];

    if (!read_piece(store, a, piece, bytes[0]) || !read_piece(store, b, piece, bytes[1]))
        return false;
    for (unsigned s = 0; s < sectors_of(store, piece); s++) {
        if (memcmp(bytes[0] + s * BLOCK_SECTOR, bytes[1] + s * BLOCK_SECTOR, BLOCK_SECTOR)) {
            *sector = piece * PIECE_SECTORS + s;
            return true;
        }
    }
    return false;
}

/* `first`: the piece that the nodes begin with. */
static bool nodes_differ(struct store *store, const struct node *a, const struct node *b,
                         unsigned level, uint64_t first, uint64_t *sector)
{
    if (a == b)
        return false;
    for (unsigned i = 0; i < FAN; i++) {
        if (level > 1) {
            if (nodes_differ(store, a ? a->child[i] : NULL, b ? b->child[i] : NULL, level - 1,
                             (first << FAN_BITS) + i, sector))
                return true;
        } else {
            uint32_t pa = a ? a->place[i] : 0, pb = b ? b->place[i] : 0;

            if (pa != pb && piece_differs(store, pa, pb, (first << FAN_BITS) + i, sector))
                return true;
        }
    }
    return false;
}

bool image_differ(struct block *overlay, struct block *twin, uint64_t *sector)
{
    struct overlay *a = (struct overlay *)overlay, *b = (struct overlay *)twin;

    return nodes_differ(a->store, a->root, b->root, a->store->levels, 0, sector);
}

bool image_changes(struct block *overlay,
                   bool (*see)(void *context, uint64_t sector, unsigned count, const void *data),
                   void *context)
{
    struct overlay *o = (struct overlay *)overlay;
    const struct seeing s = { o->store, see, context };

    return see_node(&s, o->root, o->store->levels, 0);
}

enum block_result image_commit(struct block *overlay)
{
    struct overlay *o = (struct overlay *)overlay;
    enum block_result result = write_down(o);

    if (!result)
        result = block_flush(o->store->base);
    if (!result)
        o->owed = false;
    return result;
}

void image_join(struct block *overlay, struct block *twin)
{
    struct overlay *o = (struct overlay *)overlay, *t = (struct overlay *)twin;
    struct node *old = t->root;

    if (old == o->root)
        return;
    t->root = hold(o->root);
    drop(t->store, old, t->store->levels);
}

enum block_result image_settle(struct block *overlay)
{
    return ((struct overlay *)overlay)->owed ? image_commit(overlay) : BLOCK_OK;
}

bool image_finish(struct block *overlay)
{
    struct overlay *o = (struct overlay *)overlay;
    struct image_file *file = &((struct image *)o->store->base)->file;
    enum block_result result;

    if (!o->through)
        return true;
    file->told = true; /* below, with what follows from it */
    file->why = 0;
    result = image_commit(overlay);
    if (result != BLOCK_IO)
        return true;
    log_line(file->log, LOG_ERROR, file->path,
             "what the guest wrote is not all in the file%s%s%s, expected a host that can write it",
             file->why ? " (" : "", file->why ? strerror(file->why) : "", file->why ? ")" : "");
    return false;
}
