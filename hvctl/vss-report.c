// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The JSON object is the one form that a report has here: it is printed, or looked at for a table.
 */

#include "hvctl/vss-report.h"

#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TIME_SIZE 64

static json_t *milliseconds(uint64_t span_us)
{
	return json_real((double)(span_us / 100) / 10);
}

static json_t *read_fs(sd_bus_message *message)
{
	const char *point, *type, *state, *reason;
	uint64_t sync_us, freeze_us, thaw_us;
	uint32_t level;
	int r;

	r = sd_bus_message_read(message, "(sssuttts)", &point, &type, &state, &level, &sync_us, &freeze_us, &thaw_us,
		&reason);
	if (r <= 0)
		return NULL;
	return json_pack("{so so ss si so so so so}", "mount", hvctl_json_text(point), "type", hvctl_json_text(type),
		"state", state, "level", (int)level, "sync_ms", milliseconds(sync_us), "freeze_ms",
		milliseconds(freeze_us), "thaw_ms", milliseconds(thaw_us), "reason", hvctl_json_text(reason));
}

static json_t *read_hook(sd_bus_message *message)
{
	const char *path, *failure;
	uint64_t before_us, after_us;

	if (sd_bus_message_read(message, "(stts)", &path, &before_us, &after_us, &failure) <= 0)
		return NULL;
	return json_pack("{so so so so}", "hook", hvctl_json_text(path), "before_ms",
		milliseconds(before_us), "after_ms", milliseconds(after_us), "failure",
		hvctl_json_text(failure));
}

/* An array of the message's, whatever is in it. */
static json_t *read_list(sd_bus_message *message, const char *type,
	json_t *(*read_one)(sd_bus_message *message))
{
	json_t *list = json_array(), *one;

	if (sd_bus_message_enter_container(message, 'a', type) <= 0)
		return list;
	while ((one = read_one(message)))
		(void)json_array_append_new(list, one);
	(void)sd_bus_message_exit_container(message);
	return list;
}

json_t *vss_report_read(sd_bus_message *message)
{
	json_t *report;
	uint64_t begin_us, hooks_us, answer_us, frozen_us;
	const char *kind, *result, *reason;
	int r;

	r = sd_bus_message_enter_container(message, 'r', VSS_REPORT_TYPE);
	if (r > 0)
		r = sd_bus_message_read(message, "tsssttt", &begin_us, &kind, &result, &reason, &hooks_us, &answer_us,
			&frozen_us);
	if (r <= 0)
		return NULL;
	report = json_pack("{sI ss ss so so so so}", "time_us", (json_int_t)begin_us, "kind",
		kind, "result", result, "reason", hvctl_json_text(reason), "hooks_ms",
		milliseconds(hooks_us), "answer_ms", milliseconds(answer_us), "frozen_ms",
		milliseconds(frozen_us));
	(void)json_object_set_new(report, "file_systems",
		read_list(message, "(sssuttts)", read_fs));
	(void)json_object_set_new(report, "hooks", read_list(message, "(stts)", read_hook));
	(void)sd_bus_message_exit_container(message);
	return report;
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

const char *vss_report_result(const json_t *report)
{
	return text(report, "result");
}

static void render_time(const json_t *report, char ret[static TIME_SIZE])
{
	time_t seconds = (time_t)(json_integer_value(json_object_get(report, "time_us")) / (json_int_t)HVG_USEC_PER_SEC);
	struct tm local;

	if (!localtime_r(&seconds, &local) || strftime(ret, TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
		(void)snprintf(ret, TIME_SIZE, "?");
}

/* Nothing rather than 0 for what was not done. */
static const char *render_ms(const json_t *object, const char *key, bool is_done, char ret[static 32])
{
	double value = number(object, key);

	*ret = '\0';
	if (is_done || value > 0)
		(void)snprintf(ret, 32, "%.1f ms", value);
	return ret;
}

static void add_fs(struct hvctl_table *table, const json_t *fs)
{
	bool is_frozen = strcmp(text(fs, "state"), "frozen") == 0;
	char level[16] = "", sync[32], freeze[32], thaw[32];

	if (strcmp(text(fs, "state"), "skipped") != 0)
		(void)snprintf(level, sizeof(level), "%d", (int)number(fs, "level"));
	hvctl_table_add(table, (const char *const[]){ text(fs, "mount"), text(fs, "type"), text(fs, "state"), level,
				       render_ms(fs, "sync_ms", is_frozen, sync), render_ms(fs, "freeze_ms", is_frozen, freeze),
				       render_ms(fs, "thaw_ms", is_frozen, thaw), text(fs, "reason") });
}

static void add_hook(struct hvctl_table *table, const json_t *hook)
{
	char before[32], after[32];

	hvctl_table_add(table,
		(const char *const[]){
			text(hook, "hook"),
			render_ms(hook, "before_ms", false, before),
			render_ms(hook, "after_ms", false, after),
			text(hook, "failure"),
		});
}

static void show_hooks(struct hvctl *hvctl, const json_t *hooks)
{
	static const char *const headings[] = { "HOOK", "BEFORE", "AFTER", "FAILURE", NULL };
	struct hvctl_table *table;
	const json_t *hook;
	size_t i;

	if (json_array_size(hooks) == 0)
		return;
	printf("\n");
	table = hvctl_table_new(hvctl, headings);
	json_array_foreach(hooks, i, hook)
		add_hook(table, hook);
	(void)hvctl_table_print(table);
}

static void show_summary(const json_t *report)
{
	const char *reason = text(report, "reason");
	char when[TIME_SIZE];

	render_time(report, when);
	printf("%s of %s: %s%s%s\n", text(report, "kind"), when, vss_report_result(report), *reason ? ": " : "", reason);
	if (number(report, "answer_ms") > 0)
		printf("Frozen %.1f ms after the request, for %.1f ms; hooks took %.1f ms before.\n",
			number(report, "answer_ms"), number(report, "frozen_ms"), number(report, "hooks_ms"));
}

void vss_report_show(struct hvctl *hvctl, const json_t *report)
{
	static const char *const headings[] = { "MOUNT", "TYPE", "STATE", "LEVEL", "SYNC", "FREEZE", "THAW", "REASON",
		NULL };
	struct hvctl_table *table = hvctl_table_new(hvctl, headings);
	const json_t *fs;
	size_t i;

	json_array_foreach(json_object_get(report, "file_systems"), i, fs)
		add_fs(table, fs);
	(void)hvctl_table_print(table);
	show_hooks(hvctl, json_object_get(report, "hooks"));
	printf("\n");
	show_summary(report);
}

static int count(const json_t *report, const char *state)
{
	const json_t *fs;
	size_t i;
	int n = 0;

	json_array_foreach(json_object_get(report, "file_systems"), i, fs)
		n += strcmp(text(fs, "state"), state) == 0;
	return n;
}

int vss_report_list(struct hvctl *hvctl, const json_t *reports)
{
	static const char *const headings[] = { "WHEN", "KIND", "RESULT", "FROZEN", "SKIPPED", "ANSWERED AFTER",
		"FROZEN FOR", "REASON", NULL };
	struct hvctl_table *table = hvctl_table_new(hvctl, headings);
	const json_t *report;
	size_t i;

	json_array_foreach(reports, i, report) {
		char when[TIME_SIZE], frozen[16], skipped[16], answer[32], window[32];

		render_time(report, when);
		(void)snprintf(frozen, sizeof(frozen), "%d", count(report, "frozen"));
		(void)snprintf(skipped, sizeof(skipped), "%d", count(report, "skipped"));
		hvctl_table_add(table, (const char *const[]){ when, text(report, "kind"), vss_report_result(report),
					       frozen, skipped, render_ms(report, "answer_ms", false, answer),
					       render_ms(report, "frozen_ms", false, window), text(report, "reason") });
	}
	return hvctl_table_print(table);
}
