/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_FEATURE_H
#define HVG_HVCTL_FEATURE_H

/*
 * The integration features of Hyper-V: what each is, where it came, and how a guest is judged
 * by it. One small pure function for each, in a file for each group.
 */

#include "hvctl/facts/guest.h"
#include "hvctl/facts/judgement.h"

enum feature_state {
	FEATURE_WORKS,       /* there is evidence that it does */
	FEATURE_READY,       /* all is in place, and has not been used yet */
	FEATURE_DEGRADED,    /* works in part, or will not when it is needed */
	FEATURE_OFF,         /* switched off in this guest */
	FEATURE_MISSING,     /* the host offers it, and the guest lacks a driver or a daemon */
	FEATURE_NOT_OFFERED, /* the host does not offer it to this virtual machine */
	FEATURE_NOT_APPLICABLE, /* cannot be on a virtual machine of this kind */
	FEATURE_UNKNOWN,        /* cannot be told from the facts at hand */
};

/* "works", "not offered". */
const char *feature_state_name(enum feature_state state);

struct verdict {
	enum feature_state state;
	struct judgement judgement;
};

/* The release of each distribution that has had the feature by itself, from Microsoft's maps;
 * "-": not listed. */
enum reference {
	REFERENCE_HOST,  /* the first Windows Server */
	REFERENCE_LINUX, /* the first kernel */
	REFERENCE_DEBIAN,
	REFERENCE_UBUNTU,
	REFERENCE_RHEL,
	REFERENCE_SLES,
	REFERENCE_ORACLE,
	REFERENCE_FREEBSD,
	N_REFERENCES,
};

struct feature {
	const char *name;  /* "live-migration", as the command line has it */
	const char *group; /* "General" */
	const char *title;
	const char *needs; /* in a sentence: what host, guest and virtual machine must have */
	const char *since[N_REFERENCES];
	void (*judge)(const struct guest *guest, struct verdict *ret);
};

extern const struct feature features[]; /* ends with a row without a name */

/* NULL if there is none of that name. */
const struct feature *feature_find(const char *name);

/* Judges the guest. A verdict "works" has evidence, always. */
void feature_judge(
	const struct feature *feature, const struct guest *guest, struct verdict *ret);

/* For those who judge: the state and why, in a sentence without a capital letter and a full
 * stop. */
void verdict_is(struct verdict *verdict, enum feature_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The judges. */

void judge_shutdown(const struct guest *guest, struct verdict *ret);
void judge_time(const struct guest *guest, struct verdict *ret);
void judge_smp(const struct guest *guest, struct verdict *ret);
void judge_heartbeat(const struct guest *guest, struct verdict *ret);
void judge_mouse(const struct guest *guest, struct verdict *ret);
void judge_storage(const struct guest *guest, struct verdict *ret);
void judge_network(const struct guest *guest, struct verdict *ret);

void judge_jumbo(const struct guest *guest, struct verdict *ret);
void judge_vlan(const struct guest *guest, struct verdict *ret);
void judge_live_migration(const struct guest *guest, struct verdict *ret);
void judge_ip_injection(const struct guest *guest, struct verdict *ret);
void judge_vrss(const struct guest *guest, struct verdict *ret);
void judge_offloads(const struct guest *guest, struct verdict *ret);
void judge_sriov(const struct guest *guest, struct verdict *ret);

void judge_vhdx_resize(const struct guest *guest, struct verdict *ret);
void judge_fibre_channel(const struct guest *guest, struct verdict *ret);
void judge_backup(const struct guest *guest, struct verdict *ret);
void judge_trim(const struct guest *guest, struct verdict *ret);

void judge_mmio_gap(const struct guest *guest, struct verdict *ret);
void judge_hot_add(const struct guest *guest, struct verdict *ret);
void judge_ballooning(const struct guest *guest, struct verdict *ret);

void judge_video(const struct guest *guest, struct verdict *ret);

void judge_kvp(const struct guest *guest, struct verdict *ret);
void judge_nmi(const struct guest *guest, struct verdict *ret);
void judge_pae(const struct guest *guest, struct verdict *ret);
void judge_file_copy(const struct guest *guest, struct verdict *ret);
void judge_sockets(const struct guest *guest, struct verdict *ret);
void judge_pci(const struct guest *guest, struct verdict *ret);

void judge_uefi(const struct guest *guest, struct verdict *ret);
void judge_secure_boot(const struct guest *guest, struct verdict *ret);

#endif
