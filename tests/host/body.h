/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_BODY_H
#define HVG_TESTS_HOST_BODY_H

/*
 * The seam of the host double: one brain (host.c, guest.c), several bodies. A body is a virtual
 * machine and its host; it moves KVP messages between them and does in the guest what it is
 * told. Functions return 0 or negative errno unless they say otherwise.
 */

#include "host/fcopy-message.h"
#include "host/kvp-message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Not HRESULTs of the guest: what the host's own software would report. */
#define HOST_GONE      ((uint32_t)HV_ERROR_DEVICE_NOT_CONNECTED) /* withdrawn meanwhile */
#define HOST_NO_ANSWER ((uint32_t)0xffffffff)                    /* still waiting */

struct host_setup {
	const char *body;
	const char *daemon; /* "ours", "debian" or "none" */
	const char *service; /* that it serves: "kvp", "vss" or "fcopy" */
	const char *daemon_path;
	const char *daemon_user;   /* who runs it, and owns the device; NULL: root */
	const char *backup_major;  /* the only devices that ours may freeze; NULL: 7, loop */
	bool has_system; /* the guest is a whole one, with an init: it stays as it is from scenario to scenario */
	bool is_fresh;	 /* but for this one, which finds it as it was installed */
	bool uses_ring;            /* file copy as from Linux 6.10 on: a VMBus channel, not a driver */
	const char *state_folder;  /* on a disk, for what outlives the guest; NULL: in memory */
	uint64_t kernel_second_us; /* how long one of the kernel's seconds takes */
	uint64_t patience_us;      /* on the wall: for what should take milliseconds */
	int record_fd;		   /* gets what is said (record.h), unless 0 */
	unsigned int time_limit_s; /* then the whole machine is stopped, and its log shown */

	/* What a failed expectation calls. Does not return. */
	void (*fail)(const char *message);
};

struct guest_command {
	const char *const *argv;
	const char *const *environment; /* added to a small fixed one; or NULL */
	const char *user;               /* or NULL: root */
	bool talks_to_log; /* what it writes goes to the log at once, and is no output */
};

/* Where a channel that takes the place of a UIO device is. */
#define BODY_FCOPY_RING "/run/hvguest-ring"

/* HV_UTIL_TIMEOUT of the kernel's hv_utils: how many of its seconds a request may take. */
#define KERNEL_TIMEOUT_S 30

/* VSS_FREEZE_TIMEOUT */
#define KERNEL_FREEZE_TIMEOUT_S 900

enum guest_write_mode {
	GUEST_WRITE_WHOLE,
	GUEST_WRITE_APPEND,
};

struct host_body {
	const char *name;

	/* A kernel of its own: its seconds are seconds, and daemons find their devices by udev. */
	bool has_kernel;

	/* May return in another process than it was called in. */
	int (*bring_up)(const struct host_setup *setup, void **ret);
	void (*tear_down)(void *body);

	/* The host: one KVP message, and its answer. */
	int (*kvp_send)(void *body, const struct host_kvp_message *request, uint64_t *ret_id);
	uint32_t (*kvp_receive)(void *body, uint64_t id, uint64_t patience_us,
		struct host_kvp_message *ret_reply);

	/* The host: Data Exchange on and off. Off returns at once; on waits until it is off. */
	int (*kvp_offer)(void *body);
	int (*kvp_withdraw)(void *body);

	/* The host sees contact: a daemon registered since the offer. */
	bool (*kvp_has_contact)(void *body);

	/* The host: one file copy message, and the status that answers it. */
	int (*fcopy_send)(void *body, const struct host_fcopy_message *request, uint64_t *ret_id);
	uint32_t (*fcopy_receive)(void *body, uint64_t id, uint64_t patience_us);

	/* The host: Guest services on and off, which are off at first; as for KVP. */
	int (*fcopy_offer)(void *body);
	int (*fcopy_withdraw)(void *body);

	/* The host asks for versions anew (a channel only), as after a restore; -EOPNOTSUPP. */
	int (*fcopy_renegotiate)(void *body);

	/* Whether a daemon has registered: the host itself cannot tell. */
	bool (*fcopy_is_served)(void *body);

	/*
	 * The host: Backup (VSS), likewise. The kernel negotiates without a daemon, so the host has no
	 * contact to see; is_served tells of a registered one, as far as the body can know (or NULL).
	 * suspend: the guest is suspended and resumed, as its VSS driver sees it; or NULL.
	 */
	int (*vss_send)(void *body, uint8_t operation, uint64_t *ret_id);
	uint32_t (*vss_receive)(void *body, uint64_t id, uint64_t patience_us);
	int (*vss_offer)(void *body);
	int (*vss_withdraw)(void *body);
	bool (*vss_is_served)(void *body);
	int (*vss_suspend)(void *body);

	/* The guest: processes, by a number of the body's. */
	int (*guest_spawn)(void *body, const struct guest_command *command); /* the number */
	pid_t (*guest_pid)(void *body, int process);
	int (*guest_signal)(void *body, int process, int signal);

	/* The wait status, or -ETIMEDOUT. */
	int (*guest_wait)(void *body, int process, uint64_t patience_us);

	/* All that it wrote to stdout and stderr, NUL-terminated; the caller frees. */
	char *(*guest_output)(void *body, int process);

	/* It has ended, and nobody will ask again: the number may be given to another one. */
	void (*guest_forget)(void *body, int process);

	/* The guest: files. read: NUL-terminated as well; the caller frees. */
	int (*guest_read)(void *body, const char *path, char **ret, size_t *ret_size);
	int (*guest_write)(void *body, const char *path, const void *bytes, size_t size,
		enum guest_write_mode mode);

	/* The guest: its system bus. */
	int (*guest_start_bus)(void *body);
	int (*guest_stop_bus)(void *body);

	/* Everything the guest's programs said, syslog included; the caller frees. */
	char *(*log)(void *body);

	/* A line of the scenario's own in that log. */
	void (*note)(void *body, const char *line);
};

extern const struct host_body host_body_fuse;
extern const struct host_body host_body_vm;

#endif
