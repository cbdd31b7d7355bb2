# SPDX-License-Identifier: LGPL-2.1-or-later
#
# TAP for the Python scripts here, written where ./dev test counts.

import os
import sys


class Tap:
    """Collects results; a check passes if nobody complains."""

    def __init__(self, name):
        folder = os.environ.get("HVG_TAP_DIR")
        self.name, self.n, self.failed = name, 0, 0
        self.file = open(f"{folder}/{name}.tap", "w") if folder else sys.stdout

    def check(self, what, complaints):
        self.n += 1
        self.failed += bool(complaints)
        print(f"{'not ok' if complaints else 'ok'} {self.n} - {self.name}: {what}", file=self.file)
        for complaint in complaints:
            print(complaint, file=sys.stderr)

    def finish(self):
        print(f"1..{self.n}", file=self.file)
        sys.exit(self.failed > 0 or self.n == 0)
