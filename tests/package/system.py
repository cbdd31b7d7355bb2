# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A bare Debian that is no guest of Hyper-V, and apt in it, which finds no network and nobody to ask. The packages
# lie in /opt/packages.

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MANAGERS = os.path.normpath(f"{HERE}/../managers")
sys.path.insert(0, MANAGERS)
from container import Container, Failed

NAMES = ["hvguest", "hvctl", "libhvguest0", "libhvguest-dev"]
DAEMONS = ["hv-fcopyd", "hv-kvpd", "hv-netd", "hv-timed", "hv-vssd"]
APT_S = 600


def expect(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what}: {found!r}, not {wanted!r}")


class System(Container):
    def __init__(self, packages, debian):
        root = subprocess.run([f"{MANAGERS}/root.sh", "bare", *debian], check=True, capture_output=True, text=True).stdout.strip()
        super().__init__(root)
        self._put("/etc/hostname", "guest\n")
        try:
            self.boot(options=[f"--bind-ro={packages}:/opt/packages"])
            self.failed_at_first = self.failed_units()
        except BaseException:
            self.end()
            raise

    def apt(self, arguments):
        return self.run(f"apt-get -y {arguments}", timeout=APT_S)

    def install(self):
        return self.apt("install /opt/packages/*.deb")

    def failed_units(self):
        return self.run("systemctl list-units --failed --plain --no-legend")

    def running_units(self):
        return self.run("systemctl list-units 'hv*' --state=active,activating,reloading --plain --no-legend")

    def is_enabled(self, unit):
        return self.try_run(f"systemctl --quiet is-enabled {unit}") == 0

    def status_of(self, package):
        """dpkg's word: installed, config-files, or nothing at all."""
        return self.run(f"dpkg-query -W -f '${{db:Status-Status}}' {package} 2>/dev/null || true")

    def stat(self, form, paths):
        return self.run(f"stat -c '{form}' {paths}").split("\n")[:-1]

    def expect_nothing_failed(self):
        expect(self.failed_units(), self.failed_at_first, "failed units")
        expect(self.run("dpkg --audit"), "", "what dpkg says of its packages")
