// SPDX-License-Identifier: LGPL-2.1-or-later

/* Written from the manual pages; the names are those of the options. */

#include "sim/phc2sys.h"

#define UPDATE_NS     (1 * SIM_NSEC_PER_SEC)
#define N_READINGS    5
#define KP            0.7
#define KI            0.3
#define FIRST_STEP_NS 20e3
#define MAX_PPB       500e3
#define ESTIMATE_S    (0.016 / KI)
#define SANITY        0.2

enum stage { FIRST, SECOND, RUNNING };

struct phc2sys {
	enum stage stage;
	bool has_updated;
	double first_offset_ns, first_local_ns;
	double drift_ppb;
	double last_local_ns, last_monotonic_ns; /* 0: none */
	unsigned int n_steps;
};

struct sample {
	double offset_ns, local_ns;
};

static void init(void *state, struct sim_world *world)
{
	struct phc2sys *servo = state;

	servo->drift_ppb = -world->correction_ppb;
}

static double clamp(double ppb)
{
	return fmax(-MAX_PPB, fmin(ppb, MAX_PPB));
}

static int take(struct sim_world *world, struct sample *ret)
{
	struct hvg_clock_reading readings[N_READINGS], best;
	int r = sim_world_read(world, readings, N_READINGS);

	if (r < 0)
		return r;
	best = readings[0];
	for (size_t i = 1; i < N_READINGS; i++)
		if (readings[i].after_ns - readings[i].before_ns <
			best.after_ns - best.before_ns)
			best = readings[i];
	ret->local_ns = (double)(best.before_ns / 2 + best.after_ns / 2);
	ret->offset_ns = (double)((best.before_ns - best.device_ns) / 2 +
		(best.after_ns - best.device_ns) / 2);
	return 0;
}

/* Has somebody set the clock? */
static bool is_insane(struct phc2sys *servo, const struct sim_world *world, double local_ns)
{
	double local = local_ns - servo->last_local_ns;
	double monotonic = world->monotonic_ns - servo->last_monotonic_ns;
	bool is_first = servo->last_local_ns == 0;

	servo->last_local_ns = local_ns;
	servo->last_monotonic_ns = world->monotonic_ns;
	return !is_first && monotonic > 0 && fabs(local / monotonic - 1) > SANITY;
}

static void step(struct phc2sys *servo, struct sim_world *world, double ns)
{
	world->guest_ns += ns;
	servo->last_local_ns += ns;
	servo->n_steps++;
}

static void estimate(
	struct phc2sys *servo, struct sim_world *world, const struct sample *sample)
{
	double interval_ns = sample->local_ns - servo->first_local_ns;

	if (interval_ns <= 0) {
		servo->stage = FIRST;
		return;
	}
	if (interval_ns < ESTIMATE_S * SIM_NSEC_PER_SEC)
		return;
	servo->drift_ppb = clamp(servo->drift_ppb +
		(SIM_NSEC_PER_SEC - servo->drift_ppb) *
			(sample->offset_ns - servo->first_offset_ns) / interval_ns);
	if (!servo->has_updated && fabs(sample->offset_ns) > FIRST_STEP_NS)
		step(servo, world, -sample->offset_ns);
	world->correction_ppb = -servo->drift_ppb;
	servo->has_updated = true;
	servo->stage = RUNNING;
}

static void update(struct phc2sys *servo, struct sim_world *world, const struct sample *sample)
{
	double wanted_ppb = KP * sample->offset_ns + servo->drift_ppb + KI * sample->offset_ns;

	if (fabs(wanted_ppb) <= MAX_PPB)
		servo->drift_ppb += KI * sample->offset_ns;
	world->correction_ppb = -clamp(wanted_ppb);
}

static double act(void *state, struct sim_world *world)
{
	struct phc2sys *servo = state;
	struct sample sample;

	if (take(world, &sample) < 0)
		return UPDATE_NS;
	if (is_insane(servo, world, sample.local_ns))
		servo->stage = FIRST;
	switch (servo->stage) {
	case FIRST:
		servo->first_offset_ns = sample.offset_ns;
		servo->first_local_ns = sample.local_ns;
		servo->stage = SECOND;
		break;
	case SECOND:
		estimate(servo, world, &sample);
		break;
	case RUNNING:
		update(servo, world, &sample);
		break;
	}
	return UPDATE_NS;
}

static unsigned int n_steps(const void *state)
{
	return ((const struct phc2sys *)state)->n_steps;
}

const struct sim_steerer sim_phc2sys = {
	.name = "phc2sys",
	.size = sizeof(struct phc2sys),
	.init = init,
	.act = act,
	.n_steps = n_steps,
};
