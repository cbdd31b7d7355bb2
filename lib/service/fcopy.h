/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_FCOPY_H
#define HVG_SERVICE_FCOPY_H

/*
 * What a guest does with a file that the host copies: exactly that file appears, or nothing.
 *
 *	state		leaves it when				to		deadline
 *	IDLE		recv: a request			DECIDED, SENDING while there is a file: silence_us
 *	DECIDED		next yields the deed			DOING		at once
 *			it is too late by then: a failure	SENDING
 *	DOING		done: its result			SENDING		the deed's
 *			the deadline passes: a failure		SENDING
 *	SENDING		done					IDLE		at once
 *
 * Beside that there may be a file: it begins with a CREATE that succeeded, and ends with PUBLISH or
 * DISCARD. Whatever goes wrong (a failed deed, a gap, CANCEL, a lost device, a host that is silent, a
 * new START, the end of the daemon) makes DISCARD come out of next before anything else is done.
 *
 * A deed whose deadline has passed is late. The host is answered without it, nothing else is begun
 * before it has ended, and what it made is discarded. Only a PUBLISH that succeeds late cannot be
 * taken back, because the file it replaced is gone: that is told (HVG_FCOPY_CAME_LATE).
 */

#include "hvguest/fcopy.h"
#include "service/extents.h"
#include "service/fcopy-target.h"

enum hvg_fcopy_action_kind {
	HVG_FCOPY_WAIT,	   /* nothing, until something happens or the deadline passes */
	HVG_FCOPY_MAKE,	   /* begin a file for target: -EEXIST, -ENOSPC, -EPERM … */
	HVG_FCOPY_STORE,   /* data, size, offset */
	HVG_FCOPY_PUBLISH, /* the file is whole: give it its name */
	HVG_FCOPY_DISCARD, /* take the file away; 0 whatever happens */
	HVG_FCOPY_SEND,	   /* reply: 0, or why it could not be sent */
};

struct hvg_fcopy_action {
	enum hvg_fcopy_action_kind kind;
	uint64_t serial;
	struct hvg_fcopy_request request;      /* MAKE, STORE: as it was, whatever has come since */
	const struct hvg_fcopy_target *target; /* MAKE: stays until the action is done */
	const uint8_t *reply;
};

struct hvg_fcopy_config {
	enum hvg_fcopy_form form;
	uint64_t patience_us; /* the kernel's, with one request */
	uint64_t silence_us;  /* ours, with a host that sends nothing more of a file */
	uint64_t max_bytes;   /* of a file; UINT64_MAX: any */
};

/* What became of a file, for those who tell of it. */
enum hvg_fcopy_event {
	HVG_FCOPY_NOTHING,
	HVG_FCOPY_REFUSED,   /* START was answered with a failure */
	HVG_FCOPY_STARTED,
	HVG_FCOPY_DONE,
	HVG_FCOPY_CANCELLED, /* by the host */
	HVG_FCOPY_FAILED,    /* by us, or by the lack of a host */
	HVG_FCOPY_CAME_LATE, /* it is there, but the host was told that it is not */
	HVG_FCOPY_STRAY,     /* a request that belongs to no file, or is none */
};

enum hvg_fcopy_state {
	HVG_FCOPY_IDLE,
	HVG_FCOPY_DECIDED,
	HVG_FCOPY_DOING,
	HVG_FCOPY_SENDING,
};

struct hvg_fcopy {
	struct hvg_fcopy_config config;
	enum hvg_fcopy_state state;
	uint64_t serial, deadline_us, received_us;
	uint64_t out_deadline_us, silent_at_us; /* what deadline_us is the next one of */

	enum hvg_fcopy_action_kind deed, out; /* decided; being done, or WAIT */
	uint64_t out_serial, send_serial; /* send: 0 if none is out */
	bool is_late;	   /* what is out */
	bool has_file, must_discard;

	struct hvg_fcopy_request request;
	struct hvg_fcopy_texts texts;
	struct hvg_fcopy_target target;
	uint64_t file_bytes;
	struct hvg_extents extents;

	enum hvg_fcopy_event event; /* not yet taken */
	int code;
	const char *reason; /* static text, or NULL */
	uint8_t reply[HVG_FCOPY_STATUS_SIZE];
};

void hvg_fcopy_init(struct hvg_fcopy *fcopy, const struct hvg_fcopy_config *config);

/* The bytes live until the request is answered, or recv or cancel is called. */
void hvg_fcopy_recv(struct hvg_fcopy *fcopy, const void *bytes, size_t size, uint64_t now_us);

struct hvg_fcopy_action hvg_fcopy_next(struct hvg_fcopy *fcopy, uint64_t now_us);

/* -ESTALE if nothing of that serial is out. */
int hvg_fcopy_done(struct hvg_fcopy *fcopy, uint64_t serial, int code, uint64_t now_us);

/*
 * The device was lost, the host negotiates anew, or we are stopping: no request is open any more, and
 * a file comes out of next to be discarded.
 */
void hvg_fcopy_cancel(struct hvg_fcopy *fcopy, const char *reason);

/* Nothing is open and nothing is left: neither a file nor a deed. */
bool hvg_fcopy_is_idle(const struct hvg_fcopy *fcopy);

/* What happened since, with its code and reason (or NULL); each event once. */
enum hvg_fcopy_event hvg_fcopy_take_event(struct hvg_fcopy *fcopy, int *ret_code, const char **ret_reason);

#endif
