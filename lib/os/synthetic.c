// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A folder's entries, and of each two things. What is not there is no synthetic adapter.
 */

#include "os/synthetic.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* One line of a file, without its end. */
static int read_line(const char *path, char *ret, size_t ret_size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, ret_size - 1);

	if (n < 0)
		return -errno;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

static int read_driver(const char *path, char *ret, size_t ret_size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *name;

	if (n < 0)
		return -errno;
	target[n] = '\0';
	name = strrchr(target, '/');
	snprintf(ret, ret_size, "%s", name ? name + 1 : target);
	return 0;
}

static int look_at(const char *sysfs, const char *name, struct hvg_synthetic *ret)
{
	char path[PATH_MAX];
	int r;

	ret->index = if_nametoindex(name);
	if (ret->index == 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/class/net/%s/device/device_id", sysfs, name);
	r = read_line(path, ret->guid, sizeof(ret->guid));
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/class/net/%s/device/driver", sysfs, name);
	return read_driver(path, ret->driver, sizeof(ret->driver));
}

int hvg_synthetic_list(const char *sysfs, struct hvg_synthetics *ret)
{
	_cleanup_free_ struct hvg_synthetic *items = NULL;
	_cleanup_closedir_ DIR *folder = NULL;
	char path[PATH_MAX];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/class/net", sysfs);
	folder = opendir(path);
	if (!folder)
		return -errno;
	for (const struct dirent *entry; (entry = readdir(folder));) {
		struct hvg_synthetic one, *more;

		if (look_at(sysfs, entry->d_name, &one) < 0)
			continue;
		more = reallocarray(items, n + 1, sizeof(*items));
		if (!more)
			return -ENOMEM;
		items = more;
		items[n++] = one;
	}
	*ret = (struct hvg_synthetics){ hvg_take_ptr(items), n };
	return 0;
}

void hvg_netif_driver(const char *name, char *ret, size_t ret_size)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) < 0)
		info.driver[0] = '\0';
	snprintf(ret, ret_size, "%s", info.driver);
}
