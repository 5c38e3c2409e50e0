/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/image_tour.h - the tour kernel as an image that boots from every kind of drive. */
#ifndef MACHINE_IMAGE_TOUR_H
#define MACHINE_IMAGE_TOUR_H

#include "util/buf.h"

/* The bytes of a 1.44 MB diskette. */
void image_tour(struct buf *image);

#endif
