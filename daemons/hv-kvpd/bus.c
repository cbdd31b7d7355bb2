// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * org.hvguest.Kvp1: the daemon on the system bus. Who may read values is the bus policy's business,
 * who may write is polkit's; reading and writing wait in the pools' thread, never here.
 */

#include "hv-kvpd/kvpd.h"

#include "base/utf16.h"
#include "common/bus-error.h"
#include "common/journal.h"
#include "common/message-ids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME	  "org.hvguest.Kvp1"
#define PATH	  "/org/hvguest/Kvp1"
#define INTERFACE "org.hvguest.Kvp1"
#define WRITE	  "org.hvguest.kvp.write"

/* A method call that waits for the pools. */
struct call {
	struct kvpd *kvpd;
	sd_bus_message *message;
};

static int begin(struct kvpd *kvpd, sd_bus_message *message, const struct kvpd_pool_request *request,
	kvpd_pool_done_fn *done, sd_bus_error *error)
{
	struct call *call = calloc(1, sizeof(*call));
	struct hvg_job *job;
	int r;

	if (!call)
		return -ENOMEM;
	*call = (struct call){ kvpd, sd_bus_message_ref(message) };
	r = kvpd_pools_submit(&kvpd->pools, request, done, call, &job);
	if (r < 0) {
		sd_bus_message_unref(call->message);
		free(call);
		return hvg_bus_error_set(error, r, NULL);
	}
	return 1;
}

static void end(struct call *call, int r)
{
	if (r < 0)
		hvg_log(LOG_DEBUG, NULL, "A caller on the bus left without its reply: %s.", strerror(-r));
	sd_bus_message_unref(call->message);
	free(call);
}

static int fail(struct call *call, int code)
{
	return sd_bus_reply_method_errorf(call->message, hvg_bus_error_name(code), "%s",
		code == -ENOENT ? "There is no such key." : hvg_poolstore_explain(code));
}

static int parse_pool(const char *text, enum hvg_pool *ret, sd_bus_error *error)
{
	if (hvg_pool_parse(text, ret) < 0 || *ret == HVG_POOL_AUTO_INTERNAL)
		return hvg_bus_error_set(error, -EINVAL, "There is no pool %s; the pools are external, guest, auto and host.",
			text);
	return 0;
}

/* List(s pool) -> a(ss) */

static int append_records(sd_bus_message *reply, const struct kvpd_pool_answer *answer)
{
	int r = sd_bus_message_open_container(reply, 'a', "(ss)");

	for (size_t i = 0; r >= 0 && i < answer->n_records; i++) {
		char key[3 * HVG_POOL_KEY_SIZE + 1], value[3 * HVG_POOL_VALUE_SIZE + 1];

		/* The bus takes nothing but UTF-8, and other writers wrote these. */
		(void)hvg_utf8_fit(answer->records[i].key, HVG_UTF8_TO_NUL, SIZE_MAX, key, sizeof(key));
		(void)hvg_utf8_fit(answer->records[i].value, HVG_UTF8_TO_NUL, SIZE_MAX, value, sizeof(value));
		r = sd_bus_message_append(reply, "(ss)", key, value);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int reply_records(sd_bus_message *message, const struct kvpd_pool_answer *answer)
{
	sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_records(reply, answer);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static void listed(void *userdata, int code, const struct kvpd_pool_answer *answer)
{
	struct call *call = userdata;

	call->kvpd->is_listing = false;
	end(call, code < 0 ? fail(call, code) : reply_records(call->message, answer));
}

static int list_auto(struct kvpd *kvpd, sd_bus_message *message)
{
	struct hvg_pool_record records[HVG_N_KVP_AUTO_KEYS];
	struct kvpd_pool_answer answer = { .records = records };
	struct hvg_kvp_auto_item item;
	struct hvg_kvp_facts facts;

	kvpd_facts_refresh(&kvpd->facts);
	facts = kvpd_facts_get(&kvpd->facts);
	for (uint32_t i = 0; hvg_kvp_auto_at(&facts, i, &item) >= 0; i++) {
		struct hvg_pool_record *record = &records[answer.n_records++];

		snprintf(record->key, sizeof(record->key), "%s", item.key);
		snprintf(record->value, sizeof(record->value), "%s", item.value);
	}
	return reply_records(message, &answer);
}

static int on_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct kvpd_pool_request request = { .op = KVPD_POOL_LIST };
	struct kvpd *kvpd = userdata;
	const char *pool;
	int r;

	r = sd_bus_message_read(message, "s", &pool);
	if (r >= 0)
		r = parse_pool(pool, &request.pool, error);
	if (r < 0)
		return r;
	if (request.pool == HVG_POOL_AUTO)
		return list_auto(kvpd, message);
	if (kvpd->is_listing) /* a whole pool in memory is enough */
		return hvg_bus_error_set(error, -EBUSY, "A pool is being listed for somebody else.");
	r = begin(kvpd, message, &request, listed, error);
	kvpd->is_listing = r > 0;
	return r;
}

/* Get(s pool, s key) -> s */

static void got(void *userdata, int code, const struct kvpd_pool_answer *answer)
{
	struct call *call = userdata;
	char value[3 * HVG_POOL_VALUE_SIZE + 1];

	if (code < 0) {
		end(call, fail(call, code));
		return;
	}
	(void)hvg_utf8_fit(answer->records->value, HVG_UTF8_TO_NUL, SIZE_MAX, value, sizeof(value));
	end(call, sd_bus_reply_method_return(call->message, "s", value));
}

static int get_stored(struct kvpd *kvpd, sd_bus_message *message, const struct kvpd_pool_request *request,
	sd_bus_error *error)
{
	struct hvg_pool_record record;
	struct kvpd_pool_answer answer = { .records = &record, .n_records = 1 };
	struct call *call;
	int r = kvpd_pools_read(&kvpd->pools, request, &record);

	if (r == -EAGAIN)
		return begin(kvpd, message, request, got, error);
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	*call = (struct call){ kvpd, sd_bus_message_ref(message) };
	got(call, r, &answer);
	return 1;
}

static int get_auto(struct kvpd *kvpd, sd_bus_message *message, const char *key, sd_bus_error *error)
{
	struct hvg_kvp_auto_item item;
	struct hvg_kvp_facts facts;

	kvpd_facts_refresh(&kvpd->facts);
	facts = kvpd_facts_get(&kvpd->facts);
	if (hvg_kvp_auto_find(&facts, key, &item) < 0)
		return hvg_bus_error_set(error, -ENOENT, "There is no such key.");
	return sd_bus_reply_method_return(message, "s", item.value);
}

static int on_get(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct kvpd_pool_request request = { .op = KVPD_POOL_FIND };
	struct kvpd *kvpd = userdata;
	const char *pool;
	int r;

	r = sd_bus_message_read(message, "ss", &pool, &request.key);
	if (r >= 0)
		r = parse_pool(pool, &request.pool, error);
	if (r < 0)
		return r;
	if (request.pool == HVG_POOL_AUTO)
		return get_auto(kvpd, message, request.key, error);
	return get_stored(kvpd, message, &request, error);
}

/* Set(s pool, s key, s value), Unset(s pool, s key): once polkit has said yes */

static void was_changed(void *userdata, int code, const struct kvpd_pool_answer *answer)
{
	struct call *call = userdata;

	end(call, code < 0 ? fail(call, code) : sd_bus_reply_method_return(call->message, ""));
}

static int check_change(const struct kvpd_pool_request *request, sd_bus_error *error)
{
	if (request->pool == HVG_POOL_AUTO)
		return hvg_bus_error_set(error, -EPERM, "What this guest reports by itself cannot be changed.");
	if (*request->key == '\0')
		return hvg_bus_error_set(error, -EINVAL, "A key cannot be empty.");
	if (strlen(request->key) >= HVG_POOL_KEY_SIZE)
		return hvg_bus_error_set(error, -EMSGSIZE, "A key may have %d bytes at most.", HVG_POOL_KEY_SIZE - 1);
	if (request->value && strlen(request->value) >= HVG_POOL_VALUE_SIZE)
		return hvg_bus_error_set(error, -EMSGSIZE, "A value may have %d bytes at most.",
			HVG_POOL_VALUE_SIZE - 1);
	return 0;
}

static int read_change(sd_bus_message *message, struct kvpd_pool_request *request, sd_bus_error *error)
{
	bool is_set = strcmp(sd_bus_message_get_member(message), "Set") == 0;
	const char *pool;
	int r;

	r = sd_bus_message_rewind(message, true);
	if (r >= 0)
		r = sd_bus_message_read(message, "ss", &pool, &request->key);
	if (r >= 0 && is_set)
		r = sd_bus_message_read(message, "s", &request->value);
	if (r >= 0)
		r = parse_pool(pool, &request->pool, error);
	if (r < 0)
		return r;
	request->op = is_set ? KVPD_POOL_SET : KVPD_POOL_UNSET;
	return check_change(request, error);
}

static int change_allowed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct kvpd_pool_request request = { 0 };
	int r = read_change(message, &request, error);

	return r < 0 ? r : begin(userdata, message, &request, was_changed, error);
}

static int on_change(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct kvpd *kvpd = userdata;
	struct kvpd_pool_request request = { 0 };
	struct hvg_permission permission = {
		.action_id = WRITE,
		.allowed = change_allowed,
		.userdata = kvpd,
	};
	int r = read_change(message, &request, error);

	return r < 0 ? r : hvg_bus_authorize(kvpd->bus, message, &permission);
}

/* Properties. */

static int get_registered(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct kvpd *kvpd = userdata;

	return sd_bus_message_append(reply, "b", strcmp(kvpd_state(kvpd), "registered") == 0);
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", kvpd_state(userdata));
}

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", (const char *)userdata);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("List", SD_BUS_ARGS("s", pool), SD_BUS_RESULT("a(ss)", records), on_list,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Get", SD_BUS_ARGS("s", pool, "s", key), SD_BUS_RESULT("s", value), on_get,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Set", SD_BUS_ARGS("s", pool, "s", key, "s", value), SD_BUS_NO_RESULT, on_change,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Unset", SD_BUS_ARGS("s", pool, "s", key), SD_BUS_NO_RESULT, on_change,
		SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_ARGS("Changed", SD_BUS_ARGS("s", pool, "s", key, "s", change), 0),
	SD_BUS_PROPERTY("Registered", "b", get_registered, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Device", "s", get_text, offsetof(struct kvpd, device), SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("ProtocolVersion", "s", get_text,
		offsetof(struct kvpd, facts.integration_version), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("RequestsServed", "t", NULL, offsetof(struct kvpd, kvp.n_requests), 0),
	SD_BUS_PROPERTY("LastRequest", "s", get_text, offsetof(struct kvpd, last.request), 0),
	SD_BUS_PROPERTY("LastRequestTime", "t", NULL, offsetof(struct kvpd, last.realtime_us), 0),
	SD_BUS_PROPERTY("LastError", "s", get_text, offsetof(struct kvpd, last.error),
		SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

void kvpd_bus_changed(struct kvpd *kvpd, enum hvg_pool pool, const char *key, const char *what)
{
	sd_bus *bus = hvg_bus_get(kvpd->bus);
	char text[3 * HVG_POOL_KEY_SIZE + 1];

	if (!bus)
		return;
	(void)hvg_utf8_fit(key, HVG_UTF8_TO_NUL, SIZE_MAX, text, sizeof(text));
	(void)sd_bus_emit_signal(bus, PATH, INTERFACE, "Changed", "sss", hvg_pool_name(pool), text, what);
}

void kvpd_bus_state_changed(struct kvpd *kvpd)
{
	sd_bus *bus = hvg_bus_get(kvpd->bus);

	if (bus)
		(void)sd_bus_emit_properties_changed(bus, PATH, INTERFACE, "Registered", "State",
			"ProtocolVersion", NULL);
}

void kvpd_bus_failed(struct kvpd *kvpd)
{
	sd_bus *bus = hvg_bus_get(kvpd->bus);

	if (bus)
		(void)sd_bus_emit_properties_changed(bus, PATH, INTERFACE, "LastError", NULL);
}

static int joined(void *userdata, sd_bus *bus)
{
	struct kvpd *kvpd = userdata;
	int r;

	r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, kvpd);
	if (r < 0)
		return r;
	hvg_sleep_joined(&kvpd->sleep, bus);
	kvpd_netd_joined(&kvpd->netd, bus);
	return 0;
}

static void named(void *userdata, int result)
{
	if (result > 0)
		hvg_log(LOG_INFO, HVG_MSG_BUS_JOINED, "On the system bus as " NAME ".");
	else if (result == 0)
		hvg_log(LOG_WARNING, HVG_MSG_BUS_LOST, "Another program is " NAME " on the system bus; waiting for it to leave.");
	else
		hvg_log(LOG_WARNING, HVG_MSG_BUS_LOST,
			"The system bus does not let us be " NAME ": %s; asking again.", strerror(-result));
}

static void lost(void *userdata, int error)
{
	struct kvpd *kvpd = userdata;

	hvg_log(LOG_NOTICE, HVG_MSG_BUS_LOST, "The system bus is gone; the host is served without it.");
	hvg_sleep_lost(&kvpd->sleep);
	kvpd_netd_lost(&kvpd->netd);
}

int kvpd_bus_init(struct kvpd *kvpd)
{
	struct hvg_bus_config config = {
		.name = NAME,
		.joined = joined,
		.named = named,
		.lost = lost,
		.userdata = kvpd,
	};

	return hvg_bus_new(hvg_loop_event(kvpd->loop), &config, &kvpd->bus);
}
