/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_INSIDE_BUS_H
#define HVG_TESTS_HOST_INSIDE_BUS_H

/*
 * The guest's system bus: a dbus-daemon at the usual address, with the usual policy (nothing may
 * be owned or called) and our own (conf/dbus of the source tree).
 */

#include "host/inside/process.h"

/* Returns once it takes connections. */
int bus_start(int log_fd, struct process *ret);
int bus_stop(struct process *bus);

#endif
