/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/fw_cfg.c - firmware configuration. Source: QEMU documentation, "QEMU Firmware Configuration
 * (fw_cfg) Device". */
#include "iodev/fw_cfg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

enum {
    PORT_SELECT = 0x510,
    PORT_DATA = 0x511,
    PORT_DMA = 0x514,

    KEY_WRITE = 0x4000, /* bit 14 of a selection: obsolete write access */
    ID_TRADITIONAL = 1,
    ID_DMA = 2,

    DMA_ERROR = 0x01,
    DMA_READ = 0x02,
    DMA_SKIP = 0x04,
    DMA_SELECT = 0x08,
    DMA_WRITE = 0x10,
    DMA_COMMAND = 16, /* bytes of the structure in guest memory */
};

#define DMA_SIGNATURE UINT64_C(0x51454d5520434647) /* "QEMU CFG" */

static uint32_t big32(uint32_t value)
{
    uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                         (uint8_t)value };

    return load_le32(bytes);
}

static const struct fw_cfg_item *find_item(const struct fw_cfg *fw, unsigned key)
{
    for (unsigned i = 0; i < fw->count; i++) {
        if (fw->items[i].key == key)
            return &fw->items[i];
    }
    return NULL;
}

static struct fw_cfg_item *new_item(struct fw_cfg *fw, unsigned key)
{
    unsigned i;

    for (i = 0; i < fw->count && fw->items[i].key < key; i++)
        ;
    if (i == fw->count || fw->items[i].key != key) {
        fw->items = xrealloc(fw->items, (fw->count + 1) * sizeof *fw->items);
        memmove(&fw->items[i + 1], &fw->items[i], (fw->count - i) * sizeof *fw->items);
        fw->count++;
    }
    fw->items[i] = (struct fw_cfg_item){ .key = (uint16_t)key };
    return &fw->items[i];
}

static const uint8_t *item_data(const struct fw_cfg *fw, const struct fw_cfg_item *item)
{
    if (item->key == FW_CFG_FILE_DIR)
        return fw->directory.data;
    return item->data ? item->data : item->value;
}

void fw_cfg_add_bytes(struct fw_cfg *fw, unsigned key, const void *data, uint32_t size)
{
    struct fw_cfg_item *item = new_item(fw, key);

    item->data = data;
    item->size = data ? size : 0;
}

static void add_number(struct fw_cfg *fw, unsigned key, uint64_t value, uint32_t size)
{
    struct fw_cfg_item *item = new_item(fw, key);

    store_le64(item->value, value);
    item->size = size;
}

void fw_cfg_add_u16(struct fw_cfg *fw, unsigned key, uint16_t value)
{
    add_number(fw, key, value, 2);
}

void fw_cfg_add_u32(struct fw_cfg *fw, unsigned key, uint32_t value)
{
    add_number(fw, key, value, 4);
}

void fw_cfg_add_u64(struct fw_cfg *fw, unsigned key, uint64_t value)
{
    add_number(fw, key, value, 8);
}

static int compare_names(const void *a, const void *b)
{
    const struct fw_cfg_item *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static void add_big32(struct buf *buf, uint32_t value)
{
    value = big32(value);
    value = LE32(value);
    buf_add(buf, &value, 4);
}

/* Count, then size, key and name of each file, sorted by name; big-endian. */
static void build_directory(struct fw_cfg *fw)
{
    const struct fw_cfg_item **sorted = xcalloc(fw->count, sizeof *sorted);
    unsigned n = 0;

    for (unsigned i = 0; i < fw->count; i++) {
        if (fw->items[i].name[0])
            sorted[n++] = &fw->items[i];
    }
    qsort(sorted, n, sizeof *sorted, compare_names);
    buf_clear(&fw->directory);
    add_big32(&fw->directory, n);
    for (unsigned i = 0; i < n; i++) {
        add_big32(&fw->directory, sorted[i]->size);
        add_big32(&fw->directory, (uint32_t)sorted[i]->key << 16); /* key, 16 reserved bits */
        buf_add(&fw->directory, sorted[i]->name, FW_CFG_FILE_NAME);
    }
    free(sorted);
    new_item(fw, FW_CFG_FILE_DIR)->size = (uint32_t)fw->directory.length;
}

unsigned fw_cfg_add_file(struct fw_cfg *fw, const char *name, const void *data, uint32_t size)
{
    unsigned key = FW_CFG_FILE_FIRST + fw->files;
    struct fw_cfg_item *item;

    if (!name[0] || strlen(name) >= FW_CFG_FILE_NAME || key >= KEY_WRITE)
        return 0;
    for (unsigned i = 0; i < fw->count; i++) {
        if (!strcmp(fw->items[i].name, name)) {
            key = fw->items[i].key; /* replaced */
            break;
        }
    }
    if (key == FW_CFG_FILE_FIRST + fw->files)
        fw->files++;
    item = new_item(fw, key);
    item->data = data;
    item->size = data ? size : 0;
    memcpy(item->name, name, strlen(name) + 1);
    build_directory(fw);
    return key;
}

static void select_key(struct fw_cfg *fw, uint16_t key)
{
    fw->key = key & (uint16_t)~KEY_WRITE;
    fw->offset = 0;
    if (!find_item(fw, fw->key))
        log_line(fw->dev.log, LOG_DEBUG, "fw_cfg", "key %04x is empty", fw->key);
}

static uint8_t byte_at(const struct fw_cfg *fw, uint32_t offset)
{
    const struct fw_cfg_item *item = find_item(fw, fw->key);

    return item && offset < item->size ? item_data(fw, item)[offset] : 0;
}

static void advance(struct fw_cfg *fw, uint32_t bytes)
{
    fw->offset = bytes > UINT32_MAX - fw->offset ? UINT32_MAX : fw->offset + bytes;
}

/* What was asked for, then zeros. */
static void dma_read(struct fw_cfg *fw, uint64_t address, uint32_t length)
{
    static const uint8_t zeros[PAGE_SIZE];
    const struct fw_cfg_item *item = find_item(fw, fw->key);
    uint32_t have = item && fw->offset < item->size ? item->size - fw->offset : 0;

    if (have > length)
        have = length;
    if (have)
        space_write_block(fw->memory, address, item_data(fw, item) + fw->offset, have);
    for (uint32_t done = have; done < length;) {
        uint32_t n = length - done < PAGE_SIZE ? length - done : PAGE_SIZE;

        space_write_block(fw->memory, address + done, zeros, n);
        done += n;
    }
    advance(fw, length);
}

static void run_dma(struct fw_cfg *fw, uint64_t address)
{
    uint8_t command[DMA_COMMAND];
    uint32_t control, length, result = 0;
    uint64_t target;

    if (!fw->memory)
        return;
    space_read_block(fw->memory, address, command, sizeof command);
    control = big32(load_le32(command));
    length = big32(load_le32(command + 4));
    target = (uint64_t)big32(load_le32(command + 8)) << 32 | big32(load_le32(command + 12));
    if (control & DMA_SELECT)
        select_key(fw, (uint16_t)(control >> 16));
    if (control & DMA_READ) {
        dma_read(fw, target, length);
    } else if (control & DMA_WRITE) {
        log_once(fw->dev.log, &fw->warned, LOG_WARN, "fw_cfg",
                 "key %04x: write refused, it is read only", fw->key);
        result = DMA_ERROR;
    } else if (control & DMA_SKIP) {
        advance(fw, length);
    }
    space_write(fw->memory, address, 4, big32(result));
}

static uint64_t data_peek(const void *owner, uint64_t port, unsigned size)
{
    const struct fw_cfg *fw = owner;

    if (port == PORT_SELECT)
        return size == 2 ? fw->key : byte_at(fw, fw->offset);
    return byte_at(fw, fw->offset);
}

static uint64_t data_read(void *owner, uint64_t port, unsigned size)
{
    struct fw_cfg *fw = owner;
    uint64_t value;

    if (size == 2)
        return 0; /* the selector is write only */
    value = data_peek(fw, port, size);
    advance(fw, 1);
    return value;
}

static void select_write(void *owner, uint64_t port UNUSED, unsigned size, uint64_t value)
{
    if (size == 2) /* bytes would be data written the obsolete way: ignored */
        select_key(owner, (uint16_t)value);
}

static uint64_t dma_peek(const void *owner UNUSED, uint64_t port, unsigned size)
{
    unsigned shift = (unsigned)(8 - (port - PORT_DMA) - size) * 8;
    uint64_t value = DMA_SIGNATURE >> shift & mask_bits(size * 8);

    return size == 4 ? big32((uint32_t)value) : value;
}

static uint64_t dma_address_read(void *owner, uint64_t port, unsigned size)
{
    return dma_peek(owner, port, size);
}

static void dma_address_write(void *owner, uint64_t port, unsigned size, uint64_t value)
{
    struct fw_cfg *fw = owner;
    uint32_t part = big32((uint32_t)value);
    uint64_t address;

    if (size != 4)
        return;
    if (port == PORT_DMA) {
        fw->dma_high = part;
    } else if (port == PORT_DMA + 4) { /* the lower half starts it */
        address = (uint64_t)fw->dma_high << 32 | part;
        fw->dma_high = 0;
        run_dma(fw, address);
    }
}

/* clang-format off */
static const struct io_range fw_cfg_ports[] = {
    { 0x510, 2, IO_8 | IO_16, data_read,        select_write,
      "firmware configuration: selector (16 bits), data (511h)", data_peek },
    { 0x514, 8, IO_8 | IO_32, dma_address_read, dma_address_write,
      "firmware configuration: DMA address, big-endian", dma_peek },
    { 0 },
};

static const struct field fw_cfg_fields[] = {
    NOT_SAVED(struct fw_cfg, dev, "device"),
    FIELD(struct fw_cfg, key,      FMT_HEX, "key selected"),
    FIELD(struct fw_cfg, offset,   FMT_DEC, "offset of the next byte"),
    FIELD(struct fw_cfg, dma_high, FMT_HEX, "upper half of the DMA address"),
    NOT_SAVED(struct fw_cfg, items, "what there is: configuration"),
    NOT_SAVED(struct fw_cfg, count, "how many"),
    NOT_SAVED(struct fw_cfg, files, "how many are files"),
    NOT_SAVED(struct fw_cfg, directory, "of the files"),
    NOT_SAVED(struct fw_cfg, warned, "a message was printed"),
    NOT_SAVED(struct fw_cfg, memory, "for DMA"),
    { 0 },
};
/* clang-format on */

static void fw_cfg_init(struct device *dev)
{
    struct fw_cfg *fw = (struct fw_cfg *)dev;

    fw_cfg_add_bytes(fw, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_u32(fw, FW_CFG_ID, ID_TRADITIONAL | ID_DMA);
    build_directory(fw);
}

static void fw_cfg_reset(struct device *dev, enum reset kind UNUSED)
{
    struct fw_cfg *fw = (struct fw_cfg *)dev;

    fw->key = 0;
    fw->offset = 0;
    fw->dma_high = 0;
}

static void fw_cfg_destroy(struct device *dev)
{
    struct fw_cfg *fw = (struct fw_cfg *)dev;

    free(fw->items);
    buf_free(&fw->directory);
}

static void fw_cfg_describe(const struct device *dev, struct out *out)
{
    const struct fw_cfg *fw = (const struct fw_cfg *)dev;

    out_printf(out, "key 0x%04x selected, next byte %" PRIu32 "\n", fw->key, fw->offset);
    for (unsigned i = 0; i < fw->count; i++)
        out_printf(out, "0x%04x %10" PRIu32 " bytes%s%s\n", fw->items[i].key, fw->items[i].size,
                   fw->items[i].name[0] ? "  " : "", fw->items[i].name);
}

const struct device_class fw_cfg_class = {
    .name = "fw_cfg",
    .title = "firmware configuration",
    .size = sizeof(struct fw_cfg),
    .ports = fw_cfg_ports,
    .fields = fw_cfg_fields,
    .init = fw_cfg_init,
    .reset = fw_cfg_reset,
    .describe = fw_cfg_describe,
    .destroy = fw_cfg_destroy,
};
