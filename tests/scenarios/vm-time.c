// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Time synchronization against the kernel alone: a SYNC sets the guest's clock, a SAMPLE only feeds the clock
 * device. Times are told in seconds; one machine emulates another here, so a minute more or less is the same.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

#include <time.h>

#define HOUR_S	 3600
#define HOUR_US	 INT64_C(3600000000)
#define MINUTE_S 60

static int64_t guest_time(struct machine *m)
{
	char *text = guest_ask(m, "date +%%s");
	int64_t seconds = strtoll(text, NULL, 10);

	free(text);
	return seconds;
}

/* How far the guest's clock is ahead of ours, in hours, if it is that within a minute; else -1000. */
static int hours_ahead(int64_t guest_s)
{
	int64_t ahead_s = guest_s - time(NULL) + 1000 * HOUR_S;
	int64_t rest_s = (ahead_s + MINUTE_S) % HOUR_S - MINUTE_S;

	return rest_s >= -MINUTE_S && rest_s <= MINUTE_S ? (int)((ahead_s + MINUTE_S) / HOUR_S) - 1000 : -1000;
}

static void quiet(struct machine *m)
{
	host_wait_for_state(m, CONTROL_TIMESYNC, CONTROL_NEGOTIATED);
	host_set_cadence(m, CONTROL_TIMESYNC, 0);
	expect_status(host_send_time(m, HOST_TIME_SYNC), HV_S_OK);
}

static bool is_ahead(struct machine *m, int hours)
{
	return hours_ahead(guest_time(m)) == hours;
}

/* The kernel sets its clock some time after it has answered. */
static void sets_its_clock_when_it_is_told_to(struct machine *m)
{
	quiet(m);
	expect(machine_eventually(m, is_ahead(m, 0)));
	host_shift_clock(m, HOUR_US);
	expect_status(host_send_time(m, HOST_TIME_SYNC), HV_S_OK);
	expect(machine_eventually(m, is_ahead(m, 1)));
	host_shift_clock(m, -2 * HOUR_US);
	expect_status(host_send_time(m, HOST_TIME_SYNC), HV_S_OK);
	expect(machine_eventually(m, is_ahead(m, -1)));
}

static int64_t device_time(struct machine *m)
{
	char *text = guest_ask(m, "%s ptp hyperv", HVG_GUEST_TOOL);
	int64_t seconds = strtoll(text, NULL, 10);

	free(text);
	return seconds;
}

static void takes_a_sample_for_its_clock_device_only(struct machine *m)
{
	quiet(m);
	expect(machine_eventually(m, is_ahead(m, 0)));
	host_shift_clock(m, 3 * HOUR_US);
	expect_status(host_send_time(m, HOST_TIME_SAMPLE), HV_S_OK);
	expect(machine_eventually(m, hours_ahead(device_time(m)) == 3));
	kernel_seconds_pass(m, 2);
	expect(is_ahead(m, 0));
}

static void sets_its_clock_for_an_old_host(struct machine *m)
{
	host_know_versions(m, CONTROL_TIMESYNC, "1.0 3.0");
	host_withdraw_component(m, CONTROL_TIMESYNC);
	host_offer_component(m, CONTROL_TIMESYNC);
	expect_given(host_version(m, CONTROL_TIMESYNC), "3.0");
	quiet(m);
	host_shift_clock(m, HOUR_US);
	expect_status(host_send_time(m, HOST_TIME_SYNC), HV_S_OK);
	expect(machine_eventually(m, is_ahead(m, 1)));
}

#define KERNEL_ROW(function, ...) ROW(function, .daemon = SCENARIO_DRIVER, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	KERNEL_ROW(sets_its_clock_when_it_is_told_to),
	KERNEL_ROW(takes_a_sample_for_its_clock_device_only),
	KERNEL_ROW(sets_its_clock_for_an_old_host),
};

SCENARIO_SET(scenarios_vm_time, rows);
