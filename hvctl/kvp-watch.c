// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl kvp watch: prints each change that hv-kvpd announces. The signal names pool and key; the value
 * is asked for. Whoever may not read values hears of no changes either, and is told so. Whether
 * hv-kvpd is there is told on stderr, so that stdout has nothing but changes.
 */

#include "hvctl/hvctl.h"
#include "hvctl/kvp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct watch {
	struct hvctl *hvctl;
	const char *pool; /* or NULL: all */
	int status;	  /* not HVCTL_OK: nobody will tell us anything */
};

struct change {
	const char *pool, *key, *what;
	char *value; /* or NULL */
};

/* One change */

static void print_escaped(const char *before, const char *text)
{
	char *escaped = hvctl_escape(text);

	printf("%s%s", before, escaped ? escaped : "?");
	free(escaped);
}

static void print_change(const struct watch *watch, const struct change *change)
{
	char when[HVCTL_TIME_SIZE];

	hvctl_render_time(time(NULL), when);
	if (watch->hvctl->json) {
		(void)hvctl_print_json(json_pack("{ss ss ss so* so*}", "time", when, "change", change->what,
			"pool", change->pool, "key", *change->key ? hvctl_json_text(change->key) : NULL,
			"value", change->value ? hvctl_json_text(change->value) : NULL), true);
		return;
	}
	printf("%s %s %s", when, change->what, change->pool);
	if (*change->key)
		print_escaped(" ", change->key);
	if (change->value)
		print_escaped(" = ", change->value);
	printf("\n");
	fflush(stdout);
}

/* Of the one who told of the change, and not by the name, which would start hv-kvpd once it has gone. */
static char *ask_for_value(sd_bus_message *changed, const char *pool, const char *key)
{
	sd_bus_message *reply = NULL;
	const char *value;
	char *copy = NULL;

	if (sd_bus_call_method(sd_bus_message_get_bus(changed), sd_bus_message_get_sender(changed), KVP_PATH,
		    KVP_INTERFACE, "Get", NULL, &reply, "ss", pool, key) >= 0 &&
		sd_bus_message_read(reply, "s", &value) > 0)
		copy = strdup(value);
	sd_bus_message_unref(reply);
	return copy;
}

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct watch *watch = userdata;
	struct change change = { 0 };
	int r;

	r = sd_bus_message_read(message, "sss", &change.pool, &change.key, &change.what);
	if (r < 0)
		return r;
	if (watch->pool && strcmp(watch->pool, change.pool) != 0)
		return 0;
	if (strcmp(change.what, "set") == 0)
		change.value = ask_for_value(message, change.pool, change.key);
	print_change(watch, &change);
	free(change.value);
	return 0;
}

/* hv-kvpd itself */

/* The bus keeps changes from those whom it lets read nothing. */
static int ask_for_something(sd_bus *bus)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int code = HVCTL_OK;
	int r = sd_bus_call_method(bus, KVP_SERVICE, KVP_PATH, KVP_INTERFACE, "Get", &error, NULL, "ss", "auto",
		"OSName");

	if (r < 0 && sd_bus_error_has_name(&error, SD_BUS_ERROR_ACCESS_DENIED)) {
		hvctl_complain("you may not hear of changes; root and the members of group hvguest may");
		code = HVCTL_NOT_PERMITTED;
	}
	sd_bus_error_free(&error);
	return code;
}

/* NameOwnerChanged(s name, s old, s new) */
static int on_owner(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct watch *watch = userdata;
	const char *name, *old, *new;
	int r;

	r = sd_bus_message_read(message, "sss", &name, &old, &new);
	if (r < 0)
		return r;
	if (*new)
		watch->status = ask_for_something(sd_bus_message_get_bus(message));
	if (!*old && *new)
		hvctl_complain("hv-kvpd is running");
	else if (*old && !*new)
		hvctl_complain("hv-kvpd has ended; waiting for it");
	return 0;
}

/* An exit code: HVCTL_OK if there is, or may come, somebody to tell of changes. */
static int look_for_service(struct hvctl *hvctl)
{
	if (hvctl_is_served(hvctl, &kvp_service))
		return ask_for_something(hvctl->bus);
	if (!hvctl_is_hyperv())
		return hvctl_is_no_guest();
	hvctl_complain("hv-kvpd is not running; waiting for it");
	return HVCTL_OK;
}

/* The sender is checked by the bus, so that nobody else can forge a change. */
static int subscribe(sd_bus *bus, struct watch *watch)
{
	int r;

	r = sd_bus_match_signal(bus, NULL, KVP_SERVICE, KVP_PATH, KVP_INTERFACE, "Changed", on_changed, watch);
	if (r < 0)
		return r;
	return sd_bus_add_match(bus, NULL,
		"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
		"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" KVP_SERVICE "'",
		on_owner, watch);
}

/* Until the bus ends it, or the status says that it is of no use. */
static int wait_for_changes(sd_bus *bus, const struct watch *watch)
{
	int r = 0;

	while (r >= 0 && watch->status == HVCTL_OK) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r == -EINTR)
			r = 0;
	}
	return r;
}

int kvp_watch(struct hvctl *hvctl, int argc, char *argv[])
{
	struct watch watch = { .hvctl = hvctl, .pool = argc > 1 ? kvp_pool_name(argv[1]) : NULL };
	sd_bus *bus = hvctl_bus(hvctl);
	int r;

	if (!bus && !hvctl_is_hyperv())
		return hvctl_is_no_guest();
	if (!bus) {
		hvctl_complain("the system bus cannot be reached");
		return HVCTL_WRONG;
	}
	r = subscribe(bus, &watch);
	if (r >= 0) {
		watch.status = look_for_service(hvctl);
		r = wait_for_changes(bus, &watch);
	}
	if (watch.status != HVCTL_OK)
		return watch.status;
	hvctl_complain("watching ended: %s", strerror(-r));
	return HVCTL_WRONG;
}
