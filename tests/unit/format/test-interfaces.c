// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "format/golden.h"
#include "format/interfaces.h"

#include <errno.h>
#include <string.h>

static int edit(const char *old, const char *name, struct hvg_printer *ret)
{
	struct hvg_ipconfig config = golden_config(name);

	*ret = golden_printer();
	return hvg_interfaces_edit(hvg_span_of(old), "eth0", &config, ret);
}

/* What the file of an administrator becomes. The configurations are those of tests/data/net. */
static const struct {
	const char *old, *config, *new;
} edits[] = {
	/* The least: a stanza in the middle of others. */
	{ "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n\nauto eth1\niface eth1 inet dhcp\n",
		"ipv4",
		"auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n\taddress 192.0.2.7/24\n"
		"\tgateway 192.0.2.1\n\tdns-nameservers 192.0.2.2 1.1.1.1\n\nauto eth1\niface eth1 inet dhcp\n" },
	/* Options that say nothing of addresses, comments and continuations stay. */
	{ "iface eth0 inet static\n  address 10.0.0.1 # not a comment to ifupdown\n  netmask 255.0.0.0\n\n"
	  "  # the mtu of the tunnel\n  mtu 1400\n  gateway \\\n    10.0.0.2\n  pre-up echo \\\n    up\n"
	  "# about eth1\nallow-hotplug eth1\n",
		"ipv4",
		"iface eth0 inet static\n\taddress 192.0.2.7/24\n\tgateway 192.0.2.1\n"
		"\tdns-nameservers 192.0.2.2 1.1.1.1\n\n  # the mtu of the tunnel\n  mtu 1400\n  pre-up echo \\\n    up\n"
		"# about eth1\nallow-hotplug eth1\n" },
	/* No line break at the end. */
	{ "iface eth0 inet dhcp", "dhcp", "iface eth0 inet dhcp\n\tdns-nameservers 192.0.2.2\n" },
	{ "iface eth0 inet dhcp\n\thostname x", "off", "iface eth0 inet manual\n\thostname x\n" },
	/* A family that is new comes behind the first; one that is not needed stays as it was. */
	{ "iface eth0 inet dhcp\n\tmtu 1400\n\n#\n", "both",
		"iface eth0 inet static\n\taddress 192.0.2.7/24\n\tgateway 192.0.2.1\n"
		"\tdns-nameservers 192.0.2.2 2001:db8::2\n\tmtu 1400\n"
		"iface eth0 inet6 static\n\taddress 2001:db8::7/64\n\tautoconf 0\n\taccept_ra 0\n\tgateway fe80::1\n\n#\n" },
	{ "iface eth0 inet6 auto\n\tprivext 2\n# x\niface eth0 inet manual\n", "ipv4",
		"iface eth0 inet6 auto\n\tprivext 2\n# x\niface eth0 inet static\n\taddress 192.0.2.7/24\n"
		"\tgateway 192.0.2.1\n\tdns-nameservers 192.0.2.2 1.1.1.1\n" },
	{ "iface eth0 inet6 auto\n", "ipv4",
		"iface eth0 inet6 auto\niface eth0 inet static\n\taddress 192.0.2.7/24\n"
		"\tgateway 192.0.2.1\n\tdns-nameservers 192.0.2.2 1.1.1.1\n" },
	{ "iface eth0 inet6 static\n\taddress fd00::1/64\n\tmtu 1400\n", "dhcp",
		"iface eth0 inet6 auto\n\tmtu 1400\niface eth0 inet dhcp\n\tdns-nameservers 192.0.2.2\n" },
	{ "iface eth0 inet dhcp\niface eth0 inet6 auto\n", "ipv6",
		"iface eth0 inet manual\niface eth0 inet6 static\n\taddress 2001:db8::7/64\n\tautoconf 0\n"
		"\taccept_ra 0\n\tgateway 2001:db8::1\n\tdns-nameservers 2001:db8::2\n" },
	/* Several stanzas of one family become as many as are needed. */
	{ "iface eth0 inet static\n\taddress 10.0.0.1/8\n\tmtu 9\niface eth0 inet static\n\taddress 10.0.0.2/8\n\tup x\n"
	  "mapping eth2\n\tscript y\n",
		"dhcp", "iface eth0 inet dhcp\n\tdns-nameservers 192.0.2.2\n\tmtu 9\nmapping eth2\n\tscript y\n" },
	/* Names that begin alike, aliases and other families of words. */
	{ "iface eth0:1 inet static\n\taddress 10.0.0.1/8\niface eth00 inet dhcp\n\tiface-x eth0\nauto eth0\niface eth0 inet dhcp\n",
		"off",
		"iface eth0:1 inet static\n\taddress 10.0.0.1/8\niface eth00 inet dhcp\n\tiface-x eth0\nauto eth0\niface eth0 inet manual\n" },
	/* What goes on at the end of the file does not go on in what is new. */
	{ "iface eth0 inet6 static\n\tup x \\", "dhcp",
		"iface eth0 inet6 auto\n\tup x \\\n\niface eth0 inet dhcp\n\tdns-nameservers 192.0.2.2\n" },
	/* What begins a comment does not go on, whatever its last byte. */
	{ "# \\\niface eth0 inet dhcp\nsource /etc/network/interfaces.d/*\n", "off",
		"# \\\niface eth0 inet manual\nsource /etc/network/interfaces.d/*\n" },
};

START_TEST(replaces_stanzas_where_they_stand)
{
	struct hvg_printer printer;

	ck_assert_int_ge(edit(edits[_i].old, edits[_i].config, &printer), 0);
	ck_assert_str_eq(printer.text, edits[_i].new);
}
END_TEST

START_TEST(changes_nothing_the_second_time)
{
	struct hvg_printer printer;

	ck_assert_int_ge(edit(edits[_i].new, edits[_i].config, &printer), 0);
	ck_assert_str_eq(printer.text, edits[_i].new);
}
END_TEST

START_TEST(takes_back_its_own_commands)
{
	static char many[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;

	ck_assert_int_ge(edit("iface eth0 inet dhcp\n\tpost-up x # of the site\n", "many", &printer), 0);
	ck_assert(strstr(printer.text, "# hvguest"));
	strcpy(many, printer.text);
	ck_assert_int_ge(edit(many, "dhcp", &printer), 0);
	ck_assert_str_eq(printer.text, "iface eth0 inet dhcp\n\tdns-nameservers 192.0.2.2\n\tpost-up x # of the site\n"
				       "iface eth0 inet6 auto\n");
}
END_TEST

START_TEST(renders_a_file_as_before)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]);
	struct hvg_printer printer = golden_printer();

	hvg_interfaces_render("eth0", &config, &printer);
	golden_expect(golden_cases[_i], "interfaces", &printer);
}
END_TEST

START_TEST(reads_back_what_it_writes)
{
	struct hvg_ipconfig config = golden_config(golden_cases[_i]), again;
	struct hvg_printer printer = golden_printer();

	hvg_interfaces_render("eth0", &config, &printer);
	ck_assert_int_eq(hvg_interfaces_parse(printer.text, printer.used, "eth0", &again), 0);
	ck_assert(hvg_ipconfig_is_equal(&config, &again));
}
END_TEST

START_TEST(edits_what_it_has_rendered_into_the_same)
{
	static char once[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_ipconfig config = golden_config(golden_cases[_i]);
	struct hvg_printer printer = golden_printer();

	hvg_interfaces_render("eth0", &config, &printer);
	strcpy(once, printer.text);
	ck_assert_int_ge(edit(once, golden_cases[_i], &printer), 0);
	ck_assert_str_eq(printer.text, once);
}
END_TEST

START_TEST(leaves_alone_what_only_ifupdown_understands)
{
	static const char *const texts[] = { "iface eth0 inherits site\n", "iface eth0\n", "iface eth0 inet\n",
		"iface eth0 inet static inherits x\n", "iface eth0 can static\n",
		"iface eth0 inet dhcp\niface eth0 ipx static\n" };
	struct hvg_printer printer;

	ck_assert_int_eq(edit(texts[_i], "ipv4", &printer), -EOPNOTSUPP);
	ck_assert(hvg_interfaces_has(texts[_i], strlen(texts[_i]), "eth0"));
}
END_TEST

START_TEST(tells_where_there_is_no_stanza)
{
	static const char *const texts[] = { "", "\n", "auto eth0\n", "#iface eth0 inet dhcp\n", "iface eth1 inet dhcp",
		"auto eth1 \\\niface eth0 inet dhcp\n" };
	struct hvg_printer printer;
	struct hvg_ipconfig config;

	ck_assert_int_eq(edit(texts[_i], "ipv4", &printer), -ENOENT);
	ck_assert(!hvg_interfaces_has(texts[_i], strlen(texts[_i]), "eth0"));
	ck_assert_int_eq(hvg_interfaces_parse(texts[_i], strlen(texts[_i]), "eth0", &config), -ENOENT);
}
END_TEST

/* What is the site's may look like ours: an option without a value, a command that is cut off, a stanza of nobody. */
START_TEST(reads_past_what_is_not_its_own)
{
	static const char *const texts[] = { "iface eth0 inet dhcp\n\tpost-up\n", "iface eth0 inet dhcp\n\tpost-up x via\n",
		"iface eth0 inet dhcp\n\tpost-up ip route add default via 192.0.2.1 metric 5 # site\n",
		"iface eth0 inet dhcp\n\taddress\n\tgateway\n\tmetric\n\tdns-nameservers\n",
		"iface eth0\niface eth0 inet\niface eth0 inet dhcp\n", "iface eth0 inet dhcp\niface eth0 inet6 auto\n",
		"iface\niface eth0 inet dhcp\n" };
	struct hvg_ipconfig expected = { .ipv4 = HVG_IPV4_DHCP }, config;

	ck_assert_int_eq(hvg_interfaces_parse(texts[_i], strlen(texts[_i]), "eth0", &config), 0);
	ck_assert(hvg_ipconfig_is_equal(&config, &expected));
}
END_TEST

START_TEST(refuses_addresses_it_does_not_understand)
{
	static const char *const texts[] = { "iface eth0 inet static\naddress 10.0.0.1\nnetmask 255.0.0.0\n",
		"iface eth0 inet static\ngateway x\n", "iface eth0 inet dhcp\ndns-nameservers x\n" };
	struct hvg_ipconfig config;

	ck_assert_int_eq(hvg_interfaces_parse(texts[_i], strlen(texts[_i]), "eth0", &config), -EBADMSG);
}
END_TEST

START_TEST(says_when_there_is_too_little_room)
{
	static char small[64];
	struct hvg_ipconfig config = golden_config("many");
	struct hvg_printer printer;

	hvg_printer_init(&printer, small, sizeof(small));
	ck_assert_int_eq(hvg_interfaces_edit(hvg_span_of("iface eth0 inet dhcp\n"), "eth0", &config, &printer), -ENOSPC);
}
END_TEST

Suite *hvg_suite_format_interfaces(void)
{
	Suite *suite = suite_create("format/interfaces");
	TCase *tcase = hvg_suite_case(suite, "interfaces");

	tcase_add_loop_test(tcase, replaces_stanzas_where_they_stand, 0, HVG_ELEMENTS(edits));
	tcase_add_loop_test(tcase, changes_nothing_the_second_time, 0, HVG_ELEMENTS(edits));
	tcase_add_test(tcase, takes_back_its_own_commands);
	tcase_add_loop_test(tcase, renders_a_file_as_before, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, reads_back_what_it_writes, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, edits_what_it_has_rendered_into_the_same, 0, GOLDEN_CASES);
	tcase_add_loop_test(tcase, leaves_alone_what_only_ifupdown_understands, 0, 6);
	tcase_add_loop_test(tcase, tells_where_there_is_no_stanza, 0, 6);
	tcase_add_loop_test(tcase, reads_past_what_is_not_its_own, 0, 7);
	tcase_add_loop_test(tcase, refuses_addresses_it_does_not_understand, 0, 3);
	tcase_add_test(tcase, says_when_there_is_too_little_room);
	return suite;
}
