/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_screen.c - the commands of the machine's front: the screen and the keyboard. */
#include <string.h>

#include "debugger/debugger.h"
#include "machine/keymap.h"
#include "machine/pc.h"
#include "machine/screen.h"

/* A file name, perhaps in quotes. False: an error was printed. */
static bool file_argument(struct debugger *dbg, const char *args, char *path, size_t size)
{
    size_t length = strlen(args);

    if (length > 1 && args[0] == '"' && args[length - 1] == '"') {
        args++;
        length -= 2;
    }
    if (!length || length >= size)
        return debugger_error(dbg, "screendump: expected the name of a PNG file");
    memcpy(path, args, length);
    path[length] = 0;
    return true;
}

static bool cmd_screendump(struct debugger *dbg, const struct call *call)
{
    struct buf text = { 0 }, error = { 0 };
    char path[1024];

    if (!file_argument(dbg, call->args, path, sizeof path))
        return false;
    if (!screen_save(dbg->machine, path, &error))
        return debugger_fail(dbg, &error);
    screen_describe(&dbg->machine->pc->picture, &text);
    out_printf(&dbg->out, "wrote %s: %s\n", path, buf_text(&text));
    buf_free(&text);
    return true;
}

static bool cmd_screen(struct debugger *dbg, const struct call *call)
{
    const struct vga *vga = dbg->machine->pc->vga;
    struct buf text = { 0 };
    char row[VGA_TEXT_COLUMNS + 1];

    (void)call;
    if (!vga_is_text(vga) || dispi_is_enabled(vga)) {
        screen_describe(screen_picture(dbg->machine), &text);
        out_printf(&dbg->out, "graphics: %s\n", buf_text(&text));
        buf_free(&text);
        return true;
    }
    for (unsigned r = 0, last = vga_rows(vga); r < last; r++) {
        vga_text_row(vga, r, row);
        buf_printf(&text, "%s\n", row);
        if (*row) { /* blank rows at the end stay out */
            out_text(&dbg->out, buf_text(&text));
            buf_clear(&text);
        }
    }
    buf_free(&text);
    return true;
}

static bool cmd_sendkey(struct debugger *dbg, const struct call *call)
{
    struct buf error = { 0 };

    if (!*call->args)
        return debugger_error(dbg, "sendkey: expected keys such as ctrl-alt-delete");
    return keymap_send(dbg->machine, call->args, &error) || debugger_fail(dbg, &error);
}

/* The text between quotes, with \n, \t, \e, \b, \\ and \". False: it has no end. */
static bool unquote(const char *from, struct buf *text)
{
    static const char names[] = "ntbre\\\"", values[] = "\n\t\b\r\033\\\"";

    if (*from != '"') {
        buf_add_text(text, from);
        return *from;
    }
    for (from++; *from && *from != '"'; from++) {
        char c = *from;

        if (c == '\\') {
            const char *name = from[1] ? strchr(names, from[1]) : NULL;

            if (!name)
                return false;
            c = values[name - names];
            from++;
        }
        buf_add(text, &c, 1);
    }
    return from[0] == '"' && !from[1];
}

static bool cmd_type(struct debugger *dbg, const struct call *call)
{
    struct buf text = { 0 }, error = { 0 };
    bool ok;

    if (!unquote(call->args, &text)) {
        buf_free(&text);
        return debugger_error(dbg, "type: expected a text such as \"dir\\n\"");
    }
    ok = keymap_type(dbg->machine, buf_text(&text), &error);
    buf_free(&text);
    return ok || debugger_fail(dbg, &error);
}

const struct command screen_commands[] = {
    { NULL, "screendump", "screenshot", cmd_screendump, complete_file, "screendump FILE.png",
      "write the screen as a picture",
      "The checksum is of the picture's colours. In narrow modes every dot is drawn twice.\n"
      "Looking changes nothing in the guest.",
      false },
    { NULL, "screen", NULL, cmd_screen, NULL, "screen", "show the text on the screen",
      "Characters beyond ASCII become the nearest one.", false },
    { NULL, "sendkey", NULL, cmd_sendkey, NULL, "sendkey KEY[-KEY...] ...", "press keys",
      "Names are QEMU's: ctrl-alt-delete, ret, spc, f1, shift-a, kp_enter. Keys go down and up\n"
      "two milliseconds of guest time apart, once the machine runs.",
      false },
    { NULL, "type", NULL, cmd_type, NULL, "type \"TEXT\"", "type a text on the keyboard",
      "For the US layout. \\n is Enter, \\t Tab, \\b Backspace, \\e Esc.", false },
    { 0 },
};
