// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl status: this guest, its host and the services between them, on one screen; and how many
 * features and problems there are, for which other verbs have the details.
 */

#include "hvctl/hvctl.h"

#include "hvctl/doctor/doctor.h"
#include "hvctl/facts/collect.h"
#include "hvctl/features-print.h"
#include "hvctl/judgement-print.h"
#include "hvctl/subject.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The services that an administrator of the host sees, as features. */
static const char *const services[] = { "shutdown", "heartbeat", "time", "kvp", "ip-injection",
	"backup", "file-copy" };

#define N_STATES (FEATURE_UNKNOWN + 1)

struct status {
	const struct facts *facts;
	struct hvg_osrelease system;
	char kernel[64], host[160], host_name[128], vm_name[128];
	int generation;
	int64_t memory_mib; /* -1 if unknown */
	struct verdict services[HVG_ELEMENTS(services)];
	unsigned int n_features[N_STATES], n_findings[SEVERITY_ERROR + 1];
};

static void put(const struct facts *facts, const char *path, char *ret, size_t ret_size)
{
	struct fact found = fact(facts, "%s", path);

	(void)snprintf(ret, ret_size, "%s", found.kind == FACT_FILE ? found.text : "");
}

static void put_host(const struct facts *facts, char *ret, size_t ret_size)
{
	unsigned int build = guest_host_build(facts);
	const char *name = guest_host_name(build);

	*ret = '\0';
	if (name)
		(void)snprintf(ret, ret_size, "%s", name);
	else if (build > 0)
		(void)snprintf(ret, ret_size, "Hyper-V of build %u", build);
	else if (guest_is_azure(facts))
		(void)snprintf(ret, ret_size, "Azure");
}

/* "MemTotal:       8316732 kB" */
static int64_t memory_mib(const struct facts *facts)
{
	struct fact meminfo = fact(facts, "/proc/meminfo");
	const char *line = strstr(meminfo.text, "MemTotal:");
	int64_t kib;

	return line && sscanf(line, "MemTotal: %" SCNd64, &kib) == 1 ? kib >> 10 : -1;
}

static void count_features(const struct guest *guest, struct status *ret)
{
	struct verdict verdict;

	for (const struct feature *feature = features; feature->name; feature++) {
		feature_judge(feature, guest, &verdict);
		ret->n_features[verdict.state]++;
		for (size_t i = 0; i < HVG_ELEMENTS(services); i++)
			if (strcmp(services[i], feature->name) == 0)
				ret->services[i] = verdict;
	}
}

static int count_findings(const struct guest *guest, struct status *ret)
{
	_cleanup_free_ struct findings *findings = calloc(1, sizeof(*findings));

	if (!findings)
		return -1;
	for (const struct check *check = checks; check->id; check++)
		check_run(check, guest, findings);
	for (size_t i = 0; i < findings->n; i++)
		ret->n_findings[findings->items[i].check->severity]++;
	return 0;
}

static int describe(const struct guest *guest, struct status *ret)
{
	const struct facts *facts = guest->facts;

	ret->facts = facts;
	guest_os(facts, &ret->system);
	put(facts, "/proc/sys/kernel/osrelease", ret->kernel, sizeof(ret->kernel));
	put_host(facts, ret->host, sizeof(ret->host));
	put(facts, "kvp/host/PhysicalHostNameFullyQualified", ret->host_name,
		sizeof(ret->host_name));
	put(facts, "kvp/host/VirtualMachineName", ret->vm_name, sizeof(ret->vm_name));
	ret->generation = guest_generation(facts);
	ret->memory_mib = memory_mib(facts);
	count_features(guest, ret);
	return count_findings(guest, ret);
}

/* Text. */

#define LINE_SIZE 512

/* One more part of a line, behind a comma. */
static void append(char line[static LINE_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void append(char line[static LINE_SIZE], const char *format, ...)
{
	size_t used = strlen(line);
	va_list arguments;

	if (used > 0)
		used += (size_t)snprintf(line + used, LINE_SIZE - used, ", ");
	if (used >= LINE_SIZE)
		return;
	va_start(arguments, format);
	(void)vsnprintf(line + used, LINE_SIZE - used, format, arguments);
	va_end(arguments);
}

static void append_count(
	char line[static LINE_SIZE], unsigned int n, const char *what, const char *plural)
{
	if (n > 0)
		append(line, "%u %s%s", n, what, n > 1 ? plural : "");
}

/* What is not known is left out. */
static void print_machine(const struct status *status)
{
	struct fact dynamic =
		fact(status->facts, "kvp/host/VirtualMachineDynamicMemoryBalancingEnabled");
	char line[LINE_SIZE] = "";

	if (*status->vm_name)
		append(line, "%s", status->vm_name);
	if (status->generation > 0)
		append(line, "generation %d", status->generation);
	append_count(line, guest_processors(status->facts), "processor", "s");
	if (status->memory_mib >= 0)
		append(line, "%" PRId64 " MiB of memory%s", status->memory_mib,
			fact_is(&dynamic, "1") ? " (dynamic)" : "");
	judgement_print_line("VM", line);
}

static void print_head(const struct status *status)
{
	char line[LINE_SIZE];

	(void)snprintf(
		line, sizeof(line), "%s, Linux %s", status->system.pretty_name, status->kernel);
	judgement_print_line("Guest", line);
	(void)snprintf(line, sizeof(line), "%s%s%s", *status->host ? status->host : "unknown",
		*status->host_name ? ", " : "", status->host_name);
	judgement_print_line("Host", line);
	print_machine(status);
}

static int print_services(struct hvctl *hvctl, const struct status *status)
{
	static const char *const headings[] = { "SERVICE", "STATE", "WHY", NULL };
	struct hvctl_table *table = hvctl_table_new(hvctl, headings);

	if (!table)
		return HVCTL_WRONG;
	for (size_t i = 0; i < HVG_ELEMENTS(services); i++)
		hvctl_row_paint(hvctl_table_add_below(table, NULL,
					(const char *const[]){ services[i],
						feature_state_name(status->services[i].state),
						status->services[i].judgement.text }),
			1, feature_state_color(status->services[i].state));
	return hvctl_table_print(table);
}

static void print_counts(const struct status *status)
{
	char line[LINE_SIZE] = "";

	for (int state = 0; state < N_STATES; state++)
		append_count(line, status->n_features[state],
			state == FEATURE_WORKS ? "work"
					       : feature_state_name((enum feature_state)state),
			"");
	judgement_print_line("Features", line);
	line[0] = '\0';
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
		append_count(line, status->n_findings[severity],
			severity_name((enum severity)severity), "s");
	judgement_print_line("Problems", *line ? line : "none");
}

static int print_text(struct hvctl *hvctl, const struct status *status)
{
	int code;

	print_head(status);
	printf("\n");
	code = print_services(hvctl, status);
	printf("\n");
	print_counts(status);
	return code;
}

/* JSON. */

static json_t *text_or_null(const char *text)
{
	return *text ? hvctl_json_text(text) : json_null();
}

static json_t *json_of_services(const struct status *status)
{
	json_t *array = json_array();

	for (size_t i = 0; i < HVG_ELEMENTS(services); i++)
		json_array_append_new(array,
			json_pack("{ss ss so}", "name", services[i], "state",
				feature_state_name(status->services[i].state), "why",
				hvctl_json_text(status->services[i].judgement.text)));
	return array;
}

static json_t *json_of_counts(const struct status *status)
{
	json_t *object = json_object();

	for (int state = 0; state < N_STATES; state++)
		json_object_set_new(object, feature_state_name((enum feature_state)state),
			json_integer(status->n_features[state]));
	return object;
}

static json_t *json_of_problems(const struct status *status)
{
	json_t *object = json_object();

	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
		json_object_set_new(object, severity_name((enum severity)severity),
			json_integer(status->n_findings[severity]));
	return object;
}

static json_t *json_of(const struct status *status)
{
	return json_pack("{so so so so so so so so so so}", "system",
		text_or_null(status->system.pretty_name), "kernel",
		text_or_null(status->kernel), "host", text_or_null(status->host), "host_name",
		text_or_null(status->host_name), "vm_name", text_or_null(status->vm_name),
		"generation",
		status->generation ? json_integer(status->generation) : json_null(),
		"memory_mib",
		status->memory_mib >= 0 ? json_integer(status->memory_mib) : json_null(),
		"services", json_of_services(status), "features", json_of_counts(status),
		"problems", json_of_problems(status));
}

static int judge(const struct status *status)
{
	return status->n_findings[SEVERITY_ERROR] + status->n_findings[SEVERITY_WARNING] > 0
		? HVCTL_WRONG
		: HVCTL_OK;
}

static int show(struct hvctl *hvctl, const struct guest *guest)
{
	_cleanup_free_ struct status *status = calloc(1, sizeof(*status));

	if (!status || describe(guest, status) < 0) {
		hvctl_complain("out of memory");
		return HVCTL_WRONG;
	}
	if (hvctl->json)
		return HVG_MAX(judge(status), hvctl_print_json(json_of(status), false));
	return HVG_MAX(judge(status), print_text(hvctl, status));
}

enum { FROM };

const struct hvctl_option status_options[] = { [FROM] = SUBJECT_FROM, { NULL } };

int hvctl_status(struct hvctl *hvctl, int argc, char *argv[])
{
	struct subject subject = { 0 };
	struct hvctl_given given;
	int code;

	if (hvctl_take_options(status_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	if (argc > 1)
		return hvctl_misuse(argv[0]);
	code = subject_open(&subject, given.value[FROM], FACTS_SYSTEM);
	if (code == HVCTL_OK)
		code = show(hvctl, &subject.guest);
	subject_done(&subject);
	return code;
}
