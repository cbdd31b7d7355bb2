// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * An array that is sorted once and searched by halves. '/' sorts before every other character,
 * so that what is below a folder stands together: paths are kept as keys, in which '/' and '\1'
 * have changed places, and strcmp does the rest.
 */

#include "hvctl/facts/facts.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts lie in chunks that never move. */
#define CHUNK_SIZE 65536

struct chunk {
	struct chunk *next;
	size_t used, size;
	char bytes[];
};

struct entry {
	const char *key, *text;
	enum fact_kind kind;
	unsigned int order; /* the first of two with one path counts */
};

struct facts {
	struct entry *entries;
	size_t n, max;
	size_t n_sorted; /* the first of them; the others are not found yet */
	struct chunk *chunks;
};

struct facts *facts_new(void)
{
	return calloc(1, sizeof(struct facts));
}

struct facts *facts_free(struct facts *facts)
{
	if (!facts)
		return NULL;
	for (struct chunk *chunk = facts->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(facts->entries);
	free(facts);
	return NULL;
}

static struct chunk *chunk_with(struct facts *facts, size_t size)
{
	struct chunk *chunk = facts->chunks;
	size_t chunk_size = size > CHUNK_SIZE ? size : CHUNK_SIZE;

	if (chunk && chunk->size - chunk->used >= size)
		return chunk;
	chunk = malloc(sizeof(*chunk) + chunk_size);
	if (!chunk)
		return NULL;
	*chunk = (struct chunk){ .next = facts->chunks, .size = chunk_size };
	facts->chunks = chunk;
	return chunk;
}

#define SEPARATOR '\1' /* in a key */
static const char separators[] = { SEPARATOR, '\0' };

/* A key of a path, or a path of a key. */
static void swap_separators(const char *text, char ret[static FACT_PATH_SIZE])
{
	size_t i;

	for (i = 0; i < FACT_PATH_SIZE - 1 && text[i]; i++)
		ret[i] = text[i] == '/' ? SEPARATOR : text[i] == SEPARATOR ? '/' : text[i];
	ret[i] = '\0';
}

static const char *keep(struct facts *facts, const char *text)
{
	size_t size = strlen(text) + 1;
	struct chunk *chunk;
	char *kept;

	if (size == 1)
		return "";
	chunk = chunk_with(facts, size);
	if (!chunk)
		return NULL;
	kept = memcpy(chunk->bytes + chunk->used, text, size);
	chunk->used += size;
	return kept;
}

static int make_room(struct facts *facts)
{
	size_t max = facts->max ? 2 * facts->max : 1024;
	struct entry *entries;

	if (facts->n < facts->max)
		return 0;
	entries = reallocarray(facts->entries, max, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	facts->entries = entries;
	facts->max = max;
	return 0;
}

int facts_add(struct facts *facts, enum fact_kind kind, const char *path, const char *text)
{
	char key[FACT_PATH_SIZE];
	struct entry *entry;

	if (strlen(path) >= FACT_PATH_SIZE)
		return -ENAMETOOLONG;
	if (make_room(facts) < 0)
		return -ENOMEM;
	entry = &facts->entries[facts->n];
	swap_separators(path, key);
	entry->key = keep(facts, key);
	entry->text = keep(facts, text);
	entry->kind = kind;
	entry->order = (unsigned int)facts->n;
	if (!entry->key || !entry->text)
		return -ENOMEM;
	facts->n++;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = strcmp(left->key, right->key);

	if (order != 0)
		return order;
	return left->order < right->order ? -1 : 1;
}

void facts_sort(struct facts *facts)
{
	size_t kept = 0;

	if (facts->n == 0)
		return;
	qsort(facts->entries, facts->n, sizeof(facts->entries[0]), compare_entries);
	for (size_t i = 1; i < facts->n; i++)
		if (strcmp(facts->entries[kept].key, facts->entries[i].key) != 0)
			facts->entries[++kept] = facts->entries[i];
	facts->n = facts->n_sorted = kept + 1;
}

size_t facts_count(const struct facts *facts)
{
	return facts->n;
}

struct fact facts_at(const struct facts *facts, size_t i)
{
	struct fact found = { .kind = facts->entries[i].kind, .text = facts->entries[i].text };

	swap_separators(facts->entries[i].key, found.path);
	return found;
}

/* Where the key stands, or would stand. */
static size_t position(const struct facts *facts, const char *key)
{
	size_t first = 0, behind = facts->n_sorted;

	while (first < behind) {
		size_t middle = first + (behind - first) / 2;

		if (strcmp(facts->entries[middle].key, key) < 0)
			first = middle + 1;
		else
			behind = middle;
	}
	return first;
}

/* What stands behind the folder's own key in that of an entry below it; NULL of any other. */
static const char *below(const struct entry *entry, const char *folder)
{
	size_t size = strlen(folder);

	if (strncmp(entry->key, folder, size) != 0 || entry->key[size] != SEPARATOR)
		return NULL;
	return entry->key + size + 1;
}

struct fact fact(const struct facts *facts, const char *format, ...)
{
	struct fact found = { .kind = FACT_MISSING, .text = "" };
	char key[FACT_PATH_SIZE];
	va_list arguments;
	size_t at;

	va_start(arguments, format);
	(void)vsnprintf(found.path, sizeof(found.path), format, arguments);
	va_end(arguments);
	swap_separators(found.path, key);
	at = position(facts, key);
	if (at == facts->n_sorted)
		return found;
	if (strcmp(facts->entries[at].key, key) == 0) {
		found.kind = facts->entries[at].kind;
		found.text = facts->entries[at].text;
	} else if (below(&facts->entries[at], key)) {
		found.kind = FACT_FOLDER;
	}
	return found;
}

bool fact_is_there(const struct fact *fact)
{
	return fact->kind != FACT_MISSING;
}

bool fact_is(const struct fact *fact, const char *text)
{
	return fact->kind == FACT_FILE && strcmp(fact->text, text) == 0;
}

bool fact_is_denied(const struct fact *fact)
{
	return fact->kind == FACT_ERROR &&
		(strcmp(fact->text, "EACCES") == 0 || strcmp(fact->text, "EPERM") == 0);
}

int64_t fact_number(const struct fact *fact, int64_t fallback)
{
	int base = strncmp(fact->text, "0x", 2) == 0 ? 16 : 10;
	long long value;
	char *end;

	if (fact->kind != FACT_FILE)
		return fallback;
	value = strtoll(fact->text, &end, base);
	return end == fact->text ? fallback : value;
}

void fact_trim(const struct fact *fact, char *ret, size_t ret_size)
{
	struct hvg_span span = hvg_span_trim(hvg_span_of(fact->text));

	(void)snprintf(ret, ret_size, "%.*s", (int)span.size, span.start);
}

const char *fact_target(const struct fact *fact)
{
	const char *path = fact->kind == FACT_LINK ? fact->text : fact->path;
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool fact_has_word(const struct fact *fact, const char *word)
{
	static const char between[] = " \t\n,";
	size_t size = strlen(word);

	for (const char *at = fact->text; *at; at += strcspn(at, between)) {
		at += strspn(at, between);
		if (strcspn(at, between) == size && strncmp(at, word, size) == 0)
			return true;
	}
	return false;
}

bool facts_next_child(const struct facts *facts, const char *folder, struct facts_child *child)
{
	char key[FACT_PATH_SIZE];
	const char *name;
	size_t at, size;

	swap_separators(folder, key);
	at = child->next ? child->next : position(facts, key);
	if (at < facts->n_sorted && strcmp(facts->entries[at].key, key) == 0)
		at++;
	if (at >= facts->n_sorted)
		return false;
	name = below(&facts->entries[at], key);
	if (!name)
		return false;
	size = strcspn(name, separators);
	(void)snprintf(child->name, sizeof(child->name), "%.*s", (int)size, name);
	do
		name = ++at < facts->n_sorted ? below(&facts->entries[at], key) : NULL;
	while (name && strcspn(name, separators) == size &&
		strncmp(name, child->name, size) == 0);
	child->next = at;
	return true;
}

size_t facts_count_children(const struct facts *facts, const char *folder)
{
	struct facts_child child = { 0 };
	size_t n = 0;

	while (facts_next_child(facts, folder, &child))
		n++;
	return n;
}
