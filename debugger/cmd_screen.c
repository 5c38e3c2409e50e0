/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_screen.c - the commands of the machine's front: the screen and the keyboard. */
#include <stdio.h>
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

static bool cmd_mouse_move(struct debugger *dbg, const struct call *call)
{
    int dx, dy, dz = 0, end = 0, more = 0;
    bool ok = sscanf(call->args, "%d %d %n", &dx, &dy, &end) == 2 && end;

    if (ok && call->args[end])
        ok = sscanf(call->args + end, "%d %n", &dz, &more) == 1 && !call->args[end + more];
    if (!ok)
        return debugger_error(dbg,
                              "mouse_move: expected dots to the right and down, such as 10 -5");
    /* QEMU's third number is positive for a turn away from the hand. */
    return replay_mouse(dbg->machine, dx, dy, -dz, dbg->machine->pc->mouse->buttons) ||
           debugger_error(dbg, "mouse_move: recorded input comes first");
}

static bool cmd_mouse_button(struct debugger *dbg, const struct call *call)
{
    uint64_t state;

    if (!*call->args || !debugger_value(dbg, call->args, &state))
        return *call->args
                   ? false
                   : debugger_error(dbg, "mouse_button: expected 1 left + 2 middle + 4 right");
    if (state > 7)
        return debugger_error(dbg, "mouse_button: %llu, expected 1 left + 2 middle + 4 right",
                              (unsigned long long)state);
    return replay_mouse(dbg->machine, 0, 0, 0,
                        (state & 1 ? MOUSE_LEFT : 0) | (state & 2 ? MOUSE_MIDDLE : 0) |
                            (state & 4 ? MOUSE_RIGHT : 0)) ||
           debugger_error(dbg, "mouse_button: recorded input comes first");
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
    { NULL, "mouse_move", NULL, cmd_mouse_move, NULL, "mouse_move DX DY [DZ]", "move the mouse",
      "Dots to the right and down, notches of the wheel away from the hand; seen by a guest that\n"
      "has enabled the mouse ('info device mouse').",
      false },
    { NULL, "mouse_button", NULL, cmd_mouse_button, NULL, "mouse_button STATE",
      "press and release buttons of the mouse",
      "STATE is the sum of 1 left, 2 middle, 4 right; 0 releases them.", false },
    { 0 },
};
