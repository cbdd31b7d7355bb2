// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A span is a sum of terms: a decimal number and a unit. Only a term that stands alone may do
 * without the unit.
 */

#include "common/timespan.h"

#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define USEC_PER_MIN  (60 * HVG_USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY  (24 * USEC_PER_HOUR)

static const struct unit {
	const char *name;
	uint64_t us;
} units[] = {
	/* The first name of each size is the one we write; from large to small. */
	{ "d", USEC_PER_DAY },
	{ "day", USEC_PER_DAY },
	{ "days", USEC_PER_DAY },
	{ "h", USEC_PER_HOUR },
	{ "hr", USEC_PER_HOUR },
	{ "hour", USEC_PER_HOUR },
	{ "hours", USEC_PER_HOUR },
	{ "min", USEC_PER_MIN },
	{ "m", USEC_PER_MIN },
	{ "minute", USEC_PER_MIN },
	{ "minutes", USEC_PER_MIN },
	{ "s", HVG_USEC_PER_SEC },
	{ "sec", HVG_USEC_PER_SEC },
	{ "second", HVG_USEC_PER_SEC },
	{ "seconds", HVG_USEC_PER_SEC },
	{ "ms", HVG_USEC_PER_MSEC },
	{ "msec", HVG_USEC_PER_MSEC },
	{ "us", 1 },
	{ "usec", 1 },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* The digits before the point, in units; moves text behind them. */
static int parse_whole(const char **text, uint64_t unit_us, uint64_t *ret_us)
{
	uint64_t whole = 0, us;

	for (; is_digit(**text); (*text)++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
			__builtin_add_overflow(whole, (uint64_t)(**text - '0'), &whole))
			return -ERANGE;
	if (__builtin_mul_overflow(whole, unit_us, &us))
		return -ERANGE;
	*ret_us = us;
	return 0;
}

/* The digits behind the point. A day has 11 digits of microseconds: no product here overflows. */
static uint64_t parse_fraction(const char *digits, uint64_t unit_us)
{
	uint64_t us = 0, scale = unit_us;

	for (; is_digit(*digits) && scale > 0; digits++) {
		us += scale * (uint64_t)(*digits - '0') / 10;
		scale /= 10;
	}
	return us;
}

/* Moves text behind the unit. */
static int parse_unit(const char **text, uint64_t *ret_us)
{
	size_t n = 0;

	while (is_letter((*text)[n]))
		n++;
	for (size_t i = 0; i < HVG_ELEMENTS(units); i++) {
		if (strlen(units[i].name) == n && strncmp(units[i].name, *text, n) == 0) {
			*text += n;
			*ret_us = units[i].us;
			return 0;
		}
	}
	return -EINVAL;
}

/* One term of the sum, of which is_first says whether others stand before it. */
static int parse_term(const char **text, bool is_first, uint64_t *ret_us)
{
	const char *number = *text, *fraction = "", *at = number + strspn(number, "0123456789");
	uint64_t unit_us = HVG_USEC_PER_SEC, us;
	int r;

	if (at == number)
		return -EINVAL;
	if (*at == '.') {
		fraction = ++at;
		at += strspn(at, "0123456789");
		if (at == fraction)
			return -EINVAL;
	}
	at = skip_blanks(at);
	r = is_first && *at == '\0' ? 0 : parse_unit(&at, &unit_us);
	if (r < 0)
		return r;
	r = parse_whole(&number, unit_us, &us);
	if (r < 0)
		return r;
	if (__builtin_add_overflow(us, parse_fraction(fraction, unit_us), &us))
		return -ERANGE;
	*text = skip_blanks(at);
	*ret_us = us;
	return 0;
}

int hvg_timespan_parse(const char *text, uint64_t *ret_us)
{
	uint64_t sum = 0, us;
	bool is_first = true;
	int r;

	if (strcmp(text, "infinity") == 0) {
		*ret_us = HVG_NEVER;
		return 0;
	}
	text = skip_blanks(text);
	do {
		r = parse_term(&text, is_first, &us);
		if (r < 0)
			return r;
		if (__builtin_add_overflow(sum, us, &sum) || sum == HVG_NEVER)
			return -ERANGE;
		is_first = false;
	} while (*text);
	*ret_us = sum;
	return 0;
}

void hvg_timespan_render(uint64_t span_us, char ret[static HVG_TIMESPAN_SIZE])
{
	const struct unit *unit = units;

	if (span_us == HVG_NEVER || span_us == 0) {
		snprintf(ret, HVG_TIMESPAN_SIZE, "%s", span_us == 0 ? "0" : "infinity");
		return;
	}
	while (span_us % unit->us != 0)
		unit++;
	snprintf(ret, HVG_TIMESPAN_SIZE, "%" PRIu64 "%s", span_us / unit->us, unit->name);
}
