// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * guest-tool VERB ARGUMENT…
 */

#include "host/guest/tool.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[]);
	int n_arguments; /* at least */
} verbs[] = {
	{ "alone", tool_alone, 1 },
	{ "clock-marks", tool_clock_marks, 0 },
	{ "compare", tool_compare, 3 },
	{ "device", tool_device, 2 },
	{ "echo", tool_echo, 1 },
	{ "freeze", tool_freeze, 2 },
	{ "fuse", tool_fuse, 3 },
	{ "hold", tool_hold, 2 },
	{ "notified", tool_notified, 1 },
	{ "offsets", tool_offsets, 3 },
	{ "probe", tool_probe, 2 },
	{ "ptp", tool_ptp, 1 },
	{ "put-clock", tool_put_clock, 2 },
	{ "put-rtc", tool_put_rtc, 1 },
	{ "quota", tool_quota, 4 },
	{ "ring-copy", tool_ring_copy, 2 },
};

int main(int argc, char *argv[])
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 >= verbs[i].n_arguments)
			return verbs[i].run(argc - 2, argv + 2);
	fprintf(stderr,
		"usage: guest-tool alone PROGRAM ARGUMENT... | clock-marks | compare FILE FROM BYTES | device PATH STEP... |"
		" echo PATH | freeze FOLDER SECONDS | fuse DISK FOLDER opens|fails | hold flock|fcntl FILE | notified SOCKET |"
		" offsets NAME COUNT MILLISECONDS | probe MICROSECONDS FOLDER... | ptp NAME |"
		" put-clock NAME MICROSECONDS | put-rtc SECONDS | quota FOLDER user|project ID BYTES |"
		" ring-copy SOCKET FILE\n");
	return 2;
}
