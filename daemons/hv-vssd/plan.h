/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_PLAN_H
#define HVG_VSSD_PLAN_H

/*
 * Which file systems there are and which are to be frozen, found out in a thread: a mount that hangs may
 * hang whoever looks at it.
 */

#include "common/worker.h"
#include "hv-vssd/report.h"
#include "hv-vssd/settings.h"

struct vssd_plan {
	int code;	  /* 0, or why there can be no backup */
	char reason[256]; /* the same in words */
	struct vssd_report *report; /* what is given to vssd_plan_submit, with its rows filled in */

	/* In the order of freezing; descriptors are the owner's to close or to hand on. */
	int *fds;
	uint32_t *levels;
	uint32_t n;
	int note_fd; /* holds the note (os/thawnote.h); likewise */
};

typedef void vssd_plan_done_fn(void *userdata, struct vssd_plan *plan);

struct vssd_plan_request {
	const struct vssd_settings *settings; /* copied */
	uint32_t only_major; /* for tests */
	bool freezes_nothing; /* whatever there is */
	const char *const *unfreezable; /* types that are known to be, besides; ends with NULL. Copied */
	const char *note; /* to be written; NULL: it is only tried whether all can be opened */
	struct vssd_report *report; /* the plan's until done; NULL: nobody wants one */
};

/*
 * done is called once, with a plan that it owns: -ECANCELED if the worker ended before. After an error
 * here, the report is still the caller's.
 */
int vssd_plan_submit(struct hvg_worker *worker, const struct vssd_plan_request *request,
	vssd_plan_done_fn *done, void *userdata);

/* With its report, unless that was taken out; closes what is still its own. Takes NULL. */
struct vssd_plan *vssd_plan_free(struct vssd_plan *plan);

#endif
