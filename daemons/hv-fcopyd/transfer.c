// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two who ask the service what to do: the thread while it has the device (transfer-thread.c), the loop
 * otherwise, which is here. A deed is always the thread's. Functions whose names end in _locked want the
 * lock, and may let go of it.
 */

#include "hv-fcopyd/transfer-private.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#define ACCURACY_US (20 * HVG_USEC_PER_MSEC)

/* How often the loop looks at a transfer: for its deadlines, and to tell of its progress. */
#define LOOK_US (250 * HVG_USEC_PER_MSEC)

/* A thread that is kicked may just not have begun to read, so it is kicked again. */
#define KICK_US (2 * HVG_USEC_PER_MSEC)

uint64_t fcopyd_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static struct timespec after(uint64_t span_us)
{
	uint64_t at_us = fcopyd_now_us() + span_us;

	return (struct timespec){
		.tv_sec = (time_t)(at_us / HVG_USEC_PER_SEC),
		.tv_nsec = (long)(at_us % HVG_USEC_PER_SEC * HVG_NSEC_PER_USEC),
	};
}

void fcopyd_wake_loop(struct fcopyd_transfer *transfer)
{
	uint64_t one = 1;

	(void)!write(transfer->wake_fd, &one, sizeof(one));
}

/* Gets the device back. A deed that is being done goes on without it. True if it was on loan. */
static bool recall_locked(struct fcopyd_transfer *transfer)
{
	bool had_loan = transfer->has_loan || transfer->loan_ended;

	transfer->is_recalled = transfer->has_loan;
	while (transfer->has_loan && transfer->where == FCOPYD_IN_DEVICE) {
		struct timespec soon = after(KICK_US);

		(void)pthread_kill(transfer->thread, FCOPYD_KICK);
		(void)pthread_cond_timedwait(&transfer->changed, &transfer->lock, &soon);
	}
	transfer->has_loan = transfer->is_recalled = transfer->loan_ended = false;
	return had_loan;
}

static void hand_over_locked(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	int r = fcopyd_start_thread(transfer);

	if (r < 0) {
		(void)hvg_fcopy_done(&transfer->fcopy, action->serial, r, fcopyd_now_us());
		return;
	}
	transfer->deed = *action;
	if (action->kind == HVG_FCOPY_MAKE) {
		transfer->has_loan = true;
		transfer->awake_us = fcopyd_now_us();
		transfer->config.lend(transfer->config.userdata);
	}
	(void)pthread_cond_broadcast(&transfer->changed);
}

static void send_locked(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	uint8_t reply[HVG_FCOPY_STATUS_SIZE];
	int r;

	memcpy(reply, action->reply, sizeof(reply));
	(void)pthread_mutex_unlock(&transfer->lock);
	r = transfer->config.send(transfer->config.userdata, reply, sizeof(reply));
	(void)pthread_mutex_lock(&transfer->lock);
	(void)hvg_fcopy_done(&transfer->fcopy, action->serial, r, fcopyd_now_us());
	fcopyd_collect_news_locked(transfer);
}

static void arm(struct fcopyd_transfer *transfer)
{
	bool is_idle = fcopyd_transfer_is_idle(transfer);

	(void)sd_event_source_set_enabled(transfer->timer, is_idle ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
	if (is_idle)
		transfer->config.became_idle(transfer->config.userdata);
	else
		(void)sd_event_source_set_time_relative(transfer->timer, LOOK_US);
}

/* Asks and performs, unless the thread does so. */
static void pump(struct fcopyd_transfer *transfer)
{
	struct hvg_fcopy_action action;

	(void)pthread_mutex_lock(&transfer->lock);
	while (!transfer->has_loan && !transfer->loan_ended &&
		(action = hvg_fcopy_next(&transfer->fcopy, fcopyd_now_us())).kind != HVG_FCOPY_WAIT) {
		if (action.kind == HVG_FCOPY_SEND)
			send_locked(transfer, &action);
		else
			hand_over_locked(transfer, &action);
	}
	fcopyd_collect_news_locked(transfer);
	(void)pthread_mutex_unlock(&transfer->lock);
	fcopyd_deliver_news(transfer);
	arm(transfer);
}

/* The device is the loop's again: with a request that is still to be answered, or with none. */
static void take_back(struct fcopyd_transfer *transfer, int result)
{
	bool is_owed;
	uint64_t received_us;

	(void)pthread_mutex_lock(&transfer->lock);
	is_owed = transfer->fcopy.state != HVG_FCOPY_IDLE;
	received_us = transfer->fcopy.received_us;
	(void)pthread_mutex_unlock(&transfer->lock);
	if (result == 0 && is_owed)
		result = -EINPROGRESS;
	transfer->config.take_back(transfer->config.userdata, result, received_us);
}

static int on_wake(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct fcopyd_transfer *transfer = userdata;
	bool loan_ended;
	uint64_t n;
	int result;

	(void)!read(fd, &n, sizeof(n));
	(void)pthread_mutex_lock(&transfer->lock);
	loan_ended = transfer->loan_ended;
	result = transfer->loan_result;
	transfer->loan_ended = false;
	(void)pthread_mutex_unlock(&transfer->lock);
	if (loan_ended)
		take_back(transfer, result);
	pump(transfer);
	return 0;
}

/* A deadline that has passed under the thread: it is stuck in a deed, or the host is silent. */
static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct fcopyd_transfer *transfer = userdata;
	bool had_loan = false;

	(void)pthread_mutex_lock(&transfer->lock);
	if (fcopyd_now_us() >= transfer->fcopy.deadline_us && transfer->fcopy.deadline_us != HVG_NEVER) {
		if (transfer->where == FCOPYD_IN_DEED)
			atomic_store(&transfer->sink.is_unwanted, true);
		had_loan = recall_locked(transfer);
	}
	(void)pthread_mutex_unlock(&transfer->lock);
	if (had_loan)
		take_back(transfer, 0);
	pump(transfer);
	transfer->config.progressed(transfer->config.userdata);
	return 0;
}

void fcopyd_transfer_serve(struct fcopyd_transfer *transfer, enum hvg_fcopy_form form, const void *bytes,
	size_t size)
{
	(void)pthread_mutex_lock(&transfer->lock);
	transfer->fcopy.config.form = form;
	hvg_fcopy_recv(&transfer->fcopy, bytes, size, fcopyd_now_us());
	fcopyd_collect_news_locked(transfer);
	(void)pthread_mutex_unlock(&transfer->lock);
	pump(transfer);
}

static void cancel(struct fcopyd_transfer *transfer, const char *reason)
{
	(void)pthread_mutex_lock(&transfer->lock);
	(void)recall_locked(transfer);
	hvg_fcopy_cancel(&transfer->fcopy, reason);
	if (transfer->where == FCOPYD_IN_DEED)
		atomic_store(&transfer->sink.is_unwanted, true);
	fcopyd_collect_news_locked(transfer);
	(void)pthread_mutex_unlock(&transfer->lock);
	pump(transfer);
}

void fcopyd_transfer_lost(struct fcopyd_transfer *transfer)
{
	cancel(transfer, "the device was closed");
}

void fcopyd_transfer_reset(struct fcopyd_transfer *transfer)
{
	(void)pthread_mutex_lock(&transfer->lock);
	hvg_fcopy_cancel(&transfer->fcopy, "the host began anew");
	fcopyd_collect_news_locked(transfer);
	(void)pthread_mutex_unlock(&transfer->lock);
	fcopyd_wake_loop(transfer);
}

void fcopyd_transfer_tick(struct fcopyd_transfer *transfer)
{
	(void)pthread_mutex_lock(&transfer->lock);
	transfer->awake_us = fcopyd_now_us();
	(void)pthread_mutex_unlock(&transfer->lock);
}

bool fcopyd_transfer_is_idle(struct fcopyd_transfer *transfer)
{
	bool is_idle;

	(void)pthread_mutex_lock(&transfer->lock);
	is_idle = hvg_fcopy_is_idle(&transfer->fcopy) && !transfer->has_loan && !transfer->loan_ended;
	(void)pthread_mutex_unlock(&transfer->lock);
	return is_idle;
}

void fcopyd_transfer_configure(struct fcopyd_transfer *transfer, const struct hvg_filesink_config *sink,
	uint64_t max_bytes, bool has_checksum)
{
	(void)pthread_mutex_lock(&transfer->lock);
	transfer->sink_config = *sink;
	transfer->has_checksum = has_checksum;
	transfer->fcopy.config.max_bytes = max_bytes;
	(void)pthread_mutex_unlock(&transfer->lock);
}

bool fcopyd_transfer_look(struct fcopyd_transfer *transfer, struct fcopyd_news *ret)
{
	bool has_file;

	(void)pthread_mutex_lock(&transfer->lock);
	has_file = transfer->fcopy.has_file;
	*ret = transfer->current;
	ret->bytes = hvg_extents_bytes(&transfer->fcopy.extents);
	(void)pthread_mutex_unlock(&transfer->lock);
	return has_file;
}

static void init_lock(struct fcopyd_transfer *transfer)
{
	pthread_condattr_t attributes;

	(void)pthread_mutex_init(&transfer->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&transfer->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

int fcopyd_transfer_init(struct fcopyd_transfer *transfer, sd_event *event,
	const struct fcopyd_transfer_config *config)
{
	struct hvg_fcopy_config fcopy = {
		.patience_us = config->patience_us,
		.silence_us = 4 * config->patience_us, /* ours: longer than any of the host's own */
		.max_bytes = UINT64_MAX,
	};
	int r;

	transfer->config = *config;
	init_lock(transfer);
	hvg_fcopy_init(&transfer->fcopy, &fcopy);
	transfer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (transfer->wake_fd < 0)
		return -errno;
	r = sd_event_add_io(event, &transfer->wake_source, transfer->wake_fd, EPOLLIN, on_wake, transfer);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &transfer->timer, CLOCK_MONOTONIC, HVG_NEVER, ACCURACY_US, on_look,
		transfer);
	return r < 0 ? r : sd_event_source_set_enabled(transfer->timer, SD_EVENT_OFF);
}

static void wait_until_idle(struct fcopyd_transfer *transfer, uint64_t patience_us)
{
	struct timespec deadline = after(patience_us);
	int error = 0;

	while (!fcopyd_transfer_is_idle(transfer) && error != ETIMEDOUT) {
		(void)pthread_mutex_lock(&transfer->lock);
		if (transfer->deed.kind != HVG_FCOPY_WAIT || transfer->where != FCOPYD_NOWHERE)
			error = pthread_cond_timedwait(&transfer->changed, &transfer->lock, &deadline);
		(void)pthread_mutex_unlock(&transfer->lock);
		pump(transfer);
	}
}

int fcopyd_transfer_done(struct fcopyd_transfer *transfer, uint64_t patience_us)
{
	bool is_idle;

	if (!transfer->timer)
		return 0;
	cancel(transfer, "the daemon ends");
	wait_until_idle(transfer, patience_us);
	is_idle = fcopyd_transfer_is_idle(transfer);
	(void)pthread_mutex_lock(&transfer->lock);
	transfer->is_stopping = true;
	(void)pthread_cond_broadcast(&transfer->changed);
	(void)pthread_mutex_unlock(&transfer->lock);
	if (transfer->has_thread)
		(void)(is_idle ? pthread_join(transfer->thread, NULL) : pthread_detach(transfer->thread));
	transfer->wake_source = sd_event_source_disable_unref(transfer->wake_source);
	transfer->timer = sd_event_source_disable_unref(transfer->timer);
	if (is_idle)
		transfer->wake_fd = hvg_close(transfer->wake_fd);
	return is_idle ? 0 : -ETIMEDOUT;
}
