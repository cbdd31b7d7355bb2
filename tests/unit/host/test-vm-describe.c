// SPDX-License-Identifier: LGPL-2.1-or-later

/* What the recorder says of the messages of each component: a line per message. */

#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/ic.h"

#include <linux/hyperv.h>
#include <string.h>

static uint8_t body[8192];

static void set_up(void)
{
	memset(body, 0, sizeof(body));
}

static void put_text(size_t at, const char *text)
{
	for (; *text; text++, at += 2)
		put_le16(body + at, (uint8_t)*text);
}

static void says(const struct ic_kind *kind, size_t size, bool is_reply, const char *wanted)
{
	struct text text = { 0 };

	kind->describe(&text, body, size, is_reply);
	ck_assert_str_eq(text.bytes, wanted);
}

START_TEST(tells_a_kvp_exchange)
{
	body[0] = KVP_OP_SET;
	body[1] = 3;
	put_le32(body + 4, 1);
	put_le32(body + 8, 8);
	put_le32(body + 12, 6);
	put_text(16, "key");
	put_text(528, "a\"");
	says(&ic_kvp, 2580, false, "SET pool 3 type 1 key 8 \"key\" value 6 \"a\\\"\"");
	body[0] = KVP_OP_GET;
	put_le32(body + 4, 8);
	put_le64(body + 528, 0x1234567890);
	says(&ic_kvp, 2580, true, "GET pool 3 type 8 key 8 \"key\" value 6 0x1234567890");
}
END_TEST

START_TEST(tells_an_enumeration_by_its_answer)
{
	body[0] = KVP_OP_ENUMERATE;
	body[1] = 2;
	put_le32(body + 4, 9);
	put_le32(body + 8, 1);
	put_le32(body + 12, 4);
	put_le32(body + 16, 4);
	put_text(20, "k");
	put_text(532, "v");
	says(&ic_kvp, 2580, false, "ENUMERATE pool 2 index 9");
	says(&ic_kvp, 2580, true, "ENUMERATE pool 2 index 9 type 1 key 4 \"k\" value 4 \"v\"");
}
END_TEST

START_TEST(tells_a_deletion)
{
	body[0] = KVP_OP_DELETE;
	put_le32(body + 4, 4);
	put_text(8, "k");
	says(&ic_kvp, 2580, false, "DELETE pool 0 key 4 \"k\"");
}
END_TEST

/* The fields' places, by the kernel's header; on the wire there is no gap before them. */
START_TEST(tells_addresses)
{
	const struct hv_kvp_ip_msg ip = {
		.operation = KVP_OP_SET_IP_INFO,
		.kvp_ip_val = { .adapter_id = { 'A' },
			.addr_family = 3,
			.dhcp_enabled = 1,
			.ip_addr = { 'B' },
			.sub_net = { 'C' },
			.gate_way = { 'D' },
			.dns_addr = { 'E' } },
	};

	memcpy(body, &ip, sizeof(ip));
	says(&ic_kvp, 7428, false,
		"SET_IP_INFO adapter \"A\" family 3 dhcp 1 addresses \"B\" subnets \"C\" "
		"gateways \"D\" dns \"E\"");
}
END_TEST

START_TEST(tells_little_of_what_is_short_or_unknown)
{
	body[0] = KVP_OP_SET_IP_INFO;
	says(&ic_kvp, 7427, false, "SET_IP_INFO pool 0");
	says(&ic_kvp, 2579, false, "SET_IP_INFO");
	body[0] = 9;
	says(&ic_kvp, 2580, false, "operation 9 pool 0");
	says(&ic_kvp, 0, false, "operation 255");
	body[0] = 8;
	says(&ic_vss, 12, false, "operation 8 flags 0");
	says(&ic_vss, 0, false, "operation 255");
	says(&ic_fcopy, 36, false, "operation 8");
	says(&ic_fcopy, 0, false, "operation 4294967295");
	says(&ic_heartbeat, 0, false, "");
	says(&ic_shutdown, 2059, false, "");
	says(&ic_timesync, 23, false, "");
}
END_TEST

START_TEST(tells_a_backup)
{
	body[0] = 5;
	put_le32(body + 8, 7);
	says(&ic_vss, 32, false, "FREEZE flags 7");
}
END_TEST

START_TEST(tells_a_copy)
{
	put_text(36, "name");
	put_text(556, "/path");
	put_le32(body + 1076, 3);
	put_le64(body + 1080, 6244);
	says(&ic_fcopy, 1088, false, "START name \"name\" path \"/path\" flags 3 size 6244");
	says(&ic_fcopy, 1088, true, "START");
	memset(body, 0, sizeof(body));
	body[0] = 1;
	put_le64(body + 40, 6144);
	put_le32(body + 48, 100);
	says(&ic_fcopy, 6196, false, "WRITE offset 6144 size 100");
	body[0] = 2;
	says(&ic_fcopy, 36, false, "COMPLETE");
}
END_TEST

START_TEST(tells_the_rest)
{
	put_le64(body, 101);
	says(&ic_heartbeat, 40, true, "sequence 101");
	set_up();
	put_le32(body, 0x80000000);
	put_le32(body + 4, 10);
	put_le32(body + 8, 2);
	put_text(12, "bye");
	says(&ic_shutdown, 2060, false, "flags 2 reason 80000000 timeout 10 \"bye\"");
	says(&ic_shutdown, 2060, true, "");
	set_up();
	put_le64(body, 77);
	body[16] = 2;
	says(&ic_timesync, 24, false, "time 77 flags 2");
	body[24] = 1;
	says(&ic_timesync, 32, false, "time 77 flags 1");
	says(&ic_timesync, 24, true, "");
}
END_TEST

START_TEST(shows_text_that_is_not_ascii)
{
	body[0] = KVP_OP_DELETE;
	put_le16(body + 8, 0xe4);
	put_le16(body + 10, 0x20ac);
	put_le16(body + 12, 0xd83d);
	put_le16(body + 14, '\n');
	put_le16(body + 16, '\\');
	put_le16(body + 18, 0x7f);
	put_le16(body + 20, 0x80);
	put_le16(body + 22, 0x7ff);
	put_le16(body + 24, 0x800);
	put_le16(body + 26, 0xd7ff);
	put_le16(body + 28, 0xd800);
	put_le16(body + 30, 0xdfff);
	put_le16(body + 32, 0xe000);
	put_le16(body + 34, 0x1f);
	put_le16(body + 36, 0x20);
	says(&ic_kvp, 2580, false,
		"DELETE pool 0 key 0 \"\u00e4\u20ac\\ud83d\\u000a\\\\"
		"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\\ud800\\udfff\xee\x80\x80"
		"\\u001f \"");
}
END_TEST

START_TEST(leaves_out_what_does_not_fit)
{
	struct text text = { 0 };

	for (unsigned int i = 0; i < TEXT_SIZE; i++)
		text_print(&text, "ab");
	ck_assert_uint_eq(strlen(text.bytes), TEXT_SIZE - 1);
	text_quote_utf16(&text, body, 10);
	ck_assert_uint_eq(strlen(text.bytes), TEXT_SIZE - 1);
}
END_TEST

Suite *hvg_suite_host_vm_describe(void)
{
	Suite *suite = suite_create("host/vm/describe");
	TCase *tcase = hvg_suite_case(suite, "lines");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, tells_a_kvp_exchange);
	tcase_add_test(tcase, tells_an_enumeration_by_its_answer);
	tcase_add_test(tcase, tells_a_deletion);
	tcase_add_test(tcase, tells_addresses);
	tcase_add_test(tcase, tells_little_of_what_is_short_or_unknown);
	tcase_add_test(tcase, tells_a_backup);
	tcase_add_test(tcase, tells_a_copy);
	tcase_add_test(tcase, tells_the_rest);
	tcase_add_test(tcase, shows_text_that_is_not_ascii);
	tcase_add_test(tcase, leaves_out_what_does_not_fit);
	return suite;
}
