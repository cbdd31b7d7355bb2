#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hvctl disk, on disks of its own: disk.py SOURCE-DIR HVCTL. Each disk is an image on a loop device, which grows as a
# VHDX does, and is mounted in a namespace that ends with the test. It needs root.
#  - table, partition and file system grow, and what was in there is as it was;
#  - a dry run, a "no" and whatever is refused change nothing;
#  - its JSON is what the schemas in hvctl/schema promise;
#  - what it prints is what tests/data/golden/disk.txt has (HVG_GOLDEN_WRITE=1 writes that anew).
# A mounted ext4 grows for CAP_SYS_RESOURCE only, which containers often lack: tests/scenarios/system-disks.c has one, too.

import contextlib
import fcntl
import hashlib
import json
import os
import pty
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../meta"))
from tap import Tap  # noqa: E402
import schema  # noqa: E402
import tree  # noqa: E402

SOURCE, HVCTL = sys.argv[1:3]
MIB = 1 << 20

SMALL = {"ext4": 100, "xfs": 400, "btrfs": 200}  # MiB: not much more than mkfs insists on
CHECK = {"ext4": ["e2fsck", "-fn"], "xfs": ["xfs_repair", "-n"], "btrfs": ["btrfs", "check"]}
PLAIN = "label: gpt\n,,\n"
TOOL = "/usr/bin/btrfs"


def run(*command, stdin=None):
    return subprocess.run(command, input=stdin, check=True, capture_output=True, text=True).stdout


def hvctl(*words, **options):
    return subprocess.run([HVCTL, "disk", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)


class Disk:
    """An image on a loop device, gone when the test is."""

    def __init__(self, stack, folder, mib, table=None, sector=512):
        self.image, self.folder, self.stack = f"{folder}/image", folder, stack
        self.resize_image(mib)
        self.device = run("losetup", "--find", "--show", "--sector-size", str(sector), self.image).strip()
        stack.callback(run, "losetup", "--detach", self.device)
        if table:
            run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", self.device, stdin=table)
            run("partx", "--add", self.device)
            stack.callback(run, "partx", "--delete", self.device)

    def resize_image(self, mib):
        with open(self.image, "a") as file:
            file.truncate(mib * MIB)

    def resize(self, mib):
        self.resize_image(mib)
        run("losetup", "--set-capacity", self.device)

    def part(self, number):
        return f"{self.device}p{number}" if number else self.device

    def put(self, kind, number=1, point="mount", options="rw", more=()):
        """A file system with something in it, mounted."""
        run(f"mkfs.{kind}", "-q", *(["-F"] if kind == "ext4" else ["-f"]), *more, self.part(number))
        path = f"{self.folder}/{point}"
        os.mkdir(path)
        run("mount", "-o", options, self.part(number), path)
        self.stack.callback(run, "umount", path)
        if options == "rw":
            with open(f"{path}/data", "wb") as file:
                file.write(os.urandom(4 * MIB))
        return path

    def table(self):
        return run("sfdisk", "--dump", self.device)


@contextlib.contextmanager
def disk(mib, table=None, sector=512):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        yield Disk(stack, folder, mib, table, sector)


def room(path):
    found = os.statvfs(path)
    return found.f_blocks * found.f_frsize


def digest(path):
    return hashlib.sha256(open(f"{path}/data", "rb").read()).hexdigest()


def may_grow_ext4():
    found = re.search(r"^CapEff:\s*(\w+)", open("/proc/self/status").read(), re.M)
    return int(found.group(1), 16) & 1 << 24  # CAP_SYS_RESOURCE


def grows(kind, table, number=1, sector=512, by=lambda one, path: one.device):
    """The disk becomes twice as large, and so does the file system, within a tenth."""
    with disk(SMALL[kind], table, sector) as one:
        path = one.put(kind, number)
        before, data = room(path), digest(path)
        one.resize(2 * SMALL[kind])
        said = hvctl("grow", by(one, path), "--yes")
        if said.returncode or said.stderr:
            yield f"exit status {said.returncode}: {said.stdout}{said.stderr}"
        if not 0.9 * SMALL[kind] * MIB < room(path) - before <= SMALL[kind] * MIB + 4 * MIB:
            yield f"it had {before}, and has {room(path)}"
        if digest(path) != data:
            yield "what was in there is another thing now"
        if table and "No errors detected" not in run("sfdisk", "--verify", one.device):
            yield run("sfdisk", "--verify", one.device)
        again = hvctl("grow", one.device, "--yes")
        if again.returncode or "nothing to do" not in again.stdout:
            yield f"it is never done: {again.stdout}{again.stderr}"
        run("umount", path)
        checked = subprocess.run([*CHECK[kind], one.part(number)], capture_output=True, text=True)
        if checked.returncode:
            yield checked.stdout + checked.stderr
        run("mount", one.part(number), path)


def refuses(reason, *words, disk_of):
    """Refused for that reason, and nothing is changed."""
    table = disk_of.table() if disk_of else None
    said = hvctl("grow", *words, "--yes")
    if said.returncode != 1 or reason not in said.stderr:
        yield f"exit status {said.returncode}, not refused for '{reason}': {said.stdout}{said.stderr}"
    if disk_of and disk_of.table() != table:
        yield f"the table was changed: {said.stderr}"


def check_growth(tap):
    cases = [(f"{kind} in the last partition of a GPT", kind, PLAIN, {}) for kind in SMALL]
    cases += [(f"{kind} on a disk without partitions", kind, None, {"number": 0}) for kind in SMALL]
    cases += [
        ("ext4 in the last partition of an MBR", "ext4", "label: dos\n,,\n", {}),
        ("btrfs in the last partition of an MBR", "btrfs", "label: dos\n,,\n", {}),
        ("btrfs behind partitions with higher numbers", "btrfs",
         "label: gpt\n14: start=2048, size=3M\n15: size=8M\n1: size=+\n", {}),
        ("xfs on a disk with sectors of 4096 bytes", "xfs", PLAIN, {"sector": 4096}),
        ("what a mount point names", "btrfs", PLAIN, {"by": lambda one, path: path}),
        ("what a partition names", "btrfs", PLAIN, {"by": lambda one, path: one.part(1)}),
        ("what a name without a folder names", "btrfs", PLAIN, {"by": lambda one, path: one.device[5:]}),
    ]
    for what, kind, table, options in cases:
        if kind == "ext4" and not may_grow_ext4():
            tap.check(f"grows {what} # SKIP without CAP_SYS_RESOURCE", [])
        else:
            tap.check(f"grows {what}", list(grows(kind, table, **options)))


def complaints_of_a_table_that_the_kernel_has_not_read():
    with disk(300, "label: gpt\n,150M\n") as one:
        path = one.put("btrfs")
        before = room(path)
        run("sfdisk", "--no-reread", "--no-tell-kernel", "-N1", one.device, stdin=", +\n")
        said = hvctl("grow", one.device, "--yes")
        if said.returncode or "1. tell the kernel" not in said.stdout or room(path) < before + 140 * MIB:
            yield f"it has {room(path)}: {said.stdout}{said.stderr}"


def complaints_of_a_file_system_in_front():
    with disk(600, "label: gpt\n,500M\n,,\n") as one:
        path = one.put("xfs", more=["-d", "size=320m"])
        before = room(path)
        said = hvctl("grow", path, "--yes")
        if said.returncode or room(path) - before < 170 * MIB:
            yield f"it has {room(path)}: {said.stdout}{said.stderr}"
        one.resize(700)
        yield from refuses("is not at the end of the disk", path, disk_of=one)


def complaints_of_a_physical_volume():
    with disk(100, PLAIN) as one:
        run("pvcreate", "--quiet", one.part(1))
        name = f"hvg{os.getpid()}"
        run("vgcreate", "--quiet", name, one.part(1))
        one.stack.callback(run, "vgremove", "--quiet", "--yes", name)
        one.resize(300)
        for wanted in "grow the physical volume", "nothing to do":
            said = hvctl("grow", one.device, "--yes")
            if said.returncode or wanted not in said.stdout:
                yield f"not '{wanted}': {said.stdout}{said.stderr}"
        free = run("vgs", "--noheadings", "--nosuffix", "--units", "m", "--options", "vg_free", name)
        if float(free) < 290:
            yield f"there are {free} MiB"


def complaints_of_refusals():
    with disk(100, PLAIN) as one:
        one.resize(200)
        yield from refuses("holds nothing that hvctl knows", one.device, disk_of=one)
        run("mkfs.ext4", "-q", one.part(1))
        yield from refuses("is not mounted, and grows while it is", one.device, disk_of=one)
        run("wipefs", "--all", one.part(1))
        run("mkswap", one.part(1))
        yield from refuses("is swap space", one.device, disk_of=one)
        one.resize(90)
        yield from refuses("has become smaller", one.device, disk_of=None)
    with disk(100, PLAIN) as one:
        path = one.put("ext4", options="ro")
        one.resize(200)
        yield from refuses("is mounted read-only", path, disk_of=one)
    with disk(100, "label: dos\n1: size=20M\n2: type=E\n5: start=45056\n") as one:
        one.put("ext4", 5)
        one.resize(200)
        yield from refuses("p5 is in an extended partition", one.device, disk_of=one)
        yield from refuses("p2 is an extended partition", one.part(2), disk_of=one)
    if hvctl("grow", "/proc", "/sys").returncode != 2:
        yield "it takes one at a time"
    yield from refuses("neither a disk nor a mount point", SOURCE, disk_of=None)
    yield from refuses("No such file", "/dev/hvg-no-such-disk", disk_of=None)
    yield from refuses("stands on no disk", "/proc", disk_of=None)


def complaints_of_a_disk_that_stays():
    """Not asked for, not permitted, or held by another: nothing is done."""
    with disk(200, PLAIN) as one:
        path = one.put("btrfs")
        one.resize(400)
        before, table = room(path), one.table()
        cases = [(["--dry-run"], {}, 0, "btrfs filesystem resize 1:max"), ([], {}, 1, "without a terminal it takes --yes"),
                 (["--json"], {}, 1, "with --json it takes --yes"),
                 (["--yes"], {"user": 65534}, 4, "Permission denied")]
        for words, options, status, wanted in cases:
            said = hvctl("grow", one.device, *words, **options)
            if said.returncode != status or wanted not in said.stdout + said.stderr:
                yield f"{words}: exit status {said.returncode}: {said.stdout}{said.stderr}"
        with open(one.device) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield from refuses("cannot be locked", one.device, disk_of=one)
        if room(path) != before or one.table() != table:
            yield "something was done"


def on_terminal(words, answer, meanwhile=lambda: None):
    """What is said there, and the exit status; meanwhile is done between question and answer."""
    process, ours = pty.fork()
    if process == 0:
        os.execv(HVCTL, [HVCTL, "disk", *words])
    text = b""
    try:
        while True:
            text += os.read(ours, 65536)
            if text.endswith(b"[y/N] "):
                meanwhile()
                os.write(ours, answer)
    except OSError:  # its end
        pass
    os.close(ours)
    return text.decode(), os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def complaints_of_a_terminal():
    with disk(200, PLAIN) as one:
        path = one.put("btrfs")
        one.resize(400)
        before = room(path)
        text, status = on_terminal(["grow", path], b"n\n")
        if status != 1 or room(path) != before:
            yield f"'n': {status} {text}"
        text, status = on_terminal(["grow", path], b"y\n", lambda: run("wipefs", "--all", "--force", one.device))
        if status != 1 or "has changed meanwhile" not in text:
            yield f"changed meanwhile: {status} {text}"
        run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", one.device, stdin="label: gpt\n,199M\n")
        text, status = on_terminal(["grow", path], b"y\n")
        if status != 0 or room(path) == before:
            yield f"'y': {status} {text}"


def complaints_of_tools():
    """A tool that is not there is told before anything is done, one that fails afterwards; nothing follows it."""
    with disk(200, PLAIN) as one:
        path = one.put("btrfs")
        one.resize(400)
        script = f"{one.folder}/script"
        open(script, "w").write("#!/bin/sh\necho 'no luck' >&2\nexit 3\n")
        run("mount", "--bind", script, TOOL)
        one.stack.callback(run, "umount", TOOL)
        yield from refuses("btrfs is missing; it is in the package btrfs-progs", path, disk_of=one)
        os.chmod(script, 0o755)
        cases = [("echo 'no luck' >&2\nexit 3", "btrfs failed (3): no luck"), ("", '"grow the file system" is still to do')]
        for code, wanted in cases:
            open(script, "w").write(f"#!/bin/sh\n{code}\n")
            said = hvctl("grow", path, "--yes")
            if said.returncode != 1 or wanted not in said.stderr:
                yield f"{said.returncode}: {said.stdout}{said.stderr}"


def complaints_of_rescan():
    with disk(100) as one:
        said = hvctl("rescan", "--json", one.device)
        if json.loads(said.stdout) != [{"disk": one.device[5:], "asked": False, "before": 100 * MIB, "size": 100 * MIB}]:
            yield said.stdout
        said = hvctl("rescan", one.device)
        if said.returncode or "its driver hears of changes by itself" not in said.stdout:
            yield said.stdout + said.stderr
    said = hvctl("rescan", "/proc")
    if said.returncode != 1 or "no disk" not in said.stderr:
        yield f"/proc: exit status {said.returncode}: {said.stdout}{said.stderr}"
    yield from complaints_of_all_the_hosts_disks()


def complaints_of_all_the_hosts_disks():
    """In a recorded guest's /sys, whose disks are asked there."""
    with tempfile.TemporaryDirectory() as folder:
        tree.build(open(f"{SOURCE}/tests/data/guests/broken.guest").read(), folder)
        os.makedirs(f"{folder}/sys/class", exist_ok=True)
        os.symlink("../block", f"{folder}/sys/class/block")
        open(f"{folder}/sys/block/sda/device/rescan", "w").close()
        said = run(*tree.inside(folder, HVCTL, "--json", "disk", "rescan"))
        size = 512 * int(open(f"{folder}/sys/block/sda/size").read())
        if {"disk": "sda", "asked": True, "before": size, "size": size} not in json.loads(said):
            yield said
        if open(f"{folder}/sys/block/sda/device/rescan").read() != "1":
            yield "sda was not asked"


def complaints_of_json():
    """Whatever comes of it is told as the schemas promise."""
    with disk(200, PLAIN) as one:
        yield from schema.complaints("disk-rescan", hvctl("--json", "rescan", one.device).stdout)
        path = one.put("btrfs")
        one.resize(400)
        cases = [("planned", [one.device, "--dry-run"], {}), ("failed", [one.device], {"user": 65534}),
                 ("grown", [path, "--yes"], {}), ("nothing to do", [path], {}), ("refused", ["/proc"], {})]
        for result, words, options in cases:
            said = hvctl("--json", "grow", *words, **options).stdout
            yield from schema.complaints("disk-grow", said)
            if json.loads(said)[0]["result"] != result:
                yield f"it is not '{result}': {said}"


def golden_text():
    """All that can be said, with names that are no chance."""
    with disk(400, PLAIN) as one:
        path = one.put("xfs", point="it's here")
        one.resize(800)

        def said(*words):
            done = hvctl(*words)
            text = done.stdout + done.stderr + (f"[exit status {done.returncode}]\n" if done.returncode else "")
            text = f"$ hvctl disk {' '.join(words)}\n{text}\n".replace(one.folder, "/tmp")
            return re.sub(r"^(DISK|loop0) +", r"\1 ", re.sub(r"loop\d+", "loop0", text), flags=re.M)

        yield said("rescan", one.device)
        yield said("grow", one.device, "--dry-run")
        yield said("--json", "grow", one.device, "--dry-run")
        yield said("grow", one.device, "--yes")
        yield said("grow", path)
        yield said("--json", "grow", path, "--yes")


def complaints_of_text():
    text, path = "".join(golden_text()), f"{SOURCE}/tests/data/golden/disk.txt"
    if os.environ.get("HVG_GOLDEN_WRITE"):
        open(path, "w").write(text)
    if text != open(path).read():
        yield f"it is not what {path} has:\n{text}"


def main():
    tap = Tap("hvctl-disk")
    if os.geteuid() != 0 or not os.path.exists("/dev/loop-control"):
        tap.check("no root, or no loop devices # SKIP", [])
        tap.finish()
    check_growth(tap)
    tap.check("the kernel is told of a table", list(complaints_of_a_table_that_the_kernel_has_not_read()))
    tap.check("a file system in front grows in its partition", list(complaints_of_a_file_system_in_front()))
    tap.check("a physical volume grows", list(complaints_of_a_physical_volume()))
    tap.check("what is not understood is refused", list(complaints_of_refusals()))
    tap.check("nothing is done that is not asked for", list(complaints_of_a_disk_that_stays()))
    tap.check("a terminal is asked", list(complaints_of_a_terminal()))
    tap.check("tools that are missing or fail are told", list(complaints_of_tools()))
    tap.check("disks are rescanned", list(complaints_of_rescan()))
    tap.check("its JSON is what the schemas promise", list(complaints_of_json()))
    tap.check("it prints what is recorded", list(complaints_of_text()))
    tap.finish()


if __name__ == "__main__":
    if os.geteuid() == 0 and "HVG_OWN_MOUNTS" not in os.environ:
        os.environ["HVG_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    main()
