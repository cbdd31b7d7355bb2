// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * getaddrinfo(3) with AI_CANONNAME, over both families: a guest may have IPv6 only. Its answer is
 * judged, because "127.0.0.1 localhost myhost" in /etc/hosts makes localhost the canonical name.
 */

#include "os/fqdn.h"

#include "base/units.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME_CHARACTERS                                                                         \
	"abcdefghijklmnopqrstuvwxyz"                                                            \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                            \
	"0123456789-_."

static bool is_better(const char *canonical)
{
	size_t size = strlen(canonical);
	const char *dot = strchr(canonical, '.');

	if (size >= HVG_FQDN_SIZE || strspn(canonical, NAME_CHARACTERS) != size)
		return false;
	if (!dot || dot == canonical || dot[1] == '\0')
		return false;
	return strncasecmp(canonical, "localhost", strlen("localhost")) != 0;
}

/* Without the dot that names the root. */
static void copy_name(const char *name, char ret[static HVG_FQDN_SIZE])
{
	size_t size = strlen(name);

	size -= name[size - 1] == '.';
	memcpy(ret, name, size);
	ret[size] = '\0';
}

void hvg_fqdn_resolve(char ret[static HVG_FQDN_SIZE])
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_CANONNAME,
	};
	struct addrinfo *found = NULL;

	if (gethostname(ret, HVG_FQDN_SIZE) < 0)
		ret[0] = '\0';
	ret[HVG_FQDN_SIZE - 1] = '\0';
	if (ret[0] == '\0' || getaddrinfo(ret, NULL, &hints, &found) != 0)
		return;
	if (found->ai_canonname && is_better(found->ai_canonname))
		copy_name(found->ai_canonname, ret);
	freeaddrinfo(found);
}
