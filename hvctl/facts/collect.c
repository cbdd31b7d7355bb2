// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Walks along each row of the table with one descriptor for each folder on the way. What
 * vanishes meanwhile was not there.
 */

#include "hvctl/facts/collect.h"
#include "hvctl/facts/filter.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A file of /proc or /sys that is worth reading has less; more of it is left out. */
#define TEXT_SIZE 262144

struct walk {
	const struct fact_source *source;
	struct facts *facts;
	char path[FACT_PATH_SIZE]; /* of the folder, without the root */
	char *text;                /* TEXT_SIZE bytes to read into */
};

/* The path of a name in the walk's folder; false if it is too long to be looked at. */
static bool locate(const struct walk *walk, const char *name, char ret[static FACT_PATH_SIZE])
{
	return snprintf(ret, FACT_PATH_SIZE, "%s/%s", walk->path, name) < FACT_PATH_SIZE;
}

/* What cannot be read is a fact too, unless it is gone. */
static int add_error(struct walk *walk, const char *name, int error)
{
	const char *text = strerrorname_np(error);
	char path[FACT_PATH_SIZE];

	if (error == ENOENT || error == ENODEV || error == ENOTDIR || error == ENXIO ||
		!locate(walk, name, path))
		return 0;
	return facts_add(walk->facts, FACT_ERROR, path, text ? text : "EIO");
}

static int add(struct walk *walk, enum fact_kind kind, const char *name, const char *text)
{
	char path[FACT_PATH_SIZE];

	if (!locate(walk, name, path))
		return 0;
	return facts_add(walk->facts, kind, path, text);
}

/* The most that sysfs says in one attribute, and it says it at once:
 * Documentation/filesystems/sysfs.rst. */
#define ATTRIBUTE_SIZE 4096

/* Files of /proc come in pieces. Returns the size, or -errno. */
static ssize_t read_all(int fd, char *text, size_t size, bool is_attribute)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, text + used, size - used);

		if (n < 0)
			return -errno;
		used += (size_t)n;
		if (n == 0 || (is_attribute && n < ATTRIBUTE_SIZE))
			break;
	}
	return (ssize_t)used;
}

static bool is_in_sysfs(const struct walk *walk)
{
	return strncmp(walk->path, "/sys/", strlen("/sys/")) == 0;
}

static int add_file(struct walk *walk, int folder, const char *name)
{
	_cleanup_close_ int fd =
		openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t size;

	if (fd < 0)
		return add_error(walk, name, errno);
	size = read_all(fd, walk->text, TEXT_SIZE - 1, is_in_sysfs(walk));
	if (size < 0)
		return add_error(walk, name, (int)-size);
	if (walk->source->filter)
		walk->source->filter(walk->text, (size_t)size);
	else
		fact_text_tidy(walk->text, (size_t)size);
	if (walk->source->filter && walk->text[0] == '\0')
		return 0; /* one of many files, and it has nothing to say about this */
	return add(walk, FACT_FILE, name, walk->text);
}

static int add_link(struct walk *walk, int folder, const char *name)
{
	char target[1024];
	ssize_t size = readlinkat(folder, name, target, sizeof(target) - 1);

	if (size < 0)
		return errno == EINVAL ? 0 : add_error(walk, name, errno);
	target[size] = '\0';
	return add(walk, FACT_LINK, name, target);
}

static int add_presence(struct walk *walk, int folder, const char *name)
{
	if (faccessat(folder, name, F_OK, 0) == 0)
		return add(walk, FACT_FOLDER, name, "");
	return errno == EACCES ? add_error(walk, name, errno) : 0;
}

static bool is_hidden(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || strcmp(name, "..") == 0);
}

/* The folder of a name; NULL with the errno of what stands in the way. */
static DIR *open_folder(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NONBLOCK);
	DIR *directory;

	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (!directory)
		(void)hvg_close(fd);
	return directory;
}

static int add_names(struct walk *walk, int folder, const char *name)
{
	DIR *directory = open_folder(folder, name);
	struct dirent *entry;
	char path[FACT_PATH_SIZE];
	int r;

	if (!directory)
		return add_error(walk, name, errno);
	r = add(walk, FACT_FOLDER, name, "");
	while (r == 0 && (entry = readdir(directory)))
		if (!is_hidden(entry->d_name) &&
			snprintf(path, sizeof(path), "%s/%s", name, entry->d_name) <
				(int)sizeof(path))
			r = add(walk, FACT_FOLDER, path, "");
	(void)closedir(directory);
	return r;
}

static int add_kind(struct walk *walk, int folder, const char *name, char kind)
{
	switch (kind) {
	case '>':
		return add_link(walk, folder, name);
	case '/':
		return add_names(walk, folder, name);
	case '?':
		return add_presence(walk, folder, name);
	default:
		return add_file(walk, folder, name);
	}
}

static int add_matching(struct walk *walk, int folder, const char *pattern, char kind)
{
	DIR *directory = open_folder(folder, ".");
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return 0;
	while (r == 0 && (entry = readdir(directory)))
		if (!is_hidden(entry->d_name) && fnmatch(pattern, entry->d_name, 0) == 0)
			r = add_kind(walk, folder, entry->d_name, kind);
	(void)closedir(directory);
	return r;
}

static int add_word(struct walk *walk, int folder, const char *word, size_t size)
{
	char kind = word[size - 1], name[128];
	bool is_file = !strchr(">/?", kind);

	(void)snprintf(name, sizeof(name), "%.*s", (int)(is_file ? size : size - 1), word);
	if (strpbrk(name, "*["))
		return add_matching(walk, folder, name, kind);
	return add_kind(walk, folder, name, kind);
}

static int look(struct walk *walk, int folder)
{
	const char *at = walk->source->names;
	int r = 0;

	for (at += strspn(at, " "); *at && r == 0; at += strspn(at, " ")) {
		size_t size = strcspn(at, " ");

		r = add_word(walk, folder, at, size);
		at += size;
	}
	return r;
}

static int step(struct walk *walk, int folder, const char *rest);

/* Goes on in the folder of that name, and comes back. */
static int enter(struct walk *walk, int folder, const char *name, const char *rest)
{
	_cleanup_close_ int fd = openat(folder, name, O_PATH | O_CLOEXEC | O_DIRECTORY);
	size_t size = strlen(walk->path);
	int r;

	if (fd < 0 || size + 1 + strlen(name) >= sizeof(walk->path))
		return 0;
	(void)sprintf(walk->path + size, "/%s", name);
	r = step(walk, fd, rest);
	walk->path[size] = '\0';
	return r;
}

static int enter_matching(struct walk *walk, int folder, const char *pattern, const char *rest)
{
	DIR *directory = open_folder(folder, ".");
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return 0;
	while (r == 0 && (entry = readdir(directory)))
		if (!is_hidden(entry->d_name) && fnmatch(pattern, entry->d_name, 0) == 0)
			r = enter(walk, folder, entry->d_name, rest);
	(void)closedir(directory);
	return r;
}

/* rest: what is left of the folder's path, "/bus/vmbus/devices/ *". */
static int step(struct walk *walk, int folder, const char *rest)
{
	char name[128];
	size_t size;

	if (*rest == '\0')
		return look(walk, folder);
	rest++;
	size = strcspn(rest, "/");
	(void)snprintf(name, sizeof(name), "%.*s", (int)size, rest);
	if (strpbrk(name, "*["))
		return enter_matching(walk, folder, name, rest + size);
	return enter(walk, folder, name, rest + size);
}

static int collect(struct facts *facts, const char *root, unsigned int wanted, char *text)
{
	_cleanup_close_ int fd = open(*root ? root : "/", O_PATH | O_CLOEXEC | O_DIRECTORY);
	int r = 0;

	if (fd < 0)
		return 0;
	for (const struct fact_source *source = fact_sources; source->folder && r == 0;
		source++) {
		struct walk walk = { .source = source, .facts = facts, .text = text };

		if (source->wanted & wanted)
			r = step(&walk, fd, source->folder);
	}
	return r;
}

int facts_collect(const char *root, unsigned int wanted, struct facts **ret)
{
	_cleanup_free_ char *text = malloc(TEXT_SIZE);
	struct facts *facts = facts_new();
	int r = text && facts ? collect(facts, root, wanted, text) : -ENOMEM;

	if (r == 0 && (wanted & (FACTS_HOST | FACTS_SYSTEM))) {
		facts_sort(facts);
		r = facts_ask(root, facts, wanted);
	}
	if (r < 0) {
		facts_free(facts);
		return -ENOMEM;
	}
	facts_sort(facts);
	*ret = facts;
	return 0;
}
