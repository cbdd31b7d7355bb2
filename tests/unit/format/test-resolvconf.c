// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "format/resolvconf.h"

#include <string.h>

/* What one line says; no address: it names no server. */
static const struct {
	const char *line, *address;
	bool is_stub;
} lines[] = {
	{ "nameserver 192.0.2.1", "192.0.2.1", false },
	{ "nameserver\t192.0.2.1\n", "192.0.2.1", false },
	{ "nameserver   192.0.2.1  \n", "192.0.2.1", false },
	{ "nameserver 192.0.2.1\r\n", "192.0.2.1", false },
	{ "nameserver 192.0.2.1 # mine", "192.0.2.1", false },
	{ "nameserver 2001:DB8:0::1", "2001:db8::1", false },
	{ "nameserver fe80::1%eth0", "fe80::1", false },
	{ "nameserver 127.0.0.1", "127.0.0.1", false },
	{ "nameserver 127.0.0.53", "127.0.0.53", true },
	{ "nameserver 127.0.0.54", "127.0.0.54", true },
	{ "nameserver 127.0.0.55", "127.0.0.55", false },
	{ "nameserver ::ffff:192.0.2.1", "::ffff:192.0.2.1", false },
	{ " nameserver 192.0.2.1", NULL, false },
	{ "#nameserver 192.0.2.1", NULL, false },
	{ ";nameserver 192.0.2.1", NULL, false },
	{ "nameserver", NULL, false },
	{ "nameserver ", NULL, false },
	{ "nameserver192.0.2.1", NULL, false },
	{ "nameservers 192.0.2.1", NULL, false },
	{ "Nameserver 192.0.2.1", NULL, false },
	{ "nameserver 192.0.2", NULL, false },
	{ "nameserver 192.0.2.256", NULL, false },
	{ "nameserver 192.0.2.1x", NULL, false },
	{ "nameserver %eth0", NULL, false },
	{ "nameserver dns.example", NULL, false },
	{ "nameserver 0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL, false },
	{ "search example", NULL, false },
	{ "", NULL, false },
};

START_TEST(reads_a_line_as_the_resolver_does)
{
	const char *line = lines[_i].line;
	struct hvg_resolvconf_server server;
	size_t n = hvg_resolvconf_parse(line, strlen(line), &server, 1);

	ck_assert_uint_eq(n, lines[_i].address ? 1 : 0);
	if (n == 0)
		return;
	ck_assert_str_eq(server.address, lines[_i].address);
	ck_assert(server.is_stub == lines[_i].is_stub);
}
END_TEST

START_TEST(keeps_the_order_and_counts_what_has_no_room)
{
	static const char text[] = "options edns0\nnameserver 192.0.2.1\nnameserver bad\n"
				   "nameserver 192.0.2.2\n\nnameserver 192.0.2.3";
	struct hvg_resolvconf_server servers[3] = { 0 };

	ck_assert_uint_eq(hvg_resolvconf_parse(text, strlen(text), servers, 2), 3);
	ck_assert_str_eq(servers[0].address, "192.0.2.1");
	ck_assert_str_eq(servers[1].address, "192.0.2.2");
	ck_assert_str_eq(servers[2].address, "");
	ck_assert_uint_eq(hvg_resolvconf_parse(text, strlen(text), NULL, 0), 3);
}
END_TEST

START_TEST(reads_no_further_than_it_may)
{
	struct hvg_resolvconf_server server;

	ck_assert_uint_eq(hvg_resolvconf_parse("nameserver 192.0.2.123", 20, &server, 1), 1);
	ck_assert_str_eq(server.address, "192.0.2.1");
	ck_assert_uint_eq(hvg_resolvconf_parse(NULL, 0, &server, 1), 0);
}
END_TEST

Suite *hvg_suite_format_resolvconf(void)
{
	Suite *suite = suite_create("resolvconf");
	TCase *tcase = hvg_suite_case(suite, "resolvconf");

	tcase_add_loop_test(tcase, reads_a_line_as_the_resolver_does, 0, HVG_ELEMENTS(lines));
	tcase_add_test(tcase, keeps_the_order_and_counts_what_has_no_room);
	tcase_add_test(tcase, reads_no_further_than_it_may);
	return suite;
}
