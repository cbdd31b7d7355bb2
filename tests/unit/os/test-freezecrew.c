// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A crew on disks that are none: each does what the test says, and may hang for as long as it says.
 * What they were asked for is a text: "s0" synced, "f0" frozen, "t0" thawed. One test freezes real file
 * systems (loop-fixture.h).
 */

#include "suites.h"

#include "base/units.h"
#include "os/freezecrew.h"
#include "os/loop-fixture.h"
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <time.h>
#include <unistd.h>

#define DISKS 300
#define SEC   HVG_USEC_PER_SEC

static struct disk {
	bool frozen, hangs_in_sync, hangs_in_freeze, hangs_in_thaw;
	int freeze_code, thaw_code;
} disks[DISKS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char journal[8192];
static struct hvg_freeze_table table;
static int fds[DISKS];
static struct hvg_crew_config config;
static struct hvg_crew *crew;
static struct hvg_crew_status status;

static void note(char deed, int fd)
{
	size_t used = strlen(journal);

	(void)snprintf(journal + used, sizeof(journal) - used, "%c%d ", deed, fd);
}

static void hang_while(const bool *hangs)
{
	while (*hangs)
		pthread_cond_wait(&changed, &lock);
}

static int fake_sync(int fd)
{
	pthread_mutex_lock(&lock);
	note('s', fd);
	hang_while(&disks[fd].hangs_in_sync);
	pthread_mutex_unlock(&lock);
	return 0;
}

static int fake_freeze(int fd)
{
	int r;

	pthread_mutex_lock(&lock);
	note('f', fd);
	hang_while(&disks[fd].hangs_in_freeze);
	r = disks[fd].freeze_code;
	disks[fd].frozen |= r == 0;
	pthread_mutex_unlock(&lock);
	return r;
}

static int fake_thaw(int fd)
{
	int r;

	pthread_mutex_lock(&lock);
	note('t', fd);
	hang_while(&disks[fd].hangs_in_thaw);
	r = disks[fd].thaw_code;
	if (r == 0)
		disks[fd].frozen = false;
	pthread_mutex_unlock(&lock);
	return r;
}

static const struct hvg_crew_deeds fakes = { fake_sync, fake_freeze, fake_thaw };

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SEC + (uint64_t)now.tv_nsec / 1000;
}

static void release(bool *hangs)
{
	pthread_mutex_lock(&lock);
	*hangs = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* Levels as digits: "001" is two disks above one. */
static void hire(const char *levels)
{
	table.n = (uint32_t)strlen(levels);
	table.n_levels = 0;
	for (uint32_t i = 0; i < table.n; i++) {
		fds[i] = (int)i;
		table.slots[i].level = (uint32_t)(levels[i] - '0');
		table.n_levels = HVG_MAX(table.n_levels, table.slots[i].level + 1);
	}
	ck_assert_int_eq(hvg_crew_new(&config, &crew), 0);
}

static void setup(void)
{
	config = (struct hvg_crew_config){
		.deeds = &fakes,
		.table = &table,
		.fds = fds,
		.sync_us = 10 * SEC,
		.frozen_us = 60 * SEC,
	};
}

/* A crew whose threads still hang would be left for ever, as a leak. */
static void teardown(void)
{
	for (int i = 0; i < DISKS; i++) {
		release(&disks[i].hangs_in_sync);
		release(&disks[i].hangs_in_freeze);
		release(&disks[i].hangs_in_thaw);
	}
	ck_assert_int_eq(hvg_crew_free(crew), 0);
}

static void step(uint64_t later_us)
{
	status = hvg_crew_step(crew, now_us() + later_us);
}

/* Steps as a conductor does, until the phase; ten seconds are a failure. */
static void conduct_until(enum hvg_crew_phase phase)
{
	struct pollfd fd = { .fd = hvg_crew_fd(crew), .events = POLLIN };
	uint64_t end_us = now_us() + 10 * SEC;

	for (step(0); status.phase != phase; step(0)) {
		ck_assert_msg(now_us() < end_us, "phase %d instead of %d; %s", status.phase, phase, journal);
		(void)poll(&fd, 1, 20);
	}
}

static void freeze(void)
{
	hvg_crew_freeze(crew, now_us());
	conduct_until(HVG_CREW_FROZEN);
	ck_assert_int_eq(status.code, 0);
}

static void thaw(void)
{
	hvg_crew_thaw(crew, now_us());
	conduct_until(HVG_CREW_OVER);
	ck_assert_int_eq(status.thaw_code, 0);
}

static unsigned int count(enum hvg_freeze_state state)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < table.n; i++)
		n += table.slots[i].state == (uint32_t)state;
	return n;
}

static bool nothing_is_frozen(void)
{
	for (int i = 0; i < DISKS; i++)
		if (disks[i].frozen)
			return false;
	return count(HVG_FREEZE_FROZEN) == 0 && count(HVG_FREEZE_FREEZING) == 0 && count(HVG_FREEZE_THAWING) == 0;
}

/* Where in the journal. */
static long when(const char *entry)
{
	const char *found;

	pthread_mutex_lock(&lock);
	found = strstr(journal, entry);
	pthread_mutex_unlock(&lock);
	ck_assert_msg(found != NULL, "no %s in %s", entry, journal);
	return found - journal;
}

static bool happened(const char *entry)
{
	bool has;

	pthread_mutex_lock(&lock);
	has = strstr(journal, entry) != NULL;
	pthread_mutex_unlock(&lock);
	return has;
}

static void wait_until_happened(const char *entry)
{
	uint64_t end_us = now_us() + 10 * SEC;

	for (; !happened(entry); step(0)) {
		ck_assert_msg(now_us() < end_us, "no %s in %s", entry, journal);
		(void)usleep(1000);
	}
}

START_TEST(freezes_levels_in_turn_and_thaws_in_reverse)
{
	hire("0012");
	freeze();
	ck_assert_uint_eq(count(HVG_FREEZE_FROZEN), 4);
	ck_assert_int_lt(when("f0"), when("f2"));
	ck_assert_int_lt(when("f1"), when("f2"));
	ck_assert_int_lt(when("f2"), when("f3"));
	for (int i = 0; i < 4; i++)
		ck_assert(disks[i].frozen);
	ck_assert_uint_gt(table.first_freeze_us, 0);
	thaw();
	ck_assert(nothing_is_frozen());
	ck_assert_uint_eq(count(HVG_FREEZE_THAWED), 4);
	ck_assert_int_lt(when("t3"), when("t2"));
	ck_assert_int_lt(when("t2"), when("t1"));
	ck_assert_int_lt(when("t2"), when("t0"));
	ck_assert_uint_ge(table.last_thaw_us, table.first_freeze_us);
	ck_assert_int_eq(status.code, 0);
}
END_TEST

START_TEST(syncs_all_before_it_freezes_any)
{
	hire("01");
	disks[1].hangs_in_sync = true;
	hvg_crew_freeze(crew, now_us());
	wait_until_happened("s1");
	(void)usleep(20000);
	step(0);
	ck_assert_int_eq(status.phase, HVG_CREW_SYNCING);
	ck_assert(!happened("f0"));
	ck_assert_uint_le(status.deadline_us, now_us() + 10 * SEC);
	release(&disks[1].hangs_in_sync);
	conduct_until(HVG_CREW_FROZEN);
	thaw();
}
END_TEST

START_TEST(does_not_wait_for_a_sync_beyond_its_budget)
{
	hire("01");
	disks[0].hangs_in_sync = true;
	hvg_crew_freeze(crew, now_us());
	wait_until_happened("s0");
	step(11 * SEC);
	conduct_until(HVG_CREW_FROZEN);
	ck_assert(disks[0].frozen && disks[1].frozen);
	thaw();
}
END_TEST

START_TEST(can_do_without_syncing)
{
	config.sync_us = 0;
	hire("0");
	freeze();
	ck_assert(!happened("s0"));
	thaw();
}
END_TEST

START_TEST(freezes_nothing_at_all)
{
	hire("");
	freeze();
	thaw();
	ck_assert_str_eq(journal, "");
}
END_TEST

START_TEST(thaws_all_when_one_fails)
{
	hire("00112");
	disks[3].freeze_code = -EIO;
	hvg_crew_freeze(crew, now_us());
	conduct_until(HVG_CREW_OVER);
	ck_assert_int_eq(status.code, -EIO);
	ck_assert(nothing_is_frozen());
	ck_assert(!happened("f4"));
	ck_assert_int_eq(table.slots[3].code, -EIO);
	ck_assert_uint_eq(table.slots[3].state, HVG_FREEZE_FAILED);
	ck_assert(!happened("t3"));
}
END_TEST

/* What somebody else has frozen is his to thaw. */
START_TEST(leaves_out_what_is_busy_or_unsupported)
{
	hire("000");
	disks[0].freeze_code = -EBUSY;
	disks[1].freeze_code = -EOPNOTSUPP;
	freeze();
	ck_assert_uint_eq(count(HVG_FREEZE_LEFT_OUT), 2);
	ck_assert_int_eq(table.slots[0].code, -EBUSY);
	ck_assert_int_eq(table.slots[1].code, -EOPNOTSUPP);
	thaw();
	ck_assert(!happened("t0") && !happened("t1"));
}
END_TEST

START_TEST(fails_if_one_is_busy)
{
	config.fails_if_busy = true;
	hire("00");
	disks[1].freeze_code = -EBUSY;
	hvg_crew_freeze(crew, now_us());
	conduct_until(HVG_CREW_OVER);
	ck_assert_int_eq(status.code, -EBUSY);
	ck_assert(nothing_is_frozen());
	ck_assert(!happened("t1"));
}
END_TEST

START_TEST(fails_if_one_is_unsupported)
{
	config.fails_if_unsupported = true;
	hire("0");
	disks[0].freeze_code = -EOPNOTSUPP;
	hvg_crew_freeze(crew, now_us());
	conduct_until(HVG_CREW_OVER);
	ck_assert_int_eq(status.code, -EOPNOTSUPP);
}
END_TEST

START_TEST(thaws_by_itself_when_the_time_is_over)
{
	hire("01");
	freeze();
	ck_assert_uint_le(status.deadline_us, now_us() + 60 * SEC);
	step(59 * SEC);
	ck_assert_int_eq(status.phase, HVG_CREW_FROZEN);
	step(61 * SEC);
	conduct_until(HVG_CREW_OVER);
	ck_assert_int_eq(status.code, -ETIMEDOUT);
	ck_assert(nothing_is_frozen());
}
END_TEST

/* The lower level's freeze hangs: the upper one is thawed all the same, and the crew is not done. */
START_TEST(thaws_the_others_while_a_freeze_hangs)
{
	hire("01");
	disks[1].hangs_in_freeze = true;
	hvg_crew_freeze(crew, now_us());
	wait_until_happened("f1");
	ck_assert(disks[0].frozen);
	step(61 * SEC);
	ck_assert_int_eq(status.phase, HVG_CREW_THAWING);
	wait_until_happened("t0");
	(void)usleep(20000);
	step(0);
	ck_assert_int_eq(status.phase, HVG_CREW_THAWING);
	ck_assert(!disks[0].frozen);
	ck_assert(!happened("t1"));
	release(&disks[1].hangs_in_freeze); /* it succeeds after all: at once it is undone */
	conduct_until(HVG_CREW_OVER);
	ck_assert(nothing_is_frozen());
	ck_assert(happened("t1"));
	ck_assert_int_eq(status.code, -ETIMEDOUT);
}
END_TEST

START_TEST(begins_nothing_more_when_it_is_told_to_thaw)
{
	hire("012");
	disks[1].hangs_in_freeze = true;
	hvg_crew_freeze(crew, now_us());
	wait_until_happened("f1");
	hvg_crew_thaw(crew, now_us());
	wait_until_happened("t0");
	release(&disks[1].hangs_in_freeze);
	conduct_until(HVG_CREW_OVER);
	ck_assert(nothing_is_frozen());
	ck_assert(!happened("f2"));
}
END_TEST

START_TEST(freezes_nothing_when_it_is_told_to_thaw_while_syncing)
{
	hire("00");
	disks[0].hangs_in_sync = true;
	hvg_crew_freeze(crew, now_us());
	wait_until_happened("s0");
	thaw();
	ck_assert(!happened("f0") && !happened("f1"));
	release(&disks[0].hangs_in_sync);
}
END_TEST

START_TEST(goes_on_to_other_levels_while_a_thaw_hangs)
{
	hire("01");
	freeze();
	disks[1].hangs_in_thaw = true;
	hvg_crew_thaw(crew, now_us());
	wait_until_happened("t1");
	step(0);
	ck_assert(!happened("t0"));
	ck_assert_uint_le(status.deadline_us, now_us() + HVG_CREW_LEVEL_US);
	step(2 * HVG_CREW_LEVEL_US);
	wait_until_happened("t0");
	release(&disks[1].hangs_in_thaw);
	conduct_until(HVG_CREW_OVER);
	ck_assert(nothing_is_frozen());
}
END_TEST

START_TEST(tells_what_cannot_be_thawed_and_tries_again)
{
	hire("00");
	freeze();
	disks[0].thaw_code = -EIO;
	hvg_crew_thaw(crew, now_us());
	conduct_until(HVG_CREW_OVER);
	ck_assert_int_eq(status.thaw_code, -EIO);
	ck_assert_uint_eq(count(HVG_FREEZE_FROZEN), 1);
	ck_assert(!disks[1].frozen);
	disks[0].thaw_code = 0;
	thaw();
	ck_assert(nothing_is_frozen());
}
END_TEST

START_TEST(freezes_more_than_it_has_threads_for)
{
	char levels[DISKS + 1] = { 0 };

	memset(levels, '0', DISKS);
	hire(levels);
	freeze();
	ck_assert_uint_eq(count(HVG_FREEZE_FROZEN), DISKS);
	thaw();
	ck_assert(nothing_is_frozen());
}
END_TEST

START_TEST(tells_that_a_thread_hangs)
{
	hire("0");
	disks[0].hangs_in_freeze = true;
	hvg_crew_freeze(crew, now_us());
	wait_until_happened("f0");
	ck_assert_int_eq(hvg_crew_free(crew), -EBUSY);
}
END_TEST

/* As a process that was killed leaves it: one is being frozen, one was thawed, one was never begun. */
static void leave_behind(const char *levels)
{
	hire(levels);
	for (uint32_t i = 0; i < table.n; i++) {
		table.slots[i].state = HVG_FREEZE_FROZEN;
		disks[i].frozen = true;
	}
}

START_TEST(thaws_what_another_process_has_frozen)
{
	leave_behind("00112");
	table.slots[1].state = HVG_FREEZE_FREEZING;
	table.slots[2].state = HVG_FREEZE_THAWING;
	table.slots[3].state = HVG_FREEZE_LEFT_OUT;
	disks[3].frozen = false;
	table.slots[4].state = HVG_FREEZE_THAWED; /* or so it believed */
	hvg_crew_adopt(crew);
	ck_assert_int_eq(hvg_crew_finish(crew, 10 * SEC), 0);
	ck_assert(nothing_is_frozen());
	ck_assert(!happened("t3"));
	ck_assert_int_lt(when("t4"), when("t2"));
	ck_assert_int_lt(when("t2"), when("t0"));
}
END_TEST

START_TEST(thaws_what_others_left_though_one_hangs)
{
	leave_behind("012");
	disks[2].hangs_in_thaw = true;
	hvg_crew_adopt(crew);
	ck_assert_int_eq(hvg_crew_finish(crew, 2 * SEC), -ETIMEDOUT);
	ck_assert(!disks[0].frozen && !disks[1].frozen);
	hvg_crew_adopt(crew); /* its thread is still at it: nobody else is put to it */
	release(&disks[2].hangs_in_thaw);
	ck_assert_int_eq(hvg_crew_finish(crew, 10 * SEC), 0);
	ck_assert(nothing_is_frozen());
	ck_assert_ptr_eq(strstr(journal + when("t2") + 1, "t2"), NULL);
}
END_TEST

START_TEST(thaws_once_more_what_a_dying_process_has_frozen_late)
{
	leave_behind("0");
	hvg_crew_adopt(crew);
	ck_assert_int_eq(hvg_crew_finish(crew, 10 * SEC), 0);
	disks[0].frozen = true;
	hvg_crew_adopt(crew);
	ck_assert_int_eq(hvg_crew_finish(crew, 10 * SEC), 0);
	ck_assert(nothing_is_frozen());
}
END_TEST

START_TEST(tells_what_others_left_and_cannot_be_thawed)
{
	leave_behind("01");
	disks[0].thaw_code = -EIO;
	hvg_crew_adopt(crew);
	ck_assert_int_eq(hvg_crew_finish(crew, 10 * SEC), -EIO);
	ck_assert(!disks[1].frozen);
	disks[0].thaw_code = 0;
	hvg_crew_adopt(crew);
	ck_assert_int_eq(hvg_crew_finish(crew, 10 * SEC), 0);
	ck_assert(nothing_is_frozen());
}
END_TEST

/* Stacks, real ones: an image on a loop device that lies on a file system on another loop device. */
START_TEST(freezes_a_stack_of_real_file_systems)
{
	struct hvg_mount upper, lower;

	if (!hvg_loops_work()) {
		hire("");
		return;
	}
	hvg_sandbox_enter(CLONE_NEWNS);
	hvg_loop_mount("/run/lower", "mkfs.ext4 -q", 64);
	hvg_loop_mount("/run/lower/upper", "mkfs.ext4 -q", 16);
	upper = hvg_loop_find("/run/lower/upper");
	lower = hvg_loop_find("/run/lower");
	hvg_sandbox_run("dd if=/dev/zero of=/run/lower/upper/dirty bs=1M count=4 2>/dev/null");
	config.deeds = &hvg_crew_real_deeds;
	hire("01");
	fds[0] = open("/run/lower/upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds[1] = open("/run/lower", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert(!hvg_devno_is(upper.dev, lower.dev));
	freeze();
	ck_assert_int_eq(ioctl(fds[0], FIFREEZE, 0), -1);
	ck_assert_int_eq(errno, EBUSY);
	thaw();
	hvg_sandbox_run("timeout 5 touch /run/lower/x /run/lower/upper/x");
	close(fds[0]);
	close(fds[1]);
}
END_TEST

Suite *hvg_suite_os_freezecrew(void)
{
	Suite *suite = suite_create("freezecrew");
	TCase *tcase = hvg_suite_case(suite, "freezecrew");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, freezes_levels_in_turn_and_thaws_in_reverse);
	tcase_add_test(tcase, syncs_all_before_it_freezes_any);
	tcase_add_test(tcase, does_not_wait_for_a_sync_beyond_its_budget);
	tcase_add_test(tcase, can_do_without_syncing);
	tcase_add_test(tcase, freezes_nothing_at_all);
	tcase_add_test(tcase, thaws_all_when_one_fails);
	tcase_add_test(tcase, leaves_out_what_is_busy_or_unsupported);
	tcase_add_test(tcase, fails_if_one_is_busy);
	tcase_add_test(tcase, fails_if_one_is_unsupported);
	tcase_add_test(tcase, thaws_by_itself_when_the_time_is_over);
	tcase_add_test(tcase, thaws_the_others_while_a_freeze_hangs);
	tcase_add_test(tcase, begins_nothing_more_when_it_is_told_to_thaw);
	tcase_add_test(tcase, freezes_nothing_when_it_is_told_to_thaw_while_syncing);
	tcase_add_test(tcase, goes_on_to_other_levels_while_a_thaw_hangs);
	tcase_add_test(tcase, tells_what_cannot_be_thawed_and_tries_again);
	tcase_add_test(tcase, freezes_more_than_it_has_threads_for);
	tcase_add_test(tcase, thaws_what_another_process_has_frozen);
	tcase_add_test(tcase, thaws_what_others_left_though_one_hangs);
	tcase_add_test(tcase, thaws_once_more_what_a_dying_process_has_frozen_late);
	tcase_add_test(tcase, tells_what_others_left_and_cannot_be_thawed);
	tcase_add_test(tcase, freezes_a_stack_of_real_file_systems);
	tcase = hvg_suite_case(suite, "hanging");
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, tells_that_a_thread_hangs);
	return suite;
}
