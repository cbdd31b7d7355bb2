// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A million requests of the host (with HVG_FULL; thousands otherwise), after which a daemon is as large as it was. What
 * is measured is memory of its own: pages of files come and go as the kernel likes.
 */

#include "growth.h"
#include "fcopy.h"
#include "net.h"

#include <time.h>

/* One byte in two requests of a million would be more; what a busy allocator does is less. */
#ifdef __SANITIZE_ADDRESS__ /* which keeps what was freed */
#define MAX_GROWTH_KIB (1 << 20)
#else
#define MAX_GROWTH_KIB 512
#endif
#define MAX_GROWTH_DESCRIPTORS 4 /* one or two may be open just now */

#define WARM_UP 20 /* the part of the rounds after which everything has been done once */

struct extent {
	long memory_kib, n_descriptors;
};

static struct extent measure(struct machine *m, const char *program)
{
	struct extent extent = { 0 };
	char *text = guest_ask(m,
		"pid=$(pidof %s) && awk '/^RssAnon/ { print $2 }' /proc/$pid/status && ls /proc/$pid/fd | wc -l", program);

	expect(sscanf(text, "%ld %ld", &extent.memory_kib, &extent.n_descriptors) == 2);
	free(text);
	return extent;
}

void play_growth(struct machine *m, const struct growth_test *test)
{
	unsigned int n_rounds = getenv("HVG_FULL") ? test->n_rounds_full : test->n_rounds;
	struct extent before = { 0 }, after;
	time_t begin = time(NULL);

	for (unsigned int round = 0; round < n_rounds; round++) {
		if (round == n_rounds / WARM_UP)
			before = measure(m, test->program);
		test->ask(m, round);
	}
	after = measure(m, test->program);
	fprintf(stderr, "%s: %u requests in %ld s; memory %ld KiB, then %ld KiB; descriptors %ld, then %ld\n", test->program,
		n_rounds * test->n_requests, (long)(time(NULL) - begin), before.memory_kib, after.memory_kib,
		before.n_descriptors, after.n_descriptors);
	expect(after.memory_kib - before.memory_kib < MAX_GROWTH_KIB);
	expect(after.n_descriptors - before.n_descriptors < MAX_GROWTH_DESCRIPTORS);
}

/* --- Data Exchange --- */

static void ask_kvp(struct machine *m, unsigned int round)
{
	char value[32];
	struct host_item item;
	struct host_ip ip;

	(void)snprintf(value, sizeof(value), "value %u", round);
	expect_set(0, "key", value);
	expect_status(host_kvp_get(m, 2, "OSName", &item), HV_S_OK);
	expect_status(host_kvp_at(m, 2, round % 8, &item), HV_S_OK);
	expect_status(host_get_ip_info(m, GUEST_MAC, &ip), HV_S_OK);
	expect_status(host_kvp_delete(m, 0, "key"), HV_S_OK);
}

static void kvp_does_not_grow(struct machine *m)
{
	guest_start_daemon(m);
	play_growth(m, &(struct growth_test){ "hv-kvpd", ask_kvp, 5, 1000, 200000 });
}

/* --- Backup: one in fifty rounds is a whole one --- */

static void ask_vss(struct machine *m, unsigned int round)
{
	expect_status(host_vss(m, VSS_OP_HOT_BACKUP), HV_S_OK);
	if (round % 50 != 0)
		return;
	expect_status(host_vss(m, VSS_OP_FREEZE), HV_S_OK);
	expect_status(host_vss(m, VSS_OP_THAW), HV_S_OK);
}

static void vss_does_not_grow(struct machine *m)
{
	guest_add_disks(m, 2);
	guest_start_daemon(m);
	play_growth(m, &(struct growth_test){ "hv-vssd", ask_vss, 1, 2000, 1000000 });
	guest_expect_thawed(m);
}

/* --- Static IP injection: fewer, because the kernel and hv-netd wait to see each of them in force --- */

static void ask_net(struct machine *m, unsigned int round)
{
	struct host_ip ip = { .adapter = GUID, .family = ADDR_FAMILY_IPV4, .subnets = "255.255.255.0" };

	(void)snprintf(ip.addresses, sizeof(ip.addresses), "192.0.2.%u", 10 + round % 2);
	expect_status(host_inject_ip(m, &ip), HV_S_OK);
}

static void net_does_not_grow(struct machine *m)
{
	prepare_netd(m, NOBODY);
	(void)open_netd_socket(m, "");
	guest_start_daemon(m);
	play_growth(m, &(struct growth_test){ "hv-netd", ask_net, 1, 40, 5000 });
}

/* --- File copy: files of three pieces, of which each tenth is given up --- */

static void ask_fcopy(struct machine *m, unsigned int round)
{
	const struct host_file file = { .name = "file", .destination = "/dst/", .size = 13000, .force = true };

	expect_status(host_copy_start(m, &file), HV_S_OK);
	for (uint32_t at = 0; at < 13000; at += 6144)
		expect_status(host_copy_write(m, &file, at, at < 12288 ? 6144 : 13000 - at), HV_S_OK);
	if (round % 10 == 0)
		expect_status(host_copy_cancel(m), HV_S_OK);
	else
		expect_status(host_copy_complete(m), HV_S_OK);
}

static void fcopy_does_not_grow(struct machine *m)
{
	begin_fcopy(m);
	play_growth(m, &(struct growth_test){ "hv-fcopyd", ask_fcopy, 5, 1000, 200000 });
	expect_bytes(m, "/dst/file", 13000);
	expect_nothing_half();
}

#define GROWTH_ROW(function, user)                                                                         \
	ROW(function, .daemon = user, .not_on_kernel = "it is about our daemon alone", .time_limit_s = 6 * 3600)

static const struct scenario rows[] = {
	GROWTH_ROW(kvp_does_not_grow, SCENARIO_OURS),
	GROWTH_ROW(net_does_not_grow, SCENARIO_OURS),
	GROWTH_ROW(vss_does_not_grow, SCENARIO_VSS_OURS),
	GROWTH_ROW(fcopy_does_not_grow, SCENARIO_FCOPY_OURS),
};

SCENARIO_SET(scenarios_growth, rows);
