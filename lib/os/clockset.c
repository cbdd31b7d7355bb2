// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * TFD_TIMER_CANCEL_ON_SET: whenever CLOCK_REALTIME jumps, read() fails with ECANCELED once
 * (fs/timerfd.c). Clocks that are steered are not set.
 */

#include "os/clockset.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/timerfd.h>

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

/* As late as the kernel knows: KTIME_SEC_MAX of <linux/ktime.h>. */
#define NEVER_S     INT64_C(9223372036)

static int arm(int fd)
{
	struct itimerspec never = { .it_value.tv_sec = NEVER_S };

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) <
			0
		? -errno
		: 0;
}

int hvg_clockset_open(void)
{
	_cleanup_close_ int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = arm(fd);
	return r < 0 ? r : hvg_take_fd(&fd);
}

int hvg_clockset_read(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) >= 0 || errno == EAGAIN)
		return 0;
	if (errno != ECANCELED)
		return -errno;
	(void)arm(fd); /* it can fail only for arguments, and these were good before */
	return 1;
}

void hvg_clocksource_name(char ret[static HVG_CLOCKSOURCE_SIZE])
{
	_cleanup_close_ int fd = open(CLOCKSOURCE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, HVG_CLOCKSOURCE_SIZE - 1);

	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}
