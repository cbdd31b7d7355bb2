// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What a guest tells about itself: the ten automatic keys of pool 2.
 */

#include "scenario.h"

#include <stdio.h>

static const char *const keys[] = {
	"FullyQualifiedDomainName",
	"IntegrationServicesVersion",
	"NetworkAddressIPv4",
	"NetworkAddressIPv6",
	"OSBuildNumber",
	"OSName",
	"OSMajorVersion",
	"OSMinorVersion",
	"OSVersion",
	"ProcessorArchitecture",
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

#define expect_automatic(key, expected) expect_given(automatic(m, key), expected)

/* The value of an automatic key, as an enumeration finds it; the caller frees. */
static char *automatic(struct machine *m, const char *key)
{
	struct host_list list;
	char *value;

	expect_status(host_kvp_list(m, KVP_POOL_AUTO, &list), HV_S_CONT);
	expect(host_list_value(&list, key));
	value = strdup(host_list_value(&list, key));
	host_list_done(&list);
	return value;
}

static void write_os_release(struct machine *m, const char *text)
{
	guest_run(m, "rm -f /etc/os-release");
	guest_write_file(m, "/etc/os-release", text, strlen(text));
}

static void registers(struct machine *m)
{
	guest_start_daemon(m);
	expect(guest_daemon_runs(m));
}

static void tells_ten_automatic_keys_in_order(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	for (unsigned int i = 0; i < N_KEYS; i++) {
		expect_status(host_kvp_at(m, KVP_POOL_AUTO, i, &item), HV_S_OK);
		expect_text(item.key, keys[i]);
		expect_number(item.type, REG_SZ);
		expect_number(item.key_size, 2 * (strlen(item.key) + 1));
		expect_number(item.value_size, 2 * (strlen(item.value) + 1));
	}
	expect_status(host_kvp_at(m, KVP_POOL_AUTO, N_KEYS, &item), HV_S_CONT);
}

static void tells_what_the_kernel_says(struct machine *m)
{
	char *expected;

	guest_start_daemon(m);
	expect_automatic("IntegrationServicesVersion", "3.1");
	expected = guest_ask(m, "printf %%s $(uname -r)");
	expect_automatic("OSBuildNumber", expected);
	free(expected);
	expected = guest_ask(m, "printf %%s $(uname -r | cut -d- -f1)");
	expect_automatic("OSVersion", expected);
	free(expected);
	expected = guest_ask(m, "printf %%s $(uname -m)");
	expect_automatic("ProcessorArchitecture", expected);
	free(expected);
}

static void tells_which_system_it_is(struct machine *m)
{
	write_os_release(m, "NAME=\"Muster Linux\"\nID=muster\nVERSION_ID=\"24.04\"\n");
	guest_start_daemon(m);
	expect_automatic("OSName", "Muster Linux");
	expect_automatic("OSMajorVersion", "24.04");
}

static void tells_that_the_system_was_upgraded(struct machine *m)
{
	write_os_release(m, "NAME=\"Muster Linux\"\nVERSION_ID=\"24.04\"\n");
	guest_start_daemon(m);
	expect_automatic("OSName", "Muster Linux");
	write_os_release(m, "NAME=\"Muster Linux\"\nVERSION_ID=\"26.04\"\n");
	expect_automatic("OSMajorVersion", "26.04");
}

static void reads_the_vendors_os_release(struct machine *m)
{
	static const char text[] = "NAME=Vendor\nVERSION_ID=7\n";

	guest_run(m, "rm -f /etc/os-release /usr/lib/os-release");
	guest_write_file(m, "/usr/lib/os-release", text, sizeof(text) - 1);
	guest_start_daemon(m);
	expect_automatic("OSName", "Vendor");
}

static void tells_its_full_name(struct machine *m)
{
	guest_start_daemon(m);
	expect(machine_eventually(m, ({
		char *name = automatic(m, "FullyQualifiedDomainName");
		bool is_full = strcmp(name, "guest.example.org") == 0;

		free(name);
		is_full;
	})));
}

static void tells_its_new_name(struct machine *m)
{
	guest_start_daemon(m);
	expect_set(0, "key", "value");
	guest_run(m, "echo 127.0.1.1 other.example.org other >/etc/hosts && hostname other");
	expect(machine_eventually(m, ({
		char *name = automatic(m, "FullyQualifiedDomainName");
		bool is_new = strcmp(name, "other.example.org") == 0;

		free(name);
		is_new;
	})));
}

/* The name server is behind an adapter that leads nowhere: the resolver takes many seconds. */
static void tells_its_plain_name_while_the_full_one_is_unknown(struct machine *m)
{
	guest_run(m, "echo 127.0.0.1 localhost >/etc/hosts");
	guest_run(m, "echo 'hosts: files dns' >/etc/nsswitch.conf");
	guest_start_daemon(m);
	expect_automatic("FullyQualifiedDomainName", "guest");
}

static void tells_its_addresses(struct machine *m)
{
	char *value;

	guest_start_daemon(m);
	expect_automatic("NetworkAddressIPv4", GUEST_IPV4);
	value = automatic(m, "NetworkAddressIPv6");
	expect(strstr(value, GUEST_IPV6));
	expect(strstr(value, GUEST_LINK_LOCAL));
	expect(!strchr(value, '%') && !strchr(value, '/') && !strstr(value, "::1"));
	free(value);
}

static void tells_an_address_that_was_added_since(struct machine *m)
{
	guest_start_daemon(m);
	expect_automatic("NetworkAddressIPv4", GUEST_IPV4);
	guest_run(m, "ip address add 10.0.0.77/24 dev %s", GUEST_ADAPTER);
	expect_automatic("NetworkAddressIPv4", GUEST_IPV4 ";10.0.0.77");
	guest_run(m, "ip address del 10.0.0.77/24 dev %s", GUEST_ADAPTER);
	expect_automatic("NetworkAddressIPv4", GUEST_IPV4);
}

static void tells_that_it_has_no_address(struct machine *m)
{
	guest_run(m, "ip address flush dev %s", GUEST_ADAPTER);
	guest_start_daemon(m);
	expect_automatic("NetworkAddressIPv4", "");
	expect_automatic("NetworkAddressIPv6", "");
}

/* Tools take the first address for the machine's. */
static void tells_the_address_of_the_default_route_first(struct machine *m)
{
	guest_run(m, "ip link add inner type veth peer name outer &&"
		     " ip address add 192.168.7.1/24 dev inner && ip link set outer up &&"
		     " ip link set inner up && ip route replace default via 192.168.7.2 dev inner");
	guest_start_daemon(m);
	expect_automatic("NetworkAddressIPv4", "192.168.7.1;" GUEST_IPV4);
}

static void tells_no_address_of_containers(struct machine *m)
{
	guest_run(m, "ip link add docker0 type veth peer name veth0 &&"
		     " ip address add 172.17.0.1/16 dev docker0 && ip link set docker0 up");
	guest_start_daemon(m);
	expect_automatic("NetworkAddressIPv4", GUEST_IPV4);
}

/* 100 addresses are too many for 1022 characters: the host gets whole ones. */
static void tells_whole_addresses_when_there_are_too_many(struct machine *m)
{
	char *value, *last;

	guest_run(m, "for i in $(seq 100 199); do"
		     " echo address add 10.200.100.$i/32 dev %s; done | ip -batch -",
		GUEST_ADAPTER);
	guest_start_daemon(m);
	value = automatic(m, "NetworkAddressIPv4");
	expect(strncmp(value, GUEST_IPV4 ";", strlen(GUEST_IPV4 ";")) == 0);
	expect(strlen(value) > 900 && strlen(value) <= 1022);
	last = strrchr(value, ';');
	expect_number(strlen(last), strlen(";10.200.100.100"));
	free(value);
}

static void gets_an_automatic_value_by_its_key(struct machine *m)
{
	struct host_item item;

	guest_start_daemon(m);
	expect_status(host_kvp_get(m, KVP_POOL_AUTO, "NetworkAddressIPv4", &item), HV_S_OK);
	expect_text(item.value, GUEST_IPV4);
	expect_status(host_kvp_get(m, KVP_POOL_AUTO, "NetworkAddress", &item), HV_S_CONT);
}

static const struct scenario rows[] = {
	ROW(registers),
	ROW(tells_ten_automatic_keys_in_order),
	ROW(tells_what_the_kernel_says),
	ROW(tells_which_system_it_is),
	ROW(tells_that_the_system_was_upgraded,
		.not_debian = "it reads os-release once, when it starts"),
	ROW(reads_the_vendors_os_release,
		.not_debian = "it does not know /usr/lib/os-release"),
	ROW(tells_its_full_name, .differs = "the host asks until it is told"),
	ROW(tells_its_new_name, .differs = "the host asks until it is told",
		.not_debian = "it resolves its name once, when it starts"),
	ROW(tells_its_plain_name_while_the_full_one_is_unknown,
		.not_debian = "it waits for the resolver before it registers, and tells "
			      "its error as the name"),
	ROW(tells_its_addresses),
	ROW(tells_an_address_that_was_added_since),
	ROW(tells_that_it_has_no_address),
	ROW(tells_the_address_of_the_default_route_first, .differs = "an interface makes itself an address",
		.not_debian = "it tells addresses in the order of the interfaces"),
	ROW(tells_no_address_of_containers,
		.not_debian = "it tells the addresses of every interface"),
	ROW(tells_whole_addresses_when_there_are_too_many,
		.not_debian = "the kernel cuts its list in the middle of an address"),
	ROW(gets_an_automatic_value_by_its_key,
		.not_debian = "it looks for automatic keys in the pool's file"),
};

SCENARIO_SET(scenarios_kvp_auto, rows);
