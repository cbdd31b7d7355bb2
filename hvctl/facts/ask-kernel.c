// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The kernel's log, and its clocks.
 */

#include "hvctl/facts/asks.h"

#include "hvctl/facts/filter.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/ptp.h"
#include "os/sysinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>

/* The log. */

#define READ_ALL    3  /* SYSLOG_ACTION_READ_ALL of syslog(2) */
#define SIZE_BUFFER 10 /* SYSLOG_ACTION_SIZE_BUFFER */

int ask_log(struct facts *facts)
{
	int size = klogctl(SIZE_BUFFER, NULL, 0);
	_cleanup_free_ char *text = size > 0 ? malloc((size_t)size + 512) : NULL;

	if (size < 0)
		return facts_add(
			facts, FACT_ERROR, "kernel/log", errno == EPERM ? "EPERM" : "EIO");
	if (!text)
		return -ENOMEM;
	size = klogctl(READ_ALL, text, size);
	if (size < 0)
		return facts_add(
			facts, FACT_ERROR, "kernel/log", errno == EPERM ? "EPERM" : "EIO");
	filter_kernel_log(text, (size_t)size);
	return facts_add(facts, FACT_FILE, "kernel/log", text);
}

/* The clock, against the host's. */

#define READINGS 5

/* Of several readings the one that took least time is the best. Positive: our clock is ahead.
 */
static int64_t offset_of(const struct hvg_clock_reading *readings, size_t n)
{
	const struct hvg_clock_reading *best = &readings[0];

	for (size_t i = 1; i < n; i++)
		if (readings[i].after_ns - readings[i].before_ns <
			best->after_ns - best->before_ns)
			best = &readings[i];
	return best->before_ns + (best->after_ns - best->before_ns) / 2 - best->device_ns;
}

static int add_offset(struct facts *facts, const char *node)
{
	_cleanup_close_ int fd = hvg_ptp_open(node);
	struct hvg_clock_reading readings[READINGS];
	int r;

	if (fd < 0)
		return facts_add(facts, FACT_ERROR, "clock/host-offset", strerrorname_np(-fd));
	r = hvg_ptp_read(fd, readings, READINGS);
	if (r < 0)
		return facts_add(facts, FACT_ERROR, "clock/host-offset", strerrorname_np(-r));
	return ask_add(
		facts, "clock/host-offset", "%" PRId64 " ns", offset_of(readings, READINGS));
}

int ask_clock(struct facts *facts)
{
	char node[HVG_PTP_NODE_SIZE];
	uint64_t booted_us;
	int r = 0;

	if (hvg_boot_time(&booted_us) == 0)
		r = ask_add(facts, "clock/boot", "%" PRIu64, booted_us / HVG_USEC_PER_SEC);
	if (r < 0 || hvg_ptp_find("hyperv", node) < 0)
		return r;
	return add_offset(facts, node);
}
