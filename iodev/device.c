/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/device.c - the devices of one machine. */
#include "iodev/device.h"

#include <stdlib.h>
#include <string.h>

void *device_create(struct device_list *list, const struct device_class *class)
{
    struct device *dev = xcalloc(1, class->size);
    struct device **link;
    const struct io_range *range;

    dev->class = class;
    dev->name = class->name;
    dev->clock = list->clock;
    dev->log = list->log;
    for (link = &list->first; *link; link = &(*link)->next)
        ;
    *link = dev;
    if (class->init)
        class->init(dev);
    for (range = class->ports; range && range->count; range++)
        space_add_device(list->ports, range, dev, dev->name);
    device_map_memory(list, dev);
    return dev;
}

void device_map_memory(struct device_list *list, struct device *dev)
{
    for (const struct io_range *range = dev->class->mmio; range && range->count; range++)
        space_add_device(list->memory, range, dev, dev->name);
}

void device_reset_all(struct device_list *list, enum reset kind)
{
    for (struct device *dev = list->first; dev; dev = dev->next) {
        if (dev->class->reset)
            dev->class->reset(dev, kind);
    }
}

void device_destroy_all(struct device_list *list)
{
    while (list->first) {
        struct device *dev = list->first;

        list->first = dev->next;
        if (dev->class->destroy)
            dev->class->destroy(dev);
        free(dev);
    }
}

struct device *device_find(const struct device_list *list, const char *name)
{
    for (struct device *dev = list->first; dev; dev = dev->next) {
        if (!strcmp(dev->name, name))
            return dev;
    }
    for (struct device *dev = list->first; dev; dev = dev->next) {
        if (!strcmp(dev->class->name, name))
            return dev;
    }
    return NULL;
}
