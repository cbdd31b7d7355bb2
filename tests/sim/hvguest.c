// SPDX-License-Identifier: LGPL-2.1-or-later

/* Our timekeeper in a simulated world: hv-timed's law loop, with the world as its kernel. */

#include "sim/steerer.h"

#include "base/units.h"
#include "service/timekeeper.h"

#define N_READINGS 10

struct ours {
	struct hvg_timekeeper keeper;
	unsigned int n_steps, n_guest_sets;
};

static void init(void *state, struct sim_world *world)
{
	struct ours *ours = state;
	struct hvg_timekeeper_config config = {
		.servo = {
			.step_at_start_ns = 500000000,
			.step_after_jump_ns = 500000000,
			.panic_backwards_ns = UINT64_C(86400) * 1000000000,
			.period_us = 5 * HVG_USEC_PER_SEC,
			.slew_max_ppb = 5e6,
		},
		.owner = { .mode = HVG_CLOCK_DISCIPLINE, .touch_us = 3600 * HVG_USEC_PER_SEC },
	};

	hvg_timekeeper_init(&ours->keeper, &config, sim_world_now_us(world));
	hvg_timekeeper_source(&ours->keeper, true, sim_world_now_us(world));
}

static int observe(struct ours *ours, struct sim_world *world)
{
	struct hvg_clock_reading readings[N_READINGS];
	struct hvg_time_observation observation = { readings, N_READINGS,
		{ world->correction_ppb, false, false } };
	int r = sim_world_read(world, readings, N_READINGS);

	if (r >= 0)
		hvg_timekeeper_recv(&ours->keeper, &observation, sim_world_now_us(world));
	return r;
}

/* As the kernel keeps it. */
static double rounded(double correction_ppb)
{
	struct hvg_timex_rate rate = hvg_timex_rate_encode(correction_ppb);

	return hvg_timex_rate_decode(&rate);
}

static int perform(
	struct ours *ours, struct sim_world *world, const struct hvg_time_action *action)
{
	switch (action->kind) {
	case HVG_TIME_OBSERVE:
		return observe(ours, world);
	case HVG_TIME_STEP:
		world->guest_ns += (double)action->step_ns;
		ours->n_steps++;
		break;
	case HVG_TIME_STEER:
	case HVG_TIME_LET_GO:
		world->correction_ppb = rounded(action->correction_ppb);
		break;
	case HVG_TIME_CLAIM:
	case HVG_TIME_WAIT:
		break;
	}
	return 0;
}

static double act(void *state, struct sim_world *world)
{
	struct ours *ours = state;
	struct hvg_time_action action;
	uint64_t now_us;

	if (ours->n_guest_sets != world->n_guest_sets)
		hvg_timekeeper_was_set(&ours->keeper, sim_world_now_us(world));
	ours->n_guest_sets = world->n_guest_sets;
	while (action = hvg_timekeeper_next(&ours->keeper, sim_world_now_us(world)),
		action.kind != HVG_TIME_WAIT) {
		int r = perform(ours, world, &action);

		hvg_timekeeper_done(&ours->keeper, action.serial, r, sim_world_now_us(world));
	}
	now_us = sim_world_now_us(world);
	return ours->keeper.deadline_us > now_us
		? (double)(ours->keeper.deadline_us - now_us) * 1e3
		: 0;
}

static unsigned int n_steps(const void *state)
{
	return ((const struct ours *)state)->n_steps;
}

const struct sim_steerer sim_hvguest = {
	.name = "hvguest",
	.size = sizeof(struct ours),
	.init = init,
	.act = act,
	.n_steps = n_steps,
};
