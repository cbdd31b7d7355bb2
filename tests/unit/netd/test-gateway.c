// SPDX-License-Identifier: LGPL-2.1-or-later

/* Default gateways that answer, late or not at all, of an adapter that nobody manages. */

#include "suites.h"

#include "hv-netd/gateway.h"
#include "netd/adapter-fixture.h"
#include "os/sandbox.h"
#include "hvguest/ipinfo.h"

/* A question of the kernel's later than the first of each second, and far from its last. */
#define LATE "1.7"

static const char *const nothing[] = { NULL };
static const char *const addresses[] = { "192.0.2.7", "2001:db8::7", NULL };
static const char *const subnets[] = { "24", "64", NULL };
static const char *const gateways[] = { "192.0.2.1", "2001:db8::1", NULL };

static struct adapter_fixture fixture;
static struct netd_outcome outcome;

static void setup(void)
{
	struct hvg_ipplan_request request = {
		.families = HVG_IPINFO_IPV4 | HVG_IPINFO_IPV6,
		.addresses = addresses,
		.subnets = subnets,
		.gateways = gateways,
		.dns = nothing,
	};

	adapter_fixture_init(&fixture);
	netd_apply(&fixture.context, ADAPTER_GUID, &request, &outcome);
	ck_assert_msg(outcome.result == NETD_APPLIED, "%s", outcome.text);
	ck_assert_uint_eq(outcome.n_warnings, 0);
}

static void teardown(void)
{
	adapter_fixture_done(&fixture);
}

#define ADD_IPV4 "ip -n other address add 192.0.2.1/24 dev far"
#define ADD_IPV6 "ip -n other address add 2001:db8::1/64 dev far nodad"

START_TEST(warns_of_each_gateway_that_nobody_answers_at)
{
	netd_gateways_wait(&fixture.context, &outcome);
	ck_assert_uint_eq(outcome.n_warnings, 2);
	ck_assert_str_eq(outcome.warnings[0], "nobody answers at the default gateway 192.0.2.1 so far");
	ck_assert_str_eq(outcome.warnings[1], "nobody answers at the default gateway 2001:db8::1 so far");
}
END_TEST

START_TEST(says_nothing_of_gateways_that_answer)
{
	hvg_sandbox_run(ADD_IPV4 " && " ADD_IPV6);
	netd_gateways_wait(&fixture.context, &outcome);
	ck_assert_uint_eq(outcome.n_warnings, 0);
}
END_TEST

/* For as long as the kernel asks. */
START_TEST(hears_gateways_that_answer_late)
{
	hvg_sandbox_run("(sleep " LATE "; " ADD_IPV4 "; " ADD_IPV6 ") >/dev/null 2>&1 &");
	netd_gateways_wait(&fixture.context, &outcome);
	ck_assert_uint_eq(outcome.n_warnings, 0);
}
END_TEST

START_TEST(warns_of_the_silent_one_only)
{
	hvg_sandbox_run(ADD_IPV4);
	netd_gateways_wait(&fixture.context, &outcome);
	ck_assert_uint_eq(outcome.n_warnings, 1);
	ck_assert_ptr_nonnull(strstr(outcome.warnings[0], "2001:db8::1"));
}
END_TEST

/* It is the kernel that takes its time. */
START_TEST(looks_without_waiting)
{
	uint64_t begin_us = netd_now_us();

	ck_assert_int_eq(netd_gateways_look(&fixture.context, &outcome), 0);
	ck_assert_uint_lt(netd_now_us() - begin_us, NETD_GATEWAYS_US);
	ck_assert_uint_eq(outcome.n_warnings, 2);
	hvg_sandbox_run(ADD_IPV4 " && " ADD_IPV6 " && sleep 2");
	outcome.n_warnings = 0;
	ck_assert_int_eq(netd_gateways_look(&fixture.context, &outcome), 1);
}
END_TEST

/* A gateway that nothing is sent to, and a cable that is not in. */
START_TEST(asks_only_where_somebody_could_answer)
{
	hvg_sandbox_run("ip -6 route del default dev near");
	ck_assert_int_eq(netd_gateways_look(&fixture.context, &outcome), 0);
	ck_assert_uint_eq(outcome.n_warnings, 1);
	hvg_sandbox_run("ip -n other link set far down; until ip link show dev near | grep -q NO-CARRIER; do sleep 0.05; done");
	outcome.n_warnings = 0;
	ck_assert_int_eq(netd_gateways_look(&fixture.context, &outcome), 1);
	ck_assert_uint_eq(outcome.n_warnings, 0);
}
END_TEST

START_TEST(warns_no_more_often_than_there_is_room)
{
	outcome.n_warnings = NETD_WARNINGS_MAX - 1;
	(void)netd_gateways_look(&fixture.context, &outcome);
	ck_assert_uint_eq(outcome.n_warnings, NETD_WARNINGS_MAX);
}
END_TEST

Suite *hvg_suite_netd_gateway(void)
{
	Suite *suite = suite_create("netd/gateway");
	TCase *tcase = hvg_suite_case(suite, "gateway");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, warns_of_each_gateway_that_nobody_answers_at);
	tcase_add_test(tcase, says_nothing_of_gateways_that_answer);
	tcase_add_test(tcase, hears_gateways_that_answer_late);
	tcase_add_test(tcase, warns_of_the_silent_one_only);
	tcase_add_test(tcase, looks_without_waiting);
	tcase_add_test(tcase, asks_only_where_somebody_could_answer);
	tcase_add_test(tcase, warns_no_more_often_than_there_is_room);
	return suite;
}
