// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The bus, as a caller. What a daemon's error means for the exit code is decided here.
 *
 * A daemon starts with its device, so nobody has to start it in order to look at it. The bus would do that for
 * a call, and let the caller wait for 25 s if the unit's condition, or its failure, keeps it from coming. So it
 * is only called where it is, but for what comes when it is asked.
 */

#include "hvctl/hvctl.h"

#include "hvctl/facts/collect.h"
#include "hvctl/features/feature.h"
#include "hvctl/subject.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* A daemon that has just started takes its name a moment later; a call waits for that. */
static bool is_active(sd_bus *bus, const char *daemon)
{
	_cleanup_free_ char *path = NULL, *state = NULL;
	char unit[64];

	(void)snprintf(unit, sizeof(unit), "%s.service", daemon);
	return sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path) >= 0 &&
		sd_bus_get_property_string(bus, "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Unit",
			"ActiveState", NULL, &state) >= 0 &&
		strcmp(state, "active") == 0;
}

bool hvctl_is_served(struct hvctl *hvctl, const struct hvctl_service *service)
{
	sd_bus *bus = hvctl_bus(hvctl);

	if (!bus)
		return false;
	return sd_bus_get_name_creds(bus, service->name, 0, NULL) >= 0 || is_active(bus, service->daemon);
}

/* A feature that is fine without the daemon knows nothing of it. */
static void say_why(const struct hvctl_service *service, const struct guest *guest, const char *what)
{
	struct verdict verdict;

	feature_judge(feature_find(service->feature), guest, &verdict);
	if (verdict.state == FEATURE_WORKS || verdict.state == FEATURE_READY)
		hvctl_complain("%s: %s is not running (systemctl status %s)", what, service->daemon, service->daemon);
	else
		hvctl_complain("%s: %s is not running: %s (hvctl features %s)", what, service->daemon,
			verdict.judgement.text, service->feature);
}

static int is_not_running(const struct hvctl_service *service, const char *what)
{
	struct subject subject = { 0 };
	int code = subject_open(&subject, NULL, FACTS_SYSTEM);

	if (code == HVCTL_OK) {
		say_why(service, &subject.guest, what);
		code = HVCTL_WRONG;
	}
	subject_done(&subject);
	return code;
}

/* As the condition of its unit has it, but that a guest without a driver is one, too: it is told why. */
static bool will_come(const struct hvctl_service *service)
{
	return service->comes_when_asked && (hvctl_is_hyperv() || access("/dev/vmbus/hv_kvp", F_OK) == 0);
}

int hvctl_reach(struct hvctl *hvctl, const struct hvctl_service *service, const char *what)
{
	if (!hvctl_bus(hvctl) && !hvctl_is_hyperv())
		return hvctl_is_no_guest();
	if (!hvctl_bus(hvctl)) {
		hvctl_complain("%s: the system bus cannot be reached, and %s only through it", what, service->daemon);
		return HVCTL_WRONG;
	}
	return hvctl_is_served(hvctl, service) || will_come(service) ? HVCTL_OK : is_not_running(service, what);
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
