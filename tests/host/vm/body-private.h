/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_VM_BODY_PRIVATE_H
#define HVG_TESTS_HOST_VM_BODY_PRIVATE_H

/* What the parts of the vm body share. */

#include "host/vm/session/client.h"

struct vm_body {
	struct vm_client client;
	uid_t device_owner;
	bool has_kvp; /* it is not withdrawn */
};

#endif
