// SPDX-License-Identifier: LGPL-2.1-or-later

/* A child changes the pool as fast as it can, and is killed when it pleases us. */

#include "torture.h"
#include "writer.h"

#define FEW_ROUNDS   100
#define MANY_ROUNDS  2000
#define MAX_PAUSE_US 3000

/* One more child, killed sometime, on what the former ones left. */
static bool run_round(struct torture *torture, struct model *model, unsigned int round)
{
	struct change in_flight;
	struct tolerance tolerance = { .in_flight = &in_flight };
	struct writer writer;
	struct image file;
	bool is_good;

	writer_start(&writer, &torture->place, torture->seed + round);
	writer_wait(&writer, hvg_random_below(&torture->random, MAX_PAUSE_US));
	writer_kill(&writer);
	is_good = writer_replay(&writer, model, &in_flight);
	set_where(torture, "round %u, killed after %u changes", round, writer.n_done);
	if (!is_good)
		return complain(torture, "a change had a wrong result");
	is_good = check_after(torture, model, &tolerance);

	/* What became of the change in flight is known from here on. */
	model_free(model);
	file = image_read(torture->place.paths[PLACE_POOL]);
	model_load(model, &file);
	image_free(&file);
	return is_good;
}

static bool run(struct torture *torture, size_t i)
{
	unsigned int n_rounds = how_often(FEW_ROUNDS, MANY_ROUNDS);
	struct model model = { 0 };
	bool is_good = true;

	for (unsigned int round = 0; is_good && round < n_rounds; round++)
		is_good = run_round(torture, &model, round);
	model_free(&model);
	return is_good;
}

static const char *name_of(size_t i)
{
	return "survives_random_kills";
}

static size_t count(void)
{
	return 1;
}

const struct torture_kind torture_random = { "random", count, name_of, run, false };
