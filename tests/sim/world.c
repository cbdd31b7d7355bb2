// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Time goes by in pieces that end where something changes: a second of the oscillator, a word
 * of the host, an event. Each source of chance has a generator of its own, so that a steerer
 * that reads more often does not change the oscillator.
 */

#include "sim/world.h"

#include <errno.h>

#define STALE_NS      (600 * SIM_NSEC_PER_SEC) /* HV_UTIL: facts, guest protocol, section 8.1 */
#define RESOLUTION_NS 100

/* 2026-01-01: readings must look like times of our days. */
#define EPOCH_NS      INT64_C(1767225600000000000)

static double period_ns(const struct sim_trace *trace)
{
	return (trace->period_s > 0 ? trace->period_s : 5) * SIM_NSEC_PER_SEC;
}

/* Of the host's words: nobody knows it. */
static double phase_ns(const struct sim_trace *trace)
{
	return 0.34 * period_ns(trace);
}

static void change_oscillator(struct sim_world *world)
{
	const struct sim_trace *trace = world->trace;
	double warmth = 0;

	world->walk_ppb += trace->walk_ppb * noise_normal(&world->oscillator);
	if (trace->warmth_period_s > 0)
		warmth = trace->warmth_ppb *
			sin(2 * M_PI * world->true_ns /
				(trace->warmth_period_s * SIM_NSEC_PER_SEC));
	world->now_ppb = trace->frequency_ppb + world->walk_ppb + warmth +
		trace->white_ppb * noise_normal(&world->oscillator);
	world->second_ns += SIM_NSEC_PER_SEC;
}

void sim_world_init(struct sim_world *world, const struct sim_trace *trace, uint64_t seed)
{
	*world = (struct sim_world){
		.trace = trace,
		.oscillator = noise_from(3 * seed),
		.host = noise_from(3 * seed + 1),
		.reads = noise_from(3 * seed + 2),
		.guest_ns = trace->first_offset_ns,
		.next_word_ns = phase_ns(trace),
	};
	change_oscillator(world);
	world->has_word = true; /* the guest has been up for a while */
	world->word_ns = noise_normal(&world->host) * trace->word_ns;
}

static void speak(struct sim_world *world)
{
	const struct sim_trace *trace = world->trace;
	double error_ns = noise_normal(&world->host) * trace->word_ns;

	if (noise_uniform(&world->host) < trace->outlier_share)
		error_ns += trace->outlier_ns * (noise_uniform(&world->host) < 0.5 ? -1 : 1);
	world->next_word_ns += period_ns(world->trace);
	if (world->true_ns < world->silent_until_ns)
		return;
	world->word_ns = world->true_ns + world->host_set_ns + error_ns;
	world->word_counter_ns = world->counter_ns;
	world->has_word = true;
}

/* The host's time goes on, and nothing else. */
static void pause(struct sim_world *world, double ns)
{
	world->true_ns += ns;
	while (world->second_ns <= world->true_ns)
		change_oscillator(world);
	while (world->next_word_ns <= world->true_ns)
		world->next_word_ns += period_ns(world->trace);
}

static void happen(struct sim_world *world, const struct sim_event *event)
{
	switch (event->kind) {
	case SIM_HOST_SET:
		world->host_set_ns += event->ns;
		break;
	case SIM_GUEST_SET:
		world->guest_ns += event->ns;
		world->n_guest_sets++;
		break;
	case SIM_PAUSE:
		pause(world, event->ns);
		break;
	case SIM_PAUSE_SYNC:
		pause(world, event->ns);
		world->next_word_ns = world->true_ns;
		speak(world);
		world->guest_ns = world->word_ns;
		world->n_guest_sets++;
		break;
	case SIM_MOVED:
		world->walk_ppb += event->ns;
		break;
	case SIM_SILENCE:
		world->silent_until_ns = world->true_ns + event->ns;
		break;
	}
}

static void change(struct sim_world *world)
{
	const struct sim_trace *trace = world->trace;

	if (world->true_ns >= world->second_ns)
		change_oscillator(world);
	if (world->true_ns >= world->next_word_ns)
		speak(world);
	while (world->n_done < trace->n_events &&
		world->true_ns >= trace->events[world->n_done].at_s * SIM_NSEC_PER_SEC)
		happen(world, &trace->events[world->n_done++]);
}

/* True time until the next change. */
static double until_change(const struct sim_world *world)
{
	double next_ns = fmin(world->second_ns, world->next_word_ns);

	if (world->n_done < world->trace->n_events)
		next_ns = fmin(
			next_ns, world->trace->events[world->n_done].at_s * SIM_NSEC_PER_SEC);
	return fmax(next_ns - world->true_ns, 0);
}

/* How much faster than true time CLOCK_MONOTONIC runs: almost 1. */
static double rate_of(const struct sim_world *world)
{
	return (1 + world->now_ppb / SIM_NSEC_PER_SEC) *
		(1 + world->correction_ppb / SIM_NSEC_PER_SEC);
}

static void go_on(struct sim_world *world, double true_ns)
{
	double corrected_ns = true_ns * rate_of(world);

	world->true_ns += true_ns;
	world->counter_ns += true_ns * (1 + world->now_ppb / SIM_NSEC_PER_SEC);
	world->monotonic_ns += corrected_ns;
	world->guest_ns += corrected_ns;
}

void sim_world_sleep(struct sim_world *world, double ns)
{
	double end_ns = world->monotonic_ns + ns;

	while (world->monotonic_ns < end_ns) {
		double left_ns = (end_ns - world->monotonic_ns) / rate_of(world);
		double piece_ns = until_change(world);

		if (piece_ns > left_ns) {
			go_on(world, left_ns);
			world->monotonic_ns = fmax(world->monotonic_ns, end_ns);
			break;
		}
		go_on(world, piece_ns);
		change(world);
	}
}

static int64_t guest_time(const struct sim_world *world)
{
	return EPOCH_NS + llround(world->guest_ns);
}

static int64_t device_time(const struct sim_world *world)
{
	double ns = world->word_ns + world->counter_ns - world->word_counter_ns;

	return EPOCH_NS + llround(ns / RESOLUTION_NS) * RESOLUTION_NS;
}

/* Half of a reading's way: mostly the same, with a tail, and sometimes we are not running. */
static void dawdle(struct sim_world *world)
{
	const struct sim_trace *trace = world->trace;
	double ns = trace->delay_ns * (0.4 + 0.1 * noise_exponential(&world->reads));

	if (noise_uniform(&world->reads) < trace->spike_share)
		ns += trace->spike_ns * noise_exponential(&world->reads);
	sim_world_sleep(world, ns);
}

int sim_world_read(struct sim_world *world, struct hvg_clock_reading *ret, size_t n)
{
	if (world->counter_ns - world->word_counter_ns > STALE_NS)
		return -ESTALE;
	ret[0].before_ns = guest_time(world);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			ret[i].before_ns = ret[i - 1].after_ns;
		dawdle(world);
		ret[i].device_ns = device_time(world);
		dawdle(world);
		ret[i].after_ns = guest_time(world);
	}
	return 0;
}

uint64_t sim_world_now_us(const struct sim_world *world)
{
	return (uint64_t)(world->monotonic_ns / 1e3) +
		1000000; /* a machine that has been up for a second */
}

double sim_world_offset_ns(const struct sim_world *world)
{
	return world->guest_ns - world->true_ns - world->host_set_ns;
}

bool sim_world_is_over(const struct sim_world *world)
{
	return world->true_ns >= world->trace->seconds * SIM_NSEC_PER_SEC;
}
