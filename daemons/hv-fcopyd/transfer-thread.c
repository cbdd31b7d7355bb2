// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The thread of a transfer: it does a deed, and while it has the device it asks the service itself what
 * is next.
 */

#include "hv-fcopyd/transfer-private.h"

#include "base/units.h"

#include <errno.h>

/* A request that was read so short ago is not given up: there is no need to look for a newer one. */
#define FRESH_PARTS 30

/* Deeds. */

static int make(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	struct hvg_filesink_request request = {
		.path = action->target->path,
		.name = action->target->name,
		.is_folder = action->target->is_folder,
		.overwrites = action->request.overwrites,
		.creates_path = action->request.creates_path,
		.bytes = action->request.file_bytes,
	};

	hvg_sha256_init(&transfer->hash);
	transfer->n_hashed = 0;
	transfer->sha256[0] = '\0';
	return hvg_filesink_open(&transfer->sink, &transfer->sink_config, &request);
}

static int keep(struct fcopyd_transfer *transfer, const struct hvg_fcopy_request *request)
{
	int r = hvg_filesink_write(&transfer->sink, request->data, request->size, request->offset);

	if (r < 0 || !transfer->has_checksum || request->offset != transfer->n_hashed)
		return r;
	hvg_sha256_add(&transfer->hash, request->data, request->size);
	transfer->n_hashed += request->size;
	return 0;
}

/* A file whose pieces came in another order, or twice, has no checksum: no host of today does that. */
static int publish(struct fcopyd_transfer *transfer)
{
	int r = hvg_filesink_publish(&transfer->sink);

	if (r >= 0 && transfer->has_checksum && transfer->n_hashed == transfer->fcopy.file_bytes)
		hvg_sha256_finish(&transfer->hash, transfer->sha256);
	return r;
}

static int perform(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	switch (action->kind) {
	case HVG_FCOPY_MAKE:
		return make(transfer, action);
	case HVG_FCOPY_STORE:
		return keep(transfer, &action->request);
	case HVG_FCOPY_PUBLISH:
		return publish(transfer);
	case HVG_FCOPY_DISCARD:
		hvg_filesink_discard(&transfer->sink);
		return 0;
	case HVG_FCOPY_WAIT:
	case HVG_FCOPY_SEND:
		break;
	}
	return 0;
}

static void move_locked(struct fcopyd_transfer *transfer, int where)
{
	transfer->where = where;
	if (where == FCOPYD_NOWHERE && (transfer->is_recalled || transfer->is_stopping))
		(void)pthread_cond_broadcast(&transfer->changed);
}

static void run_deed_locked(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	int r;

	move_locked(transfer, FCOPYD_IN_DEED);
	(void)pthread_mutex_unlock(&transfer->lock);
	r = perform(transfer, action);
	(void)pthread_mutex_lock(&transfer->lock);
	move_locked(transfer, FCOPYD_NOWHERE);
	transfer->clock_us = fcopyd_now_us();
	(void)hvg_fcopy_done(&transfer->fcopy, action->serial, r, transfer->clock_us);
	fcopyd_collect_news_locked(transfer);
}

/* The device. Its clock is read after what may take time, and not more often. */

static uint64_t without_margin(const struct fcopyd_transfer *transfer)
{
	return transfer->config.patience_us - transfer->config.patience_us / 30;
}

/* We did not run for longer than the kernel waits: what lies in the device may be dead. */
static bool has_stalled_locked(struct fcopyd_transfer *transfer)
{
	bool has;

	transfer->clock_us = fcopyd_now_us();
	has = transfer->clock_us - transfer->awake_us > without_margin(transfer);
	transfer->awake_us = transfer->clock_us;
	return has;
}

static int receive_locked(struct fcopyd_transfer *transfer)
{
	const struct hvg_transport *transport = &transfer->config.transport;
	const void *bytes;
	int n;

	move_locked(transfer, FCOPYD_IN_DEVICE);
	(void)pthread_mutex_unlock(&transfer->lock);
	n = transport->ops->wait(transport->at, &bytes);
	(void)pthread_mutex_lock(&transfer->lock);
	move_locked(transfer, FCOPYD_NOWHERE);
	if (n == 0 || n == -EINTR || n == -EAGAIN)
		return 0;
	if (n < 0)
		return n;
	if (has_stalled_locked(transfer))
		return -ESTALE;
	hvg_fcopy_recv(&transfer->fcopy, bytes, (size_t)n, transfer->awake_us);
	fcopyd_collect_news_locked(transfer);
	return 0;
}

static int send_answer(struct fcopyd_transfer *transfer, const uint8_t *reply, uint64_t age_us)
{
	const struct hvg_transport *transport = &transfer->config.transport;

	if (age_us > without_margin(transfer))
		return -ETIMEDOUT;
	if (age_us > transfer->config.patience_us / FRESH_PARTS)
		return transport->ops->reply(transport->at, reply, HVG_FCOPY_STATUS_SIZE);
	return transport->ops->send(transport->at, reply, HVG_FCOPY_STATUS_SIZE);
}

/*
 * A request that is dead leaves the device as good as new, because the kernel has answered for us; on a
 * channel its host still waits, and is told by its end. Other failures need a new one, too.
 */
static int after_answer(const struct fcopyd_transfer *transfer, int r)
{
	bool is_dead = r == -ETIMEDOUT || r == -ESTALE;

	if (!is_dead)
		return r;
	return transfer->fcopy.config.form == HVG_FCOPY_CHARDEV ? 0 : -ESTALE;
}

static int answer_locked(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	uint64_t age_us = transfer->clock_us - transfer->fcopy.received_us;
	int r;

	move_locked(transfer, FCOPYD_IN_DEVICE);
	(void)pthread_mutex_unlock(&transfer->lock);
	r = send_answer(transfer, action->reply, age_us);
	(void)pthread_mutex_lock(&transfer->lock);
	move_locked(transfer, FCOPYD_NOWHERE);
	(void)hvg_fcopy_done(&transfer->fcopy, action->serial, r, transfer->clock_us);
	fcopyd_collect_news_locked(transfer);
	return after_answer(transfer, r);
}

static int serve_one_locked(struct fcopyd_transfer *transfer)
{
	struct hvg_fcopy_action action;

	/* A file must not appear because we were stopped just now; for a fragment it does not matter. */
	if (transfer->fcopy.deed == HVG_FCOPY_PUBLISH)
		transfer->clock_us = fcopyd_now_us();
	action = hvg_fcopy_next(&transfer->fcopy, transfer->clock_us);

	switch (action.kind) {
	case HVG_FCOPY_WAIT:
		return receive_locked(transfer);
	case HVG_FCOPY_SEND:
		return answer_locked(transfer, &action);
	case HVG_FCOPY_MAKE:
	case HVG_FCOPY_STORE:
	case HVG_FCOPY_PUBLISH:
	case HVG_FCOPY_DISCARD:
		run_deed_locked(transfer, &action);
		break;
	}
	return 0;
}

/* Until the file has ended, the device fails, or the loop takes it back. */
static void serve_loan_locked(struct fcopyd_transfer *transfer)
{
	int r = 0;

	while (r == 0 && transfer->has_loan && !transfer->is_recalled && !hvg_fcopy_is_idle(&transfer->fcopy))
		r = serve_one_locked(transfer);
	if (!transfer->has_loan || transfer->is_recalled)
		return;
	transfer->has_loan = false;
	transfer->loan_ended = true;
	transfer->loan_result = r;
}

static void *work(void *userdata)
{
	struct fcopyd_transfer *transfer = userdata;
	struct hvg_fcopy_action deed;
	sigset_t kick;

	(void)sigemptyset(&kick);
	(void)sigaddset(&kick, FCOPYD_KICK);
	(void)pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	(void)pthread_mutex_lock(&transfer->lock);
	for (;;) {
		while (!transfer->is_stopping && transfer->deed.kind == HVG_FCOPY_WAIT)
			(void)pthread_cond_wait(&transfer->changed, &transfer->lock);
		if (transfer->deed.kind == HVG_FCOPY_WAIT)
			break;
		deed = transfer->deed;
		transfer->deed.kind = HVG_FCOPY_WAIT;
		run_deed_locked(transfer, &deed);
		serve_loan_locked(transfer);
		(void)pthread_cond_broadcast(&transfer->changed);
		fcopyd_wake_loop(transfer);
	}
	(void)pthread_mutex_unlock(&transfer->lock);
	return NULL;
}

static void on_kick(int signal)
{
}

int fcopyd_start_thread(struct fcopyd_transfer *transfer)
{
	struct sigaction action = { .sa_handler = on_kick };
	sigset_t all, former;
	int error;

	if (transfer->has_thread)
		return 0;
	(void)sigaction(FCOPYD_KICK, &action, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former);
	error = pthread_create(&transfer->thread, NULL, work, transfer);
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (error)
		return -error;
	(void)pthread_setname_np(transfer->thread, "transfer");
	transfer->has_thread = true;
	return 0;
}
