// SPDX-License-Identifier: LGPL-2.1-or-later

/* A veth pair between two network namespaces: near asks, and far has an address or not. */

#include "suites.h"

#include "os/neighbour.h"
#include "os/sandbox.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

static const struct hvg_ip ipv4 = { .family = AF_INET, .bytes = { 192, 0, 2, 1 } };
static const struct hvg_ip ipv6 = { .family = AF_INET6, .bytes = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
static uint32_t index_of_near;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
	hvg_sandbox_run("ip netns add other && ip link add near type veth peer name far netns other &&"
			" ip -n other link set far up && ip link set near up &&"
			" ip address add 192.0.2.7/24 dev near && ip address add 2001:db8::7/64 dev near nodad &&"
			" ip address add fe80::7/64 dev near nodad"); /* IPv6 asks from there */
	index_of_near = if_nametoindex("near");
}

/* Within a time that is far from a veth's. */
static bool answers(const struct hvg_ip *ip)
{
	ck_assert_int_eq(hvg_neighbour_ask(index_of_near, ip), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		int r = hvg_neighbour_is_there(index_of_near, ip);

		ck_assert_int_ge(r, 0);
		if (r > 0)
			return true;
		(void)usleep(10000);
	}
	return false;
}

START_TEST(hears_whoever_has_the_address)
{
	hvg_sandbox_run("ip -n other address add 192.0.2.1/24 dev far && ip -n other address add 2001:db8::1/64 dev far nodad");
	ck_assert(answers(&ipv4));
	ck_assert(answers(&ipv6));
}
END_TEST

START_TEST(hears_nobody_where_nobody_has_it)
{
	ck_assert_int_eq(hvg_neighbour_ask(index_of_near, &ipv4), 0);
	(void)usleep(200000);
	ck_assert_int_eq(hvg_neighbour_is_there(index_of_near, &ipv4), 0);
}
END_TEST

START_TEST(knows_of_nobody_before_it_asks)
{
	hvg_sandbox_run("ip -n other address add 192.0.2.1/24 dev far");
	ck_assert_int_eq(hvg_neighbour_is_there(index_of_near, &ipv4), 0);
}
END_TEST

START_TEST(tells_that_an_adapter_is_gone)
{
	ck_assert_int_lt(hvg_neighbour_ask(index_of_near + 100, &ipv4), 0);
}
END_TEST

Suite *hvg_suite_os_neighbour(void)
{
	Suite *suite = suite_create("os/neighbour");
	TCase *tcase = hvg_suite_case(suite, "neighbour");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, hears_whoever_has_the_address);
	tcase_add_test(tcase, hears_nobody_where_nobody_has_it);
	tcase_add_test(tcase, knows_of_nobody_before_it_asks);
	tcase_add_test(tcase, tells_that_an_adapter_is_gone);
	return suite;
}
