/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_MASK_H
#define HVG_HVCTL_MASK_H

/*
 * Facts without what is nobody else's business: what the host says of itself and of this
 * virtual machine, addresses (IP, MAC, Fibre Channel), and what looks like a secret on the
 * kernel's command line. The same address becomes the same other one everywhere, in paths too,
 * so that what belongs together still does and every judgement stays the same.
 */

#include "hvctl/facts/facts.h"

#define MASK_TEXT "(masked)"

/* The caller frees. -ENOMEM is the only error. */
int facts_mask(const struct facts *facts, struct facts **ret);

#endif
