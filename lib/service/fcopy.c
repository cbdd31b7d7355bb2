// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * File copy's decisions. route() tells which deed answers a request, or why it is refused; answer()
 * makes the bytes. What must happen to the file stands beside it, in must_discard, and comes first.
 */

#include "service/fcopy.h"

#include "base/units.h"
#include "hvguest/status.h"

#include <errno.h>

/* Of the kernel's 30 seconds (HV_UTIL_TIMEOUT): what is left is for the answer. */
#define DEED_PARTS    25
#define KERNEL_PARTS  30
#define DISCARD_PARTS 5

void hvg_fcopy_init(struct hvg_fcopy *fcopy, const struct hvg_fcopy_config *config)
{
	*fcopy = (struct hvg_fcopy){ .config = *config, .deadline_us = HVG_NEVER };
}

static bool has_open_file(const struct hvg_fcopy *fcopy)
{
	return fcopy->has_file && !fcopy->must_discard;
}

/* The next of what can pass: the time of the deed that is out, or a host's that says nothing. */
static void set_deadline(struct hvg_fcopy *fcopy)
{
	fcopy->deadline_us = HVG_NEVER;
	if (fcopy->out != HVG_FCOPY_WAIT && !fcopy->is_late)
		fcopy->deadline_us = fcopy->out_deadline_us;
	else if (fcopy->state == HVG_FCOPY_IDLE && has_open_file(fcopy))
		fcopy->deadline_us = fcopy->silent_at_us;
}

bool hvg_fcopy_is_idle(const struct hvg_fcopy *fcopy)
{
	return fcopy->state == HVG_FCOPY_IDLE && fcopy->out == HVG_FCOPY_WAIT && !fcopy->has_file;
}

/* The first failure is the one to tell: what follows is its consequence. */
static void tell(struct hvg_fcopy *fcopy, enum hvg_fcopy_event event, int code, const char *reason)
{
	if (fcopy->event != HVG_FCOPY_NOTHING && fcopy->event != HVG_FCOPY_STARTED)
		return;
	fcopy->event = event;
	fcopy->code = code;
	fcopy->reason = reason;
}

enum hvg_fcopy_event hvg_fcopy_take_event(struct hvg_fcopy *fcopy, int *ret_code, const char **ret_reason)
{
	enum hvg_fcopy_event event = fcopy->event;

	*ret_code = fcopy->code;
	*ret_reason = fcopy->reason;
	fcopy->event = HVG_FCOPY_NOTHING;
	return event;
}

/* A missing folder is no end of a list, and no adapter: those are what the codes mean elsewhere. */
static uint32_t status_of(int code)
{
	if (code == -ENOENT || code == -ENODEV)
		return HVG_STATUS_FAIL;
	return hvg_status_from_errno(code);
}

static void answer(struct hvg_fcopy *fcopy, int code)
{
	hvg_fcopy_encode_status(status_of(code), fcopy->reply);
	fcopy->state = HVG_FCOPY_SENDING;
	fcopy->send_serial = 0;
}

/* The file is given up: it was ours to keep until now. */
static void lose_file(struct hvg_fcopy *fcopy, enum hvg_fcopy_event event, int code, const char *reason)
{
	if (fcopy->has_file && !fcopy->must_discard)
		tell(fcopy, event, code, reason);
	fcopy->must_discard |= fcopy->has_file;
}

static void fail(struct hvg_fcopy *fcopy, int code, const char *reason)
{
	if (fcopy->has_file)
		lose_file(fcopy, HVG_FCOPY_FAILED, code, reason);
	else
		tell(fcopy, fcopy->request.op == HVG_FCOPY_START ? HVG_FCOPY_REFUSED : HVG_FCOPY_STRAY, code,
			reason);
	answer(fcopy, code);
}

/* Requests. */

static int route_start(struct hvg_fcopy *fcopy, const char **ret_reason)
{
	int r;

	lose_file(fcopy, HVG_FCOPY_FAILED, -ECANCELED, "the host began another file");
	if (fcopy->is_late) {
		*ret_reason = "the former file is still being dealt with";
		return -EBUSY;
	}
	r = hvg_fcopy_target_parse(fcopy->request.path, fcopy->request.name, &fcopy->target, ret_reason);
	if (r < 0)
		return r;
	if (fcopy->request.file_bytes > fcopy->config.max_bytes) {
		*ret_reason = "the file is larger than MaxSize= allows";
		return -EFBIG;
	}
	if (fcopy->request.file_bytes > INT64_MAX)
		return -EFBIG;
	fcopy->deed = HVG_FCOPY_MAKE;
	return 0;
}

static int route_write(struct hvg_fcopy *fcopy, const char **ret_reason)
{
	uint64_t offset = fcopy->request.offset, size = fcopy->request.size;

	if (!has_open_file(fcopy)) {
		*ret_reason = "no file was started";
		return -EPROTO;
	}
	if (offset > fcopy->file_bytes || size > fcopy->file_bytes - offset) {
		*ret_reason = "the host sent more than it had announced";
		return -EINVAL;
	}
	if (size > 0 && hvg_extents_add(&fcopy->extents, offset, offset + size) < 0) {
		*ret_reason = "the host left too many gaps";
		return -EINVAL;
	}
	fcopy->deed = size > 0 ? HVG_FCOPY_STORE : HVG_FCOPY_WAIT;
	return 0;
}

static int route_complete(struct hvg_fcopy *fcopy, const char **ret_reason)
{
	if (!has_open_file(fcopy)) {
		*ret_reason = "no file was started";
		return -EPROTO;
	}
	if (!hvg_extents_are_whole(&fcopy->extents, fcopy->file_bytes)) {
		*ret_reason = "the host ended before it had sent all of the file";
		return -ENODATA;
	}
	fcopy->deed = HVG_FCOPY_PUBLISH;
	return 0;
}

/* Harmless without a file: the kernel makes one up when the machine is suspended. */
static int route_cancel(struct hvg_fcopy *fcopy)
{
	lose_file(fcopy, HVG_FCOPY_CANCELLED, -ECANCELED, "the host cancelled it");
	fcopy->deed = HVG_FCOPY_WAIT;
	return 0;
}

static int route(struct hvg_fcopy *fcopy, const char **ret_reason)
{
	switch (fcopy->request.op) {
	case HVG_FCOPY_START:
		return route_start(fcopy, ret_reason);
	case HVG_FCOPY_WRITE:
		return route_write(fcopy, ret_reason);
	case HVG_FCOPY_COMPLETE:
		return route_complete(fcopy, ret_reason);
	case HVG_FCOPY_CANCEL:
		return route_cancel(fcopy);
	case HVG_FCOPY_UNKNOWN:
		break;
	}
	*ret_reason = "nobody knows this operation";
	return -EOPNOTSUPP;
}

/* What is being done goes on without anybody who waits for it. */
static void abandon_deed(struct hvg_fcopy *fcopy)
{
	if (fcopy->out == HVG_FCOPY_WAIT)
		return;
	fcopy->is_late = true;
	fcopy->must_discard = true;
}

void hvg_fcopy_recv(struct hvg_fcopy *fcopy, const void *bytes, size_t size, uint64_t now_us)
{
	const char *reason = NULL;
	int r;

	if (fcopy->state == HVG_FCOPY_DOING) {
		lose_file(fcopy, HVG_FCOPY_FAILED, -ETIMEDOUT, "the host did not wait for an answer");
		abandon_deed(fcopy);
	}
	fcopy->received_us = now_us;
	fcopy->send_serial = 0;
	fcopy->request = (struct hvg_fcopy_request){ .op = HVG_FCOPY_UNKNOWN };
	r = hvg_fcopy_decode(fcopy->config.form, bytes, size, &fcopy->texts, &fcopy->request, &reason);
	if (r == 0)
		r = route(fcopy, &reason);
	if (r < 0)
		fail(fcopy, r, reason);
	else if (fcopy->deed == HVG_FCOPY_WAIT)
		answer(fcopy, 0);
	else
		fcopy->state = HVG_FCOPY_DECIDED;
	set_deadline(fcopy);
}

/* Actions. */

static void look_at_the_clock(struct hvg_fcopy *fcopy, uint64_t now_us)
{
	if (fcopy->deadline_us == HVG_NEVER || now_us < fcopy->deadline_us)
		return;
	if (fcopy->state == HVG_FCOPY_DOING) {
		fail(fcopy, -ETIMEDOUT, "it took too long");
		abandon_deed(fcopy);
	} else if (fcopy->out == HVG_FCOPY_DISCARD) {
		fcopy->is_late = true;
	} else {
		lose_file(fcopy, HVG_FCOPY_FAILED, -ETIMEDOUT, "the host sent nothing more");
	}
}

static struct hvg_fcopy_action yield(struct hvg_fcopy *fcopy, enum hvg_fcopy_action_kind kind)
{
	return (struct hvg_fcopy_action){
		.kind = kind,
		.serial = ++fcopy->serial,
		.request = fcopy->request,
		.target = &fcopy->target,
		.reply = fcopy->reply,
	};
}

static struct hvg_fcopy_action begin_deed(struct hvg_fcopy *fcopy, enum hvg_fcopy_action_kind kind,
	uint64_t deadline_us)
{
	struct hvg_fcopy_action action = yield(fcopy, kind);

	fcopy->out = kind;
	fcopy->out_serial = action.serial;
	fcopy->is_late = false;
	fcopy->out_deadline_us = deadline_us;
	return action;
}

static uint64_t parts_of_patience(const struct hvg_fcopy *fcopy, uint64_t parts)
{
	return fcopy->config.patience_us / KERNEL_PARTS * parts;
}

static struct hvg_fcopy_action choose(struct hvg_fcopy *fcopy, uint64_t now_us)
{
	if (fcopy->out != HVG_FCOPY_WAIT && !fcopy->is_late)
		return (struct hvg_fcopy_action){ .kind = HVG_FCOPY_WAIT };
	if (fcopy->state == HVG_FCOPY_DECIDED &&
		now_us - fcopy->received_us >= parts_of_patience(fcopy, DEED_PARTS))
		fail(fcopy, -ETIMEDOUT, "it took too long"); /* we were stopped in between */
	if (fcopy->must_discard && fcopy->out == HVG_FCOPY_WAIT)
		return begin_deed(fcopy, HVG_FCOPY_DISCARD, now_us + parts_of_patience(fcopy, DISCARD_PARTS));
	if (fcopy->state == HVG_FCOPY_DECIDED && fcopy->out != HVG_FCOPY_WAIT)
		fail(fcopy, -EBUSY, "the former file is still being dealt with");
	if (fcopy->state == HVG_FCOPY_DECIDED) {
		fcopy->state = HVG_FCOPY_DOING;
		return begin_deed(fcopy, fcopy->deed,
			fcopy->received_us + parts_of_patience(fcopy, DEED_PARTS));
	}
	if (fcopy->state == HVG_FCOPY_SENDING && fcopy->send_serial == 0) {
		struct hvg_fcopy_action action = yield(fcopy, HVG_FCOPY_SEND);

		fcopy->send_serial = action.serial;
		return action;
	}
	return (struct hvg_fcopy_action){ .kind = HVG_FCOPY_WAIT };
}

struct hvg_fcopy_action hvg_fcopy_next(struct hvg_fcopy *fcopy, uint64_t now_us)
{
	struct hvg_fcopy_action action;

	look_at_the_clock(fcopy, now_us);
	action = choose(fcopy, now_us);
	set_deadline(fcopy);
	return action;
}

/* Results. */

static void begin_file(struct hvg_fcopy *fcopy)
{
	fcopy->has_file = true;
	fcopy->file_bytes = fcopy->request.file_bytes;
	fcopy->extents.n = 0;
}

static void made(struct hvg_fcopy *fcopy, int code)
{
	if (code < 0) {
		fail(fcopy, code, NULL);
		return;
	}
	begin_file(fcopy);
	tell(fcopy, HVG_FCOPY_STARTED, 0, NULL);
	answer(fcopy, 0);
}

static void published(struct hvg_fcopy *fcopy, int code)
{
	if (code < 0) {
		fail(fcopy, code, NULL);
		return;
	}
	fcopy->has_file = false;
	tell(fcopy, HVG_FCOPY_DONE, 0, NULL);
	answer(fcopy, 0);
}

static void stored(struct hvg_fcopy *fcopy, int code)
{
	if (code < 0)
		fail(fcopy, code, NULL);
	else
		answer(fcopy, 0);
}

static void discarded(struct hvg_fcopy *fcopy)
{
	fcopy->has_file = fcopy->must_discard = false;
}

/* Nobody waits for it any more: a file it made or left behind is discarded next. */
static void ended_late(struct hvg_fcopy *fcopy, enum hvg_fcopy_action_kind deed, int code)
{
	if (deed == HVG_FCOPY_DISCARD) {
		discarded(fcopy);
	} else if (deed == HVG_FCOPY_MAKE) {
		fcopy->has_file = fcopy->must_discard = code >= 0;
	} else if (deed == HVG_FCOPY_PUBLISH && code >= 0) {
		fcopy->has_file = fcopy->must_discard = false;
		fcopy->event = HVG_FCOPY_NOTHING;
		tell(fcopy, HVG_FCOPY_CAME_LATE, -ETIMEDOUT, NULL);
	}
}

static void ended(struct hvg_fcopy *fcopy, enum hvg_fcopy_action_kind deed, int code)
{
	switch (deed) {
	case HVG_FCOPY_MAKE:
		made(fcopy, code);
		break;
	case HVG_FCOPY_STORE:
		stored(fcopy, code);
		break;
	case HVG_FCOPY_PUBLISH:
		published(fcopy, code);
		break;
	case HVG_FCOPY_DISCARD:
		discarded(fcopy);
		break;
	case HVG_FCOPY_WAIT:
	case HVG_FCOPY_SEND:
		break;
	}
}

/* A host that has not got its answer believes that it failed. */
static void sent(struct hvg_fcopy *fcopy, int code, uint64_t now_us)
{
	fcopy->send_serial = 0;
	fcopy->state = HVG_FCOPY_IDLE;
	if (code < 0)
		lose_file(fcopy, HVG_FCOPY_FAILED, code, "the host could not be answered");
	fcopy->silent_at_us = now_us + fcopy->config.silence_us;
}

int hvg_fcopy_done(struct hvg_fcopy *fcopy, uint64_t serial, int code, uint64_t now_us)
{
	enum hvg_fcopy_action_kind deed = fcopy->out;
	bool is_late = fcopy->is_late;

	if (fcopy->send_serial != 0 && serial == fcopy->send_serial) {
		sent(fcopy, code, now_us);
	} else if (deed != HVG_FCOPY_WAIT && serial == fcopy->out_serial) {
		fcopy->out = HVG_FCOPY_WAIT;
		fcopy->is_late = false;
		if (is_late)
			ended_late(fcopy, deed, code);
		else
			ended(fcopy, deed, code);
	} else {
		return -ESTALE;
	}
	set_deadline(fcopy);
	return 0;
}

void hvg_fcopy_cancel(struct hvg_fcopy *fcopy, const char *reason)
{
	lose_file(fcopy, HVG_FCOPY_FAILED, -ECANCELED, reason);
	if (fcopy->state == HVG_FCOPY_DOING)
		abandon_deed(fcopy);
	fcopy->state = HVG_FCOPY_IDLE;
	fcopy->send_serial = 0;
	set_deadline(fcopy);
}
