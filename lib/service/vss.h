/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_VSS_H
#define HVG_SERVICE_VSS_H

/*
 * What a guest does when its host takes a backup. Two things go on at once: a request that is owed
 * an answer, and the state of the guest's file systems, which outlives requests.
 *
 *	state		leaves it when				to		deadline
 *	THAWED		HOT_BACKUP / FREEZE, rehearse		CHECKING, FREEZING	never
 *	CHECKING	done: its result is the answer		THAWED		the request's
 *			the request's time is over, or it is dead	THAWED
 *	FREEZING	done: frozen				FROZEN		the request's
 *			done: it failed; time is over; a newer	THAWING
 *			request, the device is lost, stop, thaw
 *	FROZEN		THAW; the answer to FREEZE is not sent;	THAWING		frozen_us
 *			a newer request before it is; time is over;
 *			the device is lost, stop, thaw, a rehearsal
 *	THAWING		done: thawed				THAWED		then it is asked for again
 *			done: it failed				THAWING		then it is tried again
 *
 *	request		HOT_BACKUP in FROZEN, and FREEZE there, are answered with success at once; so is THAW
 *			in THAWED, unless the guest thawed without being asked in between: then the host's
 *			snapshot may not be consistent, and the answer is failure. FREEZE that failed is
 *			answered when all is thawed again. Each has a deadline, at which it fails.
 *
 * A request that comes while another has no answer yet means that the kernel has given up on the
 * former. Freezing is the one deed that must be undone when its success comes too late: a result
 * with the serial of a freeze that was given up makes THAW come out of next.
 */

#include "hvguest/vss.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hvg_vss_action_kind {
	HVG_VSS_WAIT,	/* nothing, until something happens or the deadline passes */
	HVG_VSS_CHECK,	/* could be frozen what must be? 0, or why not */
	HVG_VSS_DO_FREEZE, /* hooks and file systems: 0, or why not; whatever is half done is thawed next */
	HVG_VSS_DO_THAW, /* all of it, or whatever of it a freeze has done or is doing: 0, or why not */
	HVG_VSS_SEND,	/* reply, HVG_VSS_MESSAGE_SIZE bytes: 0, or why it could not be sent */
};

/* Why the guest thaws. */
enum hvg_vss_why {
	HVG_VSS_ASKED,	   /* by the host */
	HVG_VSS_FAILED,	   /* the freeze did */
	HVG_VSS_TOO_SLOW,  /* the freeze was */
	HVG_VSS_GIVEN_UP,  /* the kernel did not wait for the answer */
	HVG_VSS_NOT_SENT,  /* the answer could not be sent */
	HVG_VSS_EXPIRED,   /* no THAW came in time */
	HVG_VSS_LOST,	   /* the device was */
	HVG_VSS_STOPPING,  /* the daemon is */
	HVG_VSS_LOCALLY,   /* by the guest's administrator */
	HVG_VSS_REHEARSED, /* it was but a rehearsal */
};

struct hvg_vss_action {
	enum hvg_vss_action_kind kind;
	uint64_t serial;
	enum hvg_vss_why why; /* DO_THAW */
	bool is_rehearsal;    /* DO_FREEZE */
	const uint8_t *reply; /* SEND */
};

struct hvg_vss_config {
	uint64_t patience_us;	 /* the kernel's, for all but FREEZE */
	uint64_t freeze_limit_us; /* how long FREEZE may take, hooks included; the kernel waits longer */
	uint64_t frozen_us;	 /* how long the guest stays frozen without a THAW */
};

enum hvg_vss_state {
	HVG_VSS_THAWED,
	HVG_VSS_CHECKING,
	HVG_VSS_FREEZING,
	HVG_VSS_FROZEN,
	HVG_VSS_THAWING,
};

enum hvg_vss_request_state {
	HVG_VSS_NO_REQUEST,
	HVG_VSS_WAITING,  /* for a deed, or for its turn */
	HVG_VSS_UNDOING,  /* it failed, and is answered when all is thawed */
	HVG_VSS_ANSWERED, /* the reply is to be sent */
	HVG_VSS_SENDING,
};

/* What was answered last; the daemon logs and publishes it. */
struct hvg_vss_outcome {
	enum hvg_vss_op op;
	uint32_t status;
	int code;	    /* what the status came from */
	const char *reason; /* static text, or NULL */
};

struct hvg_vss {
	struct hvg_vss_config config;
	uint64_t deadline_us;
	uint64_t serial;

	enum hvg_vss_state state;
	bool is_out;	       /* the state's deed was yielded */
	uint64_t deed_serial;
	uint64_t act_at_us;    /* THAWING: not before */
	uint64_t state_end_us; /* FROZEN, THAWING, a rehearsal's FREEZING */
	enum hvg_vss_why why;
	bool is_rehearsal, is_stopping;
	bool is_believed;	 /* the host was told that the guest is frozen */
	bool is_broken;		 /* and that was no longer true before it said THAW */
	uint64_t abandoned_serial; /* of a freeze that was given up and has no result yet; or 0 */

	enum hvg_vss_request_state request;
	enum hvg_vss_op op;
	uint64_t answer_by_us, send_serial;
	struct hvg_vss_outcome outcome;
	uint64_t n_requests;
	uint8_t reply[HVG_VSS_MESSAGE_SIZE];
};

void hvg_vss_init(struct hvg_vss *vss, const struct hvg_vss_config *config);

void hvg_vss_recv(struct hvg_vss *vss, const void *bytes, size_t size, uint64_t now_us);

struct hvg_vss_action hvg_vss_next(struct hvg_vss *vss, uint64_t now_us);

/* -ESTALE if the serial is not one that is out: the result was dropped, but for the undoing above. */
int hvg_vss_done(struct hvg_vss *vss, uint64_t serial, int code, uint64_t now_us);

/* Freezes as for a host, and thaws at once. -EBUSY if a backup is under way. */
int hvg_vss_rehearse(struct hvg_vss *vss, uint64_t now_us);

/* Thaws, whoever is waiting for what. */
void hvg_vss_thaw(struct hvg_vss *vss);

/* The file systems were thawed without our doing (by their guardian): there is the rest to be done. */
void hvg_vss_expired(struct hvg_vss *vss);

/* The device was lost: the kernel answers the host. */
void hvg_vss_cancel(struct hvg_vss *vss);

/* From now on nothing begins; what is frozen is thawed. */
void hvg_vss_stop(struct hvg_vss *vss);

/* Nothing is frozen, and nothing will be by what was begun. */
bool hvg_vss_is_quiet(const struct hvg_vss *vss);

const char *hvg_vss_state_name(enum hvg_vss_state state);

/* As the end of "thawed: …"; for the log. */
const char *hvg_vss_why_text(enum hvg_vss_why why);

#endif
