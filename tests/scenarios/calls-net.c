// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * System calls of hv-netd fail. It is there for one change: strace starts it, and lets one call fail, or one and others
 * after it. What the host asked for is then in force, or what was before is: not before the next start, perhaps, which
 * goes back on what a predecessor left.
 */

#include "calls.h"
#include "net.h"

#include <signal.h>

#define N_ROUNDS      3
#define N_ROUNDS_FULL 60

static struct host_ip make_ip(unsigned int round)
{
	struct host_ip ip = { .adapter = GUID, .family = ADDR_FAMILY_IPV4, .subnets = "255.255.255.0", .gateways = "192.0.2.1" };

	(void)snprintf(ip.addresses, sizeof(ip.addresses), "192.0.2.%u", 10 + round % 200);
	return ip;
}

static bool is_in_force(struct machine *m, const struct host_ip *wanted)
{
	struct host_ip found;

	expect_status(host_get_ip_info(m, MAC, &found), HV_S_OK);
	return strcmp(found.addresses, wanted->addresses) == 0 && strcmp(found.subnets, wanted->subnets) == 0 &&
	       strncmp(found.gateways, wanted->gateways, strlen(wanted->gateways)) == 0;
}

static void finish_netd(struct machine *m, int netd)
{
	int status;

	if (guest_runs(m, netd))
		guest_signal(m, netd, SIGTERM);
	status = guest_wait(m, netd);
	if (status >= 128 && status != 128 + SIGTERM)
		machine_fail(m, "hv-netd ended with status %d", status);
}

static uint32_t inject(struct machine *m, const char *by, const struct host_ip *ip)
{
	int netd = open_netd_socket(m, by);
	uint32_t status = host_inject_ip(m, ip);

	finish_netd(m, netd);
	return status;
}

static uint32_t inject_with_failure(struct machine *m, const struct call_kind *kind, const struct host_ip *ip)
{
	char injection[INJECTION_BYTES], by[INJECTION_BYTES + 128];

	choose_calls(m, kind, true, injection);
	(void)snprintf(by, sizeof(by), "env ASAN_OPTIONS=detect_leaks=0 strace -D -f -qq -A -Z -o " CALLS_TRACE " -e %s", injection);
	return inject(m, by, ip);
}

/* A fresh hv-netd is asked for what it refuses: it has gone back by then, if there is something to go back on. */
static void recover(struct machine *m)
{
	struct host_ip ip = make_ip(0);

	strcpy(ip.adapter, "{b5e15ac5-0009-4000-8000-00155d010209}");
	expect_status(inject(m, "", &ip), HV_GUID_NOTFOUND);
	guest_run(m, "[ ! -e " STATE "/open/book ]");
}

static void play_net(struct machine *m, const struct call_kind *kind)
{
	unsigned int n_rounds = getenv("HVG_FULL") ? N_ROUNDS_FULL : N_ROUNDS;
	struct host_ip former = make_ip(0), asked;
	uint32_t status;

	begin_calls(m);
	prepare_netd(m, NOBODY);
	guest_start_daemon(m);
	guest_run(m, "ip -6 address flush dev " GUEST_ADAPTER);
	expect_status(inject(m, "", &former), HV_S_OK);
	for (unsigned int round = 1; round <= n_rounds || (n_failed_calls(m) == 0 && round <= 8 * n_rounds); round++) {
		asked = make_ip(2 * round);
		status = inject_with_failure(m, kind, &asked);
		expect(!guest_has_logged(m, "Sanitizer: ") && !guest_has_logged(m, "runtime error:"));
		recover(m);
		expect(is_in_force(m, &asked) || (status != HV_S_OK && is_in_force(m, &former)));
		former = make_ip(2 * round + 1);
		expect_status(inject(m, "", &former), HV_S_OK);
		expect(is_in_force(m, &former));
	}
	expect(n_failed_calls(m) > 0);
}

#define PLAYS(kind)                                                                                        \
	static void net_outlives_failures_of_##kind(struct machine *m)                                     \
	{                                                                                                  \
		play_net(m, &call_##kind);                                                                 \
	}

PLAYS(opening)
PLAYS(reading)
PLAYS(writing)
PLAYS(naming)
PLAYS(talking)
PLAYS(arming)
PLAYS(waiting)
PLAYS(starting)

#define CALL_ROW(kind)                                                                                     \
	ROW(net_outlives_failures_of_##kind, .daemon = SCENARIO_OURS, .time_limit_s = 3600)

static const struct scenario rows[] = {
	CALL_ROW(opening),
	CALL_ROW(reading),
	CALL_ROW(writing),
	CALL_ROW(naming),
	CALL_ROW(talking),
	CALL_ROW(arming),
	CALL_ROW(waiting),
	CALL_ROW(starting),
};

SCENARIO_SET(scenarios_calls_net, rows);
