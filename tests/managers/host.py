# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Hyper-V host of a guest: lines to and from hvg-managers-host (host.c).

import ipaddress

FIELDS = ["status", "families", "dhcp", "addresses", "subnets", "gateways", "dns"]


def split(text):
    return [entry.strip() for entry in text.split(";") if entry.strip()]


def plain(address):
    return str(ipaddress.ip_address(address))


class Host:
    def __init__(self, process):
        self.process = process

    def ask(self, *fields):
        self.process.stdin.write("\t".join(str(field) for field in fields) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer:
            raise RuntimeError("the host has ended")
        return answer

    def offer(self, uid):
        self.ask("offer", uid)

    def wait_for_contact(self):
        self.ask("contact")

    def say(self, *fields):
        """What is answered by "ok", or by a status that is success."""
        answer = self.ask(*fields)
        if answer not in ("ok", "0x00000000"):
            raise RuntimeError(f"{' '.join(str(field) for field in fields)}: {answer}")

    def inject(self, adapter, injection):
        """SET_IP_INFO for a GUID; its status, 0 for success."""
        texts = [";".join(entries) for entries in injection.lists]
        return int(self.ask("set", "{" + adapter + "}", injection.families, int(injection.dhcp), *texts), 16)

    def read(self, mac):
        """GET_IP_INFO, in the words of an injection; what is link-local is left out."""
        found = dict(zip(FIELDS, self.ask("get", mac.upper()).split("\t")))
        if int(found["status"], 16) != 0:
            return found["status"]
        subnets = split(found["subnets"])
        interfaces = [ipaddress.ip_interface(address + ("" if subnet.startswith("/") else "/") + subnet)
                      for address, subnet in zip(split(found["addresses"]), subnets)]
        return {
            "dhcp": found["dhcp"] == "1",
            "addresses": sorted(i.with_prefixlen for i in interfaces if not i.ip.is_link_local),
            "gateways": sorted(plain(g) for g in split(found["gateways"]) if not g.startswith("fe80")),
            "dns": [plain(server) for server in split(found["dns"])],
        }
