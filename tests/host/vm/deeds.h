/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_DEEDS_H
#define HVG_TESTS_HOST_VM_DEEDS_H

/*
 * What a host can do only to a machine with a kernel of its own: host.h goes on here. Components are
 * those of control.h. What cannot go wrong ends the scenario when it does.
 */

#include "host/host.h"
#include "host/vm/control.h"

/* Integration components and adapters, as the machine's settings have them. */
enum control_state host_state(struct machine *machine, uint32_t component);
void host_wait_for_state(struct machine *machine, uint32_t component, enum control_state state);
void host_offer_component(struct machine *machine, uint32_t component);
void host_withdraw_component(struct machine *machine, uint32_t component);

/* The Nth adapter (0: the guest's own). guid: without braces. */
void host_offer_adapter(struct machine *machine, unsigned int n, const char *guid, const char *mac);

/* "MAJOR.MINOR" of the messages that host and guest have agreed upon; the caller frees. */
char *host_version(struct machine *machine, uint32_t component);

/* Which ones the host knows, from the next offer on: "1.0 3.0"; "": all that it does. */
void host_know_versions(struct machine *machine, uint32_t component, const char *versions);

/* A message to a component: the status of the guest's answer, which is HOST_GONE without one. */
struct host_answer {
	uint32_t status;
	size_t size;
	uint8_t bytes[16384];
};
uint64_t host_begin_message(
	struct machine *machine, uint32_t component, const void *bytes, size_t size);
uint32_t host_end_message(
	struct machine *machine, uint64_t id, unsigned int seconds, struct host_answer *ret);

/* How often the host speaks by itself, to heartbeat and time synchronization; 0: never. */
void host_set_cadence(struct machine *machine, uint32_t component, unsigned int period_ms);

/* Heartbeat: the number that comes back. */
uint64_t host_beat(struct machine *machine, uint64_t number);

/* Shutdown, by these flags. The guest may go some time after its answer. */
#define HOST_POWER_OFF 0
#define HOST_FORCE     1
#define HOST_REBOOT    2
#define HOST_HIBERNATE 4
uint32_t host_shut_down(struct machine *machine, uint32_t flags);

/* Until the guest has ended, one way or the other; a new one is up. */
enum control_end host_wait_for_end(struct machine *machine);
void host_boot(struct machine *machine);

/* The same in two halves: what the host does in between, it does early in the boot. */
void host_begin_boot(struct machine *machine);
void host_end_boot(struct machine *machine);
bool host_runs(struct machine *machine);

/* Time. The host's own clock, which goes on from where it is moved; and a message that tells a time. */
#define HOST_TIME_SYNC	 1
#define HOST_TIME_SAMPLE 2
void host_shift_clock(struct machine *machine, int64_t shift_us);
uint32_t host_send_time(struct machine *machine, uint32_t flags);

/* The processors stand still, and go on. */
void host_pause(struct machine *machine);
void host_resume(struct machine *machine);

#endif
