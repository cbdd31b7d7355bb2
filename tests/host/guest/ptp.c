// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The time of a PTP clock, in seconds since 1970, found by the name that its driver gives it.
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLOCKS 16

/* FD_TO_CLOCKID of linux/posix-timers.h, as clock_gettime(2) tells it */
#define CLOCK_OF(fd) ((clockid_t)((~(unsigned int)(fd) << 3) | 3))

static bool is_named(unsigned int number, const char *name)
{
	char path[64], found[64] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/sys/class/ptp/ptp%u/clock_name", number);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(found, sizeof(found), file))
		found[0] = '\0';
	(void)fclose(file);
	found[strcspn(found, "\n")] = '\0';
	return strcmp(found, name) == 0;
}

static int print(unsigned int number)
{
	char path[64];
	struct timespec time;
	int fd, r;

	(void)snprintf(path, sizeof(path), "/dev/ptp%u", number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -1 : clock_gettime(CLOCK_OF(fd), &time);
	if (r < 0)
		printf("%s\n", strerrorname_np(errno));
	else
		printf("%lld\n", (long long)time.tv_sec);
	if (fd >= 0)
		close(fd);
	return r < 0;
}

int tool_ptp(int argc, char *argv[])
{
	for (unsigned int i = 0; i < MAX_CLOCKS; i++)
		if (is_named(i, argv[0]))
			return print(i);
	printf("no such clock\n");
	return 1;
}
