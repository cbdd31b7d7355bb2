// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-timed on the kernel's driver. The host only tells samples, as Hyper-V does once a guest is
 * up: of these the kernel makes a PTP clock and nothing else, which the first row shows; the
 * rest is hv-timed's.
 */

#include "host/vm/deeds.h"
#include "scenario.h"

#include <stdio.h>

#define PERIOD_S      5  /* of the host's words */
#define GRACE_S       15 /* within which a clock has to be right */

#define S_NS          INT64_C(1000000000)
#define S_US          INT64_C(1000000)
#define MS_NS         INT64_C(1000000)
#define WRONG_S       INT64_C(40000)
#define DAY_S         INT64_C(86400)

#define CHRONY_CONFIG "/tmp/chrony.conf"
#define TRACE         "/tmp/hv-timed.trace"

/* The system clock minus the host's, as the kernel's driver tells it. */
static int64_t offset_ns(struct machine *m)
{
	char *text = guest_ask(m, "%s offsets hyperv 1 0", HVG_GUEST_TOOL);
	long long offset;

	if (sscanf(text, "%*f %lld", &offset) != 1)
		machine_fail(m, "the clocks cannot be compared: %s", text);
	free(text);
	return offset;
}

static bool is_ahead(struct machine *m, int64_t seconds)
{
	return llabs(offset_ns(m) - seconds * S_NS) < S_NS;
}

static bool is_right(struct machine *m)
{
	return llabs(offset_ns(m)) < 5 * MS_NS;
}

static void say_sample(struct machine *m)
{
	expect_status(host_send_time(m, HOST_TIME_SAMPLE), HV_S_OK);
}

/* The host goes on as it does. */
static void live(struct machine *m, unsigned int seconds)
{
	for (; seconds >= PERIOD_S; seconds -= PERIOD_S) {
		say_sample(m);
		kernel_seconds_pass(m, PERIOD_S);
	}
}

/* In time, while the host goes on as it does. */
static bool becomes_right(struct machine *m)
{
	for (unsigned int seconds = 0; seconds < GRACE_S; seconds++) {
		if (seconds % PERIOD_S == 0)
			say_sample(m);
		if (is_right(m))
			return true;
		kernel_seconds_pass(m, 1);
	}
	return is_right(m);
}

/* A host that says what a row wants, and a clock that is so many seconds ahead. */
static void begin(struct machine *m, int64_t ahead_s)
{
	host_wait_for_state(m, CONTROL_TIMESYNC, CONTROL_NEGOTIATED);
	host_set_cadence(m, CONTROL_TIMESYNC, 0);
	say_sample(m);
	guest_run(m, "udevadm trigger --action=add --subsystem-match=ptp --settle");
	guest_run(m, "%s put-clock hyperv %lld", HVG_GUEST_TOOL, (long long)(ahead_s * S_US));
	expect(is_ahead(m, ahead_s));
}

static int spawn(struct machine *m, const char *const argv[])
{
	const struct guest_command command = { .argv = argv, .talks_to_log = true };

	return guest_spawn(m, &command);
}

/* With the user and the one capability that its unit gives it. */
static void start_timed(struct machine *m)
{
	const char *const argv[] = { "setpriv", "--reuid=hvguest", "--regid=hvguest",
		"--clear-groups", "--inh-caps=-all,+sys_time", "--ambient-caps=+sys_time",
		"--bounding-set=-all,+sys_time", HVG_TIMED, NULL };

	(void)spawn(m, argv);
}

/* A clock that hv-timed has set right. */
static void run_in(struct machine *m)
{
	begin(m, -2);
	start_timed(m);
	expect(becomes_right(m));
	guest_wait_for_log(m, "The clock follows the host's.");
}

/* The control: all the rows below mean something. */
static void stays_wrong_without_hv_timed(struct machine *m)
{
	begin(m, -WRONG_S);
	live(m, GRACE_S);
	expect(is_ahead(m, -WRONG_S));
	guest_run(m, "%s put-clock hyperv 0", HVG_GUEST_TOOL);
	host_pause(m);
	kernel_seconds_pass(m, 5);
	host_resume(m);
	live(m, GRACE_S);
	expect(offset_ns(m) < -4 * S_NS);
	guest_run(m, "%s put-clock hyperv 0", HVG_GUEST_TOOL);
}

static void is_right_soon_after_a_start_with_a_wrong_clock(struct machine *m)
{
	begin(m, -WRONG_S);
	start_timed(m);
	expect(becomes_right(m));
}

static void is_right_soon_after_a_pause(struct machine *m)
{
	run_in(m);
	host_pause(m);
	kernel_seconds_pass(m, 11);
	host_resume(m);
	expect(becomes_right(m));
	guest_wait_for_log(m, "The clock was set forward by 1");
}

/* A clock that nobody has vouched for yet may go back as far as it must. */
static void goes_two_weeks_back_at_its_start(struct machine *m)
{
	begin(m, 14 * DAY_S);
	start_timed(m);
	expect(becomes_right(m));
	guest_wait_for_log(m, "The clock was set back by 14.0 d");
}

static bool is_vouched_for(struct machine *m)
{
	return guest_try(m, "%s clock-marks | grep -q synchronised", HVG_GUEST_TOOL) == 0;
}

static void refuses_to_go_two_weeks_back_once_it_is_right(struct machine *m)
{
	run_in(m);
	expect(is_vouched_for(m));
	host_shift_clock(m, -14 * DAY_S * S_US);
	live(m, GRACE_S);
	expect(is_ahead(m, 14 * DAY_S));
	guest_wait_for_log(m, "set the clock back by 14.0 d, which is beyond");
	expect(!is_vouched_for(m));
	host_shift_clock(m, 14 * DAY_S * S_US);
	live(m, GRACE_S);
	expect(is_right(m) && is_vouched_for(m));
}

static int64_t hardware_clock_s(struct machine *m)
{
	char *text = guest_ask(m, "cat /sys/class/rtc/rtc0/since_epoch");
	int64_t seconds = strtoll(text, NULL, 10);

	free(text);
	return seconds;
}

static int64_t host_clock_s(struct machine *m)
{
	char *text = guest_ask(m, "%s ptp hyperv", HVG_GUEST_TOOL);
	int64_t seconds = strtoll(text, NULL, 10);

	free(text);
	return seconds;
}

static bool is_hardware_clock_behind(struct machine *m, int64_t seconds)
{
	return llabs(host_clock_s(m) - hardware_clock_s(m) - seconds) < 3;
}

/*
 * Both clocks of the machine. The kernel sets that of the hardware as soon as it is told that
 * its own is right, and each eleven minutes from then on. There has been no reset since the
 * boot, so that udev knows no rule of ours.
 */
static void is_right_soon_after_a_boot_with_wrong_clocks(struct machine *m)
{
	host_set_cadence(m, CONTROL_TIMESYNC, 0); /* nor does it ask for the clock to be set */
	host_shift_clock(m, -WRONG_S * S_US);
	host_boot(m);
	host_shift_clock(m, WRONG_S * S_US);
	host_wait_for_state(m, CONTROL_TIMESYNC, CONTROL_NEGOTIATED);
	say_sample(m);
	expect(offset_ns(m) < -(WRONG_S - 60) * S_NS);
	guest_run(m, "%s put-rtc %lld", HVG_GUEST_TOOL, (long long)host_clock_s(m) - 3600);
	expect(is_hardware_clock_behind(m, 3600));
	guest_run(m, "chown hvguest /dev/ptp0");
	start_timed(m);
	expect(becomes_right(m));
	expect(machine_eventually(m, is_hardware_clock_behind(m, 0)));
}

/* The kernel sets the clock by itself then; what it leaves is slewed away. */
static void knows_a_step_that_the_host_asked_for(struct machine *m)
{
	run_in(m);
	host_shift_clock(m, 3600 * S_US);
	expect_status(host_send_time(m, HOST_TIME_SYNC), HV_S_OK);
	expect(becomes_right(m));
	guest_wait_for_log(m, "not by hv-timed");
}

static void finds_a_clock_that_comes_back(struct machine *m)
{
	run_in(m);
	host_withdraw_component(m, CONTROL_TIMESYNC);
	guest_wait_for_log(m, "The host's clock has gone.");
	host_offer_component(m, CONTROL_TIMESYNC);
	host_wait_for_state(m, CONTROL_TIMESYNC, CONTROL_NEGOTIATED);
	guest_run(m, "date -s '-1 hour'");
	expect(becomes_right(m));
}

static unsigned long n_changes(struct machine *m)
{
	char *text = guest_ask(m, "grep -c -v modes=0 %s", TRACE);
	unsigned long n = strtoul(text, NULL, 10);

	free(text);
	return n;
}

/* Nobody tells of chronyd here, where no systemd is: it is known by what it does to the clock's
 * rate. */
static void leaves_the_clock_to_chronyd(struct machine *m)
{
	const char *const traced[] = { "strace", "-f", "-o", TRACE, "-e",
		"trace=clock_adjtime,adjtimex,clock_settime,settimeofday", HVG_TIMED, NULL };
	const char *const chronyd[] = { "chronyd", "-d", "-u", "root", "-f", CHRONY_CONFIG,
		NULL };
	static const char config[] = "refclock PHC /dev/ptp0 poll 1 dpoll -2\nmakestep 1 3\n"
				     "pidfile /tmp/chronyd.pid\ncmdport 0\nbindcmdaddress /\n";
	unsigned long n;

	begin(m, 0);
	spawn(m, traced);
	live(m, GRACE_S);
	expect(n_changes(m) > 0);
	guest_write_file(m, CHRONY_CONFIG, config, strlen(config));
	spawn(m, chronyd);
	live(m, 2 * GRACE_S);
	guest_wait_for_log(m, "Somebody else changes the rate of the clock");
	n = n_changes(m);
	live(m, 2 * GRACE_S);
	expect_number(n_changes(m), n);
}

#define TIMED_ROW(function, ...)                                                               \
	ROW(function, .daemon = SCENARIO_OURS, .needs_kernel = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	TIMED_ROW(stays_wrong_without_hv_timed),
	TIMED_ROW(is_right_soon_after_a_start_with_a_wrong_clock),
	TIMED_ROW(is_right_soon_after_a_pause),
	TIMED_ROW(goes_two_weeks_back_at_its_start, .only_in_full = true),
	TIMED_ROW(refuses_to_go_two_weeks_back_once_it_is_right, .only_in_full = true),
	TIMED_ROW(knows_a_step_that_the_host_asked_for),
	TIMED_ROW(finds_a_clock_that_comes_back, .only_in_full = true),
	TIMED_ROW(leaves_the_clock_to_chronyd, .only_in_full = true),
	TIMED_ROW(is_right_soon_after_a_boot_with_wrong_clocks),
};

SCENARIO_SET(scenarios_vm_timed, rows);
