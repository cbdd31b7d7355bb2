// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Long output on a terminal goes through $PAGER, or less if there is one. The pager is a child that
 * reads what we print from a pipe.
 */

#include "hvctl/hvctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pager;

static void become_pager(int input)
{
	const char *wanted = getenv("HVCTL_PAGER");

	if (!wanted)
		wanted = getenv("PAGER");
	dup2(input, STDIN_FILENO);
	(void)setenv("LESS", "FRSXMK", 0);
	if (wanted && *wanted)
		execlp("sh", "sh", "-c", wanted, NULL);
	execlp("less", "less", NULL);
	execlp("cat", "cat", NULL);
	_exit(127);
}

void hvctl_pager_begin(struct hvctl *hvctl)
{
	int ends[2];

	if (!hvctl->pager || hvctl->json || !isatty(STDOUT_FILENO))
		return;
	if (pipe(ends) < 0)
		return;
	fflush(stdout);
	pager = fork();
	if (pager == 0) {
		close(ends[1]);
		become_pager(ends[0]);
	}
	if (pager > 0)
		dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
}

void hvctl_pager_end(struct hvctl *hvctl)
{
	if (pager <= 0)
		return;
	fflush(stdout);
	fclose(stdout);
	(void)waitpid(pager, NULL, 0);
	pager = 0;
}
