/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_GOLDEN_H
#define HVG_TESTS_GOLDEN_H

/*
 * Configurations and what each format makes of them, as files in tests/data/net: CASE.config is the
 * one, CASE.EXTENSION the other. HVG_GOLDEN_WRITE=1 in the environment writes the latter anew, to be
 * looked at before they are committed.
 */

#include "format/ipconfig.h"

#define GOLDEN_CASES 8

extern const char *const golden_cases[GOLDEN_CASES];

/* eth0, as hv_netvsc drives it. */
extern const struct hvg_netmatch golden_match;

struct hvg_ipconfig golden_config(const char *name);
void golden_expect(const char *name, const char *extension, const struct hvg_printer *printer);

/* A printer with room for anything. */
struct hvg_printer golden_printer(void);

#endif
