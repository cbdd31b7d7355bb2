/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_BACKUP_H
#define HVG_VSSD_BACKUP_H

/*
 * The deeds of a backup, one after the other:
 *
 *	freeze: applications -> hooks -> plan (worker) -> freezer ---> told: frozen
 *	thaw:   freezer (or whatever of the above is under way) ---> told: thawed; then report,
 *		applications, hooks
 *
 * Each deed has a serial, which its end is told with. A thaw ends whatever a freeze is at, and then
 * both are told.
 */

#include "hv-vssd/applications.h"
#include "hv-vssd/freezer.h"
#include "hv-vssd/history.h"
#include "hv-vssd/hooks.h"
#include "hv-vssd/learned.h"
#include "hv-vssd/plan.h"

struct vssd;

enum vssd_step {
	VSSD_RESTING,
	VSSD_PREPARING, /* applications and hooks; or those of the last backup are not over yet */
	VSSD_PLANNING,
	VSSD_FREEZING, /* the freezer has it */
	VSSD_FROZEN,
	VSSD_THAWING,
};

struct vssd_backup {
	enum vssd_step step;
	uint64_t freeze_serial, thaw_serial; /* 0: nobody is to be told */
	enum hvg_vss_why why;
	struct hvg_worker *planner;
	struct vssd_freezer *freezer;
	uint64_t check_serial;
	bool is_planning; /* a plan is out, whether somebody waits for it or not */
	struct vssd_applications applications;
	bool applications_are_told; /* of the freeze, so that they are to be told of the thaw */
	bool hooks_have_run;	    /* those before the freeze, so that the others are due */
	uint64_t prepare_by_us;	    /* when both must be ready, CLOCK_MONOTONIC */
	struct vssd_hooks hooks;
	struct vssd_report *report; /* of the backup that is under way */
	struct vssd_report *ending; /* that is over but for its hooks; the history's, too */
	struct vssd_history history;
	struct vssd_learned learned;
};

int vssd_backup_init(struct vssd *vssd);
void vssd_backup_done(struct vssd *vssd);

void vssd_backup_check(struct vssd *vssd, uint64_t serial);
void vssd_backup_freeze(struct vssd *vssd, uint64_t serial, bool is_rehearsal);
void vssd_backup_thaw(struct vssd *vssd, uint64_t serial, enum hvg_vss_why why);

/* Nothing is left to do of a backup that is over. */
bool vssd_backup_is_over(const struct vssd *vssd);

#endif
