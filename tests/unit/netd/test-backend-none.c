// SPDX-License-Identifier: LGPL-2.1-or-later

/* An adapter that appears, in a network namespace: a veth that looks like a synthetic one. */

#include "suites.h"

#include "hv-netd/transaction.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>

#define GUID "b5e15ac5-0000-4000-8000-00155d010203"
#define FILE_OF_IT "/run/state/static/" GUID

static struct netd_settings settings;
static struct netd_context context;
static struct netd_outcome outcome;

static void choose(const char *backend)
{
	settings.backend = 0;
	while (strcmp(netd_settings_backend(&settings), backend) != 0)
		settings.backend++;
}

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
	hvg_sandbox_run("ip link add near type veth peer name far && ip link set far up");
	hvg_sandbox_write("/run/sys/class/net/near/device/device_id", "{" GUID "}\n");
	hvg_sandbox_run("ln -s ../hv_netvsc /run/sys/class/net/near/device/driver");
	hvg_sandbox_write(FILE_OF_IT, "# said before\nipv4 static\nipv6 auto\naddress 192.0.2.7/24\n");
	choose("none");
	context = (struct netd_context){ .settings = &settings, .sysfs = "/run/sys", .state = "/run/state" };
	ck_assert_int_eq(hvg_netaddr_new(&context.netaddr), 0);
}

static void teardown(void)
{
	hvg_netaddr_free(context.netaddr);
}

static void expect_restored(enum netd_result result, int code)
{
	netd_restore(&context, GUID, &outcome);
	ck_assert_int_eq(outcome.result, result);
	ck_assert_int_eq(outcome.code, code);
}

static void expect_address(bool is_there)
{
	hvg_sandbox_run("%sip -4 address show dev near | grep -q 'inet 192.0.2.7/24'", is_there ? "" : "! ");
}

START_TEST(puts_what_was_injected_on_an_adapter_that_appears)
{
	expect_restored(NETD_APPLIED, 0);
	expect_address(true);
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
	choose("networkd");
	expect_restored(NETD_UNCHANGED, 0);
	expect_address(false);
}
END_TEST

START_TEST(tells_of_a_file_that_makes_no_sense)
{
	hvg_sandbox_write(FILE_OF_IT, "what is this\n");
	expect_restored(NETD_FAILED, -EBADMSG);
	ck_assert(outcome.text[0] != '\0');
	expect_address(false);
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
