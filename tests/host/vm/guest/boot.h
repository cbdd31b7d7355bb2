/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_GUEST_BOOT_H
#define HVG_TESTS_HOST_VM_GUEST_BOOT_H

/* What an init does once: file systems, modules, udev. What fails is said on the console. */

#include <stdbool.h>

int boot_mount(void);

/* Those of the folder, in the order of their names. */
int boot_load_modules(const char *folder);

int boot_start_udev(void);

/* Our rule is there, or not. Nodes that are there already stay as they are. */
int boot_install_rule(bool is_wanted);

#endif
