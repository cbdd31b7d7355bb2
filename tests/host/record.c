// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Messages as lines of text. Text is shown as far as its NUL, and what stands behind that too, if it is
 * anything: stale bytes are part of how a driver behaves.
 */

#include "host/record.h"
#include "host/body.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const operations[] = { "GET", "SET", "DELETE", "ENUMERATE", "GET_IP_INFO",
	"SET_IP_INFO" };

static void print_units(FILE *line, const uint16_t *units, size_t n)
{
	size_t i = 0;

	fputs(" '", line);
	for (; i < n && units[i]; i++)
		if (units[i] >= ' ' && units[i] < 0x7f)
			fputc(units[i], line);
		else
			fprintf(line, "\\u%04x", units[i]);
	fputc('\'', line);
	for (; i < n; i++)
		if (units[i])
			fprintf(line, "+%zu:%04x", i, units[i]);
}

/* What the kernel is called, and the name that the resolver may have found by now. */
static bool is_accidental(const struct host_kvp_message *message)
{
	static const char *const keys[] = { "OSBuildNumber", "OSVersion",
		"FullyQualifiedDomainName" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t n = 0;

		while (keys[i][n] && message->key[n] == (uint16_t)keys[i][n])
			n++;
		if (!keys[i][n] && message->key[n] == 0)
			return true;
	}
	return false;
}

static void print_data(FILE *line, const struct host_kvp_message *message)
{
	fprintf(line, " type %u key %u", message->value_type, message->key_size);
	print_units(line, message->key, HOST_KEY_CHARS);
	if (is_accidental(message)) {
		fputs(" value of its own", line);
		return;
	}
	fprintf(line, " value %u", message->value_size);
	print_units(line, message->value.chars, HOST_VALUE_CHARS);
}

static void print_ip(FILE *line, const struct host_kvp_message *message)
{
	fprintf(line, " family %u dhcp %u", message->ip.family, message->ip.dhcp);
	print_units(line, message->ip.adapter_id, HOST_ADAPTER_CHARS);
	print_units(line, message->ip.addresses, HOST_IP_CHARS);
	print_units(line, message->ip.subnets, HOST_IP_CHARS);
	print_units(line, message->ip.gateways, HOST_GATEWAY_CHARS);
	print_units(line, message->ip.dns, HOST_IP_CHARS);
}

static void print_message(FILE *line, const struct host_kvp_message *message)
{
	if (message->op < sizeof(operations) / sizeof(operations[0]))
		fprintf(line, "%s pool %u", operations[message->op], message->pool);
	else
		fprintf(line, "operation %u pool %u", message->op, message->pool);
	if (message->op == KVP_OP_GET_IP_INFO || message->op == KVP_OP_SET_IP_INFO) {
		print_ip(line, message);
		return;
	}
	fprintf(line, " index %u", message->index);
	print_data(line, message);
}

/* Gives the line away. */
static void write_line(struct host_record *record, char *line)
{
	if (!record->last || strcmp(record->last, line) != 0)
		dprintf(record->fd, "%s\n", line);
	free(record->last);
	record->last = line;
}

static void record_message(
	struct host_record *record, const char *prefix, const struct host_kvp_message *message)
{
	char *text = NULL;
	size_t size;
	FILE *line = open_memstream(&text, &size);

	if (!line)
		abort();
	fputs(prefix, line);
	print_message(line, message);
	(void)fclose(line);
	write_line(record, text);
}

void record_begin(struct host_record *record, int fd)
{
	*record = (struct host_record){ .fd = fd };
}

void record_end(struct host_record *record)
{
	free(record->last);
	record->last = NULL;
}

void record_request(struct host_record *record, const struct host_kvp_message *request)
{
	if (record->fd >= 0)
		record_message(record, "host:  ", request);
}

void record_reply(
	struct host_record *record, uint32_t status, const struct host_kvp_message *reply)
{
	char prefix[32];

	if (record->fd < 0)
		return;
	(void)snprintf(prefix, sizeof(prefix), "guest: %08x ", status);
	if (status == HOST_NO_ANSWER)
		record_event(record, "guest: no answer yet");
	else if (status == HOST_GONE)
		record_event(record, "guest: withdrawn");
	else
		record_message(record, prefix, reply);
}

void record_event(struct host_record *record, const char *what)
{
	if (record->fd >= 0)
		write_line(record, strdup(what));
}
