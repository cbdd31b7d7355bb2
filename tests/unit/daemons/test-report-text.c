// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "hv-vssd/report-text.h"
#include "random.h"

#include <string.h>

#define MAX 4

static void free_reports(struct vssd_report *reports[static MAX])
{
	for (size_t i = 0; i < MAX; i++)
		reports[i] = vssd_report_free(reports[i]);
}

static size_t parse(const char *text, struct vssd_report *ret[static MAX])
{
	return vssd_report_parse(text, strlen(text), ret, MAX);
}

static char *render(struct vssd_report *const reports[static MAX])
{
	size_t size;
	char *text;
	FILE *stream = open_memstream(&text, &size);

	for (size_t i = 0; i < MAX && reports[i]; i++)
		vssd_report_render(reports[i], stream);
	(void)fclose(stream);
	return text;
}

#define GOOD                                                      \
	"backup\tpartial\t/efi was not frozen\t1764000000000000\t1\t2\t3\n" \
	"+\tfrozen\text4\t/srv/a\\011b\\134c d\t\t1\t4\t5\t6\t0\n"        \
	"+\tskipped\tvfat\t/efi\tit cannot be frozen\t0\t0\t0\t0\t1\n" \
	"*\t/etc/hvguest/vss.d/10-shop\t\t7\t8\n"                       \
	"*\t/etc/hvguest/vss.d/20\\011x\ttook too long\t9\t0\n"
#define OTHER "rehearsal\tfailed\tno time\\012left\t5\t0\t0\t0\n"

START_TEST(reads_a_report)
{
	struct vssd_report *reports[MAX] = { 0 }, *first;

	ck_assert_uint_eq(parse(GOOD OTHER, reports), 2);
	first = reports[0];
	ck_assert(!first->is_rehearsal);
	ck_assert_int_eq(first->result, VSSD_PARTIAL);
	ck_assert_str_eq(first->reason, "/efi was not frozen");
	ck_assert_uint_eq(first->begin_realtime_us, UINT64_C(1764000000000000));
	ck_assert_uint_eq(first->hooks_us, 1);
	ck_assert_uint_eq(first->answer_us, 2);
	ck_assert_uint_eq(first->window_us, 3);
	ck_assert_uint_eq(first->n, 2);
	ck_assert_uint_eq(first->n_frozen, 1);
	ck_assert_uint_eq(first->n_missed, 1);
	ck_assert_str_eq(first->fs[0].point, "/srv/a\tb\\c d");
	ck_assert_str_eq(first->fs[0].type, "ext4");
	ck_assert_str_eq(first->fs[0].reason, "");
	ck_assert_uint_eq(first->fs[0].level, 1);
	ck_assert_uint_eq(first->fs[0].thaw_us, 6);
	ck_assert_str_eq(first->fs[1].state, "skipped");
	ck_assert(first->fs[1].is_missed);
	ck_assert_uint_eq(first->n_hooks, 2);
	ck_assert_str_eq(first->hooks[0].path, "/etc/hvguest/vss.d/10-shop");
	ck_assert_str_eq(first->hooks[0].failure, "");
	ck_assert_uint_eq(first->hooks[0].before_us, 7);
	ck_assert_uint_eq(first->hooks[0].after_us, 8);
	ck_assert_str_eq(first->hooks[1].path, "/etc/hvguest/vss.d/20\tx");
	ck_assert_str_eq(first->hooks[1].failure, "took too long");
	ck_assert(reports[1]->is_rehearsal);
	ck_assert_str_eq(reports[1]->reason, "no time\nleft");
	free_reports(reports);
}
END_TEST

START_TEST(writes_what_it_has_read)
{
	struct vssd_report *reports[MAX] = { 0 };
	char *text;

	ck_assert_uint_eq(parse(GOOD OTHER GOOD, reports), 3);
	text = render(reports);
	ck_assert_str_eq(text, GOOD OTHER GOOD);
	free(text);
	free_reports(reports);
}
END_TEST

START_TEST(reads_no_more_than_there_is_room_for)
{
	struct vssd_report *reports[MAX] = { 0 };

	ck_assert_uint_eq(parse(OTHER OTHER OTHER GOOD OTHER GOOD, reports), MAX);
	ck_assert_uint_eq(reports[MAX - 1]->n, 2);
	free_reports(reports);
}
END_TEST

/* Each spoils the report that it is in, and leaves the two around it. */
static const char *const bad_lines[] = {
	"+\tfrozen\text4\t/\t\t1\t4\t5\t6",
	"+\tfrozen\text4\t/\t\t1\t4\t5\t6\t0\t0",
	"+\tmelted\text4\t/\t\t1\t4\t5\t6\t0",
	"+\tfrozen\text4\t/\t\t4294967296\t4\t5\t6\t0",
	"+\tfrozen\text4\t/\t\t1\t-4\t5\t6\t0",
	"+\tfrozen\text4\t/\t\t1\t\t5\t6\t0",
	"+\tfrozen\text4\t/\t\t1\t18446744073709551616\t5\t6\t0",
	"+\tfrozen\text4\t/\t\t1\t4\t5\t6\t2",
	"+\tfrozen\text4\t/\\000\t\t1\t4\t5\t6\t0",
	"*\t/hook\t\t7",
	"*\t/hook\t\t7\t8\t9",
	"*\t/hook\t\t7\t-8",
	"*\t/hook\\000\t\t7\t8",
	"+\t/hook\t\t7\t8",
	"",
	"nonsense",
};

START_TEST(loses_no_more_than_the_report_that_is_damaged)
{
	struct vssd_report *reports[MAX] = { 0 };
	char text[1024];

	(void)snprintf(text, sizeof(text), OTHER GOOD "%s\n" OTHER, bad_lines[_i]);
	ck_assert_uint_eq(parse(text, reports), 2);
	ck_assert_str_eq(reports[0]->reason, "no time\nleft");
	ck_assert_str_eq(reports[1]->reason, "no time\nleft");
	free_reports(reports);
}
END_TEST

static const char *const bad_reports[] = {
	"backup\tfine\t\t5\t0\t0\t0\n",
	"backup\trunning\t\t5\t0\t0\t0\n",
	"test\tfailed\t\t5\t0\t0\t0\n",
	"backup\tfailed\t\tx\t0\t0\t0\n",
	"backup\tfailed\t\\000\t5\t0\t0\t0\n",
	"+\tfrozen\text4\t/\t\t1\t4\t5\t6\t0\n",
};

START_TEST(skips_what_is_no_report)
{
	struct vssd_report *reports[MAX] = { 0 };
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s" GOOD, bad_reports[_i]);
	ck_assert_uint_eq(parse(text, reports), 1);
	ck_assert_uint_eq(reports[0]->n, 2);
	free_reports(reports);
}
END_TEST

/* Cut anywhere: what is whole is read, and nothing is read that was not there. A line without its end costs
 * the report that is open, whether it is that one's or the first of the next. */
START_TEST(reads_what_is_left_of_a_file_that_was_cut)
{
	const char whole[] = OTHER GOOD;
	size_t next_rows_at = strlen(OTHER) + (size_t)(strchr(GOOD, '\n') - GOOD);

	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		struct vssd_report *reports[MAX] = { 0 };
		size_t n = vssd_report_parse(whole, size, reports, MAX);

		ck_assert_uint_le(n, 2);
		if (size > 0 && whole[size - 1] != '\n')
			ck_assert_uint_eq(n, size > next_rows_at);
		if (n > 0)
			ck_assert_str_eq(reports[0]->reason, "no time\nleft");
		if (n > 1)
			ck_assert_str_eq(reports[1]->reason, "/efi was not frozen");
		free_reports(reports);
	}
}
END_TEST

START_TEST(survives_whatever_is_in_the_file)
{
	static const char letters[] = "+\t\t\t\nbackup\\0127frozen";
	struct hvg_random random = hvg_random_from(_i);
	char text[] = GOOD OTHER GOOD OTHER;

	for (unsigned int step = hvg_random_steps(200); step > 0; step--) {
		struct vssd_report *reports[MAX] = { 0 };

		text[hvg_random_below(&random, sizeof(text) - 1)] = letters[hvg_random_below(&random, sizeof(letters) - 1)];
		ck_assert_uint_le(parse(text, reports), MAX);
		free_reports(reports);
	}
}
END_TEST

Suite *hvg_suite_daemons_report_text(void)
{
	Suite *suite = suite_create("report-text");
	TCase *tcase = hvg_suite_case(suite, "report-text");

	tcase_add_test(tcase, reads_a_report);
	tcase_add_test(tcase, writes_what_it_has_read);
	tcase_add_test(tcase, reads_no_more_than_there_is_room_for);
	tcase_add_loop_test(tcase, loses_no_more_than_the_report_that_is_damaged, 0, HVG_ELEMENTS(bad_lines));
	tcase_add_loop_test(tcase, skips_what_is_no_report, 0, HVG_ELEMENTS(bad_reports));
	tcase_add_test(tcase, reads_what_is_left_of_a_file_that_was_cut);
	tcase_add_loop_test(tcase, survives_whatever_is_in_the_file, 0, 20);
	return suite;
}
