/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_ASKS_H
#define HVG_HVCTL_ASKS_H

/*
 * Questions that no file answers. Each adds facts whose paths do not begin with '/', and adds nothing
 * where there is no answer. -ENOMEM is the only error.
 */

#include "hvctl/facts/facts.h"

int ask_caller(struct facts *facts);	/* caller/user: "root", or another's number */
int ask_kernel(struct facts *facts);	/* uname/machine, page/size */
int ask_processor(struct facts *facts); /* cpuid/LEAF: "EAX EBX ECX EDX" */

/* Adds a fact as by printf. */
int ask_add(struct facts *facts, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
