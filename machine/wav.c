/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/wav.c - WAV files. Source: Microsoft, "Multimedia Programming Interface", RIFF WAVE. */
#include "machine/wav.h"

#include <errno.h>
#include <string.h>

#include "util/bits.h"

enum { HEADER = 44, BYTES_MOST = INT32_MAX - 64 };

static void put_header(uint8_t header[HEADER], unsigned hertz, uint32_t bytes)
{
    memcpy(header, "RIFF", 4);
    store_le32(header + 4, HEADER - 8 + bytes);
    memcpy(header + 8, "WAVEfmt ", 8);
    store_le32(header + 16, 16);
    store_le16(header + 20, 1); /* plain samples */
    store_le16(header + 22, 1);
    store_le32(header + 24, hertz);
    store_le32(header + 28, hertz * 2);
    store_le16(header + 32, 2);
    store_le16(header + 34, 16);
    memcpy(header + 36, "data", 4);
    store_le32(header + 40, bytes);
}

static void fail(struct wav *wav, const char *why)
{
    if (!wav->failed)
        log_line(wav->log, LOG_ERROR, wav->path, "%s", why);
    wav->failed = true;
}

bool wav_open(struct wav *wav, const char *path, unsigned hertz, struct log *log, struct buf *error)
{
    uint8_t header[HEADER];

    *wav = (struct wav){ .file = fopen(path, "wb"), .path = path, .log = log };
    put_header(header, hertz, 0);
    if (wav->file && fwrite(header, 1, HEADER, wav->file) == HEADER && fflush(wav->file) == 0)
        return true;
    buf_printf(error, "%s: %s", path, strerror(errno));
    if (wav->file)
        fclose(wav->file);
    wav->file = NULL;
    return false;
}

static void put_samples(struct wav *wav, const int16_t *samples, uint64_t count)
{
    while (count && !wav->failed) {
        uint8_t bytes[1024];
        uint64_t n = count < sizeof bytes / 2 ? count : sizeof bytes / 2;

        for (uint64_t i = 0; i < n; i++)
            store_le16(bytes + i * 2, samples ? (uint16_t)samples[i] : 0);
        if (wav->bytes + n * 2 > BYTES_MOST)
            fail(wav, "2 GiB of samples, expected less: the rest is left out");
        else if (fwrite(bytes, 2, n, wav->file) != n)
            fail(wav, strerror(errno));
        else
            wav->bytes += (uint32_t)n * 2;
        samples = samples ? samples + n : NULL;
        count -= n;
    }
}

void wav_write(void *owner, const int16_t *samples, uint64_t count)
{
    struct wav *wav = owner;

    if (!samples) {
        wav->silence += count;
        return;
    }
    if (wav->bytes)
        put_samples(wav, NULL, wav->silence);
    wav->silence = 0;
    put_samples(wav, samples, count);
}

void wav_close(struct wav *wav)
{
    uint8_t bytes[4];

    if (!wav->file)
        return;
    store_le32(bytes, HEADER - 8 + wav->bytes);
    if (fseek(wav->file, 4, SEEK_SET) != 0 || fwrite(bytes, 1, 4, wav->file) != 4)
        fail(wav, strerror(errno));
    store_le32(bytes, wav->bytes);
    if (fseek(wav->file, 40, SEEK_SET) != 0 || fwrite(bytes, 1, 4, wav->file) != 4)
        fail(wav, strerror(errno));
    if (fclose(wav->file) != 0)
        fail(wav, strerror(errno));
    wav->file = NULL;
}
