// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What is seen of a store that nobody disturbs: it holds both locks whenever it changes the
 * file, none once it has acknowledged, opens no more files than it closes, and makes none but
 * its journal.
 */

#include "script.h"
#include "torture.h"

#include <stdio.h>
#include <sys/syscall.h>

static bool changes_pool(const struct tracer *tracer)
{
	return tracer->is_entry &&
		(tracer->call == SYS_pwrite64 || tracer->call == SYS_ftruncate) &&
		tracer_is_of(tracer, PLACE_POOL);
}

static bool check_locks(struct torture *torture, bool must_be_held)
{
	for (enum place_lock lock = PLACE_FLOCK; lock < PLACE_N_LOCKS; lock++)
		if (place_is_locked(&torture->place, lock) != must_be_held)
			return complain(torture, "lock %d is %s", (int)lock,
				must_be_held ? "not held" : "still held");
	return true;
}

/* The first change of ours finds everything opened. */
static bool check_descriptors(
	struct torture *torture, const struct play *play, unsigned int *n_first)
{
	struct change change = script_change(play->script, play->n_done - 1);
	unsigned int n = count_descriptors(play->tracer.pid);

	if (change_is_foreign(&change))
		return true;
	if (*n_first == 0)
		*n_first = n;
	return n == *n_first || complain(torture, "%u descriptors became %u", *n_first, n);
}

static bool check_stop(struct torture *torture, const struct play *play, unsigned int *n_first)
{
	set_where(
		torture, "%s, after %u changes", tracer_describe(&play->tracer), play->n_done);
	torture->n_checks++;
	if (changes_pool(&play->tracer))
		return check_locks(torture, true);
	if (play->has_heard && play->n_done > 0)
		return check_locks(torture, false) && check_descriptors(torture, play, n_first);
	return true;
}

static bool run(struct torture *torture, size_t i)
{
	unsigned int n_descriptors = 0;
	struct play play;
	bool is_good = true;

	play_begin(&play, &scripts[i], &torture->place, true);
	while (is_good && play_next(&play))
		is_good = check_stop(torture, &play, &n_descriptors);
	if (is_good && play.tracer.offence[0] != '\0')
		is_good = complain(torture, "%s", play.tracer.offence);
	if (is_good && (play.n_failed > 0 || play.n_done < script_length(&scripts[i])))
		is_good = complain(torture, "the script did not come to its end");
	if (is_good)
		is_good = check_after(torture, &play.model, &(struct tolerance){ 0 });
	play_end(&play);
	return is_good;
}

static const char *name_of(size_t i)
{
	static char name[128];

	(void)snprintf(
		name, sizeof(name), "holds_its_locks_for_as_long_as_%s", scripts[i].name);
	return name;
}

static size_t count(void)
{
	return n_scripts;
}

const struct torture_kind torture_trace = { "trace", count, name_of, run, true };
