// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvg-managers-host FOLDER: the Hyper-V host of a guest that somebody else boots: the fuse body's
 * drivers in that folder, which is to be the guest's /dev/vmbus. It does what it is told by lines on
 * stdin, fields separated by tabs, and answers each with a line. Data Exchange (host-services.h has
 * the others):
 *
 *	offer UID		"ok": the device has appeared, and belongs to that user
 *	withdraw		"ok": nobody has it open any more
 *	contact			"ok", once a daemon has registered
 *	put POOL KEY VALUE	SET: its status, 0x00000000
 *	value POOL KEY		ENUMERATE until that key: its value; "" if there is none
 *	set ADAPTER FAMILIES DHCP ADDRESSES SUBNETS GATEWAYS DNS
 *				SET_IP_INFO: its status, 0x00000000
 *	get MAC			GET_IP_INFO: 0x00000000 FAMILIES DHCP ADDRESSES SUBNETS GATEWAYS DNS
 */

#include "host/host.h"
#include "host/fuse/driver-kvp.h"
#include "host/fuse/server.h"
#include "host/kvp-message.h"
#include "host-services.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_TIMEOUT_US UINT64_C(30000000)
#define PATIENCE_US       UINT64_C(60000000)

static struct server *server;
static struct driver_kvp kvp;
static uint64_t last_id;

#define PUT(units, text) (void)host_put_text(units, sizeof(units) / sizeof((units)[0]), text)

const char *take(char **rest)
{
	const char *field = strsep(rest, "\t\n");

	return field ? field : "";
}

static void send_packet(struct driver_kvp_packet *packet)
{
	int r;

	packet->id = ++last_id;
	(void)server_lock(server);
	r = driver_kvp_send(&kvp, packet, server_now());
	server_unlock(server);
	if (r < 0)
		errx(1, "cannot send: %s", strerror(-r));
}

/* The answer to the last packet; those of former ones are dropped. */
static struct driver_kvp_packet receive_packet(void)
{
	struct driver_kvp_packet answer = { .id = 0 };
	uint64_t deadline_us = server_lock(server) + PATIENCE_US;
	int r = 0;

	while (answer.id != last_id && r == 0)
		if (!driver_kvp_receive(&kvp, &answer))
			r = server_wait(server, deadline_us);
	server_unlock(server);
	if (answer.id != last_id)
		errx(1, "no answer");
	return answer;
}

static void offer(char **rest)
{
	const struct server_device device = {
		.name = "hv_kvp",
		.owner = (uid_t)strtoul(take(rest), NULL, 10),
		.ops = &driver_kvp_ops,
		.driver = &kvp,
	};
	struct driver_kvp_packet negotiation = { .is_negotiation = true };
	int r;

	driver_kvp_init(&kvp, KERNEL_TIMEOUT_US);
	(void)server_lock(server);
	r = server_add(server, &device);
	server_unlock(server);
	if (r < 0)
		errx(1, "cannot offer: %s", strerror(-r));
	send_packet(&negotiation);
	puts("ok");
}

static void withdraw(char **rest)
{
	uint64_t deadline_us = server_lock(server) + PATIENCE_US;
	int r = 0;

	driver_kvp_rescind(&kvp);
	while (server_has(server, "hv_kvp") && r == 0)
		r = server_wait(server, deadline_us);
	server_unlock(server);
	puts(r == 0 ? "ok" : "it is still open");
}

static void wait_for_contact(char **rest)
{
	(void)receive_packet();
	puts("ok");
}

static uint32_t exchange(
	const struct host_kvp_message *request, struct host_kvp_message *ret_reply)
{
	struct driver_kvp_packet packet = { .id = 0 };

	host_kvp_encode(request, &packet.message);
	send_packet(&packet);
	packet = receive_packet();
	host_kvp_decode(&packet.message, ret_reply);
	return packet.status;
}

static void put(char **rest)
{
	struct host_kvp_message request = { .op = KVP_OP_SET, .value_type = REG_SZ }, reply;

	request.pool = (uint8_t)strtoul(take(rest), NULL, 10);
	request.key_size = host_put_text(request.key, HOST_KEY_CHARS, take(rest));
	request.value_size = host_put_text(request.value.chars, HOST_VALUE_CHARS, take(rest));
	printf("0x%08x\n", exchange(&request, &reply));
}

static void print_value(char **rest)
{
	struct host_kvp_message request = { .op = KVP_OP_ENUMERATE }, reply;
	char key[3 * HOST_KEY_CHARS + 1], value[3 * HOST_VALUE_CHARS + 1] = "";
	const char *wanted;

	request.pool = (uint8_t)strtoul(take(rest), NULL, 10);
	wanted = take(rest);
	for (; exchange(&request, &reply) == HV_S_OK; request.index++) {
		host_take_text(reply.key, HOST_KEY_CHARS, key, sizeof(key));
		if (strcmp(key, wanted) == 0)
			host_take_text(reply.value.chars, HOST_VALUE_CHARS, value, sizeof(value));
	}
	puts(value);
}

static void set(char **rest)
{
	struct host_kvp_message request = { .op = KVP_OP_SET_IP_INFO }, reply;

	PUT(request.ip.adapter_id, take(rest));
	request.ip.family = (uint8_t)strtoul(take(rest), NULL, 10);
	request.ip.dhcp = (uint8_t)strtoul(take(rest), NULL, 10);
	PUT(request.ip.addresses, take(rest));
	PUT(request.ip.subnets, take(rest));
	PUT(request.ip.gateways, take(rest));
	PUT(request.ip.dns, take(rest));
	printf("0x%08x\n", exchange(&request, &reply));
}

static void put_list(const uint16_t *units, size_t n_units)
{
	char text[3 * HOST_IP_CHARS + 1];

	host_take_text(units, n_units, text, sizeof(text));
	printf("\t%s", text);
}

#define PUT_LIST(units) put_list(units, sizeof(units) / sizeof((units)[0]))

static void get(char **rest)
{
	struct host_kvp_message request = { .op = KVP_OP_GET_IP_INFO }, reply;

	request.ip.family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6;
	PUT(request.ip.adapter_id, take(rest));
	printf("0x%08x", exchange(&request, &reply));
	printf("\t%u\t%u", reply.ip.family, reply.ip.dhcp);
	PUT_LIST(reply.ip.addresses);
	PUT_LIST(reply.ip.subnets);
	PUT_LIST(reply.ip.gateways);
	PUT_LIST(reply.ip.dns);
	putchar('\n');
}

static const struct {
	const char *name;
	void (*perform)(char **rest);
} orders[] = {
	{ "offer", offer },
	{ "withdraw", withdraw },
	{ "contact", wait_for_contact },
	{ "put", put },
	{ "value", print_value },
	{ "set", set },
	{ "get", get },
	{ "vss-offer", services_offer_vss },
	{ "vss-contact", services_wait_for_vss },
	{ "vss-withdraw", services_withdraw_vss },
	{ "vss", services_vss },
	{ "fcopy-offer", services_offer_fcopy },
	{ "fcopy-contact", services_wait_for_fcopy },
	{ "fcopy-withdraw", services_withdraw_fcopy },
	{ "copy", services_copy },
};

static void obey(char *line)
{
	const char *name = take(&line);

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].name, name) == 0) {
			orders[i].perform(&line);
			return;
		}
	errx(2, "no such order: %s", name);
}

int main(int argc, char *argv[])
{
	char *line = NULL;
	size_t room = 0;
	int r;

	if (argc != 2)
		errx(2, "usage: hvg-managers-host FOLDER");
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	r = server_start(argv[1], &server);
	if (r < 0)
		errx(1, "%s: %s", argv[1], strerror(-r));
	services_init(server);
	while (getline(&line, &room, stdin) > 0)
		obey(line);
	free(line);
	server_stop(server);
	return 0;
}
