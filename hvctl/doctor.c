// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl doctor: known problems that are found here, each with evidence and a fix.
 */

#include "hvctl/doctor/doctor.h"

#include "hvctl/facts/collect.h"
#include "hvctl/hvctl.h"
#include "hvctl/judgement-print.h"
#include "hvctl/subject.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <stdio.h>
#include <string.h>

enum { FROM, LIST };

const struct hvctl_option doctor_options[] = {
	[FROM] = SUBJECT_FROM,
	[LIST] = { "list", 0, NULL, "what is looked for" },
	{ NULL },
};

static const char *color_of(enum severity severity)
{
	switch (severity) {
	case SEVERITY_NOTE:
		return "";
	case SEVERITY_WARNING:
		return "\033[33m";
	case SEVERITY_ERROR:
		break;
	}
	return "\033[31m";
}

/* --list */

static int list(struct hvctl *hvctl)
{
	static const char *const headings[] = { "ID", "SEVERITY", "PROBLEM", NULL };
	struct hvctl_table *table = hvctl_table_new(hvctl, headings);

	if (!table)
		return HVCTL_WRONG;
	for (const struct check *check = checks; check->id; check++)
		hvctl_table_add(table,
			(const char *const[]){
				check->id, severity_name(check->severity), check->title });
	return hvctl_table_print(table);
}

static int list_json(void)
{
	json_t *array = json_array();

	for (const struct check *check = checks; check->id; check++)
		json_array_append_new(array,
			json_pack("{ss ss ss}", "id", check->id, "severity",
				severity_name(check->severity), "title", check->title));
	return hvctl_print_json(array, false);
}

/* Looking. */

static bool is_wanted(const struct check *check, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], check->id) == 0)
			return true;
	return argc == 1;
}

static void look(const struct guest *guest, int argc, char *argv[], struct findings *ret)
{
	for (const struct check *check = checks; check->id; check++)
		if (is_wanted(check, argc, argv))
			check_run(check, guest, ret);
}

/* Notes are no reason for alarm. */
static int judge(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].check->severity > SEVERITY_NOTE)
			return HVCTL_WRONG;
	return HVCTL_OK;
}

static void print_finding(const struct finding *finding)
{
	bool has_colors = hvctl_wants_colors();

	printf("%s%s %s%s\n", has_colors ? color_of(finding->check->severity) : "",
		finding->check->id, severity_name(finding->check->severity),
		has_colors ? "\033[0m" : "");
	judgement_print_line("Found", finding->judgement.text);
	judgement_print(&finding->judgement);
	printf("\n");
}

/* What stayed unseen, so that silence about it is not taken for health. */
static void print_unseen(const struct facts *facts)
{
	size_t n = 0;
	_cleanup_free_ char *first = NULL;

	for (size_t i = 0; i < facts_count(facts); i++) {
		struct fact fact = facts_at(facts, i);

		if (!fact_is_denied(&fact))
			continue;
		if (n++ == 0)
			first = hvctl_escape(fact.path);
	}
	if (n > 0)
		printf("%zu facts (such as %s) may be read by root only.\n", n,
			first ? first : "");
}

static void print_text(const struct findings *findings, const struct facts *facts)
{
	for (size_t i = 0; i < findings->n; i++)
		print_finding(&findings->items[i]);
	if (findings->n == 0)
		printf("Nothing is wrong, of what hvctl knows.\n");
	else
		printf("%zu problem%s found. hvctl-doctor(7) tells more of each.\n",
			findings->n, findings->n == 1 ? " was" : "s were");
	print_unseen(facts);
}

static json_t *json_of_findings(const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		json_array_append_new(array,
			json_pack("{ss ss ss so so so}", "id", finding->check->id, "severity",
				severity_name(finding->check->severity), "title",
				finding->check->title, "found",
				hvctl_json_text(finding->judgement.text), "evidence",
				judgement_json_evidence(&finding->judgement), "fix",
				judgement_json_fix(&finding->judgement)));
	}
	return array;
}

static json_t *json_of_unseen(const struct facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < facts_count(facts); i++) {
		struct fact fact = facts_at(facts, i);

		if (fact_is_denied(&fact))
			json_array_append_new(array, hvctl_json_text(fact.path));
	}
	return array;
}

static int print(struct hvctl *hvctl, const struct guest *guest, int argc, char *argv[])
{
	_cleanup_free_ struct findings *findings = calloc(1, sizeof(*findings));

	if (!findings)
		return HVCTL_WRONG;
	look(guest, argc, argv, findings);
	if (hvctl->json)
		return HVG_MAX(judge(findings),
			hvctl_print_json(
				json_pack("{so so}", "findings", json_of_findings(findings),
					"unseen", json_of_unseen(guest->facts)),
				false));
	hvctl_pager_begin(hvctl);
	print_text(findings, guest->facts);
	hvctl_pager_end(hvctl);
	return judge(findings);
}

static int check_ids(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (!check_find(argv[i])) {
			hvctl_complain("there is no check '%s'; hvctl doctor --list lists them",
				argv[i]);
			return HVCTL_USAGE;
		}
	return HVCTL_OK;
}

int hvctl_doctor(struct hvctl *hvctl, int argc, char *argv[])
{
	struct subject subject = { 0 };
	struct hvctl_given given;
	int code;

	if (hvctl_take_options(doctor_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	code = check_ids(argc, argv);
	if (code != HVCTL_OK)
		return code;
	if (given.value[LIST])
		return hvctl->json ? list_json() : list(hvctl);
	code = subject_open(&subject, given.value[FROM], FACTS_SYSTEM);
	if (code == HVCTL_OK)
		code = print(hvctl, &subject.guest, argc, argv);
	subject_done(&subject);
	return code;
}
