// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A network namespace with a veth pair; what the kernel shows afterwards is looked at with ip(8).
 */

#include "suites.h"

#include "os/netaddr.h"
#include "os/netset.h"
#include "os/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

static struct hvg_netaddr *netaddr;

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
	hvg_sandbox_run("ip link add near type veth peer name far && ip link set far up");
	ck_assert_int_eq(hvg_netaddr_new(&netaddr), 0);
}

static void teardown(void)
{
	netaddr = hvg_netaddr_free(netaddr);
}

static const struct hvg_netif *find(const char *name)
{
	const struct hvg_netfacts *facts;

	ck_assert_int_ge(hvg_netaddr_refresh(netaddr), 0);
	facts = hvg_netaddr_facts(netaddr);
	for (size_t i = 0; i < facts->n_netifs; i++)
		if (strcmp(facts->netifs[i].name, name) == 0)
			return &facts->netifs[i];
	return NULL;
}

static int apply(const char *text)
{
	struct hvg_ipconfig config;

	ck_assert_int_eq(hvg_ipconfig_parse(text, strlen(text), &config), 0);
	return hvg_netset_apply(netaddr, find("near")->index, &config);
}

/* Words that must, or with '!' in front must not, be in what ip(8) shows of near. */
static void expect(const char *what, const char *word)
{
	bool no = *word == '!';

	hvg_sandbox_run("%sip %s show dev near | grep -q -- '%s'", no ? "! " : "", what, word + no);
}

#define BOTH                                                                                     \
	"ipv4 static\nipv6 static\naddress 192.0.2.7/24\naddress 2001:db8::7/64\n"               \
	"gateway 192.0.2.1 metric 0\ngateway 192.0.2.2 metric 2000\ngateway fe80::1 metric 0\n"

START_TEST(puts_addresses_and_routes)
{
	ck_assert_int_eq(apply(BOTH), 0);
	expect("link", "UP");
	expect("-4 address", "inet 192.0.2.7/24 .*scope global");
	expect("-6 address", "inet6 2001:db8::7/64 scope global");
	expect("-4 route", "default via 192.0.2.1 ");
	expect("-4 route", "default via 192.0.2.2 .*metric 2000");
	expect("-6 route", "default via fe80::1 ");
	hvg_sandbox_run("[ $(cat /proc/sys/net/ipv6/conf/near/accept_ra) = 0 ]");
}
END_TEST

START_TEST(changes_nothing_the_second_time)
{
	ck_assert_int_eq(apply(BOTH), 0);
	hvg_sandbox_run("ip monitor address route >/run/monitor & echo $! >/run/pid; sleep 0.2");
	ck_assert_int_eq(apply(BOTH), 0);
	hvg_sandbox_run("sleep 0.2; kill $(cat /run/pid); ! grep -v 'fe80\\|ff00\\|2001:db8::7' /run/monitor");
}
END_TEST

START_TEST(takes_away_what_was_there_before)
{
	hvg_sandbox_run("ip link set near up && ip address add 10.0.0.1/8 dev near &&"
			" ip address add 10.0.0.2/8 dev near && ip address add fd00::1/64 dev near &&"
			" ip route add default via 10.0.0.9 && ip -6 route add default via fd00::9");
	ck_assert_int_eq(apply("ipv4 static\nipv6 auto\naddress 192.0.2.7/24\ngateway 192.0.2.1 metric 0\n"), 0);
	expect("-4 address", "192.0.2.7");
	expect("-4 address", "!10.0.0");
	expect("-6 address", "!fd00::1");
	expect("-4 route", "!10.0.0.9");
	expect("-6 route", "!fd00::9");
	hvg_sandbox_run("[ $(cat /proc/sys/net/ipv6/conf/near/accept_ra) = 1 ]");
}
END_TEST

START_TEST(leaves_what_is_of_the_kernel)
{
	hvg_sandbox_run("ip link set near up && ip address add fe80::77/64 dev near nodad &&"
			" ip address add 10.0.0.1/8 dev near valid_lft 1000 preferred_lft 1000");
	ck_assert_int_eq(apply("ipv4 off\nipv6 auto\n"), 0);
	expect("-6 address", "fe80::77");
	expect("-4 address", "10.0.0.1");
}
END_TEST

/* The kernel takes the secondary addresses of a subnet away with the primary one. */
START_TEST(changes_addresses_within_a_subnet)
{
	ck_assert_int_eq(apply("ipv4 static\nipv6 auto\naddress 192.0.2.8/24\naddress 192.0.2.9/24\ngateway 192.0.2.1 metric 0\n"), 0);
	ck_assert_int_eq(apply("ipv4 static\nipv6 auto\naddress 192.0.2.7/24\naddress 192.0.2.9/24\ngateway 192.0.2.1 metric 0\n"), 0);
	expect("-4 address", "192.0.2.7/24");
	expect("-4 address", "192.0.2.9/24");
	expect("-4 address", "!192.0.2.8");
	expect("-4 route", "default via 192.0.2.1");
}
END_TEST

START_TEST(tells_that_an_interface_is_gone)
{
	static const struct hvg_ipconfig config;

	ck_assert_int_eq(hvg_netset_apply(netaddr, 77, &config), -ENODEV);
}
END_TEST

START_TEST(changes_a_prefix_length)
{
	ck_assert_int_eq(apply("ipv4 static\nipv6 static\naddress 192.0.2.7/24\naddress 2001:db8::7/64\n"), 0);
	ck_assert_int_eq(apply("ipv4 static\nipv6 static\naddress 192.0.2.7/25\naddress 2001:db8::7/48\n"), 0);
	expect("-4 address", "192.0.2.7/25");
	expect("-4 address", "!192.0.2.7/24");
	expect("-6 address", "2001:db8::7/48");
}
END_TEST

START_TEST(reaches_a_gateway_outside_of_every_subnet)
{
	ck_assert_int_eq(apply("ipv4 static\nipv6 auto\naddress 192.0.2.7/32\ngateway 198.51.100.1 metric 0 onlink\n"), 0);
	expect("-4 route", "default via 198.51.100.1 .*onlink");
}
END_TEST

START_TEST(says_what_the_kernel_refuses)
{
	ck_assert_int_eq(apply("ipv4 static\nipv6 auto\naddress 192.0.2.7/32\ngateway 198.51.100.1 metric 0\n"), -ENETUNREACH);
}
END_TEST

START_TEST(does_no_dhcp)
{
	ck_assert_int_eq(apply("ipv4 dhcp\nipv6 auto\n"), -EOPNOTSUPP);
	expect("link", "!,UP");
}
END_TEST

START_TEST(touches_no_other_interface)
{
	hvg_sandbox_run("ip address add 10.0.0.1/8 dev far && ip route add default via 10.0.0.9 dev far");
	ck_assert_int_eq(apply(BOTH), 0);
	hvg_sandbox_run("ip -4 address show dev far | grep -q 10.0.0.1/8 && ip route show dev far | grep -q 10.0.0.9");
}
END_TEST

Suite *hvg_suite_os_netset(void)
{
	Suite *suite = suite_create("os/netset");
	TCase *tcase = hvg_suite_case(suite, "netset");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, puts_addresses_and_routes);
	tcase_add_test(tcase, changes_nothing_the_second_time);
	tcase_add_test(tcase, takes_away_what_was_there_before);
	tcase_add_test(tcase, leaves_what_is_of_the_kernel);
	tcase_add_test(tcase, changes_addresses_within_a_subnet);
	tcase_add_test(tcase, tells_that_an_interface_is_gone);
	tcase_add_test(tcase, changes_a_prefix_length);
	tcase_add_test(tcase, reaches_a_gateway_outside_of_every_subnet);
	tcase_add_test(tcase, says_what_the_kernel_refuses);
	tcase_add_test(tcase, does_no_dhcp);
	tcase_add_test(tcase, touches_no_other_interface);
	return suite;
}
