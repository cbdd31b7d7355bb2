// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A disk over a file: what it must have is kept in an array beside it, and compared after each step.
 */

#include "random.h"
#include "suites.h"

#include "host/vm/overlay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_SIZE (20 * 4096 + 512)
#define MAX_SIZE  (64 * 4096)
#define STEPS	  3000

static struct overlay overlay;
static uint8_t expected[MAX_SIZE];
static uint8_t file[FILE_SIZE];
static int file_fd;

static void set_up(void)
{
	char path[64];

	file_fd = memfd_create("file", 0);
	for (size_t i = 0; i < FILE_SIZE; i++)
		file[i] = (uint8_t)(i / 512 + 1);
	ck_assert_int_eq(write(file_fd, file, FILE_SIZE), FILE_SIZE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file_fd);
	ck_assert_int_eq(overlay_open(&overlay, path), 0);
	memset(expected, 0, sizeof(expected));
	memcpy(expected, file, FILE_SIZE);
}

static void tear_down(void)
{
	overlay_close(&overlay);
	close(file_fd);
}

/* Two vectors that meet anywhere. */
static void transfer(int (*way)(struct overlay *, struct iovec *, int, uint64_t), uint8_t *bytes, uint64_t at, size_t size)
{
	size_t first = size / 3;
	struct iovec vectors[] = { { bytes, first }, { bytes + first, size - first } };

	ck_assert_int_eq(way(&overlay, vectors, 2, at), 0);
}

static void put(uint64_t at, size_t size, uint8_t byte)
{
	static uint8_t bytes[MAX_SIZE];

	memset(bytes, byte, size);
	memset(expected + at, byte, size);
	transfer(overlay_write, bytes, at, size);
}

static void expect(uint64_t at, size_t size)
{
	static uint8_t found[MAX_SIZE];

	memset(found, 0xee, sizeof(found));
	transfer(overlay_read, found, at, size);
	ck_assert_mem_eq(found, expected + at, size);
}

static void expect_all(void)
{
	expect(0, (size_t)overlay.size);
}

static void expect_file_as_it_was(void)
{
	uint8_t found[FILE_SIZE];

	ck_assert_int_eq(pread(file_fd, found, FILE_SIZE, 0), FILE_SIZE);
	ck_assert_mem_eq(found, file, FILE_SIZE);
}

static void resize(uint64_t size)
{
	if (size < overlay.size)
		memset(expected + size, 0, (size_t)(MAX_SIZE - size));
	ck_assert_int_eq(overlay_resize(&overlay, size), 0);
	ck_assert_uint_eq(overlay.size, size);
}

START_TEST(has_what_the_file_has)
{
	ck_assert_uint_eq(overlay.size, FILE_SIZE);
	expect_all();
}
END_TEST

START_TEST(keeps_what_is_written_and_leaves_the_file_alone)
{
	put(4096, 4096, 'a');
	expect_all();
	put(3 * 4096 + 512, 512, 'b'); /* a part of a block */
	put(5 * 4096 - 512, 1024, 'c'); /* parts of two */
	put(7 * 4096 - 512, 3 * 4096, 'd');
	expect_all();
	expect_file_as_it_was();
}
END_TEST

START_TEST(is_zero_beyond_the_file)
{
	resize(MAX_SIZE);
	expect_all();
	put(FILE_SIZE - 512, 1024, 'e');
	put(MAX_SIZE - 512, 512, 'f');
	expect_all();
}
END_TEST

START_TEST(loses_what_is_cut_off)
{
	put(18 * 4096, 8192, 'g');
	resize(10 * 4096 + 512);
	resize(MAX_SIZE);
	expect_all();
	ck_assert_int_eq(overlay_resize(&overlay, OVERLAY_MAX_SIZE + 512), -ENOSPC);
	ck_assert_uint_eq(overlay.size, MAX_SIZE);
}
END_TEST

START_TEST(forgets_all_when_told)
{
	put(0, 8192, 'h');
	resize(MAX_SIZE);
	put(MAX_SIZE - 512, 512, 'i');
	ck_assert_int_eq(overlay_forget(&overlay), 0);
	memset(expected, 0, sizeof(expected));
	memcpy(expected, file, FILE_SIZE);
	ck_assert_uint_eq(overlay.size, FILE_SIZE);
	expect_all();
}
END_TEST

START_TEST(needs_no_file)
{
	struct overlay blank;
	uint8_t found[512] = { 1 };
	struct iovec vector = { found, sizeof(found) };

	ck_assert_int_eq(overlay_open(&blank, NULL), 0);
	ck_assert_uint_eq(blank.size, 0);
	ck_assert_int_eq(overlay_resize(&blank, 1 << 20), 0);
	ck_assert_int_eq(overlay_read(&blank, &vector, 1, 4096), 0);
	ck_assert_uint_eq(found[0], 0);
	overlay_close(&blank);
	ck_assert_int_eq(overlay_open(&blank, "/nowhere"), -ENOENT);
}
END_TEST

START_TEST(is_a_disk_like_any_other)
{
	struct hvg_random random = hvg_random_from(7);

	for (unsigned int i = 0; i < STEPS; i++) {
		uint64_t n = overlay.size / 512, at = hvg_random_below(&random, (uint32_t)n) * 512;
		size_t size = (size_t)(hvg_random_below(&random, 40) * 512);

		size = at + size > overlay.size ? (size_t)(overlay.size - at) : size;
		switch (hvg_random_below(&random, 100)) {
		case 0:
			resize((1 + hvg_random_below(&random, MAX_SIZE / 512)) * 512);
			break;
		case 1:
			expect_all();
			break;
		default:
			if (i % 2)
				put(at, size, (uint8_t)i);
			else
				expect(at, size);
		}
	}
	expect_all();
	expect_file_as_it_was();
}
END_TEST

Suite *hvg_suite_host_vm_overlay(void)
{
	Suite *suite = suite_create("host/vm/overlay");
	TCase *tcase = hvg_suite_case(suite, "overlay");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, has_what_the_file_has);
	tcase_add_test(tcase, keeps_what_is_written_and_leaves_the_file_alone);
	tcase_add_test(tcase, is_zero_beyond_the_file);
	tcase_add_test(tcase, loses_what_is_cut_off);
	tcase_add_test(tcase, forgets_all_when_told);
	tcase_add_test(tcase, needs_no_file);
	tcase_add_test(tcase, is_a_disk_like_any_other);
	return suite;
}
