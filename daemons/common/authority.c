// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A request goes through at most two calls, one after the other; slot is the one that is out. It
 * ends by answer(), or silently if the caller has left; both ways it is freed.
 *
 * The user is asked of the bus by a call of our own. sd_bus_query_sender_creds would do the same,
 * but block the loop, and could mix in what /proc says about a process that is another by now.
 */

#include "common/authority.h"

#include "base/units.h"
#include "common/bus-error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ours: polkit answers from memory, or asks a person. */
#define DECIDE_US   (20 * HVG_USEC_PER_SEC)
#define INTERACT_US (120 * HVG_USEC_PER_SEC)

#define POLKIT_NAME	 "org.freedesktop.PolicyKit1"
#define POLKIT_PATH	 "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

#define POLKIT_ALLOW_INTERACTION 1 /* CheckAuthorizationFlags of the polkit D-Bus interface */

struct hvg_authority_request {
	struct hvg_authority *authority;
	struct hvg_authority_request *next;
	struct hvg_permission permission;
	sd_bus_message *message;
	sd_bus_slot *slot, *leaving;
	char cancellation_id[32]; /* "" until polkit is asked */
};

static void unlink_request(struct hvg_authority_request *request)
{
	struct hvg_authority_request **at = &request->authority->first;

	while (*at != request)
		at = &(*at)->next;
	*at = request->next;
}

static void free_request(struct hvg_authority_request *request)
{
	unlink_request(request);
	(void)sd_bus_slot_unref(request->slot);
	(void)sd_bus_slot_unref(request->leaving);
	(void)sd_bus_message_unref(request->message);
	free(request);
}

/* Ends the request: by what was asked for if error is not set, else by sending the error. */
static void answer(struct hvg_authority_request *request, sd_bus_error *error)
{
	sd_bus_message *message = sd_bus_message_ref(request->message);
	struct hvg_permission permission = request->permission;
	int r = 0;

	free_request(request);
	if (!sd_bus_error_is_set(error)) {
		r = permission.allowed(message, permission.userdata, error);
		if (r < 0 && !sd_bus_error_is_set(error))
			(void)hvg_bus_error_set(error, r, NULL);
	}
	if (sd_bus_error_is_set(error))
		(void)sd_bus_reply_method_error(message, error);
	(void)sd_bus_message_unref(message);
}

/* Takes no NULL: every refusal says why. */
static void refuse(struct hvg_authority_request *request, const char *name, const char *why)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;

	(void)sd_bus_error_setf(&error, name, "%s: %s", request->permission.action_id, why);
	answer(request, &error);
	sd_bus_error_free(&error);
}

static void allow(struct hvg_authority_request *request)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;

	answer(request, &error);
	sd_bus_error_free(&error);
}

/* Closes polkit's dialogue on the user's screen. Nobody needs the answer. */
static void withdraw(const struct hvg_authority_request *request)
{
	sd_bus *bus = sd_bus_message_get_bus(request->message);

	(void)sd_bus_call_method_async(bus, NULL, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
		"CancelCheckAuthorization", NULL, NULL, "s", request->cancellation_id);
}

/* Why polkit gave no verdict. */
static void refuse_without_verdict(struct hvg_authority_request *request, const sd_bus_error *error)
{
	const char *why = "polkit failed";

	if (sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
		why = "there is no polkit on the bus, so that only root may";
	} else if (sd_bus_error_has_names(error, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT)) {
		why = "polkit did not answer in time";
		withdraw(request);
	}
	refuse(request, SD_BUS_ERROR_ACCESS_DENIED, why);
}

static int on_verdict(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
	struct hvg_authority_request *request = userdata;
	int is_authorized, is_challenge, r;

	if (sd_bus_message_is_method_error(reply, NULL)) {
		refuse_without_verdict(request, sd_bus_message_get_error(reply));
		return 0;
	}
	r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
	if (r > 0)
		r = sd_bus_message_read(reply, "bb", &is_authorized, &is_challenge);
	if (r <= 0)
		refuse(request, SD_BUS_ERROR_ACCESS_DENIED, "polkit's answer was not understood");
	else if (is_authorized)
		allow(request);
	else if (is_challenge)
		refuse(request, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, "authentication is required");
	else
		refuse(request, SD_BUS_ERROR_ACCESS_DENIED, "denied by polkit");
	return 0;
}

static int on_leaving(sd_bus_message *signal, void *userdata, sd_bus_error *unused)
{
	struct hvg_authority_request *request = userdata;

	if (!hvg_is_from_bus(signal))
		return 0;
	withdraw(request);
	free_request(request);
	return 0;
}

/* The bus tells when the caller's unique name, which no other will ever have, loses its owner. */
static int watch_caller(struct hvg_authority_request *request)
{
	char match[512];

	(void)snprintf(match, sizeof(match),
		"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
		"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
		sd_bus_message_get_sender(request->message));
	return sd_bus_add_match_async(sd_bus_message_get_bus(request->message), &request->leaving, match,
		on_leaving, NULL, request);
}

static uint64_t patience_us(const struct hvg_authority *authority, bool may_interact)
{
	if (authority->patience_us > 0)
		return authority->patience_us;
	return may_interact ? INTERACT_US : DECIDE_US;
}

static int append_question(sd_bus_message *question, const struct hvg_authority_request *request,
	bool may_interact)
{
	return sd_bus_message_append(question, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
		sd_bus_message_get_sender(request->message), request->permission.action_id, 0,
		may_interact ? POLKIT_ALLOW_INTERACTION : 0, request->cancellation_id);
}

static int ask_polkit(struct hvg_authority_request *request)
{
	sd_bus *bus = sd_bus_message_get_bus(request->message);
	bool may_interact = sd_bus_message_get_allow_interactive_authorization(request->message) > 0;
	sd_bus_message *question = NULL;
	uint64_t cookie;
	int r;

	request->slot = sd_bus_slot_unref(request->slot);
	r = watch_caller(request);
	if (r < 0)
		return r;
	/* Unique among our pending questions, which is what polkit asks for. */
	(void)sd_bus_message_get_cookie(request->message, &cookie);
	(void)snprintf(request->cancellation_id, sizeof(request->cancellation_id), "%" PRIxPTR "-%" PRIx64,
		(uintptr_t)request, cookie);
	r = sd_bus_message_new_method_call(bus, &question, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
		"CheckAuthorization");
	if (r >= 0)
		r = append_question(question, request, may_interact);
	if (r >= 0)
		r = sd_bus_call_async(bus, &request->slot, question, on_verdict, request,
			patience_us(request->authority, may_interact));
	(void)sd_bus_message_unref(question);
	return r;
}

static int on_user(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
	struct hvg_authority_request *request = userdata;
	uint32_t user;

	if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
		free_request(request); /* it has left already */
	else if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "u", &user) <= 0)
		refuse(request, SD_BUS_ERROR_ACCESS_DENIED, "the bus does not tell who is calling");
	else if (user == 0)
		allow(request);
	else if (ask_polkit(request) < 0)
		refuse(request, SD_BUS_ERROR_ACCESS_DENIED, "polkit could not be asked");
	return 0;
}

int hvg_authority_ask(struct hvg_authority *authority, sd_bus_message *message,
	const struct hvg_permission *permission)
{
	const char *sender = sd_bus_message_get_sender(message);
	struct hvg_authority_request *request;
	int r;

	if (!sender)
		return -EACCES;
	request = calloc(1, sizeof(*request));
	if (!request)
		return -ENOMEM;
	request->authority = authority;
	request->permission = *permission;
	request->message = sd_bus_message_ref(message);
	request->next = authority->first;
	authority->first = request;
	r = sd_bus_call_method_async(sd_bus_message_get_bus(message), &request->slot,
		"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
		"GetConnectionUnixUser", on_user, request, "s", sender);
	if (r < 0)
		free_request(request);
	return r < 0 ? r : 1;
}

void hvg_authority_done(struct hvg_authority *authority)
{
	while (authority->first)
		free_request(authority->first);
}

bool hvg_is_from_bus(sd_bus_message *message)
{
	const char *sender = sd_bus_message_get_sender(message);

	return sender && strcmp(sender, "org.freedesktop.DBus") == 0;
}
