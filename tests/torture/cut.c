// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Writes that end too early: the process is killed there, or it lives on and has to write the
 * rest.
 *
 * A kernel lets go of a killed write at a page, or at a block of the disk: both begin at a
 * sector, so that is where records are torn. Journal pages have a checksum, and are torn
 * anywhere.
 */

#include "script.h"
#include "torture.h"

#include <stdio.h>
#include <sys/syscall.h>

#define PAGE_SIZE   4096
#define SECTOR_SIZE 512

/* Sizes that are left of a write; 0 stands for what lies before the next page boundary. */
static const uint64_t sizes[] = { 0, 512, 1024, 1536, 2048, 1, 511, 513, 3000, 4095 };
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static bool is_write(const struct tracer *tracer)
{
	return tracer->is_entry && tracer->call == SYS_pwrite64;
}

static bool play_until_write(struct play *play, unsigned int nth)
{
	unsigned int n = 0;

	while (play_next(play))
		if (is_write(&play->tracer) && n++ == nth)
			return true;
	return false;
}

/* False if that would leave all of it, or cannot be. */
static bool cut(struct tracer *tracer, uint64_t size, bool is_alive)
{
	if (size == 0)
		size = PAGE_SIZE - tracer->arguments[3] % PAGE_SIZE;
	if (size >= tracer->arguments[2])
		return false;
	if (size % SECTOR_SIZE > 0 && !is_alive && tracer_is_of(tracer, PLACE_POOL))
		return false;
	tracer_shorten(tracer, size);
	(void)tracer_next(tracer);
	return true;
}

static bool check_killed(struct torture *torture, struct play *play)
{
	struct change in_flight;
	struct tolerance tolerance = play_tolerance(play, &in_flight);

	tracer_kill(&play->tracer);
	return check_after_killed_recoveries(torture, &play->model, &tolerance);
}

static bool check_alive(struct torture *torture, struct play *play)
{
	while (play_next(play))
		;
	if (play->n_failed > 0 || play->n_done < script_length(play->script))
		return complain(torture, "a short write was taken for a failure");
	return check_after(torture, &play->model, &(struct tolerance){ 0 });
}

/* Zeroes that a new journal is made of: the first speak for all. */
static bool is_worth_it(const struct play *play, unsigned int nth)
{
	return !play->script->is_cold || play->script->n_before > 0 || nth < 2 || nth >= 32;
}

/* The write number nth of a script, in one way; false if there is no such write. */
static bool run_one(struct torture *torture, const struct script *script, unsigned int nth,
	size_t way, bool *is_good)
{
	bool is_alive = way >= N_SIZES, is_there;
	uint64_t size = is_alive ? 1000 : sizes[way];
	struct play play;

	play_begin(&play, script, &torture->place, false);
	is_there = play_until_write(&play, nth);
	set_where(torture, "write %u, at %llu, cut to %llu (0: the page)%s", nth,
		(unsigned long long)play.tracer.arguments[3], (unsigned long long)size,
		is_alive ? ", alive" : "");
	*is_good = true;
	if (is_there && is_worth_it(&play, nth) && cut(&play.tracer, size, is_alive))
		*is_good =
			is_alive ? check_alive(torture, &play) : check_killed(torture, &play);
	play_end(&play);
	return is_there;
}

static bool run(struct torture *torture, size_t i)
{
	bool is_good = true, is_there = true;

	for (unsigned int nth = 0; is_good && is_there; nth++)
		for (size_t way = 0; is_good && is_there && way <= N_SIZES; way++)
			is_there = run_one(torture, &scripts[i], nth, way, &is_good);
	return is_good;
}

static const char *name_of(size_t i)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "survives_torn_writes_in_%s", scripts[i].name);
	return name;
}

static size_t count(void)
{
	return n_scripts;
}

const struct torture_kind torture_cut = { "cut", count, name_of, run, true };
