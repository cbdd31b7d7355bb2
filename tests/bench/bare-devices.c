// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The floor under `hvctl devices`: without an argument, what any program costs that is linked
 * with the C library; with "read", it reads what is shown of each VMBus device, and makes nothing
 * of it.
 */

#include "base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char bytes[4096];

static void read_file(int folder, const char *name)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, bytes, sizeof(bytes)) < 0)
		exit(EXIT_FAILURE);
}

static void read_device(int devices, const char *name)
{
	_cleanup_close_ int device = openat(devices, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	read_file(device, "class_id");
	read_file(device, "state");
	read_file(device, "channel_vp_mapping");
	if (readlinkat(device, "driver", bytes, sizeof(bytes)) < 0)
		exit(EXIT_FAILURE);
}

static int read_devices(void)
{
	DIR *devices = opendir("/sys/bus/vmbus/devices");
	struct dirent *entry;

	if (!devices)
		return EXIT_FAILURE;
	while ((entry = readdir(devices)))
		if (entry->d_name[0] != '.')
			read_device(dirfd(devices), entry->d_name);
	(void)closedir(devices);
	return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	return argc > 1 && strcmp(argv[1], "read") == 0 ? read_devices() : EXIT_SUCCESS;
}
