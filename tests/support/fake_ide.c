/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/fake_ide.c - media in memory and a board with an IDE function. */
#include "tests/support/fake_ide.h"

#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

static bool fails(const struct memory_block *m, uint64_t sector, unsigned count)
{
    return m->fails_at >= sector && m->fails_at - sector < count;
}

static enum block_result memory_read(struct block *block, uint64_t sector, unsigned count,
                                     void *data)
{
    struct memory_block *m = (struct memory_block *)block;

    m->reads++;
    if (fails(m, sector, count))
        return BLOCK_IO;
    if (m->bytes) {
        memcpy(data, m->bytes + sector * BLOCK_SECTOR, (size_t)count * BLOCK_SECTOR);
        return BLOCK_OK;
    }
    memset(data, 0, (size_t)count * BLOCK_SECTOR);
    for (unsigned i = 0; i < count; i++)
        store_le64((uint8_t *)data + (size_t)i * BLOCK_SECTOR, sector + i);
    return BLOCK_OK;
}

static enum block_result memory_write(struct block *block, uint64_t sector, unsigned count,
                                      const void *data)
{
    struct memory_block *m = (struct memory_block *)block;

    m->writes++;
    if (fails(m, sector, count))
        return BLOCK_IO;
    if (m->bytes)
        memcpy(m->bytes + sector * BLOCK_SECTOR, data, (size_t)count * BLOCK_SECTOR);
    return BLOCK_OK;
}

static enum block_result memory_flush(struct block *block)
{
    ((struct memory_block *)block)->flushes++;
    return BLOCK_OK;
}

static void memory_close(struct block *block)
{
    free(((struct memory_block *)block)->bytes);
    free(block);
}

static const struct block_class memory_class = { "memory", memory_read, memory_write, memory_flush,
                                                 memory_close };

struct memory_block *numbered_block_create(uint64_t sectors)
{
    struct memory_block *m = xcalloc(1, sizeof *m);

    m->block.class = &memory_class;
    m->block.sectors = sectors;
    m->fails_at = UINT64_MAX;
    return m;
}

struct memory_block *memory_block_create(uint64_t sectors, bool fill)
{
    struct memory_block *m = numbered_block_create(sectors);

    m->bytes = xcalloc(sectors, BLOCK_SECTOR);
    for (uint64_t i = 0; fill && i < sectors * (BLOCK_SECTOR / 4); i++)
        store_le32(m->bytes + i * 4, (uint32_t)i);
    return m;
}

void fake_ide_create(struct fake_ide *f, struct memory_block *disk, struct memory_block *cd)
{
    struct device_list *list;

    memset(f, 0, sizeof *f);
    f->board = fake_board_create(1000000000);
    list = &f->board->list;
    fake_pci(f->board);
    f->channel[0] = device_create(list, &ide_channel_class);
    f->channel[1] = device_create(list, &ide_channel_class);
    f->ide = device_create(list, &ide_class);
    ide_setup(f->ide, f->channel[0], f->channel[1], f->board->pci);
    f->disk = device_create(list, &ata_drive_class);
    f->cd = device_create(list, &ata_drive_class);
    f->disk_medium = disk;
    f->cd_medium = cd;
    ide_plug(f->ide, f->disk, 0, false, disk ? &disk->block : NULL);
    ide_plug(f->ide, f->cd, 2, true, cd ? &cd->block : NULL);
    for (unsigned i = 0; i < 2; i++)
        fake_connect(&f->channel[i]->irq, &f->irq[i]);
    device_reset_all(list, RESET_POWER_ON);
    fake_config_write(f->board, PCI_DEVFN(1, 1), 0x20, 4, FAKE_BM);
    fake_config_write(f->board, PCI_DEVFN(1, 1), 0x40, 4, 0x80008000);
    fake_config_write(f->board, PCI_DEVFN(1, 1), PCI_COMMAND, 2,
                      PCI_COMMAND_IO | PCI_COMMAND_MASTER);
}

void fake_ide_destroy(struct fake_ide *f)
{
    fake_board_destroy(f->board);
    if (f->disk_medium)
        block_close(&f->disk_medium->block);
    if (f->cd_medium)
        block_close(&f->cd_medium->block);
}

uint8_t fake_ide_wait(struct fake_ide *f, uint16_t base)
{
    for (unsigned i = 0; i < 100000 && fake_in8(f->board, base + 0x206) & ATA_BSY; i++)
        fake_run_us(f->board, 10);
    return fake_in8(f->board, base + 0x206);
}

void fake_ide_command(struct fake_ide *f, uint8_t device, uint32_t lba, uint8_t count,
                      uint8_t command)
{
    fake_out8(f->board, 0x1f6, (uint8_t)(device | (lba >> 24 & 15)));
    fake_out8(f->board, 0x1f2, count);
    fake_out8(f->board, 0x1f3, (uint8_t)lba);
    fake_out8(f->board, 0x1f4, (uint8_t)(lba >> 8));
    fake_out8(f->board, 0x1f5, (uint8_t)(lba >> 16));
    fake_out8(f->board, 0x1f7, command);
}

void fake_ide_command48(struct fake_ide *f, uint64_t lba, uint16_t count, uint8_t command)
{
    fake_out8(f->board, 0x1f6, ATA_LBA);
    fake_out8(f->board, 0x1f2, (uint8_t)(count >> 8));
    fake_out8(f->board, 0x1f3, (uint8_t)(lba >> 24));
    fake_out8(f->board, 0x1f4, (uint8_t)(lba >> 32));
    fake_out8(f->board, 0x1f5, (uint8_t)(lba >> 40));
    fake_out8(f->board, 0x1f2, (uint8_t)count);
    fake_out8(f->board, 0x1f3, (uint8_t)lba);
    fake_out8(f->board, 0x1f4, (uint8_t)(lba >> 8));
    fake_out8(f->board, 0x1f5, (uint8_t)(lba >> 16));
    fake_out8(f->board, 0x1f7, command);
}

uint8_t fake_ide_packet(struct fake_ide *f, const uint8_t packet[12], uint16_t limit, bool dma)
{
    fake_out8(f->board, 0x176, 0);
    fake_out8(f->board, 0x171, dma);
    fake_out8(f->board, 0x174, (uint8_t)limit);
    fake_out8(f->board, 0x175, (uint8_t)(limit >> 8));
    fake_out8(f->board, 0x177, 0xa0);
    if (!(fake_ide_wait(f, 0x170) & ATA_DRQ))
        return 0;
    for (unsigned i = 0; i < 12; i += 2)
        fake_out16(f->board, 0x170, load_le16(packet + i));
    return dma ? 0 : fake_ide_wait(f, 0x170);
}

uint32_t fake_ide_packet_data(struct fake_ide *f, uint8_t *to, uint32_t most)
{
    uint32_t done = 0;

    while (fake_ide_wait(f, 0x170) & ATA_DRQ) {
        uint32_t bytes = (uint32_t)fake_in8(f->board, 0x174) | (uint32_t)fake_in8(f->board, 0x175)
                                                                   << 8;

        for (uint32_t i = 0; i < bytes; i += 2) {
            uint16_t word = fake_in16(f->board, 0x170);

            if (done + i < most)
                to[done + i] = (uint8_t)word;
            if (done + i + 1 < most)
                to[done + i + 1] = (uint8_t)(word >> 8);
        }
        done += bytes;
    }
    return done;
}
