// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two who ask the service what to do: the thread while it has the device, the loop otherwise. A deed
 * is always the thread's. Functions whose names end in _locked want the lock, and may let go of it.
 */

#include "hv-fcopyd/transfer.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#define ACCURACY_US (20 * HVG_USEC_PER_MSEC)

/* How often the loop looks at a transfer: for its deadlines, and to tell of its progress. */
#define LOOK_US (250 * HVG_USEC_PER_MSEC)

/* A request that was read so short ago is not given up: there is no need to look for a newer one. */
#define FRESH_PARTS 30

/* What gets the thread out of a read. The read may just not have begun, so it is repeated. */
#define KICK	SIGUSR1
#define KICK_US (2 * HVG_USEC_PER_MSEC)

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static struct timespec after(uint64_t span_us)
{
	uint64_t at_us = now_us() + span_us;

	return (struct timespec){
		.tv_sec = (time_t)(at_us / HVG_USEC_PER_SEC),
		.tv_nsec = (long)(at_us % HVG_USEC_PER_SEC * HVG_NSEC_PER_USEC),
	};
}

static void wake_loop(struct fcopyd_transfer *transfer)
{
	uint64_t one = 1;

	(void)!write(transfer->wake_fd, &one, sizeof(one));
}

/* News. */

static void join_path(char ret[static PATH_MAX], const char *folder, const char *name)
{
	ret[0] = '\0';
	if (strcmp(folder, "/") != 0)
		(void)hvg_text_append(ret, PATH_MAX, folder);
	(void)hvg_text_append(ret, PATH_MAX, "/");
	(void)hvg_text_append(ret, PATH_MAX, name);
}

/* What the host asked for, as it wrote it: there is no better name for a file that was refused. */
static void describe_request_locked(struct fcopyd_transfer *transfer)
{
	const struct hvg_fcopy_request *request = &transfer->fcopy.request;
	struct fcopyd_news *current = &transfer->current;

	current->path[0] = '\0';
	current->bytes = 0;
	current->total = request->file_bytes;
	current->started_us = current->ended_us;
	if (request->op != HVG_FCOPY_START)
		return;
	snprintf(current->path, sizeof(current->path), "%s", request->path);
	if (request->path[0] && request->path[strlen(request->path) - 1] == '/')
		(void)hvg_text_append(current->path, sizeof(current->path), request->name);
}

static void begin_news_locked(struct fcopyd_transfer *transfer)
{
	struct fcopyd_news *current = &transfer->current;

	join_path(current->path, transfer->sink.temporary.folder, transfer->sink.name);
	current->started_us = now_us();
	current->total = transfer->fcopy.file_bytes;
}

static void collect_news_locked(struct fcopyd_transfer *transfer)
{
	struct fcopyd_news *current = &transfer->current;

	current->event = hvg_fcopy_take_event(&transfer->fcopy, &current->code, &current->reason);
	if (current->event == HVG_FCOPY_NOTHING)
		return;
	if (current->event == HVG_FCOPY_STARTED)
		begin_news_locked(transfer);
	current->bytes = hvg_extents_bytes(&transfer->fcopy.extents);
	current->ended_us = now_us();
	snprintf(current->sha256, sizeof(current->sha256), "%s",
		current->event == HVG_FCOPY_DONE ? transfer->sha256 : "");
	if (current->event == HVG_FCOPY_REFUSED || current->event == HVG_FCOPY_STRAY)
		describe_request_locked(transfer);
	if (transfer->n_news < FCOPYD_NEWS_MAX)
		transfer->news[transfer->n_news++] = *current;
	wake_loop(transfer);
}

static void deliver_news(struct fcopyd_transfer *transfer)
{
	struct fcopyd_news news[FCOPYD_NEWS_MAX];
	unsigned int n;

	(void)pthread_mutex_lock(&transfer->lock);
	n = transfer->n_news;
	memcpy(news, transfer->news, n * sizeof(news[0]));
	transfer->n_news = 0;
	(void)pthread_mutex_unlock(&transfer->lock);
	for (unsigned int i = 0; i < n; i++)
		transfer->config.told(transfer->config.userdata, &news[i]);
}

/* The thread: deeds. */

static int make(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	struct hvg_filesink_request request = {
		.path = action->target->path,
		.name = action->target->name,
		.is_folder = action->target->is_folder,
		.overwrites = action->request->overwrites,
		.creates_path = action->request->creates_path,
		.bytes = action->request->file_bytes,
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
		return keep(transfer, action->request);
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
	transfer->clock_us = now_us();
	(void)hvg_fcopy_done(&transfer->fcopy, action->serial, r, transfer->clock_us);
	collect_news_locked(transfer);
}

/* The thread: the device. Its clock is read after what may take time, and not more often. */

static uint64_t without_margin(const struct fcopyd_transfer *transfer)
{
	return transfer->config.patience_us - transfer->config.patience_us / 30;
}

/* We did not run for longer than the kernel waits: what lies in the device may be dead. */
static bool has_stalled_locked(struct fcopyd_transfer *transfer)
{
	bool has;

	transfer->clock_us = now_us();
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
	collect_news_locked(transfer);
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
 * A request that is dead leaves the device as good as new, because the kernel has answered for us; on a channel
 * its host still waits, and is told by its end. Other failures need a new one, too.
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
	collect_news_locked(transfer);
	return after_answer(transfer, r);
}

static int serve_one_locked(struct fcopyd_transfer *transfer)
{
	struct hvg_fcopy_action action;

	/* A file must not appear because we were stopped just now; for a fragment it does not matter. */
	if (transfer->fcopy.deed == HVG_FCOPY_PUBLISH)
		transfer->clock_us = now_us();
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
	(void)sigaddset(&kick, KICK);
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
		wake_loop(transfer);
	}
	(void)pthread_mutex_unlock(&transfer->lock);
	return NULL;
}

static void on_kick(int signal)
{
}

static int start_thread(struct fcopyd_transfer *transfer)
{
	struct sigaction action = { .sa_handler = on_kick };
	sigset_t all, former;
	int error;

	if (transfer->has_thread)
		return 0;
	(void)sigaction(KICK, &action, NULL);
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

/* The loop. */

/* Gets the device back. A deed that is being done goes on without it. True if it was on loan. */
static bool recall_locked(struct fcopyd_transfer *transfer)
{
	bool had_loan = transfer->has_loan || transfer->loan_ended;

	transfer->is_recalled = transfer->has_loan;
	while (transfer->has_loan && transfer->where == FCOPYD_IN_DEVICE) {
		struct timespec soon = after(KICK_US);

		(void)pthread_kill(transfer->thread, KICK);
		(void)pthread_cond_timedwait(&transfer->changed, &transfer->lock, &soon);
	}
	transfer->has_loan = transfer->is_recalled = transfer->loan_ended = false;
	return had_loan;
}

static void hand_over_locked(struct fcopyd_transfer *transfer, const struct hvg_fcopy_action *action)
{
	int r = start_thread(transfer);

	if (r < 0) {
		(void)hvg_fcopy_done(&transfer->fcopy, action->serial, r, now_us());
		return;
	}
	transfer->deed = *action;
	if (action->kind == HVG_FCOPY_MAKE) {
		transfer->has_loan = true;
		transfer->awake_us = now_us();
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
	(void)hvg_fcopy_done(&transfer->fcopy, action->serial, r, now_us());
	collect_news_locked(transfer);
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
		(action = hvg_fcopy_next(&transfer->fcopy, now_us())).kind != HVG_FCOPY_WAIT) {
		if (action.kind == HVG_FCOPY_SEND)
			send_locked(transfer, &action);
		else
			hand_over_locked(transfer, &action);
	}
	collect_news_locked(transfer);
	(void)pthread_mutex_unlock(&transfer->lock);
	deliver_news(transfer);
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
	if (now_us() >= transfer->fcopy.deadline_us && transfer->fcopy.deadline_us != HVG_NEVER) {
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
	hvg_fcopy_recv(&transfer->fcopy, bytes, size, now_us());
	collect_news_locked(transfer);
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
	collect_news_locked(transfer);
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
	collect_news_locked(transfer);
	(void)pthread_mutex_unlock(&transfer->lock);
	wake_loop(transfer);
}

void fcopyd_transfer_tick(struct fcopyd_transfer *transfer)
{
	(void)pthread_mutex_lock(&transfer->lock);
	transfer->awake_us = now_us();
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
