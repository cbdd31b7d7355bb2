// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each type is parsed into a local first, so that a value which is no good changes nothing.
 */

#include "common/setting.h"

#include "base/text.h"
#include "base/units.h"
#include "common/timespan.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

static void *place_of(const struct hvg_setting *setting, void *settings)
{
	return (char *)settings + setting->offset;
}

static int assign_bool(bool *value, const char *text)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "yes", true }, { "no", false }, { "true", true }, { "false", false },
		{ "on", true },	 { "off", false }, { "1", true },   { "0", false },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(words); i++) {
		if (strcasecmp(words[i].word, text) == 0) {
			*value = words[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_number(const char *text, unsigned int base, uint64_t *ret)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (*text < '0' || digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(number, base, &number) ||
			__builtin_add_overflow(number, digit, &number))
			return -ERANGE;
	}
	*ret = number;
	return 0;
}

/* Permissions are no number: each bit of the smallest must be there, and none beyond the largest. */
static bool is_in_range(const struct hvg_setting *setting, uint64_t number)
{
	if (setting->type == HVG_SETTING_MODE)
		return (number & setting->smallest) == setting->smallest && (number & ~setting->largest) == 0;
	return number >= setting->smallest && number <= setting->largest;
}

static int assign_unsigned(const struct hvg_setting *setting, unsigned int *value, const char *text)
{
	uint64_t number;
	int r;

	r = parse_number(text, setting->type == HVG_SETTING_MODE ? 8 : 10, &number);
	if (r < 0)
		return r;
	if (!is_in_range(setting, number))
		return -ERANGE;
	*value = (unsigned int)number;
	return 0;
}

static int assign_timespan(const struct hvg_setting *setting, uint64_t *value, const char *text)
{
	uint64_t span_us;
	int r;

	r = hvg_timespan_parse(text, &span_us);
	if (r < 0)
		return r;
	if (!is_in_range(setting, span_us))
		return -ERANGE;
	*value = span_us;
	return 0;
}

static int assign_word(const struct hvg_setting *setting, unsigned int *value, const char *text)
{
	for (unsigned int i = 0; setting->words[i]; i++) {
		if (strcmp(setting->words[i], text) == 0) {
			*value = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int assign_text(const struct hvg_setting *setting, char **value, const char *text)
{
	char *copy;

	if (setting->largest > 0 && strlen(text) > setting->largest)
		return -ERANGE;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*value);
	*value = copy;
	return 0;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* The next word of text, which moves behind it; empty at the end. */
static struct hvg_span next_word(const char **text)
{
	struct hvg_span word = { .start = *text + strspn(*text, BLANKS) };

	word.size = strcspn(word.start, BLANKS);
	*text = word.start + word.size;
	return word;
}

static size_t count_words(const char *text)
{
	size_t n = 0;

	while (next_word(&text).size > 0)
		n++;
	return n;
}

static int append_words(char ***list, const char *text)
{
	size_t n = 0, n_more = count_words(text);
	char **longer;

	while ((*list)[n])
		n++;
	if (n + n_more > HVG_SETTING_WORDS_MAX)
		return -ERANGE;
	longer = reallocarray(*list, n + n_more + 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	*list = longer;
	for (size_t i = n; i < n + n_more; i++) {
		struct hvg_span word = next_word(&text);

		longer[i + 1] = NULL;
		longer[i] = strndup(word.start, word.size);
		if (!longer[i])
			return -ENOMEM;
	}
	return 0;
}

static int empty_list(char ***list)
{
	char **empty = calloc(1, sizeof(*empty));

	if (!empty)
		return -ENOMEM;
	free_list(*list);
	*list = empty;
	return 0;
}

int hvg_setting_assign(const struct hvg_setting *setting, void *settings, const char *text)
{
	void *value = place_of(setting, settings);

	switch (setting->type) {
	case HVG_SETTING_BOOL:
		return assign_bool(value, text);
	case HVG_SETTING_UNSIGNED:
	case HVG_SETTING_MODE:
		return assign_unsigned(setting, value, text);
	case HVG_SETTING_TIMESPAN:
		return assign_timespan(setting, value, text);
	case HVG_SETTING_WORD:
		return assign_word(setting, value, text);
	case HVG_SETTING_TEXT:
		return assign_text(setting, value, text);
	case HVG_SETTING_LIST:
		return append_words(value, text);
	}
	return -EINVAL;
}

int hvg_setting_reset(const struct hvg_setting *setting, void *settings)
{
	int r = 0;

	if (setting->type == HVG_SETTING_LIST)
		r = empty_list(place_of(setting, settings));
	if (r == 0)
		r = hvg_setting_assign(setting, settings, setting->standard);
	assert(r == 0 || r == -ENOMEM);
	return r;
}

int hvg_setting_empty(const struct hvg_setting *setting, void *settings)
{
	if (setting->type == HVG_SETTING_LIST)
		return empty_list(place_of(setting, settings));
	return hvg_setting_reset(setting, settings);
}

void hvg_setting_done(const struct hvg_setting *setting, void *settings)
{
	void *value = place_of(setting, settings);

	if (setting->type == HVG_SETTING_LIST) {
		free_list(*(char ***)value);
		*(char ***)value = NULL;
	}
	if (setting->type == HVG_SETTING_TEXT) {
		free(*(char **)value);
		*(char **)value = NULL;
	}
}

static void describe_words(const struct hvg_setting *setting, char *ret, size_t ret_size)
{
	(void)snprintf(ret, ret_size, "one of ");
	for (unsigned int i = 0; setting->words[i]; i++) {
		(void)hvg_text_append(ret, ret_size, i > 0 ? ", " : "");
		(void)hvg_text_append(ret, ret_size, setting->words[i]);
	}
}

static void describe_timespan(const struct hvg_setting *setting, char *ret, size_t ret_size)
{
	char smallest[HVG_TIMESPAN_SIZE], largest[HVG_TIMESPAN_SIZE];

	hvg_timespan_render(setting->smallest, smallest);
	hvg_timespan_render(setting->largest, largest);
	(void)snprintf(ret, ret_size, "a time from %s to %s", smallest, largest);
}

void hvg_setting_describe(const struct hvg_setting *setting, char *ret, size_t ret_size)
{
	switch (setting->type) {
	case HVG_SETTING_BOOL:
		(void)snprintf(ret, ret_size, "yes or no");
		break;
	case HVG_SETTING_UNSIGNED:
		(void)snprintf(ret, ret_size, "a number from %" PRIu64 " to %" PRIu64,
			setting->smallest, setting->largest);
		break;
	case HVG_SETTING_MODE:
		(void)snprintf(ret, ret_size, "file permissions from 0%03" PRIo64 " to 0%03" PRIo64,
			setting->smallest, setting->largest);
		break;
	case HVG_SETTING_TIMESPAN:
		describe_timespan(setting, ret, ret_size);
		break;
	case HVG_SETTING_WORD:
		describe_words(setting, ret, ret_size);
		break;
	case HVG_SETTING_TEXT:
		(void)snprintf(ret, ret_size, "text of at most %" PRIu64 " bytes", setting->largest);
		break;
	case HVG_SETTING_LIST:
		(void)snprintf(ret, ret_size, "at most %d words", HVG_SETTING_WORDS_MAX);
		break;
	}
}
