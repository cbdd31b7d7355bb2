# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A guest that has a real network manager, in a container. Its adapters are veths, which look like
# synthetic ones in a /sys of ours. Their other ends, the switch, are in a network namespace around it.
# Our programs are installed in it. Its /dev/vmbus is a folder of the host's (host.py).

import json
import os
import subprocess

from container import Container
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

# Before the boot: the host's program ({}) makes /dev/vmbus. An image $folder.disk is mounted on $folder/disk.
HOST = r"""
mkdir "$folder/vmbus"
"{}" "$folder/vmbus" <&0 2>>"$log" &
until mountpoint -q "$folder/vmbus"; do sleep 0.01; done
[ ! -e "$folder.disk" ] || {{ mkdir "$folder/disk"; mount -o loop "$folder.disk" "$folder/disk"; }}
"""


class Guest(Container):
    options = OPTIONS

    def __init__(self, root, build, stack):
        super().__init__(root)
        self.build = build
        self.dhcp = None
        try:
            self._lay_out(stack)
            self.boot(HOST.format(f"{build}/tests/managers/hvg-managers-host"), [
                f"--bind={self.folder}/vmbus:/dev/vmbus", "--network-veth-extra=switch0:eth0",
                "--network-veth-extra=switch1:eth1", *self._missing_libraries(), *self._nspawn_options()])
            self.host = Host(self.process)
            self._set_up_switch()
            self._meet_host()
        except BaseException:
            self.end()
            raise

    # What is installed.

    def _lay_out(self, stack):
        subprocess.run(["cmake", "--install", self.build, "--prefix", "/usr"],
                       env={**os.environ, "DESTDIR": self.folder + ".files"}, check=True, stdout=subprocess.DEVNULL)
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

    def _missing_libraries(self):
        """What the sanitizers want of this machine."""
        found = subprocess.run(["ldd", f"{self.build}/daemons/hv-netd/hv-netd"], check=True, capture_output=True, text=True)
        paths = [word for word in found.stdout.split() if word.startswith("/") and not word.startswith(self.build)]
        return [f"--bind-ro={path}" for path in paths if not os.path.exists(self.root + path)]

    def _nspawn_options(self):
        return []

    def _put(self, path, text):
        super()._put(path, text)
        if path.endswith(".nmconnection") or path.endswith(".yaml"):
            os.chmod(self._path(path), 0o600)

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

    def snapshot(self):
        """Every file below /etc, and ours below the state folder: path -> digest. resolv.conf is nobody's."""
        listing = self.run("cd /; find etc var/lib/hvguest/net/static -type f ! -name '.*' ! -path etc/resolv.conf"
                           " 2>/dev/null | sort | xargs -r sha256sum")
        return {"/" + path: digest for digest, path in (line.split(None, 1) for line in listing.splitlines())}

    def end(self):
        super().end()
        if self.dhcp:
            self.dhcp.kill()
            self.dhcp.wait(20)
        if os.path.exists(self.folder + ".disk"):
            os.unlink(self.folder + ".disk")
