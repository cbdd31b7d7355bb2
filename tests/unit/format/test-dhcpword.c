// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "format/dhcpword.h"

#include "base/units.h"

struct row {
	const char *text;
	enum hvg_dhcp_word word;
};

static const struct row networkd[] = {
	{ "[Match]\nName=eth0\n\n[Network]\nDHCP=yes\n", HVG_DHCP_ON },
	{ "[Network]\nDHCP=ipv4\n", HVG_DHCP_ON },
	{ "[Network]\n DHCP = true \n", HVG_DHCP_ON },
	{ "[Network]\nDHCP=v4\n", HVG_DHCP_ON },
	{ "[Network]\nDHCP=Yes\n", HVG_DHCP_ON },
	{ "[Network]\nDHCP=IPv4\n", HVG_DHCP_OFF },
	{ "[Network]\nDHCP=ipv6\n", HVG_DHCP_OFF },
	{ "[Network]\nDHCP=no\n", HVG_DHCP_OFF },
	{ "[Network]\nAddress=192.0.2.7/24\n", HVG_DHCP_OFF },
	{ "[Network]\n#DHCP=yes\n", HVG_DHCP_OFF },
	{ "[Network]\nDHCP=yes\n[Network]\nDHCP=no\n", HVG_DHCP_OFF },
	{ "[DHCPv4]\nDHCP=yes\n", HVG_DHCP_OFF },
	{ "[Network]\nsomething else\nDHCP=yes", HVG_DHCP_ON },
	{ "", HVG_DHCP_OFF },
};

START_TEST(reads_network_files)
{
	ck_assert_int_eq(hvg_dhcpword_networkd(hvg_span_of(networkd[_i].text), HVG_DHCP_OFF),
		networkd[_i].word);
}
END_TEST

/* Drop-ins of a file that says yes. */
static const struct row dropins[] = {
	{ "[Network]\nDHCP=no\n", HVG_DHCP_OFF },
	{ "[Network]\nDHCP=ipv6\n", HVG_DHCP_OFF },
	{ "[Network]\nDHCP=FALSE\n", HVG_DHCP_OFF },
	{ "[Network]\nAddress=192.0.2.7/24\n", HVG_DHCP_ON },
	{ "DHCP=no\n", HVG_DHCP_ON },
	{ "[DHCPv4]\nDHCP=no\n", HVG_DHCP_ON },
	{ "[Network]\nDHCP=\n", HVG_DHCP_ON },
	{ "[Network]\nDHCP=perhaps\n", HVG_DHCP_ON },
	{ "", HVG_DHCP_ON },
};

START_TEST(reads_a_drop_in_after_its_network_file)
{
	ck_assert_int_eq(hvg_dhcpword_networkd(hvg_span_of(dropins[_i].text), HVG_DHCP_ON),
		dropins[_i].word);
}
END_TEST

static const struct row interfaces[] = {
	{ "auto eth0\niface eth0 inet dhcp\n", HVG_DHCP_ON },
	{ "iface eth0 inet static\n\taddress 192.0.2.7/24\n", HVG_DHCP_OFF },
	{ "iface eth0 inet manual\n\tup dhcp\n", HVG_DHCP_OFF },
	{ "iface eth0 inet6 dhcp\n", HVG_DHCP_UNSAID },
	{ "iface eth0 inet6 auto\niface eth0 inet dhcp\n", HVG_DHCP_ON },
	{ "iface eth00 inet dhcp\niface eth0 inet static\n", HVG_DHCP_OFF },
	{ "# iface eth0 inet dhcp\n", HVG_DHCP_UNSAID },
	{ "iface eth1 inet dhcp\n", HVG_DHCP_UNSAID },
	{ "iface eth0\n", HVG_DHCP_UNSAID },
	{ "", HVG_DHCP_UNSAID },
};

START_TEST(reads_stanzas)
{
	ck_assert_int_eq(hvg_dhcpword_interfaces(hvg_span_of(interfaces[_i].text), "eth0"),
		interfaces[_i].word);
}
END_TEST

static const struct row ifcfg[] = {
	{ "DEVICE=eth0\nBOOTPROTO=dhcp\n", HVG_DHCP_ON },
	{ "BOOTPROTO=\"dhcp\"\n", HVG_DHCP_ON },
	{ "BOOTPROTO=none\nBOOTPROTO=bootp\n", HVG_DHCP_ON },
	{ "BOOTPROTO=none\n# dhcp\n", HVG_DHCP_OFF },
	{ "IPADDR=192.0.2.7\n", HVG_DHCP_OFF },
};

START_TEST(reads_ifcfg_files)
{
	ck_assert_int_eq(hvg_dhcpword_ifcfg(hvg_span_of(ifcfg[_i].text)), ifcfg[_i].word);
}
END_TEST

/* As systemd 252 writes it. */
START_TEST(reads_a_note_of_networkd)
{
	struct hvg_span file;

	ck_assert(hvg_networkd_note_parse(
		hvg_span_of("# This is private data. Do not parse.\nADMIN_STATE=configured\n"
			    "OPER_STATE=routable\nNETWORK_FILE=/etc/systemd/network/a.network\n"
			    "DNS=192.0.2.1\n"),
		&file));
	ck_assert(hvg_span_is(file, "/etc/systemd/network/a.network"));
}
END_TEST

START_TEST(finds_no_file_of_a_link_that_networkd_leaves_alone)
{
	static const char *const notes[] = {
		"",
		"ADMIN_STATE=pending\nOPER_STATE=off\n",
		"ADMIN_STATE=unmanaged\nNETWORK_FILE=/etc/systemd/network/a.network\n",
		"NETWORK_FILE=/etc/systemd/network/a.network\nADMIN_STATE=linger\n",
	};
	struct hvg_span file;

	for (size_t i = 0; i < HVG_ELEMENTS(notes); i++)
		ck_assert(!hvg_networkd_note_parse(hvg_span_of(notes[i]), &file));
}
END_TEST

Suite *hvg_suite_format_dhcpword(void)
{
	Suite *suite = suite_create("format/dhcpword");
	TCase *tcase = hvg_suite_case(suite, "dhcpword");

	tcase_add_loop_test(
		tcase, reads_a_drop_in_after_its_network_file, 0, HVG_ELEMENTS(dropins));
	tcase_add_loop_test(tcase, reads_network_files, 0, HVG_ELEMENTS(networkd));
	tcase_add_loop_test(tcase, reads_stanzas, 0, HVG_ELEMENTS(interfaces));
	tcase_add_loop_test(tcase, reads_ifcfg_files, 0, HVG_ELEMENTS(ifcfg));
	tcase_add_test(tcase, reads_a_note_of_networkd);
	tcase_add_test(tcase, finds_no_file_of_a_link_that_networkd_leaves_alone);
	return suite;
}
