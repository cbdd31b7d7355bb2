// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Who runs: processes and units, of a short list. What else runs on a machine is nobody's
 * business.
 */

#include "hvctl/facts/asks.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

/* Processes. */

/* As /proc/PID/comm cuts them, at 15 characters. */
static const char *const wanted_processes[] = { "hv-kvpd", "hv-vssd", "hv-fcopyd", "hv-netd",
	"hv-timed", "hv_kvp_daemon", "hv_vss_daemon", "hv_fcopy_daemon", "hv_fcopy_uio_da",
	"hypervkvpd", "hypervvssd", "hypervfcopyd", "chronyd", "ntpd", "systemd-timesyn",
	"phc2sys", "NetworkManager" };

static bool is_wanted(const char *name)
{
	for (size_t i = 0; i < HVG_ELEMENTS(wanted_processes); i++)
		if (strcmp(wanted_processes[i], name) == 0)
			return true;
	return false;
}

/* The devices that a process holds open, where that may be seen. */
static int add_descriptors(struct facts *facts, int process, const char *pid)
{
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int r = 0;

	while (folder && r == 0 && (entry = readdir(folder))) {
		char target[256], path[FACT_PATH_SIZE];
		ssize_t size = readlinkat(fd, entry->d_name, target, sizeof(target) - 1);

		if (size <= 0)
			continue;
		target[size] = '\0';
		(void)snprintf(path, sizeof(path), "/proc/%.16s/fd/%.16s", pid, entry->d_name);
		if (strncmp(target, "/dev/vmbus/", 11) == 0 ||
			strncmp(target, "/dev/uio", 8) == 0)
			r = facts_add(facts, FACT_LINK, path, target);
	}
	if (folder)
		(void)closedir(folder);
	else
		(void)hvg_close(fd);
	return r;
}

/* A short file, without its last line feed; "" if it cannot be read. */
static void read_short(int folder, const char *name, char *ret, size_t ret_size)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd >= 0 ? read(fd, ret, ret_size - 1) : -1;

	ret[size > 0 ? size : 0] = '\0';
	if (size > 0 && ret[size - 1] == '\n')
		ret[size - 1] = '\0';
}

/* Its control group has the name of the unit that it belongs to. */
static int add_process(struct facts *facts, int proc, const char *pid)
{
	_cleanup_close_ int process = openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[32], group[1024], path[FACT_PATH_SIZE];
	int r;

	if (process < 0)
		return 0;
	read_short(process, "comm", name, sizeof(name));
	if (!is_wanted(name))
		return 0;
	read_short(process, "cgroup", group, sizeof(group));
	(void)snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	r = facts_add(facts, FACT_FILE, path, name);
	(void)snprintf(path, sizeof(path), "/proc/%.16s/cgroup", pid);
	if (r == 0 && group[0] != '\0')
		r = facts_add(facts, FACT_FILE, path, group);
	return r < 0 ? r : add_descriptors(facts, process, pid);
}

int ask_processes(struct facts *facts)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!proc)
		return 0;
	while (r == 0 && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			r = add_process(facts, dirfd(proc), entry->d_name);
	(void)closedir(proc);
	return r;
}

/* Units. */

static const char *const wanted_units[] = { "hv-kvpd.service", "hv-vssd.service",
	"hv-fcopyd.service", "hv-netd.service", "hv-netd.socket", "hv-timed.service",
	"hv-kvp-daemon.service", "hv-vss-daemon.service", "hv-fcopy-daemon.service",
	"hv-fcopy-uio-daemon.service", "hv_kvp_daemon.service", "hv_vss_daemon.service",
	"hv_fcopy_daemon.service", "hypervkvpd.service", "hypervvssd.service",
	"hypervfcopyd.service", "chrony.service", "chronyd.service", "ntp.service",
	"ntpd.service", "ntpsec.service", "openntpd.service", "systemd-timesyncd.service",
	"fstrim.timer", "multipathd.service", "kdump-tools.service", "kdump.service",
	"NetworkManager.service", "systemd-networkd.service", "networking.service",
	"connman.service", "dhcpcd.service", "wickedd.service" };

/* (name, description, load state, active state, sub state, follows, object, job, job type, job
 * object) */
#define UNIT "ssssssouso"

static int add_units(struct facts *facts, sd_bus_message *reply)
{
	const char *name, *load, *active;
	int r = 0;

	if (sd_bus_message_enter_container(reply, 'a', "(" UNIT ")") < 0)
		return 0;
	while (r == 0 &&
		sd_bus_message_read(reply, "(" UNIT ")", &name, NULL, &load, &active, NULL,
			NULL, NULL, NULL, NULL, NULL) > 0) {
		char path[FACT_PATH_SIZE];

		(void)snprintf(path, sizeof(path), "units/%.128s", name);
		if (strcmp(load, "loaded") == 0)
			r = facts_add(facts, FACT_FILE, path, active);
		else if (strcmp(load, "masked") == 0)
			r = facts_add(facts, FACT_FILE, path, load);
	}
	return r;
}

static int list_units(sd_bus *bus, sd_bus_message **ret)
{
	sd_bus_message *message = NULL;
	int r = sd_bus_message_new_method_call(bus, &message, "org.freedesktop.systemd1",
		"/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
		"ListUnitsByNames");

	if (r >= 0)
		r = sd_bus_message_open_container(message, 'a', "s");
	for (size_t i = 0; r >= 0 && i < HVG_ELEMENTS(wanted_units); i++)
		r = sd_bus_message_append_basic(message, 's', wanted_units[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	if (r >= 0)
		r = sd_bus_call(bus, message, 2 * HVG_USEC_PER_SEC, NULL, ret);
	(void)sd_bus_message_unref(message);
	return r;
}

int ask_units(struct facts *facts)
{
	sd_bus_message *reply = NULL;
	sd_bus *bus = NULL;
	int r = 0;

	if (sd_bus_open_system(&bus) < 0)
		return 0;
	if (list_units(bus, &reply) >= 0)
		r = add_units(facts, reply);
	(void)sd_bus_message_unref(reply);
	(void)sd_bus_flush_close_unref(bus);
	return r;
}
