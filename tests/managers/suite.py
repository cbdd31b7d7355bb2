# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the cases share: a guest with one stack, and what is expected of it.

import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../hvctl")
import schema
from container import Failed
from guest import Guest
from injection import Injection
from stacks import STACKS

IPV4 = Injection(["192.0.2.7"], ["255.255.255.0"], ["192.0.2.1"], ["192.0.2.1"])
IPV6 = Injection(["2001:db8:0::7"], ["64"], ["2001:db8::1"], ["2001:db8::1"])
BOTH = Injection(["192.0.2.8", "2001:db8::8", "192.0.2.9"], ["255.255.255.0", "/64", "24"],
                 ["192.0.2.1", "2001:db8::1"], ["192.0.2.1"])
NEXT = Injection(["192.0.2.20"], ["24"], ["192.0.2.1"])
OTHER = Injection(["192.0.3.7"], ["24"], ["192.0.3.1"], ["192.0.3.1"])
CUT_OFF = Injection(["192.0.2.40", "2001:db8::40"], ["24", "64"], ["192.0.2.99", "2001:db8::99"])
DHCP = Injection(dhcp=True)
TAKEN = Injection(["192.0.2.10", "2001:db8::66"], ["24", "64"], ["192.0.2.1"])


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


def only(concerns):
    """A case for some stacks only, by a condition on them."""
    def mark(case):
        case.concerns = concerns
        return case

    return mark


def without_our_part(path, text):
    """What hv-netd must leave as it was in a file that it edits."""
    if "/network-scripts/" in path:
        return [line for line in text.splitlines() if line.startswith("#") or line.startswith("MTU")]
    kept, is_ours = [], False
    for line in text.splitlines():
        word = line.split(None, 1)[0] if line.split() else ""
        if word in ("iface", "auto", "source", "allow-hotplug"):
            is_ours = word == "iface" and re.match(r"iface eth[01] ", line) is not None
        if not is_ours:
            kept.append(line)
    return kept


class Suite:
    def __init__(self, name, build, root):
        self.stack = STACKS[name]
        self.build = build
        self.guest = Guest(root, build, self.stack)
        if name == "none":
            self.guest.run("ip link set eth0 up; ip link set eth1 up")
        self.site = self.guest.snapshot()
        self.texts = {path: self.guest.read(path) for path in self.stack.files if self.stack.folder in path}

    def wait_for(self, addresses, adapter="eth0", seconds=20):
        def check():
            found = self.guest.addresses(adapter)
            return True if found == sorted(addresses) else found

        eventually(check, f"the addresses of {adapter} instead of {sorted(addresses)}", seconds)

    def expect_live(self, addresses, routes, adapter="eth0"):
        def check():
            found = [r for r in self.guest.routes(adapter) if not r.startswith("fe80")]
            return True if found == sorted(routes) else found

        self.wait_for(addresses, adapter)
        eventually(check, f"the default routes of {adapter} instead of {sorted(routes)}")

    def expect_wanted(self, wanted, adapter="eth0"):
        self.expect_live(wanted["addresses"], wanted["gateways"], adapter)

    def expect_others_untouched(self):
        """Every file of the site's is as it was, but for our part of one that we edit."""
        now = self.guest.snapshot()
        for path, digest in self.site.items():
            if path not in now:
                raise Failed(f"{path} is gone")
            if now[path] == digest:
                continue
            if not (self.stack.edits and path in self.texts):
                raise Failed(f"{path} was changed")
            expect(without_our_part(path, self.guest.read(path)), without_our_part(path, self.texts[path]),
                   f"what is not ours in {path}")
        for path in now:
            if path not in self.site and "hvguest" not in path:
                raise Failed(f"{path} has come")

    def restart_manager(self):
        # More often than a person would.
        self.guest.run(f"systemctl reset-failed; {self.stack.restart}")

    def hvctl(self, arguments):
        return self.guest.run(f"hvctl {arguments}")

    def hvctl_json(self, arguments, name=None):
        """As the schema of that name promises it; or else that of the first words."""
        said = self.hvctl(f"--json {arguments}")
        wrong = list(schema.complaints(name or arguments.replace(" ", "-"), said))
        if wrong:
            raise Failed(f"{wrong}: {said}")
        return json.loads(said)
