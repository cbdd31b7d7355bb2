/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FCOPYD_HOOK_H
#define HVG_FCOPYD_HOOK_H

/*
 * Runs PostCopyHook= for a file, as a transient unit of systemd: it does not inherit our sandbox, and
 * does not end with us.
 */

#include <systemd/sd-bus.h>

/* -ENOTCONN without a bus. What systemd says later is logged. */
int fcopyd_hook_run(sd_bus *bus, const char *program, const char *path);

#endif
