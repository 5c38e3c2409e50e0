/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/image_file.h - the file of the host that an image is: whole reads and writes, locks. */
#ifndef MACHINE_IMAGE_FILE_H
#define MACHINE_IMAGE_FILE_H

#include <sys/types.h>

#include "util/log.h"

struct image_file {
    int fd; /* -1: none */
    char *path;
    uint64_t size; /* bytes; a file that grows through us grows here too */
    bool writable;
    dev_t device;
    ino_t inode;
    struct log *log;
    bool told; /* a message about it was printed; one is enough */
    int why;   /* the host's last error, an errno; 0: none */
};

/* A file or block device, locked. False: *error is one line, *exit_code 2 or 4. */
MUST_CHECK bool image_file_open(struct image_file *file, const char *path, bool writable,
                                struct log *log, struct buf *error, int *exit_code);
/* A new one, empty and locked. False: it exists, or the host cannot. */
MUST_CHECK bool image_file_create(struct image_file *file, const char *path, struct buf *error,
                                  int *exit_code);
/* Unlinked already. False: *error is one line. */
MUST_CHECK bool image_file_temporary(struct image_file *file, struct log *log, struct buf *error);
void image_file_close(struct image_file *file);

/* Behind the end there are zeros. False: the host's error, which has been told once. */
MUST_CHECK bool image_file_read(struct image_file *file, uint64_t offset, void *data, size_t bytes);
/* False: likewise; some of it may have been written. */
MUST_CHECK bool image_file_write(struct image_file *file, uint64_t offset, const void *data,
                                 size_t bytes);
MUST_CHECK bool image_file_resize(struct image_file *file, uint64_t size);
MUST_CHECK bool image_file_sync(struct image_file *file);
/* At most once for a file: "path: ..." */
void image_file_tell(struct image_file *file, const char *format, ...) PRINTF_LIKE(2, 3);
/* How many bytes from here, at most `most`, are a hole; 0: none, or not known. */
uint64_t image_file_hole(const struct image_file *file, uint64_t offset, uint64_t most);

#endif
