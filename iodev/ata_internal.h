/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/ata_internal.h - what the sources of a drive share. */
#ifndef IODEV_ATA_INTERNAL_H
#define IODEV_ATA_INTERNAL_H

#include "iodev/ata.h"
#include "util/types.h"

enum ata_phase {
    PHASE_IDLE,
    PHASE_BUSY, /* until the event */
    PHASE_IN,   /* DRQ: the host reads the buffer */
    PHASE_OUT,  /* DRQ: it writes it */
    PHASE_PACKET,
    PHASE_DMA,
};

enum ata_next {
    NEXT_DONE,   /* the command has ended well */
    NEXT_IN,     /* the buffer is filled */
    NEXT_OUT,    /* the first block can be written */
    NEXT_WRITE,  /* the buffer goes to the medium */
    NEXT_DMA,    /* data begins to flow */
    NEXT_PACKET, /* the packet can be written */
    NEXT_RUN,    /* and is executed */
    NEXT_RESET,
    NEXT_DIAGNOSTIC,
};

enum { POWER_STANDBY = 0x00, POWER_SLEEP = 0x01, POWER_IDLE = 0x80, POWER_ACTIVE = 0xff };

/* Guest time in nanoseconds: a fast disk; a CD drive of about 300 times the first speed. */
enum {
    NS_COMMAND = 1000,
    NS_DISK_ACCESS = 20000,
    NS_CD_ACCESS = 100000,
    NS_DISK_KIB = 2048, /* 500 MB/s */
    NS_CD_KIB = 20480,
    NS_RESET = 100000,
};

/* Media events of a CD drive. */
enum { MEDIA_NOTHING, MEDIA_EJECT_REQUEST, MEDIA_NEW, MEDIA_REMOVED };

#define DMA_CHUNK KIB(64) /* data that moves with one event */

/* Busy for so long, and then `next`. */
void ata_busy(struct ata_drive *drive, enum ata_next next, uint64_t ns);
/* How long `bytes` take on their way. */
uint64_t ata_transfer_ns(const struct ata_drive *drive, uint64_t bytes);
/* The command has ended, without or with an error: interrupt. */
void ata_done(struct ata_drive *drive);
void ata_fail(struct ata_drive *drive, uint8_t error);
void ata_abort(struct ata_drive *drive);
/* Idle; counts, positions and the like as before any command. */
void ata_idle(struct ata_drive *drive);
void ata_signature(struct ata_drive *drive);
/* An ATA string of words: spaces fill it, bytes are swapped. */
void ata_string(uint8_t *to, unsigned bytes, const char *text);

/* ata_disk.c */
void disk_reset(struct ata_drive *drive);
/* False: no such command. */
bool disk_command(struct ata_drive *drive);
/* Sectors into the buffer, or out of it. False: the command has failed. */
bool disk_fill(struct ata_drive *drive);
bool disk_drain(struct ata_drive *drive);
/*
 * By DMA, more than the buffer holds and past it, up to DMA_CHUNK bytes in *moved. False: nothing has
 * moved, and it goes through the buffer.
 */
bool disk_send(struct ata_drive *drive, uint64_t *moved);
void disk_describe(const struct ata_drive *drive, struct out *out);

/* atapi.c */
bool cd_command(struct ata_drive *drive);
void cd_run(struct ata_drive *drive);
bool cd_fill(struct ata_drive *drive);
void cd_describe(const struct ata_drive *drive, struct out *out);
/* End with CHECK CONDITION. */
void cd_check(struct ata_drive *drive, uint8_t key, uint8_t asc, uint8_t ascq);
bool cd_has_disc(const struct ata_drive *drive);
/* Sectors of 2048 bytes on the disc. */
uint32_t cd_sectors(const struct ata_drive *drive);
/* The first `bytes` of the buffer are the answer, of which the host wants `most` at most. */
void cd_reply(struct ata_drive *drive, uint32_t bytes, uint32_t most);

/* atapi_info.c: commands whose answer is a table. */
void cd_identify(struct ata_drive *drive);
void cd_inquiry(struct ata_drive *drive);
void cd_mode_sense(struct ata_drive *drive);
void cd_get_configuration(struct ata_drive *drive);
void cd_get_event(struct ata_drive *drive);
void cd_mechanism_status(struct ata_drive *drive);
void cd_read_toc(struct ata_drive *drive);
void cd_read_disc_info(struct ata_drive *drive);

enum { KEY_NONE, KEY_NOT_READY = 2, KEY_MEDIUM = 3, KEY_ILLEGAL = 5, KEY_ATTENTION = 6 };

static inline uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t load_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void store_be16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
    store_be16(p, v >> 16);
    store_be16(p + 2, v & 0xffff);
}

#endif
