/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DEVICES_H
#define HVG_HVCTL_DEVICES_H

/* What the three faces of hvctl devices share. */

#include "hvctl/facts/guest.h"
#include "hvctl/hvctl.h"

/* "open", "closed", "no driver"; "ignored", which is as it should be. */
const char *devices_state(const struct device *device);

/* "" for -1, which is unknown. */
void devices_number(int64_t number, char ret[static 24]);

int devices_print_full(const struct guest *guest);
int devices_print_json(const struct guest *guest);
int devices_print_tree(struct hvctl *hvctl, const struct guest *guest);

#endif
