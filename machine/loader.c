/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/loader.c - files, the choice of what to boot, flat images and diskettes. */
#include "machine/loader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bios/images.h"
#include "util/bits.h"

#define TOUR_ADDRESS 0x7c00

static bool fail(struct buf *error, int *exit_code, int code)
{
    (void)error;
    *exit_code = code;
    return false;
}

const struct buf *loader_read_file(struct boot_plan *plan, const char *path, uint64_t most,
                                   struct buf *error, int *exit_code)
{
    struct buf *buf = &plan->files[plan->file_count];
    struct stat st;
    FILE *file;
    uint8_t block[65536];
    size_t n;

    *exit_code = 4;
    if (stat(path, &st) != 0) {
        buf_printf(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (S_ISDIR(st.st_mode)) {
        buf_printf(error, "%s: is a directory, expected a file", path);
        *exit_code = 2;
        return NULL;
    }
    if ((uint64_t)st.st_size > most) {
        buf_printf(error, "%s: %llu bytes, expected at most %llu", path,
                   (unsigned long long)st.st_size, (unsigned long long)most);
        *exit_code = 2;
        return NULL;
    }
    file = fopen(path, "rb");
    if (!file) {
        buf_printf(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    plan->file_count++;
    while ((n = fread(block, 1, sizeof block, file)) > 0 && buf->length <= most)
        buf_add(buf, block, n);
    if (ferror(file) || buf->length > most) {
        buf_printf(error, "%s: cannot be read to its end", path);
        fclose(file);
        return NULL;
    }
    fclose(file);
    if (buf->length == 0) {
        buf_printf(error, "%s: is empty, expected an image", path);
        *exit_code = 2;
        return NULL;
    }
    return buf;
}

static void add_segment(struct boot_plan *plan, uint64_t address, const uint8_t *data,
                        uint64_t size)
{
    plan->segment[plan->count++] = (struct boot_segment){
        .address = address, .memory_size = size, .data = data, .size = size
    };
}

static bool plan_flat(struct boot_plan *plan, const struct machine_config *config,
                      uint64_t ram_below_4g, struct buf *error, int *exit_code)
{
    plan->kind = BOOT_FLAT;
    plan->entry = config->flat[0].address;
    for (unsigned i = 0; i < config->flat_count; i++) {
        const struct flat_image *image = &config->flat[i];
        const struct buf *file =
            loader_read_file(plan, image->file, ram_below_4g, error, exit_code);

        if (!file)
            return false;
        if (image->address > ram_below_4g || file->length > ram_below_4g - image->address) {
            buf_printf(error,
                       "%s: 0x%llx + %zu bytes ends beyond the RAM, expected an end below 0x%llx",
                       image->file, (unsigned long long)image->address, file->length,
                       (unsigned long long)ram_below_4g);
            return fail(error, exit_code, 2);
        }
        add_segment(plan, image->address, file->data, file->length);
    }
    return true;
}

static bool plan_kernel(struct boot_plan *plan, const struct machine_config *config,
                        uint64_t ram_below_4g, uint64_t ram_above_4g, struct buf *error,
                        int *exit_code)
{
    const struct buf *file = loader_read_file(plan, config->kernel, ram_below_4g, error, exit_code);

    if (!file)
        return false;
    if (linux_recognise(file))
        return linux_plan(plan, config, file, ram_below_4g, error, exit_code);
    if (multiboot_recognise(file))
        return multiboot_plan(plan, config, file, ram_below_4g, ram_above_4g, error, exit_code);
    buf_printf(error,
               "%s: neither a Linux kernel nor Multiboot, expected a bzImage or a Multiboot header "
               "in the first 8192 bytes",
               config->kernel);
    return fail(error, exit_code, 2);
}

bool boot_plan_make(struct boot_plan *plan, const struct machine_config *config,
                    uint64_t ram_below_4g, uint64_t ram_above_4g, struct buf *error, int *exit_code)
{
    memset(plan, 0, sizeof *plan);
    if (config->quiet_bios)
        plan->flags |= BOOT_FLAG_QUIET;
    if (config->kernel)
        return plan_kernel(plan, config, ram_below_4g, ram_above_4g, error, exit_code);
    if (config->flat_count)
        return plan_flat(plan, config, ram_below_4g, error, exit_code);
    plan->kind = BOOT_NONE; /* of the drives, the firmware has an order */
    if (!config_is_tour(config))
        return true;
    plan->kind = BOOT_FLAT;
    plan->entry = TOUR_ADDRESS;
    add_segment(plan, TOUR_ADDRESS, tour_image, tour_image_size);
    return true;
}

void boot_plan_free(struct boot_plan *plan)
{
    for (unsigned i = 0; i < plan->file_count; i++)
        buf_free(&plan->files[i]);
    buf_free(&plan->header);
}
