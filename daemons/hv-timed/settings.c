// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-timed's settings. The sample file is this table, printed; a meta test compares them.
 */

#include "hv-timed/settings.h"

#include "base/units.h"

/* In the order of enum hvg_clock_mode. */
static const char *const modes[] = { "auto", "discipline", "step-only", "monitor", NULL };

static const struct hvg_setting rows[] = {
	{
		"Clock",
		"Mode",
		"auto",
		"What hv-timed may do. auto: keep the clock on the host's time, unless another time "
		"service is active. discipline: keep it even then, for a service that leaves the clock "
		"alone. step-only: set it when it is far off, and never change its rate. monitor: only "
		"measure. Whatever is set here, a clock that another is seen to steer is left alone.",
		HVG_WORD(struct timed_settings, mode, modes),
	},
	{
		"Clock",
		"Services",
		"chrony.service chronyd.service ntp.service ntpd.service ntpsec.service openntpd.service "
		"phc2sys.service phc2sys@*.service systemd-timesyncd.service",
		"Units that own the clock while they are active: names or shell patterns, separated by "
		"blanks. Change it when a time service of yours is not in the list.",
		HVG_LIST(struct timed_settings, services),
	},
	{
		"Steps",
		"AtStart",
		"500ms",
		"Above which offset the clock is set at once when hv-timed starts. Smaller ones are "
		"slewed away. infinity: it is never set.",
		HVG_TIMESPAN(struct timed_settings, step_at_start_us),
		.smallest = 1000,
		.largest = HVG_NEVER,
	},
	{
		"Steps",
		"AfterJump",
		"500ms",
		"The same for an offset that came by a jump: the machine was paused, restored or moved, "
		"or somebody set a clock. An offset that did not jump is never stepped.",
		HVG_TIMESPAN(struct timed_settings, step_after_jump_us),
		.smallest = 1000,
		.largest = HVG_NEVER,
	},
	{
		"Steps",
		"BackwardsLimit",
		"1d",
		"How far back the clock may be set once it has been right. A host that wants more is "
		"taken to be wrong itself, until it is within the limit again or hv-timed is restarted.",
		HVG_TIMESPAN(struct timed_settings, backwards_limit_us),
		.smallest = 1000000,
		.largest = HVG_NEVER,
	},
	{
		"Slew",
		"Limit",
		"5000",
		"How much faster or slower the clock may run while an offset is slewed away, in parts per "
		"million: 5000 mend 100 ms in 20 s. Make it smaller for software that measures rates.",
		HVG_UNSIGNED(struct timed_settings, slew_limit_ppm),
		.smallest = 10,
		.largest = 90000,
	},
};

const struct hvg_config timed_config = {
	.name = "time",
	.settings = rows,
	.n_settings = HVG_ELEMENTS(rows),
	.size = sizeof(struct timed_settings),
};
