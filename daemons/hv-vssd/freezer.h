/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_FREEZER_H
#define HVG_VSSD_FREEZER_H

/*
 * The daemon's end of its freezer (freezer-main.c). The daemon keeps a copy of every descriptor: should
 * the freezer die, or be stopped when it is told to thaw, the daemon thaws itself, in a thread.
 */

#include "common/worker.h"
#include "hv-vssd/freezer-protocol.h"

#include <systemd/sd-event.h>

struct vssd_freezer_config {
	const char *path; /* of the program */
	const char *note; /* in /run; the freezer removes it if we are gone by then */
	uint64_t answer_us; /* how long it may take to say that it begins to thaw */

	/* Everything is frozen. */
	void (*frozen)(void *userdata);

	/* It thaws without being told: over follows, but what the host was told is not true from now on. */
	void (*thawing)(void *userdata);

	/*
	 * It is over: 0 as told, -ETIMEDOUT, -EPIPE when the freezer died, or why freezing failed. thaw_code
	 * is 0 if nothing is frozen any more. Until clear, thaw may be called for what still is.
	 */
	void (*over)(void *userdata, int code, int thaw_code);
	void *userdata;
};

struct vssd_freezer_job {
	const int *fds; /* the freezer's from now on, whatever the result */
	const uint32_t *levels;
	uint32_t n;
	int note_fd; /* likewise: the note is held by whoever may still freeze */
	uint64_t sync_us, frozen_us;
	bool fails_if_busy, fails_if_unsupported;
};

struct vssd_freezer;

int vssd_freezer_new(sd_event *event, const struct vssd_freezer_config *config, struct vssd_freezer **ret);

/* Ends the freezer's process, which thaws what is frozen. Takes NULL, returns NULL. */
struct vssd_freezer *vssd_freezer_free(struct vssd_freezer *freezer);

/* -EBUSY before clear, -EPIPE if there is no freezer (it is started again meanwhile). */
int vssd_freezer_freeze(struct vssd_freezer *freezer, const struct vssd_freezer_job *job);
void vssd_freezer_thaw(struct vssd_freezer *freezer);

/* After over, with a thaw_code of 0: closes the descriptors. */
void vssd_freezer_clear(struct vssd_freezer *freezer);

/* Where each file system is; lives until clear. */
const struct hvg_freeze_table *vssd_freezer_table(const struct vssd_freezer *freezer);

#endif
