/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_JOURNAL_H
#define HVG_DAEMONS_JOURNAL_H

/*
 * Logging: to the journal with fields when systemd started us, else one line on stderr.
 *
 *	hvg_log(LOG_WARNING, HVG_MSG_DEVICE_BUSY, "%s is held by another program.", path);
 *	hvg_log_entry(&(struct hvg_log_entry){ LOG_NOTICE, HVG_MSG_REQUEST_REFUSED,
 *			      HVG_FIELDS({ "HVGUEST_KEY", key }, { "HVGUEST_POOL", pool }) },
 *		"Refused to store %s: the pool is full.", key);
 *
 * Foreign text may stand in messages and fields: control characters are escaped. Each kind of
 * message (its id, or else its format) is limited by ratelimit.h; what was kept back is counted
 * when the next of its kind is said. Debug messages have no limit. From the loop's thread only.
 */

#include "common/held.h"
#include "common/ratelimit.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <syslog.h>

#define HVG_LOG_FIELDS_MAX 8

struct hvg_field {
	const char *name; /* HVGUEST_…, in capitals */
	const char *value;
};

#define HVG_FIELDS(...)                                                                           \
	(const struct hvg_field[])                                                                \
	{                                                                                         \
		__VA_ARGS__, { NULL, NULL }                                                       \
	}

struct hvg_log_entry {
	int level;			/* LOG_ERR … LOG_DEBUG of syslog.h */
	const char *id;			/* of message-ids.h, or NULL */
	const struct hvg_field *fields; /* up to one without a name; or NULL */
};

/* The process's own journal is one of these. A test has others, and looks at what comes out. */
struct hvg_journal {
	const char *name; /* of the program */
	int level;	  /* what is less important than this is not logged */
	int fd;		  /* of the terminal; -EBADF: to the journal */
	bool has_colours;
	int (*send)(const struct iovec *fields, int n); /* sd_journal_sendv */
	uint64_t (*now_us)(void);
	struct hvg_ratelimit limit;
	struct hvg_held held;
};

/* Finds out where stderr leads. */
void hvg_journal_init(struct hvg_journal *journal, const char *name, bool is_debug);

void hvg_journal_write(struct hvg_journal *journal, const struct hvg_log_entry *entry,
	const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));

/*
 * From hold on, messages stay in memory: whoever takes them may write to a disk that is frozen, and
 * then keep us waiting. release writes them.
 */
void hvg_journal_hold(struct hvg_journal *journal);
void hvg_journal_release(struct hvg_journal *journal);

/* The process's journal. Before hvg_log_open it is stderr, without debug messages. */
void hvg_log_open(const char *name, bool is_debug);
struct hvg_journal *hvg_log_journal(void);

void hvg_log(int level, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void hvg_log_entry(const struct hvg_log_entry *entry, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
