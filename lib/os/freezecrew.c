// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two squads of threads, one for sync and freeze, the other for thaw, so that no freeze that hangs takes
 * the place of a thaw. A squad is a queue of slots. The conductor, step(), only looks at the table
 * and fills queues; a thread tells it by an eventfd that something has changed.
 */

#include "os/freezecrew.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/fsfreeze.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

/* Ours: most machines have fewer disks than this, and a disk takes no more requests at a time. */
#define THREADS_MAX 64

/* The deeds are one system call each; a sanitizer needs some room, too. */
#define STACK_BYTES (128 * 1024)

/* A thread that is asked to end and does not within this hangs in the kernel. */
#define END_US (200 * HVG_USEC_PER_MSEC)

const struct hvg_crew_deeds hvg_crew_real_deeds = {
	.sync = hvg_fsfreeze_sync,
	.freeze = hvg_fsfreeze_freeze,
	.thaw = hvg_fsfreeze_thaw,
};

enum deed {
	SYNC,
	FREEZE,
	THAW,
};

struct squad {
	struct hvg_crew *crew;
	pthread_t threads[THREADS_MAX];
	unsigned int n_threads, n_running; /* running: not ended */
	pthread_cond_t filled, ended;
	enum deed deed;
	uint32_t queue[HVG_FREEZE_MAX];
	uint32_t first, n;
};

struct hvg_crew {
	struct hvg_crew_config config;
	struct hvg_freeze_table *table;
	int fd;
	pthread_mutex_t lock; /* everything below, and the table */
	struct squad freezers, thawers;
	bool is_stopping;
	enum hvg_crew_phase phase;
	uint32_t level;	      /* FREEZING, THAWING */
	uint64_t phase_end_us, thaw_at_us;
	int code, thaw_code;
};

static uint64_t clock_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static void set_state(struct hvg_freeze_slot *slot, enum hvg_freeze_state state)
{
	__atomic_store_n(&slot->state, (uint32_t)state, __ATOMIC_RELEASE);
}

static bool is_in(const struct hvg_freeze_slot *slot, enum hvg_freeze_state state)
{
	return slot->state == (uint32_t)state;
}

/* The threads' side. The lock is held, but not while a deed is done. */

static int perform(struct hvg_crew *crew, int (*deed)(int fd), uint32_t at, uint64_t *ret_us)
{
	uint64_t begin_us = clock_us();
	int r;

	pthread_mutex_unlock(&crew->lock);
	r = deed(crew->config.fds[at]);
	pthread_mutex_lock(&crew->lock);
	*ret_us = clock_us() - begin_us;
	return r;
}

/* A failed one stays frozen, as far as we know. */
static void thaw_slot(struct hvg_crew *crew, uint32_t at)
{
	struct hvg_freeze_slot *slot = &crew->table->slots[at];
	int r;

	set_state(slot, HVG_FREEZE_THAWING);
	r = perform(crew, crew->config.deeds->thaw, at, &slot->thaw_us);
	if (r < 0) {
		slot->code = r;
		crew->thaw_code = r;
	}
	set_state(slot, r < 0 ? HVG_FREEZE_FROZEN : HVG_FREEZE_THAWED);
	crew->table->last_thaw_us = clock_us();
}

static bool may_be_left_out(const struct hvg_crew *crew, int code)
{
	return (code == -EBUSY && !crew->config.fails_if_busy) ||
	       (code == -EOPNOTSUPP && !crew->config.fails_if_unsupported);
}

static void freeze_slot(struct hvg_crew *crew, uint32_t at)
{
	struct hvg_freeze_slot *slot = &crew->table->slots[at];
	int r = perform(crew, crew->config.deeds->freeze, at, &slot->freeze_us);

	slot->code = r;
	if (r < 0)
		set_state(slot, may_be_left_out(crew, r) ? HVG_FREEZE_LEFT_OUT : HVG_FREEZE_FAILED);
	else if (crew->phase == HVG_CREW_FREEZING)
		set_state(slot, HVG_FREEZE_FROZEN);
	else
		thaw_slot(crew, at); /* the others have been thawed meanwhile */
}

/* An error of a sync is found again by the freeze, if it matters. */
static void sync_slot(struct hvg_crew *crew, uint32_t at)
{
	struct hvg_freeze_slot *slot = &crew->table->slots[at];

	(void)perform(crew, crew->config.deeds->sync, at, &slot->sync_us);
	if (is_in(slot, HVG_FREEZE_SYNCING))
		set_state(slot, HVG_FREEZE_IDLE);
}

static void work(struct squad *squad)
{
	struct hvg_crew *crew = squad->crew;
	uint32_t at = squad->queue[squad->first++ % HVG_FREEZE_MAX];

	squad->n--;
	switch (squad->deed) {
	case SYNC:
		sync_slot(crew, at);
		break;
	case FREEZE:
		freeze_slot(crew, at);
		break;
	case THAW:
		thaw_slot(crew, at);
		break;
	}
	(void)eventfd_write(crew->fd, 1);
}

static void *thread(void *userdata)
{
	struct squad *squad = userdata;
	struct hvg_crew *crew = squad->crew;

	pthread_mutex_lock(&crew->lock);
	while (!crew->is_stopping) {
		if (squad->n > 0)
			work(squad);
		else
			pthread_cond_wait(&squad->filled, &crew->lock);
	}
	squad->n_running--;
	pthread_cond_signal(&squad->ended);
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* The conductor's side. */

/* What is being synced still keeps its thread; the others take what is put here. */
static void fill(struct squad *squad, enum deed deed, uint32_t at)
{
	squad->deed = deed;
	squad->queue[(squad->first + squad->n++) % HVG_FREEZE_MAX] = at;
	pthread_cond_signal(&squad->filled);
}

static bool level_has(const struct hvg_crew *crew, enum hvg_freeze_state state)
{
	for (uint32_t i = 0; i < crew->table->n; i++)
		if (crew->table->slots[i].level == crew->level && is_in(&crew->table->slots[i], state))
			return true;
	return false;
}

static bool any_has(const struct hvg_crew *crew, enum hvg_freeze_state state)
{
	for (uint32_t i = 0; i < crew->table->n; i++)
		if (is_in(&crew->table->slots[i], state))
			return true;
	return false;
}

static void freeze_level(struct hvg_crew *crew, uint32_t level)
{
	crew->phase = HVG_CREW_FREEZING;
	crew->level = level;
	for (uint32_t i = 0; i < crew->table->n; i++) {
		if (crew->table->slots[i].level != level)
			continue;
		set_state(&crew->table->slots[i], HVG_FREEZE_FREEZING);
		fill(&crew->freezers, FREEZE, i);
	}
}

static void begin_freezing(struct hvg_crew *crew, uint64_t now_us)
{
	crew->freezers.n = 0; /* what was not synced in time */
	crew->phase_end_us = HVG_NEVER;
	crew->thaw_at_us = now_us + crew->config.frozen_us;
	crew->table->first_freeze_us = now_us;
	freeze_level(crew, 0);
}

static void thaw_level(struct hvg_crew *crew, uint32_t level, uint64_t now_us)
{
	crew->level = level;
	crew->phase_end_us = now_us + HVG_CREW_LEVEL_US;
	for (uint32_t i = 0; i < crew->table->n; i++) {
		if (crew->table->slots[i].level != level || !is_in(&crew->table->slots[i], HVG_FREEZE_FROZEN))
			continue;
		set_state(&crew->table->slots[i], HVG_FREEZE_THAWING);
		fill(&crew->thawers, THAW, i);
	}
}

/* What waits for a freezer is not begun: it was never frozen. */
static void empty_freezers(struct hvg_crew *crew)
{
	struct squad *squad = &crew->freezers;

	for (; squad->n > 0; squad->n--)
		set_state(&crew->table->slots[squad->queue[squad->first++ % HVG_FREEZE_MAX]], HVG_FREEZE_IDLE);
}

static void begin_thawing(struct hvg_crew *crew, int code, uint64_t now_us)
{
	uint32_t last = crew->phase == HVG_CREW_FREEZING ? crew->level : crew->table->n_levels - 1;

	empty_freezers(crew);
	if (crew->phase != HVG_CREW_OVER)
		crew->code = code;
	crew->thaw_code = 0;
	crew->thaw_at_us = HVG_NEVER;
	crew->phase = HVG_CREW_THAWING;
	thaw_level(crew, crew->table->n_levels > 0 ? last : 0, now_us);
}

/* The first of what failed. */
static int failure(const struct hvg_crew *crew)
{
	for (uint32_t i = 0; i < crew->table->n; i++)
		if (is_in(&crew->table->slots[i], HVG_FREEZE_FAILED))
			return crew->table->slots[i].code;
	return 0;
}

static void step_syncing(struct hvg_crew *crew, uint64_t now_us)
{
	if (!any_has(crew, HVG_FREEZE_SYNCING) || now_us >= crew->phase_end_us)
		begin_freezing(crew, now_us);
}

static void step_freezing(struct hvg_crew *crew, uint64_t now_us)
{
	int code = failure(crew);

	if (code < 0)
		begin_thawing(crew, code, now_us);
	else if (level_has(crew, HVG_FREEZE_FREEZING))
		return;
	else if (crew->level + 1 < crew->table->n_levels)
		freeze_level(crew, crew->level + 1);
	else
		crew->phase = HVG_CREW_FROZEN;
}

/* Levels above are not kept waiting by one that hangs: it may be another stack's. */
static void step_thawing(struct hvg_crew *crew, uint64_t now_us)
{
	while ((!level_has(crew, HVG_FREEZE_THAWING) || now_us >= crew->phase_end_us) && crew->level > 0)
		thaw_level(crew, crew->level - 1, now_us);
	if (crew->level > 0 || any_has(crew, HVG_FREEZE_THAWING) || any_has(crew, HVG_FREEZE_FREEZING))
		return;
	crew->phase = HVG_CREW_OVER;
	crew->phase_end_us = HVG_NEVER;
}

static void advance(struct hvg_crew *crew, uint64_t now_us)
{
	enum hvg_crew_phase before;

	if (crew->thaw_at_us != HVG_NEVER && now_us >= crew->thaw_at_us)
		begin_thawing(crew, -ETIMEDOUT, now_us);
	do {
		before = crew->phase;
		if (before == HVG_CREW_SYNCING)
			step_syncing(crew, now_us);
		else if (before == HVG_CREW_FREEZING)
			step_freezing(crew, now_us);
		else if (before == HVG_CREW_THAWING)
			step_thawing(crew, now_us);
	} while (crew->phase != before);
}

/* THAWING at its top level waits for threads only. */
static uint64_t deadline_of(const struct hvg_crew *crew)
{
	if (crew->phase == HVG_CREW_THAWING && crew->level == 0)
		return HVG_NEVER;
	return HVG_MIN(crew->phase_end_us, crew->thaw_at_us);
}

struct hvg_crew_status hvg_crew_step(struct hvg_crew *crew, uint64_t now_us)
{
	struct hvg_crew_status status;
	eventfd_t ignored;

	(void)eventfd_read(crew->fd, &ignored);
	pthread_mutex_lock(&crew->lock);
	advance(crew, now_us);
	status = (struct hvg_crew_status){
		.phase = crew->phase,
		.code = crew->code,
		.thaw_code = crew->thaw_code,
		.deadline_us = deadline_of(crew),
	};
	pthread_mutex_unlock(&crew->lock);
	return status;
}

void hvg_crew_freeze(struct hvg_crew *crew, uint64_t now_us)
{
	pthread_mutex_lock(&crew->lock);
	if (crew->phase == HVG_CREW_IDLE) {
		crew->phase = HVG_CREW_SYNCING;
		crew->phase_end_us = now_us + crew->config.sync_us;
		for (uint32_t i = 0; i < crew->table->n && crew->config.sync_us > 0; i++) {
			set_state(&crew->table->slots[i], HVG_FREEZE_SYNCING);
			fill(&crew->freezers, SYNC, i);
		}
	}
	pthread_mutex_unlock(&crew->lock);
}

void hvg_crew_thaw(struct hvg_crew *crew, uint64_t now_us)
{
	pthread_mutex_lock(&crew->lock);
	if (crew->phase != HVG_CREW_IDLE && crew->phase != HVG_CREW_THAWING)
		begin_thawing(crew, 0, now_us);
	pthread_mutex_unlock(&crew->lock);
}

static bool was_begun(const struct hvg_freeze_slot *slot)
{
	return is_in(slot, HVG_FREEZE_FREEZING) || is_in(slot, HVG_FREEZE_FROZEN) || is_in(slot, HVG_FREEZE_THAWING) ||
	       is_in(slot, HVG_FREEZE_THAWED);
}

void hvg_crew_adopt(struct hvg_crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	for (uint32_t i = 0; i < crew->table->n; i++) {
		struct hvg_freeze_slot *slot = &crew->table->slots[i];
		bool is_ours = crew->phase == HVG_CREW_THAWING && is_in(slot, HVG_FREEZE_THAWING);

		if (was_begun(slot) && !is_ours)
			set_state(slot, HVG_FREEZE_FROZEN);
	}
	begin_thawing(crew, 0, clock_us());
	pthread_mutex_unlock(&crew->lock);
}

static int milliseconds_until(uint64_t us)
{
	uint64_t now = clock_us();

	return us <= now ? 0 : (int)HVG_MIN((us - now) / HVG_USEC_PER_MSEC + 1, (uint64_t)1000);
}

int hvg_crew_finish(struct hvg_crew *crew, uint64_t patience_us)
{
	struct pollfd fd = { .fd = crew->fd, .events = POLLIN };
	uint64_t end_us = clock_us() + patience_us;
	struct hvg_crew_status status;

	while (status = hvg_crew_step(crew, clock_us()), status.phase != HVG_CREW_OVER) {
		if (clock_us() >= end_us)
			return -ETIMEDOUT;
		(void)poll(&fd, 1, milliseconds_until(HVG_MIN(end_us, status.deadline_us)));
	}
	return status.thaw_code;
}

int hvg_crew_fd(const struct hvg_crew *crew)
{
	return crew->fd;
}

/* Life. */

static int start_squad(struct hvg_crew *crew, struct squad *squad)
{
	uint32_t n = HVG_MIN(crew->table->n, (uint32_t)THREADS_MAX);
	pthread_condattr_t clock;
	pthread_attr_t attributes;
	int r = 0;

	squad->crew = crew;
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&squad->filled, NULL);
	(void)pthread_cond_init(&squad->ended, &clock);
	(void)pthread_condattr_destroy(&clock);
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (r == 0 && squad->n_threads < n) {
		r = pthread_create(&squad->threads[squad->n_threads], &attributes, thread, squad);
		if (r == 0) {
			squad->n_threads++;
			squad->n_running++;
		}
	}
	(void)pthread_attr_destroy(&attributes);
	return -r;
}

int hvg_crew_new(const struct hvg_crew_config *config, struct hvg_crew **ret)
{
	struct hvg_crew *crew = calloc(1, sizeof(*crew));
	sigset_t all, former;
	int r;

	if (!crew)
		return -ENOMEM;
	crew->config = *config;
	crew->table = config->table;
	crew->phase_end_us = crew->thaw_at_us = HVG_NEVER;
	(void)pthread_mutex_init(&crew->lock, NULL);
	crew->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = crew->fd < 0 ? -errno : 0;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former);
	pthread_mutex_lock(&crew->lock);
	if (r == 0)
		r = start_squad(crew, &crew->freezers);
	if (r == 0)
		r = start_squad(crew, &crew->thawers);
	pthread_mutex_unlock(&crew->lock);
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (r < 0) {
		(void)hvg_crew_free(crew);
		return r;
	}
	*ret = crew;
	return 0;
}

/* The lock is held. */
static bool has_ended(struct squad *squad)
{
	uint64_t end_us = clock_us() + END_US;
	struct timespec end = {
		.tv_sec = (time_t)(end_us / HVG_USEC_PER_SEC),
		.tv_nsec = (long)(end_us % HVG_USEC_PER_SEC * HVG_NSEC_PER_USEC),
	};

	(void)pthread_cond_broadcast(&squad->filled);
	while (squad->n_running > 0)
		if (pthread_cond_timedwait(&squad->ended, &squad->crew->lock, &end) == ETIMEDOUT)
			return false;
	return true;
}

int hvg_crew_free(struct hvg_crew *crew)
{
	bool ended;

	if (!crew)
		return 0;
	pthread_mutex_lock(&crew->lock);
	crew->is_stopping = true;
	ended = (!crew->freezers.crew || has_ended(&crew->freezers)) &&
		(!crew->thawers.crew || has_ended(&crew->thawers));
	pthread_mutex_unlock(&crew->lock);
	if (!ended)
		return -EBUSY;
	for (unsigned int i = 0; i < crew->freezers.n_threads; i++)
		(void)pthread_join(crew->freezers.threads[i], NULL);
	for (unsigned int i = 0; i < crew->thawers.n_threads; i++)
		(void)pthread_join(crew->thawers.threads[i], NULL);
	(void)hvg_close(crew->fd);
	free(crew);
	return 0;
}
