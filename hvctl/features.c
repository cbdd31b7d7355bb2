// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl features: the state of each integration feature with its evidence and what to do; or,
 * without looking at any guest, what another system would have (--for).
 */

#include "hvctl/features/feature.h"

#include "hvctl/facts/collect.h"
#include "hvctl/features-print.h"
#include "hvctl/hvctl.h"
#include "hvctl/subject.h"

#include "base/units.h"

#include <string.h>

enum { FROM, ALL, FOR };

const struct hvctl_option features_options[] = {
	[FROM] = SUBJECT_FROM,
	[ALL] = { "all", 0, NULL, "since when which system has each feature, too" },
	[FOR] = { "for", 0, "SYSTEM",
		"what debian-12, rhel-9, freebsd-14 or linux-6.1 has by itself" },
	{ NULL },
};

/* Whether the command line names the feature, or none at all. */
static bool is_wanted(const struct feature *feature, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], feature->name) == 0)
			return true;
	return argc == 1;
}

static int check_names(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (!feature_find(argv[i])) {
			hvctl_complain(
				"there is no feature '%s'; hvctl features lists them", argv[i]);
			return HVCTL_USAGE;
		}
	return HVCTL_OK;
}

static int print_table(struct hvctl *hvctl, const struct guest *guest)
{
	static const char *const headings[] = { "FEATURE", "STATE", "WHY", NULL };
	struct hvctl_table *table = hvctl_table_new(hvctl, headings);
	struct verdict verdict;

	if (!table)
		return HVCTL_WRONG;
	for (const struct feature *feature = features; feature->name; feature++) {
		hvctl_row *row;

		feature_judge(feature, guest, &verdict);
		row = hvctl_table_add_below(table, NULL,
			(const char *const[]){ feature->name, feature_state_name(verdict.state),
				verdict.judgement.text });
		hvctl_row_paint(row, 1, feature_state_color(verdict.state));
	}
	return hvctl_table_print(table);
}

/* Those that were named, each in full. 1 unless all of them work. */
static int print_named(const struct guest *guest, int argc, char *argv[])
{
	struct verdict verdict;
	int code = HVCTL_OK;
	size_t n = 0;

	for (const struct feature *feature = features; feature->name; feature++) {
		if (!is_wanted(feature, argc, argv))
			continue;
		feature_judge(feature, guest, &verdict);
		features_print_full(feature, &verdict, n++ > 0);
		if (verdict.state != FEATURE_WORKS && verdict.state != FEATURE_READY)
			code = HVCTL_WRONG;
	}
	return code;
}

static int print_json(const struct guest *guest, int argc, char *argv[])
{
	json_t *array = json_array();
	struct verdict verdict;
	int code = HVCTL_OK;

	for (const struct feature *feature = features; feature->name; feature++) {
		if (!is_wanted(feature, argc, argv))
			continue;
		feature_judge(feature, guest, &verdict);
		json_array_append_new(array, features_json(feature, &verdict));
		if (argc > 1 && verdict.state != FEATURE_WORKS &&
			verdict.state != FEATURE_READY)
			code = HVCTL_WRONG;
	}
	return HVG_MAX(code, hvctl_print_json(array, false));
}

static int print(struct hvctl *hvctl, const struct guest *guest,
	const struct hvctl_given *given, int argc, char *argv[])
{
	int code;

	if (hvctl->json)
		return print_json(guest, argc, argv);
	hvctl_pager_begin(hvctl);
	if (given->value[ALL])
		code = features_print_references(hvctl, guest);
	else if (argc > 1)
		code = print_named(guest, argc, argv);
	else
		code = print_table(hvctl, guest);
	hvctl_pager_end(hvctl);
	return code;
}

int hvctl_features(struct hvctl *hvctl, int argc, char *argv[])
{
	struct subject subject = { 0 };
	struct hvctl_given given;
	int code;

	if (hvctl_take_options(features_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	code = check_names(argc, argv);
	if (code != HVCTL_OK)
		return code;
	if (given.value[FOR])
		return features_print_for(hvctl, given.value[FOR]);
	code = subject_open(&subject, given.value[FROM], FACTS_SYSTEM);
	if (code == HVCTL_OK)
		code = print(hvctl, &subject.guest, &given, argc, argv);
	subject_done(&subject);
	return code;
}
