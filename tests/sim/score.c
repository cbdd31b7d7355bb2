// SPDX-License-Identifier: LGPL-2.1-or-later

#include "sim/score.h"

#include "base/units.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

void sim_score_judge(struct sim_score *score, size_t begin)
{
	double *sorted = calloc(score->n, sizeof(*sorted)), sum = 0;
	size_t n = 0;

	if (!sorted)
		err(2, "score");
	for (size_t i = begin; i < score->n; i++) {
		if (isnan(score->offsets_ns[i]))
			continue;
		sorted[n++] = fabs(score->offsets_ns[i]);
		sum += score->offsets_ns[i] * score->offsets_ns[i];
	}
	qsort(sorted, n, sizeof(*sorted), compare);
	score->rms_ns = sqrt(sum / (double)n);
	score->median_ns = sorted[n / 2];
	score->p99_ns = sorted[n * 99 / 100];
	score->max_ns = sorted[n - 1];
	free(sorted);
}

/* Up to the steerer's next deed, looking at the clock once in each second that the guest lives
 * in. */
static void sleep_and_watch(struct sim_world *world, double ns, struct sim_score *score)
{
	double end_ns = world->monotonic_ns + ns;

	while (world->monotonic_ns < end_ns) {
		double second = floor(world->true_ns / SIM_NSEC_PER_SEC), left_ns;

		if (second < (double)score->n && isnan(score->offsets_ns[(size_t)second]))
			score->offsets_ns[(size_t)second] = sim_world_offset_ns(world);
		left_ns = (second + 1) * SIM_NSEC_PER_SEC - world->true_ns;
		sim_world_sleep(world, fmin(left_ns + 1, end_ns - world->monotonic_ns));
	}
}

static void prepare(const struct sim_trace *trace, struct sim_score *ret)
{
	*ret = (struct sim_score){ .n = (size_t)trace->seconds };
	ret->offsets_ns = calloc(ret->n, sizeof(*ret->offsets_ns));
	if (!ret->offsets_ns)
		err(2, "%s", trace->name);
	for (size_t i = 0; i < ret->n; i++)
		ret->offsets_ns[i] = NAN;
}

void sim_run(const struct sim_steerer *steerer, const struct sim_trace *trace, uint64_t seed,
	struct sim_score *ret)
{
	void *state = calloc(1, steerer->size);
	struct sim_world world;

	if (!state)
		err(2, "%s", steerer->name);
	prepare(trace, ret);
	sim_world_init(&world, trace, seed);
	steerer->init(state, &world);
	while (!sim_world_is_over(&world))
		sleep_and_watch(&world, steerer->act(state, &world), ret);
	ret->n_steps = steerer->n_steps(state);
	sim_score_judge(ret, (size_t)trace->warmup_s);
	free(state);
}

void sim_score_done(struct sim_score *score)
{
	free(score->offsets_ns);
}
