/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_TESTS_HOST_HOST_H
#define HVG_TESTS_HOST_HOST_H

/*
 * A virtual machine, seen from its two ends: host_… is what the host's administrator (or
 * Hyper-V itself) does, guest_… what the guest's does. A scenario is a conversation of these
 * calls.
 *
 * Text is UTF-8 here; the double converts it as Windows would. Statuses are what the host gets:
 * HV_S_OK, HV_S_CONT, HV_E_FAIL … of <linux/hyperv.h>, HOST_GONE, HOST_NO_ANSWER. What cannot
 * go wrong in a working test set-up ends the scenario when it does.
 */

#include "host/body.h"

struct machine;

/*
 * Fills in what a daemon needs: "ours", "debian" or "none". path: another program than the usual
 * one, or NULL. -EINVAL: there is no such daemon.
 */
int host_setup_daemon(struct host_setup *setup, const char *daemon, const char *path);

/* The same for the daemon of any service: "kvp", "vss" or "fcopy". */
int host_setup_service(
	struct host_setup *setup, const char *service, const char *daemon, const char *path);

/* Life. The setup must live as long as the machine. */
struct machine *machine_new(const struct host_setup *setup);
void machine_free(struct machine *machine);

/* Ends the scenario, with the machine's log. */
void machine_fail(struct machine *machine, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

const char *machine_daemon(const struct machine *machine); /* "ours", "debian" or "none" */
bool machine_has_kernel(const struct machine *machine);    /* of its own, which takes its time */

/* Time, in seconds and microseconds of the guest's kernel: 30 s of it may be 3 on the wall. */
uint64_t kernel_now_us(struct machine *machine);
unsigned int kernel_seconds_since(struct machine *machine, uint64_t begin_us);
void kernel_seconds_pass(struct machine *machine, unsigned int seconds);

/* Waits until the condition holds, as long as the setup's patience; tells whether it does. */
#define machine_eventually(machine, condition)                                                 \
	({                                                                                     \
		uint64_t deadline_us_ = machine_deadline_us(machine);                          \
		bool holds_;                                                                   \
		while (!(holds_ = (condition)) &&                                              \
			machine_wait_a_little((machine), deadline_us_))                        \
			;                                                                      \
		holds_;                                                                        \
	})
uint64_t machine_deadline_us(const struct machine *machine);
bool machine_wait_a_little(struct machine *machine, uint64_t deadline_us);

/* --- The host: Data Exchange --- */

#define KVP_CUT_KEY   (3 * HOST_KEY_CHARS + 1)
#define KVP_CUT_VALUE (3 * HOST_VALUE_CHARS + 1)

struct host_item {
	char key[KVP_CUT_KEY];
	char value[KVP_CUT_VALUE];
	uint32_t type, key_size, value_size; /* as the guest's kernel reported them, in bytes */
};

struct host_list {
	size_t n;
	struct host_item *items;
};

uint32_t host_kvp_set(
	struct machine *machine, uint8_t pool, const char *key, const char *value);
uint32_t host_kvp_get(
	struct machine *machine, uint8_t pool, const char *key, struct host_item *ret);
uint32_t host_kvp_delete(struct machine *machine, uint8_t pool, const char *key);

/* One index; and all, from 0 to the first status that is not success, which is returned. */
uint32_t host_kvp_at(
	struct machine *machine, uint8_t pool, uint32_t index, struct host_item *ret);
uint32_t host_kvp_list(struct machine *machine, uint8_t pool, struct host_list *ret);

/* The same as text, "KEY=VALUE\n" for each; it must end with HV_S_CONT. The caller frees. */
char *host_kvp_list_text(struct machine *machine, uint8_t pool);

const char *host_list_value(
	const struct host_list *list, const char *key); /* the first; or NULL */
void host_list_done(struct host_list *list);

/* A number, as the type says: REG_U32, REG_U64 (8), HOST_REG_QWORD (11). */
uint32_t host_kvp_set_number(
	struct machine *machine, uint8_t pool, const char *key, uint32_t type, uint64_t number);

/* Text under another type, such as HOST_REG_EXPAND_SZ. */
uint32_t host_kvp_set_typed(struct machine *machine, uint8_t pool, const char *key,
	uint32_t type, const char *value);

/* UTF-8 into a field of UTF-16 units, with a NUL; the size that the host would give it. */
uint32_t host_put_text(uint16_t *ret_units, size_t n_units, const char *text);
void host_take_text(const uint16_t *units, size_t n_units, char *ret, size_t ret_size);

/* Any message at all. begin and end are its two halves; end's patience is in kernel seconds. */
uint32_t host_exchange(struct machine *machine, const struct host_kvp_message *request,
	struct host_kvp_message *ret_reply);
uint64_t host_begin(struct machine *machine, const struct host_kvp_message *request);
uint32_t host_end(struct machine *machine, uint64_t id);
uint32_t host_end_within(struct machine *machine, uint64_t id, unsigned int seconds);
uint64_t host_begin_set(
	struct machine *machine, uint8_t pool, const char *key, const char *value);

/* The integration service in the VM's settings. Withdrawing does not wait for the guest. */
void host_offer(struct machine *machine);
void host_withdraw(struct machine *machine);

/* Waits until the host sees contact: a daemon has registered since the offer. */
void host_wait_for_contact(struct machine *machine);
bool host_has_contact(struct machine *machine);

/* --- The host: file copy --- */

/* Copy-VMFile: the file's own name, where to, and its bytes. */
struct host_file {
	const char *name, *destination;
	const void *bytes; /* NULL: as file-bytes.h makes them */
	uint64_t size;
	bool force, creates_path; /* -Force, -CreateFullPath */
};

/* The whole conversation: the first status that is not success, or success. */
uint32_t host_copy_file(struct machine *machine, const struct host_file *file);
uint32_t host_copy_text(
	struct machine *machine, const char *destination, const char *name, const char *text);

/* Step by step. write sends the piece at that offset, of 6144 bytes at most. */
uint32_t host_copy_start(struct machine *machine, const struct host_file *file);
uint32_t host_copy_write(
	struct machine *machine, const struct host_file *file, uint64_t offset, uint32_t size);
uint32_t host_copy_complete(struct machine *machine);
uint32_t host_copy_cancel(struct machine *machine);

/* Any message at all. begin and end are its two halves; end's patience is in kernel seconds. */
uint32_t host_fcopy_exchange(
	struct machine *machine, const struct host_fcopy_message *request);
uint64_t host_fcopy_begin(struct machine *machine, const struct host_fcopy_message *request);
uint32_t host_fcopy_end(struct machine *machine, uint64_t id);
uint32_t host_fcopy_end_within(struct machine *machine, uint64_t id, unsigned int seconds);

/* Guest services in the VM's settings, off at first. Withdrawing does not wait for the guest. */
void host_fcopy_offer(struct machine *machine);
void host_fcopy_withdraw(struct machine *machine);
/* The host asks for versions anew, as when a virtual machine was restored. */
void host_fcopy_renegotiate(struct machine *machine);

bool host_fcopy_is_served(struct machine *machine);
void host_fcopy_wait_until_served(struct machine *machine);

/* --- The host: Backup --- */

/* One request of a backup, and its answer: VSS_OP_HOT_BACKUP, VSS_OP_FREEZE, VSS_OP_THAW … */
uint32_t host_vss(struct machine *machine, uint8_t operation);
uint64_t host_begin_vss(struct machine *machine, uint8_t operation);
uint32_t host_end_vss(struct machine *machine, uint64_t id);
uint32_t host_end_vss_within(struct machine *machine, uint64_t id, unsigned int seconds);

/* A whole backup. snapshot is what the host does while the guest is frozen; or NULL. */
struct host_backup {
	uint32_t check, freeze, thaw; /* HOST_NO_ANSWER: it did not come to that */
};

struct host_backup host_backup(
	struct machine *machine, void (*snapshot)(struct machine *machine, void *userdata), void *userdata);

void host_offer_backup(struct machine *machine);
void host_withdraw_backup(struct machine *machine);

/* Waits until a daemon is registered. */
void host_wait_for_backup_service(struct machine *machine);

/* The guest is suspended and resumed, as its VSS driver sees it. */
void host_suspends(struct machine *machine);

/* --- The host: network adapters --- */

struct host_ip {
	char adapter[3 * HOST_ADAPTER_CHARS + 1]; /* a MAC to get, a {GUID} to inject */
	uint8_t family;                           /* ADDR_FAMILY_IPV4 | ADDR_FAMILY_IPV6 */
	uint8_t dhcp;
	char addresses[3 * HOST_IP_CHARS + 1]; /* lists, as they are on the wire */
	char subnets[3 * HOST_IP_CHARS + 1];
	char gateways[3 * HOST_GATEWAY_CHARS + 1];
	char dns[3 * HOST_IP_CHARS + 1];
};

uint32_t host_get_ip_info(struct machine *machine, const char *mac, struct host_ip *ret);
uint32_t host_inject_ip(struct machine *machine, const struct host_ip *ip);
uint64_t host_begin_get_ip_info(struct machine *machine, const char *mac);
uint32_t host_end_get_ip_info(struct machine *machine, uint64_t id, struct host_ip *ret);
uint64_t host_begin_inject_ip(struct machine *machine, const struct host_ip *ip);

/* --- The guest --- */

/* Its one adapter. */
#define GUEST_ADAPTER     "eth0"
#define GUEST_MAC         "00:15:5d:01:02:03"
#define GUEST_ADAPTER_GUID "b5e15ac5-0000-4000-8000-00155d010203"
#define GUEST_IPV4        "10.0.0.2"
#define GUEST_MASK        "255.255.255.0"
#define GUEST_IPV6        "fd00::2"
#define GUEST_LINK_LOCAL  "fe80::215:5dff:fe01:203"
#define GUEST_GATEWAY     "10.0.0.1"
#define GUEST_DNS         "10.0.0.3"

#define GUEST_DEVICE      "/dev/vmbus/hv_kvp"
#define GUEST_VSS_DEVICE  "/dev/vmbus/hv_vss"
#define GUEST_VSS_CONFIG  "/etc/hvguest/vss.conf"
#define GUEST_VSS_NOTE    "/run/hvguest/vss/frozen"

/* What vss.conf says in every scenario, before its own settings. */
#define GUEST_VSS_SETTINGS "[FileSystems]\nInclude=" GUEST_DISKS "/*\n"
#define GUEST_CONFIG      "/etc/hvguest/kvp.conf"
#define GUEST_FCOPY_DEVICE "/dev/vmbus/hv_fcopy"
#define GUEST_FCOPY_CONFIG "/etc/hvguest/fcopy.conf"
#define GUEST_POOL_FOLDER "/var/lib/hyperv"

/*
 * The daemon under test, one at a time. start waits for contact, stop for its end, which must be a good
 * one; it has two halves as well.
 */
void guest_start_daemon(struct machine *machine);
void guest_launch_daemon(struct machine *machine); /* start, without waiting */
void guest_launch_daemon_with(struct machine *machine, const char *const *prefix,
	const char *const *environment); /* prefix: a program that becomes ours; either may be NULL */
void guest_stop_daemon(struct machine *machine);
void guest_begin_stopping_daemon(struct machine *machine);
void guest_finish_stopping_daemon(struct machine *machine);
void guest_kill_daemon(struct machine *machine);
void guest_reload_daemon(struct machine *machine);
void guest_pause_daemon(struct machine *machine);
void guest_resume_daemon(struct machine *machine);
bool guest_daemon_runs(struct machine *machine);
int guest_wait_for_daemon(struct machine *machine); /* for its end; as guest_wait */
pid_t guest_daemon_pid(struct machine *machine);

/* Another instance of it. */
int guest_spawn_daemon(struct machine *machine);

const char *guest_daemon_path(struct machine *machine);

/* A shell command, 20 s at most: its exit status. run checks that this is 0. */
int guest_try(struct machine *machine, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void guest_run(struct machine *machine, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What the command printed; the caller frees. */
char *guest_ask(struct machine *machine, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A program that goes on running: a number for the calls below. */
int guest_spawn(struct machine *machine, const struct guest_command *command);
int guest_spawn_tool(
	struct machine *machine, const char *verb, ...); /* guest-tool; NULL-terminated */
void guest_signal(struct machine *machine, int process, int signal);
bool guest_runs(struct machine *machine, int process);
int guest_wait(struct machine *machine, int process); /* its exit status, or 128 + signal */
void guest_end(struct machine *machine, int process); /* by SIGKILL, if it runs */
char *guest_output(struct machine *machine, int process);

/* Whether the program has printed the text by now; and a wait until it has. */
bool guest_has_printed(struct machine *machine, int process, const char *text);
void guest_wait_for_output(struct machine *machine, int process, const char *text);

/* Files. read: NUL-terminated, the caller frees; NULL if there is none. */
char *guest_read_file(struct machine *machine, const char *path, size_t *ret_size);
void guest_write_file(
	struct machine *machine, const char *path, const void *bytes, size_t size);
void guest_append_file(
	struct machine *machine, const char *path, const void *bytes, size_t size);

/* Pools as other software sees them: files of records. */
#define POOL_KEY_BYTES    512
#define POOL_RECORD_BYTES 2560

const char *guest_pool_path(unsigned int pool);
void guest_append_record(
	struct machine *machine, unsigned int pool, const char *key, const char *value);
size_t guest_pool_size(
	struct machine *machine, unsigned int pool); /* in records; a tail is none */

/* Somebody locks the file, and holds it until guest_end: "flock" or "fcntl". */
int guest_lock_pool(struct machine *machine, unsigned int pool, const char *kind);

/*
 * Pools and journals move to a disk of their own, which may then stop answering (20 s at most, or
 * until guest_thaw_pools): whoever writes there waits and cannot be killed.
 */
void guest_move_pools_to_disk(struct machine *machine);
int guest_freeze_pools(struct machine *machine);
void guest_thaw_pools(struct machine *machine, int process);

/* The value of the last record of that key; the caller frees. NULL: there is none. */
char *guest_pool_value(struct machine *machine, unsigned int pool, const char *key);

/*
 * Disks that may be frozen: images in memory on loop devices, mounted at /mnt/NAME with mkfs (such as
 * "mkfs.ext4 -q"). The daemon for Backup is told to freeze nothing else, and refuses to.
 */
#define GUEST_DISKS "/mnt"
void guest_add_disk(struct machine *machine, const char *name, const char *mkfs, unsigned int mib);

/* An image that is in /tmp already, as /tmp/NAME.image. */
void guest_insert_disk(struct machine *machine, const char *name);

/* n small ones with ext4, at /mnt/disk1 and so on. */
void guest_add_disks(struct machine *machine, unsigned int n);

/* Whether somebody who creates a file there has to wait for the thaw. */
bool guest_is_frozen(struct machine *machine, const char *name);

/* Ends the scenario if any disk is (or does not become) thawed. */
void guest_expect_thawed(struct machine *machine);

/* The pid of the freezer of hv-vssd; 0 if there is none. */
pid_t guest_freezer_pid(struct machine *machine);

/* Its system bus, and who else is on it. */
#define GUEST_BUS_SERVICES "/run/dbus/services"
#define GUEST_NETD_SOCKET  "/run/hvguest/net"

void guest_start_bus(struct machine *machine);
void guest_stop_bus(struct machine *machine);
void guest_wait_for_bus_name(struct machine *machine, const char *name);

/*
 * Programs that stand in for others, to the number as guest_spawn's; each prints what it is asked.
 * hv-netd is on the bus or on its socket and answers each Apply with "ok", the name of an error, or
 * never ("silence"); hv-kvpd lists no pool, but answers with the error; polkit says "yes", "no", "challenge" or nothing ("silence"); logind is told by
 * guest_sleeps and guest_wakes that the machine does so.
 */
int guest_start_netd_on_bus(struct machine *machine, const char *answer);
int guest_start_netd_on_socket(struct machine *machine, const char *answer);
int guest_start_kvp(struct machine *machine, const char *error);
int guest_start_polkit(struct machine *machine, const char *answer);
int guest_start_logind(struct machine *machine);
int guest_start_application(struct machine *machine, const char *name, const char *way); /* at-once, again, later */
int guest_start_networkmanager(struct machine *machine, const char *answer);
int guest_start_resolved(struct machine *machine, const char *answer);
int guest_start_systemd(struct machine *machine); /* its transient units, and no more */
void guest_sleeps(struct machine *machine, int logind);
void guest_wakes(struct machine *machine, int logind);

/* hv-netd is not there, but the bus starts it for whoever calls it. */
void guest_install_netd(struct machine *machine, const char *answer);

/* Prints the signals of org.hvguest.Kvp1. as: a user of the guest's. */
int guest_listen(struct machine *machine);
int guest_listen_as(struct machine *machine, const char *user);

/* Everything that the guest's programs said so far; the caller frees. */
char *guest_log(struct machine *machine);
void guest_wait_for_log(struct machine *machine, const char *text);
bool guest_has_logged(struct machine *machine, const char *text);

#endif
