/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_access.c - the TLB and guest memory accesses: rights, devices, watchpoints. */
#include <stdlib.h>

#include "cpu/debug_reg.h"
#include "cpu/segment.h"
#include "cpu/tlb.h"
#include "cpu/watch.h"
#include "tests/support/cpu_setup.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80, G = 0x100 };

static struct setup s;
static struct cpu *cpu;
static uint64_t value;
static unsigned device_calls;
static uint64_t device_tick;

static uint64_t device_read(void *owner, uint64_t address, unsigned size)
{
    (void)owner;
    (void)address;
    device_calls++;
    device_tick = clock_now(&s.clock);
    return UINT64_C(0x1122334455667788) >> (64 - size * 8);
}

static void device_write(void *owner, uint64_t address, unsigned size, uint64_t written)
{
    (void)owner;
    (void)address;
    (void)size;
    (void)written;
    device_calls++;
}

static const struct io_range device[] = {
    { 0x500000, 0x1000, IO_8 | IO_16 | IO_32, device_read, device_write, "probe", NULL },
    { 0 },
};
static uint8_t rom[0x1000];

static void setup(void)
{
    setup_create(&s, NULL);
    cpu = s.cpu;
    space_add_device(&s.memory, device, NULL, "probe");
    space_add_rom(&s.memory, 0x501000, sizeof rom, rom, "rom");
    memset(rom, 0x5a, sizeof rom);
    device_calls = 0;
    setup_flat32(&s);
}

static void teardown(void)
{
    setup_destroy(&s);
}

/* PML4 1000h, PDPT 2000h, PD 3000h, PT 4000h: linear page n (1-255) is physical 100000h + n. */
static void paging(void)
{
    setup_long_mode(&s, 0x1000);
    put64(&s, 0x1000, 0x2000 | P | W | U);
    put64(&s, 0x2000, 0x3000 | P | W | U);
    put64(&s, 0x3000, 0x4000 | P | W | U);
    for (unsigned n = 1; n < 256; n++)
        put64(&s, 0x4000 + n * 8, (0x100000 + n * 0x1000) | P | W | U);
}

static const struct tlb_entry *entry_of(lin_addr la)
{
    return &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];
}

START_TEST(values_of_every_size_at_every_offset_of_a_page_border)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        for (uint64_t la = 0x2ff8; la < 0x3004; la++) {
            uint64_t want = UINT64_C(0xfedcba9876543210) & mask_bits(size * 8);

            memset(s.ram.bytes + 0x2ff0, 0xee, 0x20);
            ck_assert(cpu_write(cpu, SEG_DS, la, size, want));
            ck_assert_uint_eq(s.ram.bytes[la - 1], 0xee);
            ck_assert_uint_eq(s.ram.bytes[la + size], 0xee);
            ck_assert(cpu_read(cpu, SEG_DS, la, size, &value));
            ck_assert_uint_eq(value, want);
            ck_assert_uint_eq(load_le(s.ram.bytes + la, size), want);
        }
    }
}
END_TEST

START_TEST(crossing_write_into_a_missing_page_writes_nothing)
{
    paging();
    put64(&s, 0x4000 + 6 * 8, 0);
    ck_assert(!cpu_write(cpu, SEG_FLAT, 0x5ffe, 4, 0x11223344));
    ck_assert_fault(cpu, VEC_PF, PF_W, PAGE_NOT_PRESENT);
    ck_assert_uint_eq(cpu->fault.cr2, 0x6000);
    ck_assert_uint_eq(get64(&s, 0x105ff8), 0);
    ck_assert(!cpu_write_bytes(cpu, SEG_FLAT, 0x5ff0, rom, 0x20, 1));
    ck_assert_uint_eq(get64(&s, 0x105ff0), 0);
}
END_TEST

START_TEST(probe_of_a_write_says_what_the_write_would)
{
    paging();
    put64(&s, 0x4000 + 6 * 8, 0x106000 | P | U);
    ck_assert(cpu_probe_write(cpu, SEG_FLAT, 0x5000, 0x1000));
    ck_assert(!cpu_probe_write(cpu, SEG_FLAT, 0x5001, 0x1000));
    ck_assert_fault(cpu, VEC_PF, PF_P | PF_W, PAGE_NOT_WRITABLE);
}
END_TEST

START_TEST(a_hit_needs_no_walk_and_a_changed_entry_no_attention)
{
    paging();
    put64(&s, 0x105000, 0x1234);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5000, 8, &value));
    ck_assert_uint_eq(entry_of(0x5000)->read_tag, 0x5000);
    put64(&s, 0x4028, 0x107000 | P | W | U); /* stale until INVLPG */
    put64(&s, 0x107000, 0x4321);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5000, 8, &value));
    ck_assert_uint_eq(value, 0x1234);
    tlb_flush_page(cpu, 0x5abc);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5000, 8, &value));
    ck_assert_uint_eq(value, 0x4321);
}
END_TEST

START_TEST(first_write_sets_the_dirty_bit_through_a_clean_entry)
{
    paging();
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5000, 8, &value));
    ck_assert_uint_eq(get64(&s, 0x4028) & (A | D), A);
    ck_assert_uint_eq(entry_of(0x5000)->write_tag, TLB_NO_TAG);
    ck_assert(cpu_write(cpu, SEG_FLAT, 0x5000, 8, 1));
    ck_assert_uint_eq(get64(&s, 0x4028) & (A | D), A | D);
    ck_assert_uint_eq(entry_of(0x5000)->write_tag, 0x5000);
    ck_assert_uint_eq(s.ram.marks[0x105] & RAM_DIRTY, RAM_DIRTY);
}
END_TEST

START_TEST(global_pages_survive_a_load_of_cr3)
{
    paging();
    put64(&s, 0x4000 + 6 * 8, 0x106000 | P | W | U | G);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5000, 8, &value));
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x6000, 8, &value));
    tlb_flush_non_global(cpu);
    ck_assert_uint_eq(entry_of(0x5000)->read_tag, TLB_NO_TAG);
    ck_assert_uint_eq(entry_of(0x6000)->read_tag, 0x6000);
    tlb_flush(cpu);
    ck_assert_uint_eq(entry_of(0x6000)->read_tag, TLB_NO_TAG);
}
END_TEST

/* Slots change kind and are listed again and again: every flush still finds all of them. */
START_TEST(flushes_are_complete_after_many_fills)
{
    paging();
    put64(&s, 0x3000 + 8, 0x600000 | P | W | U | PS | G); /* 200000h: global */
    put64(&s, 0x3000 + 16, 0x600000 | P | W | U | PS);    /* 400000h: the same slots */
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned n = 0; n < 512; n++) {
            ck_assert(cpu_read(cpu, SEG_FLAT, 0x200000 + n * 4096, 1, &value));
            ck_assert(cpu_read(cpu, SEG_FLAT, 0x400000 + n * 4096, 1, &value));
            if (n % 3)
                ck_assert(cpu_read(cpu, SEG_FLAT, 0x200000 + n * 4096, 1, &value));
        }
    }
    tlb_flush_non_global(cpu);
    for (unsigned n = 0; n < TLB_ENTRIES; n++) {
        const struct tlb_page *page = &cpu->tlbs[cpu->view].page[n];

        ck_assert(page->page == TLB_NO_TAG || page->global);
    }
    tlb_flush(cpu);
    for (unsigned n = 0; n < TLB_ENTRIES; n++)
        ck_assert_uint_eq(cpu->tlb[n].read_tag, TLB_NO_TAG);
}
END_TEST

START_TEST(invlpg_drops_every_piece_of_a_large_page)
{
    paging();
    put64(&s, 0x3000 + 8, 0x400000 | P | W | U | PS | G);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x200000, 1, &value));
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x3ff000, 1, &value));
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5000, 1, &value));
    tlb_flush_page(cpu, 0x2ab123);
    ck_assert_uint_eq(entry_of(0x200000)->read_tag, TLB_NO_TAG);
    ck_assert_uint_eq(entry_of(0x3ff000)->read_tag, TLB_NO_TAG);
    ck_assert_uint_eq(entry_of(0x5000)->read_tag, 0x5000);
}
END_TEST

START_TEST(views_have_rights_of_their_own)
{
    paging();
    put64(&s, 0x4028, 0x105000 | P | W); /* supervisor page */
    cpu->cr4 |= CR4_SMAP | CR4_SMEP;
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5000, 1, &value));
    ck_assert(!cpu_read(cpu, SEG_FLAT, 0x6000, 1, &value));
    ck_assert_fault(cpu, VEC_PF, PF_P, PAGE_SMAP);
    cpu->eflags |= AC;
    cpu_update_view(cpu);
    ck_assert_uint_eq(cpu->view, VIEW_SUPERVISOR_AC);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x6000, 1, &value));
    cpu->cpl = 3;
    cpu->eflags &= ~(uint32_t)AC;
    cpu_update_view(cpu);
    ck_assert(!cpu_read(cpu, SEG_FLAT, 0x5000, 1, &value));
    ck_assert_fault(cpu, VEC_PF, PF_P | PF_U, PAGE_SUPERVISOR);
    /* The processor's own accesses keep supervisor rights. */
    ck_assert(linear_read(cpu, 0x5000, 8, AS_SUPERVISOR, &value));
    ck_assert(!linear_read(cpu, 0x5000, 8, AS_CPL, &value));
}
END_TEST

START_TEST(alignment_check_at_cpl_3_only)
{
    paging();
    cpu->cr0 |= CR0_AM;
    cpu->eflags |= AC;
    cpu_update_view(cpu);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x5001, 2, &value));
    cpu->cpl = 3;
    cpu_update_view(cpu);
    ck_assert_uint_eq(cpu->view, VIEW_USER_ALIGN);
    for (unsigned size = 1; size <= 8; size *= 2) {
        for (unsigned offset = 0; offset < 8; offset++) {
            bool fine = offset % size == 0;

            ck_assert_int_eq(cpu_read(cpu, SEG_FLAT, 0x5000 + offset, size, &value), fine);
            ck_assert_int_eq(cpu_write(cpu, SEG_FLAT, 0x5000 + offset, size, 0), fine);
            if (!fine)
                ck_assert_fault(cpu, VEC_AC, 0, ALIGNMENT_CHECK);
        }
    }
}
END_TEST

START_TEST(non_canonical_addresses_fault_by_segment)
{
    paging();
    ck_assert(!cpu_read(cpu, SEG_FLAT, UINT64_C(0x800000000000), 1, &value));
    ck_assert_fault(cpu, VEC_GP, 0, NON_CANONICAL);
    ck_assert(!cpu_write(cpu, SEG_FLAT_SS, UINT64_C(0x7fffffffffff), 2, 0));
    ck_assert_fault(cpu, VEC_SS, 0, NON_CANONICAL);
    cpu->seg[SEG_FS].base = UINT64_C(0x7ffffffffff0);
    ck_assert(!cpu_read(cpu, SEG_FS, 0x10, 1, &value));
    ck_assert_fault(cpu, VEC_GP, 0, NON_CANONICAL);
}
END_TEST

START_TEST(limits_are_exact)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        cpu->seg[SEG_DS].limit = 0x1fff;
        segment_derive(cpu, SEG_DS);
        for (uint64_t offset = 0x1fe0; offset < 0x2010; offset++)
            ck_assert_int_eq(cpu_read(cpu, SEG_DS, offset, size, &value), offset + size <= 0x2000);
    }
    ck_assert_fault(cpu, VEC_GP, 0, SEGMENT_LIMIT);
    cpu->seg[SEG_SS].limit = 0xfff;
    segment_derive(cpu, SEG_SS);
    ck_assert(!cpu_write(cpu, SEG_SS, 0xffd, 4, 0));
    ck_assert_fault(cpu, VEC_SS, 0, SEGMENT_LIMIT);
}
END_TEST

START_TEST(misaligned_blocks_fault_when_alignment_is_asked)
{
    uint8_t bytes[16];

    ck_assert(cpu_read_bytes(cpu, SEG_DS, 0x1000, bytes, 16, 16));
    ck_assert(!cpu_read_bytes(cpu, SEG_DS, 0x1008, bytes, 16, 16));
    ck_assert_fault(cpu, VEC_GP, 0, MISALIGNED);
    ck_assert(cpu_read_bytes(cpu, SEG_DS, 0x1008, bytes, 16, 1));
}
END_TEST

START_TEST(a_device_is_only_reached_alone_and_sees_the_exact_tick)
{
    clock_set_horizon(&s.clock, 1000);
    ck_assert(!cpu_read(cpu, SEG_DS, 0x500010, 4, &value));
    ck_assert(cpu->want_alone);
    ck_assert_uint_eq(device_calls, 0);
    cpu->want_alone = false;
    ck_assert(!cpu_probe_write(cpu, SEG_DS, 0x500010, 4));
    ck_assert(cpu->want_alone);
    cpu->want_alone = false;
    cpu->alone = true;
    cpu->remaining--; /* as the engine charges it */
    ck_assert(cpu_read(cpu, SEG_DS, 0x500010, 4, &value));
    ck_assert_uint_eq(value, 0x11223344);
    ck_assert_uint_eq(device_calls, 1);
    ck_assert_uint_eq(device_tick, 0);
    ck_assert_uint_eq(clock_now(&s.clock), 1);
    ck_assert(!cpu->want_alone);
}
END_TEST

START_TEST(rom_is_read_at_once_and_ignores_writes)
{
    ck_assert(!cpu_write(cpu, SEG_DS, 0x501010, 4, 0));
    ck_assert(cpu->want_alone); /* something may be behind it */
    cpu->want_alone = false;
    cpu->alone = true;
    cpu->remaining--; /* as the engine charges it */
    ck_assert(cpu_write(cpu, SEG_DS, 0x501010, 4, 0));
    ck_assert(cpu_read(cpu, SEG_DS, 0x501010, 4, &value));
    ck_assert_uint_eq(value, 0x5a5a5a5a);
    ck_assert_uint_eq(entry_of(0x501000)->read_tag, 0x501000);
    ck_assert_uint_eq(entry_of(0x501000)->write_tag, TLB_NO_TAG);
}
END_TEST

/* As firmware fills shadow RAM: the ROM is read, the RAM behind it written. */
START_TEST(writes_to_rom_reach_the_ram_behind_it)
{
    space_add_rom_over_ram(&s.memory, 0x502000, sizeof rom, rom, 0x3000, "rom");
    cpu->alone = true;
    cpu->remaining--;
    ck_assert(cpu_write(cpu, SEG_DS, 0x502010, 4, 0x12345678));
    ck_assert(cpu_read(cpu, SEG_DS, 0x502010, 4, &value));
    ck_assert_uint_eq(value, 0x5a5a5a5a);
    ck_assert(cpu_read(cpu, SEG_DS, 0x3010, 4, &value));
    ck_assert_uint_eq(value, 0x12345678);
}
END_TEST

static phys_addr code_pa;
static uint64_t code_bytes;

static void code_written(void *context, phys_addr pa, uint64_t bytes)
{
    (void)context;
    code_pa = pa;
    code_bytes = bytes;
}

START_TEST(writes_to_code_pages_are_reported)
{
    s.ram.code_written = code_written;
    ck_assert(cpu_write(cpu, SEG_DS, 0x3000, 4, 1));
    ck_assert_uint_eq(entry_of(0x3000)->write_tag, 0x3000);
    s.ram.marks[3] |= RAM_CODE;
    tlb_forget_write(cpu, 0x3000);
    ck_assert_uint_eq(entry_of(0x3000)->write_tag, TLB_NO_TAG);
    ck_assert_uint_eq(entry_of(0x3000)->read_tag, 0x3000);
    ck_assert(cpu_write(cpu, SEG_DS, 0x3123, 2, 0x4567));
    ck_assert_uint_eq(code_pa, 0x3123);
    ck_assert_uint_eq(code_bytes, 2);
    ck_assert_uint_eq(load_le16(s.ram.bytes + 0x3123), 0x4567);
    ck_assert_uint_eq(entry_of(0x3000)->write_tag, TLB_NO_TAG);
}
END_TEST

START_TEST(a_watchpoint_costs_a_tag_and_reports_old_and_new_value)
{
    unsigned id = watch_add(
        cpu, (struct watch_range){
                 .kind = WATCH_DATA_LINEAR, .first = 0x3010, .last = 0x3013, .write = true });

    ck_assert(cpu_write(cpu, SEG_DS, 0x3014, 4, 1)); /* beside it */
    ck_assert(!cpu->want_alone && !cpu->watch->hit_valid);
    ck_assert_uint_eq(entry_of(0x3000)->write_tag, TLB_NO_TAG);
    ck_assert(cpu_read(cpu, SEG_DS, 0x3010, 4, &value)); /* not a read watchpoint */
    store_le32(s.ram.bytes + 0x3010, 0xaabbccdd);
    ck_assert(!cpu_write(cpu, SEG_DS, 0x3012, 4, 0x11223344));
    ck_assert(cpu->want_alone);
    cpu->alone = true;
    ck_assert(cpu_write(cpu, SEG_DS, 0x3012, 4, 0x11223344));
    ck_assert(cpu->watch->hit_valid);
    ck_assert_uint_eq(cpu->watch->hit.id, id);
    ck_assert_uint_eq(cpu->watch->hit.la, 0x3012);
    ck_assert_uint_eq(cpu->watch->hit.old_value, 0x0001aabb);
    ck_assert_uint_eq(cpu->watch->hit.new_value, 0x11223344);
    cpu->alone = cpu->want_alone = false;
    ck_assert(watch_remove(cpu, id));
    ck_assert(!watch_remove(cpu, id));
    ck_assert_uint_eq(entry_of(0x3000)->write_tag, 0x3000);
}
END_TEST

START_TEST(a_physical_watchpoint_is_seen_through_every_mapping)
{
    paging();
    put64(&s, 0x4000 + 7 * 8, 0x105000 | P | W | U);
    watch_add(cpu,
              (struct watch_range){
                  .kind = WATCH_DATA_PHYSICAL, .first = 0x105008, .last = 0x105008, .read = true });
    ck_assert(!cpu_read(cpu, SEG_FLAT, 0x5008, 1, &value));
    ck_assert(!cpu_read(cpu, SEG_FLAT, 0x7001, 8, &value));
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x7009, 1, &value));
}
END_TEST

START_TEST(debug_registers_see_data_accesses)
{
    cpu->dr[0] = 0x3010;
    cpu->dr[7] = DR7_FIXED | 1 | 1 << 16 | 3 << 18; /* 4 bytes, write */
    tlb_forget_all_tags(cpu);
    ck_assert(cpu_read(cpu, SEG_DS, 0x3010, 4, &value));
    ck_assert_uint_eq(cpu->pending & PENDING_DB, 0);
    ck_assert(cpu_write(cpu, SEG_DS, 0x3013, 1, 0));
    ck_assert_uint_eq(cpu->pending & PENDING_DB, PENDING_DB);
    ck_assert_uint_eq(cpu->pending_dr6, 1);
}
END_TEST

START_TEST(a20_gate_wraps_at_one_mebibyte)
{
    store_le32(s.ram.bytes + 0x10, 0x11111111);
    store_le32(s.ram.bytes + 0x100010, 0x22222222);
    ck_assert(cpu_read(cpu, SEG_DS, 0x100010, 4, &value));
    ck_assert_uint_eq(value, 0x22222222);
    cpu_set_a20(cpu, 0, false);
    ck_assert(cpu_read(cpu, SEG_DS, 0x100010, 4, &value));
    ck_assert_uint_eq(value, 0x11111111);
    ck_assert(cpu_peek(cpu, 0x100010, &value, 4));
    ck_assert_uint_eq(value & 0xffffffff, 0x11111111);
}
END_TEST

START_TEST(linear_addresses_wrap_at_32_bits_outside_64_bit_mode)
{
    space_add_rom(&s.memory, 0xfffff000, sizeof rom, rom, "bios");
    cpu->seg[SEG_DS].base = 0xffffffff;
    segment_derive(cpu, SEG_DS);
    s.ram.bytes[0] = 0x77;
    ck_assert(cpu_read(cpu, SEG_DS, 1, 1, &value));
    ck_assert_uint_eq(value, 0x77);
    ck_assert(cpu_read(cpu, SEG_DS, 0, 2, &value));
    ck_assert_uint_eq(value, 0x775a);
}
END_TEST

START_TEST(peek_and_poke_change_nothing_but_the_bytes)
{
    uint8_t bytes[0x2000] = { 0 };

    paging();
    bytes[0xfff] = 0x99;
    ck_assert(cpu_poke(cpu, 0x5001, bytes, sizeof bytes));
    ck_assert_uint_eq(s.ram.bytes[0x106000], 0x99);
    ck_assert_uint_eq(get64(&s, 0x4028), 0x105000 | P | W | U);
    ck_assert(cpu_peek(cpu, 0x5001, bytes, sizeof bytes));
    ck_assert(!cpu_peek(cpu, 0, bytes, 1));
    put64(&s, 0x4000 + 6 * 8, 0);
    s.ram.bytes[0x105800] = 1;
    memset(bytes, 0xff, sizeof bytes);
    ck_assert(!cpu_poke(cpu, 0x5800, bytes, 0x1000)); /* all or nothing */
    ck_assert_uint_eq(s.ram.bytes[0x105800], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("access");
    TCase *tc = tcase_create("access");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, values_of_every_size_at_every_offset_of_a_page_border);
    tcase_add_test(tc, crossing_write_into_a_missing_page_writes_nothing);
    tcase_add_test(tc, probe_of_a_write_says_what_the_write_would);
    tcase_add_test(tc, a_hit_needs_no_walk_and_a_changed_entry_no_attention);
    tcase_add_test(tc, first_write_sets_the_dirty_bit_through_a_clean_entry);
    tcase_add_test(tc, global_pages_survive_a_load_of_cr3);
    tcase_add_test(tc, flushes_are_complete_after_many_fills);
    tcase_add_test(tc, invlpg_drops_every_piece_of_a_large_page);
    tcase_add_test(tc, views_have_rights_of_their_own);
    tcase_add_test(tc, alignment_check_at_cpl_3_only);
    tcase_add_test(tc, non_canonical_addresses_fault_by_segment);
    tcase_add_test(tc, limits_are_exact);
    tcase_add_test(tc, misaligned_blocks_fault_when_alignment_is_asked);
    tcase_add_test(tc, a_device_is_only_reached_alone_and_sees_the_exact_tick);
    tcase_add_test(tc, rom_is_read_at_once_and_ignores_writes);
    tcase_add_test(tc, writes_to_rom_reach_the_ram_behind_it);
    tcase_add_test(tc, writes_to_code_pages_are_reported);
    tcase_add_test(tc, a_watchpoint_costs_a_tag_and_reports_old_and_new_value);
    tcase_add_test(tc, a_physical_watchpoint_is_seen_through_every_mapping);
    tcase_add_test(tc, debug_registers_see_data_accesses);
    tcase_add_test(tc, a20_gate_wraps_at_one_mebibyte);
    tcase_add_test(tc, linear_addresses_wrap_at_32_bits_outside_64_bit_mode);
    tcase_add_test(tc, peek_and_poke_change_nothing_but_the_bytes);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
