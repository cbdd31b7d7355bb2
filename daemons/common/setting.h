/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_DAEMONS_SETTING_H
#define HVG_DAEMONS_SETTING_H

/*
 * One setting of a daemon: a row of its table, and how text becomes the value in its settings
 * struct.
 *
 *	struct kvp_settings { bool drop_stale; unsigned int max_records; char **exclude; };
 *
 *	static const struct hvg_setting rows[] = {
 *		{ "Pools", "DropStale", "yes", "Whether ….", HVG_BOOL(struct kvp_settings, drop_stale) },
 *		{ "Pools", "MaxRecords", "16384", "How many ….",
 *			HVG_UNSIGNED(struct kvp_settings, max_records), .smallest = 1, .largest = 1 << 20 },
 *		{ "Addresses", "ExcludeInterfaces", "docker* veth*", "Interfaces ….",
 *			HVG_LIST(struct kvp_settings, exclude) },
 *	};
 */

#include <stddef.h>
#include <stdint.h>

#define HVG_SETTING_WORDS_MAX 1024 /* of a list; ours, so that no file makes us slow */

enum hvg_setting_type {
	HVG_SETTING_BOOL,     /* bool: yes, true, on, 1 or no, false, off, 0 */
	HVG_SETTING_UNSIGNED, /* unsigned int: decimal, from smallest to largest */
	HVG_SETTING_MODE,     /* unsigned int: file permissions in octal, at most largest */
	HVG_SETTING_TIMESPAN, /* uint64_t microseconds, from smallest to largest (HVG_NEVER: infinity) */
	HVG_SETTING_WORD,     /* unsigned int: the place of the value in words */
	HVG_SETTING_TEXT,     /* char *, never NULL: at most largest bytes if largest is not 0 */
	HVG_SETTING_LIST,     /* char **, NULL at the end, never NULL: words between blanks */
};

struct hvg_setting {
	const char *section, *key;
	const char *standard; /* the default, as it would stand in the file */
	const char *help;     /* what it is and when to change it; full sentences */
	enum hvg_setting_type type;
	size_t offset;		  /* of the value in the settings struct */
	const char *const *words; /* WORD: NULL at the end */
	uint64_t smallest, largest;
};

/* The type and place of a value, checked against the type of the member. */
#define HVG_SETTING_AT(kind, settings, member, c_type)                                            \
	.type = (kind),                                                                           \
	.offset = offsetof(settings, member) +                                                    \
		0 * sizeof(char[_Generic(((settings *)NULL)->member, c_type: 1, default: -1)])
#define HVG_BOOL(settings, member)     HVG_SETTING_AT(HVG_SETTING_BOOL, settings, member, _Bool)
#define HVG_UNSIGNED(settings, member) HVG_SETTING_AT(HVG_SETTING_UNSIGNED, settings, member, unsigned int)
#define HVG_MODE(settings, member)     HVG_SETTING_AT(HVG_SETTING_MODE, settings, member, unsigned int)
#define HVG_TIMESPAN(settings, member) HVG_SETTING_AT(HVG_SETTING_TIMESPAN, settings, member, uint64_t)
#define HVG_WORD(settings, member, list)                                                          \
	HVG_SETTING_AT(HVG_SETTING_WORD, settings, member, unsigned int), .words = (list)
#define HVG_TEXT(settings, member) HVG_SETTING_AT(HVG_SETTING_TEXT, settings, member, char *)
#define HVG_LIST(settings, member) HVG_SETTING_AT(HVG_SETTING_LIST, settings, member, char **)

/*
 * Sets the value from text; a list grows by the words in it. -EINVAL if it cannot be such a value,
 * -ERANGE if it is too small or too large: the value stays as it is.
 */
int hvg_setting_assign(const struct hvg_setting *setting, void *settings, const char *text);

/* Sets the default. A default that the table itself forbids is a bug, and asserted. */
int hvg_setting_reset(const struct hvg_setting *setting, void *settings);

/* Makes a list empty; any other value takes its default. This is what "Key=" means. */
int hvg_setting_empty(const struct hvg_setting *setting, void *settings);

/* Frees the value. Zeroed memory is a valid settings struct for all of these. */
void hvg_setting_done(const struct hvg_setting *setting, void *settings);

/* What a value may be, as the end of "expected …"; cut to fit. */
void hvg_setting_describe(const struct hvg_setting *setting, char *ret, size_t ret_size);

#endif
