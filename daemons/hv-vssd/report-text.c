// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A row belongs to the report before it, which is open until the next one begins; a line that is none
 * drops the open one.
 */

#include "hv-vssd/report-text.h"

#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define N_REPORT_FIELDS 7
#define N_ROW_FIELDS	10
#define N_HOOK_FIELDS	5

/* More than any machine has: what is spoilt must not take all memory. */
#define ROWS_MAX 65536

static const char *const kinds[] = { "backup", "rehearsal" };

static const char *const states[] = { "planned", "frozen", "skipped", "failed" };

/* Rendering. */

static void put_text(FILE *stream, const char *text)
{
	(void)fputc('\t', stream);
	for (; *text; text++) {
		if (strchr("\t\n\\", *text))
			(void)fprintf(stream, "\\%03o", (unsigned int)*text);
		else
			(void)fputc(*text, stream);
	}
}

static void put_row(const struct vssd_report_fs *fs, FILE *stream)
{
	(void)fprintf(stream, "+\t%s", fs->state);
	put_text(stream, fs->type);
	put_text(stream, fs->point);
	put_text(stream, fs->reason);
	(void)fprintf(stream, "\t%" PRIu32 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%d\n", fs->level, fs->sync_us, fs->freeze_us,
		fs->thaw_us, fs->is_missed);
}

static void put_hook(const struct vssd_report_hook *hook, FILE *stream)
{
	(void)fputc('*', stream);
	put_text(stream, hook->path);
	put_text(stream, hook->failure);
	(void)fprintf(stream, "\t%" PRIu64 "\t%" PRIu64 "\n", hook->before_us, hook->after_us);
}

void vssd_report_render(const struct vssd_report *report, FILE *stream)
{
	(void)fprintf(stream, "%s\t%s", kinds[report->is_rehearsal], vssd_result_name(report->result));
	put_text(stream, report->reason);
	(void)fprintf(stream, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", report->begin_realtime_us,
		report->hooks_us, report->answer_us, report->window_us);
	for (size_t i = 0; i < report->n; i++)
		put_row(&report->fs[i], stream);
	for (size_t i = 0; i < report->n_hooks; i++)
		put_hook(&report->hooks[i], stream);
}

/* Parsing. */

/* How many fields there are; all of the line belongs to one of them. */
static size_t split(struct hvg_span line, struct hvg_span fields[static N_ROW_FIELDS])
{
	struct hvg_span field;
	size_t n = 0;

	while (n <= N_ROW_FIELDS && hvg_span_cut(&line, '\t', &field)) {
		if (n < N_ROW_FIELDS)
			fields[n] = field;
		n++;
	}
	return n;
}

static bool parse_number(struct hvg_span field, uint64_t *ret)
{
	uint64_t number = 0;

	for (size_t i = 0; i < field.size; i++) {
		unsigned int digit = (unsigned char)field.start[i] - (unsigned int)'0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*ret = number;
	return field.size > 0;
}

static bool parse_numbers(const struct hvg_span *fields, uint64_t *const ret[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!parse_number(fields[i], ret[i]))
			return false;
	return true;
}

static bool parse_word(struct hvg_span field, const char *const words[], size_t n, size_t *ret)
{
	for (*ret = 0; *ret < n; (*ret)++)
		if (hvg_span_is(field, words[*ret]))
			return true;
	return false;
}

static bool parse_result(struct hvg_span field, enum vssd_result *ret)
{
	for (*ret = VSSD_COMPLETE; *ret <= VSSD_EXPIRED; (*ret)++)
		if (hvg_span_is(field, vssd_result_name(*ret)))
			return true;
	return false;
}

static char *copy_text(struct hvg_span field)
{
	char *text = malloc(field.size + 1);

	if (text && hvg_mount_unescape(field, text, field.size + 1) < 0) {
		free(text);
		return NULL;
	}
	return text;
}

static struct vssd_report *parse_report(const struct hvg_span fields[static N_REPORT_FIELDS])
{
	struct vssd_report *report = calloc(1, sizeof(*report));
	uint64_t *const numbers[] = { &report->begin_realtime_us, &report->hooks_us, &report->answer_us, &report->window_us };
	size_t kind;

	if (report && parse_word(fields[0], kinds, HVG_ELEMENTS(kinds), &kind) && parse_result(fields[1], &report->result) &&
		parse_numbers(&fields[3], numbers, HVG_ELEMENTS(numbers)) &&
		hvg_mount_unescape(fields[2], report->reason, sizeof(report->reason)) == 0) {
		report->is_rehearsal = kind == 1;
		return report;
	}
	return vssd_report_free(report);
}

static bool parse_row(const struct hvg_span fields[static N_ROW_FIELDS], struct vssd_report_fs *fs)
{
	uint64_t level, missed, *const numbers[] = { &level, &fs->sync_us, &fs->freeze_us, &fs->thaw_us, &missed };
	size_t state;

	if (!parse_word(fields[1], states, HVG_ELEMENTS(states), &state) ||
		!parse_numbers(&fields[5], numbers, HVG_ELEMENTS(numbers)) || level > UINT32_MAX || missed > 1)
		return false;
	fs->state = states[state];
	fs->level = (uint32_t)level;
	fs->is_missed = missed == 1;
	fs->type = copy_text(fields[2]);
	fs->point = copy_text(fields[3]);
	fs->reason = copy_text(fields[4]);
	return fs->type && fs->point && fs->reason;
}

/* Whatever the row is, it is the report's to free. */
static bool add_row(struct vssd_report *report, const struct hvg_span fields[static N_ROW_FIELDS])
{
	struct vssd_report_fs *more = report->n < ROWS_MAX ? reallocarray(report->fs, report->n + 1, sizeof(*more)) : NULL;

	if (!more)
		return false;
	report->fs = more;
	more[report->n] = (struct vssd_report_fs){ 0 };
	return parse_row(fields, &more[report->n++]);
}

static bool parse_hook(const struct hvg_span fields[static N_HOOK_FIELDS],
	struct vssd_report_hook *hook)
{
	uint64_t *const numbers[] = { &hook->before_us, &hook->after_us };

	hook->path = copy_text(fields[1]);
	hook->failure = copy_text(fields[2]);
	return hook->path && hook->failure &&
	       parse_numbers(&fields[3], numbers, HVG_ELEMENTS(numbers));
}

static bool add_hook(struct vssd_report *report,
	const struct hvg_span fields[static N_HOOK_FIELDS])
{
	struct vssd_report_hook *more = NULL;

	if (report->n_hooks < ROWS_MAX)
		more = reallocarray(report->hooks, report->n_hooks + 1, sizeof(*more));
	if (!more)
		return false;
	report->hooks = more;
	more[report->n_hooks] = (struct vssd_report_hook){ 0 };
	return parse_hook(fields, &more[report->n_hooks++]);
}

/* The newest one is still being read while is_open; the others are whole. */
struct reader {
	struct vssd_report **reports;
	size_t n, max;
	bool is_open;
};

static void drop(struct reader *reader)
{
	if (reader->is_open) {
		reader->n--;
		reader->reports[reader->n] = vssd_report_free(reader->reports[reader->n]);
	}
	reader->is_open = false;
}

static void close_report(struct reader *reader)
{
	if (reader->is_open)
		vssd_report_count(reader->reports[reader->n - 1]);
	reader->is_open = false;
}

static void open_report(struct reader *reader, const struct hvg_span fields[static N_REPORT_FIELDS])
{
	struct vssd_report *report;

	close_report(reader);
	report = reader->n < reader->max ? parse_report(fields) : NULL;
	if (!report)
		return;
	reader->reports[reader->n++] = report;
	reader->is_open = true;
}

/* Whether the line is one of the report's. */
static bool add_line(struct vssd_report *report,
	const struct hvg_span fields[static N_ROW_FIELDS], size_t n)
{
	if (n == N_ROW_FIELDS && hvg_span_is(fields[0], "+"))
		return add_row(report, fields);
	return n == N_HOOK_FIELDS && hvg_span_is(fields[0], "*") && add_hook(report, fields);
}

static void read_line(struct reader *reader, struct hvg_span line)
{
	struct hvg_span fields[N_ROW_FIELDS];
	size_t n = split(line, fields);

	if (n == N_REPORT_FIELDS)
		open_report(reader, fields);
	else if (!reader->is_open || !add_line(reader->reports[reader->n - 1], fields, n))
		drop(reader);
}

/* A last line without its end was cut. */
size_t vssd_report_parse(const char *text, size_t size, struct vssd_report *ret[], size_t max)
{
	const char *end = memrchr(text, '\n', size);
	struct hvg_span rest = { text, end ? (size_t)(end - text) : 0 }, line;
	struct reader reader = { .reports = ret, .max = max };

	while (hvg_span_cut(&rest, '\n', &line))
		read_line(&reader, line);
	if (end && end + 1 < text + size)
		drop(&reader);
	close_report(&reader);
	return reader.n;
}
