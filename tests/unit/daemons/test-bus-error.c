// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/bus-error.h"

#include <errno.h>
#include <string.h>

START_TEST(gives_each_errno_a_name_and_takes_it_back)
{
	unsigned int n_named = 0;

	for (int error = -1; error > -134; error--) {
		const char *name = hvg_bus_error_name(error);
		const sd_bus_error sent = SD_BUS_ERROR_MAKE_CONST(name, "text");

		if (strcmp(name, "org.hvguest.Error.Failed") == 0)
			continue;
		ck_assert_int_eq(hvg_bus_error_get(&sent), error);
		ck_assert_int_eq(strncmp(name, "org.hvguest.Error.", 18), 0);
		n_named++;
	}
	ck_assert_uint_ge(n_named, 20);
}
END_TEST

static const struct {
	const char *name;
	int error;
} foreign[] = {
	{ "org.hvguest.Error.Failed", -EIO },
	{ "org.hvguest.Error.Unheard", -EIO },
	{ "com.example.Error", -EIO },
	{ SD_BUS_ERROR_ACCESS_DENIED, -EACCES },
	{ SD_BUS_ERROR_NO_REPLY, -ETIMEDOUT },
	{ SD_BUS_ERROR_SERVICE_UNKNOWN, -EHOSTUNREACH },
	{ "System.Error.ENOENT", -ENOENT },
};

START_TEST(takes_back_errors_of_others)
{
	const sd_bus_error sent = { foreign[_i].name, "text", 0 };

	ck_assert_int_eq(hvg_bus_error_get(&sent), foreign[_i].error);
}
END_TEST

START_TEST(sets_name_and_text)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;

	ck_assert_int_eq(hvg_bus_error_set(&error, -ENOENT, "no key %s", "a\xff\n"), -ENOENT);
	ck_assert_str_eq(error.name, "org.hvguest.Error.NotFound");
	ck_assert_str_eq(error.message, "no key a\xef\xbf\xbd\\x0a");
	sd_bus_error_free(&error);
	ck_assert_int_eq(hvg_bus_error_set(&error, -ENOSPC, NULL), -ENOSPC);
	ck_assert_str_eq(error.message, strerror(ENOSPC));
	sd_bus_error_free(&error);
	ck_assert_int_eq(hvg_bus_error_get(&error), 0);
}
END_TEST

Suite *hvg_suite_daemons_bus_error(void)
{
	Suite *suite = suite_create("daemons-bus-error");
	TCase *tcase = hvg_suite_case(suite, "bus-error");

	tcase_add_test(tcase, gives_each_errno_a_name_and_takes_it_back);
	tcase_add_loop_test(tcase, takes_back_errors_of_others, 0, HVG_ELEMENTS(foreign));
	tcase_add_test(tcase, sets_name_and_text);
	return suite;
}
