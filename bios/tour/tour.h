/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/tour/tour.h - what the parts of the tour kernel share. */
#ifndef TOUR_TOUR_H
#define TOUR_TOUR_H

#include <stdbool.h>
#include <stdint.h>

/* Selectors; boot.asm has the GDT. */
#define SEL_CODE64 0x08
#define SEL_DATA 0x10
#define SEL_USER_DATA 0x23 /* RPL 3 */
#define SEL_USER_CODE 0x2b
#define SEL_TSS 0x30

#define PAGE_SIZE 0x1000u
#define PTE_P 0x1ull
#define PTE_W 0x2ull
#define PTE_U 0x4ull
#define PTE_ADDRESS 0x000ffffffffff000ull

#define HIGH_HALF 0xffff800000000000ull /* PML4[256]: physical memory again */
#define USER_CODE 0x400000ull           /* tour.ld */
#define USER_STACK 0x600000ull          /* its end */
#define USER_DEMAND 0x500000ull         /* pages here appear when they are touched */
#define KERNEL_DEMAND 0xffffc00000000000ull
#define DEMAND_BYTES 0x10000u

#define VECTOR_TIMER 0x20
#define VECTOR_SYSCALL 0x80

enum colour { GREY = 0x07, GREEN = 0x0a, CYAN = 0x0b, RED = 0x0c, YELLOW = 0x0e, WHITE = 0x0f };

/* What interrupts.asm pushes; the processor pushed the part from rip on. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* Everything the kernel counts and remembers. */
struct tour {
    uint64_t ticks;
    uint64_t page_faults;
    uint64_t protection_faults;
    uint64_t system_calls;
    uint64_t next_frame; /* physical memory from here on is free */
};

extern struct tour tour;

/* console.c: %s text, %u decimal, %x hex, %w four and %q sixteen hex digits */
void say(enum colour colour, const char *format, ...);

/* paging.c */
extern uint64_t page_map[4][512]; /* PML4, PDPT, PD, PT of boot.asm */
uint64_t *page_entry(uint64_t linear, bool create);
uint64_t page_allocate(void);
void page_map_at(uint64_t linear, uint64_t physical, uint64_t rights);

/* interrupts.c */
void interrupts_init(void);
void timer_init(void);
void sleep_ticks(uint64_t ticks);

/* syscall.c */
uint64_t system_call(uint64_t number, uint64_t argument);
void syscall_init(void);

/* interrupts.asm, user.asm; the stubs are those of vectors 0 to 32, then 80h */
extern const uint64_t trap_stubs[34];
extern uint8_t user_image[], user_image_end[];
void syscall_entry(void);
void enter_user(uint64_t rip, uint64_t rsp);
__attribute__((noreturn)) void leave_user(void);
extern uint8_t trap_stack_top[], fault_stack_top[], kernel_stack_top[];

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

#define READ_CR(n)                                                                                 \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("mov %%cr" #n ", %0" : "=r"(value_));                                     \
        value_;                                                                                    \
    })

#endif
