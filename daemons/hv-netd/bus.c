// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * org.hvguest.Network1: the same object on the system bus, where polkit decides who may change
 * something, and on the socket, where its mode has decided already.
 */

#include "hv-netd/netd.h"

#include "common/bus-error.h"
#include "common/journal.h"
#include "hv-netd/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME	  "org.hvguest.Network1"
#define PATH	  "/org/hvguest/Network1"
#define INTERFACE "org.hvguest.Network1"
#define APPLY	  "org.hvguest.network.apply"

/* Reading requests. */

static int read_list(sd_bus_message *message, char ***ret)
{
	char **list = NULL;
	int r = sd_bus_message_read_strv(message, &list);

	*ret = list;
	return r;
}

static int read_request(sd_bus_message *message, struct netd_job *job)
{
	const char *adapter;
	int r, dhcp;

	r = sd_bus_message_rewind(message, true);
	if (r >= 0)
		r = sd_bus_message_read(message, "syb", &adapter, &job->families, &dhcp);
	if (r < 0)
		return r;
	job->dhcp = dhcp;
	job->adapter = strdup(adapter);
	if (!job->adapter)
		return -ENOMEM;
	r = read_list(message, &job->addresses);
	if (r >= 0)
		r = read_list(message, &job->subnets);
	if (r >= 0)
		r = read_list(message, &job->gateways);
	return r < 0 ? r : read_list(message, &job->dns);
}

static int read_adapter(sd_bus_message *message, struct netd_job *job)
{
	const char *adapter;
	int r = sd_bus_message_rewind(message, true);

	if (r >= 0)
		r = sd_bus_message_read(message, "s", &adapter);
	if (r < 0)
		return r;
	job->adapter = strdup(adapter);
	return job->adapter ? 0 : -ENOMEM;
}

/* Answers. */

static int append_warnings(sd_bus_message *reply, const struct netd_outcome *outcome)
{
	int r = sd_bus_message_open_container(reply, 'a', "s");

	for (size_t i = 0; r >= 0 && i < outcome->n_warnings; i++)
		r = sd_bus_message_append(reply, "s", outcome->warnings[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* (s result, s backend, as warnings) */
static int append_outcome(sd_bus_message *reply, const struct netd_job *job)
{
	int r = sd_bus_message_append(reply, "ss", netd_result_name(job->outcome.result), job->outcome.backend);

	return r < 0 ? r : append_warnings(reply, &job->outcome);
}

/* …, then (s configuration, a(sss) files: path, what it has, what it would have) */
static int append_preview(sd_bus_message *reply, const struct netd_job *job)
{
	char text[HVG_IPCONFIG_TEXT_SIZE];
	struct hvg_printer printer;
	int r = append_outcome(reply, job);

	hvg_printer_init(&printer, text, sizeof(text));
	hvg_ipconfig_render(&job->preview.config, &printer);
	if (r >= 0)
		r = sd_bus_message_append(reply, "s", text);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(sss)");
	for (size_t i = 0; r >= 0 && i < job->preview.n_edits; i++) {
		const struct netd_edit *edit = &job->preview.edits[i];

		r = sd_bus_message_append(reply, "(sss)", edit->path, edit->old ? edit->old : "",
			edit->text ? edit->text : "");
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_status(sd_bus_message *reply, const struct netd_status *status)
{
	static const char *const presences[] = {
		[NETD_ABSENT] = "absent",
		[NETD_PRESENT] = "running",
		[NETD_COLD] = "not running",
		[NETD_SILENT] = "not answering",
	};

	return sd_bus_message_append(reply, "(sssssbs)", status->target.guid, status->target.adapter,
		status->target.match.name, status->backend,
		presences[status->presence], status->is_allowed,
		status->configuration);
}

/* a(sssssbs): GUID, adapter, bearer, back end, whether it runs, allowed, last configuration */
static int append_statuses(sd_bus_message *reply, const struct netd_job *job)
{
	int r = sd_bus_message_open_container(reply, 'a', "(sssssbs)");

	for (size_t i = 0; r >= 0 && i < job->n_statuses; i++)
		r = append_status(reply, &job->statuses[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_answer(sd_bus_message *reply, const struct netd_job *job)
{
	switch (job->kind) {
	case NETD_JOB_APPLY:
	case NETD_JOB_ROLL_BACK:
		return append_outcome(reply, job);
	case NETD_JOB_PREVIEW:
		return append_preview(reply, job);
	case NETD_JOB_STATUS:
		return job->adapter ? append_status(reply, job->statuses) : append_statuses(reply, job);
	case NETD_JOB_LOOK:
	case NETD_JOB_RECOVER:
		break;
	}
	return 0;
}

static int answer(const struct netd_job *job)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r;

	if (job->outcome.code < 0) {
		(void)hvg_bus_error_set(&error, job->outcome.code, "%s", job->outcome.text);
		r = sd_bus_reply_method_error(job->message, &error);
		sd_bus_error_free(&error);
		return r;
	}
	r = sd_bus_message_new_method_return(job->message, &reply);
	if (r >= 0)
		r = append_answer(reply, job);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static void finished(struct netd_job *job, bool is_cancelled)
{
	int r;

	if (is_cancelled)
		job->outcome = (struct netd_outcome){ .result = NETD_REFUSED, .code = -ECANCELED };
	if (job->kind == NETD_JOB_APPLY || job->kind == NETD_JOB_ROLL_BACK)
		netd_finished(job->netd, &job->outcome);
	r = answer(job);
	if (r < 0)
		hvg_log(LOG_DEBUG, NULL, "A caller left without its reply: %s.", strerror(-r));
}

static int begin(struct netd *netd, sd_bus_message *message, enum netd_job_kind kind)
{
	struct netd_job *job = netd_job_new(netd, kind);
	int r = 0;

	if (!job)
		return -ENOMEM;
	netd_busy(netd);
	job->finished = finished;
	job->message = sd_bus_message_ref(message);
	job->is_patient = !netd_peers_has(netd, sd_bus_message_get_bus(message)); /* it is not the host's */
	if (kind == NETD_JOB_APPLY || kind == NETD_JOB_PREVIEW)
		r = read_request(message, job);
	else if (*sd_bus_message_get_signature(message, true) == 's')
		r = read_adapter(message, job);
	if (r < 0) {
		netd_job_free(job);
		return r;
	}
	r = netd_job_submit(job);
	return r < 0 ? r : 1;
}

static int apply_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return begin(userdata, message, NETD_JOB_APPLY);
}

static int roll_back_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return begin(userdata, message, NETD_JOB_ROLL_BACK);
}

static int authorize(struct netd *netd, sd_bus_message *message, sd_bus_message_handler_t allowed, sd_bus_error *error)
{
	struct hvg_permission permission = { .action_id = APPLY, .allowed = allowed, .userdata = netd };

	netd_busy(netd);
	if (netd_peers_has(netd, sd_bus_message_get_bus(message)))
		return allowed(message, netd, error);
	return hvg_bus_authorize(netd->bus, message, &permission);
}

static int on_apply(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return authorize(userdata, message, apply_allowed, error);
}

static int on_roll_back(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return authorize(userdata, message, roll_back_allowed, error);
}

static int on_preview(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return begin(userdata, message, NETD_JOB_PREVIEW);
}

static int on_get(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return begin(userdata, message, NETD_JOB_STATUS);
}

/* History() -> a(tsssss) */

static int append_event(void *userdata, const struct netd_event *event)
{
	return sd_bus_message_append(userdata, "(tsssss)", event->realtime_us, event->guid, event->interface,
		event->backend, event->result, event->text);
}

static int on_history(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct netd *netd = userdata;
	sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(tsssss)");
	if (r >= 0)
		r = netd_history_read(netd->state, append_event, reply);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

#define REQUEST_ARGS                                                                                    \
	SD_BUS_ARGS("s", adapter, "y", families, "b", dhcp, "as", addresses, "as", subnets, "as", gateways, \
		"as", dns_servers)

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("Apply", REQUEST_ARGS,
		SD_BUS_RESULT("s", result, "s", backend, "as", warnings), on_apply, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Preview", REQUEST_ARGS,
		SD_BUS_RESULT("s", result, "s", backend, "as", warnings, "s", configuration, "a(sss)", files),
		on_preview, 0),
	SD_BUS_METHOD_WITH_ARGS("Rollback", SD_BUS_ARGS("s", adapter),
		SD_BUS_RESULT("s", result, "s", backend, "as", warnings), on_roll_back, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Get", SD_BUS_ARGS("s", adapter), SD_BUS_RESULT("(sssssbs)", state), on_get,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Backends", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(sssssbs)", adapters), on_get,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("History", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(tsssss)", events), on_history,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_ARGS("Applied", SD_BUS_ARGS("s", adapter, "s", interface, "s", backend, "s", result), 0),
	SD_BUS_SIGNAL_WITH_ARGS("RolledBack", SD_BUS_ARGS("s", adapter, "s", interface, "s", backend, "s", reason), 0),
	SD_BUS_VTABLE_END,
};

void netd_bus_tell(struct netd *netd, const struct netd_outcome *outcome)
{
	bool is_back = outcome->result == NETD_ROLLED_BACK || outcome->result == NETD_FAILED;
	sd_bus *bus = hvg_bus_get(netd->bus);

	if (!bus || outcome->result == NETD_REFUSED)
		return;
	(void)sd_bus_emit_signal(bus, PATH, INTERFACE, is_back ? "RolledBack" : "Applied", "ssss", outcome->guid,
		outcome->interface, outcome->backend, is_back ? outcome->text : netd_result_name(outcome->result));
}

int netd_bus_add(struct netd *netd, sd_bus *bus)
{
	return sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, netd);
}

static int joined(void *userdata, sd_bus *bus)
{
	return netd_bus_add(userdata, bus);
}

int netd_bus_init(struct netd *netd)
{
	struct hvg_bus_config config = { .name = NAME, .joined = joined, .userdata = netd };

	return hvg_bus_new(hvg_loop_event(netd->loop), &config, &netd->bus);
}
