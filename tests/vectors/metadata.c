/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/vectors/metadata.c - a JSON reader that remembers the names on the way down and hands every
 * number to one function. Strings keep their escapes: the names wanted here have none.
 */
#include "tests/vectors/metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16, MAX_NAME = 32 };

struct json {
    const char *at; /* ends with a 0 byte */
    unsigned depth;
    char name[MAX_DEPTH][MAX_NAME]; /* of the members that lead here */
    struct metadata *metadata;
};

static bool json_value(struct json *json);

void metadata_init(struct metadata *metadata)
{
    memset(metadata, 0xff, sizeof *metadata);
}

static void set_mask(uint16_t (*table)[8], unsigned opcode, int reg, uint16_t mask)
{
    for (int i = 0; i < 8; i++)
        if (reg < 0 || reg == i)
            table[opcode & 0xff][i] = mask;
}

/* A number was read; json->name[0..depth-1] is the way to it. */
static void take_number(struct json *json, double number)
{
    unsigned opcode;
    int reg = -1;
    const char *last = json->name[json->depth - 1];

    if (strcmp(last, "flags-mask") != 0 || strcmp(json->name[0], "opcodes") != 0)
        return;
    if (json->depth == 5 && strcmp(json->name[2], "reg") == 0)
        reg = atoi(json->name[3]) & 7;
    else if (json->depth != 3)
        return;
    opcode = (unsigned)strtoul(json->name[1], NULL, 16);
    if (strlen(json->name[1]) > 2)
        set_mask(json->metadata->two_byte, opcode, reg, (uint16_t)number);
    else
        set_mask(json->metadata->one_byte, opcode, reg, (uint16_t)number);
}

static char next_char(struct json *json)
{
    json->at += strspn(json->at, " \t\r\n");
    return *json->at;
}

/* A string; its first characters go to name (which may be NULL). */
static bool json_string(struct json *json, char *name)
{
    size_t length = 0;

    if (next_char(json) != '"')
        return false;
    for (json->at++; *json->at != '"'; json->at++) {
        if (*json->at == '\\')
            json->at++;
        if (*json->at == '\0')
            return false;
        if (name && length < MAX_NAME - 1)
            name[length++] = *json->at;
    }
    json->at++;
    if (name)
        name[length] = '\0';
    return true;
}

/* The members of an object or the elements of an array, up to `close`. */
static bool json_members(struct json *json, char close)
{
    json->at++;
    if (next_char(json) == close) {
        json->at++;
        return true;
    }
    if (json->depth == MAX_DEPTH)
        return false;
    json->depth++;
    for (;;) {
        strcpy(json->name[json->depth - 1], "[]");
        if (close == '}') {
            if (!json_string(json, json->name[json->depth - 1]) || next_char(json) != ':')
                return false;
            json->at++;
        }
        if (!json_value(json))
            return false;
        if (next_char(json) != ',')
            break;
        json->at++;
    }
    if (*json->at != close)
        return false;
    json->at++;
    json->depth--;
    return true;
}

static bool json_value(struct json *json)
{
    static const char *const words[] = { "true", "false", "null" };
    char c = next_char(json);
    char *end;
    double number;

    if (c == '{')
        return json_members(json, '}');
    if (c == '[')
        return json_members(json, ']');
    if (c == '"')
        return json_string(json, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        if (strncmp(json->at, words[i], strlen(words[i])) == 0) {
            json->at += strlen(words[i]);
            return true;
        }
    number = strtod(json->at, &end);
    if (end == json->at)
        return false;
    json->at = end;
    if (json->depth)
        take_number(json, number);
    return true;
}

bool metadata_read(struct metadata *metadata, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct json json = { .metadata = metadata };
    char *text = NULL;
    size_t length = 0, got;
    bool good;

    if (!file) {
        fprintf(stderr, "%s: cannot be opened\n", path);
        return false;
    }
    do {
        char *grown = realloc(text, length + 65537);

        if (!grown)
            break;
        text = grown;
        got = fread(text + length, 1, 65536, file);
        length += got;
    } while (got > 0);
    fclose(file);
    if (!text)
        return false;
    text[length] = '\0';
    json.at = text;
    good = json_value(&json) && next_char(&json) == '\0';
    if (!good)
        fprintf(stderr, "%s: not JSON at byte %zu\n", path, (size_t)(json.at - text));
    free(text);
    return good;
}
