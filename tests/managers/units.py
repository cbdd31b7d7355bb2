#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our units are no obstacle to what they confine: units.py BUILD-DIR [DEBIAN], in this machine's Debian or another. Each
# daemon does its work in the sandbox that its unit makes, in a guest that systemd boots, and whatever system call the
# unit refuses kills it there, so that nothing is refused unnoticed. What a container has not is shown by
# ./dev e2e --root: devices (DeviceAllow=), a clock.

import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../meta")
from container import Failed
from guest import Guest, OPTIONS
from injection import Injection
from stacks import IFUPDOWN, NETWORKD, NETWORKMANAGER, Stack
from suite import IPV4, eventually, expect
from tap import Tap

DEVICE_DAEMONS = ["hv-kvpd", "hv-vssd", "hv-fcopyd"]
DAEMONS = DEVICE_DAEMONS + ["hv-netd", "hv-timed"]
WATCHED = DEVICE_DAEMONS + ["hv-timed"]
# The only thing that may be frozen: nspawn binds files of this machine's own disk into the guest.
DISK = "/srv/disk"
STRICT = "[Service]\nSystemCallErrorNumber=kill\n"
# There is no clock here, and no right to set it.
WITHOUT_CLOCK = ("[Unit]\nConditionCapability=\nConditionPathExists=\n"
                 "[Service]\nAmbientCapabilities=\nCapabilityBoundingSet=\n")
STACK = Stack("networkd", {
    "/etc/systemd/network/10-eth0.network": "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.5/24\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/resolv.conf": "nameserver 192.0.2.1\nsearch example.org\n",
    "/etc/hvguest/vss.conf": f"[FileSystems]\nInclude={DISK}\n",
    "/etc/hvguest/fcopy.conf": "[Files]\nOwner=daemon\n",
    "/etc/systemd/system/hv-timed.service.d/clock.conf": WITHOUT_CLOCK,
    **{f"/etc/systemd/system/{daemon}.service.d/strict.conf": STRICT for daemon in DAEMONS},
}, "/etc/systemd/network", "", wanted=[NETWORKD], masked=[NETWORKMANAGER, IFUPDOWN])


def put(path, text):
    with open(path, "w") as file:
        file.write(text)


def is_removed(group):
    try:
        os.rmdir(group)
        return True
    except OSError as failure:
        return failure


class Confined(Guest):
    """Its units are as they are installed, but hv-netd's, which looks for adapters in a /sys of ours."""
    options = {unit: command for unit, command in OPTIONS.items() if "netd" in unit}
    groups = []

    def _lay_out(self, stack):
        super()._lay_out(stack)
        with open(self.folder + ".disk", "wb") as disk:
            disk.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", self.folder + ".disk"], check=True)

    def _nspawn_options(self):
        return [f"--bind={self.folder}/disk:{DISK}", "--capability=CAP_IPC_LOCK"]

    def _meet_host(self):
        self.names = subprocess.Popen(["nsenter", "--target", str(self.nspawn), "--net", "python3", f"{HERE}/names.py",
                                       "192.0.2.1", "guest.example.org", "192.0.2.5"], stdin=subprocess.DEVNULL)

    def tell(self, action, node):
        """What udevd would say of a node of hv_utils."""
        subprocess.run(["nsenter", "--target", str(self.leader), "--net", "python3", f"{HERE}/udevd.py", action, "misc",
                        f"vmbus!{node}", f"vmbus/{node}"], check=True, stdin=subprocess.DEVNULL)

    def unit(self, name, key):
        return self.run(f"systemctl show {name} --property={key} --value").strip()

    def process_of(self, daemon):
        """As this machine numbers it."""
        inside, space = self.unit(daemon, "MainPID"), os.readlink(f"/proc/{self.leader}/ns/pid")
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if (os.readlink(f"/proc/{pid}/ns/pid") == space
                        and re.search(rf"^NSpid:.*\t{inside}$", open(f"/proc/{pid}/status").read(), re.M)):
                    return pid
            except OSError:
                pass
        raise Failed(f"{daemon} has no process")

    def use_up_memory_of(self, daemon):
        """As if it had all that MemoryMax= gives it: the next page is one too many. systemd has no hand in that in a
        container, but the kernel's limits are there."""
        pid = self.process_of(daemon)
        groups = dict(line.split(":", 2)[1:] for line in open(f"/proc/{pid}/cgroup").read().splitlines())
        if "memory" in groups:
            group = f"/sys/fs/cgroup/memory{groups['memory']}/hvguest-test-{pid}"
            os.mkdir(group)
            self.groups.append(group)
            put(f"{group}/memory.limit_in_bytes", "4096")
            put(f"{group}/cgroup.procs", pid)
        else:
            put(f"/sys/fs/cgroup{groups['']}/memory.max", "4096")

    def end(self):
        self.try_run(f"fsfreeze --unfreeze {DISK}")
        if getattr(self, "names", None):
            self.names.kill()
            self.names.wait(20)
        super().end()
        for group in self.groups:
            eventually(lambda: is_removed(group), f"{group} goes")


def has_nothing_to_do_without_hyper_v(guest):
    """Whoever starts them: a package, a person."""
    units = "hv-kvpd hv-vssd hv-fcopyd hv-netd hv-netd.socket"
    guest.run(f"systemctl start {units}")
    expect(guest.run(f"systemctl is-active {units} || :").split(), ["inactive"] * 5, "what runs")
    expect(guest.run("systemctl list-units --failed --no-legend"), "", "what has failed")


EARLY = ["/home", "/srv/early"]


def starts_with_its_devices(guest):
    guest.run("mkdir /run/udev /srv/early && touch /run/udev/control")
    for folder in EARLY:
        guest.run(f"mount -t tmpfs early {folder}")
    guest.host.offer(int(guest.run("id -u hvguest")))
    guest.host.say("vss-offer")
    guest.host.say("fcopy-offer")
    guest.run("systemctl start hv-netd.socket hv-kvpd hv-vssd hv-fcopyd hv-timed")
    guest.host.wait_for_contact()
    guest.host.say("vss-contact")
    guest.host.say("fcopy-contact")


def exchanges_keys(guest):
    guest.host.say("put", 0, "role", "web")
    expect(guest.run("hvctl kvp get external role"), "web\n", "what the host wrote")
    guest.run("hvctl kvp set guest status ready")
    expect(guest.host.ask("value", 1, "status"), "ready", "what the guest wrote")


def is_told_names_and_addresses(guest):
    """The full name is a name server's answer."""
    def name():
        found = guest.host.ask("value", 2, "FullyQualifiedDomainName")
        return True if found == "guest.example.org" else found

    eventually(name, "the full name", 60)
    addresses = guest.host.ask("value", 2, "NetworkAddressIPv4")
    expect("192.0.2.5" in addresses.split(";"), True, f"an address of {addresses}")


def injects_an_address(guest):
    expect(guest.inject(IPV4), 0, "the status")
    eventually(lambda: guest.addresses("eth0") == ["192.0.2.7/24"] or guest.addresses("eth0"), "the addresses")


FOLDERS = ["/root", "/tmp", "/var/tmp", "/home/new/folder", "/etc/new", "/usr/local/share", "/boot", "/opt", "/run/new",
           "/srv/early", "/srv/late"]


def copies_files_to_where_they_are_seen(guest):
    """Also below a mount that is younger than the daemon, and each with the owner that is wanted."""
    guest.run("mkdir /srv/late && mount -t tmpfs late /srv/late")
    for folder in FOLDERS:
        guest.host.say("copy", folder + "/", "new", 20000)
        expect(guest.run(f"stat -c '%s %U' {folder}/new"), "20000 daemon\n", f"what is seen of the file in {folder}")


# The kernel tells what a process waits for; how long says nothing on a busy machine.
PROBE = f"""touch {DISK}/probe >/dev/null 2>&1 & probe=$!
for try in $(seq 1500); do
    case $(cat /proc/$probe/wchan 2>/dev/null) in *percpu*) echo frozen; exit;; esac
    case $(cat /proc/$probe/stat 2>/dev/null) in ''|*') Z '*) echo thawed; exit;; esac
    sleep 0.02
done"""


def freezes_and_thaws(guest):
    guest.host.say("vss", "hot-backup")
    guest.host.say("vss", "freeze")
    meanwhile = guest.run(PROBE)
    guest.host.say("vss", "thaw")
    expect((meanwhile, guest.run(PROBE)), ("frozen\n", "thawed\n"), "the disk")


def keeps_nothing_mounted(guest):
    """What is unmounted is unmounted for the daemons too: mounts of before their start, and a later one."""
    for folder in EARLY + ["/srv/late", DISK]:
        guest.run(f"umount {folder}")
    mounted = guest.run(f"grep ' - tmpfs early \\| - tmpfs late \\| {DISK} ' /proc/[0-9]*/mountinfo || :")
    expect(mounted, "", "what is mounted still")


def serves_devices_that_return(guest):
    """Withdrawn, and offered again, without a restart."""
    before = [guest.unit(daemon, "MainPID") for daemon in DEVICE_DAEMONS]
    guest.host.say("withdraw")
    guest.host.say("vss-withdraw")
    guest.host.say("fcopy-withdraw")
    time.sleep(1)
    guest.host.offer(int(guest.run("id -u hvguest")))
    guest.host.say("vss-offer")
    guest.host.say("fcopy-offer")
    for node in "hv_kvp", "hv_vss", "hv_fcopy":
        guest.tell("add", node)
    guest.host.wait_for_contact()
    guest.host.say("vss-contact")
    guest.host.say("fcopy-contact")
    guest.host.say("copy", "/root/", "again", 10)
    expect([guest.unit(daemon, "MainPID") for daemon in DEVICE_DAEMONS], before, "the processes")


def answers_on_the_bus(guest):
    for name in "Kvp1", "Network1", "Vss1", "FileCopy1", "Time1":
        guest.run(f"busctl --timeout=20 introspect org.hvguest.{name} /org/hvguest/{name}")
    guest.run("hvctl time status || [ $? = 1 ]")


def reloads(guest):
    guest.run("systemctl reload hv-kvpd hv-vssd hv-fcopyd hv-timed")


def has_room_in_memory(guest):
    """Of MemoryMax= no more than a quarter was ever resident, file mappings and all."""
    for daemon in DAEMONS:
        pid, limit = guest.unit(daemon, "MainPID"), guest.unit(daemon, "MemoryMax")
        resident = re.search(r"VmHWM:\s*(\d+) kB", guest.read(f"/proc/{pid}/status"))
        if not resident and daemon == "hv-netd":  # which goes when there is nothing to do
            continue
        peak = 1024 * int(resident.group(1))
        print(f"{daemon}: {peak / (1 << 20):.1f} MiB of {limit}")
        expect(limit != "infinity" and 4 * peak <= int(limit), True, f"whether {peak} is little of {daemon}'s {limit}")


def fills_no_journal(guest):
    """The host asks for what is nonsense, again and again: of each kind of message there are ten in 30 s."""
    before = guest.run("journalctl -b -q -u 'hv-*' | wc -l")
    for _ in range(300):
        if guest.inject(Injection(["192.0.2.7"], ["255.0.255.0"])) == 0:
            raise Failed("that was applied")
    said = int(guest.run("journalctl -b -q -u 'hv-*' | wc -l")) - int(before)
    print(f"{said} lines for 300 requests")
    expect(0 < said <= 120, True, f"whether {said} lines are few")


def was_refused_nothing(guest):
    for daemon in DAEMONS:
        found = {key: guest.unit(daemon, key) for key in ("NRestarts", "Result")}
        expect(found, {"NRestarts": "0", "Result": "success"}, daemon)
    guest.run("systemctl stop hv-kvpd hv-vssd hv-fcopyd hv-timed hv-netd")
    expect(guest.run("systemctl list-units --failed --no-legend 'hv-*'"), "", "what has failed")
    expect(guest.run("journalctl -b -q -o cat -p err --no-pager -u 'hv-*'"), "", "what went wrong")


def lose_memory(guest, daemon):
    """Out of memory it is killed, or by its watchdog if the kernel may not kill it; and it returns."""
    guest.run(f"systemctl start {daemon}")
    guest.use_up_memory_of(daemon)

    def has_returned():
        guest.try_run("timeout 5 hvctl kvp list; timeout 5 hvctl vss status; timeout 5 hvctl fcopy status")
        found = {key: guest.unit(daemon, key) for key in ("NRestarts", "ActiveState")}
        return found == {"NRestarts": "1", "ActiveState": "active"} or found

    begin = time.monotonic()
    eventually(has_returned, f"what {daemon} does without memory", 300)
    how = guest.run(f"journalctl -b -q -o cat -u {daemon} -g 'Main process exited' | tail -n 1").strip()
    print(f"{daemon} without memory: serves again after {time.monotonic() - begin:.1f} s; {how}")


def serves_again_after_it_ran_out_of_memory(guest):
    for daemon in DEVICE_DAEMONS:
        lose_memory(guest, daemon)
    expect(guest.run("hvctl kvp get external role"), "web\n", "what the host had written before")
    eventually(lambda: guest.host.ask("put", 0, "role", "db") == "0x00000000", "that the host writes again")
    expect(guest.run("hvctl kvp get external role"), "db\n", "what the host wrote now")
    guest.host.say("copy", "/root/", "after", 10)


def processes_of(guest):
    return [guest.unit(daemon, "MainPID") for daemon in WATCHED]


def is_ended_by_its_watchdog_when_it_hangs(guest):
    """And not as long as it only has nothing to do."""
    for daemon in WATCHED:
        guest.run(f"grep -q ^WatchdogSec= /usr/lib/systemd/system/{daemon}.service")
        folder = f"/run/systemd/system/{daemon}.service.d"
        guest.run(f"mkdir -p {folder} && printf '[Service]\\nWatchdogSec=6\\n' >{folder}/watchdog.conf")
    guest.run(f"systemctl daemon-reload && systemctl restart {' '.join(WATCHED)}")
    idle = processes_of(guest)
    time.sleep(15)
    expect(processes_of(guest), idle, "the processes that had nothing to do")
    guest.run(f"kill -STOP {' '.join(idle)}")
    eventually(lambda: all(now not in ("0", then) for now, then in zip(processes_of(guest), idle)), "that all start anew", 120)
    for daemon in WATCHED:
        guest.run(f"journalctl -b -q -o cat -u {daemon} -g 'Watchdog timeout'")


CASES = [has_nothing_to_do_without_hyper_v, starts_with_its_devices, exchanges_keys, is_told_names_and_addresses,
         injects_an_address, copies_files_to_where_they_are_seen, freezes_and_thaws, keeps_nothing_mounted,
         serves_devices_that_return, answers_on_the_bus, reloads, has_room_in_memory, fills_no_journal,
         was_refused_nothing, serves_again_after_it_ran_out_of_memory,
         is_ended_by_its_watchdog_when_it_hangs]


def main():
    build, debian = os.path.realpath(sys.argv[1]), sys.argv[2:]
    root = subprocess.run([f"{HERE}/root.sh", "managers", *debian], check=True, capture_output=True, text=True).stdout.strip()
    tap = Tap("-".join([*debian, "managers-units"]))
    guest = Confined(root, build, STACK)
    try:
        for case in CASES:
            complaints = []
            try:
                case(guest)
            except Exception as failure:
                complaints = [str(failure), guest.run("journalctl -b --no-pager -o short-monotonic | tail -40")]
            tap.check(case.__name__.replace("_", " "), complaints)
    finally:
        guest.end()
    tap.finish()


main()
