// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Reading a pool: hv-kvpd is asked first. Its file is read instead while hv-kvpd is not there, and
 * where it says that this pool is too much for the bus.
 */

#include "hvctl/hvctl.h"
#include "hvctl/kvp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_BUSY	"org.hvguest.Error.Busy"
#define ERROR_NOT_FOUND "org.hvguest.Error.NotFound"
#define ERROR_TOO_LARGE "org.hvguest.Error.TooLarge"

/* What a failed call comes to. */
enum verdict {
	READ_FILE,
	GIVE_UP,
};

static bool is_auto(const char *pool)
{
	return strcmp(pool, "auto") == 0;
}

/* hv-kvpd cannot be asked. Pools are read in turn, so only the first one says so. */
static enum verdict turn_to_files(struct kvp_source *source, const char *pool, int *ret_status)
{
	const char *why = source->hvctl->bus ? "hv-kvpd is not running" : "the system bus cannot be reached";

	if (!hvctl_is_hyperv()) {
		*ret_status = source->given_up = hvctl_is_no_guest();
		return GIVE_UP;
	}
	if (is_auto(pool)) {
		hvctl_complain("%s, and only hv-kvpd knows what is in pool auto", why);
		*ret_status = HVCTL_WRONG;
		return GIVE_UP;
	}
	hvctl_complain("%s; read from the pool files (pool auto has none)", why);
	source->has_only_files = true;
	return READ_FILE;
}

static enum verdict judge(struct kvp_source *source, const char *pool, const sd_bus_error *error, int r,
	int *ret_status)
{
	if (r == -ENOTCONN || hvctl_is_absent(error))
		return turn_to_files(source, pool, ret_status);
	if (sd_bus_error_has_names(error, ERROR_BUSY, ERROR_TOO_LARGE) && !is_auto(pool))
		return READ_FILE;
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED)) {
		hvctl_complain("you may not read the pools; root and the members of group hvguest may");
		*ret_status = source->given_up = HVCTL_NOT_PERMITTED;
	} else {
		*ret_status = hvctl_bus_failed(error, r, pool);
	}
	return GIVE_UP;
}

/* list or get: what is wanted of a pool, by whichever means. */
struct reading {
	const char *pool;
	struct kvp_sink *sink; /* takes all records; or NULL: */
	const char *key;
	char **ret_value;
};

static int list_by_bus(sd_bus *bus, const struct reading *reading, sd_bus_error *error)
{
	sd_bus_message *reply = NULL;
	const char *key, *value;
	int r;

	r = sd_bus_call_method(bus, KVP_SERVICE, KVP_PATH, KVP_INTERFACE, "List", error, &reply, "s",
		reading->pool);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(ss)");
	while (r >= 0 && (r = sd_bus_message_read(reply, "(ss)", &key, &value)) > 0)
		reading->sink->add(reading->sink, reading->pool, key, value);
	sd_bus_message_unref(reply);
	return r;
}

static int get_by_bus(sd_bus *bus, const struct reading *reading, sd_bus_error *error)
{
	sd_bus_message *reply = NULL;
	const char *value;
	int r;

	r = sd_bus_call_method(bus, KVP_SERVICE, KVP_PATH, KVP_INTERFACE, "Get", error, &reply, "ss",
		reading->pool, reading->key);
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &value);
	if (r > 0) {
		*reading->ret_value = strdup(value);
		r = *reading->ret_value ? 0 : -ENOMEM;
	}
	sd_bus_message_unref(reply);
	return sd_bus_error_has_name(error, ERROR_NOT_FOUND) ? 0 : r;
}

static int read_file(const struct reading *reading)
{
	if (reading->sink)
		return kvp_file_list(reading->pool, reading->sink);
	return kvp_file_get(reading->pool, reading->key, reading->ret_value);
}

static int read_pool(struct kvp_source *source, const struct reading *reading)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = -ENOTCONN, status = HVCTL_OK;

	if (source->given_up)
		return source->given_up;
	if (source->has_only_files)
		return read_file(reading);
	if (hvctl_is_served(source->hvctl, &kvp_service))
		r = (reading->sink ? list_by_bus : get_by_bus)(source->hvctl->bus, reading, &error);
	if (r < 0 && judge(source, reading->pool, &error, r, &status) == READ_FILE) {
		status = read_file(reading);
		if (status != HVCTL_OK && !source->has_only_files)
			hvctl_complain("%s: %s", reading->pool, error.message);
	}
	sd_bus_error_free(&error);
	return status;
}

int kvp_source_list(struct kvp_source *source, const char *pool, struct kvp_sink *sink)
{
	return read_pool(source, &(struct reading){ .pool = pool, .sink = sink });
}

int kvp_source_get(struct kvp_source *source, const char *pool, const char *key, char **ret)
{
	return read_pool(source, &(struct reading){ .pool = pool, .key = key, .ret_value = ret });
}
