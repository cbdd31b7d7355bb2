// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What only a VMBus channel can: versions are negotiated by the daemon, at any time, and names come
 * as the host has them.
 */

#include "fcopy.h"

static const struct host_file large = { .name = "large", .destination = "/dst/", .size = 1000000 };

static void negotiates_whenever_the_host_does(struct machine *m)
{
	begin_fcopy(m);
	for (int i = 0; i < 10; i++) {
		host_fcopy_renegotiate(m);
		host_fcopy_wait_until_served(m);
	}
	expect_copy_text("/dst/", "file", "1");
	expect_file("/dst/file", "1");
}

/* After a restore the host knows nothing of the file that it had begun. */
static void forgets_a_file_when_the_host_begins_anew(struct machine *m)
{
	begin_fcopy(m);
	for (int i = 0; i < 5; i++) {
		expect_status(host_copy_start(m, &large), HV_S_OK);
		expect_status(host_copy_write(m, &large, 0, 6144), HV_S_OK);
		host_fcopy_renegotiate(m);
		host_fcopy_wait_until_served(m);
		expect(machine_eventually(m, guest_try(m, "test -z \"$(ls -A /dst)\"") == 0));
		expect_status(host_copy_write(m, &large, 6144, 6144), HV_E_FAIL);
	}
	expect_copy_text("/dst/", "file", "1");
}

static void takes_names_that_fill_their_field(struct machine *m)
{
	char destination[800] = "/dst", name[260] = "";

	for (int i = 0; i < 63; i++)
		strcat(destination, "/\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"); /* 4 units, 10 bytes */
	strcat(destination, "/a/");
	memset(name, 'n', 255);
	begin_fcopy(m);
	expect_status(host_copy_file(m, &(struct host_file){ .name = name, .destination = destination, .bytes = "1",
					       .size = 1, .creates_path = true }),
		HV_S_OK);
	expect_given(guest_ask(m, "find /dst -type f | wc -c"), "893\n");
}

static void refuses_half_a_character(struct machine *m)
{
	struct host_fcopy_message request = { .op = START_FILE_COPY };

	begin_fcopy(m);
	host_put_text(request.path, W_MAX_PATH, "/dst/");
	host_put_text(request.name, W_MAX_PATH, "name");
	request.name[1] = 0xd800;
	expect_status(host_fcopy_exchange(m, &request), HV_INVALIDARG);
	guest_run(m, "test -z \"$(ls -A /dst)\"");
}

static void answers_messages_that_are_cut(struct machine *m)
{
	struct host_fcopy_message request = { .op = START_FILE_COPY };

	begin_fcopy(m);
	for (request.cut = 1; request.cut < 1088; request.cut += 100)
		expect_status(host_fcopy_exchange(m, &request), HV_INVALIDARG);
	expect_copy_text("/dst/", "file", "1");
}

/* A machine that is to hibernate must give up a driver that cannot, once hv-fcopyd has closed the device. */
static void gives_its_driver_up_for_hibernation(struct machine *m)
{
	int logind;

	guest_start_bus(m);
	logind = guest_start_logind(m);
	begin_fcopy(m);
	guest_wait_for_output(m, logind, "inhibited: sleep by hv-fcopyd, delay");
	guest_sleeps(m, logind);
	expect(machine_eventually(m, !host_fcopy_is_served(m)));
	guest_run(m, HVG_SLEEP_HOOK " pre hibernate && ! ls /sys/bus/vmbus/drivers/uio_hv_generic/*-*-*-*-*");
	guest_run(m, HVG_SLEEP_HOOK " post hibernate && ls /sys/bus/vmbus/drivers/uio_hv_generic/*-*-*-*-*");
	guest_wakes(m, logind);
	host_fcopy_wait_until_served(m);
	expect_copy_text("/dst/", "file", "1");
}

/* The kernel would free memory that the host goes on using. */
static void keeps_its_driver_while_the_device_is_open(struct machine *m)
{
	begin_fcopy(m);
	guest_run(m, HVG_SLEEP_HOOK " pre hibernate");
	expect_copy_text("/dst/", "file", "1");
}

static const struct scenario rows[] = {
	ROW(negotiates_whenever_the_host_does, .daemon = SCENARIO_FCOPY_OURS, .needs_ring = true),
	ROW(forgets_a_file_when_the_host_begins_anew, .daemon = SCENARIO_FCOPY_OURS, .needs_ring = true),
	ROW(takes_names_that_fill_their_field, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true, .needs_ring = true),
	ROW(gives_its_driver_up_for_hibernation, .daemon = SCENARIO_FCOPY_OURS, .needs_ring = true,
		.needs_kernel = true),
	ROW(keeps_its_driver_while_the_device_is_open, .daemon = SCENARIO_FCOPY_OURS, .needs_ring = true,
		.needs_kernel = true, .only_in_full = true),
	ROW(refuses_half_a_character, .daemon = SCENARIO_FCOPY_OURS, .needs_ring = true),
	ROW(answers_messages_that_are_cut, .daemon = SCENARIO_FCOPY_OURS, .only_in_full = true, .needs_ring = true),
};

SCENARIO_SET(scenarios_fcopy_ring, rows);
