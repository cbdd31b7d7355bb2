// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The list of back ends, and what they share.
 */

#include "hv-netd/backend.h"

#include "base/units.h"
#include "os/netfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Netplan writes for NetworkManager or networkd, so it is asked before them. ifupdown's stanzas come
 * first: NetworkManager leaves interfaces alone that have one, and says so only when it runs.
 */
const struct netd_backend *const netd_backends[] = {
	&netd_script,
	&netd_ifupdown,
	&netd_netplan,
	&netd_networkmanager,
	&netd_networkd,
	&netd_ifcfg,
	&netd_others,
	&netd_none,
};
const size_t netd_n_backends = HVG_ELEMENTS(netd_backends);

const struct netd_backend *netd_backend_find(const char *name)
{
	for (size_t i = 0; i < netd_n_backends; i++)
		if (strcmp(netd_backends[i]->name, name) == 0)
			return netd_backends[i];
	return NULL;
}

/* One that runs wins over one that will be started some time. */
static const struct netd_backend *ask_all(struct netd_context *context, const struct netd_target *target,
	enum netd_presence *ret_presence)
{
	const struct netd_backend *cold = NULL;

	for (size_t i = 0; i < netd_n_backends; i++) {
		const struct netd_backend *backend = netd_backends[i];
		enum netd_presence presence = backend->detect(context, target);
		bool is_last = i + 1 == netd_n_backends;

		if (presence == NETD_COLD && !cold)
			cold = backend;
		if (presence == NETD_SILENT || (presence == NETD_PRESENT && !(is_last && cold))) {
			*ret_presence = presence;
			return backend;
		}
	}
	*ret_presence = NETD_COLD;
	return cold;
}

const struct netd_backend *netd_backend_choose(struct netd_context *context, const struct netd_target *target,
	enum netd_presence *ret_presence)
{
	const char *name = netd_settings_backend(context->settings);
	const struct netd_backend *backend = netd_backend_find(name);

	if (!backend)
		return ask_all(context, target, ret_presence);
	*ret_presence = backend->detect(context, target);
	if (*ret_presence == NETD_ABSENT)
		*ret_presence = NETD_COLD; /* the settings know better; its files are written */
	return backend;
}

int netd_edit_add(struct netd_transaction *transaction, const char *path, char *text, mode_t mode)
{
	struct netd_edit *edit = &transaction->edits[transaction->n_edits];
	int r;

	if (transaction->n_edits == NETD_EDITS_MAX || strlen(path) >= sizeof(edit->path)) {
		free(text);
		return -ENOSPC;
	}
	*edit = (struct netd_edit){ .text = text, .size = text ? strlen(text) : 0, .mode = mode };
	snprintf(edit->path, sizeof(edit->path), "%s", path);
	transaction->n_edits++;
	r = hvg_netfile_read(path, &edit->old, &edit->old_size);
	return r == -ENOENT ? 0 : r;
}

int netd_edit_print(struct netd_transaction *transaction, const char *path, const struct hvg_printer *printer,
	mode_t mode)
{
	int r = hvg_printer_result(printer);
	char *text;

	if (r < 0)
		return r;
	text = strdup(printer->text);
	return text ? netd_edit_add(transaction, path, text, mode) : -ENOMEM;
}

int netd_fail(struct netd_transaction *transaction, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(transaction->reason, sizeof(transaction->reason), format, arguments);
	va_end(arguments);
	return r;
}

void netd_warn(struct netd_transaction *transaction, const char *format, ...)
{
	va_list arguments;

	if (transaction->n_warnings == NETD_WARNINGS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(transaction->warnings[transaction->n_warnings++], NETD_TEXT_SIZE, format, arguments);
	va_end(arguments);
}

/* Its files have its name, or say whose they are in their first line. */
void netd_warn_about_cloud_init(struct netd_transaction *transaction, const char *path, const char *text)
{
	if ((strstr(path, "cloud-init") || strstr(text, "cloud-init")) && access("/etc/cloud/cloud-init.disabled", F_OK) < 0)
		netd_warn(transaction, "cloud-init may write %s again", path);
}

void netd_target_key(const struct netd_target *target, char ret[static HVG_MAC_TEXT_SIZE])
{
	const uint8_t *mac = target->match.mac.bytes;

	if (target->match.mac.is_known)
		snprintf(ret, HVG_MAC_TEXT_SIZE, "%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	else
		snprintf(ret, HVG_MAC_TEXT_SIZE, "%s", target->match.name);
}
