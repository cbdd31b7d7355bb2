/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_UNIT_FIX_H
#define HVG_HVCTL_UNIT_FIX_H

/* What to type so that a unit runs, or others do not, after what systemd tells about them. */

#include "hvctl/facts/judgement.h"
#include "hvctl/facts/services.h"

/* One of ours, or of the distribution's. */
void unit_fix_start(
	struct judgement *judgement, const struct guest *guest, const char *unit);

/* Whoever else serves what ours is there for. */
void unit_fix_stop_others(struct judgement *judgement, const struct guest *guest,
	const struct service *service);

#endif
