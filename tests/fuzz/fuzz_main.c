/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/fuzz/fuzz_main.c - a fuzzer without libFuzzer: files and folders of files, one after another. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"
#include "util/buf.h"

static unsigned run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct buf bytes = { 0 };
    uint8_t block[4096];
    size_t n;

    if (!file) {
        perror(path);
        exit(1);
    }
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&bytes, block, n);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes.data ? bytes.data : block, bytes.length);
    buf_free(&bytes);
    return 1;
}

static unsigned run(const char *path)
{
    DIR *folder = opendir(path);
    struct buf name = { 0 };
    unsigned count = 0;

    if (!folder)
        return run_file(path);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (*entry->d_name == '.')
            continue;
        buf_clear(&name);
        buf_printf(&name, "%s/%s", path, entry->d_name);
        count += run_file(buf_text(&name));
    }
    closedir(folder);
    buf_free(&name);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    for (int i = 1; i < argc; i++) {
        if (*argv[i] != '-') /* libFuzzer's options */
            count += run(argv[i]);
    }
    fprintf(stderr, "%u inputs\n", count);
    return count == 0;
}
