// SPDX-License-Identifier: LGPL-2.1-or-later

#include "suites.h"

#include "hvctl/facts/recording.h"

#include "base/units.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct facts *parse(const char *text)
{
	struct facts *facts = facts_new();
	unsigned int line = 0;

	ck_assert_msg(recording_parse(text, facts, &line) == 0, "line %u of:\n%s", line, text);
	return facts;
}

static char *print(const struct facts *facts)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	recording_print(facts, file);
	fclose(file);
	return text;
}

static const char guest[] = "# A comment.\n"
			    "\n"
			    "/sys/class/dmi/id/\n"
			    "\tsys_vendor = Microsoft Corporation\n"
			    "\tproduct_uuid ! EACCES\n"
			    "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/\n"
			    "\tchannel_vp_mapping:\n"
			    "\t\t11:0\n"
			    "\t\t\n"
			    "\t\t14:1\n"
			    "\tchannels/11/interrupts = 37\n"
			    "\tdriver -> ../../../../bus/vmbus/drivers/hv_utils\n"
			    "\tuio/\n"
			    "\todd\\x20name = \\\\ \\x1b \\t = -> !\n"
			    "\tempty = \n"
			    "cpuid/\n"
			    "\t40000001 = 31237648 00000000\n";

START_TEST(reads_every_kind_of_line)
{
	static const struct {
		const char *path;
		enum fact_kind kind;
		const char *text;
	} all[] = {
		{ "/sys/class/dmi/id/sys_vendor", FACT_FILE, "Microsoft Corporation" },
		{ "/sys/class/dmi/id/product_uuid", FACT_ERROR, "EACCES" },
		{ "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/channel_vp_mapping",
			FACT_FILE, "11:0\n\n14:1" },
		{ "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/channels/11/interrupts",
			FACT_FILE, "37" },
		{ "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/driver",
			FACT_LINK, "../../../../bus/vmbus/drivers/hv_utils" },
		{ "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/uio",
			FACT_FOLDER, "" },
		{ "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/odd name",
			FACT_FILE, "\\ \x1b \t = -> !" },
		{ "/sys/bus/vmbus/devices/fd149e91-82e0-4a7d-afa6-2a4166cbd7c0/empty",
			FACT_FILE, "" },
		{ "cpuid/40000001", FACT_FILE, "31237648 00000000" },
	};
	struct facts *facts = parse(guest);

	ck_assert_uint_eq(facts_count(facts), HVG_ELEMENTS(all));
	for (size_t i = 0; i < HVG_ELEMENTS(all); i++) {
		struct fact found = fact(facts, "%s", all[i].path);

		ck_assert_int_eq(found.kind, all[i].kind);
		ck_assert_str_eq(found.text, all[i].text);
	}
	facts_free(facts);
}
END_TEST

START_TEST(what_is_printed_reads_the_same)
{
	struct facts *facts = parse(guest), *again;
	char *text = print(facts), *text_again;

	again = parse(text);
	text_again = print(again);
	ck_assert_str_eq(text, text_again);
	ck_assert_uint_eq(facts_count(facts), facts_count(again));
	for (size_t i = 0; i < facts_count(facts); i++) {
		struct fact one = facts_at(facts, i), other = facts_at(again, i);

		ck_assert_str_eq(one.path, other.path);
		ck_assert_str_eq(one.text, other.text);
		ck_assert_int_eq(one.kind, other.kind);
	}
	free(text);
	free(text_again);
	facts_free(facts);
	facts_free(again);
}
END_TEST

START_TEST(refuses_what_is_no_recording)
{
	static const struct {
		const char *text;
		unsigned int line;
	} all[] = {
		{ "no folder\n", 1 },
		{ "/\n", 1 },
		{ "\tname = before any folder\n", 1 },
		{ "/a/\n\tname\n", 2 },
		{ "/a/\n\tname =\n", 2 },
		{ "/a/\n\t = value\n", 2 },
		{ "/a/\n\tname = \\q\n", 2 },
		{ "/a/\n\tname = \\x0\n", 2 },
		{ "/a/\n\tname = \\x00\n", 2 },
		{ "/a/\n\tname = \\\n", 2 },
		{ "/a/\n\t\ta line of nothing\n", 2 },
		{ "/a/\n\tname = one\n\t\tand more\n", 3 },
		{ "/a/\n\tname:\n\t\tone\n\tb = c\n\t\ttwo\n", 5 },
		{ "/a/\n\t:\n", 2 },
		{ "/a/\n\t/\n", 2 },
	};

	for (size_t i = 0; i < HVG_ELEMENTS(all); i++) {
		struct facts *facts = facts_new();
		unsigned int line = 0;

		ck_assert_msg(recording_parse(all[i].text, facts, &line) == -EBADMSG, "%s",
			all[i].text);
		ck_assert_msg(line == all[i].line, "line %u of %s", line, all[i].text);
		facts_free(facts);
	}
}
END_TEST

START_TEST(a_last_line_without_its_end_counts)
{
	struct facts *facts = parse("/a/\n\tb:\n\t\tone\n\t\ttwo");
	struct fact found = fact(facts, "/a/b");

	ck_assert_str_eq(found.text, "one\ntwo");
	facts_free(facts);
}
END_TEST

static char *read_file(const char *name)
{
	char path[4096], *text = calloc(1, 1 << 20);
	FILE *file;

	snprintf(path, sizeof(path), HVG_TEST_DATA "/guests/%s", name);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, file), (1 << 20) - 1);
	fclose(file);
	return text;
}

/* Behind the comments: hand-written ones are there to stay as they are. */
START_TEST(the_recorded_guests_are_as_it_prints_them)
{
	DIR *folder = opendir(HVG_TEST_DATA "/guests");
	struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(folder))) {
		char *text, *printed, *body;
		struct facts *facts;

		if (!strstr(entry->d_name, ".guest"))
			continue;
		text = read_file(entry->d_name);
		facts = parse(text);
		printed = print(facts);
		for (body = text; *body == '#'; body = strchr(body, '\n') + 1)
			;
		ck_assert_msg(strcmp(body, printed) == 0, "%s", entry->d_name);
		facts_free(facts);
		free(printed);
		free(text);
		n++;
	}
	closedir(folder);
	ck_assert_uint_ge(n, 10);
}
END_TEST

Suite *hvg_suite_hvctl_recording(void)
{
	Suite *suite = suite_create("recording");
	TCase *tcase = hvg_suite_case(suite, "recording");

	tcase_add_test(tcase, reads_every_kind_of_line);
	tcase_add_test(tcase, what_is_printed_reads_the_same);
	tcase_add_test(tcase, refuses_what_is_no_recording);
	tcase_add_test(tcase, a_last_line_without_its_end_counts);
	tcase_add_test(tcase, the_recorded_guests_are_as_it_prints_them);
	return suite;
}
