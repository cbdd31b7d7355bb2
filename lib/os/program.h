/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_PROGRAM_H
#define HVG_OS_PROGRAM_H

/*
 * A tool of the system that runs for somebody at a terminal: a child of ours, without a shell,
 * from the system's own folders, and with nothing of our environment. Daemons have systemd
 * start their programs.
 */

#include <stdbool.h>

bool hvg_program_exists(const char *name);

/*
 * Runs argv[0], a name without '/', and waits for its end. It reads input (NULL: nothing), and
 * ret_said is what it wrote to stdout and stderr, for the caller to free. It is in a process
 * group of its own, so that Ctrl-C ends us and not what it has half done. Its exit status, 128
 * and more if a signal ended it; -ENOENT if there is no such program.
 */
int hvg_program_run(char *const argv[], const char *input, char **ret_said);

#endif
