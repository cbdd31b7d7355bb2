/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_OS_FREEZECREW_H
#define HVG_OS_FREEZECREW_H

/*
 * Freezes many file systems together: threads that may block in the kernel, and a conductor that never
 * does.
 *
 *	phase		leaves it when			to
 *	IDLE		freeze				SYNCING
 *	SYNCING		all are synced, or its budget	FREEZING, level 0
 *			is used up; thaw		THAWING
 *	FREEZING	all of a level are frozen	FREEZING the next level, FROZEN
 *			one fails; frozen_us; thaw	THAWING, the last level that was begun
 *	FROZEN		frozen_us; thaw			THAWING
 *	THAWING		a level is thawed, or takes	THAWING the level above, OVER
 *			longer than HVG_CREW_LEVEL_US
 *	OVER		thaw: for what could not be thawed	THAWING
 *	any		adopt				THAWING
 *
 * A freeze that blocks cannot be stopped. When it succeeds after all, while the others are thawed, its
 * thread thaws at once; until then the crew is not OVER. Thawing has threads of its own.
 *
 * What has become of each file system stands in a table of the caller's, which may be memory that
 * another process sees, too: it is true at any time, even when this process is killed.
 */

#include <stdbool.h>
#include <stdint.h>

#define HVG_FREEZE_MAX 1024 /* file systems: more than one machine mounts from disks */

enum hvg_freeze_state {
	HVG_FREEZE_IDLE,     /* nothing was done, or it was thawed again */
	HVG_FREEZE_SYNCING,
	HVG_FREEZE_FREEZING, /* may be frozen at any moment */
	HVG_FREEZE_FROZEN,
	HVG_FREEZE_THAWING,  /* may still be frozen */
	HVG_FREEZE_THAWED,
	HVG_FREEZE_LEFT_OUT, /* it could not be frozen, and need not: code tells why */
	HVG_FREEZE_FAILED,   /* to be frozen */
};

struct hvg_freeze_slot {
	uint32_t level; /* 0 is frozen first */
	uint32_t state; /* enum hvg_freeze_state; written last */
	int32_t code;	/* of the deed that failed: negative errno */
	uint64_t sync_us, freeze_us, thaw_us; /* how long each deed took */
};

struct hvg_freeze_table {
	uint32_t n, n_levels;
	uint64_t first_freeze_us, last_thaw_us; /* CLOCK_MONOTONIC; 0: not yet */
	struct hvg_freeze_slot slots[HVG_FREEZE_MAX];
};

/* Blocking functions; the real ones are those of fsfreeze.h. */
struct hvg_crew_deeds {
	int (*sync)(int fd);
	int (*freeze)(int fd);
	int (*thaw)(int fd);
};

extern const struct hvg_crew_deeds hvg_crew_real_deeds;

struct hvg_crew_config {
	const struct hvg_crew_deeds *deeds;
	struct hvg_freeze_table *table; /* n, n_levels and the slots' levels filled in, sorted by level */
	const int *fds;			/* as many as slots; they stay the caller's */
	uint64_t sync_us;   /* how long to sync before freezing begins anyway */
	uint64_t frozen_us; /* from the first freeze until everything is thawed without being told */
	bool fails_if_busy;	   /* somebody else has frozen one: fail, or leave it out */
	bool fails_if_unsupported; /* one cannot be frozen: likewise */
};

enum hvg_crew_phase {
	HVG_CREW_IDLE,
	HVG_CREW_SYNCING,
	HVG_CREW_FREEZING,
	HVG_CREW_FROZEN,
	HVG_CREW_THAWING,
	HVG_CREW_OVER,
};

struct hvg_crew_status {
	enum hvg_crew_phase phase;
	int code;	      /* THAWING, OVER: why: 0 as told, -ETIMEDOUT frozen_us, or what failed */
	int thaw_code;	      /* OVER: 0, or why something is still frozen */
	uint64_t deadline_us; /* call step then, even if nobody says anything; HVG_NEVER for never */
};

#define HVG_CREW_LEVEL_US UINT64_C(500000) /* ours: a thousand times what a thaw takes */

struct hvg_crew;

/* Makes the threads. The config's pointers must live as long as the crew. */
int hvg_crew_new(const struct hvg_crew_config *config, struct hvg_crew **ret);

/* -EBUSY if a thread hangs in the kernel: then the crew, and all that it uses, is left for ever. */
int hvg_crew_free(struct hvg_crew *crew);

/* Readable when step has something to do. */
int hvg_crew_fd(const struct hvg_crew *crew);

void hvg_crew_freeze(struct hvg_crew *crew, uint64_t now_us);
void hvg_crew_thaw(struct hvg_crew *crew, uint64_t now_us);

/*
 * Thaws all that the table says was ever begun, whoever did: a process that is dead, or is dying and may
 * have been wrong. Once more, if this was called before; what a thread is at is left to it.
 */
void hvg_crew_adopt(struct hvg_crew *crew);

/* Blocks until it is OVER, for that long at most: its thaw_code, or -ETIMEDOUT. */
int hvg_crew_finish(struct hvg_crew *crew, uint64_t patience_us);

struct hvg_crew_status hvg_crew_step(struct hvg_crew *crew, uint64_t now_us);

#endif
