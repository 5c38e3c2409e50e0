/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gui/curses.c - the text modes of the screen in a terminal, with colours and code page 437; keys as far
 * as a terminal tells them. Ctrl-A c brings the debugger, Ctrl-A x ends the run, as on a serial line.
 */
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gui/frontend.h"
#include "gui/text_screen.h"
#include "machine/keymap.h"

enum {
    CTRL_A = 1,
    ESC = 27,
    ESC_NS = 300000000, /* Esc and a key within this time are Alt and that key */
    PAIRS = 256,        /* foreground | background << 4, and one more for pair 0 */
};

struct terminal {
    struct frontend fe; /* first member */
    SCREEN *screen;
    bool shown;   /* the terminal is ours; else the debugger's */
    bool unicode; /* it shows more than ASCII */
    bool prefix;  /* Ctrl-A was typed */
    bool escape;  /* Esc was typed at ... */
    uint64_t escape_at;
    bool redraw;
    struct text_screen text;
};

/* ---- picture ------------------------------------------------------------------------------------ */

/* The VGA's order is blue, green, red; a terminal's the other way round. */
static short colour_of(unsigned vga)
{
    return (short)((vga & 2) | (vga >> 2 & 1) | (vga & 1) << 2 | (vga & 8));
}

static void make_colours(void)
{
    if (!has_colors())
        return;
    start_color();
    for (unsigned i = 0; i < PAIRS && (int)i + 1 < COLOR_PAIRS; i++) {
        short front = colour_of(i & 15), back = colour_of(i >> 4);

        if (COLORS < 16) {
            front &= 7;
            back &= 7;
        }
        init_pair((short)(i + 1), front, back);
    }
}

static void put_cell(const struct terminal *t, int y, int x, uint16_t cell)
{
    unsigned front = cell >> 8 & 15, back = cell >> 12;
    uint8_t character = (uint8_t)cell;
    wchar_t text[2] = { 0 };
    attr_t attributes = A_NORMAL;
    unsigned pair;
    cchar_t out;

    if (t->text.blinks) {
        if (back & 8)
            attributes |= A_BLINK;
        back &= 7;
    }
    if (COLORS < 16) {
        if (front & 8)
            attributes |= A_BOLD;
        back &= 7;
    }
    pair = (front | back << 4) + 1;
    if (!has_colors() || (int)pair >= COLOR_PAIRS) {
        pair = 0;
        if (back)
            attributes |= A_REVERSE;
    }
    text[0] = t->unicode ? text_screen_unicode(character)
                         : (wchar_t)(unsigned char)text_screen_ascii(character);
    setcchar(&out, text, attributes, (short)pair, NULL);
    mvadd_wch(y, x, &out);
}

static void draw_graphics(const struct terminal *t)
{
    erase();
    mvprintw(0, 0,
             "Graphics of %u x %u dots: a terminal shows text only (-display sdl, screendump)",
             t->text.columns, t->text.rows);
    curs_set(0);
}

/* The rows around the cursor, where the terminal has fewer than the screen. */
static void draw_text(const struct terminal *t, const struct text_screen *old, bool everything)
{
    const struct text_screen *s = &t->text;
    unsigned lines = LINES > 0 ? (unsigned)LINES : 1, first = 0;

    if (s->rows > lines && s->cursor && s->cursor_row >= lines)
        first = s->cursor_row - lines + 1;
    if (old->rows > lines && old->cursor_row != s->cursor_row)
        everything = true;
    if (everything)
        erase();
    for (unsigned row = first; row < s->rows && row - first < lines; row++) {
        for (unsigned column = 0; column < s->columns && (int)column < COLS; column++) {
            if (everything || s->cell[row][column] != old->cell[row][column])
                put_cell(t, (int)(row - first), (int)column, s->cell[row][column]);
        }
    }
    curs_set(s->cursor ? 1 : 0);
    if (s->cursor && (int)s->cursor_column < COLS)
        move((int)(s->cursor_row - first), (int)s->cursor_column);
}

static void show(struct terminal *t)
{
    static const struct text_screen nothing;
    bool afresh = !t->shown || t->redraw;
    struct text_screen old = afresh ? nothing : t->text;

    text_screen_read(&t->text, t->fe.machine);
    if (!afresh && !memcmp(&t->text, &old, sizeof old))
        return;
    if (t->text.graphics)
        draw_graphics(t);
    else
        draw_text(t, &old,
                  afresh || old.graphics || old.columns != t->text.columns ||
                      old.rows != t->text.rows || old.blinks != t->text.blinks);
    if (afresh)
        clearok(stdscr, TRUE);
    t->shown = true;
    t->redraw = false;
    refresh();
}

/* ---- keys --------------------------------------------------------------------------------------- */

static const struct {
    int code;
    const char *name;
} named[] = {
    { KEY_UP, "up" },          { KEY_DOWN, "down" },           { KEY_LEFT, "left" },
    { KEY_RIGHT, "right" },    { KEY_HOME, "home" },           { KEY_END, "end" },
    { KEY_PPAGE, "pgup" },     { KEY_NPAGE, "pgdn" },          { KEY_IC, "insert" },
    { KEY_DC, "delete" },      { KEY_BACKSPACE, "backspace" }, { KEY_ENTER, "ret" },
    { KEY_BTAB, "shift-tab" }, { KEY_SLEFT, "shift-left" },    { KEY_SRIGHT, "shift-right" },
    { KEY_SR, "shift-up" },    { KEY_SF, "shift-down" },       { KEY_SHOME, "shift-home" },
    { KEY_SEND, "shift-end" }, { KEY_SDC, "shift-delete" },    { KEY_B2, "kp_5" },
};

/* What ncurses has a name for. False: no key of a PC. */
static bool name_of_special(int code, struct buf *name)
{
    if (code >= KEY_F(1) &&
        code <= KEY_F(48)) { /* shifted ones come behind, then those with Ctrl */
        static const char *const with[] = { "", "shift-", "ctrl-", "ctrl-shift-" };
        unsigned n = (unsigned)(code - KEY_F(1));

        buf_printf(name, "%sf%u", with[n / 12], n % 12 + 1);
        return true;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(named); i++) {
        if (named[i].code == code) {
            buf_add_text(name, named[i].name);
            return true;
        }
    }
    return false;
}

/* Characters of keys that no layout moves. False: it is typed as a character. */
static bool name_of_control(wint_t c, struct buf *name)
{
    static const char *const above[] = { "ctrl-backslash", "ctrl-bracket_right", "ctrl-6",
                                         "ctrl-minus" };

    if (c == 8 || c == 127)
        buf_add_text(name, "backspace");
    else if (c == 9)
        buf_add_text(name, "tab");
    else if (c == 10 || c == 13)
        buf_add_text(name, "ret");
    else if (c == 0)
        buf_add_text(name, "ctrl-spc");
    else if (c >= 1 && c <= 26)
        buf_printf(name, "ctrl-%c", (int)('a' + c - 1));
    else if (c == ESC)
        buf_add_text(name, "esc");
    else if (c >= 28 && c <= 31)
        buf_add_text(name, above[c - 28]);
    else
        return false;
    return true;
}

/* What cannot be typed is lost, as a key on a full keyboard. */
static void send_names(struct terminal *t, const char *names)
{
    struct buf error = { 0 };

    (void)!keymap_send(t->fe.machine, names, &error);
    buf_free(&error);
}

static void send(struct terminal *t, bool special, wint_t c, bool alt)
{
    struct buf name = { 0 }, error = { 0 };

    if (alt)
        buf_add_text(&name, "alt-");
    if (special ? name_of_special((int)c, &name) : name_of_control(c, &name)) {
        send_names(t, buf_text(&name));
    } else if (!special && c > ' ' && c < 127 && alt) {
        char low = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);

        buf_clear(&name);
        buf_printf(&name, "%s%c", low == (char)c ? "alt-" : "alt-shift-", low);
        send_names(t, buf_text(&name));
    } else if (!special && c < 127) {
        (void)!keymap_type(t->fe.machine, (const char[]){ (char)c, 0 }, &error);
    }
    buf_free(&name);
    buf_free(&error);
}

static void take_key(struct terminal *t, bool special, wint_t c)
{
    bool alt = t->escape;

    if (special && c == KEY_RESIZE) {
        t->redraw = true;
        return;
    }
    if (t->prefix) {
        t->prefix = false;
        if (!special && c == 'x')
            frontend_quit(&t->fe);
        else if (!special && c == 'c')
            frontend_break_in(&t->fe);
        else if (!special && c == CTRL_A)
            send(t, false, c, false);
        return;
    }
    if (!special && c == CTRL_A) {
        t->prefix = true;
        return;
    }
    t->escape = false;
    if (!special && c == ESC && !alt) {
        t->escape = true;
        t->escape_at = frontend_time();
        return;
    }
    send(t, special, c, alt && !(c == ESC && !special));
}

static void take_keys(struct terminal *t)
{
    wint_t c;
    int kind;

    while ((kind = get_wch(&c)) != ERR)
        take_key(t, kind == KEY_CODE_YES, c);
    if (t->escape && frontend_time() - t->escape_at > ESC_NS) {
        t->escape = false;
        send(t, false, ESC, false);
    }
}

/* ---- the front end ------------------------------------------------------------------------------ */

static void curses_update(struct frontend *fe)
{
    struct terminal *t = (struct terminal *)fe;

    show(t);
    take_keys(t);
}

static void curses_stopped(struct frontend *fe)
{
    struct terminal *t = (struct terminal *)fe;

    if (t->shown)
        endwin();
    t->shown = false;
}

static void curses_close(struct frontend *fe)
{
    struct terminal *t = (struct terminal *)fe;

    curses_stopped(fe);
    delscreen(t->screen);
    free(t);
}

static struct frontend *curses_open(struct machine *machine, struct buf *error)
{
    struct terminal *t;
    SCREEN *screen;

    (void)machine;
    if (!isatty(0) || !isatty(1)) {
        buf_add_text(error, "-display curses: no terminal, expected one for input and output");
        return NULL;
    }
    setlocale(LC_CTYPE, "");
    screen = newterm(NULL, stdout, stdin);
    if (!screen) {
        const char *term = getenv("TERM");

        buf_printf(error, "-display curses: TERM is '%s', expected a terminal that curses knows",
                   term ? term : "");
        return NULL;
    }
    t = xcalloc(1, sizeof *t);
    t->screen = screen;
    t->unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
    set_escdelay(25); /* the rest of a function key comes at once */
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    make_colours();
    endwin(); /* until the machine runs */
    return &t->fe;
}

const struct frontend_class frontend_curses = {
    .name = "curses",
    .open = curses_open,
    .close = curses_close,
    .update = curses_update,
    .stopped = curses_stopped,
};
