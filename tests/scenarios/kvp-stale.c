// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Requests that the kernel has given up on: they lie in its slot for as long as nobody reads, and
 * nothing in an answer says which request it answers.
 */

#include "scenario.h"

#include <stdio.h>

static void executes_no_request_that_has_failed(struct machine *m)
{
	uint64_t id;

	guest_start_daemon(m);
	expect_set(0, "key", "before");
	guest_pause_daemon(m);
	id = host_begin_set(m, 0, "key", "stale");
	expect_status(host_end(m, id), HV_E_FAIL);
	guest_resume_daemon(m);
	expect(machine_eventually(m, host_kvp_set(m, 0, "fresh", "1") == HV_S_OK));
	expect_listed(0, "key=before\nfresh=1\n");
}

/* While the stale one lies there, the kernel refuses the next: that must end. */
static void serves_again_after_a_pause(struct machine *m)
{
	uint64_t id;

	guest_start_daemon(m);
	guest_pause_daemon(m);
	id = host_begin_set(m, 0, "key", "stale");
	expect_status(host_end(m, id), HV_E_FAIL);
	expect_status(host_kvp_set(m, 0, "key", "refused"), HV_E_FAIL);
	guest_resume_daemon(m);
	expect(machine_eventually(m, host_kvp_set(m, 0, "key", "fresh") == HV_S_OK));
	expect_listed(0, "key=fresh\n");
}

static void serves_after_a_pause_without_requests(struct machine *m)
{
	guest_start_daemon(m);
	guest_pause_daemon(m);
	kernel_seconds_pass(m, 45);
	guest_resume_daemon(m);
	expect(machine_eventually(m, host_kvp_set(m, 0, "key", "1") == HV_S_OK));
	expect_listed(0, "key=1\n");
}

/*
 * DELETE of a missing key is answered with HV_S_CONT. It hangs on a lock until the kernel has given
 * up on it; then comes a SET, which that answer must not be taken for.
 */
static void answers_no_request_with_the_answer_to_another(struct machine *m)
{
	const struct host_kvp_message delete = { .op = KVP_OP_DELETE, .key_size = 4, .key = { 'x' } };
	int holder;
	uint32_t status;
	uint64_t id;

	guest_start_daemon(m);
	expect_set(0, "key", "1");
	holder = guest_lock_pool(m, 0, "fcntl");
	id = host_begin(m, &delete);
	kernel_seconds_pass(m, 2);
	guest_pause_daemon(m);
	expect_status(host_end(m, id), HV_E_FAIL);
	id = host_begin_set(m, 3, "newer", "2");
	guest_end(m, holder);
	guest_resume_daemon(m);
	status = host_end(m, id);
	if (status == HV_S_OK)
		expect_stored(3, "newer", "2");
	else
		expect_status(status, HV_E_FAIL);
	expect(machine_eventually(m, host_kvp_set(m, 3, "newest", "3") == HV_S_OK));
}

static const struct scenario rows[] = {
	ROW(executes_no_request_that_has_failed, .only_in_full = true,
		.differs = "the host asks until it is served again",
		.not_debian = "it executes what it finds in the kernel's slot, however old"),
	/* Debian's answers one request with the answer to another, but not always: no test of it. */
	ROW(serves_again_after_a_pause, .only_in_full = true, .daemon = SCENARIO_OURS,
		.differs = "the host asks until it is served again"),
	ROW(serves_after_a_pause_without_requests, .differs = "two do something at the same time", .only_in_full = true),
	ROW(answers_no_request_with_the_answer_to_another, .only_in_full = true, .kernel_second_ms = 200,
		.not_debian = "it answers whenever it is done, and the kernel takes the "
			      "answer for the newer request's"),
};

SCENARIO_SET(scenarios_kvp_stale, rows);
