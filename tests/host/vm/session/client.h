/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_SESSION_CLIENT_H
#define HVG_TESTS_HOST_VM_SESSION_CLIENT_H

/*
 * A scenario's end of a session: orders to the monitor and to the agent, and what is heard meanwhile. A
 * fault of the machine (an oops, a message that the monitor does not understand, a crash) ends the
 * process (supervise_fault).
 */

#include "host/vm/session/link.h"
#include "host/vm/session/state.h"

#include <stdbool.h>
#include <sys/types.h>

#define CLIENT_ANSWERS 32

struct vm_answer {
	uint64_t id; /* 0: free */
	bool is_there;
	int result;
	uint32_t status;
	uint8_t *bytes;
	size_t size;
};

struct vm_component {
	uint32_t component; /* 0: free */
	uint32_t state;	    /* enum control_state */
	uint64_t since_us;
	uint16_t versions[4];
};

struct vm_client {
	struct link link;
	int log_fd, record_fd; /* files in memory: what was said; what went over the VMBus */
	char console[256]; /* a line that has not ended */
	size_t n_console;
	uint64_t last_id;
	bool is_up;
	bool has_fault; /* the guest, since it was started; one is enough to end everything */
	int end; /* enum control_end, or -1: it has not ended */
	struct vm_component components[STATE_COMPONENTS];
	struct vm_answer answers[CLIENT_ANSWERS];
};

/* In HVG_VM's folder. -ENXIO: there is no such machine. */
int client_begin(struct vm_client *client);
void client_end(struct vm_client *client);

/* Hears what there is; or waits for something until the deadline, in client_now_us. -ETIMEDOUT, -EPIPE */
int client_hear(struct vm_client *client, uint64_t deadline_us);
uint64_t client_now_us(void);

/* Absent, if nothing was ever heard of it. */
const struct vm_component *client_component(const struct vm_client *client, uint32_t component);

/* An order to the monitor, with an answer to come: its id. NULL: it carries nothing. */
uint64_t client_order(struct vm_client *client, uint32_t type, const struct message *message);

/* The answer; NULL if there is none in time. It is forgotten by client_forget. */
const struct vm_answer *client_wait(struct vm_client *client, uint64_t id, uint64_t patience_us);
void client_forget(struct vm_client *client, uint64_t id);

/* Both, for orders that are obeyed at once: the result. */
int client_obeyed(struct vm_client *client, uint32_t type, const struct message *message);

/* An order to the agent, and its result. ret, unless NULL, gets the bytes of the reply. */
int client_tell_agent(struct vm_client *client, uint32_t type, const struct message *message,
	uint64_t patience_us, struct message *ret);

#endif
