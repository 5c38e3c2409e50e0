/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/tour/syscall.c - what ring 3 may ask for, by SYSCALL and by INT 80h.
 * Source: SDM Vol. 3A, "Fast System Calls in 64-Bit Mode".
 */
#include "tour.h"

#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_FMASK 0xc0000084

enum system_call_number { SYS_WRITE, SYS_SLEEP, SYS_EXIT }; /* tour.inc */

/* STAR: SYSCALL loads CS from bits 47:32 and SS from the next entry; SYSRET to 64 bits takes SS
 * from bits 63:48 plus 8 and CS plus 16. */
void syscall_init(void)
{
    write_msr(MSR_STAR, 0x1bull << 48 | (uint64_t)SEL_CODE64 << 32);
    write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    write_msr(MSR_FMASK, 0x700); /* IF, DF and TF are cleared on entry */
}

/* A pointer from ring 3 is only good when it lies in the pages that ring 3 has. */
static bool is_user_text(uint64_t address)
{
    return address >= USER_CODE && address < USER_STACK;
}

uint64_t system_call(uint64_t number, uint64_t argument)
{
    uint64_t before = tour.ticks;

    tour.system_calls++;
    switch (number) {
    case SYS_WRITE:
        if (!is_user_text(argument))
            return (uint64_t)-1;
        say(GREEN, "    user: %s\n", (const char *)argument);
        return 0;
    case SYS_SLEEP:
        sleep_ticks(argument);
        return tour.ticks - before;
    case SYS_EXIT:
        leave_user();
    }
    return (uint64_t)-1;
}
