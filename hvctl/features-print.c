// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Paragraphs, JSON, and the map of who has what since when.
 */

#include "hvctl/features-print.h"

#include "hvctl/judgement-print.h"

#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *feature_state_color(enum feature_state state)
{
	switch (state) {
	case FEATURE_WORKS:
	case FEATURE_READY:
		return "green";
	case FEATURE_DEGRADED:
	case FEATURE_OFF:
		return "brown";
	case FEATURE_MISSING:
		return "red";
	case FEATURE_NOT_OFFERED:
	case FEATURE_NOT_APPLICABLE:
	case FEATURE_UNKNOWN:
		break;
	}
	return "darkgray";
}

void features_print_full(
	const struct feature *feature, const struct verdict *verdict, bool is_behind_another)
{
	if (is_behind_another)
		printf("\n");
	printf("%s (%s): %s\n", feature->title, feature->name,
		feature_state_name(verdict->state));
	judgement_print_line("Why", verdict->judgement.text);
	judgement_print_line("Needs", feature->needs);
	judgement_print(&verdict->judgement);
}

/* The names of references, as JSON and --for have them. */
static const char *const systems[N_REFERENCES] = {
	[REFERENCE_HOST] = "host",
	[REFERENCE_LINUX] = "linux",
	[REFERENCE_DEBIAN] = "debian",
	[REFERENCE_UBUNTU] = "ubuntu",
	[REFERENCE_RHEL] = "rhel",
	[REFERENCE_SLES] = "sles",
	[REFERENCE_ORACLE] = "oracle",
	[REFERENCE_FREEBSD] = "freebsd",
};

static bool is_listed(const char *since)
{
	return strcmp(since, "-") != 0;
}

static json_t *json_of_since(const struct feature *feature)
{
	json_t *since = json_object();

	for (size_t i = 0; i < N_REFERENCES; i++)
		json_object_set_new(since, systems[i],
			is_listed(feature->since[i]) ? json_string(feature->since[i])
						     : json_null());
	return since;
}

json_t *features_json(const struct feature *feature, const struct verdict *verdict)
{
	return json_pack("{ss ss ss ss so ss so so so}", "name", feature->name, "group",
		feature->group, "title", feature->title, "state",
		feature_state_name(verdict->state), "why",
		hvctl_json_text(verdict->judgement.text), "needs", feature->needs, "evidence",
		judgement_json_evidence(&verdict->judgement), "fix",
		judgement_json_fix(&verdict->judgement), "since", json_of_since(feature));
}

int features_print_references(struct hvctl *hvctl, const struct guest *guest)
{
	/* Oracle's is in JSON, and with --for: 80 columns are not enough. */
	static const char *const headings[] = { "FEATURE", "STATE", "HOST", "LINUX", "DEBIAN",
		"UBUNTU", "RHEL", "SLES", "BSD", NULL };
	struct hvctl_table *table = hvctl_table_new(hvctl, headings);
	struct verdict verdict;

	if (!table)
		return HVCTL_WRONG;
	for (const struct feature *feature = features; feature->name; feature++) {
		feature_judge(feature, guest, &verdict);
		hvctl_table_add(table,
			(const char *const[]){ feature->name, feature_state_name(verdict.state),
				feature->since[REFERENCE_HOST], feature->since[REFERENCE_LINUX],
				feature->since[REFERENCE_DEBIAN],
				feature->since[REFERENCE_UBUNTU],
				feature->since[REFERENCE_RHEL], feature->since[REFERENCE_SLES],
				feature->since[REFERENCE_FREEBSD] });
	}
	return hvctl_table_print(table);
}

/* The numbers of a release: "12 SP3", "12-sp3" and "12.3" are the same two. */
static void put_numbers(const char *text, long ret[static 2])
{
	ret[0] = ret[1] = 0;
	for (int i = 0; i < 2 && *text && *text != ','; i++) {
		char *end;

		text += strcspn(text, "0123456789,");
		ret[i] = strtol(text, &end, 10);
		text = end;
	}
}

/* Of "6.6, 7.1" the one of the release's own line decides; beyond all lines it is there. */
static bool is_at_least(const char *release, const char *since)
{
	bool is_beyond = false;
	long has[2], wants[2];

	put_numbers(release, has);
	for (const char *at = since; at; at = strchr(at, ','), at = at ? at + 1 : NULL) {
		put_numbers(at, wants);
		if (has[0] == wants[0])
			return has[1] >= wants[1];
		is_beyond = has[0] > wants[0];
	}
	return is_beyond;
}

/* "debian-12" is a system and a release. */
static int find_system(const char *text, const char **ret_release)
{
	for (int i = 0; i < N_REFERENCES; i++) {
		size_t size = strlen(systems[i]);

		if (strncmp(text, systems[i], size) == 0 && text[size] == '-' &&
			text[size + 1] != '\0') {
			*ret_release = text + size + 1;
			return i;
		}
	}
	return -1;
}

static const char *say_whether(const char *release, const char *since)
{
	if (!is_listed(since))
		return "not listed";
	return is_at_least(release, since) ? "yes" : "no";
}

static json_t *json_of_system(int system, const char *release)
{
	json_t *array = json_array();

	for (const struct feature *feature = features; feature->name; feature++) {
		const char *since = feature->since[system];

		json_array_append_new(array,
			json_pack("{ss ss so so ss}", "name", feature->name, "title",
				feature->title, "since",
				is_listed(since) ? json_string(since) : json_null(), "has",
				is_listed(since) ? json_boolean(is_at_least(release, since))
						 : json_null(),
				"needs", feature->needs));
	}
	return array;
}

int features_print_for(struct hvctl *hvctl, const char *system)
{
	static const char *const headings[] = { "FEATURE", "BUILT IN", "SINCE", "NEEDS", NULL };
	struct hvctl_table *table;
	const char *release;
	int i = find_system(system, &release);

	if (i < 0) {
		hvctl_complain(
			"which system is '%s'? One of host, linux, debian, ubuntu, rhel, sles, oracle and freebsd, "
			"with a release: debian-12",
			system);
		return HVCTL_USAGE;
	}
	if (hvctl->json)
		return hvctl_print_json(json_of_system(i, release), false);
	table = hvctl_table_new(hvctl, headings);
	if (!table)
		return HVCTL_WRONG;
	for (const struct feature *feature = features; feature->name; feature++)
		hvctl_table_add(table,
			(const char *const[]){ feature->name,
				say_whether(release, feature->since[i]), feature->since[i],
				feature->needs });
	return hvctl_table_print(table);
}
