// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The index against a plain model: an array of the records in the file, each with an identity, and
 * the list of identities that an enumeration promised. Few hash values, so that chains are long.
 */

#include "suites.h"
#include "random.h"

#include "os/poolindex.h"

#include <errno.h>
#include <string.h>

#define MAX_RECORDS 1000

struct model_record {
	uint32_t hash, id;
};

static struct model {
	struct model_record records[MAX_RECORDS];
	uint32_t n, next_id;
	uint32_t promised[MAX_RECORDS]; /* identities by position; 0: removed since */
	uint32_t n_promised;
} model;

static struct hvg_poolindex index_;

static void setup(void)
{
	model = (struct model){ .next_id = 1 };
	index_ = (struct hvg_poolindex){ 0 };
}

static void teardown(void)
{
	hvg_poolindex_done(&index_);
}

static void append(uint32_t hash)
{
	ck_assert_int_eq(hvg_poolindex_reserve(&index_, 1), 0);
	hvg_poolindex_append(&index_, hash);
	model.records[model.n++] = (struct model_record){ hash, model.next_id++ };
}

static void forget(uint32_t id)
{
	for (uint32_t i = 0; i < model.n_promised; i++)
		if (model.promised[i] == id)
			model.promised[i] = 0;
}

static void cut(void)
{
	ck_assert_int_eq(hvg_poolindex_reserve(&index_, 0), 0);
	hvg_poolindex_cut(&index_);
	forget(model.records[--model.n].id);
}

/* The record of one slot goes to a lower one, as the last step of a removal or one before. */
static void move(uint32_t from, uint32_t to)
{
	ck_assert_int_eq(hvg_poolindex_reserve(&index_, 0), 0);
	hvg_poolindex_move(&index_, from, to);
	forget(model.records[to].id);
	model.records[to] = model.records[from];
	model.records[from].id = model.next_id++; /* a copy, promised to nobody */
}

static void remove_slot(uint32_t slot)
{
	if (slot + 1 < model.n)
		move(model.n - 1, slot);
	cut();
}

static void rewind_both(void)
{
	hvg_poolindex_rewind(&index_);
	for (uint32_t i = 0; i < model.n; i++)
		model.promised[i] = model.records[i].id;
	model.n_promised = model.n;
}

static void check_at(uint32_t position)
{
	uint32_t at = position, slot = 0, expected = position;
	int r = hvg_poolindex_at(&index_, &at, &slot);

	while (expected < model.n_promised && model.promised[expected] == 0)
		expected++;
	if (expected >= model.n_promised) {
		ck_assert_int_eq(r, -ENOENT);
		return;
	}
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(at, expected);
	ck_assert_uint_lt(slot, model.n);
	ck_assert_uint_eq(model.records[slot].id, model.promised[expected]);
}

static void check_find(uint32_t hash, uint32_t limit)
{
	uint32_t highest = HVG_POOLINDEX_NONE, lowest = HVG_POOLINDEX_NONE;

	for (uint32_t i = 0; i < model.n; i++) {
		if (model.records[i].hash != hash)
			continue;
		if (i < limit)
			highest = i;
		if (i > limit && lowest == HVG_POOLINDEX_NONE)
			lowest = i;
	}
	ck_assert_uint_eq(hvg_poolindex_find(&index_, hash, limit), highest);
	ck_assert_uint_eq(hvg_poolindex_find_above(&index_, hash, limit), lowest);
}

static void check_all(void)
{
	ck_assert_uint_eq(index_.n, model.n);
	for (uint32_t position = 0; position <= model.n_promised + 1; position++)
		check_at(position);
	for (uint32_t hash = 0; hash < 12; hash++) {
		check_find(hash, HVG_POOLINDEX_NONE);
		check_find(hash, model.n / 2);
	}
}

static void walk_a_step(struct hvg_random *random)
{
	uint32_t what = hvg_random_below(random, 100);

	if (what < 40 && model.n < MAX_RECORDS)
		append(hvg_random_below(random, 10));
	else if (what < 80 && model.n > 0)
		remove_slot(hvg_random_below(random, model.n));
	else if (what < 85 && model.n > 2)
		move(model.n - 1 - hvg_random_below(random, model.n / 2),
			hvg_random_below(random, model.n / 2));
	else if (what < 88)
		rewind_both();
	else
		check_at(hvg_random_below(random, model.n_promised + 2));
}

START_TEST(agrees_with_a_plain_model)
{
	struct hvg_random random = hvg_random_from((unsigned int)_i);
	unsigned int n_steps = hvg_random_steps(600);

	for (unsigned int i = 0; i < n_steps; i++) {
		walk_a_step(&random);
		if (i % 16 == 0)
			check_all();
	}
	check_all();
	ck_assert_uint_le(index_.n_moved, index_.n_positions);
}
END_TEST

START_TEST(is_empty_at_first)
{
	check_all();
	rewind_both();
	check_all();
}
END_TEST

START_TEST(shows_appended_records_after_the_next_rewind)
{
	append(1);
	rewind_both();
	append(2);
	check_all();
	ck_assert_uint_eq(model.n_promised, 1);
	rewind_both();
	check_all();
}
END_TEST

/* A host may well remove what it is shown, one by one. */
START_TEST(misses_nothing_while_the_host_removes_what_it_sees)
{
	bool seen[MAX_RECORDS + 1] = { false };

	for (uint32_t i = 0; i < 100; i++)
		append(i % 10);
	rewind_both();
	for (uint32_t position = 0, slot;; position++) {
		uint32_t at = position;

		if (hvg_poolindex_at(&index_, &at, &slot) < 0)
			break;
		seen[model.records[slot].id] = true;
		if (position % 3 == 0)
			remove_slot(slot);
		check_all();
	}
	for (uint32_t id = 1; id <= 100; id++)
		ck_assert(seen[id]);
}
END_TEST

/* The record of the last position is left, in slot 0, behind nothing but holes. */
START_TEST(does_not_walk_over_the_same_holes_again)
{
	uint32_t n = HVG_POOL_MAX_RECORDS, slot, at = 0;

	ck_assert_int_eq(hvg_poolindex_reserve(&index_, n), 0);
	for (uint32_t i = 0; i < n; i++)
		hvg_poolindex_append(&index_, i);
	hvg_poolindex_rewind(&index_);
	ck_assert_int_eq(hvg_poolindex_reserve(&index_, 0), 0);
	hvg_poolindex_move(&index_, n - 1, 0);
	hvg_poolindex_cut(&index_);
	while (index_.n > 1) {
		ck_assert_int_eq(hvg_poolindex_reserve(&index_, 0), 0);
		if (index_.n > 2)
			hvg_poolindex_move(&index_, index_.n - 1, 1);
		hvg_poolindex_cut(&index_);
	}

	ck_assert_int_eq(hvg_poolindex_at(&index_, &at, &slot), 0);
	ck_assert_uint_eq(at, n - 1);
	ck_assert_uint_eq(slot, 0);
	for (uint32_t i = 0; i < n - 1; i++)
		ck_assert_uint_eq(index_.positions[i], UINT32_C(0x80000000) | (n - 1));
}
END_TEST

/* The writer reserves, a reader rewinds, the writer goes on. */
START_TEST(keeps_what_was_reserved_when_it_is_rewound)
{
	for (uint32_t i = 0; i < 1000; i++)
		append(i % 10);
	rewind_both();
	while (model.n > 1) {
		ck_assert_int_eq(hvg_poolindex_reserve(&index_, 1), 0);
		rewind_both();
		hvg_poolindex_append(&index_, 3);
		hvg_poolindex_cut(&index_);
		hvg_poolindex_move(&index_, model.n - 1, 0);
		forget(model.records[0].id);
		model.records[0] = model.records[model.n - 1];
		hvg_poolindex_cut(&index_);
		forget(model.records[--model.n].id = model.next_id++);
		if (model.n % 50 == 1)
			check_all();
	}
}
END_TEST

START_TEST(does_not_grow_while_a_key_comes_and_goes)
{
	size_t before;

	for (uint32_t i = 0; i < 100; i++)
		append(i);
	rewind_both();
	for (uint32_t i = 0; i < 200; i++) {
		append(1);
		remove_slot(i % 100);
	}
	before = hvg_poolindex_size_bytes(&index_);
	for (uint32_t i = 0; i < 20000; i++) {
		append(1);
		remove_slot(i % 100);
	}
	ck_assert_uint_le(hvg_poolindex_size_bytes(&index_), before);
}
END_TEST

static void check_memory(uint32_t n)
{
	ck_assert_uint_le(hvg_poolindex_size_bytes(&index_), (size_t)32 * n);
}

START_TEST(needs_at_most_32_bytes_for_a_record)
{
	for (uint32_t n = 1; n <= 20000; n++) {
		ck_assert_int_eq(hvg_poolindex_reserve(&index_, 1), 0);
		hvg_poolindex_append(&index_, n * 2654435761u);
		if (n >= 100)
			check_memory(n);
	}
	hvg_poolindex_rewind(&index_);
	for (uint32_t n = 20000; n > 100; n--) {
		ck_assert_int_eq(hvg_poolindex_reserve(&index_, 0), 0);
		hvg_poolindex_move(&index_, n - 1, n / 2);
		hvg_poolindex_cut(&index_);
		check_memory(20000);
		if (n % 7 == 0) {
			hvg_poolindex_rewind(&index_);
			ck_assert_int_eq(hvg_poolindex_reserve(&index_, 0), 0);
			check_memory(n - 1);
		}
	}
}
END_TEST

START_TEST(refuses_more_records_than_it_can_hold)
{
	ck_assert_int_eq(hvg_poolindex_reserve(&index_, HVG_POOL_MAX_RECORDS + 1), -EFBIG);
	append(1);
	ck_assert_int_eq(hvg_poolindex_reserve(&index_, HVG_POOL_MAX_RECORDS), -EFBIG);
	ck_assert_int_eq(hvg_poolindex_reserve(&index_, UINT32_MAX), -EFBIG);
}
END_TEST

static void fill(struct hvg_poolindex *index, uint32_t n)
{
	ck_assert_int_eq(hvg_poolindex_reserve(index, n), 0);
	for (uint32_t i = 0; i < n; i++)
		hvg_poolindex_append(index, model.records[i].hash);
}

START_TEST(keeps_positions_when_others_only_append)
{
	struct hvg_poolindex other = { 0 };

	for (uint32_t i = 0; i < 10; i++)
		append(i);
	rewind_both();
	remove_slot(2);
	check_all();
	model.records[model.n++] = (struct model_record){ 3, model.next_id++ };
	fill(&other, model.n);
	ck_assert_int_eq(hvg_poolindex_take(&index_, &other), 0);
	ck_assert_uint_eq(other.capacity, 0);
	check_all();
}
END_TEST

START_TEST(begins_anew_when_others_did_more_than_append)
{
	struct hvg_poolindex other = { 0 };

	for (uint32_t i = 0; i < 10; i++)
		append(i);
	rewind_both();
	remove_slot(2);
	model.records[5].hash = 11;
	fill(&other, model.n);
	ck_assert_int_eq(hvg_poolindex_take(&index_, &other), 0);
	for (uint32_t i = 0; i < model.n; i++)
		model.promised[i] = model.records[i].id;
	model.n_promised = model.n;
	check_all();
}
END_TEST

START_TEST(begins_anew_when_others_shortened_the_file)
{
	struct hvg_poolindex other = { 0 };

	for (uint32_t i = 0; i < 10; i++)
		append(i);
	rewind_both();
	model.n = model.n_promised = 4;
	fill(&other, model.n);
	ck_assert_int_eq(hvg_poolindex_take(&index_, &other), 0);
	check_all();
}
END_TEST

Suite *hvg_suite_os_poolindex(void)
{
	Suite *suite = suite_create("os/poolindex");
	TCase *tcase = hvg_suite_case(suite, "poolindex");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, agrees_with_a_plain_model, 0, 20);
	tcase_add_test(tcase, is_empty_at_first);
	tcase_add_test(tcase, shows_appended_records_after_the_next_rewind);
	tcase_add_test(tcase, misses_nothing_while_the_host_removes_what_it_sees);
	tcase_add_test(tcase, does_not_walk_over_the_same_holes_again);
	tcase_add_test(tcase, keeps_what_was_reserved_when_it_is_rewound);
	tcase_add_test(tcase, does_not_grow_while_a_key_comes_and_goes);
	tcase_add_test(tcase, needs_at_most_32_bytes_for_a_record);
	tcase_add_test(tcase, refuses_more_records_than_it_can_hold);
	tcase_add_test(tcase, keeps_positions_when_others_only_append);
	tcase_add_test(tcase, begins_anew_when_others_did_more_than_append);
	tcase_add_test(tcase, begins_anew_when_others_shortened_the_file);
	return suite;
}
