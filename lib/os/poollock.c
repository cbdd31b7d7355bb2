// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Neither lock can be waited for with a limit, so both are tried again and again, less and less
 * often: holders that behave are done within a millisecond.
 */

#include "os/poollock.h"

#include "base/units.h"
#include "os/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PAUSE_US UINT64_C(200)
#define LONGEST_PAUSE_US UINT64_C(20000)

/* Start 0 and length 0: the whole file, however long it becomes. */
static int set_record_lock(int fd, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &lock) < 0 ? -errno : 0;
}

static int try_flock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int try_record_lock(int fd)
{
	return set_record_lock(fd, F_WRLCK);
}

static void pause_us(uint64_t us)
{
	struct timespec time = { .tv_nsec = (long)(us * HVG_NSEC_PER_USEC) };

	(void)nanosleep(&time, NULL);
}

static int keep_trying(int (*try_lock)(int fd), int fd, uint64_t deadline_us)
{
	uint64_t pause = FIRST_PAUSE_US;
	int r;

	/* A held record lock is EAGAIN or EACCES, by POSIX. */
	while (r = try_lock(fd), r == -EWOULDBLOCK || r == -EACCES || r == -EINTR) {
		if (hvg_clock_now_us() >= deadline_us)
			return -ETIMEDOUT;
		pause_us(pause);
		pause = HVG_MIN(pause * 2, LONGEST_PAUSE_US);
	}
	return r;
}

int hvg_poollock_take(int fd, uint64_t deadline_us)
{
	int r;

	r = keep_trying(try_flock, fd, deadline_us);
	if (r < 0)
		return r;
	r = keep_trying(try_record_lock, fd, deadline_us);
	if (r < 0)
		(void)flock(fd, LOCK_UN);
	return r;
}

void hvg_poollock_release(int fd)
{
	(void)set_record_lock(fd, F_UNLCK);
	(void)flock(fd, LOCK_UN);
}
