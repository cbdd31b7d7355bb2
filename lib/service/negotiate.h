/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_NEGOTIATE_H
#define HVG_SERVICE_NEGOTIATE_H

/*
 * Which versions a guest takes of those that a host offers: of framework and messages each its own
 * best one that the host knows too, as the kernel's vmbus_prep_negotiate_resp chooses.
 */

#include "hvguest/icmsg.h"

struct hvg_icsupport {
	const struct hvg_icversion *frameworks, *versions; /* best first */
	size_t n_frameworks, n_versions;
};

/* -EOPNOTSUPP if there is nothing in common. */
int hvg_negotiate(const struct hvg_icsupport *support, const struct hvg_icoffer *offer,
	struct hvg_icchoice *ret);

/* What file copy speaks: framework 3.0, messages 1.1. */
extern const struct hvg_icsupport hvg_icsupport_fcopy;

#endif
