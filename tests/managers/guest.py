# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A guest that has a real network manager: Debian, booted with its own systemd by systemd-nspawn, on a
# layer that is thrown away. Its adapters are veths, which look like synthetic ones in a /sys of ours.
# Their other ends, the switch, are in a network namespace around it: nothing of this machine is touched.
# Our programs are installed in it. Its /dev/vmbus is a folder of the host's (host.py).

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from host import Host

ADAPTERS = {
    "eth0": "b5e15ac5-0000-4000-8000-00155d010203",
    "eth1": "b5e15ac5-0001-4000-8000-00155d010206",
}
SWITCH = {"eth0": "switch0", "eth1": "switch1"}
SYSFS = "/opt/hvguest-sys"
PROGRAMS = "/usr/sbin"
# Units of ours that are told of that /sys, or of the host's device.
OPTIONS = {
    "hv-kvpd.service": f"{PROGRAMS}/hv-kvpd --device /dev/vmbus/hv_kvp",
    "hv-netd.service": f"{PROGRAMS}/hv-netd --sysfs {SYSFS}",
    "hv-netd-restore@.service": f"{PROGRAMS}/hv-netd --sysfs {SYSFS} --restore %i",
    "hv-netd-rollback.service": f"{PROGRAMS}/hv-netd --sysfs {SYSFS} --roll-back",
}
WANTED = {"hv-netd.socket": "sockets.target"}
# What udev's rule starts when an adapter appears; a container has no udev.
RESTORE = {adapter: f"hv-netd-restore@{guid}.service" for adapter, guid in ADAPTERS.items()}
BOOT_S = 60

# In the namespaces that unshare makes. $1 is the folder to work in, $2 Debian's root, $3 the host's
# program, $4 a log for what the guest says; then come options of nspawn's. An image $1.disk is mounted on $1/disk.
BOOT = r"""
set -eu
mount -t tmpfs -o mode=755 hvguest "$1"
mkdir "$1/upper" "$1/work" "$1/root" "$1/vmbus"
cp -a "$1.files/." "$1/upper/"
mount -t overlay hvguest -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
chroot "$1/root" ldconfig
"$3" "$1/vmbus" <&0 2>>"$4" &
until mountpoint -q "$1/vmbus"; do sleep 0.01; done
[ ! -e "$1.disk" ] || { mkdir "$1/disk"; mount -o loop "$1.disk" "$1/disk"; }
ip link set lo up
folder=$1 log=$4
shift 4
exec systemd-nspawn --quiet --register=no --keep-unit --boot --directory="$folder/root" --resolv-conf=off \
    --bind="$folder/vmbus:/dev/vmbus" "$@" --network-veth-extra=switch0:eth0 --network-veth-extra=switch1:eth1 \
    --console=pipe --machine=guest </dev/null >>"$log" 2>&1
"""


class Failed(Exception):
    pass


class Guest:
    options = OPTIONS

    def __init__(self, root, build, stack):
        self.folder = tempfile.mkdtemp(prefix="hvguest-managers-")
        self.build = build
        self._lay_out(stack)
        self.log = self.folder + ".log"
        self.leader = self.nspawn = self.dhcp = None
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--propagation", "private", "--kill-child=SIGKILL", "bash", "-c", BOOT, "boot",
             self.folder, root, f"{build}/tests/managers/hvg-managers-host", self.log]
            + self._missing_libraries(root) + self._nspawn_options(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.log, "a"), text=True, start_new_session=True)
        self.host = Host(self.process)
        try:
            self.leader = self._wait_for_leader()
            self._wait_for_boot()
            self._set_up_switch()
            self._meet_host()
        except BaseException:
            self.end()
            raise

    # What is installed.

    def _lay_out(self, stack):
        files = self.folder + ".files"
        os.mkdir(files)
        subprocess.run(["cmake", "--install", self.build, "--prefix", "/usr"], env={**os.environ, "DESTDIR": files}, check=True,
                       stdout=subprocess.DEVNULL)
        self._put("/etc/hostname", "guest\n")
        for adapter, guid in ADAPTERS.items():
            self._put(f"{SYSFS}/class/net/{adapter}/device/device_id", "{" + guid + "}\n")
            os.symlink("../../../bus/vmbus/drivers/hv_netvsc",
                       self._path(f"{SYSFS}/class/net/{adapter}/device/driver"))
        for unit, command in self.options.items():
            self._put(f"/etc/systemd/system/{unit}.d/guest.conf", f"[Service]\nExecStart=\nExecStart={command}\n")
        self._link("/etc/systemd/system/dbus-org.hvguest.Network1.service", "/usr/lib/systemd/system/hv-netd.service")
        self._link("/etc/systemd/system/dbus-org.hvguest.Kvp1.service", "/usr/lib/systemd/system/hv-kvpd.service")
        for unit, target in WANTED.items():
            self._link(f"/etc/systemd/system/{target}.wants/{unit}", f"/usr/lib/systemd/system/{unit}")
        for path, text in stack.files.items():
            self._put(path, text)
        for unit in stack.wanted:
            self._link(f"/etc/systemd/system/multi-user.target.wants/{unit}",
                       f"/etc/systemd/system/{unit}" if f"/etc/systemd/system/{unit}" in stack.files else f"/lib/systemd/system/{unit}")
        for unit in stack.masked:
            self._link(f"/etc/systemd/system/{unit}", "/dev/null")

    def _missing_libraries(self, root):
        """What the sanitizers want of this machine."""
        found = subprocess.run(["ldd", f"{self.build}/daemons/hv-netd/hv-netd"], check=True, capture_output=True, text=True)
        paths = [word for word in found.stdout.split() if word.startswith("/") and not word.startswith(self.build)]
        return [f"--bind-ro={path}" for path in paths if not os.path.exists(root + path)]

    def _nspawn_options(self):
        return []

    def _path(self, path):
        full = self.folder + ".files" + path
        os.makedirs(os.path.dirname(full), exist_ok=True)
        return full

    def _put(self, path, text):
        with open(self._path(path), "w") as file:
            file.write(text)
        if text.startswith("#!"):
            os.chmod(self._path(path), 0o755)
        if path.endswith(".nmconnection") or path.endswith(".yaml"):
            os.chmod(self._path(path), 0o600)

    def _link(self, path, target):
        os.symlink(target, self._path(path))

    # Booting.

    def _wait_for_leader(self):
        def children(pid):
            return open(f"/proc/{pid}/task/{pid}/children").read().split()

        for _ in range(BOOT_S * 20):
            if self.process.poll() is not None:
                raise Failed("the guest did not boot: " + self.read_log())
            try:
                for child in children(self.process.pid):
                    nspawn = child if "systemd-nspawn" in open(f"/proc/{child}/comm").read() + open(
                        f"/proc/{child}/cmdline").read() else None
                    for leader in children(nspawn) if nspawn else []:
                        if open(f"/proc/{leader}/comm").read().strip() == "systemd":
                            self.nspawn = int(nspawn)
                            return int(leader)
            except (FileNotFoundError, ProcessLookupError):
                pass
            time.sleep(0.05)
        raise Failed("the guest has no first process")

    def _wait_for_boot(self):
        for _ in range(BOOT_S * 10):
            if self.try_run("systemctl is-system-running 2>/dev/null | grep -qx 'running\\|degraded'") == 0:
                return
            time.sleep(0.1)
        raise Failed("the guest does not come up: " + self.read_log())

    def _set_up_switch(self):
        for adapter, switch in SWITCH.items():
            n = adapter[-1]
            self.on_switch(f"ip link set {switch} up && ip address add 192.0.{2 + int(n)}.1/24 dev {switch} &&"
                           f" ip address add 2001:db8:{n}::1/64 dev {switch} nodad &&"
                           f" ip address add 2001:db8:{n}::66/64 dev {switch} nodad")

        here = os.path.dirname(os.path.abspath(__file__))
        self.dhcp = subprocess.Popen(["nsenter", "--target", str(self.nspawn), "--net", "python3", f"{here}/dhcp.py",
                                      "switch0", "192.0.2.1", "192.0.2.100"], stdin=subprocess.DEVNULL)

    def _meet_host(self):
        self.host.offer(int(self.run("id -u hvguest")))
        self.run("systemctl start hv-netd.socket hv-kvpd")
        self.host.wait_for_contact()

    # Using it.

    def mac(self, adapter):
        return self.run(f"cat /sys/class/net/{adapter}/address").strip()

    def inject(self, injection, adapter="eth0"):
        """As the host does it; the status that it is answered with."""
        return self.host.inject(ADAPTERS[adapter], injection)

    def _enter(self, command, **options):
        return subprocess.run(["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid",
                               "--cgroup", "--root", "env", "-C", "/", "-i",
                               "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "bash", "-c", command],
                              stdin=subprocess.DEVNULL, text=True, timeout=90, **options)

    def try_run(self, command):
        return self._enter(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def run(self, command):
        done = self._enter(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise Failed(f"{command}: {done.stdout.strip()}")
        return done.stdout

    def on_switch(self, command):
        subprocess.run(["nsenter", "--target", str(self.nspawn), "--net", "bash", "-c", command], check=True,
                       stdin=subprocess.DEVNULL)

    def addresses(self, adapter):
        links = json.loads(self.run(f"ip -json address show dev {adapter}") or "[]")
        found = [f"{a['local']}/{a['prefixlen']}" for link in links for a in link.get("addr_info", [])
                 if a["scope"] == "global" and not a.get("dadfailed")]
        return sorted(found)

    def routes(self, adapter):
        found = []
        for family in "-4", "-6":
            for route in json.loads(self.run(f"ip {family} -json route show default dev {adapter}") or "[]"):
                found.append(route.get("gateway"))
        return sorted(found)

    def read(self, path):
        return self._enter(f"cat '{path}'", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def snapshot(self):
        """Every file below /etc, and ours below the state folder: path -> digest. resolv.conf is nobody's."""
        listing = self.run("cd /; find etc var/lib/hvguest/net/static -type f ! -name '.*' ! -path etc/resolv.conf"
                           " 2>/dev/null | sort | xargs -r sha256sum")
        return {"/" + path: digest for digest, path in (line.split(None, 1) for line in listing.splitlines())}

    def read_log(self):
        return open(self.log).read()[-3000:]

    def end(self):
        for pid in self.leader, self.nspawn, self.process.pid:
            try:
                if pid:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(20)
        if self.dhcp:
            self.dhcp.kill()
            self.dhcp.wait(20)
        if os.path.exists(self.folder + ".disk"):
            os.unlink(self.folder + ".disk")
        os.unlink(self.log)
        shutil.rmtree(self.folder + ".files", ignore_errors=True)
        os.rmdir(self.folder)
