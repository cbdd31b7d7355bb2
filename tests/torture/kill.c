// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * SIGKILL before and after every system call of a change, and again in the recovery from that.
 */

#include "script.h"
#include "torture.h"

#include <stdio.h>

/* A script is played up to its stop number at, and killed there; false if it has none. */
static bool play_until(struct play *play, unsigned int at)
{
	for (unsigned int n = 0; play_next(play); n++)
		if (n == at)
			return true;
	return false;
}

static bool check_killed(struct torture *torture, const struct play *play)
{
	struct change in_flight;
	struct tolerance tolerance = play_tolerance(play, &in_flight);

	/* Between two deeds the files stay as they are: one of those recoveries is enough. */
	if (play->tracer.is_entry && tracer_is_deed(&play->tracer))
		return check_after_killed_recoveries(torture, &play->model, &tolerance);
	return check_after(torture, &play->model, &tolerance);
}

static bool check_play(struct torture *torture, const struct play *play)
{
	if (play->tracer.offence[0] != '\0')
		return complain(torture, "%s", play->tracer.offence);
	return play->n_failed == 0 || complain(torture, "a change failed");
}

static bool run(struct torture *torture, size_t i)
{
	bool is_good = true, was_killed = true;

	for (unsigned int at = 0; is_good && was_killed; at++) {
		struct play play;

		play_begin(&play, &scripts[i], &torture->place, false);
		was_killed = play_until(&play, at);
		set_where(torture, "stop %u, %s, after %u changes", at,
			tracer_describe(&play.tracer), play.n_done);
		tracer_kill(&play.tracer);
		is_good = check_play(torture, &play) && check_killed(torture, &play);
		if (!was_killed && play.n_done < script_length(&scripts[i]))
			is_good = complain(torture, "the script did not come to its end");
		play_end(&play);
	}
	return is_good;
}

static const char *name_of(size_t i)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "survives_kills_in_%s", scripts[i].name);
	return name;
}

static size_t count(void)
{
	return n_scripts;
}

const struct torture_kind torture_kill = { "kill", count, name_of, run, true };
