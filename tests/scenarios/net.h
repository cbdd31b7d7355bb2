/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_SCENARIOS_NET_H
#define HVG_TESTS_SCENARIOS_NET_H

/* What the scenarios with the real hv-netd share: its socket, and an adapter that nobody manages. */

#include "scenario.h"

#include <stdio.h>

#define ADAPTER	   "b5e15ac5-0000-4000-8000-00155d010203"
#define GUID	   "{" ADAPTER "}"
#define MAC	   "00:15:5D:01:02:03"
#define SYSFS	   "/tmp/sys"
#define STATE	   "/var/lib/hvguest/net"
#define CONFIG	   "/tmp/net.conf"

/* hv-netd lies beside hv-kvpd. */
static inline void netd_path(struct machine *m, char *ret, size_t ret_size)
{
	const char *kvpd = guest_daemon_path(m), *folder = strstr(kvpd, "/hv-kvpd/");

	snprintf(ret, ret_size, "%.*s/hv-netd/hv-netd", (int)(folder - kvpd), kvpd);
}

/* Its socket; the first caller starts it, by this program if there is one. A number as guest_spawn's: it becomes hv-netd. */
static inline int open_netd_socket(struct machine *m, const char *by)
{
	char path[1024], command[2048];
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	int netd;

	netd_path(m, path, sizeof(path));
	snprintf(command, sizeof(command),
		"exec systemd-socket-activate -l /run/hvguest/net %s %s --sysfs " SYSFS " --state " STATE " --config " CONFIG, by,
		path);
	guest_run(m, "rm -f /run/hvguest/net");
	netd = guest_spawn(m, &(struct guest_command){ .argv = argv, .talks_to_log = true });
	guest_run(m, "for i in $(seq 100); do [ -S /run/hvguest/net ] && break; sleep 0.05; done;"
		     " chown hvguest /run/hvguest/net && chmod 0600 /run/hvguest/net");
	return netd;
}

/* All but the socket. */
static inline void prepare_netd(struct machine *m, const char *settings)
{
	guest_run(m, "mkdir -p " SYSFS "/class/net/" GUEST_ADAPTER "/device /run/hvguest && cd " SYSFS "/class/net/" GUEST_ADAPTER
		     "/device && echo '" GUID "' >device_id && ln -s ../../../bus/vmbus/drivers/hv_netvsc driver");
	guest_run(m, "printf '[Inject]\\n%s\\n' >" CONFIG, settings);
}

#define NOBODY "Backend=none"

#endif
