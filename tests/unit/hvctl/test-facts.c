// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/facts/facts.h"

#include "base/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct facts *facts;

static void setup(void)
{
	static const struct {
		enum fact_kind kind;
		const char *path, *text;
	} all[] = {
		{ FACT_FILE, "/sys/class/net/eth0/mtu", "1500" },
		{ FACT_FILE, "/sys/class/net/eth0-x/mtu", "9000" },
		{ FACT_FILE, "/sys/class/net/eth0/flags", "0x1803" },
		{ FACT_LINK, "/sys/class/net/eth0/device/driver",
			"../../bus/vmbus/drivers/hv_netvsc" },
		{ FACT_FOLDER, "/sys/class/net/lo", "" },
		{ FACT_ERROR, "/sys/kernel/debug/hv-balloon", "EACCES" },
		{ FACT_ERROR, "/sys/kernel/in_intr_mask", "EINVAL" },
		{ FACT_FILE, "/sys/class/net/eth0/mtu", "7" },
		{ FACT_FILE, "cpuid/40000001", "31237648 00000000" },
		{ FACT_FILE, "queue/scheduler", "[none] mq-deadline" },
		{ FACT_FILE, "queue/vendor", "Msft    " },
		{ FACT_FILE, "queue/word", "not a number" },
	};

	facts = facts_new();
	for (size_t i = 0; i < HVG_ELEMENTS(all); i++)
		ck_assert_int_eq(facts_add(facts, all[i].kind, all[i].path, all[i].text), 0);
	facts_sort(facts);
}

static void teardown(void)
{
	facts = facts_free(facts);
}

START_TEST(finds_what_was_added)
{
	struct fact mtu = fact(facts, "/sys/class/net/%s/mtu", "eth0");

	ck_assert_int_eq(mtu.kind, FACT_FILE);
	ck_assert_str_eq(mtu.path, "/sys/class/net/eth0/mtu");
	ck_assert(fact_is(&mtu, "1500"));
	ck_assert(fact_is_there(&mtu));
}
END_TEST

START_TEST(keeps_the_first_of_two_with_one_path)
{
	struct fact mtu = fact(facts, "/sys/class/net/eth0/mtu");

	ck_assert_str_eq(mtu.text, "1500");
	ck_assert_uint_eq(facts_count(facts), 11);
}
END_TEST

START_TEST(says_where_something_was_missed)
{
	struct fact missing = fact(facts, "/sys/class/net/%s/mtu", "eth1");

	ck_assert_int_eq(missing.kind, FACT_MISSING);
	ck_assert_str_eq(missing.path, "/sys/class/net/eth1/mtu");
	ck_assert_str_eq(missing.text, "");
	ck_assert(!fact_is_there(&missing));
	ck_assert(!fact_is(&missing, ""));
}
END_TEST

START_TEST(takes_a_folder_for_granted_if_something_is_in_it)
{
	struct fact folder = fact(facts, "/sys/class/net"), half = fact(facts, "/sys/class/ne");

	ck_assert_int_eq(folder.kind, FACT_FOLDER);
	ck_assert_int_eq(half.kind, FACT_MISSING);
}
END_TEST

START_TEST(lists_a_folder_once_for_each_name)
{
	static const char *const names[] = { "eth0", "eth0-x", "lo" };
	struct facts_child child = { 0 };
	size_t n = 0;

	while (facts_next_child(facts, "/sys/class/net", &child)) {
		ck_assert_uint_lt(n, HVG_ELEMENTS(names));
		ck_assert_str_eq(child.name, names[n++]);
	}
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(facts_count_children(facts, "/sys/class/net"), 3);
	ck_assert_uint_eq(facts_count_children(facts, "/sys/class/net/eth0"), 3);
	ck_assert_uint_eq(facts_count_children(facts, "/nowhere"), 0);
	ck_assert_uint_eq(facts_count_children(facts, "zzz"), 0);
}
END_TEST

START_TEST(keeps_odd_names_as_they_are)
{
	static const char odd[] = "/sys/class/net/eth\1\x02-\xff/mtu";
	struct facts *odds = facts_new();
	struct fact found;

	ck_assert_int_eq(facts_add(odds, FACT_FILE, odd, "9000"), 0);
	facts_sort(odds);
	found = fact(odds, "%s", odd);
	ck_assert(fact_is(&found, "9000"));
	ck_assert_str_eq(facts_at(odds, 0).path, odd);
	facts_free(odds);
}
END_TEST

START_TEST(reads_numbers)
{
	static const struct {
		const char *path;
		int64_t number;
	} all[] = {
		{ "/sys/class/net/eth0/mtu", 1500 },
		{ "/sys/class/net/eth0/flags", 0x1803 },
		{ "queue/word", -7 },
		{ "/nowhere", -7 },
		{ "/sys/kernel/debug/hv-balloon", -7 },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(all); i++) {
		struct fact found = fact(facts, "%s", all[i].path);

		ck_assert_int_eq(fact_number(&found, -7), all[i].number);
	}
}
END_TEST

START_TEST(tells_what_may_not_be_read_from_what_cannot_be)
{
	struct fact denied = fact(facts, "/sys/kernel/debug/hv-balloon");
	struct fact invalid = fact(facts, "/sys/kernel/in_intr_mask"),
		    missing = fact(facts, "/nowhere");

	ck_assert(fact_is_denied(&denied));
	ck_assert(!fact_is_denied(&invalid));
	ck_assert(!fact_is_denied(&missing));
	ck_assert(!fact_is(&denied, "EACCES"));
}
END_TEST

START_TEST(looks_into_texts)
{
	struct fact driver = fact(facts, "/sys/class/net/eth0/device/driver"),
		    vendor = fact(facts, "queue/vendor");
	struct fact scheduler = fact(facts, "queue/scheduler"),
		    mtu = fact(facts, "/sys/class/net/eth0/mtu");
	char text[8];

	ck_assert_str_eq(fact_target(&driver), "hv_netvsc");
	ck_assert_str_eq(fact_target(&mtu), "mtu");
	ck_assert(fact_has_word(&scheduler, "[none]"));
	ck_assert(fact_has_word(&scheduler, "mq-deadline"));
	ck_assert(!fact_has_word(&scheduler, "none"));
	ck_assert(!fact_has_word(&scheduler, "mq"));
	fact_trim(&vendor, text, sizeof(text));
	ck_assert_str_eq(text, "Msft");
}
END_TEST

START_TEST(refuses_a_path_that_does_not_fit)
{
	char path[FACT_PATH_SIZE + 1];

	memset(path, 'x', FACT_PATH_SIZE);
	path[FACT_PATH_SIZE] = '\0';
	ck_assert_int_eq(facts_add(facts, FACT_FILE, path, ""), -ENAMETOOLONG);
	path[FACT_PATH_SIZE - 1] = '\0';
	ck_assert_int_eq(facts_add(facts, FACT_FILE, path, ""), 0);
}
END_TEST

START_TEST(holds_many_facts_and_long_texts)
{
	struct facts *many = facts_new();
	char path[32], *text = malloc(200001);

	memset(text, 't', 200000);
	text[200000] = '\0';
	for (int i = 4999; i >= 0; i--) {
		snprintf(path, sizeof(path), "/many/%d", i);
		ck_assert_int_eq(facts_add(many, FACT_FILE, path, i == 4711 ? text : path), 0);
	}
	facts_sort(many);
	ck_assert_uint_eq(facts_count(many), 5000);
	for (int i = 0; i < 5000; i++) {
		struct fact found = fact(many, "/many/%d", i);

		snprintf(path, sizeof(path), "/many/%d", i);
		ck_assert_str_eq(found.text, i == 4711 ? text : path);
	}
	facts_free(many);
	free(text);
}
END_TEST

START_TEST(an_empty_table_has_nothing)
{
	struct facts *none = facts_new();
	struct fact found;

	facts_sort(none);
	found = fact(none, "/sys");
	ck_assert(!fact_is_there(&found));
	ck_assert_uint_eq(facts_count_children(none, "/sys"), 0);
	facts_free(none);
	ck_assert_ptr_null(facts_free(NULL));
}
END_TEST

Suite *hvg_suite_hvctl_facts(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = hvg_suite_case(suite, "facts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, finds_what_was_added);
	tcase_add_test(tcase, keeps_the_first_of_two_with_one_path);
	tcase_add_test(tcase, says_where_something_was_missed);
	tcase_add_test(tcase, takes_a_folder_for_granted_if_something_is_in_it);
	tcase_add_test(tcase, lists_a_folder_once_for_each_name);
	tcase_add_test(tcase, keeps_odd_names_as_they_are);
	tcase_add_test(tcase, reads_numbers);
	tcase_add_test(tcase, tells_what_may_not_be_read_from_what_cannot_be);
	tcase_add_test(tcase, looks_into_texts);
	tcase_add_test(tcase, refuses_a_path_that_does_not_fit);
	tcase_add_test(tcase, holds_many_facts_and_long_texts);
	tcase_add_test(tcase, an_empty_table_has_nothing);
	return suite;
}
