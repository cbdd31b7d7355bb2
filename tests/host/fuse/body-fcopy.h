/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_FUSE_BODY_FCOPY_H
#define HVG_TESTS_HOST_FUSE_BODY_FCOPY_H

/* The fuse body's file copy: the driver behind its node, and the host's end of the VMBus. */

#include "host/body.h"
#include "host/fuse/driver-fcopy.h"
#include "host/fuse/server.h"
#include "host/ring-host.h"

#define BODY_FCOPY_PENDING 4

struct body_fcopy {
	struct server *server;
	uid_t device_owner;
	uint64_t timeout_us, last_id;
	struct driver_fcopy driver;
	bool was_offered;
	bool uses_ring; /* then there is no driver, but a channel */
	struct ring_host ring;
	struct {
		uint64_t id; /* 0: free */
		bool is_answered;
		uint32_t status;
	} pending[BODY_FCOPY_PENDING];
};

int body_fcopy_send(struct body_fcopy *fcopy, const struct host_fcopy_message *request, uint64_t *ret_id);
uint32_t body_fcopy_receive(struct body_fcopy *fcopy, uint64_t id, uint64_t patience_us);
int body_fcopy_offer(struct body_fcopy *fcopy);
int body_fcopy_withdraw(struct body_fcopy *fcopy);
int body_fcopy_renegotiate(struct body_fcopy *fcopy);
bool body_fcopy_is_served(struct body_fcopy *fcopy);

#endif
