// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Addresses of fixed values, by ip(8). Link-local ones are given, not generated, so that nothing has to
 * be waited for.
 */

#include "host/inside/network.h"
#include "host/host.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US 10000000
#define STEP_US	    10000
#define NAME_SIZE   256 /* an entry of /sys/class/net */

/* The other end stands for the virtual switch: without IPv6, so without addresses. */
static const char make_veth[] =
	"link add " GUEST_ADAPTER " type veth peer name switch0\n"
	"link set switch0 addrgenmode none\n"
	"link set " GUEST_ADAPTER " address " GUEST_MAC "\n"
	"link set switch0 up\n";

static const char configure[] =
	"link set lo up\n"
	"link set " GUEST_ADAPTER " addrgenmode none\n"
	"link set " GUEST_ADAPTER " up\n"
	"address add " GUEST_IPV4 "/24 dev " GUEST_ADAPTER "\n"
	"address add " GUEST_IPV6 "/64 dev " GUEST_ADAPTER " nodad\n"
	"address add " GUEST_LINK_LOCAL "/64 dev " GUEST_ADAPTER " nodad\n"
	"route add default via " GUEST_GATEWAY " dev " GUEST_ADAPTER "\n";

static int finish(FILE *ip)
{
	(void)fputs(configure, ip);
	return pclose(ip) == 0 ? 0 : -ENONET;
}

int network_set_up(void)
{
	FILE *ip = popen("ip -batch -", "we");

	if (!ip)
		return -errno;
	(void)fputs(make_veth, ip);
	return finish(ip);
}

static bool has_address(const char *adapter, const char *mac)
{
	char path[512], text[32] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/address", adapter);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	(void)fclose(file);
	return strncmp(text, mac, strlen(mac)) == 0;
}

static bool is_real(const char *adapter)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/device", adapter);
	return access(path, F_OK) == 0;
}

/*
 * Appends what takes away whatever has been made; the name of the real adapter, if it is there. With "dev",
 * because an adapter called b is else the beginning of "broadcast", and ends the whole batch.
 */
static void tidy_up(FILE *commands, char ret_adapter[static NAME_SIZE])
{
	DIR *folder = opendir("/sys/class/net");
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lo") == 0)
			continue;
		if (!is_real(entry->d_name))
			(void)fprintf(commands, "link del dev %s\n", entry->d_name);
		else if (has_address(entry->d_name, GUEST_MAC))
			(void)snprintf(ret_adapter, NAME_SIZE, "%s", entry->d_name);
	}
	if (folder)
		(void)closedir(folder);
}

/* The other end of a veth goes with the first one, so some commands fail. */
static int take_away(char ret_adapter[static NAME_SIZE])
{
	FILE *ip = popen("ip -force -batch - 2>/dev/null", "we");

	if (!ip)
		return -errno;
	ret_adapter[0] = '\0';
	tidy_up(ip, ret_adapter);
	(void)pclose(ip);
	return ret_adapter[0] ? 0 : -EAGAIN;
}

static int wait_for_adapter(char ret_adapter[static NAME_SIZE])
{
	int r = -EAGAIN;

	for (unsigned int waited = 0; r == -EAGAIN && waited < PATIENCE_US; waited += STEP_US) {
		r = take_away(ret_adapter);
		if (r == -EAGAIN)
			(void)usleep(STEP_US);
	}
	return r == -EAGAIN ? -ENODEV : r;
}

int network_reset(void)
{
	char adapter[NAME_SIZE];
	int r = wait_for_adapter(adapter);
	FILE *ip;

	if (r < 0)
		return r;
	ip = popen("ip -batch -", "we");
	if (!ip)
		return -errno;
	(void)fprintf(ip, "link set dev %s down\naddress flush dev %s\nlink set dev %s name " GUEST_ADAPTER "\n",
		adapter, adapter, adapter);
	return finish(ip);
}
