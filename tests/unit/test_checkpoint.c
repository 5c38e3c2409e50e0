/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_checkpoint.c - a machine that is set back does the same again, and so does another
 * machine that is set to its state: fields, events, waiting input, memory, time.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu/tlb.h"
#include "machine/checkpoint.h"
#include "machine/image.h"
#include "machine/keymap.h"
#include "tests/support/fake_ide.h"
#include "tests/support/scratch.h"
#include "tests/support/test_engine.h"

static struct machine_config config;
static struct machine *machine, *other;
static struct checkpoint saved, first, second;
static struct buf error;

static struct machine *create(void)
{
    int exit_code;
    struct machine *made = machine_create(&config, NULL, &error, &exit_code);

    ck_assert_msg(made != NULL, "%s", buf_text(&error));
    return made;
}

static void setup(void)
{
    config_defaults(&config); /* without a kernel: the tour */
    config.engine = test_engine_text();
    config.ram_bytes = MIB(8);
    config.serial = "null";
}

static void make(void)
{
    machine = create();
    other = create();
    ck_assert(checkpoint_create(&saved, machine, &error));
    ck_assert(checkpoint_create(&first, machine, &error));
    ck_assert(checkpoint_create(&second, machine, &error));
}

static void teardown(void)
{
    checkpoint_destroy(&saved);
    checkpoint_destroy(&first);
    checkpoint_destroy(&second);
    machine_destroy(machine);
    machine_destroy(other);
    machine = other = NULL;
    buf_free(&error);
}

static void same_buf(const char *what, const struct buf *a, const struct buf *b)
{
    ck_assert_msg(a->length == b->length && !memcmp(a->data, b->data, a->length),
                  "%s differ, at tick %llu", what, (unsigned long long)first.state.tick);
}

/* `first` and `second` hold the same state; of fields that are not, the name is said. */
static void same_states(struct machine *m1, struct machine *m2)
{
    struct machine_part a[MACHINE_PARTS_MOST], b[MACHINE_PARTS_MOST];
    unsigned count = machine_parts(m1, a, MACHINE_PARTS_MOST);

    ck_assert_uint_eq(first.state.tick, second.state.tick);
    machine_parts(m2, b, MACHINE_PARTS_MOST);
    for (unsigned i = 0; i < count && m1 != m2; i++) {
        const struct field *field = fields_compare(a[i].fields, a[i].state, b[i].state);

        ck_assert_msg(!field, "%s.%s differs", a[i].name, field ? field->name : "");
    }
    same_buf("rows", &first.state.rows, &second.state.rows);
    same_buf("events", &first.state.events, &second.state.events);
    /* Not the TLBs: pages of code are asked for when there is no decoded trace of them. */
    ck_assert(!memcmp(first.image.bytes, second.image.bytes, first.image.size));
}

/* On from `saved` for so many ticks, twice on one machine and once on another. */
static void run_again(uint64_t ticks)
{
    enum machine_stop stop, again;

    checkpoint_save(&saved, machine);
    stop = machine_run(machine, ticks);
    checkpoint_save(&first, machine);
    ck_assert(checkpoint_restore(&saved, machine, &error));
    ck_assert_uint_eq(clock_now(&machine->clock), saved.state.tick);
    again = machine_run(machine, ticks);
    ck_assert_int_eq(stop, again);
    checkpoint_save(&second, machine);
    same_states(machine, machine);
    ck_assert(checkpoint_restore(&saved, other, &error));
    again = machine_run(other, ticks);
    ck_assert_int_eq(stop, again);
    checkpoint_save(&second, other);
    same_states(machine, other);
}

START_TEST(every_member_of_the_machine_has_a_row)
{
    ck_assert_int_eq(fields_first_hole(machine_fields, sizeof(struct machine)), -1);
    ck_assert_int_eq(fields_first_hole(pc_fields, sizeof(struct pc)), -1);
    ck_assert_int_eq(fields_first_hole(host_char_fields, sizeof(struct host_char)), -1);
}
END_TEST

START_TEST(every_device_of_the_machine_has_its_rows)
{
    struct machine_part parts[MACHINE_PARTS_MOST];
    unsigned count;

    config.debug_exit = true;
    make();
    count = machine_parts(machine, parts, MACHINE_PARTS_MOST);
    ck_assert_uint_gt(count, 15);
    for (struct device *dev = machine->devices.first; dev; dev = dev->next)
        ck_assert_msg(fields_first_hole(dev->class->fields, dev->class->size) == -1,
                      "%s: hole at %ld", dev->name,
                      fields_first_hole(dev->class->fields, dev->class->size));
}
END_TEST

/* From power-on over all of the tour's modes, in steps that fall anywhere. */
START_TEST(the_tour_goes_on_from_anywhere)
{
    make();
    for (unsigned i = 0; machine_run(machine, 1) == MACHINE_LIMIT && i < 1000; i++) {
        run_again(3001 + i * 17);
        if (first.state.tick > 400000)
            break;
    }
    ck_assert_uint_gt(first.state.tick, 100000);
}
END_TEST

START_TEST(the_end_of_the_tour_comes_again)
{
    make();
    checkpoint_save(&saved, machine);
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_POWER_OFF);
    checkpoint_save(&first, machine);
    ck_assert(checkpoint_restore(&saved, machine, &error));
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_POWER_OFF);
    checkpoint_save(&second, machine);
    same_states(machine, machine);
}
END_TEST

/* The kernel that tests/boot/linux.sh fetches: decompression, early and later kernel code. */
START_TEST(linux_goes_on_from_anywhere)
{
    static const uint64_t after[] = { 20000000, 60000000, 90000000, 90000000 };

    config.kernel = "linux/vmlinuz";
    config.append = "console=ttyS0";
    config.ram_bytes = MIB(128);
    if (access(config.kernel, R_OK) != 0)
        return; /* no kernel here: tests/boot/linux.sh says why */
    make();
    for (unsigned i = 0; i < ARRAY_SIZE(after); i++) {
        ck_assert_int_eq(machine_run(machine, after[i]), MACHINE_LIMIT);
        run_again(5000003);
    }
}
END_TEST

/* A page whose entry was changed without a flush is the old one, also after going back. */
START_TEST(old_tlb_entries_are_kept)
{
    struct buf before = { 0 }, after = { 0 };

    make();
    ck_assert_int_eq(machine_run(machine, 150000), MACHINE_LIMIT);
    checkpoint_save(&saved, machine);
    tlb_save(machine->cpu, &before);
    ck_assert_uint_gt(before.length, 200);
    tlb_flush(machine->cpu);
    tlb_save(machine->cpu, &after);
    ck_assert_uint_lt(after.length, before.length);
    ck_assert(checkpoint_restore(&saved, machine, &error));
    buf_clear(&after);
    tlb_save(machine->cpu, &after);
    same_buf("TLBs", &before, &after);
    buf_free(&before);
    buf_free(&after);
}
END_TEST

START_TEST(pages_written_since_are_as_before)
{
    uint8_t byte = 0x5a, read;

    make();
    machine_run(machine, 50000);
    checkpoint_save(&saved, machine);
    space_write_block(&machine->memory, 0x654321, &byte, 1);
    ck_assert(checkpoint_restore(&saved, machine, &error));
    space_read_block(&machine->memory, 0x654321, &read, 1);
    ck_assert_uint_eq(read, 0);
    /* and a checkpoint that is used again holds no more than is there */
    space_write_block(&other->memory, 0x654321, &byte, 1);
    checkpoint_save(&first, other);
    checkpoint_save(&first, machine);
    ck_assert_uint_eq(first.image.bytes[0x654321], 0);
}
END_TEST

static void disk_has(struct machine *m, uint8_t byte)
{
    uint8_t sector[BLOCK_SECTOR];

    ck_assert_int_eq(block_read(m->pc->drive[0]->medium, 7, 1, sector), BLOCK_OK);
    ck_assert_uint_eq(sector[100], byte);
}

static void write_disk(struct machine *m, uint8_t byte)
{
    uint8_t sector[BLOCK_SECTOR];

    memset(sector, byte, sizeof sector);
    ck_assert_int_eq(block_write(m->pc->drive[0]->medium, 7, 1, sector), BLOCK_OK);
}

START_TEST(disks_are_as_before)
{
    const struct image_create_options how = { .bytes = MIB(1) };
    const struct image_options open = { 0 };
    struct scratch scratch;
    struct block *disk, *image;
    uint8_t sector[BLOCK_SECTOR];
    int code;

    scratch_make(&scratch);
    ck_assert(image_create(scratch_path(&scratch, "disk"), &how, &error, &code));
    image = image_open(scratch_path(&scratch, "disk"), &open, &error, &code);
    config.ide[0] = disk = image_overlay_through(image, 0, NULL);
    config.ide_taken = true;
    machine = create();
    config.ide_twin_of = machine;
    other = create();
    ck_assert(checkpoint_create(&saved, machine, &error));
    ck_assert(checkpoint_create(&first, machine, &error));
    write_disk(machine, 1);
    disk_has(other, 0);
    checkpoint_save(&saved, machine);
    write_disk(machine, 2);
    checkpoint_save(&first, machine);
    ck_assert(checkpoint_restore(&saved, machine, &error));
    disk_has(machine, 1);
    ck_assert(checkpoint_restore(&first, other, &error));
    disk_has(other, 2);
    write_disk(other, 3);
    ck_assert(checkpoint_restore(&first, machine, &error));
    disk_has(machine, 2);
    disk_has(other, 3);
    /* The image has nothing of all that yet, and at the end what the first machine has. */
    ck_assert_int_eq(block_read(image, 7, 1, sector), BLOCK_OK);
    ck_assert_uint_eq(sector[100], 0);
    checkpoint_destroy(&saved);
    checkpoint_destroy(&first);
    machine_destroy(other);
    machine_destroy(machine);
    machine = other = NULL;
    image = image_open(scratch_path(&scratch, "disk"), &open, &error, &code);
    ck_assert_int_eq(block_read(image, 7, 1, sector), BLOCK_OK);
    ck_assert_uint_eq(sector[100], 2);
    block_close(image);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_disc_that_was_changed_is_the_old_one_again)
{
    struct block *discs[2];
    struct medium *medium;
    uint32_t id;

    for (unsigned i = 0; i < 2; i++)
        discs[i] = &memory_block_create(64 + i, false)->block;
    config.ide[2] = discs[0];
    config.ide_is_cd[2] = true;
    make();
    checkpoint_save(&saved, machine);
    id = machine->pc->media.id[MEDIA_HDC];
    medium = medium_create(machine, discs[1], true, "second");
    media_insert(machine, MEDIA_HDC, medium);
    medium_drop(medium);
    ck_assert_uint_ne(machine->pc->media.id[MEDIA_HDC], id);
    checkpoint_save(&first, machine);
    media_insert(machine, MEDIA_HDC, NULL);
    ck_assert_ptr_null(machine->pc->drive[2]->medium);
    ck_assert(checkpoint_restore(&saved, machine, &error));
    ck_assert_ptr_eq(machine->pc->drive[2]->medium, discs[0]);
    ck_assert_uint_eq(machine->pc->media.id[MEDIA_HDC], id);
    ck_assert(checkpoint_restore(&first, other, &error));
    ck_assert_ptr_eq(other->pc->drive[2]->medium, discs[1]);
    teardown();
    block_close(discs[0]);
}
END_TEST

START_TEST(discs_come_and_go_by_hand)
{
    struct scratch scratch;
    uint8_t bytes[4096] = { 'n' };
    const char *path;

    scratch_make(&scratch);
    path = scratch_file(&scratch, "new", bytes, sizeof bytes);
    config.ide_is_cd[2] = true;
    make();
    machine->pc->drive[2]->locked = true;
    ck_assert(!media_change(machine, "hdc", path, NULL, false, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "hdc: the guest has locked the tray"));
    ck_assert_uint_eq(machine->pc->drive[2]->media_event, 1); /* and was asked */
    ck_assert_uint_eq(machine->pc->media.id[MEDIA_HDC], 0);
    buf_clear(&error);
    ck_assert(media_change(machine, "hdc", path, NULL, true, &error));
    ck_assert(!machine->pc->drive[2]->tray_open && machine->pc->drive[2]->attention);
    checkpoint_save(&saved, machine);
    ck_assert(media_eject(machine, "hdc", false, &error));
    ck_assert(machine->pc->drive[2]->tray_open);
    ck_assert(checkpoint_restore(&saved, other, &error));
    ck_assert(checkpoint_restore(&saved, machine, &error));
    for (unsigned i = 0; i < 2; i++) {
        struct ata_drive *drive = (i ? other : machine)->pc->drive[2];

        ck_assert(!drive->tray_open);
        ck_assert_int_eq(block_read(drive->medium, 0, 1, bytes), BLOCK_OK);
        ck_assert_int_eq(bytes[0], 'n');
    }
    buf_clear(&error);
    ck_assert(!media_eject(machine, "hda", false, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "there is no drive 'hda'"));
    scratch_remove(&scratch);
}
END_TEST

START_TEST(another_machine_is_refused)
{
    make();
    checkpoint_save(&saved, machine);
    machine_destroy(other);
    config.ram_bytes = MIB(4);
    other = create();
    ck_assert(!checkpoint_restore(&saved, other, &error));
    ck_assert_str_eq(buf_text(&error),
                     "checkpoint: of a machine with 8 MiB of memory, expected 4 MiB");
    buf_clear(&error);
    machine_destroy(other);
    config.ram_bytes = MIB(8);
    config.debug_exit = true;
    other = create();
    ck_assert(!checkpoint_restore(&saved, other, &error));
    ck_assert_str_eq(buf_text(&error),
                     "checkpoint: of a machine with other devices, expected the same ones");
}
END_TEST

/* What is typed while a machine runs comes to another one at the same tick. */
START_TEST(input_comes_again_at_its_tick)
{
    struct input_log log = { 0 };
    int ends[2];

    make();
    ck_assert_int_eq(pipe(ends), 0);
    machine->pc->serial.in = ends[0];
    replay_attach(machine, &log);
    checkpoint_save(&saved, machine);
    for (unsigned i = 0; i < 60; i++) {
        ck_assert_int_eq(write(ends[1], "Vitrine? twenty bytes.", 22), 22);
        ck_assert_int_eq(machine_run(machine, 1777), MACHINE_LIMIT);
    }
    checkpoint_save(&first, machine);
    ck_assert_uint_eq(log.bytes.length, 60 * 22);
    ck_assert_uint_ge(log.count, 60);
    ck_assert_uint_gt(first.state.waiting[INPUT_SERIAL].length, 0); /* the device took a few */

    replay_attach(other, &log);
    ck_assert(checkpoint_restore(&saved, other, &error));
    other->input_only = true;
    ck_assert_int_eq(machine_run(other, 60 * 1777), MACHINE_LIMIT); /* in one piece */
    checkpoint_save(&second, other);
    same_states(machine, other);
    same_buf("waiting input", &first.state.waiting[INPUT_SERIAL],
             &second.state.waiting[INPUT_SERIAL]);
    /* The machine itself, set back, reads the log before it asks the host. */
    ck_assert(checkpoint_restore(&saved, machine, &error));
    ck_assert_int_eq(write(ends[1], "later", 5), 5);
    ck_assert_int_eq(machine_run(machine, 60 * 1777), MACHINE_LIMIT);
    checkpoint_save(&second, machine);
    same_states(machine, machine);
    ck_assert_uint_eq(log.bytes.length, 60 * 22);
    machine_run(machine, 1);
    ck_assert_uint_eq(log.bytes.length, 60 * 22 + 5);
    close(ends[0]);
    close(ends[1]);
    machine->pc->serial.in = -1;
    input_log_free(&log);
}
END_TEST

/* Keys are input like any other: another machine is given them at the same tick. */
START_TEST(keys_come_again_at_their_tick)
{
    struct input_log log = { 0 };

    make();
    replay_attach(machine, &log);
    checkpoint_save(&saved, machine);
    for (unsigned i = 0; i < 20; i++) {
        ck_assert(keymap_send(machine, "shift-a", &error));
        ck_assert_int_eq(machine_run(machine, 777777), MACHINE_LIMIT);
    }
    checkpoint_save(&first, machine);
    ck_assert_uint_eq(log.count, 20);
    ck_assert_uint_eq(log.records[3].tick - log.records[0].tick, 3 * 777777);
    ck_assert_uint_eq(log.records[3].count, 4); /* two keys, down and up */
    ck_assert_uint_gt(machine->pc->typist->count, 0);

    replay_attach(other, &log);
    ck_assert(checkpoint_restore(&saved, other, &error));
    other->input_only = true;
    ck_assert_int_eq(machine_run(other, 20 * 777777), MACHINE_LIMIT);
    checkpoint_save(&second, other);
    same_states(machine, other);
    /* Set back: what was recorded comes before what is new. */
    ck_assert(checkpoint_restore(&saved, machine, &error));
    ck_assert(!keymap_send(machine, "a", &error));
    ck_assert_str_eq(buf_text(&error),
                     "recorded input comes first, expected that the machine runs on to it");
    ck_assert_uint_eq(log.count, 20);
    input_log_free(&log);
}
END_TEST

/* What a hand does at the drives is input, too, with the contents that a diskette had then. */
START_TEST(discs_by_hand_come_again_at_their_tick)
{
    static const uint8_t zeros[163840];
    struct input_log log = { 0 };
    struct scratch scratch;
    uint8_t bytes[BLOCK_SECTOR] = { 'n' };
    const char *disc, *diskette;
    struct block *old = &memory_block_create(320, false)->block;

    scratch_make(&scratch);
    disc = scratch_file(&scratch, "disc", bytes, sizeof bytes);
    diskette = scratch_file(&scratch, "diskette", zeros, sizeof zeros);
    config.ide_is_cd[2] = true;
    config.floppy[0] = old;
    make();
    replay_attach(machine, &log);
    machine->pc->drive[2]->locked = true;
    checkpoint_save(&saved, machine);
    ck_assert_int_eq(machine_run(machine, 1777), MACHINE_LIMIT);
    ck_assert(!media_change(machine, "hdc", disc, NULL, false, &error)); /* only asked */
    buf_clear(&error);
    ck_assert_int_eq(machine_run(machine, 1777), MACHINE_LIMIT);
    ck_assert(media_change(machine, "hdc", disc, NULL, true, &error));
    ck_assert(media_change(machine, "fda", diskette, NULL, false, &error));
    ck_assert_int_eq(block_write(machine->pc->media.medium[MEDIA_FDA]->block, 7, 1, bytes),
                     BLOCK_OK);
    ck_assert_int_eq(machine_run(machine, 1777), MACHINE_LIMIT);
    ck_assert(media_eject(machine, "fda", false, &error));
    ck_assert_int_eq(machine_run(machine, 1777), MACHINE_LIMIT);
    ck_assert(media_change(machine, "fda", diskette, NULL, false, &error));
    ck_assert(media_eject(machine, "hdc", true, &error));
    ck_assert_int_eq(machine_run(machine, 1777), MACHINE_LIMIT);
    /* Not the guest's doing, so it is not there when the diskette is put in again. */
    ck_assert_int_eq(block_write(machine->pc->media.medium[MEDIA_FDA]->block, 9, 1, bytes),
                     BLOCK_OK);
    ck_assert_uint_eq(log.count, 6);
    ck_assert_uint_eq(log.records[5].tick - log.records[0].tick, 3 * 1777);
    checkpoint_save(&first, machine);

    replay_attach(other, &log);
    ck_assert(checkpoint_restore(&saved, other, &error));
    other->input_only = true;
    ck_assert_int_eq(machine_run(other, 3 * 1777), MACHINE_LIMIT);
    ck_assert_int_eq(block_read(other->pc->drive[2]->medium, 0, 1, bytes), BLOCK_OK);
    ck_assert_int_eq(bytes[0], 'n');
    ck_assert_int_eq(machine_run(other, 2 * 1777), MACHINE_LIMIT);
    checkpoint_save(&second, other);
    same_states(machine, other);
    /* Set back, before the first of them; on, and over them again. */
    ck_assert(checkpoint_restore(&saved, machine, &error));
    ck_assert_ptr_eq(machine->pc->media.medium[MEDIA_FDA]->block, old);
    buf_clear(&error);
    ck_assert(!media_eject(machine, "fda", false, &error));
    ck_assert_str_eq(buf_text(&error),
                     "recorded input comes first, expected that the machine runs on to it");
    ck_assert_int_eq(machine_run(machine, 5 * 1777), MACHINE_LIMIT);
    checkpoint_save(&second, machine);
    same_states(machine, machine);
    ck_assert_uint_eq(log.count, 6);
    for (unsigned i = 0; i < 2; i++) {
        struct medium *medium = (i ? other : machine)->pc->media.medium[MEDIA_FDA];

        memset(bytes, 0, sizeof bytes);
        ck_assert_int_eq(block_read(medium->block, 7, 1, bytes), BLOCK_OK);
        ck_assert_int_eq(bytes[0], 'n');
        ck_assert_int_eq(block_read(medium->block, 9, 1, bytes), BLOCK_OK);
        ck_assert_int_eq(bytes[0], 0);
    }
    replay_attach(machine, NULL);
    replay_attach(other, NULL);
    input_log_free(&log);
    teardown();
    block_close(old);
    scratch_remove(&scratch);
}
END_TEST

static void count_bytes(void *context, const uint8_t *bytes, size_t count)
{
    (void)bytes;
    *(size_t *)context += count;
}

START_TEST(output_is_shown_once)
{
    size_t shown = 0;

    make();
    machine->pc->serial.watch = count_bytes;
    machine->pc->serial.watch_context = &shown;
    checkpoint_save(&saved, machine);
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_POWER_OFF);
    ck_assert_uint_gt(shown, 500);
    ck_assert_uint_eq(shown, machine->pc->serial.sent);
    ck_assert(checkpoint_restore(&saved, machine, &error));
    ck_assert_uint_eq(machine->pc->serial.sent, 0);
    ck_assert_int_eq(machine_run(machine, UINT64_MAX), MACHINE_POWER_OFF);
    ck_assert_uint_eq(shown, machine->pc->serial.sent);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tc = tcase_create("checkpoint");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, every_member_of_the_machine_has_a_row);
    tcase_add_test(tc, every_device_of_the_machine_has_its_rows);
    tcase_add_test(tc, the_tour_goes_on_from_anywhere);
    tcase_add_test(tc, the_end_of_the_tour_comes_again);
    tcase_add_test(tc, linux_goes_on_from_anywhere);
    tcase_add_test(tc, old_tlb_entries_are_kept);
    tcase_add_test(tc, pages_written_since_are_as_before);
    tcase_add_test(tc, disks_are_as_before);
    tcase_add_test(tc, a_disc_that_was_changed_is_the_old_one_again);
    tcase_add_test(tc, discs_come_and_go_by_hand);
    tcase_add_test(tc, another_machine_is_refused);
    tcase_add_test(tc, input_comes_again_at_its_tick);
    tcase_add_test(tc, keys_come_again_at_their_tick);
    tcase_add_test(tc, discs_by_hand_come_again_at_their_tick);
    tcase_add_test(tc, output_is_shown_once);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
