// SPDX-License-Identifier: LGPL-2.1-or-later

/* An acknowledgement is a byte: the change's errno. */

#include "writer.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_KEYS           10

/* No writer makes as many changes. */
#define SERIALS_PER_SEED 10000u

#define PAUSE_US         200

static volatile sig_atomic_t is_told_to_stop;

static void stop(int signal)
{
	is_told_to_stop = 1;
}

static struct change change_of(
	const struct writer *writer, struct hvg_random *random, unsigned int i)
{
	unsigned int what = hvg_random_below(random, 100);
	struct change change = {
		.key = { (char)('a' + hvg_random_below(random, N_KEYS)) },
		.serial = writer->seed * SERIALS_PER_SEED + i,
	};

	change.kind = what < 65 ? CHANGE_SET : what < 95 ? CHANGE_UNSET : CHANGE_SETTLE;
	return change;
}

static struct change foreign_change_of(const struct writer *writer, unsigned int i)
{
	struct change change = {
		.kind = CHANGE_FOREIGN_APPEND,
		.serial = writer->seed * SERIALS_PER_SEED + i,
	};

	(void)snprintf(change.key, sizeof(change.key), "F%u", change.serial);
	return change;
}

static void pause_us(unsigned int us)
{
	struct timespec time = { .tv_nsec = us * 1000L };

	(void)nanosleep(&time, NULL);
}

static pid_t start(struct writer *writer, unsigned int seed, int *ret_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		err(2, "pipe");
	fflush(NULL);
	*writer = (struct writer){ .fd = fds[0], .seed = seed };
	writer->pid = fork();
	if (writer->pid < 0)
		err(2, "fork");
	if (writer->pid == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fds[writer->pid == 0 ? 0 : 1]);
	*ret_fd = fds[1];
	return writer->pid;
}

static int do_change(struct hvg_poolstore *store, const struct change *change)
{
	char value[HVG_POOL_VALUE_SIZE];

	if (change->kind == CHANGE_SETTLE)
		return hvg_poolstore_settle(store);
	if (change->kind == CHANGE_UNSET)
		return hvg_poolstore_unset(store, change->key);
	change_value(change, value);
	return hvg_poolstore_set(store, change->key, value);
}

static void acknowledge(int fd, int result)
{
	uint8_t byte = (uint8_t)-result;

	if (write(fd, &byte, 1) != 1)
		_exit(1);
}

void writer_start(struct writer *writer, const struct place *place, unsigned int seed)
{
	struct hvg_random random = hvg_random_from(seed);
	struct hvg_poolstore *store;
	int fd;

	if (start(writer, seed, &fd) > 0)
		return;
	store = place_open(place);
	if (hvg_poolstore_recover(store, NULL) < 0)
		_exit(1);
	for (unsigned int i = 0; i < SERIALS_PER_SEED; i++) {
		struct change change = change_of(writer, &random, i);

		acknowledge(fd, do_change(store, &change));
	}
	for (;;)
		(void)pause();
}

void writer_wait(const struct writer *writer, unsigned int us)
{
	struct pollfd poll_fd = { .fd = writer->fd, .events = POLLIN };

	if (poll(&poll_fd, 1, -1) < 0)
		err(2, "poll");
	pause_us(us);
}

static void reap(struct writer *writer)
{
	if (waitpid(writer->pid, NULL, 0) != writer->pid)
		err(2, "waitpid");
	writer->pid = 0;
}

void writer_kill(struct writer *writer)
{
	(void)kill(writer->pid, SIGKILL);
	reap(writer);
}

bool writer_replay(struct writer *writer, struct model *model, struct change *ret_in_flight)
{
	struct hvg_random random = hvg_random_from(writer->seed);
	bool is_good = true;
	uint8_t result;

	while (read(writer->fd, &result, 1) == 1) {
		struct change change = change_of(writer, &random, writer->n_done++);
		bool can_be = change.kind != CHANGE_UNSET || model_has(model, change.key);

		is_good = is_good && result == (can_be ? 0 : ENOENT);
		model_apply(model, &change);
	}
	*ret_in_flight = change_of(writer, &random, writer->n_done);
	close(writer->fd);
	return is_good;
}

/* In two pieces, as a program does that writes key and value one after the other. */
static void append(int fd, const struct change *change, enum place_lock lock)
{
	uint8_t record[HVG_POOL_RECORD_SIZE];
	ssize_t n;

	change_record(change, record);
	if (!place_lock(fd, lock))
		_exit(1);
	n = write(fd, record, HVG_POOL_KEY_SIZE);
	pause_us(PAUSE_US);
	n += write(fd, record + HVG_POOL_KEY_SIZE, HVG_POOL_VALUE_SIZE);
	if (n != HVG_POOL_RECORD_SIZE)
		_exit(1);
	place_unlock(fd, lock);
}

void foreigner_start(struct writer *writer, const struct place *place, enum place_lock lock,
	unsigned int seed)
{
	int ack_fd, fd;

	if (start(writer, seed, &ack_fd) > 0)
		return;
	(void)signal(SIGTERM, stop);
	fd = open(place->paths[PLACE_POOL], O_RDWR | O_APPEND | O_CLOEXEC);
	for (unsigned int i = 0; fd >= 0 && !is_told_to_stop; i++) {
		struct change change = foreign_change_of(writer, i);

		append(fd, &change, lock);
		acknowledge(ack_fd, 0);
		pause_us(PAUSE_US);
	}
	_exit(0);
}

void foreigner_stop(struct writer *writer)
{
	(void)kill(writer->pid, SIGTERM);
	reap(writer);
}

static bool is_in(const struct image *file, const struct change *change)
{
	uint8_t record[HVG_POOL_RECORD_SIZE];

	change_record(change, record);
	for (size_t at = 0; at + sizeof(record) <= file->size; at += sizeof(record))
		if (memcmp(file->bytes + at, record, sizeof(record)) == 0)
			return true;
	return false;
}

void foreigner_replay(struct writer *writer, struct model *model, const struct image *file)
{
	struct change change;
	uint8_t result;

	while (read(writer->fd, &result, 1) == 1) {
		change = foreign_change_of(writer, writer->n_done++);
		model_apply(model, &change);
	}
	change = foreign_change_of(writer, writer->n_done);
	if (is_in(file, &change))
		model_apply(model, &change);
	close(writer->fd);
}
