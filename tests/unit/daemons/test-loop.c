// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The test is its own service manager: it reads the socket that sd_notify writes to.
 */

#include "suites.h"

#include "base/units.h"
#include "common/loop.h"
#include "daemons/folder.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LONG_US (20 * HVG_USEC_PER_SEC)

static struct folder folder;
static int manager = -EBADF;
static struct hvg_loop *loop;
static unsigned int n_reloads, n_stops;

static void setup(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	folder_create(&folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", folder.path);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

static void teardown(void)
{
	hvg_loop_free(loop);
	close(manager);
	folder_remove(&folder);
}

/* All that the manager was told since the last time, each message with a | behind it. */
static const char *notified(void)
{
	static char text[2048];
	char message[512];
	ssize_t n;

	text[0] = '\0';
	while ((n = recv(manager, message, sizeof(message), 0)) > 0)
		sprintf(text + strlen(text), "%.*s|", (int)n, message);
	return text;
}

static void on_reload(void *userdata)
{
	n_reloads++;
}

static void on_stop(void *userdata)
{
	n_stops++;
}

static void start(uint64_t ready_after_us)
{
	const struct hvg_loop_config config = {
		.reload = on_reload,
		.stop = on_stop,
		.ready_after_us = ready_after_us,
	};

	ck_assert_int_eq(hvg_loop_new(&config, &loop), 0);
}

/* One turn of the loop, in which something happens. */
static void turn(void)
{
	ck_assert_int_gt(sd_event_run(hvg_loop_event(loop), LONG_US), 0);
}

START_TEST(is_ready_when_the_daemon_says_so)
{
	start(50 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(notified(), "");
	hvg_loop_ready(loop);
	ck_assert_str_eq(notified(), "READY=1|");
	hvg_loop_ready(loop);
	ck_assert_int_eq(sd_event_run(hvg_loop_event(loop), 400 * HVG_USEC_PER_MSEC), 0);
	ck_assert_str_eq(notified(), "");
}
END_TEST

START_TEST(is_ready_after_a_while_anyway)
{
	start(50 * HVG_USEC_PER_MSEC);
	turn();
	ck_assert_str_eq(notified(), "READY=1|");
	hvg_loop_ready(loop);
	ck_assert_str_eq(notified(), "");
}
END_TEST

START_TEST(waits_two_seconds_by_default)
{
	start(0);
	ck_assert_int_eq(sd_event_run(hvg_loop_event(loop), HVG_USEC_PER_SEC), 0);
	ck_assert_str_eq(notified(), "");
	ck_assert_int_gt(sd_event_run(hvg_loop_event(loop), 10 * HVG_USEC_PER_SEC), 0);
	ck_assert_str_eq(notified(), "READY=1|");
}
END_TEST

START_TEST(tells_its_status_when_it_changes)
{
	start(LONG_US);
	hvg_loop_status(loop, "Serving %d", 1);
	hvg_loop_status(loop, "Serving %d", 1);
	hvg_loop_status(loop, "Serving %s", "2\nREADY=1");
	ck_assert_str_eq(notified(), "STATUS=Serving 1|STATUS=Serving 2\\x0aREADY=1|");
}
END_TEST

START_TEST(reloads_between_two_notices)
{
	char expected[] = "RELOADING=1\nMONOTONIC_USEC=";
	const char *text;

	start(LONG_US);
	hvg_loop_ready(loop);
	(void)notified();
	kill(getpid(), SIGHUP);
	turn();
	ck_assert_uint_eq(n_reloads, 1);
	text = notified();
	ck_assert_int_eq(strncmp(text, expected, strlen(expected)), 0);
	ck_assert_int_gt(atoll(text + strlen(expected)), 0);
	ck_assert_str_eq(strchr(text, '|'), "|READY=1|");
}
END_TEST

START_TEST(reloads_without_a_word_before_it_is_ready)
{
	start(LONG_US);
	kill(getpid(), SIGHUP);
	turn();
	ck_assert_uint_eq(n_reloads, 1);
	ck_assert_str_eq(notified(), "");
}
END_TEST

static const int end_signals[] = { SIGTERM, SIGINT };

START_TEST(lets_the_daemon_stop_in_its_own_time)
{
	start(LONG_US);
	kill(getpid(), end_signals[_i]);
	turn();
	ck_assert_uint_eq(n_stops, 1);
	ck_assert_str_eq(notified(), "STOPPING=1|");
	/* impatience changes nothing, nor does late news */
	kill(getpid(), SIGTERM);
	turn();
	hvg_loop_ready(loop);
	kill(getpid(), SIGHUP);
	turn();
	ck_assert_uint_eq(n_stops, 1);
	ck_assert_uint_eq(n_reloads, 0);
	ck_assert_str_eq(notified(), "");
	hvg_loop_exit(loop, 3);
	ck_assert_int_eq(hvg_loop_run(loop), 3);
	ck_assert_str_eq(notified(), "");
}
END_TEST

START_TEST(ends_at_once_if_there_is_nothing_to_stop)
{
	const struct hvg_loop_config config = { .reload = NULL };

	ck_assert_int_eq(hvg_loop_new(&config, &loop), 0);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGTERM);
	ck_assert_int_eq(hvg_loop_run(loop), 0);
	ck_assert_str_eq(notified(), "STOPPING=1|");
}
END_TEST

START_TEST(tells_that_it_ends_by_itself)
{
	start(LONG_US);
	hvg_loop_exit(loop, 1);
	ck_assert_int_eq(hvg_loop_run(loop), 1);
	ck_assert_str_eq(notified(), "STOPPING=1|");
	ck_assert_uint_eq(n_stops, 0);
}
END_TEST

START_TEST(survives_signals_after_its_end)
{
	start(LONG_US);
	loop = hvg_loop_free(loop);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGINT);
	kill(getpid(), SIGPIPE);
	ck_assert_ptr_null(loop);
}
END_TEST

static const struct {
	const char *usec, *pid;
	uint64_t watchdog_us;
} watchdogs[] = {
	{ "56000000", NULL, 28000000 },
	{ "56000000", "1", 0 }, /* it is for another process */
	{ NULL, NULL, 0 },
	{ "nonsense", NULL, 0 },
};

START_TEST(knows_how_often_the_watchdog_wants_to_hear)
{
	if (watchdogs[_i].usec)
		setenv("WATCHDOG_USEC", watchdogs[_i].usec, 1);
	if (watchdogs[_i].pid)
		setenv("WATCHDOG_PID", watchdogs[_i].pid, 1);
	start(LONG_US);
	ck_assert_uint_eq(hvg_loop_watchdog_us(loop), watchdogs[_i].watchdog_us);
	hvg_loop_alive(loop);
	ck_assert_str_eq(notified(), "WATCHDOG=1|");
}
END_TEST

Suite *hvg_suite_daemons_loop(void)
{
	Suite *suite = suite_create("daemons-loop");
	TCase *tcase = hvg_suite_case(suite, "loop");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, is_ready_when_the_daemon_says_so);
	tcase_add_test(tcase, is_ready_after_a_while_anyway);
	tcase_add_test(tcase, waits_two_seconds_by_default);
	tcase_add_test(tcase, tells_its_status_when_it_changes);
	tcase_add_test(tcase, reloads_between_two_notices);
	tcase_add_test(tcase, reloads_without_a_word_before_it_is_ready);
	tcase_add_loop_test(tcase, lets_the_daemon_stop_in_its_own_time, 0, HVG_ELEMENTS(end_signals));
	tcase_add_test(tcase, ends_at_once_if_there_is_nothing_to_stop);
	tcase_add_test(tcase, tells_that_it_ends_by_itself);
	tcase_add_test(tcase, survives_signals_after_its_end);
	tcase_add_loop_test(tcase, knows_how_often_the_watchdog_wants_to_hear, 0, HVG_ELEMENTS(watchdogs));
	return suite;
}
