// SPDX-License-Identifier: LGPL-2.1-or-later

/* What an adapter says of itself, in the bytes that hv_netvsc reads. */

#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/rndis.h"

#include <errno.h>
#include <string.h>

static const uint8_t mac[] = { 0x00, 0x15, 0x5d, 1, 2, 3 };
static uint8_t request[256], reply[RNDIS_MAX_REPLY];
static size_t reply_size;

static int asks(uint32_t type, uint32_t oid, uint32_t information_size)
{
	memset(request, 0, sizeof(request));
	put_le32(request, type);
	put_le32(request + 4, 28);
	put_le32(request + 8, 0xabcd);
	put_le32(request + 12, oid);
	put_le32(request + 16, information_size);
	return rndis_answer(mac, request, 28, reply, &reply_size);
}

static void expect(uint32_t type, uint32_t status, size_t size)
{
	ck_assert_uint_eq(reply_size, size);
	ck_assert_uint_eq(get_le32(reply), type);
	ck_assert_uint_eq(get_le32(reply + 4), size);
	ck_assert_uint_eq(get_le32(reply + 8), 0xabcd);
	ck_assert_uint_eq(get_le32(reply + 12), status);
}

START_TEST(initializes)
{
	ck_assert_int_eq(asks(2, 1, 0), 52);
	expect(0x80000002, 0, 52);
	ck_assert_uint_eq(get_le32(reply + 16), 1);
	ck_assert_uint_eq(get_le32(reply + 32), 8);
	ck_assert_uint_eq(get_le32(reply + 36), 0x4000);
}
END_TEST

static const struct {
	uint32_t oid, size, value;
} numbers[] = {
	{ 0x00010106, 4, 1500 },
	{ 0x00010107, 4, 100000000 },
	{ 0x00010114, 4, 0 },
	{ 0xfc01020d, 156, 0x009c01a7 },
	{ 0xfc01020d, 112, 0x007001a7 },
	{ 0xfc01020d, 400, 0x009c01a7 },
};

START_TEST(knows_what_linux_asks)
{
	uint32_t wanted = numbers[_i].size;
	uint32_t size = wanted > 156 ? 156 : wanted;

	ck_assert_int_eq(asks(4, numbers[_i].oid, wanted), (int)(24 + size));
	expect(0x80000004, 0, 24 + (size_t)size);
	ck_assert_uint_eq(get_le32(reply + 16), size);
	ck_assert_uint_eq(get_le32(reply + 20), 16);
	ck_assert_uint_eq(get_le32(reply + 24), numbers[_i].value);
}
END_TEST

START_TEST(tells_its_mac)
{
	for (uint32_t oid = 0x01010101; oid <= 0x01010102; oid++) {
		ck_assert_int_eq(asks(4, oid, 6), 30);
		expect(0x80000004, 0, 30);
		ck_assert_uint_eq(get_le32(reply + 16), 6);
		ck_assert_mem_eq(reply + 24, mac, 6);
	}
}
END_TEST

START_TEST(may_not_know_the_rest)
{
	ck_assert_int_eq(asks(4, 0x00010203, 18), 24);
	expect(0x80000004, 0xc00000bb, 24);
	ck_assert_uint_eq(get_le32(reply + 16), 0);
	ck_assert_int_eq(asks(4, 0x00020216, 512), 24);
	ck_assert_int_eq(asks(4, 0x12345678, 4), -EOPNOTSUPP);
	expect(0x80000004, 0xc00000bb, 24); /* the guest must have an answer */
}
END_TEST

START_TEST(is_set_up)
{
	static const uint32_t oids[] = { 0xfc01020c, 0x0001010e, 0x0001021b };

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(asks(5, oids[i], 4), 16);
		expect(0x80000005, 0, 16);
	}
	ck_assert_int_eq(asks(5, 0x12345678, 4), -EOPNOTSUPP);
	expect(0x80000005, 0xc00000bb, 16);
}
END_TEST

START_TEST(is_kept_alive_and_halted)
{
	ck_assert_int_eq(asks(8, 0, 0), 16);
	expect(0x80000008, 0, 16);
	ck_assert_int_eq(asks(3, 0, 0), 0);
	ck_assert_uint_eq(reply_size, 0);
}
END_TEST

START_TEST(refuses_nonsense)
{
	ck_assert_int_eq(asks(1, 0, 0), -EBADMSG);
	ck_assert_int_eq(asks(0x80000002, 0, 0), -EBADMSG);
	(void)asks(4, 0x00010106, 4);
	ck_assert_int_eq(rndis_answer(mac, request, 27, reply, &reply_size), -EBADMSG);
	ck_assert_int_eq(rndis_answer(mac, request, 11, reply, &reply_size), -EBADMSG);
	ck_assert_uint_eq(reply_size, 0);
}
END_TEST

Suite *hvg_suite_host_vm_rndis(void)
{
	Suite *suite = suite_create("host/vm/rndis");
	TCase *tcase = hvg_suite_case(suite, "answers");

	tcase_add_test(tcase, initializes);
	tcase_add_loop_test(
		tcase, knows_what_linux_asks, 0, sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(tcase, tells_its_mac);
	tcase_add_test(tcase, may_not_know_the_rest);
	tcase_add_test(tcase, is_set_up);
	tcase_add_test(tcase, is_kept_alive_and_halted);
	tcase_add_test(tcase, refuses_nonsense);
	return suite;
}
