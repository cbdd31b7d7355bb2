/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SIM_WORLD_H
#define HVG_TESTS_SIM_WORLD_H

/*
 * A host, a guest and their clocks, simulated: the same trace with the same seed is the same
 * world, whoever steers the guest's clock in it.
 *
 *	true time -- the host's clock (may be set) -- a word each 5 s, with noise
 *	   `-- oscillator (wanders) -- the guest's counter
 *			|-- the PTP clock: the last word, and what the counter says went by
 * since
 *			`-- the guest's clock: corrected, stepped
 *
 * All in nanoseconds as double: exact to 0.1 ns over a week. Offsets are the guest's clock
 * minus the host's.
 */

#include "format/timex.h"
#include "sim/noise.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_NSEC_PER_SEC 1e9

enum sim_event_kind {
	SIM_HOST_SET,   /* the host's clock is set, by ns */
	SIM_GUEST_SET,  /* somebody sets the guest's clock, by ns */
	SIM_PAUSE,      /* the guest does not run for so many ns */
	SIM_PAUSE_SYNC, /* likewise, and the kernel sets the clock then (a SYNC word) */
	SIM_SILENCE,    /* the host gives no word for so many ns */
	SIM_MOVED, /* the guest goes on elsewhere: its counter runs by so many ppb faster */
};

struct sim_event {
	double at_s;
	enum sim_event_kind kind;
	double ns;
};

struct sim_trace {
	const char *name, *what;
	double seconds, warmup_s; /* the score counts from then on */
	double period_s;          /* between two words of the host; 0: 5 */
	double first_offset_ns;

	/* The oscillator, in ppb: constant; white (each second); random walk (per root of
	 * second). */
	double frequency_ppb, white_ppb, walk_ppb;
	double warmth_ppb, warmth_period_s; /* like a temperature's: slow, and back again */

	/* A word of the host's, in ns; now and then it is far off. */
	double word_ns, outlier_share, outlier_ns;

	/* A reading takes so long, mostly; now and then we do not run in between. */
	double delay_ns, spike_share, spike_ns;

	const struct sim_event *events; /* by time */
	size_t n_events;
};

extern const struct sim_trace sim_traces[];
extern const size_t sim_n_traces;

struct sim_world {
	const struct sim_trace *trace;
	struct noise oscillator, host, reads;
	double true_ns;      /* since the beginning */
	double host_set_ns;  /* the host's clock minus true time */
	double counter_ns;   /* the guest's counter, uncorrected */
	double monotonic_ns; /* CLOCK_MONOTONIC: corrected, never set */
	double guest_ns;     /* CLOCK_REALTIME */
	double correction_ppb;
	double walk_ppb, now_ppb; /* the oscillator's present state */
	double second_ns;         /* when it changes next */
	double word_ns, word_counter_ns, next_word_ns, silent_until_ns;
	bool has_word;
	size_t n_done;             /* events */
	unsigned int n_guest_sets; /* by others */
};

void sim_world_init(struct sim_world *world, const struct sim_trace *trace, uint64_t seed);

/* Lets so much of CLOCK_MONOTONIC go by, and everything happen that happens meanwhile. */
void sim_world_sleep(struct sim_world *world, double ns);

/* Reads the PTP clock n times as PTP_SYS_OFFSET does: 0, or -ESTALE. */
int sim_world_read(struct sim_world *world, struct hvg_clock_reading *ret, size_t n);

uint64_t sim_world_now_us(const struct sim_world *world);
double sim_world_offset_ns(const struct sim_world *world); /* the true one: what is scored */
bool sim_world_is_over(const struct sim_world *world);

#endif
