// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The worlds. Frequencies are those of TSCs against a host that is itself kept on time (some
 * ppm off, tenths of a ppm of warmth); the noise of the host's words is that of
 * facts/guest-protocol.md, section 8.2: a few to some tens of microseconds. The world "vm" was
 * measured (./dev bench time --vm): both clocks of the host go by one counter there, and a word
 * is off when its processor was wanted elsewhere.
 */

#include "sim/world.h"

#include "base/units.h"

#define HOUR_S 3600
#define DAY_S  86400
#define US     1e3
#define MS     1e6
#define S      1e9

/* A guest on a quiet host; each trace below says what is different. */
#define QUIET                                                                                  \
	.seconds = 6 * HOUR_S, .warmup_s = 600, .first_offset_ns = 3 * MS,                     \
	.frequency_ppb = 12e3, .white_ppb = 2, .walk_ppb = 0.3, .word_ns = 5 * US,             \
	.delay_ns = 600, .spike_share = 0.01, .spike_ns = 30 * US

#define EVENTS(list) .events = (list), .n_events = HVG_ELEMENTS(list)

static const struct sim_event host_steps[] = {
	{ 3000, SIM_HOST_SET, 20 * MS },
	{ 6000, SIM_HOST_SET, -300 * MS },
	{ 9000, SIM_HOST_SET, 2 * S },
	{ 12000, SIM_HOST_SET, -3600 * S },
};

static const struct sim_event leap[] = { { 7200, SIM_HOST_SET, -1 * S } };

static const struct sim_event pauses[] = {
	{ 3000, SIM_PAUSE, 30 * S },
	{ 9000, SIM_PAUSE, 7200 * S },
	{ 19000, SIM_PAUSE, 0.2 * S },
};

static const struct sim_event pauses_with_sync[] = {
	{ 3000, SIM_PAUSE_SYNC, 30 * S },
	{ 12000, SIM_PAUSE_SYNC, 7200 * S },
};

static const struct sim_event moves[] = {
	{ 3000, SIM_PAUSE, 0.4 * S },
	{ 3000, SIM_MOVED, 15e3 },
	{ 12000, SIM_PAUSE, 0.4 * S },
	{ 12000, SIM_MOVED, -40e3 },
};

static const struct sim_event silences[] = {
	{ 3000, SIM_SILENCE, 300 * S },
	{ 9000, SIM_SILENCE, 3600 * S },
};

static const struct sim_event week[] = {
	{ 1 * DAY_S, SIM_PAUSE, 45 * S },
	{ 2 * DAY_S, SIM_SILENCE, 1800 * S },
	{ 3 * DAY_S, SIM_HOST_SET, -1 * S },
	{ 4 * DAY_S, SIM_GUEST_SET, 600 * S },
	{ 5 * DAY_S, SIM_HOST_SET, 5 * MS },
	{ 6 * DAY_S, SIM_PAUSE_SYNC, 3600 * S },
};

const struct sim_trace sim_traces[] = {
	{ "quiet", "a quiet host", QUIET },
	{ "exact", "a host without noise", QUIET, .word_ns = 100, .frequency_ppb = 100 },
	{ "far-off", "an oscillator that is 80 ppm slow", QUIET, .frequency_ppb = -80e3 },
	{ "white", "white frequency noise of 100 ppb", QUIET, .white_ppb = 100 },
	{ "walk", "a random walk of 5 ppb in a root of a second", QUIET, .walk_ppb = 5 },
	{ "warmth", "1 ppm of warmth in an hour", QUIET, .warmth_ppb = 1000,
		.warmth_period_s = HOUR_S },
	{ "gusts", "300 ppb of warmth in five minutes", QUIET, .warmth_ppb = 300,
		.warmth_period_s = 300 },
	{ "noisy-host", "words with 60 us of noise", QUIET, .word_ns = 60 * US },
	{ "outliers", "one word in fifty is 2 ms off", QUIET, .outlier_share = 0.02,
		.outlier_ns = 2 * MS },
	{ "busy-guest", "readings of 20 us, a third of them interrupted for 2 ms", QUIET,
		.delay_ns = 20 * US, .spike_share = 0.3, .spike_ns = 2 * MS },
	{ "vm", "a virtual machine as our tests have it", QUIET, .word_ns = 0.5 * US,
		.frequency_ppb = -50, .white_ppb = 0.5, .walk_ppb = 0.1, .delay_ns = 200,
		.outlier_share = 0.005, .outlier_ns = 100 * US },
	{ "host-steps", "the host's clock is set four times", QUIET, EVENTS(host_steps) },
	{ "leap", "a leap second", QUIET, EVENTS(leap) },
	{ "pauses", "paused for 30 s, 2 h and 0.2 s", QUIET, EVENTS(pauses) },
	{ "pauses-sync", "paused; the host says SYNC", QUIET, EVENTS(pauses_with_sync) },
	{ "moved", "moved to another machine twice (15 and 40 ppm)", QUIET, EVENTS(moves) },
	{ "silence", "no word for 5 min and for 1 h (ESTALE)", QUIET, EVENTS(silences) },
	{ "start", "a start that is 100 ms off", QUIET, .seconds = 600, .warmup_s = 60,
		.first_offset_ns = 100 * MS },
	{ "wild", "500 us of noise, 30 ppb of random walk, slow readings", QUIET,
		.word_ns = 500 * US, .walk_ppb = 30, .delay_ns = 100 * US, .spike_share = 0.2,
		.spike_ns = 5 * MS },
	{ "week", "a week with a bit of everything", QUIET, .seconds = 7 * DAY_S,
		.word_ns = 20 * US, .white_ppb = 10, .walk_ppb = 0.5, .warmth_ppb = 500,
		.warmth_period_s = DAY_S, .outlier_share = 0.002, .outlier_ns = 1 * MS,
		EVENTS(week) },
};

const size_t sim_n_traces = HVG_ELEMENTS(sim_traces);
