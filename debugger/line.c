/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/line.c - command lines from readline or from plain input. */
#include <config.h>

#include "debugger/line.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debugger/debugger.h"

#ifdef HAVE_READLINE
#include <readline/history.h>
#include <readline/readline.h>
#endif

enum { HISTORY_LINES = 2000, WAIT_MS = 30 };

/*
 * readline's completion callbacks have no context argument, but readline keeps a pointer to the
 * name of its user: that name is the first member here, and leads back to the rest.
 */
struct line {
    char name[8]; /* "vitrine": first member */
    struct debugger *dbg;
    bool terminal;
    bool editing;
    bool left; /* the prompt was left without a line */
    char *history_file;
};

bool line_is_terminal(const struct line *line)
{
    return line->terminal;
}

/* Until stdin has something; the prompt's visitor is called meanwhile. False: it wants to leave. */
static bool wait_plain(const struct line *line)
{
    const struct debugger_options *o = &line->dbg->options;
    struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

    while (o->waiting) {
        if (!o->waiting(o->host_context))
            return false;
        if (poll(&fd, 1, WAIT_MS) > 0)
            break;
    }
    return true;
}

static char *read_plain(void)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;

    do {
        errno = 0;
        length = getline(&text, &capacity, stdin);
        if (length < 0 && errno == EINTR)
            clearerr(stdin);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        free(text);
        return NULL;
    }
    while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        text[--length] = 0;
    return text;
}

#ifdef HAVE_READLINE
static char **complete(const char *word, int start, int end)
{
    struct line *line = (struct line *)rl_readline_name;
    struct completions list = { 0 };
    char *before, **matches = NULL;
    size_t common;

    (void)word;
    rl_attempted_completion_over = 1;
    before = xstrdup(rl_line_buffer);
    before[end] = 0;
    command_complete(line->dbg, before, &list);
    /* The completer's word may begin before readline's: cut what readline keeps. */
    if (list.count) {
        size_t word_start = (size_t)end;
        size_t skip;

        while (word_start > 0 && !strchr(" \t\"+-*(,:", before[word_start - 1]))
            word_start--;
        skip = (size_t)start > word_start ? (size_t)start - word_start : 0;
        matches = malloc((list.count + 2) * sizeof *matches);
        if (matches) {
            common = strlen(list.list[0]);
            for (unsigned i = 1; i < list.count; i++) {
                size_t same = 0;

                while (same < common && list.list[i][same] == list.list[0][same])
                    same++;
                common = same;
            }
            for (unsigned i = 0; i < list.count; i++)
                matches[i + 1] = strdup(list.list[i] + (strlen(list.list[i]) < skip ? 0 : skip));
            matches[0] = strndup(list.list[0] + (common < skip ? 0 : skip),
                                 common < skip ? common : common - skip);
            matches[list.count + 1] = NULL;
            if (list.count == 1) { /* a single match is only the replacement */
                free(matches[1]);
                matches[1] = NULL;
            }
        }
    }
    completions_free(&list);
    free(before);
    return matches;
}

static void make_directories(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

static char *history_path(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct buf path = { 0 };
    char *text;

    if (state && state[0] == '/')
        buf_printf(&path, "%s/vitrine/history", state);
    else if (home && home[0] == '/')
        buf_printf(&path, "%s/.local/state/vitrine/history", home);
    else
        return NULL;
    text = xstrdup(buf_text(&path));
    buf_free(&path);
    return text;
}

/* Ctrl-C at the prompt: a fresh line. */
static int interrupted(void)
{
    rl_replace_line("", 0);
    rl_crlf();
    rl_on_new_line();
    rl_redisplay();
    return 0;
}

/* While readline waits for a key. */
static int wait_edited(void)
{
    struct line *line = (struct line *)rl_readline_name;
    const struct debugger_options *o = &line->dbg->options;

    if (!o->waiting(o->host_context)) {
        line->left = true;
        rl_done = 1;
    }
    return 0;
}

static void start_editing(struct line *line)
{
    rl_readline_name = line->name;
    if (line->dbg->options.waiting) {
        rl_event_hook = wait_edited;
        rl_set_keyboard_input_timeout(WAIT_MS * 1000);
    }
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = " \t\"+*(,:";
    rl_catch_signals = 0; /* main.c's handler asks the machine to stop */
    rl_signal_event_hook = interrupted;
    using_history();
    stifle_history(HISTORY_LINES);
    line->history_file = history_path();
    if (line->history_file)
        (void)read_history(line->history_file);
    line->editing = true;
}

static char *read_edited(struct line *line, const char *prompt)
{
    char *text = readline(prompt);

    if (line->left) {
        free(text);
        return NULL;
    }
    if (text && *text) {
        HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

        if (!last || strcmp(last->line, text))
            add_history(text);
    }
    return text;
}

static void stop_editing(struct line *line)
{
    if (line->history_file) {
        make_directories(line->history_file);
        (void)write_history(line->history_file);
    }
    clear_history();
}
#else
static void start_editing(struct line *line)
{
    (void)line;
}

static char *read_edited(struct line *line, const char *prompt)
{
    (void)line;
    (void)prompt;
    return NULL;
}

static void stop_editing(struct line *line)
{
    (void)line;
}
#endif

struct line *line_create(struct debugger *dbg)
{
    struct line *line = xcalloc(1, sizeof *line);

    snprintf(line->name, sizeof line->name, "vitrine");
    line->dbg = dbg;
    line->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (line->terminal)
        start_editing(line);
    else if (dbg->options.waiting)
        setvbuf(stdin, NULL, _IONBF, 0); /* so that poll() knows what is left */
    return line;
}

void line_destroy(struct line *line)
{
    if (!line)
        return;
    if (line->editing)
        stop_editing(line);
    free(line->history_file);
    free(line);
}

char *line_read(struct line *line, const char *prompt)
{
    if (line->editing)
        return read_edited(line, prompt);
    if (line->terminal) {
        out_text(&line->dbg->out, prompt);
        fflush(stdout);
    }
    return wait_plain(line) ? read_plain() : NULL;
}
