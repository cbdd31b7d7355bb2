/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_SUBJECT_H
#define HVG_HVCTL_SUBJECT_H

/*
 * The guest that a verb tells about: this machine, or what --from names, which is a file that
 * `hvctl report` wrote, or a folder with a copy of a machine's /sys, /proc and /etc.
 */

#include "hvctl/facts/guest.h"
#include "hvctl/hvctl.h"

#define SUBJECT_FROM                                                                                    \
	{                                                                                               \
		"from", 0, "FILE",                                                                      \
			"of a guest recorded by hvctl report, or of a copy of its /sys, /proc and /etc" \
	}

struct subject {
	struct facts *facts;
	struct guest guest;
};

/*
 * wanted: FACTS_…. An exit code, HVCTL_NOT_HYPERV if it is no Hyper-V guest, after having said
 * what is wrong. To be given to subject_done in any case.
 */
int subject_open(struct subject *subject, const char *from, unsigned int wanted);
void subject_done(struct subject *subject);

#endif
