/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BODY_GUEST_H
#define HVG_TESTS_HOST_VM_BODY_GUEST_H

/* What body.h says of guest_…, on a struct vm_body. */

#include "host/body.h"

int vm_guest_spawn(void *body, const struct guest_command *command);
pid_t vm_guest_pid(void *body, int process);
int vm_guest_signal(void *body, int process, int signal);
int vm_guest_wait(void *body, int process, uint64_t patience_us);
char *vm_guest_output(void *body, int process);
void vm_guest_forget(void *body, int process);
int vm_guest_read(void *body, const char *path, char **ret, size_t *ret_size);
int vm_guest_write(
	void *body, const char *path, const void *bytes, size_t size, enum guest_write_mode mode);
int vm_guest_start_bus(void *body);
int vm_guest_stop_bus(void *body);

/* What the guest's programs have said until now is in the log. */
void vm_guest_flush(void *body);

/* What a shell command prints; the caller frees. NULL: it could not be run, or did not end. */
char *vm_guest_ask(void *body, const char *line);

#endif
