/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_VSSD_FREEZER_PROTOCOL_H
#define HVG_VSSD_FREEZER_PROTOCOL_H

/*
 * What hv-vssd and its freezer say to each other, over a socket that keeps messages whole. Both are of
 * the same build, so a message is the struct itself.
 *
 *	daemon				freezer
 *	ADD, with descriptors, …
 *	FREEZE, with the note	->
 *				<-	PHASE frozen, or over with the code
 *	THAW			->
 *				<-	PHASE thawing at once, then over
 *	CLEAR			->	everything is forgotten, descriptors closed
 *
 * The end of the socket means THAW, and then the freezer's end. What has become of each file system
 * stands in the table that both see.
 */

#include "os/freezecrew.h"

/* The freezer's descriptors from birth. */
#define VSSD_FREEZER_SOCKET 3
#define VSSD_FREEZER_TABLE  4

enum vssd_freezer_kind {
	VSSD_FREEZER_ADD,
	VSSD_FREEZER_FREEZE,
	VSSD_FREEZER_THAW,
	VSSD_FREEZER_CLEAR,
	VSSD_FREEZER_PHASE,
};

/* Descriptors in one ADD; SCM_MAX_FD of the kernel is 253. */
#define VSSD_FREEZER_BATCH 64

struct vssd_freezer_message {
	enum vssd_freezer_kind kind;
	uint32_t n; /* descriptors that come along: ADD; FREEZE: one, which holds the note */
	uint32_t levels[VSSD_FREEZER_BATCH];	  /* ADD */
	uint64_t sync_us, frozen_us;		  /* FREEZE */
	bool fails_if_busy, fails_if_unsupported; /* FREEZE */
	enum hvg_crew_phase phase;		  /* PHASE */
	int code, thaw_code;			  /* PHASE */
	uint64_t turn; /* FREEZE, PHASE: which freeze it is about */
};

#endif
