// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "daemons/folder.h"
#include "hv-vssd/history.h"
#include "os/netfile.h"

#include <string.h>

static struct folder folder;
static sd_event *event;
static struct vssd_history history;
static char path[512];

static void begin(void)
{
	history = (struct vssd_history){ 0 };
	ck_assert_int_ge(vssd_history_init(&history, event, path), 0);
}

static void set_up(void)
{
	folder_create(&folder);
	(void)snprintf(path, sizeof(path), "%s", folder_path(&folder, "history"));
	ck_assert_int_ge(sd_event_new(&event), 0);
	begin();
}

static void tear_down(void)
{
	vssd_history_done(&history);
	sd_event_unref(event);
	folder_remove(&folder);
}

static void write_all(void)
{
	while (vssd_history_is_busy(&history))
		ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
}

static void restart(void)
{
	write_all();
	vssd_history_done(&history);
	begin();
}

/* Its number, and a hook with a name so long. */
static void add(unsigned int number, size_t size)
{
	struct vssd_report *report = vssd_report_new(false);
	char *name = calloc(size + 2, 1);
	struct vssd_hook hook = { .path = name, .has_run = true };

	ck_assert(report && name);
	memset(name, 'x', size);
	*name = '/';
	report->result = VSSD_COMPLETE;
	report->answer_us = number;
	vssd_report_hooks(report, &(struct vssd_hook_list){ &hook, 1 });
	vssd_history_add(&history, report);
	free(name);
}

static size_t count(void)
{
	size_t n = 0;

	while (n < VSSD_HISTORY_MAX && history.reports[n])
		n++;
	return n;
}

START_TEST(has_the_last_ones_newest_first)
{
	for (unsigned int i = 1; i <= VSSD_HISTORY_MAX + 8; i++)
		add(i, 10);
	restart();
	ck_assert_uint_eq(count(), VSSD_HISTORY_MAX);
	for (unsigned int i = 0; i < VSSD_HISTORY_MAX; i++)
		ck_assert_uint_eq(history.reports[i]->answer_us, VSSD_HISTORY_MAX + 8 - i);
}
END_TEST

/* As many of the newest as a file may have, each of them whole. */
START_TEST(writes_no_more_than_it_reads_again)
{
	struct stat file;

	for (unsigned int i = 1; i <= 12; i++)
		add(i, HVG_NETFILE_MAX / 10);
	restart();
	ck_assert_int_eq(stat(path, &file), 0);
	ck_assert_int_le(file.st_size, HVG_NETFILE_MAX);
	ck_assert_uint_eq(count(), 9);
	ck_assert_uint_eq(history.reports[0]->answer_us, 12);
	ck_assert_uint_eq(history.reports[8]->answer_us, 4);
	ck_assert_uint_eq(strlen(history.reports[8]->hooks[0].path), HVG_NETFILE_MAX / 10);
}
END_TEST

/* It is known until we end; what was there before and comes after it is not forgotten for it. */
START_TEST(leaves_out_what_is_alone_more_than_a_file_may_have)
{
	add(1, 10);
	add(2, HVG_NETFILE_MAX);
	write_all();
	ck_assert_uint_eq(history.reports[0]->answer_us, 2);
	restart();
	ck_assert_uint_eq(count(), 1);
	ck_assert_uint_eq(history.reports[0]->answer_us, 1);
	add(3, HVG_NETFILE_MAX);
	add(4, 20);
	restart();
	ck_assert_uint_eq(count(), 2);
	ck_assert_uint_eq(history.reports[0]->answer_us, 4);
	ck_assert_uint_eq(history.reports[1]->answer_us, 1);
}
END_TEST

/* And one that is no longer in it does no harm: it is somebody else's, too. */
START_TEST(writes_again_what_has_changed)
{
	struct vssd_report *report;

	add(1, 10);
	report = vssd_report_ref(history.reports[0]);
	write_all();
	report->answer_us = 2;
	vssd_history_changed(&history);
	restart();
	ck_assert_uint_eq(history.reports[0]->answer_us, 2);
	ck_assert_uint_eq(report->answer_us, 2);
	(void)vssd_report_free(report);
}
END_TEST

Suite *hvg_suite_daemons_history(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = hvg_suite_case(suite, "history");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, has_the_last_ones_newest_first);
	tcase_add_test(tcase, writes_no_more_than_it_reads_again);
	tcase_add_test(tcase, leaves_out_what_is_alone_more_than_a_file_may_have);
	tcase_add_test(tcase, writes_again_what_has_changed);
	return suite;
}
