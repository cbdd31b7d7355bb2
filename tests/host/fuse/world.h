/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_WORLD_H
#define HVG_TESTS_HOST_FUSE_WORLD_H

/*
 * The guest's world: a copy of this machine in which everything may be changed and nothing
 * lasts. Own namespaces for mounts, network, processes, host name and IPC; the file system is
 * this machine's under a throw-away layer (overlayfs on tmpfs).
 */

struct world_setup {
	const char *state_folder; /* its hyperv and hvguest are those of /var/lib; NULL: tmpfs */
	const char *const *kept;  /* folders of this machine that stay as they are, and NULL */
	unsigned int time_limit_s;
	int log_fd; /* shown if the world ends badly */
};

/*
 * Returns in a new process, the first one of the new world. The caller itself waits for that
 * one and ends as it ends; it is stopped after the time limit. Needs root.
 */
int world_enter(const struct world_setup *setup);

#endif
