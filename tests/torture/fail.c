// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Each write, resize and flush fails once. The change that is at it may say so, and has changed
 * nothing then; or it has done everything all the same. The next ones go on as if nothing had
 * been.
 */

#include "disk.h"
#include "script.h"
#include "torture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool play_until_deed(struct play *play, unsigned int nth)
{
	unsigned int n = 0;

	while (play_next(play))
		if (play->tracer.is_entry && tracer_is_deed(&play->tracer) && n++ == nth)
			return true;
	return false;
}

/* After a restart, and after a power loss that spared everything: what had failed stays undone.
 */
static bool check_both(struct torture *torture, const struct model *model)
{
	struct images images = images_read(&torture->place);
	bool is_good = check_after(torture, model, &(struct tolerance){ 0 });

	disk_end_boot(&images.of[PLACE_JOURNAL]);
	images_write(&torture->place, &images);
	images_free(&images);
	return is_good && check_after(torture, model, &(struct tolerance){ 0 });
}

static bool check_rest(struct torture *torture, struct play *play)
{
	while (play_next(play))
		;
	if (play->n_failed > 1)
		return complain(torture, "one failure made %u changes fail", play->n_failed);
	if (play->n_done < script_length(play->script))
		return complain(torture, "the script did not come to its end");
	return check_both(torture, &play->model);
}

/*
 * Where a key stands more than once, a failure may leave it half way, but that is no failure to
 * store it; and a pool may be discarded although that is not yet durable. Where no journal can
 * be made, there is no store.
 */
static bool is_exact(const struct script *script)
{
	return !strchr(script->file, 'x') && !strchr(script->changes, '0') && !script->is_cold;
}

static const struct script *find_script(size_t i)
{
	const struct script *script = scripts;

	while (!is_exact(script) || i-- > 0)
		script++;
	return script;
}

static bool run(struct torture *torture, size_t i)
{
	static const int errors[] = { -EIO, -ENOSPC };
	bool is_good = true, is_there = true;

	for (unsigned int nth = 0; is_good && is_there; nth++) {
		struct play play;

		play_begin(&play, find_script(i), &torture->place, false);
		is_there = play_until_deed(&play, nth);
		if (is_there) {
			set_where(torture, "deed %u fails, at the %s", nth,
				tracer_describe(&play.tracer));
			tracer_fail(&play.tracer, errors[nth % 2]);
			is_good = check_rest(torture, &play);
		}
		play_end(&play);
	}
	return is_good;
}

static const char *name_of(size_t i)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "survives_failures_in_%s", find_script(i)->name);
	return name;
}

static size_t count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_scripts; i++)
		n += is_exact(&scripts[i]);
	return n;
}

const struct torture_kind torture_fail = { "fail", count, name_of, run, true };
