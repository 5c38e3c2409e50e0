/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory/ram.c - backing bytes of guest RAM: address space that the host fills when touched. */
#include "memory/ram.h"

#include <stdlib.h>
#include <string.h>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* A page fault for each 4 KiB is a sixth of a translated boot; for 2 MiB it is nothing. */
static void want_huge_pages(uint8_t *p, uint64_t bytes)
{
#ifdef MADV_HUGEPAGE
    madvise(p, bytes, MADV_HUGEPAGE);
#else
    (void)p;
    (void)bytes;
#endif
}

/* calloc would be refused for more than the host's RAM; these pages need none until written. */
static uint8_t *pages_create(uint64_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    want_huge_pages(p, bytes);
    return p;
}

static void pages_destroy(uint8_t *p, uint64_t bytes)
{
    if (p)
        munmap(p, bytes);
}

static void pages_clear(uint8_t *p, uint64_t bytes)
{
    /* A new mapping in the same place: zero, and the host has its memory back. */
    void *same = mmap(p, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

    if (same == MAP_FAILED)
        memset(p, 0, bytes);
    else
        want_huge_pages(p, bytes);
}
#else
static uint8_t *pages_create(uint64_t bytes)
{
    return calloc(bytes, 1);
}

static void pages_destroy(uint8_t *p, uint64_t bytes)
{
    (void)bytes;
    free(p);
}

static void pages_clear(uint8_t *p, uint64_t bytes)
{
    memset(p, 0, bytes);
}
#endif

bool ram_create(struct ram *ram, uint64_t bytes)
{
    *ram = (struct ram){ .size = bytes };
    if (!bytes || bytes & PAGE_MASK || bytes > SIZE_MAX)
        return false;
    ram->bytes = pages_create(bytes);
    ram->marks = calloc(bytes / PAGE_SIZE, 1);
    ram->dirty = calloc(bytes / PAGE_SIZE, sizeof *ram->dirty);
    if (ram->bytes && ram->marks && ram->dirty)
        return true;
    ram_destroy(ram);
    return false;
}

void ram_destroy(struct ram *ram)
{
    pages_destroy(ram->bytes, ram->size);
    free(ram->marks);
    free(ram->dirty);
    *ram = (struct ram){ 0 };
}

void ram_clear(struct ram *ram)
{
    pages_clear(ram->bytes, ram->size);
    memset(ram->marks, 0, ram->size / PAGE_SIZE);
    ram->dirty_count = 0;
}

void ram_clear_dirty(struct ram *ram)
{
    for (uint64_t i = 0; i < ram->dirty_count; i++)
        ram->marks[ram->dirty[i]] &= (uint8_t) ~(RAM_DIRTY | RAM_LISTED);
    ram->dirty_count = 0;
}
