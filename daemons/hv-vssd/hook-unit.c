// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The properties are those of systemd.service(5) and systemd.exec(5), as org.freedesktop.systemd1(5) has them.
 */

#include "hv-vssd/hook-unit.h"

#include "base/units.h"
#include "common/transient.h"

#include <inttypes.h>
#include <stdio.h>

/* Between SIGTERM and SIGKILL for a hook whose time is over: the host is waiting. */
#define KILL_US (2 * HVG_USEC_PER_SEC)

static int append_environment(sd_bus_message *message, const struct vssd_hook_unit *unit)
{
	char phase[64], limit[64], id[64], result[64];

	(void)snprintf(phase, sizeof(phase), "HVGUEST_PHASE=%s", unit->phase);
	(void)snprintf(limit, sizeof(limit), "HVGUEST_TIMEOUT_MS=%" PRIu64, unit->limit_us / HVG_USEC_PER_MSEC);
	(void)snprintf(id, sizeof(id), "HVGUEST_BACKUP_ID=%" PRIu64, unit->backup_id);
	(void)snprintf(result, sizeof(result), "HVGUEST_RESULT=%s", unit->result);
	return sd_bus_message_append(message, "(sv)", "Environment", "as", 4, phase, limit, id, result);
}

static int append_properties(sd_bus_message *message, const struct vssd_hook_unit *unit)
{
	int r;

	r = sd_bus_message_open_container(message, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(message, "(sv)(sv)(sv)", "Description", "s", "hook around a backup", "Type", "s",
			unit->is_session ? "notify" : "oneshot", "CollectMode", "s", "inactive-or-failed");
	if (r >= 0)
		r = sd_bus_message_append(message, "(sv)(sv)(sv)", "TimeoutStartUSec", "t", unit->limit_us,
			"TimeoutStopUSec", "t", unit->is_session ? unit->limit_us : KILL_US, "SuccessExitStatus", "(aiai)", 1, unit->other_success, 0);
	if (r >= 0 && unit->is_session)
		r = sd_bus_message_append(message, "(sv)", "NotifyAccess", "s", "all");
	if (r >= 0)
		r = hvg_transient_append_command(message, (const char *const *)unit->command);
	if (r >= 0)
		r = append_environment(message, unit);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int vssd_hook_unit_start(sd_bus *bus, sd_bus_slot **ret_slot, const struct vssd_hook_unit *unit,
	sd_bus_message_handler_t replied, void *userdata)
{
	sd_bus_message *message = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &message, VSSD_SYSTEMD_NAME, VSSD_SYSTEMD_PATH, VSSD_SYSTEMD_INTERFACE,
		"StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(message, "ss", unit->name, "fail");
	if (r >= 0)
		r = append_properties(message, unit);
	if (r >= 0)
		r = sd_bus_message_append(message, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call_async(bus, ret_slot, message, replied, userdata, 0);
	(void)sd_bus_message_unref(message);
	return r;
}

int vssd_hook_unit_stop(sd_bus *bus, sd_bus_slot **ret_slot, const char *name, sd_bus_message_handler_t replied,
	void *userdata)
{
	return sd_bus_call_method_async(bus, ret_slot, VSSD_SYSTEMD_NAME, VSSD_SYSTEMD_PATH, VSSD_SYSTEMD_INTERFACE,
		"StopUnit", replied, userdata, "ss", name, "replace");
}
