// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * pwrite and fdatasync, again and again, on pages that are allocated already: the cheapest thing
 * that is durable.
 */

#include "disk.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define N_PAGES	   32
#define N_SAMPLES  2000

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void flush_page(int fd, unsigned int i)
{
	static char page[PAGE_BYTES];

	page[0] = (char)i;
	if (pwrite(fd, page, sizeof(page), (off_t)(i % N_PAGES) * PAGE_BYTES) != PAGE_BYTES || fdatasync(fd) < 0)
		err(1, "flush");
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

struct figure disk_time_flush(const char *folder)
{
	static uint64_t samples_ns[N_SAMPLES];
	uint64_t cpu_before_ns, before_ns;
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/flush-XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0 || unlink(path) < 0)
		err(1, "%s", path);
	for (unsigned int i = 0; i < N_PAGES; i++)
		flush_page(fd, i);
	cpu_before_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	for (unsigned int i = 0; i < N_SAMPLES; i++) {
		before_ns = clock_ns(CLOCK_MONOTONIC);
		flush_page(fd, i);
		samples_ns[i] = clock_ns(CLOCK_MONOTONIC) - before_ns;
	}
	cpu_before_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_before_ns;
	close(fd);
	qsort(samples_ns, N_SAMPLES, sizeof(samples_ns[0]), compare);
	return (struct figure){ N_SAMPLES, (double)samples_ns[N_SAMPLES / 2] / 1000,
		(double)cpu_before_ns / N_SAMPLES / 1000 };
}
