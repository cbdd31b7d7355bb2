// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What is told when something has changed, and only then: each function compares one thing with
 * what was told last.
 */

#include "hv-timed/timed.h"

#include "base/duration.h"
#include "common/journal.h"
#include "common/message-ids.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_new_text(const char **told, const char *now)
{
	if (*told && strcmp(*told, now) == 0)
		return false;
	*told = now;
	return true;
}

/* The source. */

static void report_source(struct timed *timed)
{
	struct timed_told *told = &timed->told;
	bool is_open = timed->source.fd >= 0, had_looked = told->has_looked,
	     was_open = told->is_open;

	if (had_looked && was_open == is_open)
		return;
	told->has_looked = true;
	told->is_open = is_open;
	if (is_open)
		hvg_log(LOG_INFO, HVG_MSG_REGISTERED, "The host's clock is %s.",
			timed->source.node);
	else if (timed->source.error < 0)
		hvg_log(LOG_WARNING, HVG_MSG_DEVICE_FAILED,
			"The host's clock cannot be opened: %s.",
			strerror(-timed->source.error));
	else if (was_open)
		hvg_log(LOG_NOTICE, HVG_MSG_DEVICE_WITHDRAWN, "The host's clock has gone.");
	else
		hvg_log(LOG_INFO, HVG_MSG_DEVICE_ABSENT,
			"There is no PTP clock named hyperv: nothing to measure the time by.");
}

static void report_readings(struct timed *timed)
{
	int error = timed->keeper.source_error;

	if (timed->told.source_error == error)
		return;
	timed->told.source_error = error;
	if (error == -ESTALE)
		hvg_log(LOG_WARNING, HVG_MSG_HOST_LOST,
			"The host has not told its time for ten minutes; is its time synchronization switched off?");
	else if (error == -EBADMSG)
		hvg_log(LOG_WARNING, HVG_MSG_HOST_LOST,
			"What the host's clock shows cannot be the time; waiting for its first word.");
	else if (error < 0 && error != -ENODEV)
		hvg_log(LOG_WARNING, HVG_MSG_DEVICE_FAILED,
			"The host's clock cannot be read: %s.", strerror(-error));
}

/* The clock. */

static void report_refusal(const struct timed *timed)
{
	char step[HVG_DURATION_SIZE];

	hvg_duration_render(timed->keeper.servo.refused_ns, step);
	hvg_log(LOG_ERR, HVG_MSG_HOST_REFUSED,
		"The host's time would set the clock back by %s, which is beyond BackwardsLimit=; it is left alone.",
		step[0] == '-' ? step + 1 : step);
}

static void report_state(struct timed *timed)
{
	const struct hvg_servo *servo = &timed->keeper.servo;
	bool was_told = timed->told.state != NULL;
	const char *state = hvg_timekeeper_state(&timed->keeper);

	if (!is_new_text(&timed->told.state, state))
		return;
	timed_bus_changed(timed);
	if (!timed->keeper.is_active || !was_told)
		return;
	switch (servo->state) {
	case HVG_SERVO_TRACKING:
		hvg_log(LOG_INFO, HVG_MSG_CLOCK_FOLLOWS, "The clock follows the host's.");
		break;
	case HVG_SERVO_HOLDOVER:
		hvg_log(LOG_NOTICE, HVG_MSG_HOLDOVER,
			"The host is silent; the clock goes on with the frequency that was learnt.");
		break;
	case HVG_SERVO_REFUSING:
		report_refusal(timed);
		break;
	case HVG_SERVO_UNLOCKED:
	case HVG_SERVO_STEPPING:
		break;
	}
}

static void report_step(struct timed *timed)
{
	const struct hvg_timekeeper *keeper = &timed->keeper;
	bool is_ours = keeper->last_step_cause != HVG_TIME_STEP_BY_ANOTHER;
	char by[HVG_DURATION_SIZE];

	if (timed->told.step_us == keeper->last_step_us)
		return;
	timed->told.step_us = keeper->last_step_us;
	timed->last_step_realtime_us = (int64_t)hvg_clock_us(CLOCK_REALTIME);
	hvg_duration_render(fabs((double)keeper->last_step_ns), by);
	hvg_log(LOG_NOTICE, is_ours ? HVG_MSG_CLOCK_STEPPED : HVG_MSG_CLOCK_SET,
		is_ours ? "The clock was set %s by %s, to the host's time."
			: "The clock was set %s by %s, not by hv-timed.",
		keeper->last_step_ns < 0 ? "back" : "forward", by);
	timed_bus_stepped(timed);
}

static void report_owner(struct timed *timed)
{
	const char *owner = timed_owner(timed);

	if (strcmp(timed->told.owner, owner) == 0)
		return;
	(void)snprintf(timed->told.owner, sizeof(timed->told.owner), "%s", owner);
	timed_bus_changed(timed);
	if (timed->keeper.is_claimed)
		hvg_log(LOG_INFO, HVG_MSG_CLOCK_TAKEN, "hv-timed keeps the clock.");
	else if (strcmp(owner, "another") == 0)
		hvg_log(LOG_WARNING, HVG_MSG_CLOCK_OWNED,
			"Somebody else changes the rate of the clock; hv-timed only measures it for now.");
	else if (*owner != '\0')
		hvg_log(LOG_NOTICE, HVG_MSG_CLOCK_OWNED,
			"%s keeps the clock; hv-timed only measures it.", owner);
}

static void report_failure(struct timed *timed)
{
	if (timed->told.failure == timed->failure)
		return;
	timed->told.failure = timed->failure;
	if (timed->failure < 0)
		hvg_log(LOG_ERR, HVG_MSG_CLOCK_FAILED,
			"The clock cannot be changed: %s; it will be tried again.",
			strerror(-timed->failure));
}

/* systemd. */

static void report_status(struct timed *timed)
{
	const char *state = hvg_timekeeper_state(&timed->keeper), *owner = timed_owner(timed);
	bool has_sample = timed->keeper.n_samples > 0;

	if (timed->keeper.servo.has_locked || (has_sample && timed->owners.is_active))
		hvg_loop_ready(timed->loop);
	if (timed->keeper.is_claimed && timed->keeper.servo.state == HVG_SERVO_TRACKING)
		hvg_loop_status(timed->loop, "Keeping the clock on the host's time");
	else if (*owner != '\0' && !timed->keeper.is_claimed)
		hvg_loop_status(timed->loop, "Measuring the clock, which %s keeps", owner);
	else
		hvg_loop_status(timed->loop, "The clock is not kept: %s", state);
}

void timed_report(struct timed *timed)
{
	report_source(timed);
	report_readings(timed);
	report_owner(timed);
	report_step(timed);
	report_state(timed);
	report_failure(timed);
	report_status(timed);
}
