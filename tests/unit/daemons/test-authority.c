// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A real bus, with a service that asks for permission, a caller who is nobody, and a polkit played
 * by the test; all three on one loop.
 */

#include "suites.h"

#include "base/units.h"
#include "common/authority.h"
#include "common/bus-error.h"
#include "daemons/private-bus.h"

#define PATIENCE_US (20 * HVG_USEC_PER_SEC)
#define ACTION	    "org.hvguest.test.write"

static struct private_bus bus;
static sd_event *event;
static sd_bus *service, *caller, *polkit;
static struct hvg_authority authority;
static unsigned int n_allowed;

/* What polkit answers: a verdict, nonsense, an error, or nothing until the test does. */
static enum { YES, NO, CHALLENGE, NONSENSE, ERROR, NOTHING } verdict;
static sd_bus_message *open_question;
static char asked[256], cancelled[64], cancellation_id[64];

/* What the caller got: "ok", or the name of the error. */
static char answer[128];

static int append_verdict(sd_bus_message *reply)
{
	return verdict == NONSENSE ? sd_bus_message_append(reply, "s", "nonsense") :
				     sd_bus_message_append(reply, "(bba{ss})", verdict == YES,
					     verdict == CHALLENGE, 0);
}

static int on_check(sd_bus_message *question, void *userdata, sd_bus_error *error)
{
	const char *kind, *key, *name, *action, *id;
	sd_bus_message *reply;
	unsigned int flags;

	ck_assert_int_gt(sd_bus_message_read(question, "(sa{sv})s", &kind, 1, &key, "s", &name, &action), 0);
	ck_assert_int_gt(sd_bus_message_skip(question, "a{ss}"), 0);
	ck_assert_int_gt(sd_bus_message_read(question, "us", &flags, &id), 0);
	snprintf(asked, sizeof(asked), "%s %s=%s %s %u", kind, key, name, action, flags);
	snprintf(cancellation_id, sizeof(cancellation_id), "%s", id);
	if (verdict == ERROR)
		return sd_bus_error_set(error, "org.freedesktop.PolicyKit1.Error.Failed", "broken");
	if (verdict == NOTHING) {
		open_question = sd_bus_message_ref(question);
		return 1;
	}
	ck_assert_int_ge(sd_bus_message_new_method_return(question, &reply), 0);
	ck_assert_int_ge(append_verdict(reply), 0);
	ck_assert_int_ge(sd_bus_send(NULL, reply, NULL), 0);
	sd_bus_message_unref(reply);
	return 1;
}

static int on_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *id;

	ck_assert_int_gt(sd_bus_message_read(message, "s", &id), 0);
	snprintf(cancelled, sizeof(cancelled), "%s", id);
	return sd_bus_reply_method_return(message, NULL);
}

/* No vtable: sd-bus would not let it answer nonsense. */
static int on_polkit(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *interface = "org.freedesktop.PolicyKit1.Authority";

	if (sd_bus_message_is_method_call(message, interface, "CheckAuthorization"))
		return on_check(message, userdata, error);
	if (sd_bus_message_is_method_call(message, interface, "CancelCheckAuthorization"))
		return on_cancel(message, userdata, error);
	return 0;
}

static int on_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *text;

	n_allowed++;
	ck_assert_int_gt(sd_bus_message_read(message, "s", &text), 0);
	if (strcmp(text, "full") == 0)
		return -ENOSPC;
	if (strcmp(text, "gone") == 0)
		return hvg_bus_error_set(error, -ENOENT, "no such thing");
	return sd_bus_reply_method_return(message, NULL);
}

static int on_write(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	static const struct hvg_permission permission = { ACTION, on_allowed, NULL };

	return hvg_authority_ask(&authority, message, &permission);
}

static const sd_bus_vtable service_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Write", "s", NULL, on_write, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static void start_polkit(void)
{
	polkit = private_bus_connect(&bus, event, 0);
	ck_assert_int_ge(sd_bus_add_object(polkit, NULL, "/org/freedesktop/PolicyKit1/Authority", on_polkit,
				 NULL),
		0);
	ck_assert_int_ge(sd_bus_request_name(polkit, "org.freedesktop.PolicyKit1", 0), 0);
}

static void setup(void)
{
	private_bus_init(&bus, "bus");
	private_bus_start(&bus);
	ck_assert_int_ge(sd_event_new(&event), 0);
	service = private_bus_connect(&bus, event, 0);
	ck_assert_int_ge(sd_bus_add_object_vtable(service, NULL, "/test", "org.hvguest.Test1",
				 service_vtable, NULL),
		0);
	ck_assert_int_ge(sd_bus_request_name(service, "org.hvguest.Test1", 0), 0);
	caller = private_bus_connect(&bus, event, NOBODY);
}

static void teardown(void)
{
	hvg_authority_done(&authority);
	sd_bus_message_unref(open_question);
	sd_bus_close_unref(caller);
	sd_bus_close_unref(polkit);
	sd_bus_close_unref(service);
	sd_event_unref(event);
	private_bus_done(&bus);
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	snprintf(answer, sizeof(answer), "%s", error ? error->name : "ok");
	return 0;
}

/* The caller's call, not yet answered. */
static void call(const char *text, bool may_interact)
{
	sd_bus_message *message;

	answer[0] = '\0';
	ck_assert_int_ge(sd_bus_message_new_method_call(caller, &message, "org.hvguest.Test1", "/test",
				 "org.hvguest.Test1", "Write"),
		0);
	ck_assert_int_ge(sd_bus_message_append(message, "s", text), 0);
	ck_assert_int_ge(sd_bus_message_set_allow_interactive_authorization(message, may_interact), 0);
	ck_assert_int_ge(sd_bus_call_async(caller, NULL, message, on_answer, NULL, PATIENCE_US), 0);
	sd_bus_message_unref(message);
}

/* Runs the loop until there is something in the text. */
static void await(const char *text)
{
	while (!*text)
		ck_assert_int_gt(sd_event_run(event, PATIENCE_US), 0);
}

/* Runs the loop until what is on its way has arrived: a call of the bus itself, and back. */
static void settle(void)
{
	for (unsigned int i = 0; i < 3; i++)
		while (sd_event_run(event, 50 * HVG_USEC_PER_MSEC) > 0)
			;
}

static const struct {
	int verdict;
	const char *text, *answer;
	unsigned int n_allowed;
} verdicts[] = {
	{ YES, "text", "ok", 1 },
	{ YES, "full", "org.hvguest.Error.NoSpace", 1 },
	{ YES, "gone", "org.hvguest.Error.NotFound", 1 },
	{ NO, "text", SD_BUS_ERROR_ACCESS_DENIED, 0 },
	{ CHALLENGE, "text", SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, 0 },
	{ NONSENSE, "text", SD_BUS_ERROR_ACCESS_DENIED, 0 },
	{ ERROR, "text", SD_BUS_ERROR_ACCESS_DENIED, 0 },
};

START_TEST(does_what_polkit_says)
{
	start_polkit();
	verdict = verdicts[_i].verdict;
	call(verdicts[_i].text, false);
	await(answer);
	ck_assert_str_eq(answer, verdicts[_i].answer);
	ck_assert_uint_eq(n_allowed, verdicts[_i].n_allowed);
	ck_assert_ptr_null(authority.first);
	settle();
	ck_assert_str_eq(cancelled, "");
}
END_TEST

START_TEST(asks_about_the_caller_by_its_name_on_the_bus)
{
	char expected[256];
	const char *name;

	start_polkit();
	for (unsigned int may_interact = 0; may_interact < 2; may_interact++) {
		call("text", may_interact);
		await(answer);
		ck_assert_int_ge(sd_bus_get_unique_name(caller, &name), 0);
		snprintf(expected, sizeof(expected), "system-bus-name name=%s " ACTION " %u", name, may_interact);
		ck_assert_str_eq(asked, expected);
	}
}
END_TEST

START_TEST(refuses_everybody_but_root_without_polkit)
{
	call("text", true);
	await(answer);
	ck_assert_str_eq(answer, SD_BUS_ERROR_ACCESS_DENIED);
	ck_assert_uint_eq(n_allowed, 0);
}
END_TEST

START_TEST(allows_root_without_asking_polkit)
{
	if (geteuid() != 0)
		return;
	sd_bus_close_unref(caller);
	caller = private_bus_connect(&bus, event, 0);
	call("text", false);
	await(answer);
	ck_assert_str_eq(answer, "ok");
	start_polkit();
	verdict = NO;
	call("text", false);
	await(answer);
	ck_assert_str_eq(answer, "ok");
	ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(serves_others_while_polkit_thinks)
{
	start_polkit();
	verdict = NOTHING;
	call("text", false);
	await(asked);
	verdict = YES;
	call("text", false);
	await(answer);
	ck_assert_str_eq(answer, "ok");
	ck_assert_uint_eq(n_allowed, 1);
	answer[0] = '\0';
	ck_assert_int_ge(sd_bus_reply_method_return(open_question, "(bba{ss})", false, false, 0), 0);
	await(answer);
	ck_assert_str_eq(answer, SD_BUS_ERROR_ACCESS_DENIED);
}
END_TEST

START_TEST(gives_each_question_an_id_of_its_own)
{
	char first[64];

	start_polkit();
	verdict = NOTHING;
	call("text", false);
	await(asked);
	snprintf(first, sizeof(first), "%s", cancellation_id);
	sd_bus_message_unref(open_question);
	asked[0] = '\0';
	call("text", false);
	await(asked);
	ck_assert_str_ne(cancellation_id, "");
	ck_assert_str_ne(cancellation_id, first);
}
END_TEST

START_TEST(forgets_a_caller_who_leaves_while_polkit_thinks)
{
	start_polkit();
	verdict = NOTHING;
	call("text", true);
	await(asked);
	caller = sd_bus_close_unref(caller);
	await(cancelled);
	ck_assert_str_eq(cancelled, cancellation_id);
	ck_assert_ptr_null(authority.first);
	ck_assert_int_ge(sd_bus_reply_method_return(open_question, "(bba{ss})", true, false, 0), 0);
	settle();
	ck_assert_uint_eq(n_allowed, 0);
}
END_TEST

static void send_forged_leaving(void)
{
	const char *left, *to;
	sd_bus_message *signal;
	sd_bus *forger = private_bus_connect(&bus, event, NOBODY);

	ck_assert_int_ge(sd_bus_get_unique_name(caller, &left), 0);
	ck_assert_int_ge(sd_bus_get_unique_name(service, &to), 0);
	ck_assert_int_ge(sd_bus_message_new_signal(forger, &signal, "/org/freedesktop/DBus",
				 "org.freedesktop.DBus", "NameOwnerChanged"),
		0);
	ck_assert_int_ge(sd_bus_message_append(signal, "sss", left, left, ""), 0);
	ck_assert_int_ge(sd_bus_message_set_destination(signal, to), 0);
	ck_assert_int_ge(sd_bus_send(forger, signal, NULL), 0);
	sd_bus_message_unref(signal);
	sd_bus_flush_close_unref(forger);
}

START_TEST(believes_nobody_else_that_a_caller_has_left)
{
	start_polkit();
	verdict = NOTHING;
	call("text", true);
	await(asked);
	send_forged_leaving();
	settle();
	ck_assert_str_eq(cancelled, "");
	ck_assert_ptr_nonnull(authority.first);
	ck_assert_int_ge(sd_bus_reply_method_return(open_question, "(bba{ss})", true, false, 0), 0);
	await(answer);
	ck_assert_str_eq(answer, "ok");
}
END_TEST

START_TEST(forgets_a_caller_who_has_left_before_it_is_looked_at)
{
	sd_bus *sender = caller;

	start_polkit();
	verdict = YES;
	call("text", false);
	ck_assert_int_ge(sd_bus_flush(sender), 0);
	caller = sd_bus_close_unref(caller);
	usleep(100000); /* the bus delivers the call first, and then notices */
	settle();
	ck_assert_uint_eq(n_allowed, 0);
	ck_assert_str_eq(asked, "");
	ck_assert_ptr_null(authority.first);
}
END_TEST

START_TEST(refuses_when_polkit_does_not_answer_in_time)
{
	start_polkit();
	authority.patience_us = 50 * HVG_USEC_PER_MSEC;
	verdict = NOTHING;
	call("text", false);
	await(answer);
	ck_assert_str_eq(answer, SD_BUS_ERROR_ACCESS_DENIED);
	await(cancelled);
	ck_assert_str_eq(cancelled, cancellation_id);
	ck_assert_int_ge(sd_bus_reply_method_return(open_question, "(bba{ss})", true, false, 0), 0);
	settle();
	ck_assert_uint_eq(n_allowed, 0);
}
END_TEST

START_TEST(refuses_when_polkit_dies_meanwhile)
{
	start_polkit();
	verdict = NOTHING;
	call("text", false);
	await(asked);
	open_question = sd_bus_message_unref(open_question);
	polkit = sd_bus_close_unref(polkit);
	await(answer);
	ck_assert_str_eq(answer, SD_BUS_ERROR_ACCESS_DENIED);
	ck_assert_ptr_null(authority.first);
}
END_TEST

START_TEST(can_be_dropped_with_questions_open)
{
	start_polkit();
	verdict = NOTHING;
	call("one", false);
	await(asked);
	call("two", false);
	hvg_authority_done(&authority);
	ck_assert_ptr_null(authority.first);
	ck_assert_int_ge(sd_bus_reply_method_return(open_question, "(bba{ss})", true, false, 0), 0);
	verdict = YES;
	asked[0] = '\0';
	await(asked);
	settle();
	ck_assert_uint_eq(n_allowed, 1);
}
END_TEST

Suite *hvg_suite_daemons_authority(void)
{
	Suite *suite = suite_create("daemons-authority");
	TCase *tcase = hvg_suite_case(suite, "authority");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, does_what_polkit_says, 0, HVG_ELEMENTS(verdicts));
	tcase_add_test(tcase, asks_about_the_caller_by_its_name_on_the_bus);
	tcase_add_test(tcase, refuses_everybody_but_root_without_polkit);
	tcase_add_test(tcase, allows_root_without_asking_polkit);
	tcase_add_test(tcase, serves_others_while_polkit_thinks);
	tcase_add_test(tcase, gives_each_question_an_id_of_its_own);
	tcase_add_test(tcase, forgets_a_caller_who_leaves_while_polkit_thinks);
	tcase_add_test(tcase, believes_nobody_else_that_a_caller_has_left);
	tcase_add_test(tcase, forgets_a_caller_who_has_left_before_it_is_looked_at);
	tcase_add_test(tcase, refuses_when_polkit_does_not_answer_in_time);
	tcase_add_test(tcase, refuses_when_polkit_dies_meanwhile);
	tcase_add_test(tcase, can_be_dropped_with_questions_open);
	return suite;
}
