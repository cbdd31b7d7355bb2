// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "service/ipverify.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <string.h>

static struct hvg_netif netif;
static struct hvg_ifaddr addresses[3];
static struct hvg_default_route routes[2];
static struct hvg_netfacts facts;
static struct hvg_ipconfig config, former;
static struct hvg_ipverify_wish wish;

static struct hvg_ip ip(const char *text)
{
	struct hvg_ip ret;

	ck_assert(hvg_ip_parse(text, &ret));
	return ret;
}

/* All is as it was wished. */
static void setup(void)
{
	static const char text[] = "ipv4 static\nipv6 static\naddress 192.0.2.7/24\naddress 2001:db8::7/64\n"
				   "gateway 192.0.2.1 metric 0\ngateway 2001:db8::1 metric 0\n";

	ck_assert_int_eq(hvg_ipconfig_parse(text, strlen(text), &config), 0);
	former = config;
	wish = (struct hvg_ipverify_wish){ .config = &config, .checks_routes = true };
	netif = (struct hvg_netif){ .index = 2, .name = "eth0", .flags = IFF_UP | IFF_LOWER_UP };
	addresses[0] = (struct hvg_ifaddr){ .index = 2, .ip = ip("192.0.2.7"), .prefix_length = 24 };
	addresses[1] = (struct hvg_ifaddr){ .index = 2, .ip = ip("2001:db8::7"), .prefix_length = 64 };
	routes[0] = (struct hvg_default_route){ .index = 2, .gateway = ip("192.0.2.1") };
	routes[1] = (struct hvg_default_route){ .index = 2, .gateway = ip("2001:db8::1") };
	facts = (struct hvg_netfacts){ &netif, 1, addresses, 2, routes, 2 };
}

static void expect(enum hvg_ipverify_verdict verdict, const char *words)
{
	struct hvg_ipverify result = hvg_ipverify(&facts, 2, &wish);

	ck_assert_int_eq(result.verdict, verdict);
	ck_assert_msg(strstr(result.reason, words), "%s", result.reason);
}

START_TEST(is_content_when_all_is_there)
{
	struct hvg_ipverify result = hvg_ipverify(&facts, 2, &wish);

	ck_assert_int_eq(result.verdict, HVG_IPVERIFY_GOOD);
	ck_assert_str_eq(result.reason, "");
}
END_TEST

START_TEST(waits_for_an_address)
{
	addresses[0].ip.bytes[3]++;
	expect(HVG_IPVERIFY_NOT_YET, "192.0.2.7/24 is not on eth0");
}
END_TEST

START_TEST(takes_no_address_of_another_length_or_interface)
{
	if (_i == 0)
		addresses[1].prefix_length = 128;
	else
		addresses[1].index = 3;
	expect(HVG_IPVERIFY_NOT_YET, "2001:db8::7/64 is not on eth0");
}
END_TEST

START_TEST(waits_for_the_test_for_duplicates)
{
	addresses[1].flags = IFA_F_TENTATIVE;
	expect(HVG_IPVERIFY_NOT_YET, "2001:db8::7 is still being tested");
}
END_TEST

START_TEST(cannot_wait_for_that_without_a_carrier)
{
	addresses[1].flags = IFA_F_TENTATIVE;
	netif.flags &= ~(uint32_t)IFF_LOWER_UP;
	expect(HVG_IPVERIFY_GOOD, "");
}
END_TEST

START_TEST(gives_up_on_a_duplicate_whatever_else_is_missing)
{
	addresses[0].ip.bytes[3]++;
	addresses[1].flags = IFA_F_DADFAILED | IFA_F_TENTATIVE;
	expect(HVG_IPVERIFY_BAD, "2001:db8::7 is in use by another machine");
}
END_TEST

START_TEST(waits_for_a_route)
{
	routes[1].index = 3;
	expect(HVG_IPVERIFY_NOT_YET, "there is no default route by 2001:db8::1 on eth0");
}
END_TEST

START_TEST(looks_at_no_route_if_told_so)
{
	facts.n_routes = 0;
	expect(HVG_IPVERIFY_NOT_YET, "there is no default route");
	wish.checks_routes = false;
	expect(HVG_IPVERIFY_GOOD, "");
}
END_TEST

/* Also of the same address with another length; what somebody else has added is not ours to judge. */
START_TEST(waits_until_what_was_there_before_is_gone)
{
	wish.former = &former;
	expect(HVG_IPVERIFY_GOOD, "");
	former.addresses[0].prefix_length = 16;
	expect(HVG_IPVERIFY_GOOD, "");
	addresses[2] = (struct hvg_ifaddr){ .index = 2, .ip = ip("192.0.2.7"), .prefix_length = 16 };
	facts.n_addresses = 3;
	expect(HVG_IPVERIFY_NOT_YET, "192.0.2.7/16 is still on eth0");
	addresses[2].ip.bytes[3]++;
	expect(HVG_IPVERIFY_GOOD, "");
}
END_TEST

START_TEST(lets_a_lease_have_the_address_that_was_static_before)
{
	wish.former = &former;
	config.n_addresses = config.n_gateways = 0;
	expect(HVG_IPVERIFY_NOT_YET, "192.0.2.7/24 is still on eth0");
	config.ipv4 = HVG_IPV4_DHCP;
	expect(HVG_IPVERIFY_NOT_YET, "2001:db8::7/64 is still on eth0");
	facts.n_addresses = 1;
	expect(HVG_IPVERIFY_GOOD, "");
}
END_TEST

START_TEST(waits_for_the_interface_itself)
{
	netif.flags = 0;
	expect(HVG_IPVERIFY_NOT_YET, "eth0 is down");
	netif.index = 3;
	expect(HVG_IPVERIFY_NOT_YET, "the adapter is gone");
}
END_TEST

Suite *hvg_suite_service_ipverify(void)
{
	Suite *suite = suite_create("service/ipverify");
	TCase *tcase = hvg_suite_case(suite, "ipverify");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, is_content_when_all_is_there);
	tcase_add_test(tcase, waits_for_an_address);
	tcase_add_loop_test(tcase, takes_no_address_of_another_length_or_interface, 0, 2);
	tcase_add_test(tcase, waits_for_the_test_for_duplicates);
	tcase_add_test(tcase, cannot_wait_for_that_without_a_carrier);
	tcase_add_test(tcase, gives_up_on_a_duplicate_whatever_else_is_missing);
	tcase_add_test(tcase, waits_for_a_route);
	tcase_add_test(tcase, looks_at_no_route_if_told_so);
	tcase_add_test(tcase, waits_until_what_was_there_before_is_gone);
	tcase_add_test(tcase, lets_a_lease_have_the_address_that_was_static_before);
	tcase_add_test(tcase, waits_for_the_interface_itself);
	return suite;
}
