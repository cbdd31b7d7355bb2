// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two witnesses: the service manager, which knows what is active, and the rate of the clock,
 * which tells of steerers that nobody has heard of. Setting the clock is no sign of an owner:
 * the kernel does that when the host resumes a machine, and people do it by hand.
 */

#include "service/clockowner.h"

#include "base/units.h"

#include <math.h>

/* The kernel keeps rates in units of 0.015 ppb; whoever steers moves them by more. */
#define SAME_RATE_PPB 0.1

void hvg_clock_owner_init(struct hvg_clock_owner *owner,
	const struct hvg_clock_owner_config *config, uint64_t now_us)
{
	*owner = (struct hvg_clock_owner){ .config = *config, .begin_us = now_us };
}

void hvg_clock_owner_tell(struct hvg_clock_owner *owner, bool is_active)
{
	if (owner->is_active && !is_active) {
		owner->is_touched = false;
		owner->has_looked = false;
	}
	owner->is_known = true;
	owner->is_active = is_active;
}

void hvg_clock_owner_steered(struct hvg_clock_owner *owner, double correction_ppb)
{
	owner->rate_ppb = correction_ppb;
	owner->has_looked = true;
	owner->is_ours = true;
}

void hvg_clock_owner_let_go(struct hvg_clock_owner *owner)
{
	owner->is_ours = false;
	owner->has_looked =
		false; /* whether our last rate was set depends on who was quicker */
}

/* What an active service does to the clock is its business, unless we were told to share it. */
static bool is_expected(const struct hvg_clock_owner *owner)
{
	return owner->is_active && owner->config.mode != HVG_CLOCK_DISCIPLINE;
}

void hvg_clock_owner_look(struct hvg_clock_owner *owner,
	const struct hvg_clock_condition *condition, uint64_t now_us)
{
	bool is_other_rate = owner->has_looked &&
		fabs(condition->correction_ppb - owner->rate_ppb) > SAME_RATE_PPB;

	if ((is_other_rate || (owner->is_ours && condition->is_kernel_steered)) &&
		!is_expected(owner)) {
		owner->is_touched = true;
		owner->touched_us = now_us;
	}
	owner->rate_ppb = condition->correction_ppb;
	owner->has_looked = true;
}

static bool is_touched(const struct hvg_clock_owner *owner, uint64_t now_us)
{
	return owner->is_touched && now_us - owner->touched_us < owner->config.touch_us;
}

static bool is_waiting_for_word(const struct hvg_clock_owner *owner, uint64_t now_us)
{
	return !owner->is_known && now_us - owner->begin_us < owner->config.patience_us;
}

/* Without a word in time nobody is taken for active: a guest without a bus has a clock, too. */
static bool is_active(const struct hvg_clock_owner *owner, uint64_t now_us)
{
	return is_waiting_for_word(owner, now_us) || owner->is_active;
}

struct hvg_clock_rights hvg_clock_owner_rights(
	const struct hvg_clock_owner *owner, uint64_t now_us)
{
	struct hvg_clock_rights none = { false, false };
	bool is_free = !is_active(owner, now_us);

	if (is_touched(owner, now_us))
		return none;
	switch (owner->config.mode) {
	case HVG_CLOCK_AUTO:
		return (struct hvg_clock_rights){ is_free, is_free };
	case HVG_CLOCK_DISCIPLINE:
		return (struct hvg_clock_rights){ true, true };
	case HVG_CLOCK_STEP_ONLY:
		return (struct hvg_clock_rights){ is_free, false };
	case HVG_CLOCK_MONITOR:
		return none;
	}
	return none;
}

uint64_t hvg_clock_owner_deadline_us(const struct hvg_clock_owner *owner, uint64_t now_us)
{
	uint64_t deadline_us = HVG_NEVER;

	if (is_waiting_for_word(owner, now_us))
		deadline_us = owner->begin_us + owner->config.patience_us;
	if (is_touched(owner, now_us))
		deadline_us = HVG_MIN(deadline_us, owner->touched_us + owner->config.touch_us);
	return deadline_us;
}

const char *hvg_clock_mode_name(enum hvg_clock_mode mode)
{
	static const char *const names[] = {
		[HVG_CLOCK_AUTO] = "auto",
		[HVG_CLOCK_DISCIPLINE] = "discipline",
		[HVG_CLOCK_STEP_ONLY] = "step-only",
		[HVG_CLOCK_MONITOR] = "monitor",
	};

	return names[mode];
}
