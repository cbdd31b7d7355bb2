// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * NetworkManager: a profile of our own, as a keyfile, that is loaded and activated. The site's
 * profiles stay as they are; ours has the higher priority at the next start. A checkpoint puts the
 * device back by NetworkManager's own timer, should we not survive.
 */

#include "hv-netd/backend.h"
#include "hv-netd/systemd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "format/keyfile.h"
#include "os/unitfiles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVICE	   "org.freedesktop.NetworkManager"
#define PATH	   "/org/freedesktop/NetworkManager"
#define SETTINGS   SERVICE ".Settings"
#define SETTINGS_PATH PATH "/Settings"
#define DEVICE	   SERVICE ".Device"
#define CONNECTION SERVICE ".Settings.Connection"
#define ACTIVE	   SERVICE ".Connection.Active"
#define UNIT	   "NetworkManager.service"

#define PATIENCE_US (5 * HVG_USEC_PER_SEC)

/* For its start: of the 30 s that the host waits, the change itself takes some. */
#define STARTUP_US (12 * HVG_USEC_PER_SEC)
#define LOOK_US	   (200 * HVG_USEC_PER_MSEC)

#define STATE_UNMANAGED 10 /* NM_DEVICE_STATE_UNMANAGED */

/* NM_CHECKPOINT_CREATE_FLAG_… */
#define DESTROY_ALL	       1
#define DELETE_NEW_CONNECTIONS 2

#define PATH_SIZE 128

static int find_device(struct netd_transaction *transaction, char ret[static PATH_SIZE])
{
	const struct netd_call call = { SERVICE, PATH, SERVICE, "GetDeviceByIpIface", PATIENCE_US, transaction->reason };
	sd_bus_message *reply = NULL;
	const char *path;
	int r;

	r = netd_call(transaction->context, &call, &reply, "s", transaction->target.match.name);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		snprintf(ret, PATH_SIZE, "%s", path);
	sd_bus_message_unref(reply);
	return r;
}

/* The device's NMDeviceState. */
static int read_state(struct netd_context *context, const struct netd_target *target, uint32_t *ret)
{
	struct netd_transaction question = { .context = context, .target = *target };
	char device[PATH_SIZE];
	int r = find_device(&question, device);

	return r < 0 ? r : sd_bus_get_property_trivial(context->bus, SERVICE, device, DEVICE, "State", NULL, 'u', ret);
}

/* Who is on the bus and cannot tell yet is starting, too. */
static bool is_starting(struct netd_context *context)
{
	int starting = 1;

	(void)sd_bus_get_property_trivial(context->bus, SERVICE, PATH, SERVICE, "Startup", NULL, 'b', &starting);
	return starting;
}

/*
 * Early in a boot it is on the bus before it knows its devices, and a device that it will manage is
 * unmanaged at first: nobody else is to take that adapter meanwhile.
 */
static enum netd_presence detect(struct netd_context *context, const struct netd_target *target)
{
	uint64_t until_us = netd_now_us() + netd_patience_us(context, STARTUP_US);
	uint32_t state = 0;
	bool may_change;
	int r;

	if (!netd_bus_has(context, SERVICE))
		return hvg_unit_is_enabled(UNIT) ? NETD_COLD : NETD_ABSENT;
	for (;;) {
		may_change = is_starting(context);
		r = read_state(context, target, &state);
		if (r >= 0 && state > STATE_UNMANAGED)
			return NETD_PRESENT;
		if (r == -ETIMEDOUT || !may_change || netd_now_us() >= until_us)
			break;
		(void)usleep(LOOK_US);
	}
	return r == -ETIMEDOUT || (r < 0 && may_change) ? NETD_SILENT : NETD_ABSENT;
}

static void file_path(const struct netd_target *target, char ret[static PATH_SIZE])
{
	char key[HVG_MAC_TEXT_SIZE];

	netd_target_key(target, key);
	snprintf(ret, PATH_SIZE, "/etc/NetworkManager/system-connections/hvguest-%s.nmconnection", key);
}

static int prepare(struct netd_transaction *transaction)
{
	char text[HVG_IPCONFIG_TEXT_SIZE], path[PATH_SIZE];
	struct hvg_ipconfig again;
	struct hvg_printer printer;

	if (transaction->target.is_master)
		return netd_fail(transaction, -EOPNOTSUPP, "%s is a port of %s, whose NetworkManager profile is the site's",
			transaction->target.adapter, transaction->target.match.name);
	hvg_printer_init(&printer, text, sizeof(text));
	hvg_keyfile_render(&transaction->target.match, &transaction->config, &printer);
	if (hvg_keyfile_parse(text, printer.used, &again) < 0 || !hvg_ipconfig_is_equal(&again, &transaction->config))
		return netd_fail(transaction, -EOPNOTSUPP, "this cannot be written as a NetworkManager keyfile");
	file_path(&transaction->target, path);
	return netd_edit_print(transaction, path, &printer, 0600);
}

/* The profile that is active, for going back to: its path, or "". */
static void read_active(struct netd_transaction *transaction, const char *device, char ret[static PATH_SIZE])
{
	sd_bus *bus = transaction->context->bus;
	_cleanup_free_ char *uuid = NULL;
	sd_bus_message *reply = NULL;
	const char *active = "/";

	ret[0] = '\0';
	if (sd_bus_get_property(bus, SERVICE, device, DEVICE, "ActiveConnection", NULL, &reply, "o") >= 0 &&
		sd_bus_message_read(reply, "o", &active) > 0 && strcmp(active, "/") != 0 &&
		sd_bus_get_property_string(bus, SERVICE, active, ACTIVE, "Uuid", NULL, &uuid) >= 0)
		snprintf(ret, PATH_SIZE, "%s", uuid);
	sd_bus_message_unref(reply);
}

static int create_checkpoint(struct netd_transaction *transaction, const char *device, char ret[static PATH_SIZE])
{
	const struct netd_call call = { SERVICE, PATH, SERVICE, "CheckpointCreate", PATIENCE_US, transaction->reason };
	uint32_t seconds = (uint32_t)(transaction->context->settings->rollback_us / HVG_USEC_PER_SEC);
	sd_bus_message *reply = NULL;
	const char *path;
	int r;

	r = netd_call(transaction->context, &call, &reply, "aouu", 1, device, seconds, DELETE_NEW_CONNECTIONS);
	if (r < 0) /* one of a predecessor that did not survive */
		r = netd_call(transaction->context, &call, &reply, "aouu", 1, device, seconds,
			DELETE_NEW_CONNECTIONS | DESTROY_ALL);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		snprintf(ret, PATH_SIZE, "%s", path);
	sd_bus_message_unref(reply);
	return r;
}

static int arm(struct netd_transaction *transaction)
{
	char device[PATH_SIZE], checkpoint[PATH_SIZE], active[PATH_SIZE];
	int r = find_device(transaction, device);

	if (r >= 0)
		r = create_checkpoint(transaction, device, checkpoint);
	if (r < 0)
		return r;
	read_active(transaction, device, active);
	snprintf(transaction->note, sizeof(transaction->note), "checkpoint %.100s\nactive %.100s\n", checkpoint, active);
	return 0;
}

/* The word behind a keyword of the note; "" if there is none. */
static void read_note(const struct netd_transaction *transaction, const char *keyword, char ret[static PATH_SIZE])
{
	const char *line = strstr(transaction->note, keyword);

	ret[0] = '\0';
	if (line)
		snprintf(ret, PATH_SIZE, "%.*s", (int)strcspn(line + strlen(keyword), "\n"), line + strlen(keyword));
}

/* NetworkManager forgets it, without rolling back: we do that. */
static void destroy_checkpoint(struct netd_transaction *transaction)
{
	const struct netd_call call = { SERVICE, PATH, SERVICE, "CheckpointDestroy", PATIENCE_US };
	char checkpoint[PATH_SIZE];

	read_note(transaction, "checkpoint ", checkpoint);
	if (*checkpoint)
		(void)netd_call(transaction->context, &call, NULL, "o", checkpoint);
}

/* The keyfile has changed, come or gone. */
static int load(struct netd_transaction *transaction)
{
	const struct netd_call load_one = { SERVICE, SETTINGS_PATH, SETTINGS, "LoadConnections", PATIENCE_US,
		transaction->reason };
	const struct netd_call reload = { SERVICE, SETTINGS_PATH, SETTINGS, "ReloadConnections", PATIENCE_US,
		transaction->reason };
	char path[PATH_SIZE];

	file_path(&transaction->target, path);
	if (access(path, F_OK) < 0)
		return netd_call(transaction->context, &reload, NULL, "");
	return netd_call(transaction->context, &load_one, NULL, "as", 1, path);
}

static int find_profile(struct netd_transaction *transaction, const char *uuid, char ret[static PATH_SIZE])
{
	const struct netd_call call = { SERVICE, SETTINGS_PATH, SETTINGS, "GetConnectionByUuid", PATIENCE_US,
		transaction->reason };
	sd_bus_message *reply = NULL;
	const char *path;
	int r;

	r = netd_call(transaction->context, &call, &reply, "s", uuid);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		snprintf(ret, PATH_SIZE, "%s", path);
	sd_bus_message_unref(reply);
	return r;
}

static int activate(struct netd_transaction *transaction, const char *device, const char *uuid)
{
	const struct netd_call call = { SERVICE, PATH, SERVICE, "ActivateConnection", PATIENCE_US, transaction->reason };
	char profile[PATH_SIZE];
	int r = find_profile(transaction, uuid, profile);

	return r < 0 ? r : netd_call(transaction->context, &call, NULL, "ooo", profile, device, "/");
}

/* Going back where no profile was active: NetworkManager is to have no hand in the device. */
static int disconnect(struct netd_transaction *transaction, const char *device)
{
	const struct netd_call call = { SERVICE, device, DEVICE, "Disconnect", PATIENCE_US };

	(void)netd_call(transaction->context, &call, NULL, "");
	return 0;
}

static int enter(struct netd_transaction *transaction)
{
	char device[PATH_SIZE], uuid[PATH_SIZE];
	int r = find_device(transaction, device);

	if (r >= 0 && transaction->is_undoing)
		destroy_checkpoint(transaction);
	if (r >= 0)
		r = load(transaction);
	if (r < 0)
		return r;
	if (transaction->is_undoing)
		read_note(transaction, "active ", uuid);
	else
		hvg_keyfile_uuid(&transaction->target.match, uuid);
	return *uuid ? activate(transaction, device, uuid) : disconnect(transaction, device);
}

static int commit(struct netd_transaction *transaction)
{
	destroy_checkpoint(transaction);
	return 0;
}

const struct netd_backend netd_networkmanager = {
	.name = "networkmanager",
	.may_return = true,
	.detect = detect,
	.prepare = prepare,
	.arm = arm,
	.enter = enter,
	.commit = commit,
};
