// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * networkd's note names the file alone; its drop-ins lie in folders of its name, wherever the file
 * itself is: those of /etc for a file that netplan has put into /run, for one. We look for them by
 * systemd's rules, because nobody tells them: in Debian 12's systemd 252 neither the note nor Describe
 * on the bus has them (later ones do), and networkctl has no "cat". An address's ConfigSource there is
 * the lease's, not the configuration's: before a lease it says nothing.
 */

#include "os/networkd.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "os/dropins.h"
#include "os/netfile.h"

#include <stdio.h>
#include <string.h>

#define NOTE "/run/systemd/netif/links/%u"

/* systemd.network(5); the last one is the vendor's where /lib is a folder of its own. */
static const char *const places[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib" };

#define PATH_SIZE 256

static bool find_file(uint32_t index, char ret[static PATH_SIZE])
{
	_cleanup_free_ char *note = NULL;
	char path[PATH_SIZE];
	struct hvg_span file;
	size_t size;

	snprintf(path, sizeof(path), NOTE, index);
	return hvg_netfile_read(path, &note, &size) >= 0 &&
		hvg_networkd_note_parse((struct hvg_span){ note, size }, &file) &&
		hvg_span_copy(file, ret, PATH_SIZE) >= 0;
}

static int find_dropins(const char *file, struct hvg_dropins *ret)
{
	const char *slash = strrchr(file, '/'), *folders[HVG_ELEMENTS(places) + 1] = { NULL };
	const struct hvg_dropins_search search = { .folders = folders };
	char paths[HVG_ELEMENTS(places)][PATH_SIZE];

	for (size_t i = 0; i < HVG_ELEMENTS(places); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/systemd/network/%.200s.d", places[i], slash ? slash + 1 : file);
		folders[i] = paths[i];
	}
	return hvg_dropins_find(&search, ret);
}

/* One that has gone since says nothing. */
static enum hvg_dhcp_word read_on(const char *path, enum hvg_dhcp_word word)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (hvg_netfile_read(path, &text, &size) < 0)
		return word;
	return hvg_dhcpword_networkd((struct hvg_span){ text, size }, word);
}

enum hvg_dhcp_word hvg_networkd_dhcp(uint32_t index)
{
	_cleanup_(hvg_dropins_done) struct hvg_dropins dropins = { 0 };
	enum hvg_dhcp_word word;
	char file[PATH_SIZE];

	if (!find_file(index, file) || find_dropins(file, &dropins) < 0)
		return HVG_DHCP_UNSAID;
	word = read_on(file, HVG_DHCP_OFF);
	for (size_t i = 0; i < dropins.n; i++)
		word = read_on(dropins.paths[i], word);
	return word;
}
