// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "base/units.h"
#include "daemons/folder.h"
#include "hv-netd/record.h"

#include <errno.h>
#include <sys/socket.h>

#define GUID "b5e15ac5-0000-4000-8000-00155d010203"

static struct folder folder;
static struct netd_context context;

static void setup(void)
{
	folder_create(&folder);
	context = (struct netd_context){ .state = folder.path };
}

static void teardown(void)
{
	folder_remove(&folder);
}

START_TEST(remembers_what_was_applied_last)
{
	static const char text[] = "ipv4 static\nipv6 auto\naddress 192.0.2.7/24\n";
	struct hvg_ipconfig config, again;

	ck_assert_int_eq(hvg_ipconfig_parse(text, strlen(text), &config), 0);
	ck_assert_int_eq(netd_record_read(&context, GUID, &again), -ENOENT);
	ck_assert_int_eq(netd_record_write(&context, GUID, &config), 0);
	ck_assert_int_eq(netd_record_read(&context, GUID, &again), 0);
	ck_assert(hvg_ipconfig_is_equal(&config, &again));
	netd_record_forget(&context, GUID);
	ck_assert_int_eq(netd_record_read(&context, GUID, &again), -ENOENT);
}
END_TEST

/* The history. */

static struct {
	unsigned int n;
	char first[64], last[64], text[256];
} seen;

static int see(void *userdata, const struct netd_event *event)
{
	snprintf(seen.n == 0 ? seen.first : seen.last, sizeof(seen.first), "%s %s %s",
		event->interface, event->backend, event->result);
	snprintf(seen.text, sizeof(seen.text), "%s", event->text);
	seen.n++;
	return 0;
}

static void read_history(void)
{
	memset(&seen, 0, sizeof(seen));
	ck_assert_int_eq(netd_history_read(folder.path, see, NULL), 0);
}

static void add(unsigned int n, const char *text)
{
	struct netd_outcome outcome = {
		.result = NETD_FAILED, .guid = GUID, .backend = "networkd"
	};

	snprintf(outcome.interface, sizeof(outcome.interface), "eth%u", n);
	snprintf(outcome.text, sizeof(outcome.text), "%s", text);
	ck_assert_int_eq(netd_history_add(&context, &outcome), 0);
}

START_TEST(has_no_history_at_first)
{
	read_history();
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

START_TEST(tells_events_in_their_order)
{
	add(0, "one");
	add(1, "two");
	read_history();
	ck_assert_uint_eq(seen.n, 2);
	ck_assert_str_eq(seen.first, "eth0 networkd failed");
	ck_assert_str_eq(seen.last, "eth1 networkd failed");
	ck_assert_str_eq(seen.text, "two");
}
END_TEST

START_TEST(forgets_the_oldest)
{
	for (unsigned int i = 0; i < NETD_HISTORY_MAX + 3; i++)
		add(i, "");
	read_history();
	ck_assert_uint_eq(seen.n, NETD_HISTORY_MAX);
	ck_assert_str_eq(seen.first, "eth3 networkd failed");
	ck_assert_str_eq(seen.last, "eth102 networkd failed");
}
END_TEST

/* What a manager says can forge no event, and no field. */
START_TEST(keeps_an_event_in_one_line)
{
	add(0, "two\nlines\tand a tab");
	read_history();
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_str_eq(seen.text, "two\\x0alines\\x09and a tab");
}
END_TEST

START_TEST(passes_over_what_is_no_event)
{
	folder_write(&folder, "history", "no event\n\n17\tguid\teth7\tnone\tapplied\t\n");
	read_history();
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_str_eq(seen.first, "eth7 none applied");
}
END_TEST

Suite *hvg_suite_netd_record(void)
{
	Suite *suite = suite_create("netd/record");
	TCase *tcase = hvg_suite_case(suite, "record");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, remembers_what_was_applied_last);
	tcase_add_test(tcase, has_no_history_at_first);
	tcase_add_test(tcase, tells_events_in_their_order);
	tcase_add_test(tcase, forgets_the_oldest);
	tcase_add_test(tcase, keeps_an_event_in_one_line);
	tcase_add_test(tcase, passes_over_what_is_no_event);
	return suite;
}
