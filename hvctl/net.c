// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl net: who manages which adapter and whether an injection would work, what was injected, and
 * taking it back. Everything is asked of hv-netd, which the bus starts.
 */

#include "hvctl/net.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct hvctl_service service = { NET_SERVICE, "hv-netd", "ip-injection", .comes_when_asked = true };

int net_message(struct hvctl *hvctl, const char *member, const char *what, sd_bus_message **ret)
{
	int r, code = hvctl_reach(hvctl, &service, what);

	if (code != HVCTL_OK)
		return code;
	r = sd_bus_message_new_method_call(hvctl->bus, ret, NET_SERVICE, NET_PATH, NET_INTERFACE, member);
	if (r >= 0)
		return HVCTL_OK;
	hvctl_complain("%s: %s", what, strerror(-r));
	return HVCTL_WRONG;
}

int net_call(struct hvctl *hvctl, sd_bus_message *message, const char *what, sd_bus_message **ret_reply)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r, status = HVCTL_OK;

	r = sd_bus_call(hvctl->bus, message, NET_PATIENCE_US, &error, ret_reply);
	if (r < 0 && hvctl_is_absent(&error)) {
		hvctl_complain("%s: hv-netd is not enabled (systemctl enable --now hv-netd.socket hv-netd)", what);
		status = HVCTL_WRONG;
	} else if (r < 0) {
		status = hvctl_bus_failed(&error, r, what);
	}
	sd_bus_error_free(&error);
	sd_bus_message_unref(message);
	return status;
}

/* A method without arguments. */
static int ask(struct hvctl *hvctl, const char *member, const char *what, sd_bus_message **ret_reply)
{
	sd_bus_message *message = NULL;
	int code = net_message(hvctl, member, what, &message);

	return code == HVCTL_OK ? net_call(hvctl, message, what, ret_reply) : code;
}

static int unreadable(const char *what, int r)
{
	hvctl_complain("%s: the answer cannot be read: %s", what, strerror(-r));
	return HVCTL_WRONG;
}

/* status */

struct adapter {
	const char *guid, *interface, *bearer, *manager, *state, *configuration;
	int is_allowed;
};

/* In a word, and why. */
static const char *verdict(const struct adapter *adapter)
{
	if (!adapter->is_allowed)
		return "no: hvguest-net.conf(5) forbids it";
	if (strcmp(adapter->state, "not answering") == 0)
		return "no: the manager does not answer";
	if (strcmp(adapter->manager, "unsupported") == 0)
		return "no: its manager is not supported, see hv-netd(8)";
	if (strcmp(adapter->manager, "none") == 0)
		return "yes, but for DHCP and name servers";
	if (strcmp(adapter->manager, "networkmanager") == 0 && strcmp(adapter->interface, adapter->bearer) != 0)
		return "no: the profile of the master is the site's";
	return strcmp(adapter->state, "running") == 0 ? "yes" : "yes, once the manager runs";
}

static json_t *adapter_json(const struct adapter *adapter)
{
	return json_pack("{ss ss ss ss ss sb ss so}", "adapter", adapter->guid, "interface", adapter->interface,
		"addresses_on", adapter->bearer, "manager", adapter->manager, "state", adapter->state, "allowed",
		adapter->is_allowed, "injection", verdict(adapter), "applied",
		*adapter->configuration ? hvctl_json_text(adapter->configuration) : json_null());
}

static int read_adapters(sd_bus_message *reply, struct hvctl_table *table, json_t *array)
{
	struct adapter adapter;
	int r = sd_bus_message_enter_container(reply, 'a', "(sssssbs)");

	while (r >= 0 &&
		(r = sd_bus_message_read(reply, "(sssssbs)", &adapter.guid, &adapter.interface, &adapter.bearer,
			 &adapter.manager, &adapter.state, &adapter.is_allowed, &adapter.configuration)) > 0) {
		if (array)
			json_array_append_new(array, adapter_json(&adapter));
		else
			hvctl_table_add(table, (const char *const[]){ adapter.interface, adapter.bearer, adapter.guid,
							adapter.manager, verdict(&adapter) });
	}
	return r;
}

static int status(struct hvctl *hvctl, int argc, char *argv[])
{
	static const char *const headings[] = { "INTERFACE", "ADDRESSES ON", "ADAPTER", "MANAGER", "INJECTION WORKS", NULL };
	struct hvctl_table *table = hvctl->json ? NULL : hvctl_table_new(hvctl, headings);
	json_t *array = hvctl->json ? json_array() : NULL;
	sd_bus_message *reply = NULL;
	int r, code = ask(hvctl, "Backends", "net status", &reply);

	if (code == HVCTL_OK) {
		r = read_adapters(reply, table, array);
		if (r < 0)
			code = unreadable("net status", r);
	}
	sd_bus_message_unref(reply);
	if (code != HVCTL_OK) {
		json_decref(array);
		return code;
	}
	return array ? hvctl_print_json(array, false) : hvctl_table_print(table);
}

/* history */

struct event {
	uint64_t realtime_us;
	const char *guid, *interface, *manager, *result, *text;
};

static void print_event(const struct event *event, struct hvctl_table *table, json_t *array)
{
	time_t seconds = (time_t)(event->realtime_us / HVG_USEC_PER_SEC);
	char time[32];
	struct tm local;

	if (array) {
		json_array_append_new(array, json_pack("{sI ss ss ss ss so}", "time_us", (json_int_t)event->realtime_us,
			"adapter", event->guid, "interface", event->interface, "manager", event->manager, "result",
			event->result, "reason", hvctl_json_text(event->text)));
		return;
	}
	(void)strftime(time, sizeof(time), "%F %T", localtime_r(&seconds, &local));
	hvctl_table_add(table, (const char *const[]){ time, event->interface, event->manager, event->result, event->text });
}

static int read_events(sd_bus_message *reply, struct hvctl_table *table, json_t *array)
{
	struct event event;
	int r = sd_bus_message_enter_container(reply, 'a', "(tsssss)");

	while (r >= 0 &&
		(r = sd_bus_message_read(reply, "(tsssss)", &event.realtime_us, &event.guid, &event.interface,
			 &event.manager, &event.result, &event.text)) > 0)
		print_event(&event, table, array);
	return r;
}

static int history(struct hvctl *hvctl, int argc, char *argv[])
{
	static const char *const headings[] = { "TIME", "INTERFACE", "MANAGER", "RESULT", "REASON", NULL };
	struct hvctl_table *table = hvctl->json ? NULL : hvctl_table_new(hvctl, headings);
	json_t *array = hvctl->json ? json_array() : NULL;
	sd_bus_message *reply = NULL;
	int r, code = ask(hvctl, "History", "net history", &reply);

	if (code == HVCTL_OK) {
		r = read_events(reply, table, array);
		if (r < 0)
			code = unreadable("net history", r);
	}
	sd_bus_message_unref(reply);
	if (code != HVCTL_OK) {
		json_decref(array);
		return code;
	}
	if (array)
		return hvctl_print_json(array, false);
	hvctl_pager_begin(hvctl);
	code = hvctl_table_print(table);
	hvctl_pager_end(hvctl);
	return code;
}

/* rollback, and the answer that apply gets too */

static int print_outcome_json(sd_bus_message *reply, const char *adapter, const char *result, const char *manager)
{
	json_t *warnings = json_array();
	const char *warning;
	int r = sd_bus_message_enter_container(reply, 'a', "s");

	while (r >= 0 && (r = sd_bus_message_read(reply, "s", &warning)) > 0)
		json_array_append_new(warnings, hvctl_json_text(warning));
	return hvctl_print_json(json_pack("{so ss ss so}", "adapter", hvctl_json_text(adapter), "result", result, "manager",
		manager, "warnings", warnings), false);
}

int net_print_outcome(struct hvctl *hvctl, sd_bus_message *reply, const char *adapter)
{
	const char *result, *manager, *warning;
	int r = sd_bus_message_read(reply, "ss", &result, &manager);

	if (r < 0)
		return unreadable(adapter, r);
	if (hvctl->json)
		return print_outcome_json(reply, adapter, result, manager);
	printf("%s: %s (%s)\n", adapter, result, manager);
	r = sd_bus_message_enter_container(reply, 'a', "s");
	while (r >= 0 && (r = sd_bus_message_read(reply, "s", &warning)) > 0)
		printf("  but %s\n", warning);
	if (r >= 0)
		r = sd_bus_message_exit_container(reply);
	return r < 0 ? unreadable(adapter, r) : HVCTL_OK;
}

static int rollback(struct hvctl *hvctl, int argc, char *argv[])
{
	sd_bus_message *message = NULL, *reply = NULL;
	int code = net_message(hvctl, "Rollback", argv[1], &message);

	if (code != HVCTL_OK)
		return code;
	if (sd_bus_message_append(message, "s", argv[1]) < 0) {
		sd_bus_message_unref(message);
		return HVCTL_WRONG;
	}
	code = net_call(hvctl, message, argv[1], &reply);
	if (code == HVCTL_OK)
		code = net_print_outcome(hvctl, reply, argv[1]);
	sd_bus_message_unref(reply);
	return code;
}

/* The subcommands. */

static const struct hvctl_subcommand subcommands[] = {
	{ "status", 1, 1, "status                    who manages each adapter, and whether injection works", status },
	{ "history", 1, 1, "history                   what was injected, and what came of it", history },
	{ "rollback", 2, 2, "rollback ADAPTER          take the last injection back", rollback },
	{ "apply", 2, 3, "apply FILE [--dry-run]    inject what a file says, or show what that would do", net_apply },
	{ NULL },
};

static const char words[] =
	"ADAPTER is an interface, a MAC or the GUID of a device on VMBus. hvctl(1) tells what\n"
	"stands in FILE.\n"
	"\n"
	"Example: hvctl net apply failover.txt --dry-run\n";

int hvctl_net(struct hvctl *hvctl, int argc, char *argv[])
{
	return hvctl_subcommand_run(hvctl, subcommands, words, argc, argv);
}
