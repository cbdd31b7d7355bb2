// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The power is lost after each thing that a script does to the disk, and after each
 * acknowledgement; every state that the disk may be in is recovered from, or many of them where
 * they are too many. In some of those recoveries, the power is lost again.
 *
 * Somebody else mostly flushes nothing. What that costs them until the store flushes the file
 * is theirs; what the store has acknowledged must not depend on it. What they did flush stays.
 */

#include "disk.h"
#include "script.h"
#include "torture.h"

#include <stdio.h>
#include <string.h>

/* So many states are all tried; of more than that, so many are. */
#define FEW_ALL      48
#define MANY_ALL     512
#define FEW_SAMPLES  12
#define MANY_SAMPLES 100

/* One recovery in so many loses power, too. */
#define AGAIN_ONE_IN 16

struct power {
	struct torture *torture;
	struct play play;
	struct disk disk;
	bool is_open; /* somebody else's last change is not known to be on the disk */
	char free_key[2];
};

static struct tolerance tolerance_of(const struct power *power, struct change *in_flight)
{
	struct tolerance tolerance = play_tolerance(&power->play, in_flight);

	if (power->is_open)
		tolerance.free_keys = power->free_key;
	return tolerance;
}

static bool check_state(struct power *power, const struct images *images)
{
	struct change in_flight;
	struct tolerance tolerance = tolerance_of(power, &in_flight);

	images_write(&power->torture->place, images);
	return check_after(power->torture, &power->play.model, &tolerance);
}

/* The recovery from a state, up to its event number at, and the power lost there. */
static void recover(void *data)
{
	struct hvg_poolstore *store = place_open(data);

	tracer_begin();
	(void)hvg_poolstore_recover(store, NULL);
}

static struct images lose_again(
	struct power *power, const struct images *images, unsigned int at)
{
	struct images copy, lost;
	struct tracer tracer;
	struct disk_loss loss;
	struct disk disk;

	images_write(&power->torture->place, images);
	copy = images_read(&power->torture->place);
	disk_begin(&disk, copy);
	tracer_start(&tracer, &power->torture->place, recover, &power->torture->place);
	while (disk.n < at && tracer_next(&tracer))
		(void)disk_hear(&disk, &tracer);
	tracer_kill(&tracer);
	disk_lose(&disk, &loss);
	disk_loss_choose(&loss, &power->torture->random);
	lost = disk_loss_images(&loss);
	disk_loss_free(&loss);
	disk_end(&disk);
	return lost;
}

static bool check_loss_again(struct power *power, const struct images *images)
{
	struct torture *torture = power->torture;
	size_t length = strlen(torture->where);
	bool is_good = true;

	for (unsigned int i = 0; is_good && i < 3; i++) {
		unsigned int at = 1 + hvg_random_below(&torture->random, 10);
		struct images lost = lose_again(power, images, at);

		(void)snprintf(torture->where + length, sizeof(torture->where) - length,
			", and again after %u in the recovery", at);
		is_good = check_state(power, &lost);
		images_free(&lost);
	}
	if (is_good)
		torture->where[length] = '\0';
	return is_good;
}

static bool check_chosen(struct power *power, const struct disk_loss *loss)
{
	struct images images = disk_loss_images(loss);
	bool is_good = check_state(power, &images);

	if (is_good && hvg_random_below(&power->torture->random, AGAIN_ONE_IN) == 0)
		is_good = check_loss_again(power, &images);
	images_free(&images);
	return is_good;
}

static bool check_all(struct power *power, struct disk_loss *loss)
{
	bool is_good;

	do
		is_good = check_chosen(power, loss);
	while (is_good && disk_loss_next(loss));
	return is_good;
}

static bool check_some(struct power *power, struct disk_loss *loss, unsigned int n)
{
	bool is_good = check_chosen(power, loss);

	disk_loss_choose_newest(loss);
	is_good = is_good && check_chosen(power, loss);
	for (unsigned int i = 0; is_good && i < n; i++) {
		disk_loss_choose(loss, &power->torture->random);
		is_good = check_chosen(power, loss);
	}
	return is_good;
}

static bool check_loss(struct power *power)
{
	unsigned long limit = how_often(FEW_ALL, MANY_ALL);
	struct disk_loss loss;
	bool is_good;

	set_where(power->torture, "power lost after %zu events and %u changes", power->disk.n,
		power->play.n_done);
	disk_lose(&power->disk, &loss);
	if (disk_loss_count(&loss, limit) < limit)
		is_good = check_all(power, &loss);
	else
		is_good = check_some(power, &loss, how_often(FEW_SAMPLES, MANY_SAMPLES));
	disk_loss_free(&loss);
	return is_good;
}

static void hear_foreign(struct power *power)
{
	const struct play *play = &power->play;
	uint8_t record[HVG_POOL_RECORD_SIZE];

	change_record(&play->foreign, record);
	if (play->foreign.kind == CHANGE_FOREIGN_CUT)
		disk_resize(&power->disk, play->foreign_at);
	else
		disk_write(&power->disk, play->foreign_at, record, sizeof(record));
	if (play->script->others_flush)
		disk_flush(&power->disk);
	power->is_open = !play->script->others_flush;
	power->free_key[0] = play->foreign.key[0];
}

/* After a word of the child: somebody else did something, or a change is acknowledged. */
static void take_note(struct power *power)
{
	const struct play *play = &power->play;
	struct change change;

	if (play->n_done == 0)
		return;
	power->is_open = false;
	change = script_change(play->script, play->n_done - 1);
	if (change_is_foreign(&change))
		hear_foreign(power);
}

/*
 * From where the script begins; how its journal is made is the affair of one that starts cold.
 */
static bool is_worth_it(const struct play *play)
{
	return play->is_ready || (play->script->is_cold && play->script->n_before == 0);
}

static bool play_all(struct power *power)
{
	struct play *play = &power->play;
	bool is_good = true;

	while (is_good && play_next(play)) {
		bool is_event = disk_hear(&power->disk, &play->tracer);

		if (play->has_heard)
			take_note(power);
		if ((is_event || play->has_heard) && is_worth_it(play))
			is_good = check_loss(power);
	}
	if (is_good && (play->n_failed > 0 || play->n_done < script_length(play->script)))
		is_good = complain(power->torture, "the script did not come to its end");
	return is_good;
}

static bool run(struct torture *torture, size_t i)
{
	struct power power = { .torture = torture };
	struct place stage;
	bool is_good;

	place_make(&stage);
	play_begin(&power.play, &scripts[i], &stage, true);
	disk_begin(&power.disk, images_read(&stage));
	is_good = play_all(&power);
	play_end(&power.play);
	disk_end(&power.disk);
	place_remove(&stage);
	return is_good;
}

static const char *name_of(size_t i)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "survives_power_losses_in_%s", scripts[i].name);
	return name;
}

static size_t count(void)
{
	return n_scripts;
}

const struct torture_kind torture_power = { "power", count, name_of, run, true };
