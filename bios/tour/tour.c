/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/tour/tour.c - the tour from long mode on: paging, interrupts, a page fault, ring 3, power-off.
 * Each stage says on screen and on COM1 what it is about to show; the debugger shows the rest.
 */
#include "tour.h"

#include "../io.h"

#define MSR_EFER 0xc0000080
#define PM1A_CONTROL 0x604
#define SLEEP_S5 0x2000 /* SLP_EN, SLP_TYP 0 */

extern uint64_t memory_ram;
extern uint16_t memory_ranges;

struct tour tour = { .next_frame = 0x100000 };

static void title(uint64_t stage, const char *name)
{
    say(WHITE, "[%u] %s: ", stage, name);
}

/* [3], whose title boot.asm printed in 32-bit mode */
static void show_long_mode(void)
{
    say(GREY, "CR0=%x CR3=%x CR4=%x EFER=%x, CS=0008 has L=1\n", READ_CR(0), READ_CR(3), READ_CR(4),
        read_msr(MSR_EFER));
    say(GREY, "    the BIOS listed %u ranges of memory, %u MiB of them RAM\n",
        (uint64_t)memory_ranges, memory_ram >> 20);
}

static void show_paging(void)
{
    uint64_t low = (uint64_t)&tour, high = HIGH_HALF + low;
    uint64_t *entry = page_entry(high, false);

    title(4, "paging");
    say(GREY, "%q: PML4[%u] PDPT[%u] PD[%u] PT[%u]=%x\n", high, high >> 39 & 511, high >> 30 & 511,
        high >> 21 & 511, high >> 12 & 511, *entry);
    tour.ticks = 42;
    say(GREY, "    42 written at %x, %u read at %q: one page, two addresses\n", low,
        *(volatile uint64_t *)high, high);
    tour.ticks = 0;
}

static void show_interrupts(void)
{
    uint64_t times = 0;

    title(5, "interrupts");
    interrupts_init();
    timer_init();
    say(GREY, "IDT loaded, 8259A gives vector 20h to the 8254, 100 a second\n");
    for (; times < 5; times++)
        sleep_ticks(1);
    say(GREY, "    %u HLTs, %u ticks: between two the processor does nothing\n", times, tour.ticks);
}

static void show_page_fault(void)
{
    volatile uint64_t *place = (volatile uint64_t *)(KERNEL_DEMAND + 0x1008);

    title(6, "page fault");
    say(GREY, "writing to %q, where nothing is mapped\n", (uint64_t)place);
    *place = 0x1234;
    say(GREY, "    mapped to frame %x, the write repeated, %x read back\n",
        *page_entry((uint64_t)place, false) & PTE_ADDRESS, *place);
}

static void show_ring_3(void)
{
    title(7, "ring 3");
    say(GREY, "IRETQ to CS=002b, CPL 3: no privileged instruction, no kernel page\n");
    for (uint64_t at = 0; at < (uint64_t)(user_image_end - user_image); at += PAGE_SIZE)
        page_map_at(USER_CODE + at, (uint64_t)user_image + at, PTE_W | PTE_U);
    page_map_at(USER_STACK - PAGE_SIZE, page_allocate(), PTE_W | PTE_U);
    syscall_init();
    enter_user(USER_CODE, USER_STACK);
}

__attribute__((noreturn)) static void power_off(void)
{
    title(8, "the end");
    say(GREY, "%u page faults, %u protection fault, %u system calls\n", tour.page_faults,
        tour.protection_faults, tour.system_calls);
    say(GREY, "    2000h to port 604h (ACPI PM1a_CNT, S5) turns the power off\n");
    out16(PM1A_CONTROL, SLEEP_S5);
    sleep_ticks(2); /* some machines take a moment */
    say(RED, "    the machine is still on: no ACPI power management at 604h\n");
    for (;;)
        __asm__ volatile("cli\n\thlt");
}

__attribute__((noreturn)) void tour_main(void)
{
    show_long_mode();
    show_paging();
    show_interrupts();
    show_page_fault();
    show_ring_3();
    power_off();
}
