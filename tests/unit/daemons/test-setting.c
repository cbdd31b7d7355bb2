// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "common/setting.h"

#include <errno.h>
#include <string.h>

struct settings {
	bool flag;
	unsigned int number, mode, word;
	uint64_t span_us;
	char *text;
	char **list;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

enum {
	FLAG,
	NUMBER,
	MODE,
	SPAN,
	WORD,
	TEXT,
	LIST,
	N_ROWS,
};

static const struct hvg_setting rows[N_ROWS] = {
	[FLAG] = { "S", "Flag", "yes", "", HVG_BOOL(struct settings, flag) },
	[NUMBER] = { "S", "Number", "7", "", HVG_UNSIGNED(struct settings, number), .smallest = 5,
		.largest = UINT32_MAX },
	[MODE] = { "S", "Mode", "0644", "", HVG_MODE(struct settings, mode), .smallest = 0600,
		.largest = 0755 },
	[SPAN] = { "S", "Span", "2s", "", HVG_TIMESPAN(struct settings, span_us),
		.smallest = HVG_USEC_PER_SEC, .largest = 60 * HVG_USEC_PER_SEC },
	[WORD] = { "S", "Word", "green", "", HVG_WORD(struct settings, word, colours) },
	[TEXT] = { "S", "Text", "hello world", "", HVG_TEXT(struct settings, text), .largest = 12 },
	[LIST] = { "S", "List", "a b*", "", HVG_LIST(struct settings, list) },
};

static struct settings settings;

static void setup(void)
{
	settings = (struct settings){ 0 };
	for (unsigned int i = 0; i < N_ROWS; i++)
		ck_assert_int_eq(hvg_setting_reset(&rows[i], &settings), 0);
}

static void teardown(void)
{
	for (unsigned int i = 0; i < N_ROWS; i++)
		hvg_setting_done(&rows[i], &settings);
	ck_assert_ptr_null(settings.text);
	ck_assert_ptr_null(settings.list);
}

/* The list's words with a | behind each. */
static const char *listed(void)
{
	static char text[256];

	text[0] = '\0';
	for (unsigned int i = 0; settings.list[i]; i++) {
		strcat(text, settings.list[i]);
		strcat(text, "|");
	}
	return text;
}

START_TEST(starts_with_the_defaults)
{
	ck_assert(settings.flag);
	ck_assert_uint_eq(settings.number, 7);
	ck_assert_uint_eq(settings.mode, 0644);
	ck_assert_uint_eq(settings.span_us, 2000000);
	ck_assert_uint_eq(settings.word, 1);
	ck_assert_str_eq(settings.text, "hello world");
	ck_assert_str_eq(listed(), "a|b*|");
}
END_TEST

static const struct {
	const char *text;
	int result;
	bool value;
} flags[] = {
	{ "yes", 0, true },   { "true", 0, true },   { "on", 0, true },	      { "1", 0, true },
	{ "no", 0, false },   { "false", 0, false }, { "off", 0, false },     { "0", 0, false },
	{ "NO", 0, false },   { "", -EINVAL, true }, { "maybe", -EINVAL, true }, { "01", -EINVAL, true },
	{ "noo", -EINVAL, true },
};

START_TEST(takes_the_usual_words_for_yes_and_no)
{
	settings.flag = flags[_i].result < 0 ? flags[_i].value : !flags[_i].value;
	ck_assert_int_eq(hvg_setting_assign(&rows[FLAG], &settings, flags[_i].text), flags[_i].result);
	ck_assert_int_eq(settings.flag, flags[_i].value);
}
END_TEST

static const struct {
	unsigned int row;
	const char *text;
	int result;
	uint64_t value;
} numbers[] = {
	{ NUMBER, "5", 0, 5 },
	{ NUMBER, "010", 0, 10 },
	{ NUMBER, "4294967295", 0, UINT32_MAX },
	{ NUMBER, "4", -ERANGE, 7 },
	{ NUMBER, "4294967296", -ERANGE, 7 },
	{ NUMBER, "99999999999999999999999", -ERANGE, 7 },
	{ NUMBER, "", -EINVAL, 7 },
	{ NUMBER, "-5", -EINVAL, 7 },
	{ NUMBER, "0x10", -EINVAL, 7 },
	{ NUMBER, "5 ", -EINVAL, 7 },
	{ MODE, "0600", 0, 0600 },
	{ MODE, "640", 0, 0640 },
	{ MODE, "0", -ERANGE, 0644 },
	{ MODE, "0755", 0, 0755 },
	{ MODE, "0644", 0, 0644 },
	{ MODE, "0544", -ERANGE, 0644 },
	{ MODE, "0702", -ERANGE, 0644 },
	{ MODE, "01000", -ERANGE, 0644 },
	{ MODE, "0680", -EINVAL, 0644 },
	{ MODE, "rw-", -EINVAL, 0644 },
	{ SPAN, "1", 0, 1000000 },
	{ SPAN, "1min", 0, 60000000 },
	{ SPAN, "999ms", -ERANGE, 2000000 },
	{ SPAN, "61s", -ERANGE, 2000000 },
	{ SPAN, "infinity", -ERANGE, 2000000 },
	{ SPAN, "soon", -EINVAL, 2000000 },
	{ WORD, "blue", 0, 2 },
	{ WORD, "red", 0, 0 },
	{ WORD, "Blue", -EINVAL, 1 },
	{ WORD, "", -EINVAL, 1 },
};

static uint64_t number_of(unsigned int row)
{
	return row == NUMBER ? settings.number :
		row == MODE  ? settings.mode :
		row == SPAN  ? settings.span_us :
			       settings.word;
}

START_TEST(changes_a_number_only_to_one_it_may_have)
{
	ck_assert_int_eq(hvg_setting_assign(&rows[numbers[_i].row], &settings, numbers[_i].text),
		numbers[_i].result);
	ck_assert_uint_eq(number_of(numbers[_i].row), numbers[_i].value);
}
END_TEST

START_TEST(copies_text_up_to_its_limit)
{
	ck_assert_int_eq(hvg_setting_assign(&rows[TEXT], &settings, "123456789012"), 0);
	ck_assert_str_eq(settings.text, "123456789012");
	ck_assert_int_eq(hvg_setting_assign(&rows[TEXT], &settings, "1234567890123"), -ERANGE);
	ck_assert_str_eq(settings.text, "123456789012");
}
END_TEST

START_TEST(appends_words_to_a_list)
{
	ck_assert_int_eq(hvg_setting_assign(&rows[LIST], &settings, " c\t d  "), 0);
	ck_assert_str_eq(listed(), "a|b*|c|d|");
	ck_assert_int_eq(hvg_setting_assign(&rows[LIST], &settings, "  "), 0);
	ck_assert_str_eq(listed(), "a|b*|c|d|");
}
END_TEST

START_TEST(empties_a_list_but_gives_others_their_default)
{
	settings.number = 99;
	for (unsigned int i = 0; i < N_ROWS; i++)
		ck_assert_int_eq(hvg_setting_empty(&rows[i], &settings), 0);
	ck_assert_str_eq(listed(), "");
	ck_assert_uint_eq(settings.number, 7);
	ck_assert_str_eq(settings.text, "hello world");
}
END_TEST

START_TEST(limits_the_words_of_a_list)
{
	char words[2 * HVG_SETTING_WORDS_MAX];

	hvg_setting_empty(&rows[LIST], &settings);
	for (unsigned int i = 0; i < HVG_SETTING_WORDS_MAX; i++)
		memcpy(words + 2 * i, "x ", 2);
	words[sizeof(words) - 1] = '\0';
	ck_assert_int_eq(hvg_setting_assign(&rows[LIST], &settings, words), 0);
	ck_assert_int_eq(hvg_setting_assign(&rows[LIST], &settings, "y"), -ERANGE);
	ck_assert_ptr_nonnull(settings.list[HVG_SETTING_WORDS_MAX - 1]);
	ck_assert_ptr_null(settings.list[HVG_SETTING_WORDS_MAX]);
}
END_TEST

static const char *const descriptions[N_ROWS] = {
	[FLAG] = "yes or no",
	[NUMBER] = "a number from 5 to 4294967295",
	[MODE] = "file permissions from 0600 to 0755",
	[SPAN] = "a time from 1s to 1min",
	[WORD] = "one of red, green, blue",
	[TEXT] = "text of at most 12 bytes",
	[LIST] = "at most 1024 words",
};

START_TEST(says_what_it_expects)
{
	char text[64];

	hvg_setting_describe(&rows[_i], text, sizeof(text));
	ck_assert_str_eq(text, descriptions[_i]);
}
END_TEST

Suite *hvg_suite_daemons_setting(void)
{
	Suite *suite = suite_create("daemons-setting");
	TCase *tcase = hvg_suite_case(suite, "setting");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, starts_with_the_defaults);
	tcase_add_loop_test(tcase, takes_the_usual_words_for_yes_and_no, 0, HVG_ELEMENTS(flags));
	tcase_add_loop_test(tcase, changes_a_number_only_to_one_it_may_have, 0, HVG_ELEMENTS(numbers));
	tcase_add_test(tcase, copies_text_up_to_its_limit);
	tcase_add_test(tcase, appends_words_to_a_list);
	tcase_add_test(tcase, empties_a_list_but_gives_others_their_default);
	tcase_add_test(tcase, limits_the_words_of_a_list);
	tcase_add_loop_test(tcase, says_what_it_expects, 0, N_ROWS);
	return suite;
}
