/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_OS_SANDBOX_H
#define HVG_TESTS_UNIT_OS_SANDBOX_H

/*
 * Namespaces of a test's own. libcheck runs each test in a process of its own, so they end with it;
 * nothing of the machine is touched.
 */

#include <stddef.h>

/*
 * Enters new namespaces (CLONE_NEW...). With CLONE_NEWNS, mounts become private and /run is an empty
 * folder to work in. Without root it takes a user namespace more. Failure fails the test.
 */
void hvg_sandbox_enter(int namespaces);

/* Runs a shell command that must succeed. */
void hvg_sandbox_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Creates a folder, and those above it. */
void hvg_sandbox_mkdir(const char *path);

/* Creates or overwrites a file, and creates the folders above it. */
void hvg_sandbox_write(const char *path, const char *content);

/*
 * Calls deed(data) in a child and traces it. Returns how many system calls it made; the numbers of
 * the first max_calls of them go to ret_calls.
 */
size_t hvg_sandbox_trace(void (*deed)(void *data), void *data, long *ret_calls, size_t max_calls);

#endif
