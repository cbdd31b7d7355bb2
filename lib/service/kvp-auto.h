/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_SERVICE_KVP_AUTO_H
#define HVG_SERVICE_KVP_AUTO_H

/*
 * The keys of pool 2, which a guest makes up when it is asked: ten of them, with the names, the
 * order and the formats that hosts know from the kernel tree's daemon.
 */

#include "format/netfacts.h"
#include "hvguest/kvp.h"

#include <stdint.h>

#define HVG_N_KVP_AUTO_KEYS 10

/* Interfaces whose addresses no host can reach: those of containers, bridges for VMs, tunnels. */
#define HVG_KVP_EXCLUDE_DEFAULT                                                                 \
	"docker* br-* veth* virbr* cni* flannel* cali* lxc* lxdbr* tun* tap* wg* vxlan* "       \
	"podman* kube-* nodelocaldns*"

struct hvg_kvp_facts {
	const char *fqdn;
	const char *integration_version; /* what the kernel said at registration */
	const char *kernel_release;	 /* uname -r */
	const char *machine;		 /* uname -m */
	const char *os_name;		 /* os-release NAME */
	const char *os_version_id;	 /* os-release VERSION_ID */
	const struct hvg_netfacts *net;
	/*
	 * Globs of fnmatch(3) for interface names, NULL at the end; "kind:GLOB" looks at the kind
	 * instead ("kind:wireguard").
	 */
	const char *const *exclude;
};

struct hvg_kvp_auto_item {
	const char *key;
	char value[HVG_KVP_VALUE_SIZE]; /* well-formed, and not longer than a host reads */
};

/* -ENOENT past the last key. */
int hvg_kvp_auto_at(const struct hvg_kvp_facts *facts, uint32_t index,
	struct hvg_kvp_auto_item *ret);

/* -ENOENT for any other key. */
int hvg_kvp_auto_find(const struct hvg_kvp_facts *facts, const char *key,
	struct hvg_kvp_auto_item *ret);

#endif
