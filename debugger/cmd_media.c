/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_media.c - discs that are put into drives and taken out, while the machine stands. */
#include <string.h>

#include "debugger/debugger.h"
#include "machine/pc.h"

/* "-f" and the name of a drive. */
static bool take_drive(const char **args, struct buf *drive)
{
    bool force = false;

    debugger_take_word(args, drive);
    if (!strcmp(buf_text(drive), "-f")) {
        force = true;
        buf_clear(drive);
        debugger_take_word(args, drive);
    }
    return force;
}

static bool cmd_eject(struct debugger *dbg, const struct call *call)
{
    struct buf drive = { 0 }, error = { 0 };
    const char *rest = call->args;
    bool force = take_drive(&rest, &drive), ok = false;

    if (!drive.length || *rest)
        buf_printf(&error, "usage: %s", call->command->usage);
    else
        ok = media_eject(dbg->machine, buf_text(&drive), force, &error);
    if (ok)
        out_printf(&dbg->out, "%s: nothing in it\n", buf_text(&drive));
    buf_free(&drive);
    return ok || debugger_fail(dbg, &error);
}

static bool cmd_change(struct debugger *dbg, const struct call *call)
{
    struct buf drive = { 0 }, file = { 0 }, format = { 0 }, error = { 0 };
    const char *rest = call->args;
    bool force = take_drive(&rest, &drive), ok = false;

    debugger_take_word(&rest, &file);
    debugger_take_word(&rest, &format);
    if (!file.length || *rest)
        buf_printf(&error, "usage: %s", call->command->usage);
    else
        ok = media_change(dbg->machine, buf_text(&drive), buf_text(&file),
                          format.length ? buf_text(&format) : NULL, force, &error);
    if (ok)
        out_printf(&dbg->out, "%s: %s\n", buf_text(&drive), buf_text(&file));
    buf_free(&drive);
    buf_free(&file);
    buf_free(&format);
    return ok || debugger_fail(dbg, &error);
}

bool info_block(struct debugger *dbg, const struct call *call)
{
    struct buf text = { 0 };
    struct out out;

    (void)call;
    out_to_buf(&out, &text);
    media_describe(dbg->machine, &out);
    out_text(&dbg->out,
             text.length ? buf_text(&text) : "there are no drives; -hda FILE, -cdrom FILE\n");
    buf_free(&text);
    return true;
}

const struct command media_commands[] = {
    { NULL, "change", NULL, cmd_change, complete_file, "change [-f] DRIVE FILE [FORMAT]",
      "put another disc into a CD drive",
      "The old one is taken out, the tray is shut, and the guest is told as by a real drive. If it has\n"
      "locked the tray it is asked to open it; -f does not ask. Example: change hdc debian-2.iso",
      false },
    { NULL, "eject", NULL, cmd_eject, NULL, "eject [-f] DRIVE", "take the disc out of a CD drive",
      "If the guest has locked the tray it is asked to open it; -f does not ask. Example: eject hdc",
      false },
    { 0 },
};
