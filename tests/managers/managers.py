#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hv-netd against a real network manager: managers.py BUILD-DIR MANAGER. Every case ends by comparing the
# kernel's state with the files. With HVG_FULL=1 the longest case is played with every manager.

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../meta")
from guest import ADAPTERS, Failed, Guest
from injection import Injection, apply, refuse
from tap import Tap

HERE = os.path.dirname(os.path.abspath(__file__))

IPV4 = Injection(["192.0.2.7"], ["255.255.255.0"], ["192.0.2.1"], ["192.0.2.1"])
IPV6 = Injection(["2001:db8:0::7"], ["64"], ["2001:db8::1"], ["2001:db8::1"])
BOTH = Injection(["192.0.2.8", "2001:db8::8", "192.0.2.9"], ["255.255.255.0", "/64", "24"],
                 ["192.0.2.1", "2001:db8::1"], ["192.0.2.1"])
OTHER = Injection(["192.0.3.7"], ["24"], ["192.0.3.1"])
DHCP = Injection(dhcp=True)
TAKEN = Injection(["192.0.2.10", "2001:db8::66"], ["24", "64"], ["192.0.2.1"])

FILES_OF_THE_SITE = {
    "networkd": {
        "/etc/systemd/network/80-site.network":
            "# of the site\n[Match]\nName=eth0 eth1\n\n[Network]\nDHCP=no\nAddress=10.0.0.5/8\nGateway=10.0.0.1\n",
    },
    "networkmanager": {
        "/etc/NetworkManager/system-connections/site.nmconnection":
            "[connection]\nid=site\nuuid=11111111-2222-4333-8444-555555555555\ntype=ethernet\n"
            "interface-name=eth0\n\n[ipv4]\nmethod=manual\naddress1=10.0.0.5/8,10.0.0.1\n\n[ipv6]\nmethod=auto\n",
        # nspawn's adapters are not udev's, and Debian's NetworkManager leaves those alone.
        "/etc/NetworkManager/conf.d/guest.conf": "[device]\nmatch-device=interface-name:eth*\nmanaged=1\n",
    },
    "netplan": {
        "/etc/netplan/10-site.yaml":
            "# of the site\nnetwork:\n  version: 2\n  ethernets:\n    eth0:\n      addresses: [10.0.0.5/8]\n"
            "      routes: [{to: default, via: 10.0.0.1}]\n    eth1:\n      addresses: [10.0.0.6/8]\n",
        # A container's /sys is read-only, so that there is no udev that netplan could tell.
        "/usr/bin/udevadm": "#!/bin/sh\nexit 0\n",
    },
    "ifupdown": {
        "/etc/network/interfaces":
            "# of the site\nauto lo\niface lo inet loopback\n\nsource /etc/network/interfaces.d/*\n",
        "/etc/network/interfaces.d/site":
            "auto eth0\n# the first\niface eth0 inet static\n\taddress 10.0.0.5\n\tnetmask 255.0.0.0\n"
            "\tgateway 10.0.0.1\n\tpost-up touch /run/site-was-here\n\nauto eth1\niface eth1 inet static\n"
            "\taddress 10.0.0.6/8\n",
    },
    "none": {},
}
OTHERS = {
    "networkd": ["NetworkManager.service", "networking.service"],
    "networkmanager": ["networking.service"],
    "netplan": ["NetworkManager.service", "networking.service"],
    "ifupdown": ["NetworkManager.service"],
    "none": ["NetworkManager.service", "networking.service"],
}
WANTED = {
    "networkd": ["systemd-networkd.service"],
    "networkmanager": [],
    "netplan": ["systemd-networkd.service"],
    "ifupdown": [],
    "none": [],
}
RESTART = {
    "networkd": "systemctl restart systemd-networkd",
    "networkmanager": "systemctl restart NetworkManager",
    "netplan": "netplan apply",
    "ifupdown": "ifdown eth0; ifup eth0",
    "none": "ip address flush dev eth0; ip link set eth0 down; systemctl restart hv-netd-restore",
}
STOP = {
    "networkd": "systemctl stop systemd-networkd.socket systemd-networkd; ip address flush dev eth0; ip link set eth0 down",
    "networkmanager": "systemctl stop NetworkManager; rm -rf /run/NetworkManager; ip address flush dev eth0; ip link set eth0 down",
    "netplan": "systemctl stop systemd-networkd.socket systemd-networkd; ip address flush dev eth0; ip link set eth0 down",
    "ifupdown": "ifdown eth0",
}
START = {
    "networkd": "systemctl start systemd-networkd",
    "networkmanager": "systemctl start NetworkManager",
    "netplan": "netplan generate; systemctl start systemd-networkd",
    "ifupdown": "ifup eth0",
}
# Where a change is seen from outside: files that appear or go, and what is said to the bus and the kernel.
STEPS = "rename,unlink,sendto,sendmsg"
HANG = {"networkd": "systemd-network", "networkmanager": "NetworkManager", "netplan": "systemd-network"}
FOLDER = {
    "networkd": "/etc/systemd/network",
    "networkmanager": "/etc/NetworkManager/system-connections",
    "netplan": "/etc/netplan",
    "ifupdown": "/etc/network/interfaces.d",
    "none": "/var/lib/hvguest/net/static",
}


def eventually(check, what, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found is True:
            return
        if time.monotonic() > deadline:
            raise Failed(f"{what}: {found}")
        time.sleep(0.1)


def expect(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what} is {found}, not {wanted}")


class Suite:
    def __init__(self, manager, build, root):
        self.manager, self.build = manager, build
        self.guest = Guest(root, build, FILES_OF_THE_SITE[manager], WANTED[manager], OTHERS[manager])
        if manager == "none":
            self.guest.run("ip link set eth0 up; ip link set eth1 up")
        self.site = self.guest.snapshot()

    def wait_for(self, addresses, adapter="eth0"):
        def check():
            found = [a for a in self.guest.addresses(adapter)]
            return True if found == sorted(addresses) else found

        eventually(check, f"the addresses of {adapter} instead of {sorted(addresses)}")

    def expect_live(self, addresses, routes, adapter="eth0"):
        def check():
            found = [r for r in self.guest.routes(adapter) if not r.startswith("fe80")]
            return True if found == sorted(routes) else found

        self.wait_for(addresses, adapter)
        eventually(check, f"the default routes of {adapter} instead of {sorted(routes)}")

    def expect_others_untouched(self):
        """Every file that is not ours is as the site had it; but ifupdown's, which we edit."""
        for path, digest in self.guest.snapshot().items():
            if path in self.site and self.site[path] != digest and self.manager != "ifupdown":
                raise Failed(f"{path} was changed")
        for path in self.site:
            if path not in self.guest.snapshot():
                raise Failed(f"{path} is gone")

    def hvctl(self, arguments):
        return self.guest.run(f"{self.build}/hvctl/hvctl {arguments}")

    # The cases, in the order in which they build on each other.

    def has_what_the_site_says(self):
        self.wait_for([] if self.manager == "none" else ["10.0.0.5/8"])

    def applies_ipv4(self):
        expect(apply(self.guest, IPV4), "applied", "the result")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])
        self.expect_others_untouched()

    def changes_nothing_the_second_time(self):
        files = self.guest.snapshot()
        index = self.guest.run("cat /sys/class/net/eth0/carrier_changes")
        expect(apply(self.guest, IPV4), "unchanged", "the result")
        expect(self.guest.snapshot(), files, "the files")
        expect(self.guest.run("cat /sys/class/net/eth0/carrier_changes"), index, "the number of link changes")

    def survives_a_restart_of_the_manager(self):
        self.guest.run(RESTART[self.manager])
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])

    def applies_ipv6(self):
        expect(apply(self.guest, IPV6), "applied", "the result")
        self.expect_live(["2001:db8::7/64"], ["2001:db8::1"])

    def applies_both_and_several(self):
        expect(apply(self.guest, BOTH), "applied", "the result")
        self.expect_live(["192.0.2.8/24", "192.0.2.9/24", "2001:db8::8/64"], ["192.0.2.1", "2001:db8::1"])

    def goes_back_when_an_address_is_taken(self):
        files = self.guest.snapshot()
        said = refuse(self.guest, TAKEN)
        # NetworkManager takes such an address away again, and may be quicker than a look at it.
        if "in use by another machine" not in said and self.manager != "networkmanager":
            raise Failed(said)
        self.expect_live(["192.0.2.8/24", "192.0.2.9/24", "2001:db8::8/64"], ["192.0.2.1", "2001:db8::1"])
        expect(self.guest.snapshot(), files, "the files")

    def goes_back_after_a_kill(self):
        """At several moments of a change; whoever comes next finds the old configuration, or the new one."""
        old = ["192.0.2.8/24", "192.0.2.9/24", "2001:db8::8/64"]
        new = Injection(["192.0.2.20"], ["24"], ["192.0.2.1"])
        for delay in 0.02, 0.1, 0.3, 0.6, 1.2:
            files = self.guest.snapshot()
            self.guest.try_run(f"({new.command('eth0')}) & sleep {delay};"
                               " systemctl kill --signal=KILL hv-netd.service; wait")
            self.guest.try_run("for i in $(seq 100); do [ -e /var/lib/hvguest/net/open/book ] || break; sleep 0.1; done")

            def settled():
                found = self.guest.addresses("eth0")
                return True if found in (sorted(old), ["192.0.2.20/24"]) else found

            eventually(settled, f"the addresses after a kill at {delay} s")
            if self.guest.addresses("eth0") == sorted(old):
                expect(self.guest.snapshot(), files, f"the files after a kill at {delay} s")
            else:
                expect(apply(self.guest, BOTH), "applied", "the result")
                self.wait_for(old)

    def goes_back_from_every_step(self):
        """Killed at each of its renames, removals and calls in turn, until a change gets through."""
        if self.manager not in ("none", "networkd") and not os.environ.get("HVG_FULL"):
            return
        old, new = ["192.0.2.7/24"], ["192.0.2.20/24"]
        apply(self.guest, IPV4)
        injection = Injection(["192.0.2.20"], ["24"], ["192.0.2.1"])
        files = self.guest.snapshot()
        for step in range(1, 200):
            # Attached once it is up, so that only the change itself is counted; systemd starts it again.
            done = self.guest.try_run("systemctl start hv-netd; strace -f -qq -o /dev/null -p $(pgrep -x hv-netd)"
                                      f" -e trace={STEPS} -e inject={STEPS}:signal=KILL:when={step} & tracer=$!;"
                                      " sleep 0.2; " + injection.command("eth0") +
                                      "; result=$?; kill $tracer; wait; exit $result")
            self.guest.run("systemctl start hv-netd")
            eventually(lambda: self.guest.try_run("[ -e /var/lib/hvguest/net/open/book ]") != 0, f"an open book after step {step}")
            if self.guest.snapshot() == files:
                self.wait_for(old)
            else:
                self.wait_for(new)
                if done == 0:
                    break
                expect(apply(self.guest, IPV4), "applied", "the result")
                self.wait_for(old)
        else:
            raise Failed("a change never got through")
        if step < 10:
            raise Failed(f"only {step} steps")
        apply(self.guest, BOTH)

    def applies_two_adapters_at_once(self):
        self.guest.run(f"{IPV4.command('eth0')} & one=$!; {OTHER.command('eth1')} & wait $one && wait $!")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])
        self.expect_live(["192.0.3.7/24"], ["192.0.3.1"], "eth1")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])

    def writes_before_the_manager_runs(self):
        """As early in a boot: what was written counts, and is looked at once the manager is there."""
        if self.manager == "none":
            return
        self.guest.run(STOP[self.manager])
        expect(apply(self.guest, BOTH), "written", "the result")
        self.guest.run(START[self.manager])
        self.expect_live(["192.0.2.8/24", "192.0.2.9/24", "2001:db8::8/64"], ["192.0.2.1", "2001:db8::1"])
        eventually(lambda: "in force" in self.guest.run("journalctl -b -u hv-netd -o cat --no-pager"), "what is logged")
        apply(self.guest, IPV4)

    def gives_up_on_a_manager_that_hangs(self):
        if self.manager not in HANG:
            return
        files = self.guest.snapshot()
        self.guest.run(f"pkill --signal STOP {HANG[self.manager]}")
        begin = time.monotonic()
        try:
            refuse(self.guest, IPV6)
        finally:
            self.guest.run(f"pkill --signal CONT {HANG[self.manager]}")
        if time.monotonic() - begin > 29:
            raise Failed("the host would have given up")
        expect(self.guest.snapshot(), files, "the files")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])

    def goes_back_when_the_disk_is_full(self):
        """A file system without a free block under the folder that is written to."""
        if self.manager not in FOLDER:
            return
        folder = FOLDER[self.manager]
        self.guest.run(f"cp -a {folder} /run/kept && mount -t tmpfs -o size=64k full {folder} && cp -a /run/kept/. {folder}/"
                       f" && cat /dev/zero >{folder}/.ballast; true")
        files = self.guest.snapshot()
        try:
            if "No space left" not in refuse(self.guest, IPV6):
                raise Failed("another reason")
            expect(self.guest.snapshot(), files, "the files")
            self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])
        finally:
            self.guest.run(f"umount {folder}")

    def refuses_what_is_malformed(self):
        files = self.guest.snapshot()
        said = refuse(self.guest, Injection(["192.0.2.7"], ["255.0.255.0"]))
        if "subnets" not in said:
            raise Failed(said)
        refuse(self.guest, IPV4, "b5e15ac5-0009-4000-8000-00155d010209")
        expect(self.guest.snapshot(), files, "the files")

    def takes_the_last_change_back(self):
        files = self.guest.snapshot()
        apply(self.guest, IPV6)
        self.wait_for(["2001:db8::7/64"])
        expect(self.hvctl("net rollback eth0"), f"eth0: rolled back ({self.manager})\n", "the answer")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])
        expect(self.guest.snapshot(), files, "the files")

    def shows_a_plan_and_carries_it_out(self):
        self.guest.run("printf 'adapter=eth0\naddresses=192.0.2.30\nsubnets=24\ngateways=192.0.2.1\n' >/run/plan")
        files = self.guest.snapshot()
        said = self.hvctl("net apply /run/plan --dry-run")
        for words in f"eth0: applied ({self.manager})", "\naddress 192.0.2.30/24\n", "\n+++ /", "\n--- /", "\n+":
            if words not in said:
                raise Failed(f"{words!r} is not in {said}")
        expect(self.guest.snapshot(), files, "the files")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])
        self.hvctl("net apply /run/plan")
        self.expect_live(["192.0.2.30/24"], ["192.0.2.1"])
        rows = json.loads(self.hvctl("--json net status"))
        found = {row["interface"]: row for row in rows}
        expect(sorted(found), ["eth0", "eth1"], "the adapters")
        expect(found["eth0"]["manager"], self.manager, "the manager")
        expect("192.0.2.30" in found["eth0"]["applied"], True, "what was applied")
        last = json.loads(self.hvctl("--json net history"))[-1]
        expect((last["interface"], last["result"]), ("eth0", "applied"), "the last event")

    def goes_back_to_dhcp(self):
        if self.manager == "none":
            if "no network manager" not in refuse(self.guest, DHCP):
                raise Failed("DHCP without a manager")
            return
        expect(apply(self.guest, DHCP), "applied", "the result")
        self.expect_live(["192.0.2.100/24"], ["192.0.2.1"])

    CASES = [has_what_the_site_says, applies_ipv4, changes_nothing_the_second_time, survives_a_restart_of_the_manager, applies_ipv6,
             applies_both_and_several, goes_back_when_an_address_is_taken, goes_back_after_a_kill, goes_back_from_every_step,
             applies_two_adapters_at_once, writes_before_the_manager_runs,
             gives_up_on_a_manager_that_hangs, goes_back_when_the_disk_is_full, refuses_what_is_malformed, takes_the_last_change_back,
             shows_a_plan_and_carries_it_out, goes_back_to_dhcp]


def play(tap, manager, build, root):
    try:
        suite = Suite(manager, build, root)
    except Exception as failure:
        tap.check("the guest comes up", [str(failure)])
        return
    try:
        for case in Suite.CASES:
            complaints = []
            begin = time.monotonic()
            try:
                case(suite)
            except Exception as failure:
                complaints = [str(failure), suite.guest.run("journalctl -b --no-pager -o short-monotonic | tail -30")]
            tap.check(f"{case.__name__.replace('_', ' ')} ({time.monotonic() - begin:.1f} s)", complaints)
    finally:
        suite.guest.end()


def main():
    build = os.path.realpath(sys.argv[1])
    root = subprocess.run([f"{HERE}/root.sh"], check=True, capture_output=True, text=True).stdout.strip()
    tap = Tap(f"managers-{sys.argv[2]}")
    play(tap, sys.argv[2], build, root)
    tap.finish()


main()
