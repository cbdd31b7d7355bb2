// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The report is its JSON: rows are objects in an array, and the ratios are found by looking there.
 */

#include "report.h"

#include <err.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct report {
	json_t *rows, *idle;
};

struct report *report_new(void)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		err(1, "report");
	report->rows = json_array();
	report->idle = json_array();
	printf("%-8s %7s  %-18s %10s %10s %7s\n", "subject", "records", "operation", "median us",
		"CPU us", "n");
	return report;
}

void report_add(struct report *report, const struct subject *subject, unsigned int n_records,
	const char *operation, const struct figure *figure)
{
	printf("%-8s %7u  %-18s %10.1f %10.1f %7lu\n", subject->name, n_records, operation,
		figure->median_us, figure->cpu_us, (unsigned long)figure->n);
	(void)fflush(stdout);
	(void)json_array_append_new(report->rows,
		json_pack("{ss si ss sf sf sI}", "subject", subject->name, "records", (int)n_records,
			"operation", operation, "median_us", figure->median_us, "cpu_us",
			figure->cpu_us, "n", (json_int_t)figure->n));
}

void report_add_idleness(struct report *report, const struct subject *subject,
	const struct idleness *idleness)
{
	printf("%-8s  start %8.0f us, private dirty %5lu KiB, proportional %5lu KiB, %lu wakeups in %u s\n",
		subject->name, idleness->start_us, idleness->private_dirty_kib, idleness->pss_kib,
		idleness->wakeups, idleness->seconds);
	(void)fflush(stdout);
	(void)json_array_append_new(report->idle,
		json_pack("{ss sf sI sI sI sI si}", "subject", subject->name, "start_us",
			idleness->start_us, "private_dirty_kib", (json_int_t)idleness->private_dirty_kib,
			"pss_kib", (json_int_t)idleness->pss_kib, "rss_kib",
			(json_int_t)idleness->rss_kib, "wakeups", (json_int_t)idleness->wakeups,
			"seconds", (int)idleness->seconds));
}

static bool is_about(const json_t *row, const char *subject, const json_t *like)
{
	return strcmp(json_string_value(json_object_get(row, "subject")), subject) == 0 &&
		json_equal(json_object_get(row, "records"), json_object_get(like, "records")) &&
		json_equal(json_object_get(row, "operation"), json_object_get(like, "operation"));
}

static const json_t *find(const struct report *report, const char *subject, const json_t *like)
{
	const json_t *row;
	size_t i;

	json_array_foreach(report->rows, i, row)
		if (is_about(row, subject, like))
			return row;
	return NULL;
}

static double number(const json_t *row, const char *name)
{
	return json_number_value(json_object_get(row, name));
}

/* What the transport takes of the daemon's time and of the wall's is the bare echo's. */
static double net_of_floor(const struct report *report, const json_t *old, const json_t *ours, const char *name)
{
	double floor = number(json_array_get(report->rows, 0), name);

	return (number(old, name) - floor) / (number(ours, name) - floor);
}

void report_compare(const struct report *report, const char *old, const char *ours)
{
	const json_t *row;
	size_t i;

	printf("\n%s / %s                       wall  net of echo       CPU  net of echo\n", old, ours);
	json_array_foreach(report->rows, i, row) {
		const json_t *before = find(report, old, row);

		if (!before || !is_about(row, ours, row))
			continue;
		printf("%7u  %-18s %9.1f x %10.1f x %7.1f x %10.1f x\n",
			(unsigned int)number(row, "records"),
			json_string_value(json_object_get(row, "operation")),
			number(before, "median_us") / number(row, "median_us"),
			net_of_floor(report, before, row, "median_us"),
			number(before, "cpu_us") / number(row, "cpu_us"),
			net_of_floor(report, before, row, "cpu_us"));
	}
}

void report_finish(struct report *report, const char *path)
{
	json_t *all = json_pack("{so so}", "exchanges", report->rows, "idle", report->idle);

	if (!all || json_dump_file(all, path, JSON_INDENT(2)) < 0)
		err(1, "%s", path);
	json_decref(all);
	free(report);
	printf("\n%s has all of it.\n", path);
}
