/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/tour/interrupts.c - IDT, TSS, 8259A, 8254; the handlers of interrupts and faults.
 * Source: SDM Vol. 3A, "Interrupt and Exception Handling" and "Task Management in 64-bit Mode".
 */
#include "tour.h"

#include "../io.h"

struct __attribute__((packed)) idt_gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

struct __attribute__((packed)) tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
};

#define GATE_INTERRUPT 0x8e /* present, DPL 0, interrupts off in the handler */
#define GATE_USER 0xee      /* the same, but INT n may use it from CPL 3 */

extern uint64_t gdt_tss[2];

static struct idt_gate idt[256];
static struct tss tss;

static void set_gate(unsigned vector, uint64_t handler, uint8_t type, uint8_t ist)
{
    idt[vector] = (struct idt_gate){
        .offset_low = (uint16_t)handler,
        .selector = SEL_CODE64,
        .ist = ist,
        .type = type,
        .offset_middle = (uint16_t)(handler >> 16),
        .offset_high = (uint32_t)(handler >> 32),
    };
}

/* The TSS is where the processor finds a stack when an interrupt comes in ring 3. */
static void load_tss(void)
{
    uint64_t base = (uint64_t)&tss, limit = sizeof(tss) - 1;

    tss.rsp[0] = (uint64_t)trap_stack_top;
    tss.ist[0] = (uint64_t)fault_stack_top; /* #DF: a stack that is good whatever happened */
    tss.io_map = sizeof(tss);               /* no ports for ring 3 */
    gdt_tss[0] = limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    gdt_tss[1] = base >> 32;
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

void interrupts_init(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } idtr = { sizeof(idt) - 1, (uint64_t)idt };

    for (unsigned vector = 0; vector < 32; vector++)
        set_gate(vector, trap_stubs[vector], GATE_INTERRUPT, vector == 8 ? 1 : 0);
    set_gate(VECTOR_TIMER, trap_stubs[32], GATE_INTERRUPT, 0);
    set_gate(VECTOR_SYSCALL, trap_stubs[33], GATE_USER, 0);
    __asm__ volatile("lidt %0" : : "m"(idtr));
    load_tss();
}

/* 8259A: vectors from 20h on, because 08h to 0Fh are exceptions; only the timer is let through. */
void timer_init(void)
{
    uint16_t divisor = 11932; /* 1193182 Hz / 11932 = 100 Hz */

    out8(PORT_PIC1, 0x11);
    out8(PORT_PIC1_MASK, VECTOR_TIMER);
    out8(PORT_PIC1_MASK, 0x04);
    out8(PORT_PIC1_MASK, 0x01);
    out8(PORT_PIC1_MASK, 0xfe);
    out8(PORT_PIT_COMMAND, 0x34); /* channel 0, both bytes, mode 2 */
    out8(PORT_PIT0, (uint8_t)divisor);
    out8(PORT_PIT0, divisor >> 8);
}

/* STI lets interrupts in only after the next instruction: none is lost between it and HLT. */
void sleep_ticks(uint64_t ticks)
{
    uint64_t end = tour.ticks + ticks;

    while (*(volatile uint64_t *)&tour.ticks < end)
        __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

static bool is_demand_page(uint64_t linear, bool user)
{
    uint64_t start = user ? USER_DEMAND : KERNEL_DEMAND;

    return linear >= start && linear < start + DEMAND_BYTES;
}

__attribute__((noreturn)) static void stop(const struct trap_frame *frame)
{
    say(RED, "vector %u, error %x at %w:%q, CR2=%q: nothing is meant to do this\n", frame->vector,
        frame->error, frame->cs, frame->rip, READ_CR(2));
    for (;;)
        __asm__ volatile("cli\n\thlt");
}

/* Returning repeats the instruction, and now the page is there. */
static void page_fault(struct trap_frame *frame)
{
    uint64_t linear = READ_CR(2), frame_address;
    bool user = frame->error & 4;

    if (frame->error & 1 || !is_demand_page(linear, user))
        stop(frame);
    tour.page_faults++;
    frame_address = page_allocate();
    say(CYAN, "    #PF error %x: %s, not present, from ring %u; CR2=%x\n", frame->error,
        frame->error & 2 ? "write" : "read", frame->cs & 3, linear);
    page_map_at(linear & ~(uint64_t)(PAGE_SIZE - 1), frame_address, PTE_W | (user ? PTE_U : 0));
}

/* The one fault that the user program is meant to make: CLI. It is one byte long. */
static void general_protection(struct trap_frame *frame)
{
    uint8_t opcode = *(const uint8_t *)frame->rip;

    if ((frame->cs & 3) != 3 || opcode != 0xfa)
        stop(frame);
    tour.protection_faults++;
    say(CYAN, "    #GP(%x) at %w:%x: CLI (byte %x) needs CPL <= IOPL; CPL=%u, IOPL=%u\n",
        frame->error, frame->cs, frame->rip, (uint64_t)opcode, frame->cs & 3,
        frame->rflags >> 12 & 3);
    frame->rip++; /* a kernel would end the program; we step over it */
}

void trap(struct trap_frame *frame)
{
    switch (frame->vector) {
    case 13:
        general_protection(frame);
        break;
    case 14:
        page_fault(frame);
        break;
    case VECTOR_TIMER:
        tour.ticks++;
        out8(PORT_PIC1, PIC_EOI);
        break;
    case VECTOR_SYSCALL:
        frame->rax = system_call(frame->rax, frame->rdi);
        break;
    default:
        stop(frame);
    }
}
