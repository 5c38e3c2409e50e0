/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_iodev_net.c - 82540EM: registers, rings, filters, checksums, bad guests. */
#include <check.h>
#include <stdlib.h>

#include "iodev/e1000.h"
#include "tests/support/fake_cable.h"
#include "util/bits.h"

static struct fake_board *board;
static struct fake_cable f;
static struct e1000 *nic;

enum { SLOT = 3, BASE = 0xe0000000, PORT = 0xc000, RX_RING = 0x10000, TX_RING = 0x11000 };
enum { RX_BUFFERS = 0x20000, TX_BUFFER = 0x40000 };
enum { TXDW = 1, TXQE = 2, LSC = 4, RXDMT0 = 0x10, RXT0 = 0x80 };

static void setup(void)
{
    board = fake_board_create(1000000000);
    fake_cable_init(&f);
    fake_pci(board);
    nic = device_create(&board->list, &e1000_class);
    e1000_setup(nic, board->pci, SLOT, fake_station, &f.cable);
    device_reset_all(&board->list, RESET_POWER_ON);
    fake_config_write(board, PCI_DEVFN(SLOT, 0), PCI_BAR0, 4, BASE);
    fake_config_write(board, PCI_DEVFN(SLOT, 0), PCI_BAR0 + 4, 4, PORT);
    fake_config_write(board, PCI_DEVFN(SLOT, 0), PCI_COMMAND, 2, 7);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static uint32_t get(uint32_t offset)
{
    return (uint32_t)space_read(&board->memory, BASE + offset, 4);
}

static void put(uint32_t offset, uint32_t value)
{
    space_write(&board->memory, BASE + offset, 4, value);
}

/* Rings of 32 descriptors, receive buffers of 2 KiB; all but one are the card's. */
static void rings(uint32_t rctl)
{
    for (unsigned i = 0; i < 32; i++)
        space_write(&board->memory, RX_RING + 16 * i, 8, RX_BUFFERS + 2048 * i);
    put(0x2800, RX_RING);
    put(0x2808, 512);
    put(0x2818, 31);
    put(0x3800, TX_RING);
    put(0x3808, 512);
    put(0x0400, 0x0000000a); /* TCTL: enabled, pad */
    put(0x0100, 0x02 | rctl);
}

static void tx(unsigned index, uint64_t address, uint32_t low, uint32_t high)
{
    space_write(&board->memory, TX_RING + 16 * index, 8, address);
    space_write(&board->memory, TX_RING + 16 * index + 8, 4, low);
    space_write(&board->memory, TX_RING + 16 * index + 12, 4, high);
}

static void run(unsigned tail)
{
    put(0x3818, tail);
    fake_run_us(board, 1000);
}

static void ram_frame(const uint8_t *frame, size_t bytes)
{
    space_write_block(&board->memory, TX_BUFFER, frame, bytes);
}

static uint64_t rx(unsigned index)
{
    return space_read(&board->memory, RX_RING + 16 * index + 8, 8);
}

/* The register as the standard draws it, a bit at a time. */
static uint32_t fcs_by_bits(const uint8_t *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < 8 * count; i++)
        crc = crc >> 1 ^ ((crc ^ bytes[i / 8] >> i % 8) & 1 ? 0xedb88320 : 0);
    return ~crc;
}

START_TEST(a_check_sequence_of_any_length_is_that_of_its_bits)
{
    uint8_t bytes[80];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 89 + i * i * 7 + 3);
    for (unsigned start = 0; start < 9; start++)
        for (unsigned n = 0; start + n <= sizeof bytes; n++)
            ck_assert_uint_eq(net_fcs(bytes + start, n), fcs_by_bits(bytes + start, n));
}
END_TEST

START_TEST(the_sums_are_those_of_the_standards)
{
    const uint8_t header[20] = { 0x45, 0,    0,    0x73, 0, 0, 0x40, 0,    0x40, 0x11,
                                 0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0,    0xc7 };
    const uint8_t all_hosts[6] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 };

    ck_assert_uint_eq(net_fcs((const uint8_t *)"123456789", 9), 0xcbf43926);
    ck_assert_uint_eq(net_sum_fold(net_sum(0, header, 20)), 0xffff);
    ck_assert_uint_eq(net_sum_fold(net_sum(0, header, 1)), 0x4500); /* odd: an upper half */
    ck_assert_uint_eq(net_sum_fold(net_sum(net_sum(0, header, 6), header + 6, 14)), 0xffff);
    ck_assert_uint_eq(net_address_crc(all_hosts) >> 26, 31); /* where drivers set their bit */
}
END_TEST

START_TEST(it_is_an_82540em_on_the_bus)
{
    ck_assert_uint_eq(fake_config_read(board, PCI_DEVFN(SLOT, 0), 0, 4), 0x100e8086);
    ck_assert_uint_eq(fake_config_read(board, PCI_DEVFN(SLOT, 0), 8, 4), 0x02000003);
    ck_assert_uint_eq(get(0x0008) & 0x83, 0x83); /* full duplex, link, 1000 */
    ck_assert_uint_eq(get(0x5400), 0x12005452);  /* the address comes from the EEPROM */
    ck_assert_uint_eq(get(0x5404), 0x80005634);
    fake_out32(board, PORT, 0x5400); /* the same by ports */
    ck_assert_uint_eq(fake_in32(board, PORT + 4), 0x12005452);
    fake_out32(board, PORT, 0x0038);
    fake_out32(board, PORT + 4, 0x8100);
    ck_assert_uint_eq(get(0x0038), 0x8100);
}
END_TEST

START_TEST(all_its_state_has_rows_and_survives)
{
    ck_assert_int_eq(fields_first_hole(e1000_class.fields, e1000_class.size), -1);
    rings(0x8000);
    put(0x5200, 0x1234);
    put(0x00d0, RXT0);
    ck_assert(fake_round_trip(board, &nic->dev));
}
END_TEST

START_TEST(eerd_reads_words_whose_sum_is_baba)
{
    uint16_t sum = 0;

    for (unsigned i = 0; i < 64; i++) {
        put(0x0014, i << 8 | 1);
        ck_assert_uint_eq(get(0x0014) & 0x10, 0x10);
        sum = (uint16_t)(sum + (get(0x0014) >> 16));
    }
    ck_assert_uint_eq(sum, 0xbaba);
    put(0x0014, 1);
    ck_assert_uint_eq(get(0x0014) >> 16, 0x5452);
    put(0x0014, 0xff01); /* beyond it */
    ck_assert_uint_eq(get(0x0014) >> 16, 0);
}
END_TEST

/* One bit through EECD: data in, a rising clock, data out. */
static unsigned ee_bit(unsigned in)
{
    unsigned out;

    put(0x0010, 0x42 | in << 2);
    put(0x0010, 0x43 | in << 2);
    out = get(0x0010) >> 3 & 1;
    put(0x0010, 0x42 | in << 2);
    return out;
}

static unsigned ee_bits(unsigned value, unsigned count)
{
    unsigned out = 0;

    while (count--)
        out = out << 1 | ee_bit(value >> count & 1);
    return out;
}

static void ee_end(void)
{
    put(0x0010, 0x40);
    put(0x0010, 0x42);
}

START_TEST(the_eeprom_speaks_microwire)
{
    put(0x0010, 0x40);
    ck_assert_uint_eq(get(0x0010) & 0x80, 0x80); /* granted */
    put(0x0010, 0x42);
    ee_bits(0x180 | 1, 9); /* READ of word 1 */
    ck_assert_uint_eq(ee_bits(0, 16), 0x1200);
    ck_assert_uint_eq(ee_bits(0, 16), 0x5634); /* and on */
    ee_end();
    ee_bits(0x140 | 5, 9); /* WRITE is locked */
    ee_bits(0xbeef, 16);
    ee_end();
    put(0x0014, 0x0501);
    ck_assert_uint_eq(get(0x0014) >> 16, 0xffff);
    ee_bits(0x130, 9); /* EWEN */
    ee_end();
    ee_bits(0x140 | 5, 9);
    ee_bits(0xbeef, 16);
    ee_end();
    ck_assert_uint_eq(get(0x0010) & 8, 8); /* ready */
    put(0x0014, 0x0501);
    ck_assert_uint_eq(get(0x0014) >> 16, 0xbeef);
}
END_TEST

static unsigned phy(unsigned index)
{
    put(0x0020, 0x08200000 | index << 16);
    ck_assert_uint_eq(get(0x0020) & 0x50000000, 0x10000000); /* ready, no error */
    return get(0x0020) & 0xffff;
}

START_TEST(the_phy_answers_and_negotiates)
{
    ck_assert_uint_eq(phy(2), 0x0141);
    ck_assert_uint_eq(phy(1) & 0x24, 0x24);
    put(0x00d0, LSC);
    put(0x0020, 0x04200000 | 0x1340); /* restart */
    ck_assert_uint_eq(phy(1) & 0x24, 0);
    ck_assert_uint_eq(get(0x0008) & 2, 0);
    ck_assert_uint_eq(get(0x00c0), LSC);
    fake_run_us(board, 20000);
    ck_assert_uint_eq(phy(1) & 0x24, 0x24);
    ck_assert(nic->pci.intx);
    ck_assert_uint_eq(get(0x00c0), LSC);
    ck_assert(!nic->pci.intx);          /* reading the causes cleared them */
    put(0x0020, 0x08400000 | 2u << 16); /* nobody at address 2 */
    ck_assert_uint_eq(get(0x0020) & 0x40000000, 0x40000000);
}
END_TEST

START_TEST(a_legacy_descriptor_sends_and_is_written_back)
{
    rings(0);
    put(0x00d0, TXDW);
    ram_frame(fake_frame(fake_peer, 42), 42);
    tx(0, TX_BUFFER, 0x0b000000 | 42, 0); /* EOP, FCS, RS */
    run(1);
    ck_assert_uint_eq(f.count, 1);
    ck_assert_uint_eq(f.bytes[0], 60); /* padded */
    ck_assert_int_eq(memcmp(f.sent[0], fake_frame(fake_peer, 42), 42), 0);
    ck_assert_uint_eq(space_read(&board->memory, TX_RING + 12, 1), 1);
    ck_assert_uint_eq(get(0x3810), 1);
    ck_assert(nic->pci.intx);
    ck_assert_uint_eq(get(0x00c0), TXDW | TXQE);
    ck_assert_uint_eq(get(0x4080), 1); /* GPTC, cleared when read */
    ck_assert_uint_eq(get(0x4080), 0);
    ck_assert_uint_eq(get(0x4090), 64);
}
END_TEST

START_TEST(a_packet_of_two_buffers_with_a_tag_is_one_frame)
{
    rings(0);
    put(0x0038, 0x8100);
    put(0x0000, 0x40140240); /* CTRL.VME */
    ram_frame(fake_frame(fake_peer, 100), 100);
    tx(0, TX_BUFFER, 0x20100000 | 60, 0);
    tx(1, TX_BUFFER + 60, 0x69100000 | 40, 0x00650000); /* VLE, DEXT, RS, EOP; tag 101 */
    run(2);
    ck_assert_uint_eq(f.count, 1);
    ck_assert_uint_eq(f.bytes[0], 104);
    ck_assert_uint_eq(net_load16(f.sent[0] + 12), 0x8100);
    ck_assert_uint_eq(net_load16(f.sent[0] + 14), 101);
    ck_assert_uint_eq(net_load16(f.sent[0] + 16), 0x88b5);
}
END_TEST

/* An IPv4 packet with TCP; the sum of the pseudo header without a length as drivers leave it. */
static void tcp_frame(uint8_t *p, unsigned payload, unsigned length_in_sum)
{
    memcpy(p, fake_frame(fake_peer, 54 + payload), 54 + payload);
    memset(p + 14, 0, 40);
    net_store16(p + 12, 0x0800);
    p[14] = 0x45;
    net_store16(p + 16, 40 + payload);
    net_store16(p + 18, 7); /* identification */
    p[22] = 64;
    p[23] = 6;
    memcpy(p + 26, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
    p[34 + 4] = 0x80; /* sequence number 80000000h */
    p[34 + 12] = 0x50;
    p[34 + 13] = 0x19; /* FIN, PSH, ACK */
    net_store16(p + 50, net_sum_fold(net_sum(6 + length_in_sum, p + 26, 8)));
}

static unsigned tcp_sum(const uint8_t *p, size_t bytes)
{
    return net_sum_fold(net_sum(net_sum(6 + (unsigned)bytes - 34, p + 26, 8), p + 34, bytes - 34));
}

START_TEST(checksums_are_put_in)
{
    uint8_t p[NET_MOST];

    rings(0);
    tcp_frame(p, 101, 20 + 101);
    ram_frame(p, 155);
    /* Context: IP 14..33 at 24, TCP from 34 at 50. */
    tx(0, 14 | 24 << 8 | 33 << 16 | (uint64_t)34 << 32 | (uint64_t)50 << 40, 0x23000000, 0);
    tx(1, TX_BUFFER, 0x2b100000 | 155, 0x0300);
    run(2);
    ck_assert_uint_eq(f.count, 1);
    ck_assert_uint_eq(net_sum_fold(net_sum(0, f.sent[0] + 14, 20)), 0xffff);
    ck_assert_uint_eq(tcp_sum(f.sent[0], 155), 0xffff);
}
END_TEST

START_TEST(a_long_packet_is_cut_into_segments)
{
    uint8_t p[NET_MOST];

    rings(0);
    tcp_frame(p, 3000, 0);
    ram_frame(p, 3054);
    tx(0, 14 | 24 << 8 | 33 << 16 | (uint64_t)34 << 32 | (uint64_t)50 << 40, 0x27000000 | 3000,
       1400u << 16 | 54 << 8);
    tx(1, TX_BUFFER, 0x26100000 | 30, 0x0300); /* a piece of the header first */
    tx(2, TX_BUFFER + 30, 0x2f100000 | 3024, 0x0300);
    run(3);
    ck_assert_uint_eq(f.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        size_t bytes = i < 2 ? 1454 : 254;

        ck_assert_uint_eq(f.bytes[i], bytes);
        ck_assert_uint_eq(net_load16(f.sent[i] + 16), bytes - 14);
        ck_assert_uint_eq(net_load16(f.sent[i] + 18), 7 + i);
        ck_assert_uint_eq(net_load16(f.sent[i] + 38), 0x8000);
        ck_assert_uint_eq(net_load16(f.sent[i] + 40), 1400 * i);
        ck_assert_uint_eq(f.sent[i][47], i < 2 ? 0x10 : 0x19);
        ck_assert_uint_eq(net_sum_fold(net_sum(0, f.sent[i] + 14, 20)), 0xffff);
        ck_assert_uint_eq(tcp_sum(f.sent[i], bytes), 0xffff);
        ck_assert_int_eq(memcmp(f.sent[i] + 54, p + 54 + 1400 * i, bytes - 54), 0);
    }
    ck_assert_uint_eq(get(0x40f8), 1);
}
END_TEST

START_TEST(frames_for_the_station_are_stored_with_their_sum)
{
    uint8_t got[64];

    rings(0x8000);
    put(0x00d0, RXT0);
    ck_assert(f.cable.can_receive(nic));
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert_uint_eq(rx(0) & 0xffff, 64);         /* with check sequence */
    ck_assert_uint_eq(rx(0) >> 32 & 0xffff, 0x07); /* done, end of packet, no checksums; no error */
    space_read_block(&board->memory, RX_BUFFERS, got, 64);
    ck_assert_int_eq(memcmp(got, fake_frame(fake_station, 60), 60), 0);
    ck_assert_uint_eq(load_le32(got + 60), net_fcs(got, 60));
    ck_assert(nic->pci.intx);
    ck_assert_uint_eq(get(0x2810), 1);
    ck_assert_uint_eq(get(0x4074), 1);
    put(0x0100, 0x04008002); /* SECRC: without */
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert_uint_eq(rx(1) & 0xffff, 60);
}
END_TEST

START_TEST(the_filters_let_through_what_they_should)
{
    const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 }, group[6] = { 1, 0, 0x5e, 0, 0, 0xfb };
    static const struct {
        uint32_t rctl;
        bool other, all, group;
    } cases[] = {
        { 0x0000, false, false, false },
        { 0x8000, false, true, false },
        { 0x0008, true, false, false },
        { 0x0010, false, true, true },
    };
    unsigned expected = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        rings(cases[i].rctl);
        f.cable.receive(nic, fake_frame(fake_peer, 60), 60);
        ck_assert_uint_eq(get(0x2810), expected += cases[i].other);
        f.cable.receive(nic, fake_frame(all, 60), 60);
        ck_assert_uint_eq(get(0x2810), expected += cases[i].all);
        f.cable.receive(nic, fake_frame(group, 60), 60);
        ck_assert_uint_eq(get(0x2810), expected += cases[i].group);
    }
    rings(0);
    put(0x5200 + 4 * (0xfb0 >> 5), 1u << (0xfb0 & 31)); /* the upper 12 bits of fb00h */
    f.cable.receive(nic, fake_frame(group, 60), 60);
    ck_assert_uint_eq(get(0x2810), expected + 1);
    ck_assert_uint_eq(rx(expected) >> 32 & 0x80, 0x80); /* by hash */
}
END_TEST

START_TEST(tags_are_filtered_and_taken_out)
{
    uint8_t *p = fake_frame(fake_station, 80);

    net_store16(p + 12, 0x8100);
    net_store16(p + 14, 101);
    net_store16(p + 16, 0x88b5);
    put(0x0038, 0x8100);
    put(0x0000, 0x40140240);
    rings(0x40000);
    f.cable.receive(nic, p, 80);
    ck_assert_uint_eq(get(0x2810), 0); /* not in the table */
    put(0x5600 + 4 * (101 >> 5), 1u << (101 & 31));
    f.cable.receive(nic, p, 80);
    ck_assert_uint_eq(get(0x2810), 1);
    ck_assert_uint_eq(rx(0) & 0xffff, 80);
    ck_assert_uint_eq(rx(0) >> 48, 101);
    ck_assert_uint_eq(rx(0) >> 32 & 8, 8);
    ck_assert_uint_eq(space_read(&board->memory, RX_BUFFERS + 12, 2), 0xb588);
}
END_TEST

START_TEST(received_checksums_are_looked_at)
{
    uint8_t p[NET_MOST];

    tcp_frame(p, 30, 0);
    memcpy(p, fake_station, 6);
    net_store16(p + 24, 0xffffu & ~net_sum_fold(net_sum(0, p + 14, 20)));
    net_store16(p + 50, 0);
    net_store16(p + 50, 0xffffu & ~tcp_sum(p, 84));
    rings(0);
    put(0x5000, 0x300);
    f.cable.receive(nic, p, 84);
    ck_assert_uint_eq(rx(0) >> 32 & 0xffff, 0x0063); /* both looked at, both right */
    p[60] ^= 1;
    f.cable.receive(nic, p, 84);
    ck_assert_uint_eq(rx(1) >> 32 & 0xffff, 0x2063);
    p[19] ^= 1;
    f.cable.receive(nic, p, 84);
    ck_assert_uint_eq(rx(2) >> 40 & 0x40, 0x40);
}
END_TEST

START_TEST(a_full_ring_holds_frames_back)
{
    rings(0x8000);
    put(0x2818, 2); /* two descriptors */
    f.rooms = 0;
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert(f.cable.can_receive(nic));
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert(!f.cable.can_receive(nic));
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert_uint_eq(get(0x4010), 1); /* missed */
    ck_assert_uint_eq(get(0x2810), 2);
    put(0x2818, 3);
    ck_assert_uint_eq(f.rooms, 1);
    ck_assert(f.cable.can_receive(nic));
    put(0x0100, 0); /* off: it takes all, and drops it */
    put(0x2818, 2);
    ck_assert(f.cable.can_receive(nic));
}
END_TEST

START_TEST(a_long_frame_takes_several_buffers_if_it_is_allowed)
{
    rings(0x20); /* LPE */
    f.cable.receive(nic, fake_frame(fake_station, 5000), 5000);
    ck_assert_uint_eq(get(0x2810), 3);
    ck_assert_uint_eq(rx(0) & 0xffff, 2048);
    ck_assert_uint_eq(rx(1) >> 32 & 3, 1);
    ck_assert_uint_eq(rx(2) & 0xffff, 5004 - 4096);
    ck_assert_uint_eq(rx(2) >> 32 & 3, 3);
    put(0x0100, 2);
    f.cable.receive(nic, fake_frame(fake_station, 1519), 1519);
    ck_assert_uint_eq(get(0x2810), 3);
    ck_assert_uint_eq(get(0x40ac), 1); /* oversize */
}
END_TEST

START_TEST(interrupts_come_no_oftener_than_itr_says)
{
    rings(0x8000);
    put(0x00c4, 4000); /* 1.024 ms */
    put(0x00d0, RXT0);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert(nic->pci.intx);
    get(0x00c0);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert(!nic->pci.intx);
    fake_run_us(board, 1000);
    ck_assert(!nic->pci.intx);
    fake_run_us(board, 30);
    ck_assert(nic->pci.intx);
    get(0x00c0);
    put(0x00c4, 0);
    put(0x2820, 100); /* RDTR: 102 us */
    fake_run_us(board, 2000);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert(!nic->pci.intx);
    fake_run_us(board, 103);
    ck_assert(nic->pci.intx);
    put(0x00d8, RXT0); /* masked */
    ck_assert(!nic->pci.intx);
}
END_TEST

START_TEST(looped_back_frames_are_received)
{
    rings(0x80c0);
    ram_frame(fake_frame(fake_station, 70), 70);
    tx(0, TX_BUFFER, 0x0b000000 | 70, 0);
    run(1);
    ck_assert_uint_eq(f.count, 0);
    ck_assert_uint_eq(rx(0) & 0xffff, 74);
}
END_TEST

START_TEST(rings_that_are_nowhere_hurt_nobody)
{
    rings(0x803a);
    put(0x3804, 0xffffffff); /* descriptors that nobody has read as ones */
    put(0x2804, 0xffffffff);
    run(31);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    put(0x3804, 0);
    put(0x2804, 0);
    put(0x3800, FAKE_RAM - 8); /* half outside */
    put(0x2800, BASE);         /* the card's own registers are no memory */
    put(0x2818, 20);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    put(0x3810, 0xffff);
    put(0x2810, 0xffff);
    run(0xffff);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    fake_run_us(board, 100000);
    ck_assert(!nic->tx_event.queued); /* a tail that cannot be reached is not run after */
    put(0x3808, 0);
    put(0x2808, 0);
    run(5);
    ck_assert(!f.cable.can_receive(nic));
}
END_TEST

START_TEST(absurd_lengths_and_contexts_hurt_nobody)
{
    rings(0);
    tx(0, 0xffffffffffffffff, 0xffffffff & ~0x00f00000u, 0xffffffff); /* a context of ones */
    tx(1, TX_BUFFER, 0x2f1fffff, 0x0300);     /* a data descriptor of 1 MiB */
    tx(2, TX_BUFFER, 0x0fffffff, 0xffffffff); /* a sum beyond the frame */
    tx(3, 0, 0x27000000, 0x00010000);         /* segments of one byte */
    tx(4, TX_BUFFER, 0x2f103000, 0x0300);
    for (unsigned i = 5; i < 31; i++)
        tx(i, TX_BUFFER, 0x00003fff, 0); /* a packet that does not end */
    run(31);
    ck_assert_uint_eq(get(0x3810), 31);
    for (unsigned i = 0; i < f.count; i++)
        ck_assert_uint_le(f.bytes[i % 64], NET_MOST);
}
END_TEST

START_TEST(who_may_not_be_master_moves_nothing)
{
    rings(0x8000);
    fake_config_write(board, PCI_DEVFN(SLOT, 0), PCI_COMMAND, 2, 3);
    ram_frame(fake_frame(fake_peer, 60), 60);
    tx(0, TX_BUFFER, 0x0b000000 | 60, 0);
    run(1);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    ck_assert_uint_eq(f.count, 0);
    ck_assert_uint_eq(get(0x2810), 0);
    fake_config_write(board, PCI_DEVFN(SLOT, 0), PCI_COMMAND, 2, 7);
    fake_run_us(board, 10);
    ck_assert_uint_eq(f.count, 1);
}
END_TEST

START_TEST(a_reset_of_the_controller_stops_it)
{
    rings(0x8000);
    put(0x00d0, RXT0);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    put(0x0000, 0x04000000);
    ck_assert(!nic->pci.intx);
    ck_assert_uint_eq(get(0x0100), 0);
    ck_assert_uint_eq(get(0x00d0), 0);
    ck_assert_uint_eq(get(0x0000) & 0x04000000, 0);
    ck_assert_uint_eq(get(0x5400), 0x12005452);
}
END_TEST

START_TEST(the_card_is_told_in_words)
{
    const char *text;

    rings(0x8000);
    f.cable.receive(nic, fake_frame(fake_station, 60), 60);
    text = fake_describe(board, &nic->dev);
    ck_assert_ptr_nonnull(strstr(text, "station 52:54:00:12:34:56, link up"));
    ck_assert_ptr_nonnull(strstr(text, "32 descriptors at 0x10000, head 1, tail 31"));
    ck_assert_ptr_nonnull(strstr(text, "RXT0 (masked)"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network cards");
    TCase *e = tcase_create("e1000");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(e, setup, teardown);
    tcase_add_test(e, a_check_sequence_of_any_length_is_that_of_its_bits);
    tcase_add_test(e, the_sums_are_those_of_the_standards);
    tcase_add_test(e, it_is_an_82540em_on_the_bus);
    tcase_add_test(e, all_its_state_has_rows_and_survives);
    tcase_add_test(e, eerd_reads_words_whose_sum_is_baba);
    tcase_add_test(e, the_eeprom_speaks_microwire);
    tcase_add_test(e, the_phy_answers_and_negotiates);
    tcase_add_test(e, a_legacy_descriptor_sends_and_is_written_back);
    tcase_add_test(e, a_packet_of_two_buffers_with_a_tag_is_one_frame);
    tcase_add_test(e, checksums_are_put_in);
    tcase_add_test(e, a_long_packet_is_cut_into_segments);
    tcase_add_test(e, frames_for_the_station_are_stored_with_their_sum);
    tcase_add_test(e, the_filters_let_through_what_they_should);
    tcase_add_test(e, tags_are_filtered_and_taken_out);
    tcase_add_test(e, received_checksums_are_looked_at);
    tcase_add_test(e, a_full_ring_holds_frames_back);
    tcase_add_test(e, a_long_frame_takes_several_buffers_if_it_is_allowed);
    tcase_add_test(e, interrupts_come_no_oftener_than_itr_says);
    tcase_add_test(e, looped_back_frames_are_received);
    tcase_add_test(e, rings_that_are_nowhere_hurt_nobody);
    tcase_add_test(e, absurd_lengths_and_contexts_hurt_nobody);
    tcase_add_test(e, who_may_not_be_master_moves_nothing);
    tcase_add_test(e, a_reset_of_the_controller_stops_it);
    tcase_add_test(e, the_card_is_told_in_words);
    suite_add_tcase(suite, e);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
