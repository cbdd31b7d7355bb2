// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl report: what hvctl sees of this guest, for somebody to judge elsewhere: devices,
 * features and doctor read it with --from.
 */

#include "hvctl/hvctl.h"

#include "hvctl/facts/collect.h"
#include "hvctl/facts/mask.h"
#include "hvctl/facts/recording.h"
#include "hvctl/subject.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FROM, FULL, OUTPUT };

const struct hvctl_option report_options[] = {
	[FROM] = SUBJECT_FROM,
	[FULL] = { "full", 0, NULL, "with addresses, and what the host said of itself" },
	[OUTPUT] = { "output", 'o', "FILE", "write to a file, which must not be there yet" },
	{ NULL },
};

static void print(const struct facts *facts, bool is_full, FILE *file)
{
	fprintf(file, "# A guest as hvctl %s sees it: hvctl doctor --from FILE. %s\n",
		HVG_VERSION,
		is_full ? "Nothing is masked."
			: "Addresses and what the host says of itself are masked.");
	recording_print(facts, file);
}

static int print_to(const struct facts *facts, bool is_full, const char *path)
{
	FILE *file = path ? fopen(path, "wxe") : stdout;
	bool is_written;

	if (!file) {
		hvctl_complain("%s: %s", path, strerror(errno));
		return HVCTL_WRONG;
	}
	print(facts, is_full, file);
	is_written = fflush(file) == 0 && !ferror(file);
	if (path && fclose(file) != 0)
		is_written = false;
	if (is_written)
		return HVCTL_OK;
	hvctl_complain("%s: it could not be written", path ? path : "standard output");
	return HVCTL_WRONG;
}

static int report(
	struct hvctl *hvctl, const struct facts *facts, const struct hvctl_given *given)
{
	struct facts *masked = NULL;
	int code;

	if (!given->value[FULL] && facts_mask(facts, &masked) < 0) {
		hvctl_complain("out of memory");
		return HVCTL_WRONG;
	}
	if (!given->value[OUTPUT])
		hvctl_pager_begin(hvctl);
	code = print_to(
		masked ? masked : facts, given->value[FULL] != NULL, given->value[OUTPUT]);
	hvctl_pager_end(hvctl);
	facts_free(masked);
	return code;
}

int hvctl_report(struct hvctl *hvctl, int argc, char *argv[])
{
	struct subject subject = { 0 };
	struct hvctl_given given;
	int code;

	if (hvctl_take_options(report_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	if (argc > 1)
		return hvctl_misuse(argv[0]);
	code = subject_open(&subject, given.value[FROM], FACTS_ALL);
	if (code == HVCTL_OK)
		code = report(hvctl, subject.facts, &given);
	subject_done(&subject);
	return code;
}
