// SPDX-License-Identifier: LGPL-2.1-or-later

/* An adapter that appears. */

#include "suites.h"

#include "netd/adapter-fixture.h"
#include "os/sandbox.h"

#include <errno.h>

#define FILE_OF_IT ADAPTER_STATE "/static/" ADAPTER_GUID

static struct adapter_fixture fixture;
static struct netd_outcome outcome;

static void setup(void)
{
	adapter_fixture_init(&fixture);
	hvg_sandbox_write(FILE_OF_IT, "# said before\nipv4 static\nipv6 auto\naddress 192.0.2.7/24\n");
}

static void teardown(void)
{
	adapter_fixture_done(&fixture);
}

static void expect_restored(enum netd_result result, int code)
{
	netd_restore(&fixture.context, ADAPTER_GUID, &outcome);
	ck_assert_int_eq(outcome.result, result);
	ck_assert_int_eq(outcome.code, code);
}

START_TEST(puts_what_was_injected_on_an_adapter_that_appears)
{
	expect_restored(NETD_APPLIED, 0);
	adapter_expect("-4 address", "inet 192.0.2.7/24");
	ck_assert_str_eq(outcome.interface, "near");
	ck_assert_str_eq(outcome.backend, "none");
}
END_TEST

START_TEST(has_nothing_to_do_where_nothing_was_injected)
{
	hvg_sandbox_run("rm " FILE_OF_IT);
	expect_restored(NETD_UNCHANGED, 0);
}
END_TEST

START_TEST(takes_an_adapter_that_is_gone_again_for_no_failure)
{
	hvg_sandbox_run("rm -r /run/sys/class/net/near");
	expect_restored(NETD_UNCHANGED, 0);
}
END_TEST

START_TEST(leaves_an_adapter_to_its_manager)
{
	adapter_fixture_choose(&fixture, "networkd");
	expect_restored(NETD_UNCHANGED, 0);
	adapter_expect("-4 address", "!192.0.2.7");
}
END_TEST

START_TEST(tells_of_a_file_that_makes_no_sense)
{
	hvg_sandbox_write(FILE_OF_IT, "what is this\n");
	expect_restored(NETD_FAILED, -EBADMSG);
	ck_assert(outcome.text[0] != '\0');
	adapter_expect("-4 address", "!192.0.2.7");
}
END_TEST

Suite *hvg_suite_netd_backend_none(void)
{
	Suite *suite = suite_create("netd/backend-none");
	TCase *tcase = hvg_suite_case(suite, "backend-none");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, puts_what_was_injected_on_an_adapter_that_appears);
	tcase_add_test(tcase, has_nothing_to_do_where_nothing_was_injected);
	tcase_add_test(tcase, takes_an_adapter_that_is_gone_again_for_no_failure);
	tcase_add_test(tcase, leaves_an_adapter_to_its_manager);
	tcase_add_test(tcase, tells_of_a_file_that_makes_no_sense);
	return suite;
}
