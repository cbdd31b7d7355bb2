# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the host asks for, and how hv-netd is asked without it: on the bus, as hv-kvpd does.

import ipaddress
import shlex
import subprocess

from container import Failed
from guest import ADAPTERS

SERVICE = "org.hvguest.Network1 /org/hvguest/Network1 org.hvguest.Network1"


class Injection:
    def __init__(self, addresses=(), subnets=(), gateways=(), dns=(), dhcp=False, families=3):
        self.lists = [list(addresses), list(subnets), list(gateways), list(dns)]
        self.dhcp, self.families = dhcp, families

    def wanted(self):
        """As host.Host.read tells it, once it is in force."""
        addresses, subnets, gateways, dns = self.lists
        pairs = zip(addresses, subnets)
        return {
            "dhcp": self.dhcp,
            "addresses": sorted(ipaddress.ip_interface(f"{address}/{subnet.lstrip('/')}").with_prefixlen
                                for address, subnet in pairs),
            "gateways": sorted(gateways),
            "dns": dns,
        }

    def arguments(self, adapter):
        words = ["{" + ADAPTERS.get(adapter, adapter) + "}", str(self.families), "true" if self.dhcp else "false"]
        for texts in self.lists:
            words += [str(len(texts))] + texts
        return " ".join(shlex.quote(word) for word in words)

    def command(self, adapter, member="Apply"):
        return f"busctl --timeout=60 call {SERVICE} {member} sybasasasas {self.arguments(adapter)}"


def apply(guest, injection, adapter="eth0"):
    """The result's word, "applied" or another."""
    return shlex.split(guest.run(injection.command(adapter)))[1]


def refuse(guest, injection, adapter="eth0"):
    """What hv-netd said; an injection that succeeds is a failure here."""
    done = guest._enter(injection.command(adapter), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        raise Failed("that was applied: " + done.stdout)
    return done.stdout
