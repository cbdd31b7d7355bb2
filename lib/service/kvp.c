// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * KVP's decisions. route() is the whole policy: which deed answers a request, or why it is refused.
 * answer() makes the bytes; from then on only sending is left.
 */

#include "service/kvp.h"

#include "base/units.h"
#include "hvguest/status.h"

#include <errno.h>

void hvg_kvp_init(struct hvg_kvp *kvp, const struct hvg_kvp_config *config)
{
	*kvp = (struct hvg_kvp){ .config = *config, .deadline_us = HVG_NEVER };
}

/*
 * A disk that is frozen for a backup must not eat the kernel's 30 seconds: the host is told after
 * 20. An IP configuration may need 25, because at boot it waits for the bus.
 */
static uint64_t deadline_of(const struct hvg_kvp *kvp)
{
	uint64_t parts = kvp->deed == HVG_KVP_APPLY_IP ? 25 : 20;

	return kvp->received_us + kvp->config.patience_us * parts / HVG_KVP_TIMEOUT_SEC;
}

/* Which pools a host may write to: its own two, and the guest's if the administrator says so. */
static int may_write(const struct hvg_kvp *kvp, uint8_t pool)
{
	switch (pool) {
	case HVG_POOL_EXTERNAL:
	case HVG_POOL_AUTO_EXTERNAL:
		return 0;
	case HVG_POOL_GUEST:
		return kvp->config.allow_host_writes_to_guest_pool ? 0 : -EPERM;
	default:
		return pool < HVG_N_POOLS ? -EPERM : -EINVAL;
	}
}

static int route_write(const struct hvg_kvp *kvp, enum hvg_kvp_action_kind deed,
	enum hvg_kvp_action_kind *ret_deed)
{
	int result = may_write(kvp, kvp->request.pool);

	if (result < 0)
		return result;
	if (*kvp->request.key == '\0')
		return -EINVAL;
	*ret_deed = deed;
	return 0;
}

/* Pool 4 never travels (AUTO_INTERNAL): it looks empty. */
static int route_read(const struct hvg_kvp *kvp, enum hvg_kvp_action_kind stored,
	enum hvg_kvp_action_kind automatic, enum hvg_kvp_action_kind *ret_deed)
{
	if (kvp->request.pool >= HVG_N_POOLS)
		return -EINVAL;
	if (kvp->request.pool == HVG_POOL_AUTO_INTERNAL)
		return -ENOENT;
	*ret_deed = kvp->request.pool == HVG_POOL_AUTO ? automatic : stored;
	return 0;
}

/*
 * A host walks a pool from 0, one by one, and may ask for the same record again. Any other index is a
 * new walk, whose beginning we have not seen.
 */
static bool begins_enumeration(struct hvg_kvp *kvp)
{
	uint32_t index = kvp->request.index, *next;
	bool continues;

	if (kvp->request.op != HVG_KVP_ENUMERATE || kvp->request.pool >= HVG_N_POOLS)
		return false;
	next = &kvp->next_index[kvp->request.pool];
	continues = index > 0 && (index == *next || index + 1 == *next);
	*next = index + 1;
	return !continues;
}

static int route(const struct hvg_kvp *kvp, enum hvg_kvp_action_kind *ret_deed)
{
	switch (kvp->request.op) {
	case HVG_KVP_GET:
		return route_read(kvp, HVG_KVP_STORE_FIND, HVG_KVP_AUTO_FIND, ret_deed);
	case HVG_KVP_ENUMERATE:
		return route_read(kvp, HVG_KVP_STORE_AT, HVG_KVP_AUTO_AT, ret_deed);
	case HVG_KVP_SET:
		return route_write(kvp, HVG_KVP_STORE_SET, ret_deed);
	case HVG_KVP_DELETE:
		return route_write(kvp, HVG_KVP_STORE_UNSET, ret_deed);
	case HVG_KVP_GET_IP_INFO:
		*ret_deed = HVG_KVP_READ_IP;
		return 0;
	case HVG_KVP_SET_IP_INFO:
		*ret_deed = HVG_KVP_APPLY_IP;
		return 0;
	case HVG_KVP_REGISTER:
	case HVG_KVP_UNKNOWN:
		break;
	}
	return -EOPNOTSUPP;
}

static const char *reason_of(int code)
{
	switch (-code) {
	case EPERM:
		return "the host may not write to this pool";
	case EINVAL:
		return "an argument is out of range";
	case EOPNOTSUPP:
		return "nobody here does that";
	case ETIMEDOUT:
		return "it took too long";
	default:
		return NULL;
	}
}

/* A key that is not there is nothing to worry about; a pool that is not there, to write to, is. */
static uint32_t status_of(const struct hvg_kvp *kvp, int code)
{
	return kvp->request.op == HVG_KVP_SET && code == -ENOENT ? HVG_STATUS_FAIL : hvg_status_from_errno(code);
}

static void answer(struct hvg_kvp *kvp, const struct hvg_kvp_result *result)
{
	struct hvg_kvp_reply reply = {
		.op = kvp->request.op,
		.status = status_of(kvp, result->code),
		.key = result->key,
		.value = result->value,
		.ip = result->ip,
	};

	kvp->outcome = (struct hvg_kvp_outcome){
		.op = kvp->request.op,
		.pool = kvp->request.pool,
		.status = reply.status,
		.code = result->code,
		.reason = reason_of(result->code),
		.text_flags = hvg_kvp_encode_reply(&reply, kvp->reply),
	};
	kvp->state = HVG_KVP_SENDING;
	kvp->is_out = false;
	kvp->deadline_us = HVG_NEVER;
}

static void refuse(struct hvg_kvp *kvp, int code)
{
	answer(kvp, &(struct hvg_kvp_result){ .code = code });
}

void hvg_kvp_recv(struct hvg_kvp *kvp, const void *bytes, size_t size, uint64_t now_us)
{
	const char *reason;
	int result;

	kvp->n_requests++;
	kvp->received_us = now_us;
	kvp->request = (struct hvg_kvp_request){ .op = HVG_KVP_UNKNOWN };

	result = hvg_kvp_decode_request(bytes, size, &kvp->request, &reason);
	if (result < 0) {
		refuse(kvp, result);
		kvp->outcome.reason = reason;
		return;
	}
	kvp->begins = begins_enumeration(kvp);
	result = route(kvp, &kvp->deed);
	if (result < 0) {
		refuse(kvp, result);
		return;
	}
	kvp->state = HVG_KVP_DECIDED;
	kvp->deadline_us = deadline_of(kvp);
}

static struct hvg_kvp_action yield(struct hvg_kvp *kvp, enum hvg_kvp_action_kind kind)
{
	return (struct hvg_kvp_action){
		.kind = kind,
		.serial = ++kvp->serial,
		.request = &kvp->request,
		.begins = kvp->begins,
		.reply = kvp->reply,
	};
}

struct hvg_kvp_action hvg_kvp_next(struct hvg_kvp *kvp, uint64_t now_us)
{
	if (kvp->state == HVG_KVP_DOING && now_us >= kvp->deadline_us)
		refuse(kvp, -ETIMEDOUT);

	if (kvp->state == HVG_KVP_DECIDED) {
		kvp->state = HVG_KVP_DOING;
		return yield(kvp, kvp->deed);
	}
	if (kvp->state == HVG_KVP_SENDING && !kvp->is_out) {
		kvp->is_out = true;
		return yield(kvp, HVG_KVP_SEND);
	}
	return (struct hvg_kvp_action){ .kind = HVG_KVP_WAIT };
}

int hvg_kvp_done(struct hvg_kvp *kvp, uint64_t serial, const struct hvg_kvp_result *result)
{
	bool is_out = kvp->state == HVG_KVP_DOING || (kvp->state == HVG_KVP_SENDING && kvp->is_out);

	if (!is_out || serial != kvp->serial)
		return -ESTALE;

	if (kvp->state == HVG_KVP_SENDING) {
		kvp->state = HVG_KVP_IDLE;
		return 0;
	}
	answer(kvp, result);
	return 0;
}

void hvg_kvp_cancel(struct hvg_kvp *kvp)
{
	kvp->state = HVG_KVP_IDLE;
	kvp->deadline_us = HVG_NEVER;
}
