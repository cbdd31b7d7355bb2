// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The bus, as a caller. What a daemon's error means for the exit code is decided here.
 */

#include "hvctl/hvctl.h"

#include <errno.h>
#include <string.h>

static void close_bus(struct hvctl *hvctl)
{
	hvctl->bus = sd_bus_flush_close_unref(hvctl->bus);
}

sd_bus *hvctl_bus(struct hvctl *hvctl)
{
	int r;

	if (hvctl->bus)
		return hvctl->bus;
	r = sd_bus_open_system(&hvctl->bus);
	if (r < 0)
		return NULL;
	hvctl->done = close_bus;
	(void)sd_bus_set_allow_interactive_authorization(hvctl->bus, true);
	return hvctl->bus;
}

sd_bus *hvctl_bus_or_complain(struct hvctl *hvctl)
{
	sd_bus *bus = hvctl_bus(hvctl);

	if (!bus)
		hvctl_complain("the system bus cannot be reached");
	return bus;
}

/* Nobody has the name, and what the bus or systemd did to start somebody failed. */
bool hvctl_is_absent(const sd_bus_error *error)
{
	static const char systemd[] = "org.freedesktop.systemd1.", spawn[] = "org.freedesktop.DBus.Error.Spawn.";

	if (!sd_bus_error_is_set(error))
		return false;
	return sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
		       SD_BUS_ERROR_DISCONNECTED, SD_BUS_ERROR_NO_SERVER) ||
	       strncmp(error->name, systemd, strlen(systemd)) == 0 ||
	       strncmp(error->name, spawn, strlen(spawn)) == 0;
}

int hvctl_bus_failed(const sd_bus_error *error, int r, const char *what)
{
	if (sd_bus_error_has_names(error, SD_BUS_ERROR_ACCESS_DENIED,
		    SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED)) {
		hvctl_complain("%s: you may not do that; try as root", what);
		return HVCTL_NOT_PERMITTED;
	}
	if (hvctl_is_absent(error) && !hvctl_is_hyperv())
		return hvctl_is_no_guest();
	if (hvctl_is_absent(error))
		hvctl_complain("%s: the service is not running (systemctl status 'hv-*')", what);
	else
		hvctl_complain("%s: %s", what, error->message ? error->message : strerror(-r));
	return HVCTL_WRONG;
}
