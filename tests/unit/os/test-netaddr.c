// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A network namespace with a veth pair (near, far), changed by ip(8) from outside the object.
 */

#include "suites.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/netaddr.h"
#include "os/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct hvg_netaddr *netaddr;

/* Until nothing happens any more: links come up and addresses are made a moment after the command. */
static void settle(void)
{
	for (int quiet = 0, i = 0; quiet < 3 && i < 500; i++) {
		int r = hvg_netaddr_refresh(netaddr);

		ck_assert_int_ge(r, 0);
		quiet = r == 0 ? quiet + 1 : 0;
		usleep(10000);
	}
}

static void setup_quiet(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
	hvg_sandbox_run("ip link set lo up");
	ck_assert_int_eq(hvg_netaddr_new(&netaddr), 0);
	settle();
}

static void setup(void)
{
	hvg_sandbox_enter(CLONE_NEWNET | CLONE_NEWNS);
	hvg_sandbox_run("ip link add near type veth peer name far && ip link set lo up &&"
			" ip link set near up && ip link set far up");
	ck_assert_int_eq(hvg_netaddr_new(&netaddr), 0);
	settle();
}

static void teardown(void)
{
	netaddr = hvg_netaddr_free(netaddr);
}

static const struct hvg_netif *find(const char *name)
{
	const struct hvg_netfacts *facts = hvg_netaddr_facts(netaddr);

	for (size_t i = 0; i < facts->n_netifs; i++)
		if (strcmp(facts->netifs[i].name, name) == 0)
			return &facts->netifs[i];
	return NULL;
}

static const struct hvg_ifaddr *find_address(const char *text)
{
	const struct hvg_netfacts *facts = hvg_netaddr_facts(netaddr);
	char own[HVG_IP_TEXT_SIZE];

	for (size_t i = 0; i < facts->n_addresses; i++) {
		hvg_ip_render(&facts->addresses[i].ip, own);
		if (strcmp(own, text) == 0)
			return &facts->addresses[i];
	}
	return NULL;
}

static const struct hvg_default_route *find_route(const char *gateway)
{
	const struct hvg_netfacts *facts = hvg_netaddr_facts(netaddr);
	char own[HVG_IP_TEXT_SIZE];

	for (size_t i = 0; i < facts->n_routes; i++) {
		hvg_ip_render(&facts->routes[i].gateway, own);
		if (strcmp(own, gateway) == 0)
			return &facts->routes[i];
	}
	return NULL;
}

/* The very next refresh must see what the command did. */
#define CHANGE(...)                                                     \
	do {                                                            \
		uint64_t before_ = hvg_netaddr_generation(netaddr);     \
		hvg_sandbox_run(__VA_ARGS__);                           \
		ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 1);      \
		ck_assert(hvg_netaddr_generation(netaddr) > before_);   \
	} while (0)

/* The kernel tells of an IPv6 address when its duplicate detection begins, in a thread of its own. */
#define EVENTUALLY(condition)                                             \
	do {                                                              \
		for (int i_ = 0; i_ < 5000 && !(condition); i_++) {       \
			(void)usleep(1000);                               \
			ck_assert_int_ge(hvg_netaddr_refresh(netaddr), 0); \
		}                                                         \
		ck_assert(condition);                                     \
	} while (0)

START_TEST(knows_nothing_before_the_first_refresh)
{
	struct hvg_netaddr *other = NULL;

	ck_assert_int_eq(hvg_netaddr_new(&other), 0);
	ck_assert_uint_eq(hvg_netaddr_facts(other)->n_netifs, 0);
	ck_assert_uint_eq(hvg_netaddr_generation(other), 0);
	ck_assert_int_eq(hvg_netaddr_refresh(other), 1);
	ck_assert_uint_eq(hvg_netaddr_facts(other)->n_netifs, 3);
	ck_assert_uint_eq(hvg_netaddr_generation(other), 1);
	hvg_netaddr_free(other);
	hvg_netaddr_free(NULL);
}
END_TEST

START_TEST(sorts_interfaces_by_index)
{
	const struct hvg_netfacts *facts;

	CHANGE("ip link add index 400 high type bridge && ip link add index 40 low type bridge");
	facts = hvg_netaddr_facts(netaddr);
	ck_assert_uint_eq(facts->n_netifs, 5);
	for (size_t i = 1; i < facts->n_netifs; i++)
		ck_assert_uint_lt(facts->netifs[i - 1].index, facts->netifs[i].index);
	ck_assert_ptr_eq(hvg_netfacts_find(facts, 400), find("high"));
}
END_TEST

static void refresh(void *data)
{
	int r = hvg_netaddr_refresh(netaddr);

	(void)data;
	if (r != 0)
		_exit(1);
}

START_TEST(asks_the_kernel_once_while_nothing_changes)
{
	uint64_t generation = hvg_netaddr_generation(netaddr);
	long calls[4];

	ck_assert_uint_eq(hvg_sandbox_trace(refresh, NULL, calls, HVG_ELEMENTS(calls)), 1);
	ck_assert_int_eq(calls[0], SYS_recvfrom);
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 0);
	ck_assert_uint_eq(hvg_netaddr_generation(netaddr), generation);
}
END_TEST

START_TEST(sees_addresses_come_and_go)
{
	CHANGE("ip addr add 192.0.2.1/24 dev near");
	ck_assert_ptr_nonnull(find_address("192.0.2.1"));
	ck_assert_uint_eq(find_address("192.0.2.1")->prefix_length, 24);
	ck_assert_uint_eq(find_address("192.0.2.1")->index, find("near")->index);
	ck_assert(find_address("192.0.2.1")->flags & IFA_F_PERMANENT);
	CHANGE("ip addr add 192.0.2.9/24 dev near valid_lft 1000 preferred_lft 500");
	ck_assert(!(find_address("192.0.2.9")->flags & IFA_F_PERMANENT));
	CHANGE("ip addr del 192.0.2.1/24 dev near");
	ck_assert_ptr_null(find_address("192.0.2.1"));
}
END_TEST

START_TEST(records_but_does_not_trust_a_tentative_address)
{
	hvg_sandbox_run("ip addr add 2001:db8::1/64 dev near");
	EVENTUALLY(find_address("2001:db8::1"));
	ck_assert(find_address("2001:db8::1")->flags & IFA_F_TENTATIVE);
	ck_assert(!hvg_ifaddr_is_usable(find_address("2001:db8::1")));
	hvg_sandbox_run("ip addr add 2001:db8::2/64 dev near nodad");
	EVENTUALLY(find_address("2001:db8::2") && hvg_ifaddr_is_usable(find_address("2001:db8::2")));
}
END_TEST

START_TEST(sees_an_interface_renamed_moved_and_deleted)
{
	char mac[HVG_MAC_TEXT_SIZE];

	CHANGE("ip link set near down && ip link set near name other");
	ck_assert_ptr_null(find("near"));
	ck_assert(!hvg_netif_is_up(find("other")));
	CHANGE("ip link set other address 00:15:5d:00:00:01");
	hvg_mac_render(&find("other")->mac, mac);
	ck_assert_str_eq(mac, "00:15:5D:00:00:01");
	CHANGE("ip link set other up");
	ck_assert(hvg_netif_is_up(find("other")));
	CHANGE("ip link add br0 type bridge && ip link set other master br0");
	ck_assert_uint_eq(find("other")->master, find("br0")->index);
	ck_assert_str_eq(find("br0")->kind, "bridge");
	ck_assert_str_eq(find("other")->kind, "veth");
	CHANGE("ip link set other nomaster");
	ck_assert_uint_eq(find("other")->master, 0);
	CHANGE("ip link del other");
	ck_assert_ptr_null(find("other"));
	ck_assert_ptr_null(find("far"));
}
END_TEST

START_TEST(sees_default_routes_come_and_go)
{
	CHANGE("ip addr add 192.0.2.1/24 dev near && ip addr add 198.51.100.1/24 dev far");
	ck_assert(!find("near")->default_v4.is_owner);
	CHANGE("ip route add default via 192.0.2.2 proto dhcp metric 200");
	ck_assert_uint_eq(find_route("192.0.2.2")->protocol, RTPROT_DHCP);
	ck_assert_uint_eq(find_route("192.0.2.2")->metric, 200);
	ck_assert_uint_eq(find_route("192.0.2.2")->index, find("near")->index);
	ck_assert(find("near")->default_v4.is_owner);
	ck_assert_uint_eq(find("near")->default_v4.metric, 200);
	ck_assert(!find("near")->default_v6.is_owner);
	ck_assert(!find("far")->default_v4.is_owner);
	CHANGE("ip route add default via 192.0.2.3 metric 50 &&"
	       " ip route add default via 192.0.2.4 metric 100");
	ck_assert_uint_eq(find("near")->default_v4.metric, 50);
	CHANGE("ip -6 route add default via fe80::99 dev far metric 7");
	ck_assert(find("far")->default_v6.is_owner);
	ck_assert_uint_eq(find("far")->default_v6.metric, 7);
	ck_assert(!find("near")->default_v6.is_owner);
	CHANGE("ip route del default via 192.0.2.3");
	ck_assert_uint_eq(find("near")->default_v4.metric, 100);
	CHANGE("ip -6 route flush default");
	ck_assert(!find("far")->default_v6.is_owner);
}
END_TEST

START_TEST(takes_multipath_routes_apart)
{
	CHANGE("ip addr add 192.0.2.1/24 dev near && ip addr add 198.51.100.1/24 dev far &&"
	       " ip route add default metric 5 nexthop via 192.0.2.2 nexthop via 198.51.100.2 &&"
	       " ip -6 route add default metric 6"
	       " nexthop via fe80::1 dev near nexthop via fe80::2 dev far");
	ck_assert_uint_eq(hvg_netaddr_facts(netaddr)->n_routes, 4);
	ck_assert_uint_eq(find_route("192.0.2.2")->index, find("near")->index);
	ck_assert_uint_eq(find_route("198.51.100.2")->index, find("far")->index);
	ck_assert_uint_eq(find_route("fe80::1")->index, find("near")->index);
	ck_assert_uint_eq(find_route("fe80::2")->index, find("far")->index);
	ck_assert_uint_eq(find("near")->default_v4.metric, 5);
	ck_assert_uint_eq(find("far")->default_v6.metric, 6);
}
END_TEST

START_TEST(looks_into_the_main_table_only)
{
	CHANGE("ip addr add 192.0.2.1/24 dev near &&"
	       " ip route add default via 192.0.2.7 table 100 &&"
	       " ip route add default via 192.0.2.8 table 1000 &&"
	       " ip route add blackhole default metric 9 &&"
	       " ip route add 203.0.113.0/24 via 192.0.2.9 && ip route add default dev near");
	ck_assert_uint_eq(hvg_netaddr_facts(netaddr)->n_routes, 1);
	ck_assert_ptr_nonnull(find_route(""));
	ck_assert(find("near")->default_v4.is_owner);
}
END_TEST

/* Far more notices than the buffer holds. The last ones matter, and those are lost. */
START_TEST(misses_nothing_in_a_flood)
{
	hvg_sandbox_run("for i in $(seq 1 250); do"
			" echo addr add 10.0.$((i / 250)).$((i %% 250 + 1))/24 dev near;"
			" echo link set far alias name$i; done >/run/batch && ip -batch /run/batch");
	hvg_sandbox_run("ip addr add 192.0.2.77/24 dev far && ip addr del 10.0.0.3/24 dev near");
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 1);
	ck_assert_ptr_nonnull(find_address("192.0.2.77"));
	ck_assert_ptr_null(find_address("10.0.0.3"));
	ck_assert_ptr_nonnull(find_address("10.0.0.249"));
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 0);
	CHANGE("ip addr del 192.0.2.77/24 dev far");
	ck_assert_ptr_null(find_address("192.0.2.77"));
}
END_TEST

static int find_socket(void);

START_TEST(holds_little_of_the_kernels_memory)
{
	socklen_t length = sizeof(int);
	int size = 0, fd = find_socket();

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length), 0);
	ck_assert_int_le(size, 16384);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

#define ADD_3000_ADDRESSES                                                              \
	"for i in $(seq 0 2999); do echo addr add 10.1.$((i / 200)).$((i %% 200 + 1))/16" \
	" dev near; done >/run/batch && ip -batch /run/batch"

START_TEST(reads_thousands_of_addresses)
{
	size_t n = 0;

	hvg_sandbox_run(ADD_3000_ADDRESSES);
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 1);
	for (size_t i = 0; i < hvg_netaddr_facts(netaddr)->n_addresses; i++)
		n += hvg_netaddr_facts(netaddr)->addresses[i].ip.family == AF_INET;
	ck_assert_uint_eq(n, 3001); /* and that of the loopback */
	ck_assert_ptr_nonnull(find_address("10.1.14.200"));
}
END_TEST

START_TEST(reads_many_interfaces)
{
	hvg_sandbox_run("for i in $(seq 1 60); do echo link add b$i type bridge; done"
			" >/run/batch && ip -batch /run/batch");
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 1);
	ck_assert_uint_eq(hvg_netaddr_facts(netaddr)->n_netifs, 63);
	ck_assert_ptr_nonnull(find("b1"));
	ck_assert_ptr_nonnull(find("b60"));
}
END_TEST

/* The only netlink socket of this process. */
static int find_socket(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	int found = -EBADF;

	ck_assert(folder != NULL);
	while ((entry = readdir(folder))) {
		socklen_t length = sizeof(int);
		int fd = atoi(entry->d_name), domain = 0;

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
			domain == AF_NETLINK)
			found = fd;
	}
	closedir(folder);
	ck_assert_int_ge(found, 0);
	return found;
}

START_TEST(opens_a_broken_socket_anew)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(dup2(null, find_socket()) >= 0, 1);
	hvg_sandbox_run("ip addr add 192.0.2.1/24 dev near");
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 1);
	ck_assert_ptr_nonnull(find_address("192.0.2.1"));
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 0);
	CHANGE("ip addr add 192.0.2.2/24 dev near");
	ck_assert_ptr_nonnull(find_address("192.0.2.2"));
}
END_TEST

START_TEST(keeps_the_old_snapshot_until_it_can_take_a_new_one)
{
	struct rlimit none = { 0, 4096 }, enough = { 1024, 4096 };
	uint64_t generation;

	CHANGE("ip addr add 192.0.2.1/24 dev near");
	generation = hvg_netaddr_generation(netaddr);
	hvg_sandbox_run("ip addr add 192.0.2.2/24 dev near");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), -EMFILE);
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), -EMFILE);
	ck_assert_ptr_nonnull(find_address("192.0.2.1"));
	ck_assert_ptr_null(find_address("192.0.2.2"));
	ck_assert_uint_eq(hvg_netaddr_generation(netaddr), generation);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &enough), 0);
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 1);
	ck_assert_ptr_nonnull(find_address("192.0.2.2"));
}
END_TEST

/* How many addresses of 10.1.0.0/16 there are, if each is there once. */
static size_t count_once(void)
{
	const struct hvg_netfacts *facts = hvg_netaddr_facts(netaddr);
	static bool seen[256 * 256];
	size_t n = 0;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < facts->n_addresses; i++) {
		const uint8_t *bytes = facts->addresses[i].ip.bytes;
		bool *one = &seen[bytes[2] * 256 + bytes[3]];

		if (facts->addresses[i].ip.family != AF_INET || bytes[0] != 10 || bytes[1] != 1)
			continue;
		ck_assert(!*one);
		*one = true;
		n++;
	}
	return n;
}

/*
 * Somebody changes an address as fast as possible. It stands in the kernel's list before 2,999 of
 * the others, so a dump that it disturbs has some of those twice or not at all.
 */
START_TEST(shows_no_snapshot_that_a_change_spoilt)
{
	int r = 0;

	hvg_sandbox_run(ADD_3000_ADDRESSES);
	hvg_sandbox_run("for i in $(seq 1 10000); do echo addr add 10.9.0.1/16 dev near;"
			" echo addr del 10.9.0.1/16 dev near; done >/run/batch &&"
			" { ip -batch /run/batch && >/run/done; } &");
	while (access("/run/done", F_OK) < 0) {
		r = hvg_netaddr_refresh(netaddr);
		ck_assert(r == 0 || r == 1 || r == -EAGAIN);
		if (r == 1)
			ck_assert_uint_eq(count_once(), 3000);
	}
	ck_assert_int_ge(hvg_netaddr_refresh(netaddr), 0);
	ck_assert_int_eq(hvg_netaddr_refresh(netaddr), 0);
	ck_assert_uint_eq(count_once(), 3000);
	ck_assert_ptr_null(find_address("10.9.0.1"));
}
END_TEST

START_TEST(leaves_no_descriptor_behind)
{
	int before = dup(0), after;

	close(before);
	for (int i = 0; i < 20; i++) {
		struct hvg_netaddr *other = NULL;

		ck_assert_int_eq(hvg_netaddr_new(&other), 0);
		ck_assert_int_eq(hvg_netaddr_refresh(other), 1);
		hvg_netaddr_free(other);
	}
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
}
END_TEST

Suite *hvg_suite_os_netaddr(void)
{
	Suite *suite = suite_create("netaddr");
	TCase *tcase = hvg_suite_case(suite, "netaddr"), *quiet = hvg_suite_case(suite, "quiet");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, knows_nothing_before_the_first_refresh);
	tcase_add_test(tcase, sorts_interfaces_by_index);
	tcase_add_test(tcase, sees_addresses_come_and_go);
	tcase_add_test(tcase, records_but_does_not_trust_a_tentative_address);
	tcase_add_test(tcase, sees_an_interface_renamed_moved_and_deleted);
	tcase_add_test(tcase, sees_default_routes_come_and_go);
	tcase_add_test(tcase, takes_multipath_routes_apart);
	tcase_add_test(tcase, looks_into_the_main_table_only);
	tcase_add_test(tcase, misses_nothing_in_a_flood);
	tcase_add_test(tcase, holds_little_of_the_kernels_memory);
	tcase_add_test(tcase, reads_thousands_of_addresses);
	tcase_add_test(tcase, reads_many_interfaces);
	tcase_add_test(tcase, opens_a_broken_socket_anew);
	tcase_add_test(tcase, keeps_the_old_snapshot_until_it_can_take_a_new_one);
	tcase_add_test(tcase, shows_no_snapshot_that_a_change_spoilt);
	tcase_add_test(tcase, leaves_no_descriptor_behind);
	tcase_add_checked_fixture(quiet, setup_quiet, teardown);
	tcase_add_test(quiet, asks_the_kernel_once_while_nothing_changes);
	return suite;
}
