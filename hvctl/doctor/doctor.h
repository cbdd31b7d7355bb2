/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_DOCTOR_H
#define HVG_HVCTL_DOCTOR_H

/*
 * Known problems of a guest on Hyper-V. Each check looks at the facts for one of them and says
 * what it found, with evidence and a fix; hvctl-doctor(7) has a section for each id. Ids are
 * never used again.
 */

#include "hvctl/facts/guest.h"
#include "hvctl/facts/judgement.h"

enum severity {
	SEVERITY_NOTE,    /* could be better */
	SEVERITY_WARNING, /* will hurt some day, or hurts a little */
	SEVERITY_ERROR,   /* something does not work */
};

/* "note", "warning", "error" */
const char *severity_name(enum severity severity);

struct findings;

struct check {
	const char *id; /* "HVG0201" */
	enum severity severity;
	const char *title; /* of the section in hvctl-doctor(7) */
	void (*look)(const struct guest *guest, struct findings *findings);
};

extern const struct check checks[]; /* by id; ends with a row without one */

struct finding {
	const struct check *check;
	struct judgement judgement;
};

#define FINDINGS_MAX 64 /* what is more than that is left out */

struct findings {
	const struct check *check; /* that looks */
	struct finding items[FINDINGS_MAX];
	size_t n;
};

/* For checks: one more finding, in a sentence without a capital letter and a full stop. */
struct judgement *findings_add(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* NULL if there is no check of that id. */
const struct check *check_find(const char *id);

/* Adds what the check finds. */
void check_run(const struct check *check, const struct guest *guest, struct findings *findings);

/* The checks, in the order of their ids. */

void check_utils(const struct guest *guest, struct findings *findings);
void check_drivers(const struct guest *guest, struct findings *findings);
void check_kvp_daemon(const struct guest *guest, struct findings *findings);
void check_vss_daemon(const struct guest *guest, struct findings *findings);
void check_fcopy_daemon(const struct guest *guest, struct findings *findings);
void check_competition(const struct guest *guest, struct findings *findings);
void check_silence(const struct guest *guest, struct findings *findings);
void check_stale_pools(const struct guest *guest, struct findings *findings);
void check_injection(const struct guest *guest, struct findings *findings);
void check_network_manager(const struct guest *guest, struct findings *findings);

void check_clocksource(const struct guest *guest, struct findings *findings);
void check_clock_owners(const struct guest *guest, struct findings *findings);
void check_refclock(const struct guest *guest, struct findings *findings);
void check_no_owner(const struct guest *guest, struct findings *findings);
void check_silent_clock(const struct guest *guest, struct findings *findings);

void check_offline_memory(const struct guest *guest, struct findings *findings);
void check_memory_policy(const struct guest *guest, struct findings *findings);
void check_hot_add_failure(const struct guest *guest, struct findings *findings);
void check_block_size(const struct guest *guest, struct findings *findings);
void check_processors(const struct guest *guest, struct findings *findings);

void check_grown_disk(const struct guest *guest, struct findings *findings);
void check_second_table(const struct guest *guest, struct findings *findings);
void check_small_file_system(const struct guest *guest, struct findings *findings);
void check_trim(const struct guest *guest, struct findings *findings);
void check_scheduler(const struct guest *guest, struct findings *findings);
void check_timeout(const struct guest *guest, struct findings *findings);
void check_disk_names(const struct guest *guest, struct findings *findings);
void check_emulated_disk(const struct guest *guest, struct findings *findings);
void check_unseen_size(const struct guest *guest, struct findings *findings);

void check_freezing(const struct guest *guest, struct findings *findings);
void check_foreign_disks(const struct guest *guest, struct findings *findings);

void check_function_managed(const struct guest *guest, struct findings *findings);
void check_function_down(const struct guest *guest, struct findings *findings);
void check_function_mtu(const struct guest *guest, struct findings *findings);
void check_function_driver(const struct guest *guest, struct findings *findings);
void check_legacy_adapter(const struct guest *guest, struct findings *findings);

void check_poweroff(const struct guest *guest, struct findings *findings);
void check_masked(const struct guest *guest, struct findings *findings);
void check_template(const struct guest *guest, struct findings *findings);
void check_authority(const struct guest *guest, struct findings *findings);
void check_fallback_loader(const struct guest *guest, struct findings *findings);
void check_crash_dump(const struct guest *guest, struct findings *findings);
void check_command_line(const struct guest *guest, struct findings *findings);
void check_hibernation(const struct guest *guest, struct findings *findings);

void check_oops(const struct guest *guest, struct findings *findings);
void check_forced_shutdown(const struct guest *guest, struct findings *findings);
void check_mmio(const struct guest *guest, struct findings *findings);

#endif
