// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl host: what the host told us about itself and this virtual machine, by CPUID, by the
 * firmware, and by key-value pairs (which need a daemon that keeps them).
 */

#include "hvctl/hvctl.h"

#include "hvctl/facts/collect.h"
#include "hvctl/subject.h"

#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
	char build[64];   /* "10.0.20348" */
	const char *name; /* "Windows Server 2022", or NULL */
	int generation;
	bool is_azure, is_isolated;
};

/* EBX of leaf 0x40000002 has the version's major part in its upper half. */
static struct host describe(const struct facts *facts)
{
	struct host host = {
		.name = guest_host_name(guest_host_build(facts)),
		.generation = guest_generation(facts),
		.is_azure = guest_is_azure(facts),
		.is_isolated = guest_is_isolated(facts),
	};
	uint32_t version = guest_cpuid(facts, "40000002", 1);

	if (guest_host_build(facts) > 0)
		(void)snprintf(host.build, sizeof(host.build), "%u.%u.%u", version >> 16,
			version & 0xffff, guest_host_build(facts));
	return host;
}

/* What the host says by key-value pairs, with a name for people. */
static const struct {
	const char *key, *label;
} pairs[] = {
	{ "PhysicalHostNameFullyQualified", "Host name" },
	{ "VirtualMachineName", "VM name" },
	{ "VirtualMachineId", "VM ID" },
	{ "HostingSystemNestedLevel", "Nesting level" },
	{ "VirtualMachineDynamicMemoryBalancingEnabled", "Dynamic memory" },
};

static void print_line(const char *label, const char *value)
{
	char *escaped = hvctl_escape(value);

	if (*value != '\0')
		printf("%14s: %s\n", label, escaped ? escaped : "");
	free(escaped);
}

static void print_pairs(const struct facts *facts)
{
	if (facts_count_children(facts, "kvp/host") == 0)
		print_line("Data exchange", "nothing received (hvctl doctor tells why)");
	for (size_t i = 0; i < HVG_ELEMENTS(pairs); i++) {
		struct fact value = fact(facts, "kvp/host/%s", pairs[i].key);
		const char *text = value.text;

		if (strcmp(pairs[i].label, "Dynamic memory") == 0 && *text)
			text = fact_is(&value, "1") ? "yes" : "no";
		print_line(pairs[i].label, text);
	}
}

static int print_text(const struct facts *facts)
{
	struct host host = describe(facts);
	struct fact bios = fact(facts, "/sys/class/dmi/id/bios_version");
	char text[160];

	(void)snprintf(text, sizeof(text), "%s%s%s", host.build[0] ? host.build : "unknown",
		host.name ? ", " : "", host.name ? host.name : "");
	print_line("Hypervisor", text);
	print_line("Platform", host.is_azure ? "Azure" : "Hyper-V");
	(void)snprintf(text, sizeof(text), "%d", host.generation);
	print_line("Generation", host.generation ? text : "unknown");
	print_line("Firmware", bios.text);
	print_line("Confidential", host.is_isolated ? "yes" : "no");
	print_pairs(facts);
	return HVCTL_OK;
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? hvctl_json_text(text) : json_null();
}

static json_t *json_of_pairs(const struct facts *facts)
{
	struct facts_child child = { 0 };
	json_t *object = json_object();

	while (facts_next_child(facts, "kvp/host", &child)) {
		struct fact value = fact(facts, "kvp/host/%s", child.name);
		char *key = hvctl_repair(child.name);

		if (key)
			json_object_set_new(object, key, hvctl_json_text(value.text));
		free(key);
	}
	return object;
}

static int print_json(const struct facts *facts)
{
	struct host host = describe(facts);
	struct fact bios = fact(facts, "/sys/class/dmi/id/bios_version");

	return hvctl_print_json(
		json_pack("{so so ss so so sb so}", "version", text_or_null(host.build), "name",
			text_or_null(host.name), "platform",
			host.is_azure ? "azure" : "hyper-v", "generation",
			host.generation ? json_integer(host.generation) : json_null(),
			"firmware", text_or_null(bios.text), "confidential", host.is_isolated,
			"pairs", json_of_pairs(facts)),
		false);
}

enum { FROM };

const struct hvctl_option host_options[] = { [FROM] = SUBJECT_FROM, { NULL } };

int hvctl_host(struct hvctl *hvctl, int argc, char *argv[])
{
	struct subject subject = { 0 };
	struct hvctl_given given;
	int code;

	if (hvctl_take_options(host_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	if (argc > 1)
		return hvctl_misuse(argv[0]);
	code = subject_open(&subject, given.value[FROM], FACTS_HOST);
	if (code == HVCTL_OK)
		code = hvctl->json ? print_json(subject.facts) : print_text(subject.facts);
	subject_done(&subject);
	return code;
}
