// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What a child says of a change: that somebody else may do it now, that it is done, or that it
 * has failed. Nobody is told before the word was said, so that is when it counts.
 */

#include "script.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAY_BE_DONE, IS_DONE, HAS_FAILED, N_WORDS };

/* Instead of a number of a change: those begin now. */
#define WORD_READY        0x100000u

/*
 * Serials of the values: of the file at first, of what is done before the script, of its
 * changes.
 */
#define SERIAL_OF_FILE    1
#define SERIAL_OF_BEFORE  100
#define SERIAL_OF_CHANGES 1000

const struct script scripts[] = {
	{ "the_first_record", "", "=a" },
	{ "the_first_record_from_a_cold_start", "", "=a", .is_cold = true },
	{ "a_replacement", "abc", "=b" },
	{ "an_addition", "abc", "=d" },
	{ "an_addition_behind_half_a_record", "abc^", "=d" },
	{ "a_replacement_before_half_a_record", "abc^", "=a" },
	{ "a_removal_at_the_end", "abc", "-c" },
	{ "a_removal_in_the_middle", "abcd", "-b" },
	{ "a_removal_of_the_only_record", "a", "-a" },
	{ "one_of_several_duplicates", "axbxcx", "=x" },
	{ "a_removal_of_duplicates", "axbxcx", "-x" },
	{ "a_removal_among_duplicates_of_others", "axbxcx", "-a" },
	{ "a_discarded_pool", "abc", "0.=a" },
	{ "one_of_several_duplicates_before_half_a_record", "axbxcx^", "=x" },
	{ "a_removal_among_duplicates_before_half_a_record", "axbxcx^", "-a" },
	{ "several_changes", "abc", "=d=a-b=e-d=a" },
	{ "a_settled_change", "abc", "=b!.=a" },
	{ "a_full_journal", "abc", "=a=d-b", .n_before = 30 },
	{ "a_start_with_something_in_the_journal", "abc", "=a=d", .n_before = 5,
		.is_cold = true },
	{ "an_addition_by_others_in_between", "abc", "=a+d=b-a" },
	{ "a_replacement_by_others_in_between", "abc", "=a*b=b*a-b" },
	{ "a_replacement_by_others_for_good", "abc", "=a=b*a=c", .others_flush = true },
	{ "an_addition_by_others_for_good", "abc", "=d-a+e=b", .others_flush = true },
	{ "a_removal_by_others_in_between", "abcd", "=a<.=e" },
	{ "a_replacement_of_what_others_replaced", "abc", "*b=b" },
	{ "an_addition_to_what_others_added", "abc", "+d=e" },
	{ "an_addition_to_what_others_cut", "abc", "<.=d" },
	{ "a_removal_from_what_others_added", "abc", "+d-a" },
};
const size_t n_scripts = sizeof(scripts) / sizeof(scripts[0]);

unsigned int script_length(const struct script *script)
{
	return (unsigned int)strlen(script->changes) / 2;
}

static enum change_kind kind_of(char sign)
{
	static const char signs[] = {
		[CHANGE_SET] = '=',
		[CHANGE_UNSET] = '-',
		[CHANGE_SETTLE] = '!',
		[CHANGE_DISCARD] = '0',
		[CHANGE_FOREIGN_APPEND] = '+',
		[CHANGE_FOREIGN_REPLACE] = '*',
		[CHANGE_FOREIGN_CUT] = '<',
	};
	const char *at = memchr(signs, sign, sizeof(signs));

	if (!at)
		errx(2, "no change begins with '%c'", sign);
	return (enum change_kind)(at - signs);
}

struct change script_change(const struct script *script, unsigned int i)
{
	return (struct change){
		.kind = kind_of(script->changes[2 * i]),
		.key = { script->changes[2 * i + 1] },
		.serial = SERIAL_OF_CHANGES + i,
	};
}

static struct change change_before(const struct script *script, unsigned int i)
{
	return (struct change){
		.kind = CHANGE_SET,
		.key = { script->file[0] },
		.serial = SERIAL_OF_BEFORE + i,
	};
}

static struct image file_of(const struct script *script)
{
	size_t n = strcspn(script->file, "^");
	struct image file = { 0 };

	image_resize(&file, n * HVG_POOL_RECORD_SIZE);
	for (unsigned int i = 0; i < n; i++)
		change_record(&(struct change){ .key = { script->file[i] },
				      .serial = SERIAL_OF_FILE + i },
			file.bytes + i * HVG_POOL_RECORD_SIZE);
	if (script->file[n] == '^') {
		image_resize(&file, file.size + HVG_POOL_RECORD_SIZE / 2);
		memset(file.bytes + n * HVG_POOL_RECORD_SIZE, '^', HVG_POOL_RECORD_SIZE / 2);
	}
	return file;
}

/* In the child. */

static int do_change(struct hvg_poolstore *store, const struct change *change)
{
	char value[HVG_POOL_VALUE_SIZE];
	int r = 0;

	switch (change->kind) {
	case CHANGE_SET:
		change_value(change, value);
		return hvg_poolstore_set(store, change->key, value);
	case CHANGE_UNSET:
		r = hvg_poolstore_unset(store, change->key);
		return r == -ENOENT ? 0 : r; /* if it was made to fail to set it */
	case CHANGE_SETTLE:
		return hvg_poolstore_settle(store);
	case CHANGE_DISCARD:
		r = hvg_poolstore_discard_stale(store, ((uint64_t)time(NULL) + 3600) * 1000000);
		return r > 0 ? 0 : -EINVAL;
	case CHANGE_FOREIGN_APPEND:
	case CHANGE_FOREIGN_REPLACE:
	case CHANGE_FOREIGN_CUT:
		break;
	}
	return 0;
}

static void do_before(const struct play *play, struct hvg_poolstore *store)
{
	for (unsigned int i = 0; i < play->script->n_before; i++) {
		struct change change = change_before(play->script, i);

		if (do_change(store, &change) < 0)
			_exit(3);
	}
}

static struct hvg_poolstore *open_store(const struct play *play)
{
	struct hvg_poolstore *store = place_open(play->place);

	if (hvg_poolstore_recover(store, NULL) < 0)
		_exit(4);
	return store;
}

static void do_changes(const struct play *play, struct hvg_poolstore *store)
{
	for (unsigned int i = 0; i < script_length(play->script); i++) {
		struct change change = script_change(play->script, i);

		if (change_is_foreign(&change))
			tracer_say(i * N_WORDS + MAY_BE_DONE);
		else
			tracer_say(i * N_WORDS +
				(do_change(store, &change) == 0 ? IS_DONE : HAS_FAILED));
	}
}

static void act(void *data)
{
	const struct play *play = data;
	struct hvg_poolstore *store = NULL;

	if (play->is_whole)
		tracer_begin();
	if (!play->script->is_cold || play->script->n_before > 0) {
		store = open_store(play);
		do_before(play, store);
	}
	if (play->script->is_cold) {
		hvg_poolstore_free(store);
		store = NULL;
	}
	if (!play->is_whole)
		tracer_begin();
	tracer_say(WORD_READY);
	if (!store)
		store = open_store(play);
	do_changes(play, store);
	hvg_poolstore_free(store);
}

/* In the tracer. */

void play_begin(struct play *play, const struct script *script, const struct place *place,
	bool is_whole)
{
	struct images images = { .of[PLACE_POOL] = file_of(script) };

	*play = (struct play){ .script = script, .place = place, .is_whole = is_whole };
	images_write(place, &images);
	model_load(&play->model, &images.of[PLACE_POOL]);
	images_free(&images);
	for (unsigned int i = 0; i < script->n_before; i++) {
		struct change change = change_before(script, i);

		model_apply(&play->model, &change);
	}
	tracer_start(&play->tracer, place, act, play);
}

/*
 * Where others write: behind the end, over the key's last record, or (a cut) up to the last
 * one.
 */
static off_t find_place(const struct image *file, struct change *change)
{
	size_t slot = file->size / HVG_POOL_RECORD_SIZE;

	if (change->kind == CHANGE_FOREIGN_APPEND)
		return (off_t)file->size;
	slot--;
	if (change->kind == CHANGE_FOREIGN_CUT)
		change->key[0] = (char)file->bytes[slot * HVG_POOL_RECORD_SIZE];
	while (file->bytes[slot * HVG_POOL_RECORD_SIZE] != (uint8_t)change->key[0])
		slot--;
	return (off_t)(slot * HVG_POOL_RECORD_SIZE);
}

static void do_foreign(struct play *play, struct change *change)
{
	const char *path = play->place->paths[PLACE_POOL];
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct image file = image_read(path);
	uint8_t record[HVG_POOL_RECORD_SIZE];
	off_t at = find_place(&file, change);
	bool is_done;

	if (fd < 0 || !place_lock(fd, PLACE_FLOCK))
		err(2, "%s", path);
	change_record(change, record);
	if (change->kind == CHANGE_FOREIGN_CUT)
		is_done = ftruncate(fd, at) == 0;
	else
		is_done = pwrite(fd, record, sizeof(record), at) == sizeof(record);
	if (!is_done)
		err(2, "%s", path);
	close(fd);
	image_free(&file);
	play->foreign = *change;
	play->foreign_at = (uint64_t)at;
}

static void hear(struct play *play, unsigned int word)
{
	struct change change;

	play->is_ready |= word == WORD_READY;
	if (word == WORD_READY)
		return;
	change = script_change(play->script, word / N_WORDS);
	if (word % N_WORDS == MAY_BE_DONE)
		do_foreign(play, &change);
	if (word % N_WORDS == HAS_FAILED)
		play->n_failed++;
	else
		model_apply(&play->model, &change);
	play->n_done = word / N_WORDS + 1;
}

bool play_next(struct play *play)
{
	unsigned int word;

	if (!tracer_next(&play->tracer))
		return false;
	play->has_heard = tracer_heard(&play->tracer, &word);
	if (play->has_heard)
		hear(play, word);
	return true;
}

struct tolerance play_tolerance(const struct play *play, struct change *in_flight)
{
	struct tolerance tolerance = { 0 };

	if (play->n_done < script_length(play->script)) {
		*in_flight = script_change(play->script, play->n_done);
		tolerance.in_flight = change_is_foreign(in_flight) ? NULL : in_flight;
	}
	return tolerance;
}

void play_end(struct play *play)
{
	tracer_kill(&play->tracer);
	model_free(&play->model);
}
