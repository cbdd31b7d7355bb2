/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_FCOPYD_TRANSFER_H
#define HVG_FCOPYD_TRANSFER_H

/*
 * Performs what service/fcopy decides, between the event loop and one thread:
 *
 *	loop	waits for START, and hands the deed to the thread, with the device on loan
 *	thread	makes the file, answers, and then reads, writes and answers by itself, one fragment
 *		after the other, until the file has ended; then the device goes back
 *	loop	watches the clock meanwhile: a deed that hangs is answered for without it
 *
 * So a fragment costs three system calls and no wake-up of the loop. Everything is under one lock,
 * which is let go of while the thread is inside the device or a deed.
 */

#include "base/sha256.h"
#include "os/filesink.h"
#include "service/fcopy.h"
#include "transport/transport.h"

#include <pthread.h>
#include <systemd/sd-event.h>

/* What became of a file, for the log and the bus. */
struct fcopyd_news {
	enum hvg_fcopy_event event;
	int code;
	const char *reason;    /* static text, or NULL */
	char path[PATH_MAX];   /* where it is, or was to be */
	uint64_t bytes, total; /* that came; that were announced */
	uint64_t started_us, ended_us;
	char sha256[HVG_SHA256_TEXT_SIZE]; /* of a file that is done; "": not asked for, or not known */
};

struct fcopyd_transfer_config {
	struct hvg_transport transport;
	uint64_t patience_us; /* the kernel's */

	/* All of these are called from the loop. */
	int (*send)(void *userdata, const void *bytes, size_t size); /* hvg_channel_driver_send */
	void (*lend)(void *userdata);
	void (*take_back)(void *userdata, int result, uint64_t received_us);
	void (*told)(void *userdata, const struct fcopyd_news *news);
	void (*progressed)(void *userdata); /* from time to time, while a file is coming */
	void (*became_idle)(void *userdata);
	void *userdata;
};

#define FCOPYD_NEWS_MAX 8

struct fcopyd_transfer {
	struct fcopyd_transfer_config config;
	sd_event_source *wake_source, *timer;
	int wake_fd;
	pthread_t thread;
	bool has_thread;

	pthread_mutex_t lock; /* everything below */
	pthread_cond_t changed;
	struct hvg_fcopy fcopy;
	struct hvg_filesink_config sink_config;
	struct hvg_filesink sink;     /* the thread's, while a deed is out */
	bool has_checksum;
	struct hvg_sha256 hash;	      /* as sink: of the bytes up to n_hashed */
	uint64_t n_hashed;
	char sha256[HVG_SHA256_TEXT_SIZE];
	struct hvg_fcopy_action deed; /* for the thread, or being done; WAIT: none */
	enum {
		FCOPYD_NOWHERE,
		FCOPYD_IN_DEVICE,
		FCOPYD_IN_DEED,
	} where; /* the thread is */
	bool has_loan, is_recalled; /* the thread has the device; the loop wants it back */
	bool loan_ended;	      /* the loop is to be told, with loan_result */
	bool is_stopping;
	int loan_result;
	uint64_t awake_us; /* when anybody last looked */
	uint64_t clock_us; /* the thread's time */
	struct fcopyd_news current, news[FCOPYD_NEWS_MAX];
	unsigned int n_news;
};

int fcopyd_transfer_init(struct fcopyd_transfer *transfer, sd_event *event,
	const struct fcopyd_transfer_config *config);

/*
 * Discards what is half there, and ends the thread. After patience_us it is left to itself, with all
 * that it uses: -ETIMEDOUT.
 */
int fcopyd_transfer_done(struct fcopyd_transfer *transfer, uint64_t patience_us);

/* A request from the channel. */
void fcopyd_transfer_serve(struct fcopyd_transfer *transfer, enum hvg_fcopy_form form, const void *bytes,
	size_t size);

/* The device is about to be closed. The thread has let go of it when this returns. */
void fcopyd_transfer_lost(struct fcopyd_transfer *transfer);

/* The host negotiates anew. From any thread. */
void fcopyd_transfer_reset(struct fcopyd_transfer *transfer);

/* Once in a while, so that a stall is told from idleness. */
void fcopyd_transfer_tick(struct fcopyd_transfer *transfer);

/* False while a file is coming: settings must not change under it. */
bool fcopyd_transfer_is_idle(struct fcopyd_transfer *transfer);
void fcopyd_transfer_configure(struct fcopyd_transfer *transfer, const struct hvg_filesink_config *sink,
	uint64_t max_bytes, bool has_checksum);

/* Whether a file is coming; if so, what of it is there. */
bool fcopyd_transfer_look(struct fcopyd_transfer *transfer, struct fcopyd_news *ret);

#endif
