// SPDX-License-Identifier: LGPL-2.1-or-later

#include "os/uevent.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define GROUP_KERNEL 0 /* not a group: to the kernel, which passes it on */
#define GROUP_UDEV   2

/* NUL-separated, as on the wire; the kernel adds the sequence number by itself. */
static size_t render(const struct hvg_uevent *event, char ret[static 1024])
{
	int n = snprintf(ret, 1024, "ACTION=%s%cDEVPATH=%s%cSUBSYSTEM=%s%c", event->action, 0,
		event->devpath, 0, event->subsystem, 0);

	if (event->devname)
		n += snprintf(ret + n, 1024 - (size_t)n, "DEVNAME=%s%cMAJOR=10%cMINOR=99%c",
			event->devname, 0, 0, 0);
	return (size_t)n;
}

static void send_to(unsigned int groups, const void *bytes, size_t size)
{
	_cleanup_close_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = groups };

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(
		sendto(fd, bytes, size, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)size,
		"%s", strerror(errno));
}

void hvg_uevent_of_kernel(const struct hvg_uevent *event)
{
	struct {
		struct nlmsghdr header;
		char bytes[2048];
	} message = { .header = {
			      .nlmsg_type = NLMSG_MIN_TYPE, .nlmsg_flags = NLM_F_REQUEST } };
	int n = snprintf(message.bytes, 1024, "%s@%s%c", event->action, event->devpath, 0);

	message.header.nlmsg_len =
		(uint32_t)(NLMSG_HDRLEN + (size_t)n + render(event, message.bytes + n));
	send_to(GROUP_KERNEL, &message, message.header.nlmsg_len);
}

/* MurmurHash2 of a short text with seed 0: udevd's events are filtered by it in the kernel. */
static uint32_t murmur(const char *text)
{
	const uint32_t m = 0x5bd1e995;
	size_t left = strlen(text);
	uint32_t hash = (uint32_t)left;

	for (; left >= 4; text += 4, left -= 4) {
		uint32_t k;

		memcpy(&k, text, 4);
		k *= m;
		k ^= k >> 24;
		hash = (hash * m) ^ (k * m);
	}
	for (size_t i = left; i > 0; i--)
		hash ^= (uint32_t)(uint8_t)text[i - 1] << (8 * (i - 1));
	hash *= left > 0 ? m : 1;
	hash ^= hash >> 13;
	hash *= m;
	return hash ^ hash >> 15;
}

void hvg_uevent_of_udevd(const struct hvg_uevent *event)
{
	struct {
		char prefix[8];
		uint32_t magic, header_size, properties_off, properties_len;
		uint32_t subsystem_hash, devtype_hash, tags[2];
		char properties[1024];
	} message = { .prefix = "libudev" };
	size_t header_size = sizeof(message) - sizeof(message.properties);

	message.magic = htonl(0xfeedcafe);
	message.header_size = (uint32_t)header_size;
	message.properties_off = (uint32_t)header_size;
	message.properties_len = (uint32_t)render(event, message.properties);
	message.properties_len += (uint32_t)sizeof("SEQNUM=77");
	memcpy(message.properties + message.properties_len - sizeof("SEQNUM=77"), "SEQNUM=77",
		sizeof("SEQNUM=77"));
	message.subsystem_hash = htonl(murmur(event->subsystem));
	send_to(GROUP_UDEV, &message, header_size + message.properties_len);
}
