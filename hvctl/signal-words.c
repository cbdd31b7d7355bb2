// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/signal-words.h"

#include "hvctl/hvctl.h"

#include <stdio.h>
#include <string.h>

static void append(json_t *words, const char *text)
{
	json_array_append_new(words, hvctl_json_text(text));
}

/* A basic value as text; 0 at the end, and of what is no basic value, which is skipped. */
static int append_value(sd_bus_message *message, char type, json_t *words)
{
	union {
		const char *text;
		int boolean;
		int64_t number;
		uint64_t count;
		double real;
	} value;
	char text[64] = "";
	int r = sd_bus_message_read_basic(message, type, &value);

	if (r <= 0)
		return r;
	if (type == 's') {
		append(words, value.text);
		return 1;
	}
	if (type == 'b')
		(void)snprintf(text, sizeof(text), "%s", value.boolean ? "yes" : "no");
	else if (type == 'x')
		(void)snprintf(text, sizeof(text), "%lld", (long long)value.number);
	else if (type == 't')
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value.count);
	else
		(void)snprintf(text, sizeof(text), "%g", value.real);
	append(words, text);
	return 1;
}

static bool is_simple(char type)
{
	return type != '\0' && strchr("sbxtd", type);
}

json_t *signal_arguments(sd_bus_message *message)
{
	json_t *words = json_array();
	char type;
	int r = 0;

	while (r >= 0 && sd_bus_message_peek_type(message, &type, NULL) > 0)
		r = is_simple(type) ? append_value(message, type, words)
				    : sd_bus_message_skip(message, NULL);
	return words;
}

/* "State=serving" for each property of a simple type. */
static int append_property(sd_bus_message *message, json_t *words)
{
	json_t *value = json_array();
	const char *name, *content;
	char type, text[512];
	int r = sd_bus_message_read_basic(message, 's', &name);

	if (r > 0)
		r = sd_bus_message_peek_type(message, &type, &content);
	if (r > 0 && strlen(content) == 1 && is_simple(*content)) {
		r = sd_bus_message_enter_container(message, 'v', content);
		if (r > 0)
			r = append_value(message, *content, value);
		if (r > 0)
			r = sd_bus_message_exit_container(message);
		(void)snprintf(text, sizeof(text), "%s=%s", name,
			json_string_value(json_array_get(value, 0)));
		append(words, text);
	} else if (r > 0) {
		r = sd_bus_message_skip(message, "v");
	}
	json_decref(value);
	return r;
}

json_t *signal_properties(sd_bus_message *message)
{
	json_t *words = json_array();
	int r = sd_bus_message_skip(message, "s");

	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'a', "{sv}");
	while (r >= 0 && sd_bus_message_enter_container(message, 'e', "sv") > 0) {
		r = append_property(message, words);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return words;
}
