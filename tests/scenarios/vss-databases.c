// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Real databases with the hooks that we give as examples: whatever was committed before the freeze is in
 * every snapshot, and a server that is started from it comes up. HVG_FULL takes a hundred backups. The
 * servers are unpacked, not installed: what their packages' scripts do is done here.
 */

#include "scenario.h"

#include <stdio.h>

#define BACKUPS (getenv("HVG_FULL") ? 100 : 3)

/* Whatever their version. */
#define PG_BIN "$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)"

/* As a package's script adds its server's user. */
static void add_user(struct machine *m, const char *name, unsigned int id)
{
	guest_run(m, "grep -q ^%s: /etc/passwd || { echo %s:x:%u:%u::/nonexistent:/bin/sh >>/etc/passwd; echo %s:x:%u: >>/etc/group; }",
		name, name, id, id, name, id);
}

/* Links to what this machine itself does not have. */
static void bring_servers(struct machine *m)
{
	guest_run(m, "cp -asn %s/usr/. /usr/", getenv("HVG_DATABASES"));
}

/* A database on a busy machine is not what is tried here. */
static const char patient_hooks[] = "[Hooks]\nHookTimeoutSec=120\nHookBudgetSec=120\n";

static void start(struct machine *m, const char *disk, const char *hook)
{
	guest_append_file(m, GUEST_VSS_CONFIG, patient_hooks, sizeof(patient_hooks) - 1);
	bring_servers(m);
	guest_add_disk(m, disk, "mkfs.ext4 -q", 256);
	guest_run(m, "install -d /etc/hvguest/vss.d && install -m 0755 " HVG_HOOKS "/%s /etc/hvguest/vss.d/", hook);
	guest_start_bus(m);
	(void)guest_start_systemd(m);
	guest_start_daemon(m);
	guest_wait_for_bus_name(m, "org.hvguest.Vss1");
}

/* Writes down each number that was committed, behind the server's back: in memory. */
static void start_writer(struct machine *m, const char *insert)
{
	guest_run(m, "touch /tmp/go; (i=0; while [ -e /tmp/go ]; do i=$((i+1)); %s && echo $i >/tmp/new && mv /tmp/new /tmp/acked;"
		     " done) >/tmp/writer.log 2>&1 &",
		insert);
}

static void copy_image(struct machine *m, void *disk)
{
	guest_run(m, "cp --sparse=always /tmp/%s.image /tmp/copy.image", (const char *)disk);
}

/* The copy is a disk of the guest's, too: at /mnt/copy, with the last number before the freeze in /tmp/before. */
static void take_backup(struct machine *m, const char *disk)
{
	struct host_backup backup;

	guest_run(m, "cp /tmp/acked /tmp/before");
	backup = host_backup(m, copy_image, (void *)(uintptr_t)disk);
	expect_status(backup.freeze, HV_S_OK);
	expect_status(backup.thaw, HV_S_OK);
	guest_insert_disk(m, "copy");
}

/* A server that says that it has stopped may have processes that are just ending. */
static void drop_copy(struct machine *m)
{
	guest_run(m, "for try in $(seq 100); do umount " GUEST_DISKS "/copy 2>/dev/null && break; sleep 0.1; done;"
		     " ! mountpoint -q " GUEST_DISKS "/copy && rm /tmp/copy.image");
}

static void start_postgresql(struct machine *m, const char *folder, unsigned int port)
{
	guest_run(m,
		"runuser -u postgres -- " PG_BIN "/pg_ctl -w -s -t 150 -D %s/data -l /tmp/pg%u.log -o '-p %u -k /run/postgresql -h \"\"'"
		" start </dev/null >/dev/null 2>&1 || { cat /tmp/pg%u.log; exit 1; }",
		folder, port, port, port);
}

static void recovers_postgresql_from_each_snapshot(struct machine *m)
{
	start(m, "pg", "postgresql");
	add_user(m, "postgres", 901);
	guest_run(m, "ln -sf " PG_BIN "/psql /usr/bin/psql");
	guest_run(m, "install -d -o postgres /run/postgresql " GUEST_DISKS "/pg/data && chmod 0700 " GUEST_DISKS "/pg/data &&"
		     " runuser -u postgres -- " PG_BIN "/initdb -D " GUEST_DISKS "/pg/data -A trust >/dev/null");
	start_postgresql(m, GUEST_DISKS "/pg", 5432);
	guest_run(m, "psql -qXAt -h /run/postgresql -U postgres -c 'create table t (id int primary key)'");
	start_writer(m, "psql -qXAt -h /run/postgresql -U postgres -c \"insert into t values ($i)\"");
	expect(machine_eventually(m, guest_try(m, "[ -s /tmp/acked ]") == 0));
	for (int i = 0; i < BACKUPS; i++) {
		take_backup(m, "pg");
		guest_run(m, "rm -f " GUEST_DISKS "/copy/data/postmaster.pid");
		start_postgresql(m, GUEST_DISKS "/copy", 5433);
		guest_run(m, "max=$(psql -qXAt -h /run/postgresql -p 5433 -U postgres -c 'select max(id) from t');"
			     " n=$(psql -qXAt -h /run/postgresql -p 5433 -U postgres -c 'select count(*) from t');"
			     " echo $max of $(cat /tmp/before); [ $max -ge $(cat /tmp/before) ] && [ $n = $max ]");
		guest_run(m, "runuser -u postgres -- " PG_BIN "/pg_ctl -w -s -m fast -D " GUEST_DISKS "/copy/data stop");
		drop_copy(m);
	}
	guest_run(m, "rm /tmp/go; runuser -u postgres -- " PG_BIN "/pg_ctl -w -s -m fast -D " GUEST_DISKS "/pg/data stop");
}

static void start_mariadb(struct machine *m, const char *folder, const char *name)
{
	guest_run(m,
		"(exec setsid mariadbd --no-defaults --user=mysql --datadir=%s/data --socket=/run/mysqld/%s.sock"
		" --pid-file=/run/mysqld/%s.pid --skip-networking --innodb-buffer-pool-size=8M --innodb-log-file-size=8M"
		" --innodb-flush-log-at-trx-commit=1 --myisam-recover-options=OFF </dev/null >/tmp/%s.log 2>&1) &"
		" for i in $(seq 1500); do mysqladmin -S /run/mysqld/%s.sock ping >/dev/null 2>&1 && exit 0; sleep 0.1; done;"
		" cat /tmp/%s.log; exit 1",
		folder, name, name, name, name, name);
}

/* A table with a log of its own, and one without: that one is whole only because it was locked. */
static void recovers_mariadb_from_each_snapshot(struct machine *m)
{
	start(m, "my", "mariadb.session");
	add_user(m, "mysql", 902);
	guest_run(m, "install -d -o mysql /run/mysqld " GUEST_DISKS "/my/data && mariadb-install-db --no-defaults --user=mysql"
		     " --innodb-log-file-size=8M --datadir=" GUEST_DISKS "/my/data >/tmp/install.log 2>&1 || { cat /tmp/install.log; exit 1; }");
	start_mariadb(m, GUEST_DISKS "/my", "mysqld");
	guest_run(m, "mysql -e 'create database d; create table d.i (id int primary key) engine=InnoDB;"
		     " create table d.m (id int primary key) engine=MyISAM'");
	start_writer(m, "mysql -e \"insert into d.i values ($i); insert into d.m values ($i)\"");
	expect(machine_eventually(m, guest_try(m, "[ -s /tmp/acked ]") == 0));
	for (int i = 0; i < BACKUPS; i++) {
		take_backup(m, "my");
		start_mariadb(m, GUEST_DISKS "/copy", "copy");
		guest_run(m, "for t in i m; do max=$(mysql -S /run/mysqld/copy.sock -BNe \"select max(id) from d.$t\");"
			     " echo $t: $max of $(cat /tmp/before); [ $max -ge $(cat /tmp/before) ] || exit 1; done;"
			     " mysql -S /run/mysqld/copy.sock -BNe 'check table d.m extended' >/tmp/check; cat /tmp/check;"
			     " ! grep -qi 'error\\|warning\\|closed' /tmp/check");
		guest_run(m, "mysqladmin -S /run/mysqld/copy.sock shutdown");
		drop_copy(m);
	}
	guest_run(m, "rm /tmp/go; mysqladmin shutdown");
}

/* In the foreground of a session of its own; the settings decide what is on its disk. */
static void start_redis(struct machine *m, const char *folder, unsigned int port, const char *settings)
{
	guest_run(m,
		"(exec setsid redis-server --port %u --dir %s --save '' %s </dev/null >/tmp/redis%u.log 2>&1) &"
		" for i in $(seq 1500); do [ \"$(redis-cli -p %u ping 2>/dev/null)\" = PONG ] && exit 0; sleep 0.1; done;"
		" cat /tmp/redis%u.log; exit 1",
		port, folder, settings, port, port, port);
}

static void recover_redis(struct machine *m, const char *settings)
{
	start(m, "redis", "redis");
	start_redis(m, GUEST_DISKS "/redis", 6379, settings);
	start_writer(m, "[ \"$(redis-cli set last $i)\" = OK ] && redis-cli sadd all $i >/dev/null");
	expect(machine_eventually(m, guest_try(m, "[ -s /tmp/acked ]") == 0));
	for (int i = 0; i < BACKUPS; i++) {
		take_backup(m, "redis");
		start_redis(m, GUEST_DISKS "/copy", 6380, settings);
		guest_run(m, "last=$(redis-cli -p 6380 get last); n=$(redis-cli -p 6380 scard all); echo $last, $n of $(cat /tmp/before);"
			     " [ $last -ge $(cat /tmp/before) ] && [ $n -ge $((last - 1)) ]");
		guest_run(m, "redis-cli -p 6380 shutdown nosave");
		drop_copy(m);
	}
	guest_run(m, "rm /tmp/go; redis-cli shutdown nosave");
}

/* Nothing is on its disk but what the hook saves. */
static void recovers_redis_from_each_snapshot(struct machine *m)
{
	recover_redis(m, "--appendonly no");
}

static void recovers_redis_with_a_log_from_each_snapshot(struct machine *m)
{
	recover_redis(m, "--appendonly yes");
}

#define VSS_ROW(function, ...) ROW(function, .daemon = SCENARIO_VSS_OURS, .needs_databases = true, ##__VA_ARGS__)

static const struct scenario rows[] = {
	VSS_ROW(recovers_postgresql_from_each_snapshot, .time_limit_s = 1200),
	VSS_ROW(recovers_mariadb_from_each_snapshot, .time_limit_s = 1200),
	VSS_ROW(recovers_redis_from_each_snapshot, .time_limit_s = 1200),
	VSS_ROW(recovers_redis_with_a_log_from_each_snapshot, .time_limit_s = 1200),
};

SCENARIO_SET(scenarios_vss_databases, rows);
