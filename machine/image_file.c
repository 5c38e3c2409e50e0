/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/image_file.c - the file of the host that an image is. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* locks of an open file, holes */
#endif
#include "machine/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void image_file_tell(struct image_file *file, const char *format, ...)
{
    struct buf line = { 0 };
    va_list args;

    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    log_once(file->log, &file->told, LOG_ERROR, file->path, "%s", buf_text(&line));
    buf_free(&line);
}

/*
 * Locks belong to the open file, so that a second open of the same process is another one. A file
 * system without locks is no reason to refuse.
 */
static bool lock(struct image_file *file, struct buf *error)
{
#ifdef F_OFD_SETLK
    struct flock how = { .l_type = file->writable ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };

    if (fcntl(file->fd, F_OFD_SETLK, &how) == 0 || (errno != EAGAIN && errno != EACCES))
        return true;
#else
    if (flock(file->fd, (file->writable ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ||
        errno != EWOULDBLOCK)
        return true;
#endif
    if (file->writable)
        buf_printf(error,
                   "%s: is in use as a disk already, expected a file that nobody else has "
                   "open",
                   file->path);
    else
        buf_printf(error,
                   "%s: is being written by another user of it, expected a file that nobody "
                   "writes",
                   file->path);
    return false;
}

static bool host_error(const char *path, int why, bool writable, struct buf *error)
{
    if (writable && (why == EACCES || why == EROFS || why == EPERM))
        buf_printf(error, "%s: cannot be written (%s), expected readonly=on or snapshot=on", path,
                   strerror(why));
    else
        buf_printf(error, "%s: %s", path, strerror(why));
    return false;
}

static bool measure(struct image_file *file, struct buf *error, int *exit_code)
{
    struct stat st;
    off_t end;

    if (fstat(file->fd, &st) != 0)
        return host_error(file->path, errno, false, error);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        *exit_code = 2;
        buf_printf(error, "%s: is a %s, expected a file", file->path,
                   S_ISDIR(st.st_mode) ? "directory" : "device or pipe");
        return false;
    }
    end = lseek(file->fd, 0, SEEK_END);
    if (end < 0)
        return host_error(file->path, errno, false, error);
    file->size = (uint64_t)end;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return true;
}

bool image_file_open(struct image_file *file, const char *path, bool writable, struct log *log,
                     struct buf *error, int *exit_code)
{
    *file = (struct image_file){ .writable = writable, .log = log };
    *exit_code = 4;
    /* O_NONBLOCK: a pipe must not keep us waiting for its other end. */
    file->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file->fd < 0) {
        if (errno != EISDIR)
            return host_error(path, errno, writable, error);
        *exit_code = 2;
        buf_printf(error, "%s: is a directory, expected a file", path);
        return false;
    }
    file->path = xstrdup(path);
    if (measure(file, error, exit_code) && lock(file, error))
        return true;
    image_file_close(file);
    return false;
}

bool image_file_create(struct image_file *file, const char *path, struct buf *error, int *exit_code)
{
    *file = (struct image_file){ .writable = true };
    *exit_code = 4;
    file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0) {
        if (errno != EEXIST)
            return host_error(path, errno, false, error);
        *exit_code = 2;
        buf_printf(error, "%s: exists already, expected a new name", path);
        return false;
    }
    file->path = xstrdup(path);
    if (measure(file, error, exit_code) && lock(file, error))
        return true;
    image_file_close(file);
    return false;
}

bool image_file_temporary(struct image_file *file, struct log *log, struct buf *error)
{
    const char *folder = getenv("TMPDIR");
    struct buf path = { 0 };

    *file = (struct image_file){ .writable = true, .log = log };
    buf_printf(&path, "%s/vitrine-overlay.XXXXXX", folder && *folder ? folder : "/var/tmp");
    file->fd = mkostemp((char *)path.data, O_CLOEXEC);
    if (file->fd < 0) {
        buf_printf(error, "%s: %s", buf_text(&path), strerror(errno));
        buf_free(&path);
        return false;
    }
    unlink(buf_text(&path));
    file->path = xstrdup(buf_text(&path));
    buf_free(&path);
    return true;
}

void image_file_close(struct image_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    *file = (struct image_file){ .fd = -1 };
}

bool image_file_read(struct image_file *file, uint64_t offset, void *data, size_t bytes)
{
    uint8_t *to = data;

    while (bytes) {
        ssize_t n = offset > INT64_MAX ? 0 : pread(file->fd, to, bytes, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            file->why = errno;
            image_file_tell(file, "cannot be read at byte %llu: %s", (unsigned long long)offset,
                            strerror(file->why));
            return false;
        }
        if (n == 0) {
            memset(to, 0, bytes);
            return true;
        }
        to += n;
        offset += (size_t)n;
        bytes -= (size_t)n;
    }
    return true;
}

bool image_file_write(struct image_file *file, uint64_t offset, const void *data, size_t bytes)
{
    const uint8_t *from = data;

    while (bytes) {
        ssize_t n;

        errno = EFBIG;
        n = offset > INT64_MAX - bytes ? -1 : pwrite(file->fd, from, bytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            file->why = n < 0 ? errno : ENOSPC;
            image_file_tell(file, "cannot be written at byte %llu: %s", (unsigned long long)offset,
                            strerror(file->why));
            return false;
        }
        from += n;
        offset += (size_t)n;
        bytes -= (size_t)n;
        if (file->size < offset)
            file->size = offset;
    }
    return true;
}

bool image_file_resize(struct image_file *file, uint64_t size)
{
    int why = size > INT64_MAX ? EFBIG : 0;

    if (!why && ftruncate(file->fd, (off_t)size) != 0)
        why = errno;
    if (why) {
        file->why = why;
        image_file_tell(file, "cannot be made %llu bytes long: %s", (unsigned long long)size,
                        strerror(why));
    } else {
        file->size = size;
    }
    return !why;
}

bool image_file_sync(struct image_file *file)
{
    if (fdatasync(file->fd) == 0 || errno == EINVAL || errno == EROFS)
        return true;
    file->why = errno;
    image_file_tell(file, "cannot be written down: %s", strerror(file->why));
    return false;
}

uint64_t image_file_hole(const struct image_file *file, uint64_t offset, uint64_t most)
{
#ifdef SEEK_DATA
    off_t data;

    if (offset >= file->size)
        return most;
    data = lseek(file->fd, (off_t)offset, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? most : 0;
    return (uint64_t)data - offset < most ? (uint64_t)data - offset : most;
#else
    return offset >= file->size ? most : 0;
#endif
}
