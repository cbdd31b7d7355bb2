// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host shows no reason when a backup fails, but it reads the guest's key-value pairs. hv-kvpd writes
 * them: one writer, which knows the locks, in a process that may wait for the disk. Nobody starts it for
 * this, and nobody waits for it.
 */

#include "hv-vssd/vssd.h"

#include "base/units.h"
#include "base/utf16.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define NAME	  "org.hvguest.Kvp1"
#define PATH	  "/org/hvguest/Kvp1"
#define INTERFACE "org.hvguest.Kvp1"

#define VALUE_SIZE 512

/* The bus takes nothing but UTF-8: what a mount point is called may be anything, and may have been cut. */
static void set(sd_bus *bus, const char *key, const char *value)
{
	sd_bus_message *message = NULL;
	char clean[VALUE_SIZE];
	int r;

	(void)hvg_utf8_fit(value, HVG_UTF8_TO_NUL, SIZE_MAX, clean, sizeof(clean));
	r = sd_bus_message_new_method_call(bus, &message, NAME, PATH, INTERFACE, "Set");
	if (r >= 0)
		r = sd_bus_message_set_auto_start(message, false);
	if (r >= 0)
		r = sd_bus_message_set_expect_reply(message, false);
	if (r >= 0)
		r = sd_bus_message_append(message, "sss", "guest", key, clean);
	if (r >= 0)
		(void)sd_bus_send(bus, message, NULL);
	(void)sd_bus_message_unref(message);
}

static void set_time(sd_bus *bus, uint64_t realtime_us)
{
	time_t seconds = (time_t)(realtime_us / HVG_USEC_PER_SEC);
	char value[VALUE_SIZE];
	struct tm utc;

	if (!gmtime_r(&seconds, &utc) || strftime(value, sizeof(value), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		return;
	set(bus, "HvguestBackupTime", value);
}

static void set_skipped(sd_bus *bus, const struct vssd_report *report)
{
	char value[VALUE_SIZE] = "";
	size_t used = 0;

	for (size_t i = 0; i < report->n && used < sizeof(value) - 1; i++)
		if (report->fs[i].is_missed)
			used += (size_t)snprintf(value + used, sizeof(value) - used, "%s%s", used > 0 ? " " : "",
				report->fs[i].point);
	set(bus, "HvguestBackupSkipped", value);
}

void vssd_publish(struct vssd *vssd, const struct vssd_report *report)
{
	sd_bus *bus = hvg_bus_get(vssd->bus);
	char frozen[32];

	if (!bus || !vssd->settings.publishes)
		return;
	(void)snprintf(frozen, sizeof(frozen), "%" PRIu64, report->window_us / HVG_USEC_PER_MSEC);
	set_time(bus, report->begin_realtime_us);
	set(bus, "HvguestBackupResult", vssd_result_name(report->result));
	set(bus, "HvguestBackupReason", report->reason);
	set(bus, "HvguestBackupFrozenMs", frozen);
	set_skipped(bus, report);
}
