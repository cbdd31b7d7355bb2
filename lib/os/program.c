// SPDX-License-Identifier: LGPL-2.1-or-later

#include "os/program.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/mounts.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int find(const char *name, char ret[static PATH_MAX])
{
	static const char *const folders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };

	for (size_t i = 0; i < HVG_ELEMENTS(folders); i++) {
		(void)snprintf(ret, PATH_MAX, "%s/%s", folders[i], name);
		if (access(ret, X_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

bool hvg_program_exists(const char *name)
{
	char path[PATH_MAX];

	return find(name, path) == 0;
}

/* Memory as a file with that text, to be read from its beginning. */
static int file_of(const char *text)
{
	_cleanup_close_ int fd = memfd_create("hvguest-program", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return -EIO;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return hvg_take_fd(&fd);
}

static int spawn(char *const argv[], int input, int output, pid_t *ret)
{
	static char path_is[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale_is[] = "LC_ALL=C";
	char *environment[] = { path_is, locale_is, NULL }, path[PATH_MAX];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = find(argv[0], path);

	if (r < 0)
		return r;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setpgroup(&attributes, 0);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	if (r == 0) /* LVM complains of whatever else there is */
		r = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	if (r == 0)
		r = posix_spawn(ret, path, &actions, &attributes, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	return -r;
}

static int wait_for(pid_t process)
{
	int status;

	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int hvg_program_run(char *const argv[], const char *input, char **ret_said)
{
	_cleanup_close_ int in = file_of(input ? input : ""), out = file_of("");
	char *said, path[64];
	pid_t process;
	size_t size;
	int r, status;

	if (in < 0 || out < 0)
		return in < 0 ? in : out;
	r = spawn(argv, in, out, &process);
	if (r < 0)
		return r;
	status = wait_for(process);
	if (status < 0)
		return status;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", out);
	r = hvg_file_read(path, &said, &size);
	if (r < 0)
		return r;
	*ret_said = said;
	return status;
}
