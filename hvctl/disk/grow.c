// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl disk grow: look, plan, show, ask, and then do what was shown, if the disk is still as
 * it was. The kernel is made to look at the disk's size first, for without that there is
 * nothing to plan; that changes nothing on the disk.
 */

#include "hvctl/disk/disk.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "os/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static int __attribute__((format(printf, 3, 4)))
end_with(struct disk_growth *growth, const char *result, const char *format, ...)
{
	va_list arguments;

	growth->result = result;
	va_start(arguments, format);
	(void)vsnprintf(growth->reason, sizeof(growth->reason), format, arguments);
	va_end(arguments);
	return HVCTL_WRONG;
}

/* Look, and plan. */

static bool is_forbidden(int r)
{
	return r == -EACCES || r == -EPERM;
}

static int look_and_plan(struct disk_growth *growth)
{
	int r = disk_look(&growth->target, &growth->layout);

	if (r < 0) {
		(void)end_with(growth, "failed", "%s", strerror(-r));
		return is_forbidden(r) ? HVCTL_NOT_PERMITTED : HVCTL_WRONG;
	}
	disk_plan_make(&growth->layout, &growth->plan);
	if (*growth->plan.refusal)
		return end_with(growth, "refused", "%s", growth->plan.refusal);
	growth->result = growth->plan.n_steps > 0 ? "planned" : "nothing to do";
	return HVCTL_OK;
}

static int prepare(struct disk_growth *growth)
{
	int r = growth->target.kind == DISK_IS_DISK ? disk_rescan(growth->target.disk) : 0;

	if (r < 0 && !is_forbidden(r)) /* who may not do that is told so by the look */
		hvctl_complain("%s: the kernel cannot look at its size: %s",
			growth->target.disk, strerror(-r));
	return look_and_plan(growth);
}

/* Do. */

#define LOCK_TRIES   300
#define LOCK_WAIT_NS 100000000 /* half a minute in all: udev's workers hold it for less */

/* What every partitioner and udev respect (systemd's BLOCK_DEVICE_LOCKING). */
static int lock(const char *disk)
{
	static const struct timespec wait = { .tv_nsec = LOCK_WAIT_NS };
	_cleanup_close_ int fd = open(disk, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return hvg_take_fd(&fd);
		(void)nanosleep(&wait, NULL);
	}
	return -EBUSY;
}

static int run(struct disk_growth *growth, struct disk_step *step)
{
	char *argv[DISK_WORDS_MAX + 1] = { 0 };
	_cleanup_free_ char *said = NULL;
	int status;

	for (size_t i = 0; i < DISK_WORDS_MAX && step->words[i][0]; i++)
		argv[i] = step->words[i];
	status = hvg_program_run(argv, step->input, &said);
	if (status < 0)
		return end_with(growth, "failed", "%s: %s", argv[0], strerror(-status));
	if (status > 0)
		return end_with(growth, "failed", "%s failed (%d): %s", argv[0], status, said);
	return HVCTL_OK;
}

/* The steps did what they were for, or else they would be planned again. */
static int verify(struct disk_growth *growth)
{
	struct disk_growth after = { .target = growth->target };

	if (look_and_plan(&after) != HVCTL_OK)
		return end_with(growth, "failed", "all was done, and then: %s", after.reason);
	if (after.plan.n_steps > 0)
		return end_with(growth, "failed", "all was done, and \"%s\" is still to do",
			after.plan.steps[0].deed);
	growth->size_after = after.layout.content.size;
	growth->result = "grown";
	return HVCTL_OK;
}

static int grow(struct disk_growth *growth)
{
	_cleanup_close_ int fd = lock(growth->layout.disk);
	struct disk_growth now = { .target = growth->target };
	int code;

	if (fd < 0)
		return end_with(growth, "failed", "it cannot be locked: %s", strerror(-fd));
	code = look_and_plan(&now);
	if (code != HVCTL_OK)
		return end_with(growth, "failed", "nothing was done, because now %s", now.reason);
	if (!disk_plan_is_same(&growth->plan, &now.plan))
		return end_with(growth, "failed", "it has changed meanwhile; nothing was done");
	for (size_t i = 0; i < growth->plan.n_steps; i++) {
		code = run(growth, &growth->plan.steps[i]);
		if (code != HVCTL_OK)
			return code;
	}
	return verify(growth);
}

/* All of them. */

/* A tool may have said several lines. */
static void complain(const struct disk_growth *growth)
{
	struct hvg_span rest = hvg_span_of(growth->reason), line;

	while (hvg_span_cut(&rest, '\n', &line)) {
		char text[sizeof(growth->reason)];
		_cleanup_free_ char *escaped = NULL;

		(void)hvg_span_copy(line, text, sizeof(text));
		escaped = hvctl_escape(text);
		if (escaped && *escaped)
			hvctl_complain("%s: %s", growth->layout.disk, escaped);
	}
}

static int prepare_all(struct hvctl *hvctl, struct disk_growth *growths, size_t n)
{
	int code = HVCTL_OK;

	for (size_t i = 0; i < n; i++) {
		code = HVG_MAX(code, prepare(&growths[i]));
		if (*growths[i].reason)
			complain(&growths[i]);
		else if (!hvctl->json)
			disk_show_plan(&growths[i]);
	}
	return code;
}

static int grow_all(struct hvctl *hvctl, struct disk_growth *growths, size_t n)
{
	int code = HVCTL_OK;

	for (size_t i = 0; i < n; i++) {
		if (growths[i].plan.n_steps == 0)
			continue;
		code = HVG_MAX(code, grow(&growths[i]));
		complain(&growths[i]);
		if (!hvctl->json)
			disk_show_result(&growths[i]);
	}
	return code;
}

static void print_json(const struct disk_growth *growths, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, disk_json(&growths[i]));
	(void)hvctl_print_json(array, false);
}

static bool is_anything_planned(const struct disk_growth *growths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (growths[i].plan.n_steps > 0)
			return true;
	return false;
}

/*
 * Without a terminal nobody can be asked, and what reads JSON gives no answers; a plan that nobody
 * has seen is not carried out.
 */
static bool may_go_on(struct hvctl *hvctl, bool is_settled)
{
	if (is_settled)
		return true;
	if (!hvctl->json && hvctl_can_ask())
		return hvctl_ask("Go on?");
	hvctl_complain("nothing was done: %s it takes --yes",
		hvctl->json ? "with --json" : "without a terminal");
	return false;
}

int disk_grow_verb(struct hvctl *hvctl, int argc, char *argv[])
{
	_cleanup_free_ struct disk_growth *growths = NULL;
	_cleanup_free_ struct disk_target *targets = NULL;
	struct hvctl_given given;
	size_t n = 0;
	int code;

	if (hvctl_take_options(disk_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	if (argc > 2)
		return hvctl_misuse("disk");
	code = disk_targets(argv + 1, &targets, &n);
	if (code != HVCTL_OK)
		return code;
	growths = calloc(n, sizeof(*growths));
	for (size_t i = 0; growths && i < n; i++)
		growths[i].target = targets[i];
	if (!growths)
		return HVCTL_WRONG;
	code = prepare_all(hvctl, growths, n);
	if (!given.value[DISK_DRY_RUN] && is_anything_planned(growths, n))
		code = HVG_MAX(code,
			may_go_on(hvctl, given.value[DISK_YES]) ? grow_all(hvctl, growths, n)
								: HVCTL_WRONG);
	if (hvctl->json)
		print_json(growths, n);
	return code;
}
