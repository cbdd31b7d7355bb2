// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The law loop of hv-kvpd: ask the service what to do, do it, tell how it went. A deed that may take
 * time tells it later, with the serial it was given; the timer wakes the service at its deadline.
 */

#include "hv-kvpd/kvpd.h"

#include "base/units.h"
#include "common/journal.h"
#include "common/message-ids.h"
#include "hvguest/status.h"
#include "service/ipinfo-read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ACCURACY_US (50 * HVG_USEC_PER_MSEC)

static uint64_t now_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

static void pump(struct kvpd *kvpd);

static void finish(struct kvpd *kvpd, uint64_t serial, const struct hvg_kvp_result *result)
{
	(void)hvg_kvp_done(&kvpd->kvp, serial, result);
}

static void finish_code(struct kvpd *kvpd, uint64_t serial, int code)
{
	finish(kvpd, serial, &(struct hvg_kvp_result){ .code = code });
}

/* The pools. */

static void finish_record(struct kvpd *kvpd, uint64_t serial, int code, const struct hvg_pool_record *record)
{
	struct hvg_kvp_result result = { .code = code };

	if (code >= 0 && record) {
		result.key = record->key;
		result.value = record->value;
	}
	finish(kvpd, serial, &result);
}

static void on_pool_done(void *userdata, int code, const struct kvpd_pool_answer *answer)
{
	struct kvpd *kvpd = userdata;

	if (code == -ECANCELED)
		return;
	kvpd->job = NULL;
	finish_record(kvpd, kvpd->job_serial, code, answer->n_records > 0 ? answer->records : NULL);
	pump(kvpd);
}

/* A job whose request is over has nobody to tell: it is only kept from beginning. */
static void drop_job(struct kvpd *kvpd)
{
	if (kvpd->job)
		kvpd_pools_cancel(kvpd->job);
	kvpd->job = NULL;
}

static void submit(struct kvpd *kvpd, const struct hvg_kvp_action *action,
	const struct kvpd_pool_request *request)
{
	int r;

	kvpd->job_serial = action->serial;
	r = kvpd_pools_submit(&kvpd->pools, request, on_pool_done, kvpd, &kvpd->job);
	if (r < 0)
		finish_code(kvpd, action->serial, r);
}

static void read_or_submit(struct kvpd *kvpd, const struct hvg_kvp_action *action,
	const struct kvpd_pool_request *request)
{
	struct hvg_pool_record record;
	int r = kvpd_pools_read(&kvpd->pools, request, &record);

	if (r == -EAGAIN)
		submit(kvpd, action, request);
	else
		finish_record(kvpd, action->serial, r, &record);
}

static void do_pool(struct kvpd *kvpd, const struct hvg_kvp_action *action, enum kvpd_pool_op op)
{
	struct kvpd_pool_request request = {
		.op = op,
		.pool = (enum hvg_pool)action->request->pool,
		.index = action->request->index,
		.begins = action->begins,
		.key = action->request->key,
		.value = action->request->value,
	};

	if (op == KVPD_POOL_FIND || op == KVPD_POOL_AT)
		read_or_submit(kvpd, action, &request);
	else
		submit(kvpd, action, &request);
}

/* The automatic keys. */

static void do_auto(struct kvpd *kvpd, const struct hvg_kvp_action *action)
{
	const struct hvg_kvp_request *request = action->request;
	bool is_find = action->kind == HVG_KVP_AUTO_FIND;
	struct hvg_kvp_auto_item item;
	struct hvg_kvp_result result = { .value = item.value };
	struct hvg_kvp_facts facts;

	if (is_find || action->begins)
		kvpd_facts_refresh(&kvpd->facts);
	facts = kvpd_facts_get(&kvpd->facts);
	result.code = is_find ? hvg_kvp_auto_find(&facts, request->key, &item) :
				hvg_kvp_auto_at(&facts, request->index, &item);
	if (result.code >= 0)
		result.key = item.key;
	finish(kvpd, action->serial, &result);
}

/* The IP configuration. */

/* GET answers HV_E_FAIL for an adapter that is not here, where SET has a code of its own. */
#define NO_ADAPTER (-ENXIO)

static void on_word(void *userdata, const struct hvg_linkword *word)
{
	struct kvpd *kvpd = userdata;
	struct hvg_ipinfo_sources sources = {
		.net = hvg_netaddr_facts(kvpd->facts.netaddr),
		.word = word,
	};
	struct hvg_kvp_result result = { 0 };
	struct hvg_ipinfo_texts texts;
	struct hvg_ipinfo ip;

	result.code = hvg_ipinfo_read(&sources, kvpd->kvp.request.ip.adapter_id, &texts);
	if (result.code >= 0) {
		ip = (struct hvg_ipinfo){
			.adapter_id = texts.adapter,
			.families = texts.families,
			.dhcp = texts.dhcp,
			.addresses = texts.addresses,
			.subnets = texts.subnets,
			.gateways = texts.gateways,
			.dns_servers = texts.dns_servers,
		};
		result.ip = &ip;
	} else if (result.code == -ENODEV) {
		result.code = NO_ADAPTER;
	}
	finish(kvpd, kvpd->ip_serial, &result);
	pump(kvpd);
}

static void do_read_ip(struct kvpd *kvpd, const struct hvg_kvp_action *action)
{
	const struct hvg_netif *bearer;
	int r = NO_ADAPTER;

	kvpd_facts_refresh(&kvpd->facts);
	kvpd->ip_serial = action->serial;
	bearer = hvg_ipinfo_bearer(hvg_netaddr_facts(kvpd->facts.netaddr), action->request->ip.adapter_id);
	if (bearer)
		r = kvpd_link_ask(&kvpd->link, hvg_bus_get(kvpd->bus), bearer, on_word, kvpd);
	if (r < 0)
		finish_code(kvpd, action->serial, r);
}

static void log_injection(const char *adapter, int code, const char *text)
{
	struct hvg_log_entry entry = {
		.level = code < 0 ? LOG_WARNING : LOG_NOTICE,
		.id = HVG_MSG_IP_INJECTED,
		.fields = HVG_FIELDS({ "HVGUEST_ADAPTER", adapter }),
	};

	if (code < 0)
		hvg_log_entry(&entry, "The host's IP configuration for %s was not applied: %s.", adapter,
			text ? text : strerror(-code));
	else
		hvg_log_entry(&entry, "The host's IP configuration for %s was applied.", adapter);
}

static void on_applied(void *userdata, int code, const char *text)
{
	struct kvpd *kvpd = userdata;

	log_injection(kvpd->kvp.request.ip.adapter_id, code, text);
	finish_code(kvpd, kvpd->ip_serial, code);
	pump(kvpd);
}

static void do_apply_ip(struct kvpd *kvpd, const struct hvg_kvp_action *action)
{
	int r;

	kvpd->ip_serial = action->serial;
	r = kvpd_netd_apply(&kvpd->netd, &action->request->ip, on_applied, kvpd);
	if (r < 0)
		finish_code(kvpd, action->serial, r);
}

/* The answer. */

static bool is_about_a_pool(enum hvg_kvp_op op)
{
	return op == HVG_KVP_GET || op == HVG_KVP_SET || op == HVG_KVP_DELETE || op == HVG_KVP_ENUMERATE;
}

/* "SET external", "GET_IP_INFO" */
static void describe(const struct hvg_kvp_outcome *outcome, char *ret, size_t ret_size)
{
	bool is_pool = is_about_a_pool(outcome->op);

	snprintf(ret, ret_size, "%s%s%s", hvg_kvp_op_name(outcome->op), is_pool ? " " : "",
		is_pool ? hvg_pool_name((enum hvg_pool)outcome->pool) : "");
}

/* The end of an enumeration, and a key that is not there, are no failures. */
static bool is_regular(const struct hvg_kvp_outcome *outcome)
{
	return outcome->status == HVG_STATUS_OK || outcome->status == HVG_STATUS_NO_MORE;
}

static const char *reason_of(const struct hvg_kvp_outcome *outcome)
{
	if (outcome->reason)
		return outcome->reason;
	return is_about_a_pool(outcome->op) ? hvg_poolstore_explain(outcome->code) : strerror(-outcome->code);
}

/* What a request was about, for those who look for it in the journal. */
static void log_about(int level, const char *id, const struct hvg_kvp_outcome *outcome, const char *key,
	const char *text)
{
	bool is_pool = is_about_a_pool(outcome->op);

	hvg_log_entry(
		&(struct hvg_log_entry){
			level,
			id,
			HVG_FIELDS({ "HVGUEST_OPERATION", hvg_kvp_op_name(outcome->op) },
				{ "HVGUEST_STATUS", hvg_status_name(outcome->status) },
				{ "HVGUEST_POOL", is_pool ? hvg_pool_name((enum hvg_pool)outcome->pool) : "" },
				{ "HVGUEST_KEY", is_pool && key ? key : "" }),
		},
		"%s", text);
}

static void log_outcome(const struct hvg_kvp_outcome *outcome, const char *key, const char *request)
{
	char text[512];

	if (is_regular(outcome)) {
		hvg_log(LOG_DEBUG, NULL, "%s: %s.", request, hvg_status_name(outcome->status));
	} else {
		(void)snprintf(text, sizeof(text), "The host's request %s was answered with %s: %s.", request,
			hvg_status_name(outcome->status), reason_of(outcome));
		log_about(LOG_NOTICE, HVG_MSG_REQUEST_REFUSED, outcome, key, text);
	}
	if (outcome->text_flags & HVG_KVP_REPAIRED) {
		(void)snprintf(text, sizeof(text), "What answers %s is not UTF-8; the host gets it repaired.", request);
		log_about(LOG_NOTICE, HVG_MSG_TEXT_REPAIRED, outcome, key, text);
	}
	if (outcome->text_flags & HVG_KVP_CUT) {
		(void)snprintf(text, sizeof(text),
			"What answers %s is longer than a host reads; it gets the beginning.", request);
		log_about(LOG_NOTICE, HVG_MSG_TEXT_CUT, outcome, key, text);
	}
}

static void remember_outcome(struct kvpd *kvpd, const struct hvg_kvp_outcome *outcome)
{
	struct kvpd_last *last = &kvpd->last;

	last->realtime_us = now_us(CLOCK_REALTIME);
	describe(outcome, last->request, sizeof(last->request));
	if (is_regular(outcome))
		return;
	snprintf(last->error, sizeof(last->error), "%s: %s", last->request, hvg_status_name(outcome->status));
	kvpd_bus_failed(kvpd);
}

static void do_send(struct kvpd *kvpd, const struct hvg_kvp_action *action)
{
	struct hvg_kvp_outcome outcome = kvpd->kvp.outcome;
	int r;

	/* Whatever was under way for this request has missed its time. */
	drop_job(kvpd);
	kvpd_netd_cancel(&kvpd->netd);
	kvpd_link_cancel(&kvpd->link);

	r = hvg_channel_driver_send(kvpd->driver, action->reply, HVG_KVP_MESSAGE_SIZE);
	if (r < 0)
		hvg_log(LOG_NOTICE, HVG_MSG_ANSWER_LOST, "The kernel has given up on the host's request %s before it was answered.",
			hvg_kvp_op_name(outcome.op));
	finish_code(kvpd, action->serial, r);
	remember_outcome(kvpd, &outcome);
	log_outcome(&outcome, kvpd->kvp.request.key, kvpd->last.request);
}

static void perform(struct kvpd *kvpd, const struct hvg_kvp_action *action)
{
	switch (action->kind) {
	case HVG_KVP_STORE_SET:
		if (action->request->value_is_untranslated)
			hvg_log(LOG_NOTICE, HVG_MSG_VALUE_UNTRANSLATED,
				"The host's value for %s is of a type that the kernel cannot translate; it is stored empty.",
				action->request->key);
		do_pool(kvpd, action, KVPD_POOL_SET);
		break;
	case HVG_KVP_STORE_UNSET:
		do_pool(kvpd, action, KVPD_POOL_UNSET);
		break;
	case HVG_KVP_STORE_FIND:
		do_pool(kvpd, action, KVPD_POOL_FIND);
		break;
	case HVG_KVP_STORE_AT:
		do_pool(kvpd, action, KVPD_POOL_AT);
		break;
	case HVG_KVP_AUTO_FIND:
	case HVG_KVP_AUTO_AT:
		do_auto(kvpd, action);
		break;
	case HVG_KVP_READ_IP:
		do_read_ip(kvpd, action);
		break;
	case HVG_KVP_APPLY_IP:
		do_apply_ip(kvpd, action);
		break;
	case HVG_KVP_SEND:
		do_send(kvpd, action);
		break;
	case HVG_KVP_WAIT:
		break;
	}
}

/* Only ever moved forward while a request is open: most of them are answered before it would matter. */
static void arm(struct kvpd *kvpd)
{
	if (kvpd->kvp.deadline_us >= kvpd->armed_us)
		return;
	kvpd->armed_us = kvpd->kvp.deadline_us;
	(void)sd_event_source_set_time(kvpd->deadline, kvpd->armed_us);
	(void)sd_event_source_set_enabled(kvpd->deadline, SD_EVENT_ONESHOT);
}

static void pump(struct kvpd *kvpd)
{
	struct hvg_kvp_action action;

	while (action = hvg_kvp_next(&kvpd->kvp, now_us(CLOCK_MONOTONIC)), action.kind != HVG_KVP_WAIT)
		perform(kvpd, &action);
	arm(kvpd);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct kvpd *kvpd = userdata;

	kvpd->armed_us = HVG_NEVER;
	pump(kvpd);
	return 0;
}

/* The channel driver's side. */

static int accept_registration(void *userdata, const void *bytes, size_t size)
{
	struct kvpd *kvpd = userdata;
	const char *version;
	int r;

	r = hvg_kvp_decode_registered(bytes, size, &version);
	if (r < 0)
		return r;
	snprintf(kvpd->facts.integration_version, sizeof(kvpd->facts.integration_version), "%s", version);
	hvg_log(LOG_INFO, HVG_MSG_REGISTERED, "Registered with the kernel, which speaks version %s.", version);
	return 0;
}

static void serve(void *userdata, const void *bytes, size_t size)
{
	struct kvpd *kvpd = userdata;

	drop_job(kvpd);
	hvg_kvp_recv(&kvpd->kvp, bytes, size, now_us(CLOCK_MONOTONIC));
	pump(kvpd);
}

static void lost(void *userdata)
{
	struct kvpd *kvpd = userdata;

	drop_job(kvpd);
	kvpd_netd_cancel(&kvpd->netd);
	kvpd_link_cancel(&kvpd->link);
	hvg_kvp_cancel(&kvpd->kvp);
}

const char *kvpd_state(const struct kvpd *kvpd)
{
	const struct hvg_channel *channel;

	if (!kvpd->driver)
		return "starting";
	channel = hvg_channel_driver_channel(kvpd->driver);
	return hvg_channel_is_registered(channel) ? "registered" : hvg_channel_state_name(channel->state);
}

static void changed(void *userdata)
{
	struct kvpd *kvpd = userdata;

	if (hvg_channel_is_registered(hvg_channel_driver_channel(kvpd->driver))) {
		hvg_loop_ready(kvpd->loop);
		hvg_loop_status(kvpd->loop, "Serving the host's Data Exchange");
	} else {
		hvg_loop_status(kvpd->loop, "Not registered: %s", kvpd_state(kvpd));
	}
	kvpd_bus_state_changed(kvpd);
}

const struct hvg_channel_service kvpd_channel_service = {
	.accept = accept_registration,
	.serve = serve,
	.lost = lost,
	.changed = changed,
};

int kvpd_service_init(struct kvpd *kvpd)
{
	struct hvg_kvp_config config = {
		.allow_host_writes_to_guest_pool = kvpd->settings.allow_host_writes,
		.patience_us = kvpd->options.kernel_timeout_us,
	};

	hvg_kvp_init(&kvpd->kvp, &config);
	hvg_kvp_encode_register(kvpd->registration);
	kvpd->armed_us = HVG_NEVER;
	return sd_event_add_time(hvg_loop_event(kvpd->loop), &kvpd->deadline, CLOCK_MONOTONIC, HVG_NEVER,
		ACCURACY_US, on_deadline, kvpd);
}
