/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/net.c - sums over frames. Sources: IEEE 802.3, "Frame Check Sequence"; RFC 1071, "Computing
 * the Internet Checksum".
 */
#include "iodev/net.h"

#include "util/bits.h"
#include "util/crc32.h"

uint32_t net_fcs(const uint8_t *bytes, size_t count)
{
    return crc32_add(0, bytes, count);
}

uint32_t net_address_crc(const uint8_t *address)
{
    uint32_t crc = ~net_fcs(address, NET_ADDRESS), mirrored = 0;

    for (unsigned i = 0; i < 32; i++)
        mirrored |= (crc >> i & 1) << (31 - i);
    return mirrored;
}

uint32_t net_sum(uint32_t sum, const uint8_t *bytes, size_t count)
{
    uint64_t wide = 0;
    size_t i = 0;

    /* Sums of words in any byte order agree, once they are swapped: RFC 1071, part 2(B). */
    for (; count - i >= 4; i += 4)
        wide += load_le32(bytes + i);
    if (count - i >= 2) {
        wide += load_le16(bytes + i);
        i += 2;
    }
    if (i < count)
        wide += bytes[i];
    while (wide >> 16)
        wide = (wide & 0xffff) + (wide >> 16);
    return sum + (uint32_t)((wide & 0xff) << 8 | wide >> 8);
}

uint16_t net_sum_fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}
