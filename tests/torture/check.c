// SPDX-License-Identifier: LGPL-2.1-or-later

/* What must be true after every crash. */

#include "torture.h"
#include "tracer.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What is left of a torn record or page. */
#define TORN_BYTES 1024

/* Of the states whose recoveries can be killed, one in so many is chosen for it. */
#define FEW_ONE_IN 4

static bool check_locks(struct torture *torture)
{
	for (enum place_lock lock = PLACE_FLOCK; lock < PLACE_N_LOCKS; lock++)
		if (place_is_locked(&torture->place, lock))
			return complain(torture, "lock %d was left behind", (int)lock);
	return true;
}

static bool check_file(
	struct torture *torture, const struct model *model, const struct tolerance *tolerance)
{
	struct image file = image_read(torture->place.paths[PLACE_POOL]);
	char why[256];
	bool is_good = model_compare(model, tolerance, &file, why);

	image_free(&file);
	return is_good || complain(torture, "%s", why);
}

/* What the store shows is what lies in the file. */
static bool check_view(struct torture *torture, struct hvg_poolstore *store)
{
	struct image file = image_read(torture->place.paths[PLACE_POOL]);
	struct hvg_pool_record is, should;
	uint32_t n = 0, slot = 0;
	bool is_good;

	is_good = hvg_poolstore_count(store, true, &n) == 0 &&
		n == file.size / HVG_POOL_RECORD_SIZE;
	for (; is_good && slot < n; slot++) {
		hvg_pool_record_decode(
			file.bytes + (size_t)slot * HVG_POOL_RECORD_SIZE, &should);
		is_good = hvg_poolstore_slot(store, slot, true, &is) == 0 &&
			strcmp(is.key, should.key) == 0 && strcmp(is.value, should.value) == 0;
	}
	image_free(&file);
	return is_good || complain(torture, "record %u of %u is not shown as it is", slot, n);
}

/* From whatever the file holds now, the next changes are exact. */
static bool check_next(struct torture *torture, struct hvg_poolstore *store)
{
	static const struct change changes[] = {
		{ CHANGE_SET, "next", 1000001 },
		{ CHANGE_SET, "next", 1000002 },
		{ CHANGE_UNSET, "next", 0 },
	};
	struct image file = image_read(torture->place.paths[PLACE_POOL]);
	char value[HVG_POOL_VALUE_SIZE];
	struct model model;
	bool is_good = true;
	int r;

	model_load(&model, &file);
	image_free(&file);
	for (size_t i = 0; is_good && i < sizeof(changes) / sizeof(changes[0]); i++) {
		change_value(&changes[i], value);
		r = changes[i].kind == CHANGE_SET
			? hvg_poolstore_set(store, changes[i].key, value)
			: hvg_poolstore_unset(store, changes[i].key);
		model_apply(&model, &changes[i]);
		is_good = r == 0
			? check_file(torture, &model, &(struct tolerance){ 0 })
			: complain(torture, "the next change failed: %s", strerror(-r));
	}
	model_free(&model);
	return is_good;
}

static bool check_store(
	struct torture *torture, const struct model *model, const struct tolerance *tolerance)
{
	struct hvg_poolstore *store = place_open(&torture->place);
	int r = hvg_poolstore_recover(store, NULL);
	bool is_good;

	if (r < 0)
		is_good = complain(torture, "recovery failed: %s", strerror(-r));
	else
		is_good = check_file(torture, model, tolerance) && check_view(torture, store) &&
			check_next(torture, store);
	hvg_poolstore_free(store);
	return is_good;
}

bool check_after(
	struct torture *torture, const struct model *model, const struct tolerance *tolerance)
{
	unsigned int n_before = count_descriptors(getpid());

	torture->n_checks++;
	if (!check_locks(torture) || !check_store(torture, model, tolerance) ||
		!check_locks(torture))
		return false;
	if (count_descriptors(getpid()) != n_before)
		return complain(torture, "descriptors leak");
	return place_is_unchanged(&torture->place) ||
		complain(torture, "the folder has other files than it had");
}

/* Recoveries that are killed. */

static void recover(void *data)
{
	struct hvg_poolstore *store = place_open(data);

	tracer_begin();
	(void)hvg_poolstore_recover(store, NULL);
}

/* Of a row of journal pages, as when the journal is made, the first one speaks for all. */
static bool is_next_page(const struct tracer *tracer, bool *was_page)
{
	bool is_page = tracer->call == SYS_pwrite64 && tracer_is_of(tracer, PLACE_JOURNAL);
	bool is_next = is_page && *was_page;

	*was_page = is_page;
	return is_next;
}

/* Ends a recovery before its deed number at, or in the middle of it; false if it has none. */
static bool kill_recovery(struct torture *torture, unsigned int at, bool is_torn)
{
	bool was_killed = false, was_page = false;
	struct tracer tracer;
	unsigned int n = 0;

	tracer_start(&tracer, &torture->place, recover, &torture->place);
	while (!was_killed && tracer_next(&tracer))
		was_killed = tracer.is_entry && tracer_is_deed(&tracer) &&
			!is_next_page(&tracer, &was_page) && n++ == at;
	if (was_killed && is_torn && tracer.call == SYS_pwrite64) {
		tracer_shorten(&tracer, TORN_BYTES);
		(void)tracer_next(&tracer);
	}
	tracer_kill(&tracer);
	return was_killed;
}

bool check_after_killed_recoveries(
	struct torture *torture, const struct model *model, const struct tolerance *tolerance)
{
	bool is_chosen = hvg_random_below(&torture->random, how_often(FEW_ONE_IN, 1)) == 0;
	struct images images = images_read(&torture->place);
	size_t length = strlen(torture->where);
	bool is_good = true;

	/* Each of its deeds, torn and then not begun. */
	for (unsigned int at = 0;
		is_chosen && is_good && kill_recovery(torture, at / 2, at % 2 == 0); at++) {
		(void)snprintf(torture->where + length, sizeof(torture->where) - length,
			", its recovery killed %s deed %u", at % 2 == 0 ? "in" : "before",
			at / 2);
		is_good = check_after(torture, model, tolerance);
		images_write(&torture->place, &images);
	}
	if (is_good)
		torture->where[length] = '\0';
	images_free(&images);
	return is_good && check_after(torture, model, tolerance);
}
