/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_HVCTL_H
#define HVG_TESTS_SCENARIOS_HVCTL_H

/*
 * The guest's administrator with hvctl(1), the program of this build. expect_run runs a command of
 * the guest's shell and compares its exit status, and all that it printed on stdout and stderr.
 */

#include "hvctl/promised.h"
#include "scenario.h"

#include <jansson.h>

#define HVCTL HVG_HVCTL " "
#define KVP   HVG_HVCTL " kvp "

#define SOMEBODY "setpriv --reuid=nobody --regid=nogroup --clear-groups "
#define MEMBER	 "setpriv --reuid=daemon --regid=daemon --init-groups "

#define expect_run(command, status, out, err) hvctl_expect(m, command, status, out, err)

#define expect_ok(command, out)		     expect_run(command, 0, out, "")
#define expect_failed(command, status, err) expect_run(command, status, "", err)

void hvctl_expect(struct machine *m, const char *command, int status, const char *out,
	const char *err);

/* What the command prints; the caller gives it up. And the same, as the schema of that name promises it. */
json_t *hvctl_ask_json(struct machine *m, const char *command);
json_t *hvctl_ask_promised(struct machine *m, const char *schema, const char *command);

/* The guest finds a VMBus, as it would on Hyper-V; or nothing that would look like Hyper-V. */
void hvctl_on_hyperv(struct machine *m);
void hvctl_on_anything_else(struct machine *m);

/* With a bus and hv-kvpd. The group hvguest has the member daemon. */
void hvctl_start_guest(struct machine *m);

/*
 * On a kernel of its own (hvctl-live.c; hvctl is the command): what it tells is what the host offers
 * at the moment; a feature is in that state; a report is judged as the guest is; the host is the one
 * that the monitor plays; and all of it follows when everything is withdrawn, and offered again.
 */
void hvctl_expect_agreement(struct machine *m, const char *hvctl);
void hvctl_expect_state(
	struct machine *m, const char *hvctl, const char *feature, const char *state);
void hvctl_expect_report(struct machine *m, const char *hvctl);
void hvctl_expect_host(struct machine *m, const char *hvctl);
void hvctl_expect_to_follow(struct machine *m, const char *hvctl);

#endif
