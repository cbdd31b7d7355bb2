/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_FACTS_H
#define HVG_HVCTL_FACTS_H

/*
 * What is known of a guest: a sorted table of what was looked at and what stood there. It comes
 * from a machine (collect.h) or from a recording of one (recording.h), and nobody behind can
 * tell which.
 *
 * A path that begins with '/' is a file's, and the text is what the file says. Others are
 * questions that no file answers: "cpuid/40000001", "uname/machine",
 * "ethtool/eth0/tx-tcp-segmentation".
 *
 * A fact is its own evidence: whoever concludes something from it shows path and text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FACT_PATH_SIZE 256

enum fact_kind {
	FACT_MISSING, /* looked for, and not there; never stored */
	FACT_FILE,    /* text: what the file says, without its last line feed */
	FACT_LINK,    /* text: its target, as it is written there */
	FACT_FOLDER,  /* it exists; text is empty. Device nodes too */
	FACT_ERROR,   /* it exists and cannot be read: "EACCES" */
};

struct fact {
	char path[FACT_PATH_SIZE];
	enum fact_kind kind;
	const char *text; /* never NULL; lives as long as the facts */
};

struct facts;

struct facts *facts_new(void);
struct facts *facts_free(struct facts *facts);

/* 0; -ENOMEM; -ENAMETOOLONG for a path that does not fit. The first of two with one path
 * counts. */
int facts_add(struct facts *facts, enum fact_kind kind, const char *path, const char *text);

/* Before any is asked for. What is added afterwards is found after the next time. */
void facts_sort(struct facts *facts);

size_t facts_count(const struct facts *facts);
struct fact facts_at(const struct facts *facts, size_t i); /* by path; '/' sorts first */

/*
 * The fact of that path; FACT_FOLDER if only what is below it is known; FACT_MISSING, with the
 * path in it, if there is nothing.
 */
struct fact fact(const struct facts *facts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool fact_is_there(const struct fact *fact);
bool fact_is(const struct fact *fact, const char *text);

/* Whether reading it takes rights that the reader did not have. */
bool fact_is_denied(const struct fact *fact);

/* The number at the start of the text (decimal, or hexadecimal with 0x); fallback if there is
 * none. */
int64_t fact_number(const struct fact *fact, int64_t fallback);

/* The text without blanks at its ends, such as sysfs pads a disk's vendor with; as much as
 * fits. */
void fact_trim(const struct fact *fact, char *ret, size_t ret_size);

/* The last component of a link's target, or of the path. Lives as long as the fact. */
const char *fact_target(const struct fact *fact);

/* Whether the text has that word: "[none] mq-deadline" has "[none]". */
bool fact_has_word(const struct fact *fact, const char *word);

/*
 * What is in a folder, whether by itself or by what is in it:
 *
 *	struct facts_child child = { 0 };
 *	while (facts_next_child(facts, "/sys/class/net", &child))
 *		... child.name ...
 */
struct facts_child {
	char name[128];
	size_t next; /* where to go on */
};
bool facts_next_child(const struct facts *facts, const char *folder, struct facts_child *child);
size_t facts_count_children(const struct facts *facts, const char *folder);

#endif
