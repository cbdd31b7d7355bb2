// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hv-vss-freezer: the one process that knows what is frozen. It holds the descriptors, conducts a crew
 * that freezes and thaws, and thaws by itself when the time is over or when the daemon's end of the
 * socket is gone. It is locked in memory, opens no file, writes none and says nothing; a signal that
 * asks it to end does not, because only that it is no longer needed can.
 *
 * hv-vss-freezer NOTE, started by hv-vssd with the descriptors of freezer-protocol.h.
 */

#include "hv-vssd/freezer-protocol.h"

#include "base/cleanup.h"
#include "base/units.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

/* An orphan that cannot thaw something tries again this often. */
#define RETRY_US (1 * HVG_USEC_PER_SEC)

struct freezer {
	struct hvg_freeze_table *table;
	int fds[HVG_FREEZE_MAX];
	uint32_t n;
	struct hvg_crew *crew; /* from FREEZE to CLEAR */
	struct hvg_crew_status status;
	enum hvg_crew_phase told;
	bool is_orphan;
	uint64_t retry_us, turn;
	const char *note;
	int note_fd; /* held until nothing can be frozen any more, by a process that hangs, too */
};

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * HVG_USEC_PER_SEC + (uint64_t)now.tv_nsec / HVG_NSEC_PER_USEC;
}

/* Never waits: a daemon that is stopped must not stop us. It looks at the table when it is back. */
static void tell(struct freezer *freezer, const struct hvg_crew_status *status)
{
	struct vssd_freezer_message message = {
		.kind = VSSD_FREEZER_PHASE,
		.phase = status->phase,
		.code = status->code,
		.thaw_code = status->thaw_code,
		.turn = freezer->turn,
	};

	freezer->told = status->phase;
	if (!freezer->is_orphan)
		(void)!send(VSSD_FREEZER_SOCKET, &message, sizeof(message), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void fail(struct freezer *freezer, int code)
{
	tell(freezer, &(struct hvg_crew_status){ .phase = HVG_CREW_OVER, .code = code });
}

static void add(struct freezer *freezer, uint32_t level, int fd)
{
	struct hvg_freeze_slot *slot;

	if (fd < 0 || freezer->crew || freezer->n == HVG_FREEZE_MAX) {
		(void)hvg_close(fd);
		return;
	}
	slot = &freezer->table->slots[freezer->n];
	*slot = (struct hvg_freeze_slot){ .level = level };
	freezer->fds[freezer->n++] = fd;
	freezer->table->n = freezer->n;
	freezer->table->n_levels = HVG_MAX(freezer->table->n_levels, level + 1);
}

static void freeze(struct freezer *freezer, const struct vssd_freezer_message *message)
{
	struct hvg_crew_config config = {
		.deeds = &hvg_crew_real_deeds,
		.table = freezer->table,
		.fds = freezer->fds,
		.sync_us = message->sync_us,
		.frozen_us = message->frozen_us,
		.fails_if_busy = message->fails_if_busy,
		.fails_if_unsupported = message->fails_if_unsupported,
	};
	int r;

	if (freezer->crew)
		return;
	freezer->turn = message->turn;
	r = hvg_crew_new(&config, &freezer->crew);
	if (r < 0) {
		fail(freezer, r);
		return;
	}
	freezer->told = HVG_CREW_IDLE;
	hvg_crew_freeze(freezer->crew, now_us());
}

static void thaw(struct freezer *freezer)
{
	if (!freezer->crew)
		fail(freezer, 0);
	else
		hvg_crew_thaw(freezer->crew, now_us());
	freezer->told = HVG_CREW_IDLE; /* the answer is due, whatever was told before */
}

/* A thread that hangs in a sync keeps its crew: another freezer has to be started then. */
static void clear(struct freezer *freezer)
{
	if (hvg_crew_free(freezer->crew) < 0)
		_exit(1);
	freezer->crew = NULL;
	while (freezer->n > 0)
		(void)hvg_close(freezer->fds[--freezer->n]);
	freezer->note_fd = hvg_close(freezer->note_fd);
	memset(freezer->table, 0, sizeof(*freezer->table));
}

static void add_all(struct freezer *freezer, const struct vssd_freezer_message *message, const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(freezer, i < message->n ? message->levels[i] : 0, fds[i]);
}

static void hold_note(struct freezer *freezer, const int *fds, size_t n)
{
	(void)hvg_close(freezer->note_fd);
	freezer->note_fd = n > 0 ? fds[0] : -EBADF;
}

static void obey(struct freezer *freezer, const struct vssd_freezer_message *message, const int *fds, size_t n)
{
	switch (message->kind) {
	case VSSD_FREEZER_ADD:
		add_all(freezer, message, fds, n);
		break;
	case VSSD_FREEZER_FREEZE:
		hold_note(freezer, fds, n);
		freeze(freezer, message);
		break;
	case VSSD_FREEZER_THAW:
		thaw(freezer);
		break;
	case VSSD_FREEZER_CLEAR:
		clear(freezer);
		break;
	case VSSD_FREEZER_PHASE:
		break;
	}
}

static size_t take_fds(struct msghdr *header, int ret[static VSSD_FREEZER_BATCH])
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	size_t size;

	if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
		return 0;
	size = HVG_MIN(control->cmsg_len - CMSG_LEN(0), VSSD_FREEZER_BATCH * sizeof(int));
	memcpy(ret, CMSG_DATA(control), size);
	return size / sizeof(int);
}

/* True if there was a message, or the end. */
static bool listen_to_daemon(struct freezer *freezer)
{
	struct vssd_freezer_message message;
	struct iovec part = { &message, sizeof(message) };
	int fds[VSSD_FREEZER_BATCH];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} control;
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(VSSD_FREEZER_SOCKET, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n == sizeof(message)) {
		obey(freezer, &message, fds, take_fds(&header, fds));
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	freezer->is_orphan = true;
	if (freezer->crew)
		hvg_crew_thaw(freezer->crew, now_us());
	return true;
}

static void conduct(struct freezer *freezer)
{
	enum hvg_crew_phase phase;

	if (!freezer->crew)
		return;
	freezer->status = hvg_crew_step(freezer->crew, now_us());
	phase = freezer->status.phase;
	if (phase != freezer->told && phase >= HVG_CREW_FROZEN)
		tell(freezer, &freezer->status);
}

/* An orphan ends when nothing is frozen. */
static bool is_needed(struct freezer *freezer)
{
	if (!freezer->is_orphan)
		return true;
	if (!freezer->crew || (freezer->status.phase == HVG_CREW_OVER && freezer->status.thaw_code == 0))
		return false;
	if (freezer->status.phase == HVG_CREW_OVER && freezer->retry_us == HVG_NEVER)
		freezer->retry_us = now_us() + RETRY_US;
	if (now_us() >= freezer->retry_us) {
		freezer->retry_us = HVG_NEVER;
		hvg_crew_thaw(freezer->crew, now_us());
	}
	return true;
}

static int patience_ms(const struct freezer *freezer)
{
	uint64_t deadline_us = freezer->crew ? freezer->status.deadline_us : HVG_NEVER, now = now_us();

	deadline_us = HVG_MIN(deadline_us, freezer->retry_us);
	if (deadline_us == HVG_NEVER)
		return -1;
	return deadline_us <= now ? 0 : (int)HVG_MIN((deadline_us - now) / 1000 + 1, (uint64_t)60000);
}

static void run(struct freezer *freezer)
{
	struct pollfd fds[2] = { { .fd = VSSD_FREEZER_SOCKET, .events = POLLIN }, { .events = POLLIN } };

	while (is_needed(freezer)) {
		fds[0].fd = freezer->is_orphan ? -1 : VSSD_FREEZER_SOCKET;
		fds[1].fd = freezer->crew ? hvg_crew_fd(freezer->crew) : -1;
		(void)poll(fds, 2, patience_ms(freezer));
		while (!freezer->is_orphan && listen_to_daemon(freezer))
			;
		conduct(freezer);
	}
	if (freezer->crew)
		(void)unlink(freezer->note);
}

static void ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < HVG_ELEMENTS(signals); i++)
		(void)signal(signals[i], SIG_IGN);
}

int main(int argc, char *argv[])
{
	static struct freezer freezer = { .retry_us = HVG_NEVER, .note_fd = -EBADF };

	if (argc != 2)
		return 2;
	ignore_signals();
	freezer.note = argv[1];
	freezer.table = mmap(NULL, sizeof(*freezer.table), PROT_READ | PROT_WRITE, MAP_SHARED,
		VSSD_FREEZER_TABLE, 0);
	if (freezer.table == MAP_FAILED)
		return 1;
	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	run(&freezer);
	return 0;
}
