// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The checks by id: 00 services, 01 the clock, 02 memory and processors, 03 disks, 04 backup,
 * 05 adapters, 06 start and end, 07 what the kernel said.
 */

#include "hvctl/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct check checks[] = {
	{ "HVG0001", SEVERITY_ERROR, "hv_utils is not loaded", check_utils },
	{ "HVG0002", SEVERITY_WARNING, "A device has no driver", check_drivers },
	{ "HVG0003", SEVERITY_WARNING, "Nobody serves key-value pairs", check_kvp_daemon },
	{ "HVG0004", SEVERITY_WARNING, "Nobody serves backups", check_vss_daemon },
	{ "HVG0005", SEVERITY_WARNING, "Nobody serves file copies", check_fcopy_daemon },
	{ "HVG0006", SEVERITY_ERROR, "Two daemons want one device", check_competition },
	{ "HVG0007", SEVERITY_WARNING, "The host sends no key-value pairs", check_silence },
	{ "HVG0008", SEVERITY_WARNING, "Key-value pairs are of another machine",
		check_stale_pools },
	{ "HVG0009", SEVERITY_WARNING, "Addresses cannot be injected", check_injection },
	{ "HVG0010", SEVERITY_NOTE, "Adapters take injected addresses by a script only",
		check_network_manager },

	{ "HVG0101", SEVERITY_WARNING, "The clock counts by a poor source", check_clocksource },
	{ "HVG0102", SEVERITY_ERROR, "The clock has two owners", check_clock_owners },
	{ "HVG0103", SEVERITY_WARNING, "chronyd reads a clock that is not there",
		check_refclock },
	{ "HVG0104", SEVERITY_WARNING, "Nobody keeps the clock", check_no_owner },
	{ "HVG0105", SEVERITY_WARNING, "The host does not tell its time", check_silent_clock },

	{ "HVG0201", SEVERITY_ERROR, "Memory was added and is not used", check_offline_memory },
	{ "HVG0202", SEVERITY_WARNING, "Memory that is added will not be used",
		check_memory_policy },
	{ "HVG0203", SEVERITY_ERROR, "Memory could not be added", check_hot_add_failure },
	{ "HVG0204", SEVERITY_NOTE, "Memory comes in large blocks", check_block_size },
	{ "HVG0205", SEVERITY_WARNING, "Processors are not used", check_processors },

	{ "HVG0301", SEVERITY_WARNING, "A disk has grown", check_grown_disk },
	{ "HVG0302", SEVERITY_WARNING, "The second partition table is not at the end",
		check_second_table },
	{ "HVG0303", SEVERITY_NOTE, "A file system is smaller than its partition",
		check_small_file_system },
	{ "HVG0304", SEVERITY_NOTE, "Free space is not given back", check_trim },
	{ "HVG0305", SEVERITY_NOTE, "A disk has a scheduler of its own", check_scheduler },
	{ "HVG0306", SEVERITY_WARNING, "A disk fails too soon", check_timeout },
	{ "HVG0307", SEVERITY_WARNING, "A disk is mounted by a name that may change",
		check_disk_names },
	{ "HVG0308", SEVERITY_WARNING, "A disk is emulated", check_emulated_disk },
	{ "HVG0309", SEVERITY_WARNING, "A disk has another size than Linux believes",
		check_unseen_size },

	{ "HVG0401", SEVERITY_WARNING, "A file system cannot be frozen", check_freezing },
	{ "HVG0402", SEVERITY_WARNING, "A disk is not the host's", check_foreign_disks },

	{ "HVG0501", SEVERITY_WARNING, "A network manager may take a virtual function",
		check_function_managed },
	{ "HVG0502", SEVERITY_WARNING, "A virtual function is down", check_function_down },
	{ "HVG0503", SEVERITY_WARNING, "A virtual function has another MTU",
		check_function_mtu },
	{ "HVG0504", SEVERITY_WARNING, "A virtual function has no driver",
		check_function_driver },
	{ "HVG0505", SEVERITY_NOTE, "There is a legacy adapter", check_legacy_adapter },

	{ "HVG0601", SEVERITY_ERROR, "The program that shuts down is missing", check_poweroff },
	{ "HVG0602", SEVERITY_ERROR, "Shutting down is masked", check_masked },
	{ "HVG0603", SEVERITY_WARNING, "The firmware trusts Windows alone", check_template },
	{ "HVG0604", SEVERITY_NOTE, "The firmware trusts no certificate authority of 2023",
		check_authority },
	{ "HVG0605", SEVERITY_NOTE, "There is no fallback boot loader", check_fallback_loader },
	{ "HVG0606", SEVERITY_WARNING, "An injected interrupt leaves no dump",
		check_crash_dump },
	{ "HVG0607", SEVERITY_NOTE, "The kernel's command line has old advice",
		check_command_line },
	{ "HVG0608", SEVERITY_WARNING, "Nothing hibernates when the host asks",
		check_hibernation },

	{ "HVG0701", SEVERITY_ERROR, "A driver of Hyper-V crashed", check_oops },
	{ "HVG0702", SEVERITY_ERROR, "The power was cut", check_forced_shutdown },
	{ "HVG0703", SEVERITY_ERROR, "A device found no room", check_mmio },
	{ NULL },
};

const char *severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_NOTE:
		return "note";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_ERROR:
		break;
	}
	return "error";
}

struct judgement *findings_add(struct findings *findings, const char *format, ...)
{
	size_t at = findings->n < FINDINGS_MAX ? findings->n++ : FINDINGS_MAX - 1;
	struct finding *finding = &findings->items[at];
	va_list arguments;

	*finding = (struct finding){ .check = findings->check };
	va_start(arguments, format);
	(void)vsnprintf(
		finding->judgement.text, sizeof(finding->judgement.text), format, arguments);
	va_end(arguments);
	return &finding->judgement;
}

const struct check *check_find(const char *id)
{
	for (const struct check *check = checks; check->id; check++)
		if (strcmp(check->id, id) == 0)
			return check;
	return NULL;
}

void check_run(const struct check *check, const struct guest *guest, struct findings *findings)
{
	findings->check = check;
	check->look(guest, findings);
}
