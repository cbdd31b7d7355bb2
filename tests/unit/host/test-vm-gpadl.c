// SPDX-License-Identifier: LGPL-2.1-or-later

/* Lists of pages, short and long, and those that make no sense. */

#include "suites.h"

#include "host/vm/bytes.h"
#include "host/vm/gpadl.h"

#include <errno.h>
#include <string.h>

#define MEMORY_PAGES 64

static uint8_t bytes[MEMORY_PAGES * 4096];
static struct memory memory = { bytes, sizeof(bytes) };
static struct gpadls gpadls;
static uint8_t message[240];

static void set_up(void)
{
	gpadls = (struct gpadls){ .memory = &memory };
	memset(message, 0, sizeof(message));
}

static void tear_down(void)
{
	gpadls_drop_all(&gpadls);
}

/* A header with the first n of n_pages page numbers, each one more than the last. */
static int begin(uint32_t relid, uint32_t id, uint32_t n_pages, uint32_t n, struct gpadl **ret)
{
	put_le32(message + 8, relid);
	put_le32(message + 12, id);
	put_le16(message + 18, 1);
	put_le32(message + 20, n_pages * 4096);
	for (uint32_t i = 0; i < n; i++)
		put_le64(message + 28 + (size_t)8 * i, i);
	return gpadls_begin(&gpadls, message, 28 + (size_t)8 * n, ret);
}

static int go_on(uint32_t id, uint64_t first, uint32_t n, struct gpadl **ret)
{
	put_le32(message + 12, id);
	for (uint32_t i = 0; i < n; i++)
		put_le64(message + 16 + (size_t)8 * i, first + i);
	return gpadls_continue(&gpadls, message, 16 + (size_t)8 * n, ret);
}

START_TEST(may_be_complete_at_once)
{
	struct gpadl *gpadl;

	ck_assert_int_eq(begin(3, 0xe1e10, 8, 8, &gpadl), 0);
	ck_assert_uint_eq(gpadl->n_seen, 8);
	ck_assert_ptr_eq(gpadls_find(&gpadls, 3, 0xe1e10), gpadl);
	ck_assert_ptr_eq(gpadl->pages[7], bytes + 7 * 4096);
	ck_assert_ptr_null(gpadls_find(&gpadls, 4, 0xe1e10));
	ck_assert_ptr_null(gpadls_find(&gpadls, 3, 0xe1e11));
}
END_TEST

START_TEST(is_there_only_when_it_is_complete)
{
	struct gpadl *gpadl;

	ck_assert_int_eq(begin(3, 1, 60, 26, &gpadl), 0);
	ck_assert_ptr_null(gpadls_find(&gpadls, 3, 1));
	ck_assert_int_eq(go_on(1, 26, 28, &gpadl), 0);
	ck_assert_ptr_null(gpadls_find(&gpadls, 3, 1));
	ck_assert_int_eq(go_on(1, 54, 6, &gpadl), 0);
	ck_assert_ptr_nonnull(gpadls_find(&gpadls, 3, 1));
	ck_assert_ptr_eq(gpadl->pages[59], bytes + 59 * 4096);
	ck_assert_int_eq(go_on(1, 0, 1, &gpadl), -EBADMSG);
}
END_TEST

START_TEST(counts_a_page_that_is_begun)
{
	struct gpadl *gpadl;

	put_le32(message + 24, 4095);
	ck_assert_int_eq(begin(1, 1, 1, 2, &gpadl), 0);
	ck_assert_uint_eq(gpadl->n_pages, 2);
}
END_TEST

START_TEST(has_pages_that_are_there)
{
	struct gpadl *gpadl;

	ck_assert_int_eq(begin(1, 1, 2, 1, &gpadl), 0);
	ck_assert_int_eq(go_on(1, MEMORY_PAGES, 1, &gpadl), -EBADMSG);
	ck_assert_int_eq(begin(1, 2, 2, 1, &gpadl), 0);
	ck_assert_int_eq(go_on(2, UINT64_MAX, 1, &gpadl), -EBADMSG);
	ck_assert_int_eq(begin(1, 3, 2, 1, &gpadl), 0);
	ck_assert_int_eq(go_on(3, MEMORY_PAGES - 1, 1, &gpadl), 0);
}
END_TEST

START_TEST(is_refused_when_it_makes_no_sense)
{
	struct gpadl *gpadl;

	ck_assert_int_eq(begin(1, 1, 0, 0, &gpadl), -EBADMSG);
	ck_assert_int_eq(begin(1, 1, GPADL_MAX_PAGES + 1, 1, &gpadl), -EBADMSG);
	ck_assert_int_eq(gpadls_begin(&gpadls, message, 27, &gpadl), -EBADMSG);
	ck_assert_int_eq(go_on(1, 0, 1, &gpadl), -EBADMSG);
	ck_assert_int_eq(begin(1, 1, 2, 2, &gpadl), 0);
	ck_assert_int_eq(begin(1, 1, 2, 2, &gpadl), -EBADMSG);
	put_le16(message + 18, 2); /* two ranges */
	put_le32(message + 12, 2);
	ck_assert_int_eq(gpadls_begin(&gpadls, message, 44, &gpadl), -EBADMSG);
	put_le32(message + 20, UINT32_MAX);
	put_le32(message + 24, UINT32_MAX);
	put_le16(message + 18, 1);
	ck_assert_int_eq(gpadls_begin(&gpadls, message, 44, &gpadl), -EBADMSG);
}
END_TEST

START_TEST(goes_alone_or_with_its_channel_or_with_all)
{
	struct gpadl *gpadl;

	for (uint32_t id = 1; id <= 4; id++)
		ck_assert_int_eq(begin(id <= 2 ? 1 : 2, id, 1, 1, &gpadl), 0);
	ck_assert(!gpadls_drop(&gpadls, 2, 1));
	ck_assert(gpadls_drop(&gpadls, 1, 1));
	ck_assert(!gpadls_drop(&gpadls, 1, 1));
	ck_assert_ptr_nonnull(gpadls_find(&gpadls, 1, 2));
	gpadls_drop_channel(&gpadls, 2);
	ck_assert_ptr_nonnull(gpadls_find(&gpadls, 1, 2));
	ck_assert_ptr_null(gpadls_find(&gpadls, 2, 3));
	ck_assert_ptr_null(gpadls_find(&gpadls, 2, 4));
	gpadls_drop_all(&gpadls);
	ck_assert_ptr_null(gpadls.first);
}
END_TEST

Suite *hvg_suite_host_vm_gpadl(void)
{
	Suite *suite = suite_create("host/vm/gpadl");
	TCase *tcase = hvg_suite_case(suite, "lists");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, may_be_complete_at_once);
	tcase_add_test(tcase, is_there_only_when_it_is_complete);
	tcase_add_test(tcase, counts_a_page_that_is_begun);
	tcase_add_test(tcase, has_pages_that_are_there);
	tcase_add_test(tcase, is_refused_when_it_makes_no_sense);
	tcase_add_test(tcase, goes_alone_or_with_its_channel_or_with_all);
	return suite;
}
