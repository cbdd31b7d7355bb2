/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_UNIT_NETD_ADAPTER_FIXTURE_H
#define HVG_TESTS_UNIT_NETD_ADAPTER_FIXTURE_H

/*
 * A guest without a bus and with an empty /etc, in namespaces of the test's own; its adapter "near" is a veth
 * that looks like a synthetic one in /run/sys, with its other end "far" in the network namespace "other".
 * State is in /run/state.
 */

#include "hv-netd/transaction.h"

#define ADAPTER_GUID  "b5e15ac5-0000-4000-8000-00155d010203"
#define ADAPTER_STATE "/run/state"

struct adapter_fixture {
	struct netd_settings settings; /* Backend=none, the rest as in the sample file */
	struct netd_context context;
};

void adapter_fixture_init(struct adapter_fixture *fixture);
void adapter_fixture_done(struct adapter_fixture *fixture);

/* Backend= */
void adapter_fixture_choose(struct adapter_fixture *fixture, const char *backend);

/* What ip(8) shows of near must, or with '!' in front must not, have these words. */
void adapter_expect(const char *what, const char *words);

#endif
