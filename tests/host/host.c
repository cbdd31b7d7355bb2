// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The host's end: each call fills in a message, sends it, and reads the reply.
 */

#include "host/host.h"
#include "host/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_KERNEL_S 60 /* for an answer that the kernel owes after 30 */
#define MAX_ITEMS         100000

static const char *const op_names[] = { "GET", "SET", "DELETE", "ENUMERATE", "GET_IP",
	"SET_IP" };

static void note_request(struct machine *machine, const struct host_kvp_message *request)
{
	char key[KVP_CUT_KEY];

	host_take_text(request->key, HOST_KEY_CHARS, key, sizeof(key));
	machine_note(machine, "%s(%u) pool %u index %u key '%.40s'",
		request->op <= KVP_OP_SET_IP_INFO ? op_names[request->op] : "operation",
		request->op, request->pool, request->index, key);
}

uint64_t host_begin(struct machine *machine, const struct host_kvp_message *request)
{
	uint64_t id;

	note_request(machine, request);
	record_request(&machine->record, request);
	machine_check(machine, machine->body->kvp_send(machine->at, request, &id),
		"host cannot send");
	return id;
}

static uint32_t finish(struct machine *machine, uint64_t id, uint64_t patience_us,
	struct host_kvp_message *ret_reply)
{
	uint32_t status = machine->body->kvp_receive(machine->at, id, patience_us, ret_reply);

	machine_note(machine, "-> 0x%08x", status);
	record_reply(&machine->record, status, ret_reply);
	return status;
}

uint32_t host_end_within(struct machine *machine, uint64_t id, unsigned int seconds)
{
	struct host_kvp_message reply;

	return finish(machine, id, seconds * machine->setup->kernel_second_us, &reply);
}

/* For longer than the kernel lets the host wait. */
static uint32_t end(struct machine *machine, uint64_t id, struct host_kvp_message *ret_reply)
{
	return finish(machine, id,
		PATIENCE_KERNEL_S * machine->setup->kernel_second_us + machine->setup->patience_us,
		ret_reply);
}

uint32_t host_end(struct machine *machine, uint64_t id)
{
	struct host_kvp_message reply;

	return end(machine, id, &reply);
}

uint32_t host_exchange(struct machine *machine, const struct host_kvp_message *request,
	struct host_kvp_message *ret_reply)
{
	return end(machine, host_begin(machine, request), ret_reply);
}

static struct host_kvp_message message(uint8_t op, uint8_t pool, const char *key)
{
	struct host_kvp_message message = { .op = op, .pool = pool };

	if (key)
		message.key_size = host_put_text(message.key, HOST_KEY_CHARS, key);
	return message;
}

static void take_item(const struct host_kvp_message *reply, struct host_item *ret)
{
	host_take_text(reply->key, HOST_KEY_CHARS, ret->key, sizeof(ret->key));
	host_take_text(reply->value.chars, HOST_VALUE_CHARS, ret->value, sizeof(ret->value));
	ret->type = reply->value_type;
	ret->key_size = reply->key_size;
	ret->value_size = reply->value_size;
}

static struct host_kvp_message set_message(
	uint8_t pool, const char *key, uint32_t type, const char *value)
{
	struct host_kvp_message request = message(KVP_OP_SET, pool, key);

	request.value_type = type;
	request.value_size = host_put_text(request.value.chars, HOST_VALUE_CHARS, value);
	return request;
}

uint32_t host_kvp_set_typed(struct machine *machine, uint8_t pool, const char *key,
	uint32_t type, const char *value)
{
	struct host_kvp_message request = set_message(pool, key, type, value), reply;

	return host_exchange(machine, &request, &reply);
}

uint32_t host_kvp_set(struct machine *machine, uint8_t pool, const char *key, const char *value)
{
	return host_kvp_set_typed(machine, pool, key, REG_SZ, value);
}

uint64_t host_begin_set(
	struct machine *machine, uint8_t pool, const char *key, const char *value)
{
	struct host_kvp_message request = set_message(pool, key, REG_SZ, value);

	return host_begin(machine, &request);
}

uint32_t host_kvp_set_number(
	struct machine *machine, uint8_t pool, const char *key, uint32_t type, uint64_t number)
{
	struct host_kvp_message request = message(KVP_OP_SET, pool, key), reply;

	request.value_type = type;
	request.value_size = type == REG_U32 ? sizeof(uint32_t) : sizeof(uint64_t);
	if (type == REG_U32)
		request.value.u32 = (uint32_t)number;
	else
		request.value.u64 = number;
	return host_exchange(machine, &request, &reply);
}

uint32_t host_kvp_get(
	struct machine *machine, uint8_t pool, const char *key, struct host_item *ret)
{
	struct host_kvp_message request = message(KVP_OP_GET, pool, key), reply;
	uint32_t status = host_exchange(machine, &request, &reply);

	take_item(&reply, ret);
	return status;
}

uint32_t host_kvp_delete(struct machine *machine, uint8_t pool, const char *key)
{
	struct host_kvp_message request = message(KVP_OP_DELETE, pool, key), reply;

	return host_exchange(machine, &request, &reply);
}

uint32_t host_kvp_at(
	struct machine *machine, uint8_t pool, uint32_t index, struct host_item *ret)
{
	struct host_kvp_message request = message(KVP_OP_ENUMERATE, pool, NULL), reply;
	uint32_t status;

	request.index = index;
	status = host_exchange(machine, &request, &reply);
	take_item(&reply, ret);
	return status;
}

uint32_t host_kvp_list(struct machine *machine, uint8_t pool, struct host_list *ret)
{
	uint32_t status = HV_S_OK;
	size_t room = 0;

	*ret = (struct host_list){ 0 };
	while (ret->n < MAX_ITEMS) {
		if (ret->n == room) {
			room = room ? 2 * room : 16;
			ret->items = realloc(ret->items, room * sizeof(*ret->items));
			if (!ret->items)
				machine_fail(machine, "no memory for a list");
		}
		status = host_kvp_at(machine, pool, (uint32_t)ret->n, &ret->items[ret->n]);
		if (status != HV_S_OK)
			return status;
		ret->n++;
	}
	machine_fail(machine, "pool %u has no end", pool);
}

char *host_kvp_list_text(struct machine *machine, uint8_t pool)
{
	struct host_list list;
	uint32_t status = host_kvp_list(machine, pool, &list);
	char *text = NULL;
	size_t size;
	FILE *file;

	if (status != (uint32_t)HV_S_CONT)
		machine_fail(machine, "pool %u ends with 0x%08x after %zu records", pool, status,
			list.n);
	file = open_memstream(&text, &size);
	for (size_t i = 0; i < list.n; i++)
		fprintf(file, "%s=%s\n", list.items[i].key, list.items[i].value);
	fclose(file);
	host_list_done(&list);
	return text;
}

const char *host_list_value(const struct host_list *list, const char *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].key, key) == 0)
			return list->items[i].value;
	return NULL;
}

void host_list_done(struct host_list *list)
{
	free(list->items);
	*list = (struct host_list){ 0 };
}

void host_offer(struct machine *machine)
{
	machine_note(machine, "offers Data Exchange");
	record_event(&machine->record, "host:  offers");
	machine_check(machine, machine->body->kvp_offer(machine->at), "host cannot offer");
}

void host_withdraw(struct machine *machine)
{
	machine_note(machine, "withdraws Data Exchange");
	record_event(&machine->record, "host:  withdraws");
	machine_check(
		machine, machine->body->kvp_withdraw(machine->at), "host cannot withdraw");
}

bool host_has_contact(struct machine *machine)
{
	return machine->body->kvp_has_contact(machine->at);
}

static bool daemon_has_ended(struct machine *machine)
{
	return machine->daemon != NO_PROCESS && !guest_daemon_runs(machine);
}

void host_wait_for_contact(struct machine *machine)
{
	(void)machine_eventually(
		machine, host_has_contact(machine) || daemon_has_ended(machine));
	if (!host_has_contact(machine))
		machine_fail(machine, "the host got no contact%s",
			daemon_has_ended(machine) ? ", and the daemon has ended" : "");
	machine_note(machine, "has contact");
	record_event(&machine->record, "guest: contact");
}

static struct host_kvp_message ip_message(uint8_t op, const struct host_ip *ip)
{
	struct host_kvp_message request = { .op = op };

	request.ip.family = ip->family;
	request.ip.dhcp = ip->dhcp;
	host_put_text(request.ip.adapter_id, HOST_ADAPTER_CHARS, ip->adapter);
	host_put_text(request.ip.addresses, HOST_IP_CHARS, ip->addresses);
	host_put_text(request.ip.subnets, HOST_IP_CHARS, ip->subnets);
	host_put_text(request.ip.gateways, HOST_GATEWAY_CHARS, ip->gateways);
	host_put_text(request.ip.dns, HOST_IP_CHARS, ip->dns);
	return request;
}

#define TAKE(units, text)                                                                      \
	host_take_text(units, sizeof(units) / sizeof((units)[0]), text, sizeof(text))

uint32_t host_end_get_ip_info(struct machine *machine, uint64_t id, struct host_ip *ret)
{
	struct host_kvp_message reply;
	uint32_t status = end(machine, id, &reply);

	ret->family = reply.ip.family;
	ret->dhcp = reply.ip.dhcp;
	TAKE(reply.ip.adapter_id, ret->adapter);
	TAKE(reply.ip.addresses, ret->addresses);
	TAKE(reply.ip.subnets, ret->subnets);
	TAKE(reply.ip.gateways, ret->gateways);
	TAKE(reply.ip.dns, ret->dns);
	return status;
}

uint64_t host_begin_get_ip_info(struct machine *machine, const char *mac)
{
	struct host_ip ip = { .family = ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6 };
	struct host_kvp_message request;

	(void)snprintf(ip.adapter, sizeof(ip.adapter), "%s", mac);
	request = ip_message(KVP_OP_GET_IP_INFO, &ip);
	return host_begin(machine, &request);
}

uint32_t host_get_ip_info(struct machine *machine, const char *mac, struct host_ip *ret)
{
	return host_end_get_ip_info(machine, host_begin_get_ip_info(machine, mac), ret);
}

uint64_t host_begin_inject_ip(struct machine *machine, const struct host_ip *ip)
{
	struct host_kvp_message request = ip_message(KVP_OP_SET_IP_INFO, ip);

	return host_begin(machine, &request);
}

uint32_t host_inject_ip(struct machine *machine, const struct host_ip *ip)
{
	return host_end(machine, host_begin_inject_ip(machine, ip));
}
