// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The process is one child, seen by its pidfd. Whatever ends it, rescue() follows if something may be
 * frozen: a job that thaws through our own descriptors, with a crew of ours, because a thaw may hang; and
 * once more when a process that was killed is dead, because a freeze of its may still succeed until then.
 */

#include "hv-vssd/freezer.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "common/clock.h"
#include "common/journal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* A freezer that dies at once is not started again at once. */
#define RESTART_US (1 * HVG_USEC_PER_SEC)

/* For the end of a killed process: it comes at once, unless a thread of it hangs in the kernel. */
#define DEATH_MS 2000

/* For all thaws of a rescue. One that hangs goes on in its thread, and the rescue is begun again. */
#define THAW_US (2 * HVG_USEC_PER_SEC)

#define END_US (500 * HVG_USEC_PER_MSEC)

struct rescue {
	struct hvg_job job;
	struct vssd_freezer *freezer;
	int pidfd; /* of the process that was killed; -EBADF: it is known to be dead */
	bool is_out;
};

struct vssd_freezer {
	struct vssd_freezer_config config;
	sd_event *event;
	sd_event_source *process_source, *socket_source, *timer, *overdue;
	struct hvg_worker *worker;
	struct hvg_freeze_table *table;
	int table_fd, socket, pidfd;
	pid_t pid;
	int fds[HVG_FREEZE_MAX];
	uint32_t n;
	bool is_busy;	      /* from freeze to clear */
	bool is_told;	      /* to thaw */
	bool awaits_thawing;  /* it was, and has not said a word */
	bool is_killed;	      /* by us */
	bool is_over;	      /* and nothing is frozen: whatever it says now is old */
	uint64_t turn, frozen_us;
	int code; /* for over, when it is the rescue that ends it */
	struct rescue rescue;
	struct hvg_crew *rescuers; /* from the first rescue until all is thawed; the rescue's while it is out */
};

static int start_process(struct vssd_freezer *freezer);

/* The rescue. In the worker's thread: the table and the descriptors are left alone meanwhile. */

static int make_rescuers(struct vssd_freezer *freezer)
{
	struct hvg_crew_config config = {
		.deeds = &hvg_crew_real_deeds,
		.table = freezer->table,
		.fds = freezer->fds,
	};

	return freezer->rescuers ? 0 : hvg_crew_new(&config, &freezer->rescuers);
}

static int thaw_all(struct vssd_freezer *freezer)
{
	hvg_crew_adopt(freezer->rescuers);
	return hvg_crew_finish(freezer->rescuers, THAW_US);
}

static bool dies(int pidfd, int patience_ms)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	return pidfd < 0 || poll(&fd, 1, patience_ms) == 1;
}

/*
 * What is frozen already is thawed even while the process lives on; but a freeze of its may still succeed
 * until it is dead, so that all is thawed once more then.
 */
static int run_rescue(struct hvg_job *job)
{
	struct rescue *rescue = (struct rescue *)job;
	struct vssd_freezer *freezer = rescue->freezer;
	bool is_dead;
	int r = make_rescuers(freezer);

	if (r < 0)
		return r;
	do {
		is_dead = dies(rescue->pidfd, 0);
		r = thaw_all(freezer);
	} while (r == 0 && !is_dead && dies(rescue->pidfd, DEATH_MS));
	return r == 0 && !is_dead ? -EBUSY : r;
}

/* Whoever asks for a thaw from now on is too late to have had the file systems frozen until then. */
static void note_thawing(struct vssd_freezer *freezer)
{
	if (freezer->is_told)
		return;
	freezer->is_told = true;
	freezer->config.thawing(freezer->config.userdata);
}

static void end(struct vssd_freezer *freezer, int code, int thaw_code)
{
	freezer->is_over = thaw_code == 0;
	freezer->config.over(freezer->config.userdata, code, thaw_code);
}

static void rescued(struct hvg_job *job, int result)
{
	struct rescue *rescue = (struct rescue *)job;
	struct vssd_freezer *freezer = rescue->freezer;

	rescue->is_out = false;
	if (result != -ECANCELED)
		end(freezer, freezer->code, result);
}

static void begin_rescue(struct vssd_freezer *freezer, int code)
{
	struct rescue *rescue = &freezer->rescue;
	int r;

	if (rescue->is_out)
		return;
	freezer->code = code;
	*rescue = (struct rescue){
		.job = { .run = run_rescue, .done = rescued },
		.freezer = freezer,
		.pidfd = freezer->pidfd,
		.is_out = true,
	};
	r = hvg_worker_submit(freezer->worker, &rescue->job);
	if (r < 0)
		rescued(&rescue->job, r);
}

/* The process. */

static void kill_process(struct vssd_freezer *freezer)
{
	if (freezer->pidfd < 0)
		return;
	freezer->is_killed = true;
	(void)pidfd_send_signal(freezer->pidfd, SIGKILL, NULL, 0);
}

static void forget_process(struct vssd_freezer *freezer)
{
	freezer->process_source = sd_event_source_disable_unref(freezer->process_source);
	freezer->socket_source = sd_event_source_disable_unref(freezer->socket_source);
	freezer->socket = hvg_close(freezer->socket);
	freezer->pidfd = hvg_close(freezer->pidfd);
	freezer->pid = 0;
	freezer->awaits_thawing = freezer->is_killed = false;
}

static void arm(struct vssd_freezer *freezer, uint64_t span_us)
{
	(void)sd_event_source_set_time_relative(freezer->timer, span_us);
	(void)sd_event_source_set_enabled(freezer->timer, SD_EVENT_ONESHOT);
}

/* The rescue has the pidfd as long as it runs; a dead process is told to it by -EBADF the next time. */
static int on_death(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct vssd_freezer *freezer = userdata;
	siginfo_t info = { 0 };

	(void)waitid(P_PIDFD, (id_t)freezer->pidfd, &info, WEXITED | WNOHANG);
	if (!freezer->is_killed)
		hvg_log(LOG_WARNING, NULL, "The freezer (process %d) has died; starting another one.", freezer->pid);
	if (freezer->rescue.is_out) {
		freezer->process_source = sd_event_source_disable_unref(freezer->process_source);
		arm(freezer, END_US); /* looked at again when the rescue is over */
		return 0;
	}
	forget_process(freezer);
	if (freezer->is_busy && !freezer->is_over) {
		freezer->code = -EPIPE;
		note_thawing(freezer);
		begin_rescue(freezer, -EPIPE);
	} else if (!freezer->is_busy) {
		arm(freezer, RESTART_US);
	}
	return 0;
}

static void on_phase(struct vssd_freezer *freezer, const struct vssd_freezer_message *message)
{
	if (message->turn != freezer->turn || !freezer->is_busy || freezer->is_over)
		return;
	freezer->awaits_thawing = false;
	if (message->phase >= HVG_CREW_THAWING)
		note_thawing(freezer);
	if (message->phase == HVG_CREW_FROZEN)
		freezer->config.frozen(freezer->config.userdata);
	else if (message->phase == HVG_CREW_OVER)
		end(freezer, message->code, message->thaw_code);
}

static int on_message(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct vssd_freezer *freezer = userdata;
	struct vssd_freezer_message message;
	ssize_t n = recv(fd, &message, sizeof(message), MSG_DONTWAIT);

	if (n == sizeof(message))
		on_phase(freezer, &message);
	else if (n == 0)
		freezer->socket_source = sd_event_source_disable_unref(freezer->socket_source); /* its death follows */
	return 0;
}

/* It does not do what it is there for. Dead or not: a thread that hangs keeps even its end from being seen. */
static void do_without_process(struct vssd_freezer *freezer, int code)
{
	hvg_log(LOG_ERR, NULL, "The freezer (process %d) does not answer; it is killed, and the file systems are thawed without it.",
		freezer->pid);
	freezer->awaits_thawing = false;
	kill_process(freezer);
	begin_rescue(freezer, code);
}

static void watch_over(struct vssd_freezer *freezer, uint64_t at_us)
{
	(void)sd_event_source_set_time(freezer->overdue, at_us);
	(void)sd_event_source_set_enabled(freezer->overdue, SD_EVENT_ONESHOT);
}

/* Some time after it was to thaw by itself. */
static uint64_t due_us(const struct vssd_freezer *freezer, uint64_t now_us)
{
	uint64_t first_us = freezer->table->first_freeze_us;

	return (first_us > 0 ? first_us : now_us) + freezer->frozen_us + freezer->config.answer_us;
}

/* The service notices, too, but only after a freeze has taken much longer than it may. */
static int on_overdue(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vssd_freezer *freezer = userdata;
	uint64_t now_us = hvg_clock_us(CLOCK_MONOTONIC), due = due_us(freezer, now_us);

	if (!freezer->is_busy || freezer->is_told)
		return 0;
	if (now_us < due) {
		watch_over(freezer, due);
		return 0;
	}
	note_thawing(freezer);
	do_without_process(freezer, -ETIMEDOUT);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vssd_freezer *freezer = userdata;

	if (freezer->pidfd >= 0 && !freezer->process_source && !freezer->rescue.is_out)
		forget_process(freezer); /* it died during a rescue */
	if (freezer->awaits_thawing) {
		do_without_process(freezer, -EPIPE);
	} else if (freezer->pidfd < 0 && !freezer->is_busy && start_process(freezer) < 0) {
		arm(freezer, RESTART_US);
	} else if (freezer->pidfd >= 0 && !freezer->process_source) {
		arm(freezer, END_US);
	}
	return 0;
}

static int spawn(struct vssd_freezer *freezer, int socket)
{
	char name[] = "hv-vss-freezer", *argv[] = { name, (char *)(uintptr_t)freezer->config.note, NULL };
	char *environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	/* The socket first: it may be number 4, and the table number 3. */
	r = posix_spawn_file_actions_adddup2(&actions, socket, 1000);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, freezer->table_fd, VSSD_FREEZER_TABLE);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, 1000, VSSD_FREEZER_SOCKET);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(&actions, VSSD_FREEZER_TABLE + 1);
	if (r == 0)
		r = posix_spawn(&freezer->pid, freezer->config.path, &actions, &attributes, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	return -r;
}

static int watch_process(struct vssd_freezer *freezer)
{
	int r;

	freezer->pidfd = pidfd_open(freezer->pid, 0);
	if (freezer->pidfd < 0)
		return -errno;
	r = sd_event_add_io(freezer->event, &freezer->process_source, freezer->pidfd, EPOLLIN, on_death, freezer);
	if (r >= 0) /* its last words before its death, and its death before the device */
		r = sd_event_source_set_priority(freezer->process_source, SD_EVENT_PRIORITY_IMPORTANT + 1);
	if (r >= 0)
		r = sd_event_add_io(freezer->event, &freezer->socket_source, freezer->socket, EPOLLIN, on_message,
			freezer);
	/* Before the device: a THAW that came after the freezer's own must not be taken for the first. */
	return r < 0 ? r : sd_event_source_set_priority(freezer->socket_source, SD_EVENT_PRIORITY_IMPORTANT);
}

static int start_process(struct vssd_freezer *freezer)
{
	int sockets[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	memset(freezer->table, 0, sizeof(*freezer->table));
	r = spawn(freezer, sockets[1]);
	(void)hvg_close(sockets[1]);
	freezer->socket = sockets[0];
	if (r >= 0)
		r = watch_process(freezer);
	if (r < 0) {
		hvg_log(LOG_ERR, NULL, "The freezer %s cannot be started: %s; the host's backups fail until it can.",
			freezer->config.path, strerror(-r));
		forget_process(freezer);
	}
	return r;
}

/* What it is told. */

/* Never waits: a freezer that is stopped fails, as one that is dead. */
static int say(struct vssd_freezer *freezer, const struct vssd_freezer_message *message, const int *fds)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)message, .iov_len = sizeof(*message) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(VSSD_FREEZER_BATCH * sizeof(int))];
	} control = { 0 };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fds) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(message->n * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(message->n * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, message->n * sizeof(int));
	}
	return sendmsg(freezer->socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static void close_fds(struct vssd_freezer *freezer)
{
	while (freezer->n > 0)
		(void)hvg_close(freezer->fds[--freezer->n]);
}

static void take_fds(struct vssd_freezer *freezer, const struct vssd_freezer_job *job)
{
	memcpy(freezer->fds, job->fds, job->n * sizeof(*job->fds));
	freezer->n = job->n;
}

static int hand_fds_over(struct vssd_freezer *freezer, const struct vssd_freezer_job *job)
{
	struct vssd_freezer_message message = { .kind = VSSD_FREEZER_ADD };
	int r = 0;

	for (uint32_t at = 0; r >= 0 && at < job->n; at += message.n) {
		message.n = HVG_MIN(job->n - at, (uint32_t)VSSD_FREEZER_BATCH);
		memcpy(message.levels, job->levels + at, message.n * sizeof(*message.levels));
		r = say(freezer, &message, job->fds + at);
	}
	return r;
}

static int hand_over(struct vssd_freezer *freezer, const struct vssd_freezer_job *job)
{
	struct vssd_freezer_message message = {
		.kind = VSSD_FREEZER_FREEZE,
		.n = 1,
		.sync_us = job->sync_us,
		.frozen_us = job->frozen_us,
		.fails_if_busy = job->fails_if_busy,
		.fails_if_unsupported = job->fails_if_unsupported,
		.turn = ++freezer->turn,
	};
	int r = hand_fds_over(freezer, job);

	return r < 0 ? r : say(freezer, &message, &job->note_fd);
}

int vssd_freezer_freeze(struct vssd_freezer *freezer, const struct vssd_freezer_job *job)
{
	int r = freezer->is_busy || job->n > HVG_FREEZE_MAX ? -EBUSY : 0;

	if (r < 0) {
		for (uint32_t i = 0; i < job->n; i++)
			(void)hvg_close(job->fds[i]);
		(void)hvg_close(job->note_fd);
		return r;
	}
	take_fds(freezer, job);
	freezer->is_over = freezer->is_told = false;
	r = freezer->pidfd < 0 || freezer->is_killed ? -EPIPE : hand_over(freezer, job);
	(void)hvg_close(job->note_fd);
	if (r < 0) {
		close_fds(freezer);
		kill_process(freezer); /* it may have a part of them; the next one has not */
	}
	freezer->is_busy = r >= 0;
	freezer->frozen_us = job->frozen_us;
	if (r >= 0)
		watch_over(freezer, due_us(freezer, hvg_clock_us(CLOCK_MONOTONIC)));
	return r;
}

void vssd_freezer_thaw(struct vssd_freezer *freezer)
{
	static const struct vssd_freezer_message message = { .kind = VSSD_FREEZER_THAW };

	freezer->is_told = true;
	if (!freezer->is_busy || freezer->rescue.is_out)
		return;
	if (freezer->pidfd < 0 || freezer->is_killed) {
		begin_rescue(freezer, freezer->code);
		return;
	}
	if (freezer->awaits_thawing)
		return;
	freezer->awaits_thawing = true;
	(void)say(freezer, &message, NULL); /* a failure is a death, or ends with the timer */
	arm(freezer, freezer->config.answer_us);
}

void vssd_freezer_clear(struct vssd_freezer *freezer)
{
	static const struct vssd_freezer_message message = { .kind = VSSD_FREEZER_CLEAR };

	if (!freezer->is_busy)
		return;
	(void)hvg_crew_free(freezer->rescuers);
	freezer->rescuers = NULL;
	close_fds(freezer);
	freezer->is_busy = false;
	if (freezer->pidfd >= 0 && !freezer->is_killed)
		(void)say(freezer, &message, NULL);
	else
		arm(freezer, 0);
}

const struct hvg_freeze_table *vssd_freezer_table(const struct vssd_freezer *freezer)
{
	return freezer->table;
}

/* Life. */

static int make_table(struct vssd_freezer *freezer)
{
	void *table;

	freezer->table_fd = memfd_create("freeze-table", MFD_CLOEXEC);
	if (freezer->table_fd < 0 || ftruncate(freezer->table_fd, sizeof(*freezer->table)) < 0)
		return -errno;
	table = mmap(NULL, sizeof(*freezer->table), PROT_READ | PROT_WRITE, MAP_SHARED, freezer->table_fd, 0);
	if (table == MAP_FAILED)
		return -errno;
	freezer->table = table;
	return 0;
}

int vssd_freezer_new(sd_event *event, const struct vssd_freezer_config *config, struct vssd_freezer **ret)
{
	struct hvg_worker_config worker = { .name = "rescuer" };
	struct vssd_freezer *freezer = calloc(1, sizeof(*freezer));
	int r;

	if (!freezer)
		return -ENOMEM;
	freezer->config = *config;
	freezer->table_fd = freezer->socket = freezer->pidfd = -EBADF;
	freezer->event = sd_event_ref(event);
	r = make_table(freezer);
	if (r >= 0)
		r = hvg_worker_new(event, &worker, &freezer->worker);
	if (r >= 0)
		r = sd_event_add_time(event, &freezer->timer, CLOCK_MONOTONIC, 0, 0, on_time, freezer);
	if (r >= 0)
		r = sd_event_add_time(event, &freezer->overdue, CLOCK_MONOTONIC, HVG_NEVER, 0, on_overdue, freezer);
	if (r >= 0)
		r = sd_event_source_set_enabled(freezer->overdue, SD_EVENT_OFF);
	if (r < 0) {
		(void)vssd_freezer_free(freezer);
		return r;
	}
	if (start_process(freezer) < 0)
		arm(freezer, RESTART_US);
	else
		(void)sd_event_source_set_enabled(freezer->timer, SD_EVENT_OFF);
	*ret = freezer;
	return 0;
}

/* The end of the socket is what it ends by; it is not waited for. */
struct vssd_freezer *vssd_freezer_free(struct vssd_freezer *freezer)
{
	if (!freezer)
		return NULL;
	forget_process(freezer);
	(void)sd_event_source_disable_unref(freezer->timer);
	(void)sd_event_source_disable_unref(freezer->overdue);
	if (freezer->worker && hvg_worker_free(freezer->worker, END_US) < 0)
		return NULL; /* the thread has all of this for ever */
	if (hvg_crew_free(freezer->rescuers) < 0)
		return NULL; /* and so have these */
	close_fds(freezer);
	if (freezer->table)
		(void)munmap(freezer->table, sizeof(*freezer->table));
	(void)hvg_close(freezer->table_fd);
	(void)sd_event_unref(freezer->event);
	free(freezer);
	return NULL;
}
