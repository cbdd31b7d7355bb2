// SPDX-License-Identifier: LGPL-2.1-or-later

/* IC messages: the bytes as the kernel's structs have them, and answers that are none. */

#include "suites.h"

#include "host/vm/icmsg.h"

#include <linux/hyperv.h>
#include <string.h>

static uint8_t bytes[ICMSG_HEADERS + ICMSG_MAX_NEGOTIATION];

START_TEST(has_the_bytes_that_linux_reads)
{
	static const uint8_t wanted[] = { 1, 0, 0, 0, 22, 0, 0,
		0,                                  /* pipe: data, 20 + 2 bytes */
		3, 0, 1, 0, 2, 0, 4, 0, 2, 0, 2, 0, /* framework 3.1, KVP 4.2, 2 bytes */
		0, 0, 0, 0, 0xa5, 3, 0, 0,          /* status, transaction, a request */
		'h', 'i' };
	const struct icmsg icmsg = {
		.framework = { 3, 1 },
		.message = { 4, 2 },
		.type = ICMSG_KVP,
		.transaction = 0xa5,
		.body = (const uint8_t *)"hi",
		.size = 2,
	};

	memset(bytes, 0xff, sizeof(bytes));
	icmsg_encode(&icmsg, bytes);
	ck_assert_mem_eq(bytes, wanted, sizeof(wanted));
}
END_TEST

START_TEST(offers_versions_in_order)
{
	static const uint8_t wanted[] = { 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0,
		1, 0 };
	const struct icmsg_versions versions = {
		.n_framework = 1,
		.framework = { { 3, 0 } },
		.n_message = 2,
		.message = { { 4, 0 }, { 5, 1 } },
	};

	ck_assert_uint_eq(icmsg_encode_versions(&versions, bytes), sizeof(wanted));
	ck_assert_mem_eq(bytes, wanted, sizeof(wanted));
}
END_TEST

/* As Linux answers: in the bytes of the request. */
static const uint8_t reply[] = { 1, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0,
	0, 0, 0, 0, 7, 5, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 1, 0 };

START_TEST(reads_what_the_guest_has_chosen)
{
	struct icmsg_version framework, message;
	struct icmsg icmsg;

	ck_assert(icmsg_decode(reply, sizeof(reply), &icmsg));
	ck_assert_uint_eq(icmsg.type, ICMSG_NEGOTIATE);
	ck_assert_uint_eq(icmsg.transaction, 7);
	ck_assert(icmsg_decode_choice(&icmsg, &framework, &message));
	ck_assert_uint_eq(framework.major, 3);
	ck_assert_uint_eq(message.major, 4);
	ck_assert_uint_eq(message.minor, 1);
	icmsg.size--;
	ck_assert(!icmsg_decode_choice(&icmsg, &framework, &message));
}
END_TEST

START_TEST(sees_that_nothing_was_chosen)
{
	struct icmsg_version framework = { 77, 0 }, message = { 77, 0 };
	struct icmsg icmsg;

	for (unsigned int i = 0; i < 4; i++) {
		memcpy(bytes, reply, sizeof(reply));
		bytes[i < 2 ? 28 : 30] = i % 2 ? 0 : 2;
		ck_assert(icmsg_decode(bytes, sizeof(reply), &icmsg));
		ck_assert(!icmsg_decode_choice(&icmsg, &framework, &message));
	}
	ck_assert_uint_eq(framework.major, 77);
}
END_TEST

START_TEST(takes_answers_only)
{
	struct icmsg icmsg;

	memcpy(bytes, reply, sizeof(reply));
	ck_assert(!icmsg_decode(bytes, ICMSG_HEADERS - 1, &icmsg));
	ck_assert(icmsg_decode(bytes, ICMSG_HEADERS, &icmsg));
	ck_assert_uint_eq(icmsg.size, 0);
	bytes[25] = 3; /* a request */
	ck_assert(!icmsg_decode(bytes, sizeof(reply), &icmsg));
}
END_TEST

Suite *hvg_suite_host_vm_icmsg(void)
{
	Suite *suite = suite_create("host/vm/icmsg");
	TCase *tcase = hvg_suite_case(suite, "bytes");

	tcase_add_test(tcase, has_the_bytes_that_linux_reads);
	tcase_add_test(tcase, offers_versions_in_order);
	tcase_add_test(tcase, reads_what_the_guest_has_chosen);
	tcase_add_test(tcase, sees_that_nothing_was_chosen);
	tcase_add_test(tcase, takes_answers_only);
	return suite;
}
