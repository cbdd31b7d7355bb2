// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * VSS's decisions. Events change the state of the file systems or the request; serve() brings the two
 * together, and is where a request finds the state that it wants, begins it, or waits for its turn.
 */

#include "service/vss.h"

#include "base/units.h"
#include "hvguest/status.h"

#include <errno.h>

/* Of the kernel's 30 seconds for HOT_BACKUP and THAW, what is left to a deed. */
#define ANSWER_PARTS 25

/* Of those 30, after how many a thaw that does not end is asked for again, and one that failed. */
#define AGAIN_PARTS 10
#define RETRY_PARTS 5

void hvg_vss_init(struct hvg_vss *vss, const struct hvg_vss_config *config)
{
	*vss = (struct hvg_vss){ .config = *config, .deadline_us = HVG_NEVER, .state_end_us = HVG_NEVER };
}

static uint64_t parts(const struct hvg_vss *vss, uint64_t n)
{
	return vss->config.patience_us * n / HVG_VSS_TIMEOUT_SEC;
}

/* The state of the file systems. */

static void enter(struct hvg_vss *vss, enum hvg_vss_state state)
{
	vss->state = state;
	vss->is_out = false;
	vss->act_at_us = 0;
	vss->state_end_us = HVG_NEVER;
}

static bool is_freezing_or_frozen(const struct hvg_vss *vss)
{
	return vss->state == HVG_VSS_FREEZING || vss->state == HVG_VSS_FROZEN;
}

/* A failed freeze keeps its code until all is thawed. */
static void fail_after_thaw(struct hvg_vss *vss, int code)
{
	vss->outcome.code = code;
	vss->request = HVG_VSS_UNDOING;
}

/* FREEZE has no answer that has left us: it was not given up by the kernel, but cannot succeed any more. */
static bool can_still_fail(const struct hvg_vss *vss)
{
	if (vss->op != HVG_VSS_FREEZE || vss->is_rehearsal)
		return false;
	return vss->request == HVG_VSS_WAITING ||
	       (vss->request == HVG_VSS_ANSWERED && vss->outcome.status == HVG_STATUS_OK);
}

static void begin_thaw(struct hvg_vss *vss, enum hvg_vss_why why)
{
	if (is_freezing_or_frozen(vss) && can_still_fail(vss))
		fail_after_thaw(vss, -ECANCELED);
	if (vss->state == HVG_VSS_FREEZING && vss->is_out)
		vss->abandoned_serial = vss->deed_serial;
	vss->is_broken |= vss->is_believed && why != HVG_VSS_ASKED;
	vss->is_believed = false;
	vss->why = why;
	enter(vss, HVG_VSS_THAWING);
}

/* A check has nothing to undo: it is forgotten, and its result dropped. */
static void end_deed(struct hvg_vss *vss, enum hvg_vss_why why)
{
	if (vss->state == HVG_VSS_CHECKING)
		enter(vss, HVG_VSS_THAWED);
	else if (is_freezing_or_frozen(vss))
		begin_thaw(vss, why);
}

/* The request. */

static const char *reason_of(int code)
{
	switch (-code) {
	case ETIMEDOUT:
		return "it took too long";
	case ESTALE:
		return "the file systems did not stay frozen until the host asked for it";
	case EOPNOTSUPP:
		return "nobody here does that";
	default:
		return NULL;
	}
}

static uint32_t status_of(int code)
{
	if (code == -EOPNOTSUPP || code == -EBADMSG)
		return hvg_status_from_errno(code);
	return code < 0 ? HVG_STATUS_FAIL : HVG_STATUS_OK;
}

static void answer(struct hvg_vss *vss, int code)
{
	vss->outcome = (struct hvg_vss_outcome){
		.op = vss->op,
		.status = status_of(code),
		.code = code,
		.reason = reason_of(code),
	};
	hvg_vss_encode_reply(vss->outcome.status, vss->reply);
	vss->request = HVG_VSS_ANSWERED;
}

static void forget_request(struct hvg_vss *vss)
{
	vss->request = HVG_VSS_NO_REQUEST;
}

void hvg_vss_recv(struct hvg_vss *vss, const void *bytes, size_t size, uint64_t now_us)
{
	const char *reason;
	int r;

	if (vss->is_stopping)
		return;
	vss->n_requests++;
	if (vss->state != HVG_VSS_FROZEN || !vss->is_believed)
		end_deed(vss, HVG_VSS_GIVEN_UP);
	vss->op = HVG_VSS_UNKNOWN;
	r = hvg_vss_decode_request(bytes, size, &vss->op, &reason);
	vss->request = HVG_VSS_WAITING;
	vss->answer_by_us = now_us +
		(vss->op == HVG_VSS_FREEZE ? vss->config.freeze_limit_us : parts(vss, ANSWER_PARTS));
	if (r < 0) {
		answer(vss, r);
		vss->outcome.reason = reason;
	}
}

static void serve_check(struct hvg_vss *vss)
{
	if (vss->state == HVG_VSS_FROZEN)
		answer(vss, 0);
	else if (vss->state == HVG_VSS_THAWED)
		enter(vss, HVG_VSS_CHECKING);
}

static void serve_freeze(struct hvg_vss *vss)
{
	if (vss->state == HVG_VSS_FROZEN) {
		answer(vss, 0);
	} else if (hvg_vss_is_quiet(vss)) {
		vss->is_broken = false;
		enter(vss, HVG_VSS_FREEZING);
	}
}

static void serve_thaw(struct hvg_vss *vss)
{
	if (vss->state == HVG_VSS_FROZEN) {
		begin_thaw(vss, HVG_VSS_ASKED);
	} else if (vss->state == HVG_VSS_THAWED) {
		answer(vss, vss->is_broken ? -ESTALE : 0);
		vss->is_broken = false;
	}
}

static void serve(struct hvg_vss *vss)
{
	if (vss->request == HVG_VSS_UNDOING && vss->state == HVG_VSS_THAWED)
		answer(vss, vss->outcome.code);
	if (vss->request != HVG_VSS_WAITING)
		return;
	switch (vss->op) {
	case HVG_VSS_HOT_BACKUP:
		serve_check(vss);
		break;
	case HVG_VSS_FREEZE:
		serve_freeze(vss);
		break;
	case HVG_VSS_THAW:
		serve_thaw(vss);
		break;
	case HVG_VSS_REGISTER:
	case HVG_VSS_UNKNOWN:
		answer(vss, -EOPNOTSUPP);
		break;
	}
}

/* Time. */

static void look_at_state(struct hvg_vss *vss, uint64_t now_us)
{
	if (vss->state_end_us == HVG_NEVER || now_us < vss->state_end_us)
		return;
	if (vss->state == HVG_VSS_FROZEN)
		begin_thaw(vss, HVG_VSS_EXPIRED);
	else if (vss->state == HVG_VSS_FREEZING)
		begin_thaw(vss, HVG_VSS_TOO_SLOW);
	else
		enter(vss, vss->state); /* THAWING: once more */
}

static bool is_owed(const struct hvg_vss *vss)
{
	return vss->request == HVG_VSS_WAITING || vss->request == HVG_VSS_UNDOING;
}

/* A thaw goes on, whether the host is told of it in time or not. */
static void look_at_request(struct hvg_vss *vss, uint64_t now_us)
{
	if (!is_owed(vss) || now_us < vss->answer_by_us)
		return;
	answer(vss, vss->request == HVG_VSS_UNDOING ? vss->outcome.code : -ETIMEDOUT);
	if (vss->state == HVG_VSS_CHECKING || vss->state == HVG_VSS_FREEZING)
		end_deed(vss, HVG_VSS_TOO_SLOW);
}

static void set_deadline(struct hvg_vss *vss)
{
	vss->deadline_us = vss->state_end_us;
	if (!vss->is_out && vss->state == HVG_VSS_THAWING)
		vss->deadline_us = HVG_MIN(vss->deadline_us, vss->act_at_us);
	if (is_owed(vss))
		vss->deadline_us = HVG_MIN(vss->deadline_us, vss->answer_by_us);
}

/* What comes out. */

static struct hvg_vss_action yield_deed(struct hvg_vss *vss, enum hvg_vss_action_kind kind)
{
	vss->is_out = true;
	vss->deed_serial = ++vss->serial;
	return (struct hvg_vss_action){
		.kind = kind,
		.serial = vss->deed_serial,
		.why = vss->why,
		.is_rehearsal = vss->is_rehearsal,
	};
}

static struct hvg_vss_action deed_of_state(struct hvg_vss *vss, uint64_t now_us)
{
	switch (vss->state) {
	case HVG_VSS_CHECKING:
		return yield_deed(vss, HVG_VSS_CHECK);
	case HVG_VSS_FREEZING:
		return yield_deed(vss, HVG_VSS_DO_FREEZE);
	case HVG_VSS_THAWING:
		if (now_us < vss->act_at_us)
			break;
		vss->state_end_us = now_us + parts(vss, AGAIN_PARTS);
		return yield_deed(vss, HVG_VSS_DO_THAW);
	case HVG_VSS_THAWED:
	case HVG_VSS_FROZEN:
		break;
	}
	return (struct hvg_vss_action){ .kind = HVG_VSS_WAIT };
}

static struct hvg_vss_action yield_send(struct hvg_vss *vss)
{
	vss->request = HVG_VSS_SENDING;
	vss->send_serial = ++vss->serial;
	return (struct hvg_vss_action){
		.kind = HVG_VSS_SEND,
		.serial = vss->send_serial,
		.reply = vss->reply,
	};
}

struct hvg_vss_action hvg_vss_next(struct hvg_vss *vss, uint64_t now_us)
{
	struct hvg_vss_action action = { .kind = HVG_VSS_WAIT };

	look_at_state(vss, now_us);
	look_at_request(vss, now_us);
	serve(vss);
	if (!vss->is_out)
		action = deed_of_state(vss, now_us);
	if (action.kind == HVG_VSS_WAIT && vss->request == HVG_VSS_ANSWERED)
		action = yield_send(vss);
	set_deadline(vss);
	return action;
}

/* What went how. */

static void checked(struct hvg_vss *vss, int code)
{
	enter(vss, HVG_VSS_THAWED);
	answer(vss, code);
}

static void frozen(struct hvg_vss *vss, int code, uint64_t now_us)
{
	if (code < 0) {
		vss->is_out = false; /* there is no late result to come */
		begin_thaw(vss, HVG_VSS_FAILED);
		vss->outcome.code = code;
		return;
	}
	enter(vss, HVG_VSS_FROZEN);
	vss->state_end_us = now_us + vss->config.frozen_us;
	if (vss->is_rehearsal)
		begin_thaw(vss, HVG_VSS_REHEARSED);
}

static void thawed(struct hvg_vss *vss, int code, uint64_t now_us)
{
	if (code < 0) {
		if (vss->request == HVG_VSS_WAITING && vss->op == HVG_VSS_THAW)
			answer(vss, code);
		enter(vss, HVG_VSS_THAWING);
		vss->act_at_us = now_us + parts(vss, RETRY_PARTS);
		return;
	}
	vss->is_rehearsal = false;
	enter(vss, HVG_VSS_THAWED);
}

static void sent(struct hvg_vss *vss, int code)
{
	bool told_frozen = vss->op == HVG_VSS_FREEZE && vss->outcome.status == HVG_STATUS_OK;

	forget_request(vss);
	if (!told_frozen)
		return;
	if (vss->state != HVG_VSS_FROZEN)
		vss->is_broken |= code >= 0; /* it expired while we were telling */
	else if (code >= 0)
		vss->is_believed = true;
	else
		begin_thaw(vss, HVG_VSS_NOT_SENT);
}

/* A freeze that nobody waits for any more has succeeded: it must not stay. */
static int come_late(struct hvg_vss *vss, uint64_t serial, int code)
{
	if (serial == 0 || serial != vss->abandoned_serial)
		return -ESTALE;
	vss->abandoned_serial = 0;
	if (code >= 0)
		begin_thaw(vss, HVG_VSS_GIVEN_UP);
	return -ESTALE;
}

/* These say something about requests here; a deed may have them from a disk. */
static int plain(int code)
{
	return code == -EOPNOTSUPP || code == -EBADMSG || code == -ESTALE ? -EIO : code;
}

int hvg_vss_done(struct hvg_vss *vss, uint64_t serial, int code, uint64_t now_us)
{
	if (vss->request == HVG_VSS_SENDING && serial == vss->send_serial) {
		sent(vss, code);
		return 0;
	}
	if (!vss->is_out || serial != vss->deed_serial)
		return come_late(vss, serial, code);

	switch (vss->state) {
	case HVG_VSS_CHECKING:
		checked(vss, plain(code));
		break;
	case HVG_VSS_FREEZING:
		frozen(vss, plain(code), now_us);
		break;
	case HVG_VSS_THAWING:
		thawed(vss, plain(code), now_us);
		break;
	case HVG_VSS_THAWED:
	case HVG_VSS_FROZEN:
		break;
	}
	return 0;
}

/* What happens besides. */

int hvg_vss_rehearse(struct hvg_vss *vss, uint64_t now_us)
{
	if (vss->is_stopping || !hvg_vss_is_quiet(vss) || vss->request != HVG_VSS_NO_REQUEST)
		return -EBUSY;
	vss->is_rehearsal = true;
	enter(vss, HVG_VSS_FREEZING);
	vss->state_end_us = now_us + vss->config.freeze_limit_us;
	return 0;
}

void hvg_vss_thaw(struct hvg_vss *vss)
{
	if (is_freezing_or_frozen(vss))
		begin_thaw(vss, HVG_VSS_LOCALLY);
}

void hvg_vss_expired(struct hvg_vss *vss)
{
	if (vss->state == HVG_VSS_FROZEN)
		begin_thaw(vss, HVG_VSS_EXPIRED);
}

void hvg_vss_cancel(struct hvg_vss *vss)
{
	forget_request(vss);
	if (!vss->is_rehearsal)
		end_deed(vss, HVG_VSS_LOST);
}

void hvg_vss_stop(struct hvg_vss *vss)
{
	vss->is_stopping = true;
	forget_request(vss);
	end_deed(vss, HVG_VSS_STOPPING);
}

bool hvg_vss_is_quiet(const struct hvg_vss *vss)
{
	return vss->state == HVG_VSS_THAWED && vss->abandoned_serial == 0;
}

const char *hvg_vss_state_name(enum hvg_vss_state state)
{
	static const char *const names[] = {
		[HVG_VSS_THAWED] = "thawed",
		[HVG_VSS_CHECKING] = "checking",
		[HVG_VSS_FREEZING] = "freezing",
		[HVG_VSS_FROZEN] = "frozen",
		[HVG_VSS_THAWING] = "thawing",
	};

	return names[state];
}

const char *hvg_vss_why_text(enum hvg_vss_why why)
{
	static const char *const texts[] = {
		[HVG_VSS_ASKED] = "the host asked for it",
		[HVG_VSS_FAILED] = "freezing failed",
		[HVG_VSS_TOO_SLOW] = "freezing took too long",
		[HVG_VSS_GIVEN_UP] = "the kernel had given up on the freeze",
		[HVG_VSS_NOT_SENT] = "the host could not be told that the guest was frozen",
		[HVG_VSS_EXPIRED] = "the host did not ask for it in time",
		[HVG_VSS_LOST] = "the device was lost",
		[HVG_VSS_STOPPING] = "the daemon is ending",
		[HVG_VSS_LOCALLY] = "the administrator asked for it",
		[HVG_VSS_REHEARSED] = "it was a rehearsal",
	};

	return texts[why];
}
