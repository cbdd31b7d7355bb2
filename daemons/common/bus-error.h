/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_BUS_ERROR_H
#define HVG_DAEMONS_BUS_ERROR_H

/*
 * Errors on their way over the bus: negative errno <-> org.hvguest.Error.… Daemons use the way
 * there, their clients the way back.
 */

#include <systemd/sd-bus.h>

/* org.hvguest.Error.Failed if the table does not know it. */
const char *hvg_bus_error_name(int error);

/*
 * Sets the error with the name of r and returns r, so that a method handler can return it. Without
 * a format (NULL) the text is that of the errno.
 */
int hvg_bus_error_set(sd_bus_error *error, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Back: negative errno, also for errors of the bus itself; -EIO if nobody knows it, 0 if none is set. */
int hvg_bus_error_get(const sd_bus_error *error);

#endif
