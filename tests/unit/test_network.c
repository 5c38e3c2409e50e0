/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_network.c - what -nic says, and frames between a card and its network. */
#include <check.h>
#include <config.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/network_options.h"
#include "machine/pc.h"
#include "util/bits.h"

static struct machine_config config;
static struct buf error;
static char text[256];

static void setup(void)
{
    config_defaults(&config);
    config.serial = "null";
    buf_clear(&error);
}

static void teardown(void)
{
    buf_free(&error);
}

static bool parse(enum network_option option, const char *value)
{
    snprintf(text, sizeof text, "%s", value);
    return network_parse(&config, option, text, &error);
}

START_TEST(a_user_network_with_everything)
{
    struct hostfwd f;

    ck_assert(parse(NETWORK_NIC, "user,model=ne2k_pci,mac=02:00:00:00:00:fe,hostfwd=tcp::8080-:80,"
                                 "pcap=x.pcap,restrict=on"));
    ck_assert_uint_eq(config.nic_count, 1);
    ck_assert_int_eq(config.nic[0].kind, NETWORK_USER);
    ck_assert_int_eq(config.nic[0].model, NIC_NE2000);
    ck_assert_uint_eq(config.nic[0].mac[5], 0xfe);
    ck_assert_str_eq(config.nic[0].pcap, "x.pcap");
    ck_assert(config.nic[0].restricted);
    ck_assert(hostfwd_parse(&f, config.nic[0].hostfwd[0], &error));
    ck_assert(!f.udp && f.host == 0 && f.host_port == 8080 && f.guest == 0 && f.guest_port == 80);
    ck_assert(hostfwd_parse(&f, "udp:127.0.0.1:53-10.0.2.15:5353", &error));
    ck_assert(f.udp && f.host == 0x7f000001 && f.guest == 0x0a00020f && f.guest_port == 5353);
    ck_assert(config_check(&config, &error));
    ck_assert(parse(NETWORK_NIC, "none"));
    ck_assert_uint_eq(config.nic_count, 1);
}
END_TEST

START_TEST(a_network_and_a_card_are_joined_by_name)
{
    char device[] = "e1000,netdev=n0,mac=52:54:00:00:00:02";

    ck_assert(parse(NETWORK_NETDEV, "user,id=n0,hostname=guest"));
    ck_assert(!config_check(&config, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "-netdev: 'n0' has no card, expected -device"));
    ck_assert(network_is_model(device));
    ck_assert(network_parse(&config, NETWORK_DEVICE, device, &error));
    ck_assert_uint_eq(config.nic_count, 1);
    ck_assert(config.nic[0].has_card && config.nic[0].has_mac);
    ck_assert(config_check(&config, &error));
}
END_TEST

START_TEST(what_is_wrong_is_said_in_one_line)
{
    static const struct {
        enum network_option option;
        const char *text, *words;
    } cases[] = {
        { NETWORK_NIC, "", "expected user, tap or none" },
        { NETWORK_NIC, "usr", "expected user, tap or none" },
        { NETWORK_NIC, "none,model=e1000", "expected user, tap or none" },
        { NETWORK_NIC, "user,model", "'model' has no value" },
        { NETWORK_NIC, "user,modl=e1000", "did you mean 'model'" },
        { NETWORK_NIC, "user,model=rtl8139", "expected e1000 or ne2k_pci" },
        { NETWORK_NIC, "user,mac=1:2:3:4:5:6", "expected six bytes" },
        { NETWORK_NIC, "user,mac=53:54:00:12:34:56", "even first byte" },
        { NETWORK_NIC, "user,mac=", "expected a value" },
        { NETWORK_NIC, "user,hostfwd=tcp::0-:80", "expected tcp|udp" },
        { NETWORK_NIC, "user,hostfwd=tcp::65536-:80", "expected tcp|udp" },
        { NETWORK_NIC, "user,hostfwd=tcp:300.0.0.1:1-:80", "expected tcp|udp" },
        { NETWORK_NIC, "user,hostfwd=8080", "expected tcp|udp" },
        { NETWORK_NIC, "user,ifname=tap0", "expected -nic tap" },
        { NETWORK_NIC, "tap,hostfwd=tcp::1-:1", "expected -nic user" },
        { NETWORK_NIC, "tap,script=/bin/sh", "scripts are not run" },
        { NETWORK_NETDEV, "user", "has no id" },
        { NETWORK_NETDEV, "none,id=x", "expected user or tap" },
        { NETWORK_DEVICE, "e1000", "has no netdev" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        setup();
        ck_assert_msg(!parse(cases[i].option, cases[i].text), "'%s' was taken", cases[i].text);
        ck_assert_msg(strstr(buf_text(&error), cases[i].words) != NULL, "'%s' is not in: %s",
                      cases[i].words, buf_text(&error));
        ck_assert_ptr_null(strchr(buf_text(&error), '\n'));
    }
    setup();
    for (unsigned i = 0; i < NICS_MOST; i++)
        ck_assert(parse(NETWORK_NIC, "user"));
    ck_assert(!parse(NETWORK_NIC, "user"));
    ck_assert(!parse(NETWORK_NETDEV, "user,id=a"));
}
END_TEST

#ifdef HAVE_SLIRP

/* What a guest without an address says first. */
static size_t discover(uint8_t *frame)
{
    uint8_t *udp = frame + 34, *bootp = frame + 42;

    memset(frame, 0, 342);
    memset(frame, 0xff, 6);
    memcpy(frame + 6, "\x52\x54\x00\x12\x34\x56", 6);
    net_store16(frame + 12, 0x0800);
    frame[14] = 0x45;
    net_store16(frame + 16, 328);
    frame[22] = 64;
    frame[23] = 17;
    memset(frame + 30, 0xff, 4);
    net_store16(frame + 24, 0xffffu & ~net_sum_fold(net_sum(0, frame + 14, 20)));
    net_store16(udp, 68);
    net_store16(udp + 2, 67);
    net_store16(udp + 4, 308);
    bootp[0] = bootp[1] = 1;
    bootp[2] = 6;
    memcpy(bootp + 28, frame + 6, 6);
    memcpy(bootp + 236, "\x63\x82\x53\x63\x35\x01\x01\xff", 8);
    return 342;
}

START_TEST(an_answer_comes_at_its_tick_is_recorded_and_dumped)
{
    char path[] = "/tmp/vitrine-network-XXXXXX";
    uint8_t frame[400], head[24], record[16];
    struct input_log log = { 0 };
    struct log messages = { 0 };
    struct machine *machine, *other;
    struct network *network;
    size_t bytes = discover(frame);
    uint64_t sent;
    FILE *file;
    int code;

    close(mkstemp(path));
    ck_assert(parse(NETWORK_NIC, "user"));
    config.nic[0].pcap = path;
    machine = machine_create(&config, &messages, &error, &code);
    ck_assert_msg(machine != NULL, "%s", buf_text(&error));
    replay_attach(machine, &log);
    machine_run(machine, 12345);
    network = &machine->pc->network[0];
    ck_assert(!network_is_live(network));
    sent = clock_now(&machine->clock);
    net_send(&network->cable, frame, bytes);
    ck_assert_uint_eq(network_next(network), sent + 50000); /* 50 us */
    machine_run(machine, 49999);
    ck_assert_uint_eq(network->taken, 0);
    machine_run(machine, 100);
    ck_assert_uint_eq(network->taken, 1);
    ck_assert_uint_eq(log.count, 1);
    ck_assert_uint_eq(log.records[0].tick, sent + 50000);
    ck_assert_uint_eq(log.records[0].source, INPUT_NETWORK);
    network->sent = 0; /* set back: it sends again, and nobody hears it */
    net_send(&network->cable, frame, bytes);
    ck_assert_uint_eq(network_next(network), UINT64_MAX);

    config.nic[0].kind = NETWORK_NONE;
    config.nic[0].pcap = NULL;
    other = machine_create(&config, &messages, &error, &code);
    other->input = &log;
    other->input_only = true;
    machine_run(other, sent + 49999);
    ck_assert_uint_eq(other->pc->network[0].taken, 0);
    machine_run(other, 2);
    ck_assert_uint_eq(other->pc->network[0].taken, 1);
    machine_destroy(other);
    machine_destroy(machine);
    input_log_free(&log);

    file = fopen(path, "rb");
    ck_assert_uint_eq(fread(head, 1, 24, file), 24);
    ck_assert_uint_eq(load_le32(head), 0xa1b23c4d);
    ck_assert_uint_eq(load_le32(head + 20), 1);
    ck_assert_uint_eq(fread(record, 1, 16, file), 16);
    ck_assert_uint_eq(load_le32(record), 1735689600);
    ck_assert_uint_eq(load_le32(record + 4), sent);
    ck_assert_uint_eq(load_le32(record + 8), bytes);
    ck_assert_int_eq(fseek(file, (long)bytes, SEEK_CUR), 0);
    ck_assert_uint_eq(fread(record, 1, 16, file), 16);
    ck_assert_uint_eq(load_le32(record + 4), sent + 50000);
    ck_assert_int_eq(fread(frame, 1, 62, file), 62);
    ck_assert_int_eq(memcmp(frame + 58, "\x0a\x00\x02\x0f", 4), 0); /* the address offered */
    fclose(file);
    unlink(path);
}
END_TEST

#endif

START_TEST(all_state_has_rows)
{
    ck_assert_int_eq(fields_first_hole(network_fields, sizeof(struct network)), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network");
    TCase *tcase = tcase_create("network");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_user_network_with_everything);
    tcase_add_test(tcase, a_network_and_a_card_are_joined_by_name);
    tcase_add_test(tcase, what_is_wrong_is_said_in_one_line);
    tcase_add_test(tcase, all_state_has_rows);
#ifdef HAVE_SLIRP
    tcase_add_test(tcase, an_answer_comes_at_its_tick_is_recorded_and_dumped);
#endif
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
