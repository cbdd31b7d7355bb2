// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Programs that write, as a freeze makes them wait: a thread for each folder appends a byte again and
 * again, and remembers its longest wait. At SIGTERM it prints from when to when any of them waited
 * that long: the window of a freeze, whoever froze.
 */

#include "host/guest/tool.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static useconds_t interval_us;
static bool is_over;

struct probe {
	int folder_fd;
	pthread_t thread;
	uint64_t begin_us, end_us; /* of the longest wait */
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void *run(void *userdata)
{
	struct probe *probe = userdata;
	int fd = openat(probe->folder_fd, ".probe", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	while (fd >= 0 && !__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		uint64_t begin_us = now_us(), end_us;

		if (write(fd, "x", 1) != 1)
			break;
		end_us = now_us();
		if (end_us - begin_us > probe->end_us - probe->begin_us) {
			probe->begin_us = begin_us;
			probe->end_us = end_us;
		}
		usleep(interval_us);
	}
	return NULL;
}

/* Who waited for less than half as long waited for something else. */
static void print_window(const struct probe *probes, int n)
{
	uint64_t longest_us = 0, begin_us = UINT64_MAX, end_us = 0;

	for (int i = 0; i < n; i++)
		if (probes[i].end_us - probes[i].begin_us > longest_us)
			longest_us = probes[i].end_us - probes[i].begin_us;
	for (int i = 0; i < n; i++) {
		if (2 * (probes[i].end_us - probes[i].begin_us) < longest_us)
			continue;
		begin_us = probes[i].begin_us < begin_us ? probes[i].begin_us : begin_us;
		end_us = probes[i].end_us > end_us ? probes[i].end_us : end_us;
	}
	printf("window %llu us\n", (unsigned long long)(end_us > begin_us ? end_us - begin_us : 0));
}

int tool_probe(int argc, char *argv[])
{
	int n = argc - 1, signal;
	struct probe *probes = calloc((size_t)n, sizeof(*probes));
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	interval_us = (useconds_t)strtoul(argv[0], NULL, 10);
	for (int i = 0; i < n; i++) {
		probes[i].folder_fd = open(argv[i + 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (probes[i].folder_fd < 0 || pthread_create(&probes[i].thread, NULL, run, &probes[i]) != 0) {
			perror(argv[i + 1]);
			return 1;
		}
	}
	printf("probing\n");
	sigwait(&term, &signal);
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < n; i++)
		pthread_join(probes[i].thread, NULL);
	print_window(probes, n);
	return 0;
}
