// SPDX-License-Identifier: LGPL-2.1-or-later

/* Somebody else appends to the same file, under one of the three locks that others use. */

#include "script.h"
#include "torture.h"
#include "writer.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FEW_ROUNDS   8
#define MANY_ROUNDS  400
#define MAX_PAUSE_US 8000
#define SHORT_US     60000

static const char *const lock_names[PLACE_N_LOCKS] = {
	[PLACE_FLOCK] = "flock",
	[PLACE_OFD_LOCK] = "an_ofd_lock",
	[PLACE_POSIX_LOCK] = "a_posix_lock",
};

/*
 * Both run; we are killed, then the other one ends or is killed as well, perhaps with half a
 * record.
 */
static bool run_round(struct torture *torture, enum place_lock lock, unsigned int round)
{
	struct image file = { 0 };
	struct model model = { 0 };
	struct change in_flight;
	struct tolerance tolerance = { .in_flight = &in_flight };
	struct writer ours, foreigner;
	bool is_good;

	image_write(torture->place.paths[PLACE_POOL], &file);
	foreigner_start(&foreigner, &torture->place, lock, torture->seed + 2 * round);
	writer_start(&ours, &torture->place, torture->seed + 2 * round + 1);
	writer_wait(&foreigner, 0);
	writer_wait(&ours, hvg_random_below(&torture->random, MAX_PAUSE_US));
	writer_kill(&ours);
	if (round % 2 == 0)
		foreigner_stop(&foreigner);
	else
		writer_kill(&foreigner);

	file = image_read(torture->place.paths[PLACE_POOL]);
	is_good = writer_replay(&ours, &model, &in_flight);
	foreigner_replay(&foreigner, &model, &file);
	model.n_tail_bytes = round % 2 == 0 ? 0 : file.size % HVG_POOL_RECORD_SIZE;
	image_free(&file);
	set_where(torture, "round %u, %u changes of ours, %u of others", round, ours.n_done,
		foreigner.n_done);
	is_good = is_good ? check_after(torture, &model, &tolerance)
			  : complain(torture, "a change had a wrong result");
	model_free(&model);
	return is_good;
}

static bool run_both(struct torture *torture, enum place_lock lock)
{
	bool is_good = true;

	for (unsigned int round = 0; is_good && round < how_often(FEW_ROUNDS, MANY_ROUNDS);
		round++)
		is_good = run_round(torture, lock, round);
	return is_good;
}

/* Somebody else has written half a record under its lock, and is about to write the rest. */
static bool run_half(struct torture *torture, enum place_lock lock)
{
	struct change theirs = { CHANGE_FOREIGN_APPEND, "F", 1 }, ours = { CHANGE_SET, "a", 2 };
	struct hvg_poolstore_config config = {
		.path = torture->place.paths[PLACE_POOL],
		.journal_path = torture->place.paths[PLACE_JOURNAL],
		.lock_timeout_us = SHORT_US,
	};
	int fd = open(config.path, O_RDWR | O_CLOEXEC), r, r_later;
	uint8_t record[HVG_POOL_RECORD_SIZE];
	char value[HVG_POOL_VALUE_SIZE];
	struct hvg_poolstore *store;
	struct model model = { 0 };
	bool is_good;

	if (hvg_poolstore_new(&config, &store) < 0 || fd < 0 || !place_lock(fd, lock))
		err(2, "%s", config.path);
	change_record(&theirs, record);
	change_value(&ours, value);
	is_good = pwrite(fd, record, 1000, 0) == 1000;
	r = hvg_poolstore_set(store, ours.key, value);
	is_good = is_good && pwrite(fd, record + 1000, sizeof(record) - 1000, 1000) > 0;
	place_unlock(fd, lock);
	r_later = hvg_poolstore_set(store, ours.key, value);
	hvg_poolstore_free(store);
	close(fd);

	set_where(torture, "with half a record of somebody else");
	if (!is_good || r != -ETIMEDOUT || r_later != 0)
		return complain(
			torture, "the lock was not waited for: %d, then %d", r, r_later);
	model_apply(&model, &theirs);
	model_apply(&model, &ours);
	is_good = check_after(torture, &model, &(struct tolerance){ 0 });
	model_free(&model);
	return is_good;
}

/* Some programs know no lock: what they append while we wait for the disk is seen in time. */
static void append_unlocked(const struct place *place, const struct change *change)
{
	int fd = open(place->paths[PLACE_POOL], O_WRONLY | O_APPEND | O_CLOEXEC);
	uint8_t record[HVG_POOL_RECORD_SIZE];

	change_record(change, record);
	if (fd < 0 || write(fd, record, sizeof(record)) != sizeof(record))
		err(2, "%s", place->paths[PLACE_POOL]);
	close(fd);
}

static bool waits_for_disk(const struct tracer *tracer)
{
	return tracer->is_entry && tracer->call == SYS_fdatasync &&
		tracer_is_of(tracer, PLACE_JOURNAL);
}

static bool run_unlocked_in(struct torture *torture, const struct script *script)
{
	struct change theirs = { CHANGE_FOREIGN_APPEND, "u", 1 };
	bool is_appended = false, is_good;
	struct play play;

	set_where(torture, "during %s", script->name);
	play_begin(&play, script, &torture->place, false);
	while (play_next(&play)) {
		if (is_appended || !waits_for_disk(&play.tracer))
			continue;
		append_unlocked(&torture->place, &theirs);
		model_apply(&play.model, &theirs);
		is_appended = true;
	}
	if (!is_appended || play.n_failed > 0 || play.n_done < script_length(script))
		is_good = complain(torture, "the script did not come to its end");
	else
		is_good = check_after(torture, &play.model, &(struct tolerance){ 0 });
	play_end(&play);
	return is_good;
}

/* In scripts of one step; behind half a record nobody can append but by cutting that. */
static bool run_unlocked(struct torture *torture)
{
	bool is_good = true;

	for (size_t i = 0; is_good && i < n_scripts; i++)
		if (script_length(&scripts[i]) == 1 && !scripts[i].is_cold &&
			!strpbrk(scripts[i].file, "x^"))
			is_good = run_unlocked_in(torture, &scripts[i]);
	return is_good;
}

/* What the store never makes. */
static bool run_missing(struct torture *torture)
{
	const char *path = torture->place.paths[PLACE_POOL];
	struct hvg_poolstore *store = place_open(&torture->place);
	bool is_good;

	set_where(torture, "without a pool file");
	torture->n_checks++;
	is_good = unlink(path) == 0 && hvg_poolstore_recover(store, NULL) == 0 &&
		hvg_poolstore_set(store, "a", "1") == -ENOENT &&
		hvg_poolstore_unset(store, "a") == -ENOENT &&
		hvg_poolstore_settle(store) == 0 && access(path, F_OK) < 0;
	hvg_poolstore_free(store);
	return is_good || complain(torture, "it was made, or a change had a wrong result");
}

static bool run(struct torture *torture, size_t i)
{
	if (i < PLACE_N_LOCKS)
		return run_both(torture, (enum place_lock)i);
	if (i < (size_t)2 * PLACE_N_LOCKS)
		return run_half(torture, (enum place_lock)(i - PLACE_N_LOCKS));
	return i % 2 == 0 ? run_missing(torture) : run_unlocked(torture);
}

static const char *name_of(size_t i)
{
	static char name[128];

	if (i >= (size_t)2 * PLACE_N_LOCKS)
		return i % 2 == 0 ? "never_makes_a_pool_file"
				  : "keeps_what_others_append_without_a_lock";
	(void)snprintf(name, sizeof(name), "%s_%s",
		i < PLACE_N_LOCKS ? "shares_the_file_with_others_under"
				  : "leaves_half_a_record_alone_under",
		lock_names[i % PLACE_N_LOCKS]);
	return name;
}

static size_t count(void)
{
	return (size_t)2 * PLACE_N_LOCKS + 2;
}

const struct torture_kind torture_foreign = { "foreign", count, name_of, run, false };
