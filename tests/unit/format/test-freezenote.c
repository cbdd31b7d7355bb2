// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "format/freezenote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

START_TEST(reads_what_it_has_written)
{
	struct hvg_mount mount = { .dev = { 253, 17 }, .point = hvg_span_of("/srv/a\\040b") };
	struct hvg_freezenote_entry entry;
	char line[64];
	int n = hvg_freezenote_render(&mount, line, sizeof(line));

	ck_assert_str_eq(line, "253:17 /srv/a\\040b\n");
	ck_assert_int_eq(n, (int)strlen(line));
	ck_assert_uint_eq(hvg_freezenote_parse(line, (size_t)n, &entry, 1), 1);
	ck_assert(hvg_devno_is(entry.dev, mount.dev));
	ck_assert(hvg_span_is(entry.point, "/srv/a\\040b"));
	ck_assert_int_eq(hvg_freezenote_render(&mount, line, (size_t)n), -ENOSPC);
}
END_TEST

static const char *const bad_lines[] = { "", "8:1", "8:1 ", "8:1 relative", "8 /", "x:1 /", "8:y /", " 8:1 /" };

START_TEST(skips_what_is_no_entry)
{
	struct hvg_freezenote_entry entries[2];
	char text[64];

	(void)snprintf(text, sizeof(text), "%s\n8:2 /", bad_lines[_i]);
	ck_assert_uint_eq(hvg_freezenote_parse(text, strlen(text), entries, 2), 1);
	ck_assert_uint_eq(entries[0].dev.minor, 2);
}
END_TEST

START_TEST(counts_what_has_no_room)
{
	struct hvg_freezenote_entry entries[2] = { 0 };

	ck_assert_uint_eq(hvg_freezenote_parse("8:1 /a\n8:2 /b\n8:3 /c\n", 21, entries, 1), 3);
	ck_assert_uint_eq(entries[0].dev.minor, 1);
	ck_assert_uint_eq(entries[1].dev.minor, 0);
	ck_assert_uint_eq(hvg_freezenote_parse(NULL, 0, NULL, 0), 0);
}
END_TEST

Suite *hvg_suite_format_freezenote(void)
{
	Suite *suite = suite_create("freezenote");
	TCase *tcase = hvg_suite_case(suite, "freezenote");

	tcase_add_test(tcase, reads_what_it_has_written);
	tcase_add_loop_test(tcase, skips_what_is_no_entry, 0, HVG_ELEMENTS(bad_lines));
	tcase_add_test(tcase, counts_what_has_no_room);
	return suite;
}
