// SPDX-License-Identifier: LGPL-2.1-or-later

/* From stat(2), and from the clock that file times come from. */

#include "os/poolstamp.h"

#include "base/units.h"
#include "os/clock.h"

#include <errno.h>
#include <sys/stat.h>

/* Two ticks of the slowest kernel clock (CONFIG_HZ=100): file times are of the last tick. */
#define TICKS_US INT64_C(20000)

/* A file from the future, by more than a clock can be off between two looks at it. */
#define FUTURE_US INT64_C(1000000)

static int64_t age_us(const struct timespec *time)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)(now.tv_sec - time->tv_sec) * (int64_t)HVG_USEC_PER_SEC +
	       (now.tv_nsec - time->tv_nsec) / (int64_t)HVG_NSEC_PER_USEC;
}

static bool is_young(const struct timespec *changed)
{
	int64_t age = age_us(changed);

	return age > -FUTURE_US && age < TICKS_US;
}

static int from_stat(const struct stat *st, struct hvg_poolstamp *ret)
{
	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (!S_ISREG(st->st_mode))
		return -EBADFD;
	*ret = (struct hvg_poolstamp){
		.is_there = true,
		.device = st->st_dev,
		.inode = st->st_ino,
		.size_bytes = (uint64_t)st->st_size,
		.written = st->st_mtim,
		.changed = st->st_ctim,
		.young_until_us = is_young(&st->st_ctim) ? hvg_clock_now_us() + TICKS_US : 0,
	};
	return 0;
}

int hvg_poolstamp_of_path(const char *path, struct hvg_poolstamp *ret)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno != ENOENT)
			return -errno;
		*ret = (struct hvg_poolstamp){ 0 };
		return 0;
	}
	return from_stat(&st, ret);
}

int hvg_poolstamp_of_fd(int fd, struct hvg_poolstamp *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return from_stat(&st, ret);
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int hvg_poolstamp_set_own(int fd, struct hvg_poolstamp *ret)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	int r;

	(void)clock_gettime(CLOCK_REALTIME, &times[1]);
	(void)futimens(fd, times);
	r = hvg_poolstamp_of_fd(fd, ret);
	if (r == 0 && is_same_time(&ret->written, &times[1]))
		ret->young_until_us = 0;
	return r;
}

bool hvg_poolstamp_is_same_file(const struct hvg_poolstamp *a, const struct hvg_poolstamp *b)
{
	return a->is_there == b->is_there && a->device == b->device && a->inode == b->inode;
}

bool hvg_poolstamp_is_equal(const struct hvg_poolstamp *a, const struct hvg_poolstamp *b)
{
	return hvg_poolstamp_is_same_file(a, b) && a->size_bytes == b->size_bytes &&
	       is_same_time(&a->written, &b->written) && is_same_time(&a->changed, &b->changed);
}

bool hvg_poolstamp_holds(const struct hvg_poolstamp *known, const struct hvg_poolstamp *now)
{
	if (!hvg_poolstamp_is_equal(known, now))
		return false;
	return known->young_until_us == 0 || hvg_clock_now_us() < known->young_until_us;
}
