// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "host/body.h"
#include "host/record.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct host_record record;
static struct host_kvp_message message;

static void begin(void)
{
	record_begin(&record, memfd_create("record", MFD_CLOEXEC));
	memset(&message, 0, sizeof(message));
}

static void end(void)
{
	close(record.fd);
	record_end(&record);
}

static void put(uint16_t *units, const char *text)
{
	for (size_t i = 0; text[i]; i++)
		units[i] = (uint16_t)text[i];
}

static void expect_recorded(const char *expected)
{
	char bytes[4096] = "";

	ck_assert_int_ge(pread(record.fd, bytes, sizeof(bytes) - 1, 0), 0);
	ck_assert_str_eq(bytes, expected);
}

START_TEST(shows_all_that_a_message_has)
{
	message.op = KVP_OP_SET;
	message.value_type = REG_SZ;
	message.key_size = 8;
	message.value_size = 6;
	put(message.key, "key");
	put(message.value.chars, "a");
	message.value.chars[1] = 0xe4;
	record_request(&record, &message);
	record_reply(&record, HV_S_CONT, &message);
	expect_recorded("host:  SET pool 0 index 0 type 1 key 8 'key' value 6 'a\\u00e4'\n"
			"guest: 80070103 SET pool 0 index 0 type 1 key 8 'key' value 6 'a\\u00e4'\n");
}
END_TEST

START_TEST(shows_what_stands_behind_a_text)
{
	message.op = KVP_OP_ENUMERATE;
	message.index = 3;
	put(message.key, "key");
	message.key[5] = 0xabcd;
	record_request(&record, &message);
	expect_recorded("host:  ENUMERATE pool 0 index 3 type 0 key 0 'key'+5:abcd value 0 ''\n");
}
END_TEST

START_TEST(leaves_repetitions_out)
{
	message.op = KVP_OP_DELETE;
	for (unsigned int i = 0; i < 3; i++)
		record_request(&record, &message);
	record_reply(&record, HOST_NO_ANSWER, &message);
	record_reply(&record, HOST_GONE, &message);
	record_event(&record, "host:  offers");
	expect_recorded("host:  DELETE pool 0 index 0 type 0 key 0 '' value 0 ''\n"
			"guest: no answer yet\nguest: withdrawn\nhost:  offers\n");
}
END_TEST

START_TEST(leaves_out_what_a_kernel_is_called)
{
	message.op = KVP_OP_ENUMERATE;
	put(message.key, "OSBuildNumber");
	put(message.value.chars, "6.1.0");
	record_request(&record, &message);
	put(message.key, "OSBuildNumbers");
	record_request(&record, &message);
	expect_recorded("host:  ENUMERATE pool 0 index 0 type 0 key 0 'OSBuildNumber' value of its own\n"
			"host:  ENUMERATE pool 0 index 0 type 0 key 0 'OSBuildNumbers' value 0 '6.1.0'\n");
}
END_TEST

Suite *hvg_suite_host_record(void)
{
	Suite *suite = suite_create("host/record");
	TCase *tcase = hvg_suite_case(suite, "record");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, shows_all_that_a_message_has);
	tcase_add_test(tcase, shows_what_stands_behind_a_text);
	tcase_add_test(tcase, leaves_repetitions_out);
	tcase_add_test(tcase, leaves_out_what_a_kernel_is_called);
	return suite;
}
