// SPDX-License-Identifier: LGPL-2.1-or-later

/* Signals are made here, and are never sent: a message that is sealed can be read. */

#include "suites.h"

#include "hvctl/signal-words.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static sd_bus *bus;
static sd_bus_message *message;
static int other_end;

static void setup(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	other_end = ends[1];
	ck_assert_int_ge(sd_bus_new(&bus), 0);
	ck_assert_int_ge(sd_bus_set_fd(bus, ends[0], ends[0]), 0);
	ck_assert_int_ge(sd_bus_start(bus), 0);
	ck_assert_int_ge(
		sd_bus_message_new_signal(bus, &message, "/test", "org.hvguest.Test1", "Told"),
		0);
}

static void teardown(void)
{
	sd_bus_message_unref(message);
	sd_bus_close(bus);
	sd_bus_unref(bus);
	close(other_end);
}

/* Reads what has been appended, with blanks between the words. */
static const char *read_by(json_t *(*read)(sd_bus_message *message))
{
	static char line[1024];
	json_t *words, *word;
	size_t i;

	ck_assert_int_ge(sd_bus_message_seal(message, 1, 0), 0);
	ck_assert_int_ge(sd_bus_message_rewind(message, true), 0);
	words = read(message);
	line[0] = '\0';
	json_array_foreach(words, i, word)
	{
		strcat(line, i > 0 ? " " : "");
		strcat(line, json_string_value(word));
	}
	json_decref(words);
	return line;
}

START_TEST(tells_values_of_each_type)
{
	sd_bus_message_append(message, "sbbxxtd", "text", true, false, INT64_MIN, (int64_t)5,
		UINT64_MAX, -0.25);
	ck_assert_str_eq(read_by(signal_arguments),
		"text yes no -9223372036854775808 5 18446744073709551615 -0.25");
}
END_TEST

START_TEST(leaves_out_what_is_no_word_and_goes_on)
{
	sd_bus_message_append(
		message, "sas(xs)us", "first", 2, "a", "b", (int64_t)1, "c", 7, "last");
	ck_assert_str_eq(read_by(signal_arguments), "first last");
}
END_TEST

START_TEST(tells_nothing_of_a_signal_without_arguments)
{
	ck_assert_str_eq(read_by(signal_arguments), "");
}
END_TEST

START_TEST(tells_properties_by_their_names)
{
	sd_bus_message_append(message, "sa{sv}as", "org.hvguest.Test1", 4, "State", "s",
		"serving", "Names", "as", 1, "a", "Registered", "b", true, "Bytes", "t",
		UINT64_C(12), 1, "Gone");
	ck_assert_str_eq(read_by(signal_properties), "State=serving Registered=yes Bytes=12");
}
END_TEST

Suite *hvg_suite_hvctl_signal_words(void)
{
	Suite *suite = suite_create("signal-words");
	TCase *tcase = hvg_suite_case(suite, "signal-words");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, tells_values_of_each_type);
	tcase_add_test(tcase, leaves_out_what_is_no_word_and_goes_on);
	tcase_add_test(tcase, tells_nothing_of_a_signal_without_arguments);
	tcase_add_test(tcase, tells_properties_by_their_names);
	return suite;
}
