// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Long output on a terminal goes through $PAGER, or less if there is one. The pager is a child that
 * reads what we print from a pipe; what we print is still for the terminal.
 */

#include "hvctl/hvctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WIDTH 80 /* of a terminal that does not tell */

static pid_t pager;
static unsigned int pager_width; /* of the terminal that it has */

static unsigned int width_of_stdout(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
									       : WIDTH;
}

unsigned int hvctl_terminal_width(void)
{
	return pager > 0 ? pager_width : width_of_stdout();
}

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
	pager_width = width_of_stdout();
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
