# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Debian, booted with its own systemd by systemd-nspawn, on a layer that is thrown away. It is in a network
# namespace of its own, and nothing of this machine is touched.

import os
import shutil
import signal
import subprocess
import tempfile
import time

BOOT_S = 60

# In the namespaces that unshare makes. $1 is the folder to work in, $2 Debian's root, $3 what is done
# before the boot, as shell, $4 a log for what the guest says; then come options of nspawn's.
BOOT = r"""
set -eu
mount -t tmpfs -o mode=755 hvguest "$1"
mkdir "$1/upper" "$1/work" "$1/root"
cp -a "$1.files/." "$1/upper/"
mount -t overlay hvguest -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
chroot "$1/root" ldconfig
ip link set lo up
folder=$1 before=$3 log=$4
shift 4
eval "$before"
exec systemd-nspawn --quiet --register=no --keep-unit --boot --directory="$folder/root" --resolv-conf=off "$@" \
    --console=pipe --machine=guest </dev/null >>"$log" 2>&1
"""


class Failed(Exception):
    pass


class Container:
    """Files that lie over the root are laid there before boot()."""

    def __init__(self, root):
        self.root = root
        self.folder = tempfile.mkdtemp(prefix="hvguest-container-")
        os.mkdir(self.folder + ".files")
        self.log = self.folder + ".log"
        self.leader = self.nspawn = self.process = None

    # What lies over the root.

    def _path(self, path):
        full = self.folder + ".files" + path
        os.makedirs(os.path.dirname(full), exist_ok=True)
        return full

    def _put(self, path, text):
        with open(self._path(path), "w") as file:
            file.write(text)
        if text.startswith("#!"):
            os.chmod(self._path(path), 0o755)

    def _link(self, path, target):
        os.symlink(target, self._path(path))

    # Booting.

    def boot(self, before="", options=()):
        """Its standard input and output are those of what is done before."""
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--propagation", "private", "--kill-child=SIGKILL", "bash", "-c", BOOT, "boot",
             self.folder, self.root, before, self.log, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.log, "a"), text=True, start_new_session=True)
        self.leader = self._wait_for_leader()
        self._wait_for_boot()

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

    # Using it.

    def _enter(self, command, **options):
        return subprocess.run(["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid",
                               "--cgroup", "--root", "env", "-C", "/", "-i",
                               "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "bash", "-c", command],
                              **{"stdin": subprocess.DEVNULL, "text": True, "timeout": 90, **options})

    def try_run(self, command):
        return self._enter(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def run(self, command, **options):
        done = self._enter(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        if done.returncode != 0:
            raise Failed(f"{command}: {done.stdout.strip()}")
        return done.stdout

    def read(self, path):
        return self._enter(f"cat '{path}'", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def read_log(self):
        return open(self.log).read()[-3000:]

    def end(self):
        for process in self.leader, self.nspawn, self.process and self.process.pid:
            try:
                if process:
                    os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.process:
            self.process.wait(20)
        if os.path.exists(self.log):
            os.unlink(self.log)
        shutil.rmtree(self.folder + ".files", ignore_errors=True)
        os.rmdir(self.folder)
