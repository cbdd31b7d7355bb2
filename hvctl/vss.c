// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl vss: backups as hv-vssd saw them, a rehearsal, and the emergency thaw, which needs nobody else.
 */

#include "hvctl/hvctl.h"
#include "hvctl/vss-report.h"

#include "base/units.h"
#include "format/freezenote.h"
#include "os/fsfreeze.h"
#include "os/mounts.h"
#include "os/thawnote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVICE	  "org.hvguest.Vss1"
#define PATH	  "/org/hvguest/Vss1"
#define INTERFACE "org.hvguest.Vss1"

/* Hooks, dirty data and a freeze: the daemon has a limit of its own. */
#define TEST_US (20 * 60 * HVG_USEC_PER_SEC)

/* For an emergency: a daemon that does not answer is done without. */
#define THAW_US (3 * HVG_USEC_PER_SEC)

static const struct hvctl_service service = { SERVICE, "hv-vssd", "backup" };

static int new_call(sd_bus *bus, const char *method, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(bus, ret, SERVICE, PATH, INTERFACE, method);

	return r < 0 ? r : sd_bus_message_set_allow_interactive_authorization(*ret, true);
}

static int call(sd_bus *bus, const char *method, uint64_t patience_us, sd_bus_error *error, sd_bus_message **ret)
{
	sd_bus_message *message = NULL;
	int r = new_call(bus, method, &message);

	if (r >= 0)
		r = sd_bus_call(bus, message, patience_us, error, ret);
	(void)sd_bus_message_unref(message);
	return r;
}

/* history */

static json_t *read_history(sd_bus_message *reply)
{
	json_t *reports = json_array(), *report;

	if (sd_bus_message_enter_container(reply, 'a', "(" VSS_REPORT_TYPE ")") > 0)
		while ((report = vss_report_read(reply)))
			(void)json_array_append_new(reports, report);
	return reports;
}

/* An exit code; the reports are the caller's. */
static int fetch_history(struct hvctl *hvctl, json_t **ret)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r, status = hvctl_reach(hvctl, &service, "history");

	if (status != HVCTL_OK)
		return status;
	r = call(hvctl->bus, "History", 0, &error, &reply);
	if (r < 0)
		status = hvctl_bus_failed(&error, r, "history");
	else
		*ret = read_history(reply);
	(void)sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return status;
}

static int history(struct hvctl *hvctl, int argc, char *argv[])
{
	json_t *reports = NULL;
	int status = fetch_history(hvctl, &reports);

	if (status != HVCTL_OK)
		return status;
	if (hvctl->json)
		return hvctl_print_json(reports, false);
	hvctl_pager_begin(hvctl);
	if (json_array_size(reports) == 0)
		printf("No backup has been taken yet.\n");
	else
		status = vss_report_list(hvctl, reports);
	hvctl_pager_end(hvctl);
	json_decref(reports);
	return status;
}

/* status */

static int get_property(sd_bus *bus, const char *name, char **ret, int *status)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_get_property_string(bus, SERVICE, PATH, INTERFACE, name, &error, ret);

	if (r < 0)
		*status = hvctl_bus_failed(&error, r, "status");
	sd_bus_error_free(&error);
	return r;
}

/* Of those that are told before a freeze. */
static json_t *get_applications(sd_bus *bus)
{
	json_t *names = json_array();
	char **list = NULL;

	(void)sd_bus_get_property_strv(bus, SERVICE, PATH, INTERFACE, "Applications", NULL, &list);
	for (char **name = list; name && *name; name++) {
		(void)json_array_append_new(names, hvctl_json_text(*name));
		free(*name);
	}
	free(list);
	return names;
}

static void print_applications(const json_t *names)
{
	const json_t *name;
	size_t i;

	if (json_array_size(names) == 0)
		return;
	printf("Applications:");
	json_array_foreach(names, i, name)
		printf("%s %s", i > 0 ? "," : "", json_string_value(name));
	printf("\n");
}

struct vss_status {
	char *device, *state;
	json_t *applications, *reports;
};

static void print_status(struct hvctl *hvctl, const struct vss_status *status)
{
	const json_t *last = json_array_get(status->reports, 0);

	printf("Device:       %s\nFile systems: %s\n", status->device, status->state);
	print_applications(status->applications);
	if (!last)
		printf("Last backup:  none yet\n");
	else
		printf("\n");
	if (last)
		vss_report_show(hvctl, last);
}

/* An exit code. */
static int fetch_status(struct hvctl *hvctl, struct vss_status *ret)
{
	int code = hvctl_reach(hvctl, &service, "status");

	if (code != HVCTL_OK)
		return code;
	if (get_property(hvctl->bus, "DeviceState", &ret->device, &code) < 0 ||
		get_property(hvctl->bus, "State", &ret->state, &code) < 0)
		return code;
	ret->applications = get_applications(hvctl->bus);
	return fetch_history(hvctl, &ret->reports);
}

static int show_status(struct hvctl *hvctl, const struct vss_status *status)
{
	if (hvctl->json)
		return hvctl_print_json(json_pack("{ss ss sO sO*}", "device", status->device, "state", status->state,
						"applications", status->applications, "last",
						json_array_get(status->reports, 0)),
			false);
	print_status(hvctl, status);
	return HVCTL_OK;
}

static int status(struct hvctl *hvctl, int argc, char *argv[])
{
	struct vss_status found = { 0 };
	int code = fetch_status(hvctl, &found);

	if (code == HVCTL_OK)
		code = show_status(hvctl, &found);
	if (code == HVCTL_OK && strcmp(found.device, "registered") != 0)
		code = HVCTL_WRONG;
	json_decref(found.applications);
	json_decref(found.reports);
	free(found.device);
	free(found.state);
	return code;
}

/* test */

static bool is_confirmed(void)
{
	return !hvctl_can_ask() ||
		hvctl_ask("Programs that write to the disk will have to wait for a moment, as in a backup. Go on?");
}

static bool is_good(const json_t *report)
{
	return strcmp(vss_report_result(report), "complete") == 0 || strcmp(vss_report_result(report), "partial") == 0;
}

static int show_test(struct hvctl *hvctl, sd_bus_message *reply)
{
	json_t *report = vss_report_read(reply);
	int code;

	if (!report) {
		hvctl_complain("test: the answer was not understood");
		return HVCTL_WRONG;
	}
	code = is_good(report) ? HVCTL_OK : HVCTL_WRONG;
	if (hvctl->json)
		return HVG_MAX(code, hvctl_print_json(report, false));
	vss_report_show(hvctl, report);
	json_decref(report);
	return code;
}

static int test(struct hvctl *hvctl, int argc, char *argv[])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r, code = hvctl_reach(hvctl, &service, "test");

	if (code != HVCTL_OK)
		return code;
	if (!is_confirmed())
		return HVCTL_WRONG;
	r = call(hvctl->bus, "Test", TEST_US, &error, &reply);
	code = r < 0 ? hvctl_bus_failed(&error, r, "test") : show_test(hvctl, reply);
	(void)sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return code;
}

/* thaw */

static int thaw_by_daemon(struct hvctl *hvctl)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int code = hvctl_reach(hvctl, &service, "thaw");
	int r = code == HVCTL_OK ? call(hvctl->bus, "Thaw", THAW_US, &error, NULL) : 0;

	if (r < 0)
		code = hvctl_bus_failed(&error, r, "thaw");
	sd_bus_error_free(&error);
	return code;
}

static int thaw_by_note(void)
{
	struct hvg_thawnote_result result;
	int r = hvg_thawnote_thaw(HVG_FREEZENOTE_PATH, HVG_FSFREEZE_ROOT, HVG_MOUNTS_PATH, &result);

	if (r == -ENOENT) {
		printf("Nothing is frozen.\n");
		return HVCTL_OK;
	}
	if (r < 0) {
		hvctl_complain("%s: %s", HVG_FREEZENOTE_PATH, strerror(-r));
		return HVCTL_WRONG;
	}
	printf("Thawed %u file systems; %u are not mounted any more, %u could not be thawed.\n", result.n_thawed,
		result.n_missing, result.n_failed);
	return result.n_failed > 0 ? HVCTL_WRONG : HVCTL_OK;
}

/* While / is frozen it is not known who answers: nobody is started, and systemd is not asked. */
static void have_it_thaw(struct hvctl *hvctl)
{
	sd_bus *bus = hvctl_bus(hvctl);
	sd_bus_message *message = NULL;

	if (bus && new_call(bus, "Thaw", &message) >= 0 && sd_bus_message_set_auto_start(message, false) >= 0)
		(void)sd_bus_call(bus, message, THAW_US, NULL, NULL);
	(void)sd_bus_message_unref(message);
}

/* The daemon knows best; but what root can do without it is done, and does no harm after it. */
static int thaw(struct hvctl *hvctl, int argc, char *argv[])
{
	if (geteuid() != 0)
		return thaw_by_daemon(hvctl);
	have_it_thaw(hvctl);
	return thaw_by_note();
}

/* The subcommands. */

static const struct hvctl_subcommand subcommands[] = {
	{ "status", 1, 1, "status     whether backups are served, and the last one", status },
	{ "test", 1, 1, "test       rehearse: freeze as for a backup, thaw at once, and tell how long it took", test },
	{ "history", 1, 1, "history    the last backups and rehearsals", history },
	{ "thaw", 1, 1, "thaw       in an emergency: thaw what is frozen for a backup", thaw },
	{ NULL },
};

static const char words[] =
	"test asks before it freezes anything, if it is run on a terminal. thaw works without hv-vssd, too,\n"
	"as root.\n"
	"\n"
	"Example: hvctl vss test\n";

int hvctl_vss(struct hvctl *hvctl, int argc, char *argv[])
{
	return hvctl_subcommand_run(hvctl, subcommands, words, argc, argv);
}
