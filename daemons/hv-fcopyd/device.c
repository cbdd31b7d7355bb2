// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Packets in, messages out: what is no message for file copy is dealt with here, so that above it
 * both generations look the same. A status goes back as the answer to the packet it belongs to.
 */

#include "hv-fcopyd/device.h"

#include "base/bytes.h"
#include "base/cleanup.h"
#include "common/journal.h"
#include "hvguest/status.h"
#include "hvguest/vmbus.h"
#include "service/negotiate.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define CLASS "34d14be3-dee4-41c8-9ae7-6b174977c192"
#define NODE  "/dev/vmbus/hv_fcopy"

/* Opening. */

static int open_chardev(struct fcopyd_device *device, const char *node)
{
	snprintf(device->node, sizeof(device->node), "%s", node);
	device->chardev.path = device->node;
	device->chardev.fd = hvg_chardev_open(node);
	return device->chardev.fd < 0 ? device->chardev.fd : 0;
}

static int open_uio(struct fcopyd_device *device, const char *node)
{
	int r;

	snprintf(device->node, sizeof(device->node), "%s", node);
	r = hvg_uio_open(node, &device->uio);
	return r < 0 ? r : 1;
}

/* The socket's first message: the size of the rings, and a descriptor of them. */
static int receive_rings(int fd, size_t *ret_bytes)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	uint64_t bytes = 0;
	struct iovec iov = { &bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	int map;

	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(bytes))
		return -ENODEV;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EBADMSG;
	memcpy(&map, CMSG_DATA(header), sizeof(map));
	*ret_bytes = (size_t)bytes;
	return map;
}

/* Somebody plays the kernel and its host: rings and interrupts over a socket. */
static int open_socket(struct fcopyd_device *device, const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t bytes;
	int map, r;

	snprintf(device->node, sizeof(device->node), "%s", path);
	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == ECONNREFUSED ? -ENODEV : -errno;
	map = receive_rings(fd, &bytes);
	if (map < 0)
		return map;
	r = hvg_uio_attach(hvg_take_fd(&fd), map, bytes, &device->uio);
	return r < 0 ? r : 1;
}

static int open_path(struct fcopyd_device *device, const char *path)
{
	struct stat stat_;

	if (stat(path, &stat_) < 0)
		return -errno;
	if (S_ISSOCK(stat_.st_mode))
		return open_socket(device, path);
	return strncmp(path, "/dev/uio", 8) == 0 ? open_uio(device, path) : open_chardev(device, path);
}

static int find_uio(char *ret, size_t ret_size)
{
	const struct hvg_vmbus_device *found;
	struct hvg_vmbus_devices *devices;
	int r = hvg_vmbus_devices_new(&devices);

	if (r < 0)
		return r;
	r = -ENOENT;
	for (size_t i = 0; (found = hvg_vmbus_devices_get(devices, i)); i++)
		if (strcmp(found->class_guid, CLASS) == 0 && found->uio_node[0]) {
			snprintf(ret, ret_size, "%s", found->uio_node);
			r = 0;
		}
	hvg_vmbus_devices_free(devices);
	return r;
}

static int device_open(void *at)
{
	struct fcopyd_device *device = at;
	char node[32];
	int r;

	device->is_negotiated = false;
	if (device->config.path)
		return open_path(device, device->config.path);
	r = open_chardev(device, NODE);
	if (r != -ENOENT)
		return r;
	r = find_uio(node, sizeof(node));
	return r < 0 ? r : open_uio(device, node);
}

static void device_close(void *at)
{
	struct fcopyd_device *device = at;

	device->chardev.fd = hvg_close(device->chardev.fd);
	device->uio = hvg_uio_close(device->uio);
}

static int device_get_fd(const void *at)
{
	const struct fcopyd_device *device = at;

	return device->uio ? hvg_uio_get_fd(device->uio) : device->chardev.fd;
}

/* The channel. */

static int send_packet(struct fcopyd_device *device, int answer_size)
{
	struct hvg_packet packet = {
		.type = HVG_PACKET_IN_BAND,
		.transaction = device->transaction,
		.payload = device->answer,
		.payload_size = (size_t)answer_size,
	};
	int n = answer_size < 0 ? answer_size : hvg_packet_encode(&packet, device->out, sizeof(device->out));

	return n < 0 ? n : hvg_uio_send(device->uio, device->out, (size_t)n);
}

static int negotiate(struct fcopyd_device *device)
{
	struct hvg_icchoice choice;
	struct hvg_icoffer offer;
	bool is_agreed, is_first = !device->is_negotiated;
	int n;

	if (hvg_icoffer_decode(&device->request, &offer) < 0) {
		hvg_log(LOG_NOTICE, NULL, "The host's negotiation is no such message; it is not answered.");
		return 0;
	}
	is_agreed = hvg_negotiate(&hvg_icsupport_fcopy, &offer, &choice) >= 0;
	if (!is_agreed)
		hvg_log(LOG_WARNING, NULL, "The host speaks no version of file copy that we know.");
	n = hvg_icmsg_encode_choice(&device->request, is_agreed ? &choice : NULL, device->answer,
		sizeof(device->answer));
	device->is_negotiated = true;
	if (!is_first)
		device->config.renegotiated(device->config.userdata);
	return send_packet(device, n);
}

/* A packet's message, if it is for the service: its size; 0 if it was dealt with here. */
static int take_packet(struct fcopyd_device *device, int size, const void **ret_bytes)
{
	struct hvg_packet packet;

	if (hvg_packet_decode(device->packet, (size_t)size, &packet) < 0 ||
		packet.type != HVG_PACKET_IN_BAND ||
		hvg_icmsg_decode(packet.payload, packet.payload_size, &device->request) < 0)
		return 0; /* there is nobody to answer */
	device->transaction = packet.transaction;
	if (device->request.type == HVG_ICMSG_NEGOTIATE)
		return negotiate(device);
	if (device->request.type != HVG_ICMSG_FCOPY)
		return send_packet(device, hvg_icmsg_encode_answer(&device->request, HVG_STATUS_NOT_SUPPORTED,
						   device->answer, sizeof(device->answer)));
	*ret_bytes = device->request.body;
	return device->request.body_size > 0 ? (int)device->request.body_size : 1; /* which is none */
}

static int device_recv(void *at, const void **ret_bytes)
{
	struct fcopyd_device *device = at;
	int n;

	*ret_bytes = device->chardev.message;
	if (!device->uio)
		return hvg_chardev_recv(device->chardev.fd, device->chardev.message,
			sizeof(device->chardev.message));
	n = hvg_uio_recv(device->uio, device->packet, sizeof(device->packet));
	return n > 0 ? take_packet(device, n, ret_bytes) : n;
}

static int device_wait(void *at, const void **ret_bytes)
{
	struct fcopyd_device *device = at;
	int n;

	if (!device->uio)
		return device_recv(at, ret_bytes);
	n = hvg_uio_wait(device->uio, device->packet, sizeof(device->packet));
	return n > 0 ? take_packet(device, n, ret_bytes) : n;
}

static bool device_has_more(void *at)
{
	struct fcopyd_device *device = at;

	return device->uio && hvg_uio_has_more(device->uio);
}

static int answer(struct fcopyd_device *device, const void *bytes, size_t size)
{
	struct hvg_reader reader;
	uint32_t status;

	hvg_reader_init(&reader, bytes, size);
	status = hvg_read_le32(&reader);
	return send_packet(device, hvg_icmsg_encode_answer(&device->request, status, device->answer,
					   sizeof(device->answer)));
}

static int device_send(void *at, const void *bytes, size_t size)
{
	struct fcopyd_device *device = at;

	return device->uio ? answer(device, bytes, size) : hvg_chardev_send(device->chardev.fd, bytes, size);
}

static int device_reply(void *at, const void *bytes, size_t size)
{
	struct fcopyd_device *device = at;

	return device->uio ? answer(device, bytes, size) : hvg_chardev_reply(device->chardev.fd, bytes, size);
}

static const struct hvg_transport_ops ops = {
	.open = device_open,
	.get_fd = device_get_fd,
	.recv = device_recv,
	.wait = device_wait,
	.has_more = device_has_more,
	.send = device_send,
	.reply = device_reply,
	.close = device_close,
};

void fcopyd_device_init(struct fcopyd_device *device, const struct fcopyd_device_config *config)
{
	device->config = *config;
	device->uio = NULL;
	hvg_chardev_transport_init(&device->chardev, NODE);
	snprintf(device->node, sizeof(device->node), "%s", config->path ? config->path : "");
}

struct hvg_transport fcopyd_device_transport(struct fcopyd_device *device)
{
	return (struct hvg_transport){ &ops, device };
}

enum hvg_fcopy_form fcopyd_device_form(const struct fcopyd_device *device)
{
	return device->uio ? HVG_FCOPY_VMBUS : HVG_FCOPY_CHARDEV;
}

/* The instance has always been this one; but Hyper-V promises only the class. */
bool fcopyd_device_is(const char *node)
{
	char found[32];

	if (strcmp(node, NODE) == 0)
		return true;
	return strncmp(node, "/dev/uio", 8) == 0 && find_uio(found, sizeof(found)) >= 0 &&
	       strcmp(found, node) == 0;
}
