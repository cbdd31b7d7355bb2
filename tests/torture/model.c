// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Two files are compared key by key: the list of a key's records in one with that in the other.
 * A change in flight may have been done to its key step by step, but the last record, which is
 * the one that counts, is the old one or the new one.
 */

#include "model.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool change_is_foreign(const struct change *change)
{
	return change->kind >= CHANGE_FOREIGN_APPEND;
}

void change_value(const struct change *change, char ret[static HVG_POOL_VALUE_SIZE])
{
	size_t length = HVG_POOL_VALUE_SIZE - 1 - change->serial % 3 * 700, n = 0;

	while (n < length) {
		int more = snprintf(
			ret + n, length + 1 - n, "%.8s.%u.", change->key, change->serial);

		n += (size_t)more;
	}
	ret[length] = '\0';
}

void change_record(const struct change *change, uint8_t ret[static HVG_POOL_RECORD_SIZE])
{
	char value[HVG_POOL_VALUE_SIZE];

	change_value(change, value);
	if (hvg_pool_record_encode(change->key, value, ret) < 0)
		errx(2, "a key that is none");
}

static size_t key_size(const uint8_t *record)
{
	return strnlen((const char *)record, HVG_POOL_KEY_SIZE);
}

static bool has_key(const uint8_t *record, const char *key)
{
	return key_size(record) == strlen(key) && memcmp(record, key, strlen(key)) == 0;
}

static bool has_same_key(const uint8_t *a, const uint8_t *b)
{
	return key_size(a) == key_size(b) && memcmp(a, b, key_size(a)) == 0;
}

void model_load(struct model *model, const struct image *file)
{
	size_t n = file->size / HVG_POOL_RECORD_SIZE;
	struct image copy = image_of(file->bytes, n * HVG_POOL_RECORD_SIZE);

	*model = (struct model){
		.records = (void *)copy.bytes,
		.n = n,
		.n_tail_bytes = file->size % HVG_POOL_RECORD_SIZE,
	};
}

void model_free(struct model *model)
{
	free(model->records);
	*model = (struct model){ 0 };
}

struct model model_copy(const struct model *model)
{
	struct model copy = *model;

	copy.records = (void *)image_of(model->records, model->n * HVG_POOL_RECORD_SIZE).bytes;
	return copy;
}

static void append(struct model *model, const struct change *change)
{
	void *records = reallocarray(model->records, model->n + 1, HVG_POOL_RECORD_SIZE);

	if (!records)
		err(2, "model");
	model->records = records;
	change_record(change, model->records[model->n++]);
	model->n_tail_bytes = 0;
}

static void remove_key(struct model *model, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n; i++)
		if (!has_key(model->records[i], key))
			memmove(model->records[n++], model->records[i], HVG_POOL_RECORD_SIZE);
	model->n = n;
}

/* In the place of the last one: a tail at the end is none of its business. */
static void set(struct model *model, const struct change *change)
{
	size_t tail = model->n_tail_bytes;
	bool is_new = !model_has(model, change->key);

	remove_key(model, change->key);
	append(model, change);
	model->n_tail_bytes = is_new ? 0 : tail;
}

static size_t find_last(const struct model *model, const char *key)
{
	size_t i = model->n;

	while (i-- > 0)
		if (has_key(model->records[i], key))
			return i;
	errx(2, "nobody has a record '%s' to touch", key);
}

static void remove_last(struct model *model, const char *key)
{
	size_t i = find_last(model, key);

	memmove(model->records[i], model->records[i + 1],
		(--model->n - i) * HVG_POOL_RECORD_SIZE);
}

void model_apply(struct model *model, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_SET:
		set(model, change);
		break;
	case CHANGE_UNSET:
		remove_key(model, change->key);
		break;
	case CHANGE_SETTLE:
		break;
	case CHANGE_DISCARD:
		model->n = model->n_tail_bytes = 0;
		break;
	case CHANGE_FOREIGN_APPEND:
		append(model, change);
		break;
	case CHANGE_FOREIGN_REPLACE:
		change_record(change, model->records[find_last(model, change->key)]);
		break;
	case CHANGE_FOREIGN_CUT:
		remove_last(model, change->key);
		break;
	}
}

bool model_has(const struct model *model, const char *key)
{
	for (size_t i = 0; i < model->n; i++)
		if (has_key(model->records[i], key))
			return true;
	return false;
}

/* The records of one key, in order. */
struct list {
	const uint8_t **records;
	size_t n;
};

static struct list list_of(const struct model *model, const uint8_t *key)
{
	struct list list = { .records = calloc(model->n + 1, sizeof(*list.records)) };

	if (!list.records)
		err(2, "list");
	for (size_t i = 0; i < model->n; i++)
		if (has_same_key(model->records[i], key))
			list.records[list.n++] = model->records[i];
	return list;
}

static bool is_equal(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, HVG_POOL_RECORD_SIZE) == 0;
}

static bool begins_alike(const struct list *a, const struct list *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_equal(a->records[i], b->records[i]))
			return false;
	return true;
}

static bool is_same(const struct list *a, const struct list *b)
{
	return a->n == b->n && begins_alike(a, b, a->n);
}

/*
 * Removing a record among others' duplicates moves those one by one: between two moves one of
 * them is there twice, next to itself.
 */
static bool is_same_but_repeated(const struct list *should, const struct list *is)
{
	size_t n = 0;

	if (should->n < 2)
		return false;
	for (size_t i = 0; i < is->n; i++) {
		if (n > 0 && is_equal(is->records[i], should->records[n - 1]))
			continue;
		if (n == should->n || !is_equal(is->records[i], should->records[n]))
			return false;
		n++;
	}
	return n == should->n;
}

/*
 * All former ones but the last may be gone, the later ones first; the last is as it was, or new.
 */
static bool is_half_way(
	const struct change *change, const struct list *should, const struct list *is)
{
	uint8_t record[HVG_POOL_RECORD_SIZE];
	const uint8_t *last = should->n > 0 ? should->records[should->n - 1] : NULL;

	if (is->n == 0)
		return should->n == 0 || change->kind == CHANGE_UNSET;
	if (is->n > should->n + (should->n == 0) || !begins_alike(should, is, is->n - 1))
		return false;
	if (change->kind == CHANGE_SET) {
		change_record(change, record);
		return is_equal(is->records[is->n - 1], record) || is_same(should, is);
	}
	return last && is_equal(is->records[is->n - 1], last);
}

static bool is_legal(const struct tolerance *tolerance, const struct list *should,
	const struct list *is, const uint8_t *key)
{
	const struct change *change = tolerance->in_flight;

	if (tolerance->free_keys && (key[0] == '\0' || strchr(tolerance->free_keys, key[0])))
		return true;
	if (is_same(should, is))
		return true;
	if (!change)
		return false;
	if (change->kind == CHANGE_DISCARD)
		return is->n == 0;
	if (change->kind <= CHANGE_UNSET && has_key(key, change->key))
		return is_half_way(change, should, is);
	return is_same_but_repeated(should, is);
}

static bool compare_key(const struct model *model, const struct tolerance *tolerance,
	const struct model *file, const uint8_t *key)
{
	struct list should = list_of(model, key), is = list_of(file, key);
	bool legal = is_legal(tolerance, &should, &is, key);

	free(should.records);
	free(is.records);
	return legal;
}

static const uint8_t *find_wrong(
	const struct model *model, const struct tolerance *tolerance, const struct model *file)
{
	for (size_t i = 0; i < model->n; i++)
		if (!compare_key(model, tolerance, file, model->records[i]))
			return model->records[i];
	for (size_t i = 0; i < file->n; i++)
		if (!compare_key(model, tolerance, file, file->records[i]))
			return file->records[i];
	return NULL;
}

static void list_file(const struct model *file, char *ret, size_t size)
{
	size_t at = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < file->n && at < size; i++)
		at += (size_t)snprintf(ret + at, size - at, " %.6s=%.6s",
			(char *)file->records[i], (char *)file->records[i] + HVG_POOL_KEY_SIZE);
}

bool model_compare(const struct model *model, const struct tolerance *tolerance,
	const struct image *image, char ret_why[static 256])
{
	bool may_have_tail = tolerance->free_keys != NULL;
	const uint8_t *wrong;
	char text[160];
	struct model file;

	model_load(&file, image);
	wrong = find_wrong(model, tolerance, &file);
	list_file(&file, text, sizeof(text));
	if (wrong)
		(void)snprintf(ret_why, 256, "key '%.16s' is not as it should be:%s",
			(const char *)wrong, text);
	else if (file.n_tail_bytes > 0 && file.n_tail_bytes != model->n_tail_bytes &&
		!may_have_tail)
		(void)snprintf(
			ret_why, 256, "%zu bytes are no record:%s", file.n_tail_bytes, text);
	else
		ret_why[0] = '\0';
	model_free(&file);
	return ret_why[0] == '\0';
}
