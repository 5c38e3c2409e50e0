/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/tools/mkinitramfs.c - writes a Linux initramfs archive ("newc" cpio) to standard output,
 * without cpio and without root. Same arguments, same bytes: owner 0, time 0, numbered inodes.
 * Source: Documentation/driver-api/early-userspace/buffer-format.rst of the Linux kernel.
 *
 *     mkinitramfs dir PATH  file PATH HOSTFILE MODE  link PATH TARGET  node PATH MAJOR MINOR ...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    const char *path;
    unsigned mode;
    unsigned major, minor; /* of a character device */
    const void *data;
    size_t size;
};

static unsigned inode;

static void pad_to_4(size_t written)
{
    while (written++ % 4)
        putchar(0);
}

static void put_entry(const struct entry *entry)
{
    size_t name = strlen(entry->path) + 1;

    printf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", ++inode, entry->mode, 0u,
           0u, 1u, 0u, (unsigned)entry->size, 0u, 0u, entry->major, entry->minor, (unsigned)name,
           0u);
    fwrite(entry->path, 1, name, stdout);
    pad_to_4(110 + name);
    if (entry->size)
        fwrite(entry->data, 1, entry->size, stdout);
    pad_to_4(entry->size);
}

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    void *data;

    if (!file || fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode)) {
        fprintf(stderr, "mkinitramfs: %s: not a readable file\n", path);
        exit(4);
    }
    *size = (size_t)info.st_size;
    data = malloc(*size + 1);
    if (!data || fread(data, 1, *size, file) != *size) {
        fprintf(stderr, "mkinitramfs: %s: read failed\n", path);
        exit(4);
    }
    fclose(file);
    return data;
}

static int usage(void)
{
    fprintf(stderr, "usage: mkinitramfs { dir PATH | file PATH HOSTFILE MODE | link PATH TARGET |"
                    " node PATH MAJOR MINOR } ... >ARCHIVE\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct entry end = { .path = "TRAILER!!!" };

    for (int i = 1; i < argc;) {
        int left = argc - i;
        struct entry entry = { .path = left > 1 ? argv[i + 1] : NULL };
        void *data = NULL;

        if (left >= 2 && strcmp(argv[i], "dir") == 0) {
            entry.mode = S_IFDIR | 0755;
            i += 2;
        } else if (left >= 4 && strcmp(argv[i], "file") == 0) {
            entry.data = data = read_file(argv[i + 2], &entry.size);
            entry.mode = S_IFREG | (unsigned)strtoul(argv[i + 3], NULL, 8);
            i += 4;
        } else if (left >= 3 && strcmp(argv[i], "link") == 0) {
            entry.data = argv[i + 2];
            entry.size = strlen(argv[i + 2]);
            entry.mode = S_IFLNK | 0777;
            i += 3;
        } else if (left >= 4 && strcmp(argv[i], "node") == 0) {
            entry.mode = S_IFCHR | 0600;
            entry.major = (unsigned)strtoul(argv[i + 2], NULL, 10);
            entry.minor = (unsigned)strtoul(argv[i + 3], NULL, 10);
            i += 4;
        } else {
            return usage();
        }
        put_entry(&entry);
        free(data);
    }
    inode = (unsigned)-1; /* the trailer has inode 0 */
    put_entry(&end);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "mkinitramfs: write failed\n");
        return 4;
    }
    return 0;
}
