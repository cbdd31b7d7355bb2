// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The report is its JSON: rows are objects in an array, and the ratios are found by looking there.
 */

#include "report.h"

#include <err.h>
#include <jansson.h>
#include <stdbool.h>
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

void report_add(struct report *report, const char *subject, unsigned int n_records,
	const char *operation, const struct figure *figure)
{
	printf("%-8s %7u  %-18s %10.1f %10.1f %7lu\n", subject, n_records, operation,
		figure->median_us, figure->cpu_us, (unsigned long)figure->n);
	(void)fflush(stdout);
	(void)json_array_append_new(report->rows,
		json_pack("{ss si ss sf sf sI}", "subject", subject, "records", (int)n_records,
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

static bool is_text(const json_t *row, const char *name, const char *text)
{
	return strcmp(json_string_value(json_object_get(row, name)), text) == 0;
}

static double number(const json_t *row, const char *name)
{
	return json_number_value(json_object_get(row, name));
}

/* The row of the subject that is like another one; operation: or NULL for the same. */
static const json_t *find(const struct report *report, const char *subject, const char *operation, const json_t *like)
{
	const json_t *row;
	size_t i;

	if (!operation)
		operation = json_string_value(json_object_get(like, "operation"));
	json_array_foreach(report->rows, i, row)
		if (is_text(row, "subject", subject) && is_text(row, "operation", operation) &&
			number(row, "records") == number(like, "records"))
			return row;
	return NULL;
}

/* What the transport and the disk take, whoever answers. */
static double floor_of(const struct report *report, const json_t *row, const char *name)
{
	double sum = number(find(report, "echo", "automatic key", row), name);
	bool is_change = !is_text(row, "operation", "automatic key") && !is_text(row, "operation", "ENUMERATE");

	return is_change ? sum + number(find(report, "disk", "page, flushed", row), name) : sum;
}

static double ratio(const json_t *old, const json_t *ours, const char *name, double floor)
{
	return (number(old, name) - floor) / (number(ours, name) - floor);
}

static void compare_row(const struct report *report, const json_t *old, const json_t *ours)
{
	double echo_cpu_us = number(find(report, "echo", "automatic key", ours), "cpu_us");

	printf("%7u  %-18s %9.1f x %9.1f x %15.1f x %13.2f x\n", (unsigned int)number(ours, "records"),
		json_string_value(json_object_get(ours, "operation")), ratio(old, ours, "median_us", 0),
		ratio(old, ours, "cpu_us", 0), ratio(old, ours, "cpu_us", echo_cpu_us),
		number(ours, "median_us") / floor_of(report, ours, "median_us"));
}

void report_compare(const struct report *report, const char *old, const char *ours)
{
	const json_t *row;
	size_t i;

	printf("\n%s / %s                       wall         CPU   CPU net of echo    ours / floor\n", old, ours);
	json_array_foreach(report->rows, i, row)
		if (is_text(row, "subject", ours))
			compare_row(report, find(report, old, NULL, row), row);
}

/* A row of the report; it must be there. */
static double figure(const struct report *report, const char *subject, const char *operation, unsigned int n_records,
	const char *name)
{
	json_t *like = json_pack("{sf}", "records", (double)n_records);
	const json_t *row = find(report, subject, operation, like);

	json_decref(like);
	if (!row)
		errx(1, "no row for %s, %s at %u", subject, operation, n_records);
	return number(row, name);
}

void report_verdict(const char *what, double value, const char *bound, double limit)
{
	bool is_met = *bound == '>' ? value >= limit : value <= limit;

	printf("%-58s %8.2f  (%s= %g)  %s\n", what, value, bound, limit, is_met ? "met" : "NOT MET");
}

void report_judge(const struct report *report, const char *old, const char *ours)
{
	const char *set = "SET, existing key", *list = "ENUMERATE", *automatic = "automatic key";
	const json_t *rest = NULL, *row;
	size_t i;

	json_array_foreach(report->idle, i, row)
		if (is_text(row, "subject", ours))
			rest = row;
	printf("\n");
	report_verdict("SET at 1,000 records: times as fast",
		figure(report, old, set, 1000, "median_us") / figure(report, ours, set, 1000, "median_us"), ">", 20);
	report_verdict("  the most that the transport and the disk allow",
		figure(report, old, set, 1000, "median_us") /
			(figure(report, "echo", automatic, 1000, "median_us") +
				figure(report, "disk", "page, flushed", 1000, "median_us")),
		">", 20);
	report_verdict("SET at 10,000 records: times as fast",
		figure(report, old, set, 10000, "median_us") / figure(report, ours, set, 10000, "median_us"), ">", 20);
	report_verdict("SET at 10,000: times that at 100",
		figure(report, ours, set, 10000, "median_us") / figure(report, ours, set, 100, "median_us"), "<", 1.5);
	report_verdict("ENUMERATE at 1,000: times as fast",
		figure(report, old, list, 1000, "median_us") / figure(report, ours, list, 1000, "median_us"), ">", 3);
	report_verdict("ENUMERATE at 1,000: times less CPU",
		figure(report, old, list, 1000, "cpu_us") / figure(report, ours, list, 1000, "cpu_us"), ">", 10);
	report_verdict("automatic key: times the echo",
		figure(report, ours, automatic, 1000, "median_us") / figure(report, "echo", automatic, 1000, "median_us"),
		"<", 1.2);
	report_verdict("private dirty memory, MiB", number(rest, "private_dirty_kib") / 1024, "<", 1.5);
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
