// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Programs of the guest. Everything that may fail with a word is done before fork(), because
 * the child of a process with threads may only make system calls.
 */

#include "host/inside/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ENVIRONMENT 32
#define MAX_GROUPS	16

static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"LANG=C.UTF-8",
};

/* What the child needs, ready made. */
struct plan {
	const struct guest_command *command;
	const char *environment[MAX_ENVIRONMENT];
	uid_t uid;
	gid_t gid, groups[MAX_GROUPS];
	int n_groups;
	int input_fd, output_fd;
};

static int plan_user(struct plan *plan)
{
	const struct passwd *user;

	if (!plan->command->user)
		return 0;
	user = getpwnam(plan->command->user);
	if (!user)
		return -ENOENT;
	plan->uid = user->pw_uid;
	plan->gid = user->pw_gid;
	plan->n_groups = MAX_GROUPS;
	return getgrouplist(user->pw_name, user->pw_gid, plan->groups, &plan->n_groups) < 0 ? -E2BIG : 0;
}

static void plan_environment(struct plan *plan)
{
	const char *const *more = plan->command->environment;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
		plan->environment[n++] = environment[i];
	while (more && *more && n < MAX_ENVIRONMENT - 1)
		plan->environment[n++] = *more++;
	plan->environment[n] = NULL;
}

static void run(const struct plan *plan) __attribute__((noreturn));

static void run(const struct plan *plan)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	if (dup2(plan->input_fd, STDIN_FILENO) < 0 ||
		dup2(plan->output_fd, STDOUT_FILENO) < 0 ||
		dup2(plan->output_fd, STDERR_FILENO) < 0 ||
		(plan->uid &&
			(setgroups((size_t)plan->n_groups, plan->groups) < 0 || setgid(plan->gid) < 0 ||
				setuid(plan->uid) < 0)))
		_exit(126);
	/* execvpe() wants char *const *, and changes nothing */
	(void)execvpe(plan->command->argv[0], (char **)(uintptr_t)plan->command->argv,
		(char **)(uintptr_t)plan->environment);
	_exit(127);
}

int process_start(const struct guest_command *command, int log_fd, struct process *ret)
{
	struct plan plan = { .command = command };
	pid_t pid;
	int r = plan_user(&plan);

	if (r < 0)
		return r;
	plan_environment(&plan);
	plan.input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	plan.output_fd = command->talks_to_log ? fcntl(log_fd, F_DUPFD_CLOEXEC, 3)
					       : memfd_create("output", MFD_CLOEXEC);
	pid = plan.input_fd >= 0 && plan.output_fd >= 0 ? fork() : -1;
	if (pid == 0)
		run(&plan);
	r = pid < 0 ? -errno : 0;
	if (plan.input_fd >= 0)
		close(plan.input_fd);
	if (r < 0 && plan.output_fd >= 0)
		close(plan.output_fd);
	if (r < 0)
		return r;
	*ret = (struct process){ .pid = pid, .output_fd = plan.output_fd };
	return 0;
}

int process_wait(struct process *process, uint64_t patience_us)
{
	struct pollfd fd = { .events = POLLIN };
	int r;

	if (process->has_ended)
		return process->status;
	fd.fd = pidfd_open(process->pid, 0);
	if (fd.fd < 0)
		return -errno;
	r = poll(&fd, 1, (int)((patience_us + 999) / 1000));
	close(fd.fd);
	if (r <= 0)
		return -ETIMEDOUT;
	if (waitpid(process->pid, &process->status, 0) < 0)
		return -errno;
	process->has_ended = true;
	return process->status;
}

int process_signal(const struct process *process, int signal)
{
	if (process->has_ended)
		return -ESRCH;
	return kill(process->pid, signal) < 0 ? -errno : 0;
}

int process_read_all(int fd, char **ret, size_t *ret_size)
{
	size_t size = 0, room = 0;
	char *text = NULL, *more;
	ssize_t n = 1;

	while (n > 0) {
		if (room - size < 2) {
			room = room ? 2 * room : 4096;
			more = realloc(text, room);
			if (!more) {
				free(text);
				return -ENOMEM;
			}
			text = more;
		}
		n = pread(fd, text + size, room - size - 1, (off_t)size);
		size += n > 0 ? (size_t)n : 0;
	}
	if (n < 0) {
		free(text);
		return -errno;
	}
	text[size] = '\0';
	*ret = text;
	if (ret_size)
		*ret_size = size;
	return 0;
}
