// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * From a bare kernel to a guest with devices.
 */

#include "host/vm/guest/boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RULE	  HVG_SOURCE_DIR "/conf/udev/60-hvguest.rules"
#define RULE_LINK "/run/udev/rules.d/60-hvguest.rules"

static const struct {
	const char *type, *path;
} mounts[] = {
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "devtmpfs", "/dev" },
	{ "tmpfs", "/run" },
	{ "tmpfs", "/tmp" },
};

/* The kernel may have mounted its devices already. */
int boot_mount(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		if (mount("hvguest", mounts[i].path, mounts[i].type, 0, NULL) < 0 &&
			errno != EBUSY) {
			perror(mounts[i].path);
			return -errno;
		}
	return 0;
}

static int load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)) {
		r = -errno;
		perror(path);
	}
	if (fd >= 0)
		close(fd);
	return r;
}

int boot_load_modules(const char *folder)
{
	struct dirent **entries;
	char path[512];
	int n = scandir(folder, &entries, NULL, alphasort), r = 0;

	if (n < 0) {
		perror(folder);
		return -errno;
	}
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (r == 0 && entries[i]->d_name[0] != '.')
			r = load_module(path);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int run(const char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* execv() wants char *const *, and changes nothing */
		(void)execv(argv[0], (char **)(uintptr_t)argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	if (status != 0)
		fprintf(stderr, "%s ended with %#x\n", argv[0], (unsigned int)status);
	return status == 0 ? 0 : -ECHILD;
}

/*
 * Devices that were there before it: told again, for its database. All of that is over before rules change: what
 * udev is busy with when it reads them anew, it never hears of again.
 */
int boot_start_udev(void)
{
	const char *const daemon[] = { "/usr/lib/systemd/systemd-udevd", "--daemon", NULL };
	const char *const trigger[] = { "/usr/bin/udevadm", "trigger", "--action=add",
		"--subsystem-match=vmbus", "--subsystem-match=net", "--subsystem-match=misc", NULL };
	const char *const settle[] = { "/usr/bin/udevadm", "settle", NULL };
	int r;

	(void)mkdir("/run/udev", 0755);
	(void)mkdir("/run/udev/rules.d", 0755);
	r = run(daemon);
	if (r == 0)
		r = run(trigger);
	return r < 0 ? r : run(settle);
}

int boot_install_rule(bool is_wanted)
{
	const char *const reload[] = { "/usr/bin/udevadm", "control", "--reload", NULL };
	int r = is_wanted ? symlink(RULE, RULE_LINK) : unlink(RULE_LINK);

	if (r < 0) /* it is as it should be */
		return errno == EEXIST || errno == ENOENT ? 0 : -errno;
	return run(reload);
}
