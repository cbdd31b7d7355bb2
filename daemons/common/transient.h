/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_COMMON_TRANSIENT_H
#define HVG_COMMON_TRANSIENT_H

/*
 * What StartTransientUnit of systemd is told in the same way by all who call it.
 */

#include <systemd/sd-bus.h>

/* The property ExecStart= with one command, whose failure is one: argv[0], a path, with its arguments up to NULL. */
int hvg_transient_append_command(sd_bus_message *message, const char *const argv[]);

#endif
