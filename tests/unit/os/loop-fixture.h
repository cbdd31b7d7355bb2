/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_OS_LOOP_FIXTURE_H
#define HVG_TESTS_UNIT_OS_LOOP_FIXTURE_H

/*
 * File systems of a test's own, that may be frozen: images in memory on loop devices, mounted in a
 * namespace that ends with the test. Nothing else may: a frozen superblock is frozen for everybody.
 */

#include "format/mountinfo.h"

/* Whether this machine lets us have any (root, loop devices). */
bool hvg_loops_work(void);

/* In a sandbox (CLONE_NEWNS): makes an image of some MiB with mkfs, mounts it at folder. */
void hvg_loop_mount(const char *folder, const char *mkfs, unsigned int mib);

/* This process's mounts; they live until the next call but three. */
size_t hvg_loop_mounts(const struct hvg_mount **ret);

/* The one of them at that folder, checked to be on a loop device. */
struct hvg_mount hvg_loop_find(const char *folder);

#endif
