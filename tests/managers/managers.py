#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hv-netd against a real network manager: managers.py BUILD-DIR MANAGER. Every case ends by comparing the
# kernel's state with the files.

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
        self.manager = manager
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
        self.wait_for(addresses, adapter)
        found = self.guest.routes(adapter)
        expect([r for r in found if not r.startswith("fe80")], sorted(routes), "the default routes")

    def expect_others_untouched(self):
        """Every file that is not ours is as the site had it; but ifupdown's, which we edit."""
        for path, digest in self.guest.snapshot().items():
            if path in self.site and self.site[path] != digest and self.manager != "ifupdown":
                raise Failed(f"{path} was changed")
        for path in self.site:
            if path not in self.guest.snapshot():
                raise Failed(f"{path} is gone")

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

    def applies_two_adapters_at_once(self):
        self.guest.run(f"{IPV4.command('eth0')} & one=$!; {OTHER.command('eth1')} & wait $one && wait $!")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])
        self.expect_live(["192.0.3.7/24"], ["192.0.3.1"], "eth1")
        self.expect_live(["192.0.2.7/24"], ["192.0.2.1"])

    def refuses_what_is_malformed(self):
        files = self.guest.snapshot()
        said = refuse(self.guest, Injection(["192.0.2.7"], ["255.0.255.0"]))
        if "subnets" not in said:
            raise Failed(said)
        refuse(self.guest, IPV4, "b5e15ac5-0009-4000-8000-00155d010209")
        expect(self.guest.snapshot(), files, "the files")

    def takes_the_last_change_back(self):
        apply(self.guest, IPV6)
        self.wait_for(["2001:db8::7/64"])
        self.guest.run("busctl call org.hvguest.Network1 /org/hvguest/Network1 org.hvguest.Network1 Rollback s eth0")
        self.wait_for(["192.0.2.7/24"])

    def goes_back_to_dhcp(self):
        if self.manager == "none":
            if "no network manager" not in refuse(self.guest, DHCP):
                raise Failed("DHCP without a manager")
            return
        expect(apply(self.guest, DHCP), "applied", "the result")
        self.expect_live(["192.0.2.100/24"], ["192.0.2.1"])

    CASES = [has_what_the_site_says, applies_ipv4, changes_nothing_the_second_time, survives_a_restart_of_the_manager, applies_ipv6,
             applies_both_and_several, goes_back_when_an_address_is_taken, goes_back_after_a_kill,
             applies_two_adapters_at_once, refuses_what_is_malformed, takes_the_last_change_back, goes_back_to_dhcp]


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
