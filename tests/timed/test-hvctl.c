// SPDX-License-Identifier: LGPL-2.1-or-later

/* hvctl time. */

#include "timed/suites.h"

#include "hvctl/promised.h"

#include <jansson.h>

#define HVCTL HVG_HVCTL " "

static json_t *ask_json(const char *schema, const char *arguments)
{
	int status;
	char *said = machine_ask(m, &status, HVCTL "--json %s", arguments);
	json_error_t error;
	json_t *value = json_loads(said, 0, &error);

	ck_assert_msg(value != NULL, "%s: %s", error.text, said);
	ck_assert_msg(is_promised(schema, said), "%s", said);
	free(said);
	return value;
}

static const char *text_of(json_t *value, const char *key)
{
	const char *text = json_string_value(json_object_get(value, key));

	ck_assert_msg(text != NULL, "no %s", key);
	return text;
}

static json_int_t spread_of(json_t *status, const char *key)
{
	json_t *number = json_object_get(json_object_get(status, "last_hour"), key);

	ck_assert_msg(json_is_integer(number), "no %s", key);
	return json_integer_value(number);
}

static bool is_tracking(void)
{
	int status;
	char *said = machine_ask(m, &status, HVCTL "time status");
	bool is = status == 0 && strstr(said, "tracking");

	free(said);
	return is;
}

static void start(const char *units)
{
	machine_start_bus(m, units);
	machine_start(m);
}

START_TEST(shows_a_clock_that_is_kept)
{
	static const char *const lines[] = {
		"State: tracking, kept by hv-timed (mode auto)",
		"Offset: ",
		"Last hour: median ",
		"Frequency: ",
		"Last step: forward by 7.000 s at ",
		"by hv-timed: it was that far off when hv-timed took it",
		"Source: /tmp/",
		"Clock source: ",
	};
	char *said;

	m->trace.first_offset_ns = -7 * S;
	start("");
	machine_wait(m, is_tracking());
	said = machine_ask(m, NULL, HVCTL "time status");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(
			strstr(said, lines[i]) != NULL, "no '%s' in:\n%s", lines[i], said);
	free(said);
}
END_TEST

START_TEST(shows_who_else_keeps_it)
{
	char *said;

	start("chronyd.service");
	machine_wait(m, machine_has_said(m, "chronyd.service keeps the clock"));
	said = machine_ask(m, NULL, HVCTL "time status");
	ck_assert_msg(strstr(said, "monitoring, kept by chronyd.service") != NULL, "%s", said);
	free(said);
}
END_TEST

static const struct {
	double offset_ns;
	const char *text;
} offsets[] = { { 7 * S, "7.000 s ahead of the host" }, { -7 * S, "7.000 s behind the host" } };

START_TEST(shows_on_which_side_the_clock_is)
{
	char *said;

	m->trace.first_offset_ns = offsets[_i].offset_ns;
	m->trace.frequency_ppb = 0;
	start("chronyd.service");
	machine_wait(m, machine_has_said(m, "chronyd.service keeps the clock"));
	machine_live(3);
	said = machine_ask(m, NULL, HVCTL "time status");
	ck_assert_msg(strstr(said, offsets[_i].text) != NULL, "%s", said);
	free(said);
}
END_TEST

START_TEST(shows_it_to_programs)
{
	json_t *status;

	m->trace.first_offset_ns = -7 * S;
	start("");
	machine_wait(m, is_tracking());
	machine_live(10);
	status = ask_json("time-status", "time status");
	ck_assert_str_eq(text_of(status, "state"), "tracking");
	ck_assert_str_eq(text_of(status, "owner"), "hv-timed");
	ck_assert_str_eq(text_of(json_object_get(status, "last_step"), "by"), "hv-timed");
	ck_assert_str_eq(text_of(json_object_get(status, "last_step"), "cause"), "start");
	ck_assert_int_ge(json_integer_value(json_object_get(
				 json_object_get(status, "last_step"), "step_ns")),
		6999000000);
	ck_assert_int_gt(spread_of(status, "p99_ns"), spread_of(status, "median_ns"));
	ck_assert_int_ge(spread_of(status, "max_ns"), spread_of(status, "p99_ns"));
	ck_assert(json_is_integer(
		json_object_get(json_object_get(status, "sample"), "delay_ns")));
	ck_assert(json_is_real(json_object_get(status, "frequency_ppb")));
	json_decref(status);
}
END_TEST

START_TEST(has_no_step_to_show_before_there_was_one)
{
	json_t *status;

	start("");
	machine_wait(m, is_tracking());
	status = ask_json("time-status", "time status");
	ck_assert(json_is_null(json_object_get(status, "last_step")));
	json_decref(status);
}
END_TEST

START_TEST(lists_the_history)
{
	json_t *samples;

	start("");
	machine_wait(m, is_tracking());
	machine_live(10);
	samples = ask_json("time-plot", "time plot");
	ck_assert_uint_ge(json_array_size(samples), 5);
	ck_assert(json_is_integer(json_object_get(json_array_get(samples, 0), "offset_ns")));
	json_decref(samples);
}
END_TEST

START_TEST(plots_the_history)
{
	char *said;

	start("");
	machine_wait(m, is_tracking());
	machine_live(5);
	said = machine_ask(m, NULL, HVCTL "time plot");
	ck_assert_msg(strstr(said, "*\n") != NULL, "%s", said);
	ck_assert_msg(strstr(said, "now") != NULL, "%s", said);
	free(said);
}
END_TEST

START_TEST(writes_a_picture)
{
	int status;
	char *said;

	start("");
	machine_wait(m, is_tracking());
	machine_live(5);
	said = machine_ask(m, &status, HVCTL "time plot --svg %s/plot.svg && cat %s/plot.svg",
		m->bus.folder.path, m->bus.folder.path);
	ck_assert_int_eq(status, 0);
	ck_assert_msg(strncmp(said, "<svg ", 5) == 0, "%s", said);
	ck_assert(strstr(said, "<polyline "));
	ck_assert(strstr(said, ">-45 min<"));
	free(said);
	said = machine_ask(m, &status,
		"python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' %s/plot.svg",
		m->bus.folder.path);
	ck_assert_msg(status == 0, "%s", said);
	free(said);
}
END_TEST

START_TEST(fails_where_it_cannot_write)
{
	int status;

	start("");
	machine_wait(m, is_tracking());
	free(machine_ask(m, &status, HVCTL "time plot --svg /nowhere/plot.svg"));
	ck_assert_int_eq(status, 1);
}
END_TEST

START_TEST(fails_while_nobody_keeps_the_clock)
{
	char *said;
	int status;

	ck_assert_int_eq(unlink(folder_path(&m->bus.folder, "ptp")), 0);
	start("");
	machine_wait(m, machine_has_said(m, "There is no PTP clock"));
	machine_live(3);
	said = machine_ask(m, &status, HVCTL "time status");
	ck_assert_int_eq(status, 1);
	ck_assert_msg(strstr(said, "Source: none") != NULL, "%s", said);
	free(said);
}
END_TEST

START_TEST(tells_why_the_clock_cannot_be_opened)
{
	const char *path = folder_path(&m->bus.folder, "ptp");
	char *said;

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink(path, path), 0);
	start("");
	machine_wait(m, machine_has_said(m, "The host's clock cannot be opened"));
	machine_live(3);
	said = machine_ask(m, NULL, HVCTL "time status");
	ck_assert_msg(strstr(said, "Source: none\n") != NULL, "%s", said);
	ck_assert_msg(strstr(said, "cannot be used: Too many levels") != NULL, "%s", said);
	free(said);
}
END_TEST

/* Which is no wonder on a machine that is no Hyper-V guest, as most that build this are. */
START_TEST(says_that_the_service_is_not_running)
{
	char *said;
	int status;

	machine_start_bus(m, "");
	said = machine_ask(m, &status, HVCTL "time status");
	ck_assert_int_eq(status, strstr(said, "not running") ? 1 : 3);
	ck_assert(status == 1 || strstr(said, "Hyper-V"));
	free(said);
}
END_TEST

static const char *const wrong[] = { "time", "time stat", "time status now",
	"time plot --png x", "time plot --svg" };

START_TEST(explains_its_usage)
{
	char *said;
	int status;

	said = machine_ask(m, &status, HVCTL "%s", wrong[_i]);
	ck_assert_int_eq(status, 2);
	ck_assert_msg(strstr(said, "usage") != NULL, "%s", said);
	free(said);
}
END_TEST

Suite *suite_hvctl(void)
{
	Suite *suite = suite_create("hvctl");
	TCase *tcase = suite_case(suite);

	tcase_add_test(tcase, shows_a_clock_that_is_kept);
	tcase_add_test(tcase, shows_who_else_keeps_it);
	tcase_add_loop_test(tcase, shows_on_which_side_the_clock_is, 0, 2);
	tcase_add_test(tcase, shows_it_to_programs);
	tcase_add_test(tcase, has_no_step_to_show_before_there_was_one);
	tcase_add_test(tcase, lists_the_history);
	tcase_add_test(tcase, plots_the_history);
	tcase_add_test(tcase, writes_a_picture);
	tcase_add_test(tcase, fails_where_it_cannot_write);
	tcase_add_test(tcase, fails_while_nobody_keeps_the_clock);
	tcase_add_test(tcase, tells_why_the_clock_cannot_be_opened);
	tcase_add_test(tcase, says_that_the_service_is_not_running);
	tcase_add_loop_test(tcase, explains_its_usage, 0, sizeof(wrong) / sizeof(wrong[0]));
	return suite;
}
