// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The guest's clocks: a PTP clock, found by the name that its driver gives it; the system's,
 * compared with that one and put as far from it as a test wants; and the hardware's.
 */

#include "host/guest/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ptp_clock.h>
#include <linux/rtc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLOCKS   16
#define N_READINGS   10

#define NSEC_PER_SEC INT64_C(1000000000)

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

static int open_clock(const char *name)
{
	char path[64];

	for (unsigned int i = 0; i < MAX_CLOCKS; i++) {
		if (!is_named(i, name))
			continue;
		(void)snprintf(path, sizeof(path), "/dev/ptp%u", i);
		return open(path, O_RDONLY | O_CLOEXEC);
	}
	errno = ENOENT;
	return -1;
}

static int complain(void)
{
	printf("%s\n", strerrorname_np(errno));
	return 1;
}

int tool_ptp(int argc, char *argv[])
{
	int fd = open_clock(argv[0]);
	struct timespec time;

	if (fd < 0 || clock_gettime(CLOCK_OF(fd), &time) < 0)
		return complain();
	printf("%lld\n", (long long)time.tv_sec);
	return 0;
}

struct reading {
	int64_t offset_ns, delay_ns; /* system clock minus PTP clock; how long it took */
};

static int64_t nanoseconds(struct ptp_clock_time time)
{
	return (int64_t)time.sec * NSEC_PER_SEC + (int64_t)time.nsec;
}

/* The quickest of some. */
static int read_clocks(int fd, struct reading *ret)
{
	struct ptp_sys_offset offset = { .n_samples = N_READINGS };

	if (ioctl(fd, PTP_SYS_OFFSET, &offset) < 0)
		return -1;
	for (unsigned int i = 0; i < N_READINGS; i++) {
		int64_t before_ns = nanoseconds(offset.ts[2 * i]);
		int64_t delay_ns = nanoseconds(offset.ts[2 * i + 2]) - before_ns;

		if (i > 0 && delay_ns >= ret->delay_ns)
			continue;
		ret->offset_ns = before_ns + delay_ns / 2 - nanoseconds(offset.ts[2 * i + 1]);
		ret->delay_ns = delay_ns;
	}
	return 0;
}

static double uptime_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int tool_offsets(int argc, char *argv[])
{
	unsigned long n = strtoul(argv[1], NULL, 10), period_ms = strtoul(argv[2], NULL, 10);
	struct timespec period = { (time_t)(period_ms / 1000),
		(long)(period_ms % 1000) * 1000000 };
	int fd = open_clock(argv[0]);
	struct reading reading;

	if (fd < 0)
		return complain();
	for (unsigned long i = 0; i < n; i++) {
		if (read_clocks(fd, &reading) < 0)
			return complain();
		printf("%.6f %" PRId64 " %" PRId64 "\n", uptime_s(), reading.offset_ns,
			reading.delay_ns);
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &period, NULL);
	}
	return 0;
}

/* As at boot: a rate that nobody has corrected, and a time that nobody vouches for. */
int tool_put_clock(int argc, char *argv[])
{
	int64_t offset_us = strtoll(argv[1], NULL, 10);
	struct timex timex = {
		.modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_STATUS,
		.tick = 10000,
		.status = STA_UNSYNC,
	};
	int fd = open_clock(argv[0]);
	struct timespec now;
	struct reading reading;
	int64_t ns;

	if (fd < 0 || adjtimex(&timex) < 0 || read_clocks(fd, &reading) < 0)
		return complain();
	(void)clock_gettime(CLOCK_REALTIME, &now);
	ns = now.tv_sec * NSEC_PER_SEC + now.tv_nsec - reading.offset_ns + offset_us * 1000;
	now = (struct timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
	return clock_settime(CLOCK_REALTIME, &now) < 0 ? complain() : 0;
}

int tool_clock_marks(int argc, char *argv[])
{
	struct timex timex = { .modes = 0 };

	if (adjtimex(&timex) < 0)
		return complain();
	printf("%s, %.3f ppm, off by %ld us, at most %ld us\n",
		timex.status & STA_UNSYNC ? "not vouched for" : "synchronised",
		(double)timex.freq / 65536 + (double)(timex.tick - 10000) * 100, timex.esterror,
		timex.maxerror);
	return 0;
}

int tool_put_rtc(int argc, char *argv[])
{
	time_t seconds = strtoll(argv[0], NULL, 10);
	int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);
	struct rtc_time time;
	struct tm tm;

	if (fd < 0 || !gmtime_r(&seconds, &tm))
		return complain();
	time = (struct rtc_time){ tm.tm_sec, tm.tm_min, tm.tm_hour, tm.tm_mday, tm.tm_mon,
		tm.tm_year, tm.tm_wday, tm.tm_yday, 0 };
	return ioctl(fd, RTC_SET_TIME, &time) < 0 ? complain() : 0;
}
