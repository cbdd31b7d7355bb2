// SPDX-License-Identifier: LGPL-2.1-or-later

/* System calls of each kind fail while each service works. What must then be true of it is its check. */

#include "calls.h"
#include "fcopy.h"

#include <stdio.h>

/* --- Data Exchange: one key, which is as it was told, or as it was --- */

#define N_ASKED 4 /* times in a round, so that there is something to fail */

static void write_number(char ret[static 16], unsigned int round, const char *of)
{
	(void)snprintf(ret, 16, "%s%u", of, round);
}

static uint32_t try_to_set(struct machine *m, const char *key, const char *value)
{
	if (!guest_daemon_runs(m))
		return HOST_NO_ANSWER;
	return wait_for_answer(m, host_begin_set(m, 0, key, value), host_end_within);
}

static uint32_t ask_kvp(struct machine *m, unsigned int round)
{
	char value[16];

	for (unsigned int i = 0; i < N_ASKED; i++) {
		write_number(value, i, "filler");
		(void)try_to_set(m, "filler", value);
		if (guest_daemon_runs(m))
			(void)wait_for_answer(m, host_begin_get_ip_info(m, GUEST_MAC), host_end_within);
	}
	write_number(value, round, "asked");
	return try_to_set(m, "key", value);
}

static void expect_told(struct machine *m, const char *found, unsigned int round, uint32_t status)
{
	char asked[16], former[16];

	write_number(asked, round, "asked");
	write_number(former, round - 1, "checked");
	if (!found || (strcmp(found, asked) != 0 && (status == HV_S_OK || strcmp(found, former) != 0)))
		machine_fail(m, "found '%s' where the host was told 0x%x about '%s', after '%s'",
			found ? found : "(nothing)", status, asked, former);
}

static void check_kvp(struct machine *m, unsigned int round, uint32_t status)
{
	char value[16], listed[32], *found;
	struct host_ip ip;

	expect(machine_eventually(m, host_kvp_set(m, 0, "filler", "here") == HV_S_OK));
	found = guest_pool_value(m, 0, "key");
	if (round > 0)
		expect_told(m, found, round, status);
	free(found);
	write_number(value, round, "checked");
	expect_set(0, "key", value);
	expect_status(host_kvp_delete(m, 0, "filler"), HV_S_OK);
	(void)snprintf(listed, sizeof(listed), "key=%s\n", value);
	expect_listed(0, listed);
	expect_status(host_get_ip_info(m, GUEST_MAC, &ip), HV_S_OK);
	expect(strstr(ip.addresses, GUEST_IPV4));
}

static const struct call_service kvp = { guest_start_daemon, ask_kvp, check_kvp };

/* --- Backup: whatever was frozen is thawed, and the host was not deceived about it --- */

/* Otherwise what cannot be opened at the moment is left out, and logged. */
static void begin_vss(struct machine *m)
{
	static const char require_all[] = "RequireAll=yes\n";

	guest_append_file(m, GUEST_VSS_CONFIG, require_all, sizeof(require_all) - 1);
	guest_add_disks(m, 2);
	guest_start_daemon(m);
}

static void look_whether_frozen(struct machine *m, void *ret_is_frozen)
{
	*(bool *)ret_is_frozen = guest_is_frozen(m, "disk1") && guest_is_frozen(m, "disk2");
}

static uint32_t ask_for(struct machine *m, uint8_t operation)
{
	if (!guest_daemon_runs(m))
		return HOST_NO_ANSWER;
	return wait_for_answer(m, host_begin_vss(m, operation), host_end_vss_within);
}

static uint32_t ask_vss(struct machine *m, unsigned int round)
{
	bool is_frozen;

	if (ask_for(m, VSS_OP_HOT_BACKUP) != HV_S_OK || ask_for(m, VSS_OP_FREEZE) != HV_S_OK)
		return HV_E_FAIL;
	look_whether_frozen(m, &is_frozen);
	if (ask_for(m, VSS_OP_THAW) == HV_S_OK)
		expect(is_frozen);
	return HV_S_OK;
}

static bool can_back_up(struct machine *m)
{
	bool is_frozen = false;

	return host_backup(m, look_whether_frozen, &is_frozen).thaw == HV_S_OK && is_frozen;
}

static void check_vss(struct machine *m, unsigned int round, uint32_t status)
{
	guest_expect_thawed(m);
	expect(machine_eventually(m, can_back_up(m)));
	guest_expect_thawed(m);
}

static const struct call_service vss = { begin_vss, ask_vss, check_vss };

/* --- File copy: the whole file, or what was there before, and nothing beside it --- */

static uint32_t copy_to(struct machine *m, const char *folder, const char *text)
{
	return host_copy_file(m, &(struct host_file){ .name = "file", .destination = folder, .bytes = text,
				       .size = strlen(text), .force = true, .creates_path = true });
}

static uint32_t ask_fcopy(struct machine *m, unsigned int round)
{
	char text[16];

	for (unsigned int i = 0; i < N_ASKED && guest_daemon_runs(m); i++)
		(void)copy_to(m, "/srv/", "filler");
	write_number(text, round, "asked");
	return copy_to(m, "/dst/", text);
}

static void check_fcopy(struct machine *m, unsigned int round, uint32_t status)
{
	char text[16], *found;

	expect(machine_eventually(m, copy_to(m, "/srv/", "here") == HV_S_OK));
	found = guest_read_file(m, "/dst/file", NULL);
	if (round > 0)
		expect_told(m, found, round, status);
	free(found);
	write_number(text, round, "checked");
	expect_status(copy_to(m, "/dst/", text), HV_S_OK);
	expect_file("/dst/file", text);
	expect_nothing_half();
}

static const struct call_service fcopy = { begin_fcopy, ask_fcopy, check_fcopy };

/* Each service with the kinds of calls that it makes. */
#define PLAYS(service, kind)                                                                               \
	static void service##_outlives_failures_of_##kind(struct machine *m)                               \
	{                                                                                                  \
		play_calls(m, &(struct call_test){ &service, &call_##kind });                                     \
	}

#define PLAYS_COMMON(service)                                                                              \
	PLAYS(service, opening)                                                                            \
	PLAYS(service, reading)                                                                            \
	PLAYS(service, writing)                                                                            \
	PLAYS(service, talking)                                                                            \
	PLAYS(service, arming)                                                                             \
	PLAYS(service, waiting)                                                                            \
	PLAYS(service, starting)

#ifndef __SANITIZE_ADDRESS__ /* which dies of it itself */
PLAYS(kvp, memory)
PLAYS(vss, memory)
PLAYS(fcopy, memory)
#endif
PLAYS_COMMON(kvp)
PLAYS_COMMON(vss)
PLAYS(vss, commanding)
PLAYS_COMMON(fcopy)
PLAYS(fcopy, naming)

#define CALL_ROW(service, user, kind)                                                                      \
	ROW(service##_outlives_failures_of_##kind, .daemon = user, .needs_driver = true,                   \
		.not_on_kernel = "strace is not there", .time_limit_s = 3600)

#define COMMON_ROWS(service, user)                                                                         \
	CALL_ROW(service, user, opening), CALL_ROW(service, user, reading),                                \
		CALL_ROW(service, user, writing), CALL_ROW(service, user, talking),                        \
		CALL_ROW(service, user, arming), CALL_ROW(service, user, waiting),                         \
		CALL_ROW(service, user, starting)

static const struct scenario rows[] = {
	COMMON_ROWS(kvp, SCENARIO_OURS),
	COMMON_ROWS(vss, SCENARIO_VSS_OURS),
	CALL_ROW(vss, SCENARIO_VSS_OURS, commanding),
	COMMON_ROWS(fcopy, SCENARIO_FCOPY_OURS),
	CALL_ROW(fcopy, SCENARIO_FCOPY_OURS, naming),
#ifndef __SANITIZE_ADDRESS__
	CALL_ROW(kvp, SCENARIO_OURS, memory),
	CALL_ROW(vss, SCENARIO_VSS_OURS, memory),
	CALL_ROW(fcopy, SCENARIO_FCOPY_OURS, memory),
#endif
};

SCENARIO_SET(scenarios_calls, rows);
