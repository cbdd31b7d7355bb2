/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_FEATURES_OFFERED_H
#define HVG_HVCTL_FEATURES_OFFERED_H

/* What most judges begin with: is the device there, and does anybody drive it? */

#include "hvctl/facts/services.h"
#include "hvctl/features/feature.h"

/*
 * The service's device, driven and open, which is evidence already. NULL if it is not; then the
 * verdict is complete: not offered, missing, or not applicable.
 */
const struct device *offered_service(
	const struct guest *guest, const struct service *service, struct verdict *ret);

/* The same for a service that a daemon has to serve too. */
bool offered_daemon(const struct guest *guest, const struct service *service,
	struct verdict *ret, struct attached *ret_daemon);

#endif
