// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/classname.h"

START_TEST(names_classes)
{
	ck_assert_str_eq(hvg_class_name("a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"), "[Data Exchange]");
	ck_assert_str_eq(hvg_class_name("427b03e7-4ceb-4286-b5fc-486f4a1dd439"), "[Crash dump]");
}
END_TEST

START_TEST(knows_no_other_form_and_no_other_class)
{
	static const char *const unknown[] = {
		"",
		"A9A0F4E7-5A45-4D96-B827-8A841E8C03E6",
		"{a9a0f4e7-5a45-4d96-b827-8a841e8c03e6}",
		"a9a0f4e7-5a45-4d96-b827-8a841e8c03e7",
	};

	ck_assert_str_eq(hvg_class_name(unknown[_i]), "Unknown");
}
END_TEST

Suite *hvg_suite_base_classname(void)
{
	Suite *suite = suite_create("classname");
	TCase *tcase = hvg_suite_case(suite, "classname");

	tcase_add_test(tcase, names_classes);
	tcase_add_loop_test(tcase, knows_no_other_form_and_no_other_class, 0, 4);
	return suite;
}
