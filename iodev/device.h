/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/device.h - what every chip has: a class with its tables, and a place in the machine. */
#ifndef IODEV_DEVICE_H
#define IODEV_DEVICE_H

#include "iodev/irq.h"
#include "memory/space.h"
#include "util/clock.h"
#include "util/field.h"
#include "util/log.h"

enum reset {
    RESET_POWER_ON, /* everything */
    RESET_HARD,     /* the RESET line: battery-backed state survives */
};

struct device;

struct device_class {
    const char *name;                 /* "cmos": what the user types */
    const char *title;                /* "MC146818 real-time clock and CMOS RAM" */
    size_t size;                      /* of the struct whose first member is a struct device */
    const struct io_range *ports;     /* I/O ports, or NULL */
    const struct io_range *mmio;      /* physical memory, or NULL */
    const struct field *fields;       /* state rows */
    void (*init)(struct device *dev); /* once, after clock and log are set; may be NULL */
    void (*reset)(struct device *dev, enum reset kind);
    void (*describe)(const struct device *dev, struct out *out); /* `info NAME`; may be NULL */
    /* State was replaced (restore): rebuild what is derived; may be NULL. */
    void (*restored)(struct device *dev);
    void (*destroy)(struct device *dev); /* frees what init allocated, not dev; may be NULL */
};

/* First member of every device struct. */
struct device {
    const struct device_class *class;
    const char *name;    /* class->name, unless the board has several and names them: "com2" */
    struct device *next; /* in order of creation */
    struct clock *clock;
    struct log *log;
};

/* The devices of one machine, in order of creation. */
struct device_list {
    struct device *first;
    struct clock *clock;
    struct log *log;
    struct space *memory;
    struct space *ports;
};

/*
 * Allocate, initialise, map the class's ranges; owned by the list. The board then plugs in the
 * lines and resets all devices.
 */
void *device_create(struct device_list *list, const struct device_class *class);
/* Put its memory ranges over whatever is there, as device_create() did. */
void device_map_memory(struct device_list *list, struct device *dev);
void device_reset_all(struct device_list *list, enum reset kind);
void device_destroy_all(struct device_list *list);
/* By name, else the first of a class of that name; NULL: none. */
struct device *device_find(const struct device_list *list, const char *name);

#endif
