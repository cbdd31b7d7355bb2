/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_TIMEKEEPER_H
#define HVG_SERVICE_TIMEKEEPER_H

/*
 * The time service of a guest, in the law of actions (lib/README.md): when to read the host's
 * clock, and what to do with ours.
 *
 *	readings -- timefilter --> sample -- is it new? --> servo --> step, steer
 *						 `--> timehistory	^
 *	service manager, rate of the clock --> clockowner: may we? -----'
 *
 * The PTP clock of Hyper-V goes on by the guest's own counter between two words of the host,
 * one each 5 s. So only the first reading after a word tells something: it is noticed by its
 * jump, and there is no need to look before the next one is due. A host that has fallen silent
 * is noticed likewise, ten minutes before the kernel says ESTALE.
 */

#include "service/clockowner.h"
#include "service/servo.h"
#include "service/timefilter.h"
#include "service/timehistory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hvg_time_action_kind {
	HVG_TIME_WAIT,    /* nothing, until something happens or the deadline passes */
	HVG_TIME_OBSERVE, /* read both clocks and give what was read to recv: 0, or why not */
	HVG_TIME_CLAIM,   /* end what former steerers have left under way in the kernel */
	HVG_TIME_STEP,    /* add step_ns to the clock */
	HVG_TIME_STEER,   /* let it run so, and mark how good it is */
	HVG_TIME_LET_GO,  /* as STEER, but only if the clock's rate is still expected_ppb */
};

struct hvg_time_action {
	enum hvg_time_action_kind kind;
	uint64_t serial;
	int64_t step_ns;
	double correction_ppb, expected_ppb;
	bool is_unsync;
	int64_t max_error_us, error_us; /* an upper limit, and what is likely */
};

/* Both clocks, as OBSERVE found them. The readings are the caller's. */
struct hvg_time_observation {
	const struct hvg_clock_reading *readings;
	size_t n_readings;
	struct hvg_clock_condition condition;
};

/* Why the clock was set. */
enum hvg_time_step_cause {
	HVG_TIME_STEP_AT_START,   /* by us: it was far off when we took it */
	HVG_TIME_STEP_AFTER_JUMP, /* by us: it, or the host's, had jumped */
	HVG_TIME_STEP_BY_ANOTHER,
};

struct hvg_timekeeper_config {
	struct hvg_servo_config servo;
	struct hvg_clock_owner_config owner;
};

struct hvg_timekeeper {
	struct hvg_timekeeper_config config;
	struct hvg_clock_owner owner;
	struct hvg_timefilter filter;
	struct hvg_servo servo;
	struct hvg_timehistory history;

	bool has_source; /* there is a PTP clock */
	bool has_looked; /* the clock's rate is known */
	bool is_active;  /* the servo's wishes are performed */
	bool is_claimed; /* the clock is ours to steer */
	bool was_set;    /* by somebody else, since the last reading */
	bool needs_mark; /* the kernel is to be told anew how good the clock is */
	bool has_marked; /* it has been told that it is good */
	bool is_stopping, is_stopped;
	int source_error; /* of the last reading: 0, -ESTALE, … */

	bool is_out;
	uint64_t serial;
	struct hvg_time_action out;
	struct hvg_servo_command command; /* that a STEP or STEER carries out */
	uint64_t poll_us, deadline_us;

	/* What the last word has become by the rate of our clock, if the host has not spoken
	 * since. */
	bool has_last;
	double carried_ns, rate_ppb;
	uint64_t carried_us;

	struct hvg_time_sample sample; /* the last one that was new */
	uint64_t sample_us;            /* 0: none yet */
	unsigned int n_samples;

	int64_t last_step_ns; /* 0: none yet */
	uint64_t last_step_us;
	enum hvg_time_step_cause last_step_cause;
};

void hvg_timekeeper_init(struct hvg_timekeeper *keeper,
	const struct hvg_timekeeper_config *config, uint64_t now_us);

/* New settings. What is known of the clock stays. */
void hvg_timekeeper_configure(struct hvg_timekeeper *keeper,
	const struct hvg_timekeeper_config *config, uint64_t now_us);

/* A PTP clock has come, or it has gone. */
void hvg_timekeeper_source(struct hvg_timekeeper *keeper, bool has_source, uint64_t now_us);

/* The service manager's word on other time services. */
void hvg_timekeeper_tell_active(struct hvg_timekeeper *keeper, bool is_active);

/* Somebody set the clock (timerfd says so): not us, or it is a step of ours that was told
 * already. */
void hvg_timekeeper_was_set(struct hvg_timekeeper *keeper, uint64_t now_us);

void hvg_timekeeper_recv(struct hvg_timekeeper *keeper,
	const struct hvg_time_observation *observation, uint64_t now_us);
struct hvg_time_action hvg_timekeeper_next(struct hvg_timekeeper *keeper, uint64_t now_us);
void hvg_timekeeper_done(
	struct hvg_timekeeper *keeper, uint64_t serial, int result, uint64_t now_us);

/* Nothing half-done stays behind: LET_GO comes out of next if there is anything to undo. */
void hvg_timekeeper_stop(struct hvg_timekeeper *keeper);

/* "absent", "monitoring", or the servo's state. */
const char *hvg_timekeeper_state(const struct hvg_timekeeper *keeper);

/* "start", "jump", "another". */
const char *hvg_time_step_cause_name(enum hvg_time_step_cause cause);

#endif
