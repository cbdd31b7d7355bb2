/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_INSIDE_NETWORK_H
#define HVG_TESTS_HOST_INSIDE_NETWORK_H

/* The guest's network: one adapter with fixed addresses (host.h), leading nowhere. */

int network_set_up(void); /* makes the adapter, too */

/*
 * The adapter is there, or will be in a moment, under any name; and whatever a former scenario has
 * made. -ENODEV: it does not come.
 */
int network_reset(void);

#endif
