// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A pool file of arbitrary bytes, and changes of it. Whatever it holds: the store shows what is
 * there, each change does what it should, and no record of another key is lost or altered.
 *
 * The first byte says how many changes there are, and each of the next ones is one: what (two
 * bits), and to which record's key. The rest is the file.
 */

#include "base/units.h"
#include "fuzz.h"
#include "torture/model.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MAX_CHANGES 8
#define MAX_RECORDS 64

enum what { SET, UNSET, SET_NEW, SETTLE };

static struct place place;

static void remove_place(void)
{
	place_remove(&place);
}

static void make_place(void)
{
	if (place.inode != 0)
		return;
	place_make(&place);
	hvg_always(atexit(remove_place) == 0);
}

static void check_file(const struct model *model)
{
	struct image file = image_read(place.paths[PLACE_POOL]);
	char why[256];

	hvg_always(model_compare(model, &(struct tolerance){ 0 }, &file, why));
	image_free(&file);
}

/* Slot by slot, and what the host is shown: each record that has a key, in the same order. */
static void check_view(struct hvg_poolstore *store)
{
	struct image file = image_read(place.paths[PLACE_POOL]);
	uint32_t n = (uint32_t)(file.size / HVG_POOL_RECORD_SIZE), is, position = 0;
	struct hvg_pool_record record, shown;

	hvg_always(hvg_poolstore_count(store, true, &is) == 0 && is == n);
	hvg_always(hvg_poolstore_rewind(store, true) == 0);
	for (uint32_t i = 0; i < n; i++) {
		hvg_pool_record_decode(file.bytes + (size_t)i * HVG_POOL_RECORD_SIZE, &record);
		hvg_always(hvg_poolstore_slot(store, i, true, &shown) == 0);
		hvg_always(strcmp(record.key, shown.key) == 0);
		hvg_always(strcmp(record.value, shown.value) == 0);
		position++;
		if (record.key[0] == '\0')
			continue;
		hvg_always(hvg_poolstore_at(store, position - 1, true, &shown) == 0);
		hvg_always(strcmp(record.value, shown.value) == 0);
		hvg_always(hvg_poolstore_find(store, record.key, true, &shown) == 0);
	}
	hvg_always(hvg_poolstore_at(store, position, true, &shown) == -ENOENT);
	image_free(&file);
}

static struct change change_of(const struct model *model, uint8_t byte, unsigned int serial)
{
	enum what what = (enum what)(byte % 4);
	struct change change = { .serial = serial };
	struct hvg_pool_record record;

	change.kind = what == UNSET ? CHANGE_UNSET
		: what == SETTLE    ? CHANGE_SETTLE
				    : CHANGE_SET;
	if (what == SET_NEW || model->n == 0) {
		memcpy(change.key, "a new key", sizeof("a new key"));
		return change;
	}
	hvg_pool_record_decode(model->records[byte / 4 % model->n], &record);
	memcpy(change.key, record.key, sizeof(change.key));
	return change;
}

static int expected_of(const struct model *model, const struct change *change)
{
	if (change->kind == CHANGE_SETTLE)
		return 0;
	if (change->key[0] == '\0')
		return -EINVAL;
	if (change->kind == CHANGE_SET)
		return strlen(change->key) < HVG_POOL_KEY_SIZE ? 0 : -EMSGSIZE;
	return model_has(model, change->key) ? 0 : -ENOENT;
}

static int do_change(struct hvg_poolstore *store, const struct change *change)
{
	char value[HVG_POOL_VALUE_SIZE];

	if (change->kind == CHANGE_SETTLE)
		return hvg_poolstore_settle(store);
	if (change->kind == CHANGE_UNSET)
		return hvg_poolstore_unset(store, change->key);
	change_value(change, value);
	return hvg_poolstore_set(store, change->key, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t n_changes =
		size > 0 ? HVG_MIN((size_t)bytes[0] % (MAX_CHANGES + 1), size - 1) : 0;
	struct images images = { 0 };
	struct hvg_poolstore *store;
	struct model model;

	if (size < 1 || size - 1 - n_changes > (size_t)MAX_RECORDS * HVG_POOL_RECORD_SIZE)
		return 0;
	make_place();
	images.of[PLACE_POOL] = image_of(bytes + 1 + n_changes, size - 1 - n_changes);
	images_write(&place, &images);
	model_load(&model, &images.of[PLACE_POOL]);
	store = place_open(&place);
	check_view(store);
	for (unsigned int i = 0; i < n_changes; i++) {
		struct change change = change_of(&model, bytes[1 + i], i);
		int expected = expected_of(&model, &change);

		hvg_always(do_change(store, &change) == expected);
		if (expected == 0)
			model_apply(&model, &change);
		check_file(&model);
		check_view(store);
	}
	hvg_poolstore_free(store);
	hvg_always(place_is_unchanged(&place));
	model_free(&model);
	images_free(&images);
	return 0;
}
