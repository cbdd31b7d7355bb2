// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What happens is written down in one text: "joined", "named N", "lost", each with a blank behind.
 */

#include "suites.h"

#include "base/units.h"
#include "common/bus.h"
#include "daemons/private-bus.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define PATIENCE_US (20 * HVG_USEC_PER_SEC)
#define NAME	    "org.hvguest.Test1"

static struct private_bus private;
static sd_event *event;
static struct hvg_bus *bus;
static sd_bus *other;
static char happened[512];
static int joined_result;
static unsigned int n_allowed;

static int on_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	n_allowed++;
	return sd_bus_reply_method_return(message, NULL);
}

static int on_write(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	static const struct hvg_permission permission = { "org.hvguest.test.write", on_allowed, NULL };

	return hvg_bus_authorize(bus, message, &permission);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Write", NULL, NULL, on_write, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static int on_joined(void *userdata, sd_bus *connection)
{
	strcat(happened, "joined ");
	ck_assert_ptr_eq(hvg_bus_get(bus), connection);
	if (joined_result < 0)
		return joined_result;
	return sd_bus_add_object_vtable(connection, NULL, "/test", NAME, vtable, NULL);
}

static void on_named(void *userdata, int result)
{
	sprintf(happened + strlen(happened), "named %d ", result);
}

static void on_lost(void *userdata, int error)
{
	strcat(happened, "lost ");
	ck_assert_int_lt(error, 0);
	ck_assert_ptr_null(hvg_bus_get(bus));
}

static void start(const char *name, const char *address)
{
	const struct hvg_bus_config config = {
		.name = name,
		.address = address,
		.joined = on_joined,
		.named = on_named,
		.lost = on_lost,
	};

	ck_assert_int_eq(hvg_bus_new(event, &config, &bus), 0);
}

static void setup(void)
{
	private_bus_init(&private, "bus");
	ck_assert_int_ge(sd_event_new(&event), 0);
}

static void teardown(void)
{
	ck_assert_ptr_null(hvg_bus_free(bus));
	sd_bus_close_unref(other);
	sd_event_unref(event);
	private_bus_done(&private);
}

/* Runs the loop until all of this has happened, and nothing else. */
static void await(const char *text)
{
	while (strlen(happened) < strlen(text))
		ck_assert_int_gt(sd_event_run(event, PATIENCE_US), 0);
	ck_assert_str_eq(happened, text);
}

/* Runs the loop for this long. Returns how often something happened in it. */
static unsigned int pass(uint64_t span_us)
{
	uint64_t end_us, now_us;
	struct timespec now;
	unsigned int n = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end_us = (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000 + span_us;
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		now_us = (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
		if (now_us >= end_us)
			return n;
		n += sd_event_run(event, end_us - now_us) > 0;
	}
}

START_TEST(joins_a_bus_that_is_there)
{
	private_bus_start(&private);
	start(NAME, private.address);
	ck_assert_ptr_null(hvg_bus_get(bus));
	await("joined named 1 ");
	pass(100 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(happened, "joined named 1 ");
	ck_assert_int_gt(sd_bus_is_ready(hvg_bus_get(bus)), 0);
}
END_TEST

START_TEST(finds_the_system_bus_by_the_environment)
{
	private_bus_start(&private);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", private.address, 1);
	start(NAME, NULL);
	await("joined named 1 ");
}
END_TEST

START_TEST(waits_for_a_bus_that_appears_later)
{
	start(NAME, private.address);
	pass(300 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(happened, "");
	private_bus_start(&private);
	await("joined named 1 ");
}
END_TEST

START_TEST(waits_for_a_folder_that_appears_later)
{
	private_bus_done(&private);
	private_bus_init(&private, "a/b/bus");
	start(NAME, private.address);
	pass(50 * HVG_USEC_PER_MSEC);
	folder_write(&private.folder, "a/b/file", "");
	pass(50 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(happened, "");
	private_bus_start(&private);
	await("joined named 1 ");
}
END_TEST

START_TEST(waits_behind_a_socket_that_nobody_listens_on)
{
	private_bus_start(&private);
	private_bus_stop(&private); /* killed: the socket stays */
	ck_assert_int_eq(access(folder_path(&private.folder, "bus"), F_OK), 0);
	start(NAME, private.address);
	pass(300 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(happened, "");
	private_bus_start(&private);
	await("joined named 1 ");
}
END_TEST

/* The watches on /tmp would see what other programs do there: this test has a /tmp of its own. */
START_TEST(sleeps_while_there_is_no_bus)
{
	if (unshare(CLONE_NEWNS) < 0)
		return;
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), 0);
	start(NAME, private.address);
	pass(50 * HVG_USEC_PER_MSEC);
	ck_assert_uint_eq(pass(HVG_USEC_PER_SEC), 0);
	ck_assert_int_eq(umount("/tmp"), 0);
}
END_TEST

START_TEST(comes_back_to_a_bus_that_was_restarted)
{
	private_bus_start(&private);
	start(NAME, private.address);
	await("joined named 1 ");
	private_bus_stop(&private);
	await("joined named 1 lost ");
	pass(500 * HVG_USEC_PER_MSEC);
	private_bus_start(&private);
	await("joined named 1 lost joined named 1 ");
	private_bus_stop(&private);
	private_bus_start(&private);
	await("joined named 1 lost joined named 1 lost joined named 1 ");
}
END_TEST

/* A policy may be installed after us. */
START_TEST(asks_again_for_a_name_that_is_refused)
{
	private_bus_start(&private);
	start("org.hvguest.Forbidden1", private.address);
	await("joined named -13 ");
	ck_assert_ptr_nonnull(hvg_bus_get(bus));
	private_bus_forbid_nothing(&private);
	do
		pass(50 * HVG_USEC_PER_MSEC);
	while (!strstr(happened, "named 1 "));
	ck_assert_ptr_null(strstr(happened, "lost"));
}
END_TEST

static void send_forged_acquired(sd_bus *from)
{
	sd_bus_message *signal;
	const char *to;

	ck_assert_int_ge(sd_bus_get_unique_name(hvg_bus_get(bus), &to), 0);
	ck_assert_int_ge(sd_bus_message_new_signal(from, &signal, "/org/freedesktop/DBus",
				 "org.freedesktop.DBus", "NameAcquired"),
		0);
	ck_assert_int_ge(sd_bus_message_append(signal, "s", NAME), 0);
	ck_assert_int_ge(sd_bus_message_set_destination(signal, to), 0);
	ck_assert_int_ge(sd_bus_send(from, signal, NULL), 0);
	sd_bus_message_unref(signal);
}

START_TEST(believes_nobody_else_that_it_has_its_name)
{
	private_bus_start(&private);
	other = private_bus_connect(&private, event, 0);
	ck_assert_int_ge(sd_bus_request_name(other, NAME, 0), 0);
	start(NAME, private.address);
	await("joined named 0 ");
	send_forged_acquired(other);
	pass(200 * HVG_USEC_PER_MSEC);
	ck_assert_str_eq(happened, "joined named 0 ");
}
END_TEST

START_TEST(gets_its_name_when_another_leaves_it)
{
	private_bus_start(&private);
	other = private_bus_connect(&private, event, 0);
	ck_assert_int_ge(sd_bus_request_name(other, NAME, 0), 0);
	start(NAME, private.address);
	await("joined named 0 ");
	other = sd_bus_close_unref(other);
	await("joined named 0 named 1 ");
}
END_TEST

START_TEST(tries_again_when_joining_fails)
{
	private_bus_start(&private);
	joined_result = -ENOMEM;
	start(NAME, private.address);
	await("joined lost ");
	joined_result = 0;
	await("joined lost joined named 1 ");
}
END_TEST

START_TEST(tries_ever_more_rarely)
{
	private_bus_start(&private);
	joined_result = -ENOMEM;
	start(NAME, private.address);
	pass(2 * HVG_USEC_PER_SEC);
	/* at 0, 0.1, 0.3, 0.7 and 1.5 s; fewer if the machine is slow */
	ck_assert_uint_le(strlen(happened), 5 * strlen("joined lost "));
	ck_assert_uint_ge(strlen(happened), 2 * strlen("joined lost "));
}
END_TEST

START_TEST(survives_an_address_that_is_none)
{
	start(NAME, "nonsense");
	ck_assert_uint_ge(pass(400 * HVG_USEC_PER_MSEC), 1);
	ck_assert_str_eq(happened, "");
}
END_TEST

/* A socket that is listened on, with nobody who accepts: the bus of a machine that is starting. */
static int listen_for(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

START_TEST(does_not_hold_up_the_end_of_the_loop)
{
	int fd = listen_for(folder_path(&private.folder, "bus"));
	struct timespec before, after;

	start(NAME, private.address);
	pass(50 * HVG_USEC_PER_MSEC);
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_ge(sd_event_exit(event, 0), 0);
	ck_assert_int_eq(sd_event_loop(event), 0);
	bus = hvg_bus_free(bus);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_le(after.tv_sec - before.tv_sec, 10);
	close(fd);
}
END_TEST

static char answer[128];

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	snprintf(answer, sizeof(answer), "%s", error ? error->name : "ok");
	return 0;
}

static void call(void)
{
	answer[0] = '\0';
	ck_assert_int_ge(sd_bus_call_method_async(other, NULL, NAME, "/test", NAME, "Write", on_answer, NULL, NULL), 0);
}

START_TEST(asks_for_permission_on_each_connection)
{
	private_bus_start(&private);
	start(NAME, private.address);
	await("joined named 1 ");
	other = private_bus_connect(&private, event, NOBODY);
	call();
	while (!*answer)
		ck_assert_int_gt(sd_event_run(event, PATIENCE_US), 0);
	ck_assert_str_eq(answer, SD_BUS_ERROR_ACCESS_DENIED);
	ck_assert_uint_eq(n_allowed, 0);
}
END_TEST

START_TEST(forgets_what_was_asked_when_the_bus_goes)
{
	private_bus_start(&private);
	start(NAME, private.address);
	await("joined named 1 ");
	other = private_bus_connect(&private, event, 0);
	for (unsigned int i = 0; i < 5; i++)
		call();
	ck_assert_int_ge(sd_bus_flush(other), 0);
	ck_assert_int_ge(sd_event_run(event, PATIENCE_US), 0);
	private_bus_stop(&private);
	other = sd_bus_close_unref(other);
	await("joined named 1 lost ");
	private_bus_start(&private);
	await("joined named 1 lost joined named 1 ");
}
END_TEST

Suite *hvg_suite_daemons_bus(void)
{
	Suite *suite = suite_create("daemons-bus");
	TCase *tcase = hvg_suite_case(suite, "bus");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, joins_a_bus_that_is_there);
	tcase_add_test(tcase, finds_the_system_bus_by_the_environment);
	tcase_add_test(tcase, waits_for_a_bus_that_appears_later);
	tcase_add_test(tcase, waits_for_a_folder_that_appears_later);
	tcase_add_test(tcase, waits_behind_a_socket_that_nobody_listens_on);
	tcase_add_test(tcase, sleeps_while_there_is_no_bus);
	tcase_add_test(tcase, comes_back_to_a_bus_that_was_restarted);
	tcase_add_test(tcase, asks_again_for_a_name_that_is_refused);
	tcase_add_test(tcase, believes_nobody_else_that_it_has_its_name);
	tcase_add_test(tcase, gets_its_name_when_another_leaves_it);
	tcase_add_test(tcase, tries_again_when_joining_fails);
	tcase_add_test(tcase, tries_ever_more_rarely);
	tcase_add_test(tcase, survives_an_address_that_is_none);
	tcase_add_test(tcase, does_not_hold_up_the_end_of_the_loop);
	tcase_add_test(tcase, asks_for_permission_on_each_connection);
	tcase_add_test(tcase, forgets_what_was_asked_when_the_bus_goes);
	return suite;
}
