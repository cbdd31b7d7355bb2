/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_INSIDE_LAYER_H
#define HVG_TESTS_HOST_INSIDE_LAYER_H

/*
 * The file system of the guest's world: that of the machine it is made in, under a throw-away layer
 * (overlayfs on tmpfs), furnished as a guest. Everything may be changed and nothing lasts.
 */

#include <stdbool.h>

struct layer_setup {
	const char *state_folder; /* its hyperv and hvguest are those of /var/lib; NULL: tmpfs */
	const char *const *kept;  /* folders of this machine that stay as they are, and NULL */
	bool has_devices;	  /* the machine's devices are the guest's; else it gets a few nodes */
};

/* To be called in namespaces of one's own for mounts, processes and the host's name. */
int layer_enter(const struct layer_setup *setup);

#endif
