#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""README.md's table of cameras is what tests/integration/test-quirks.py tries, no more and no
less; and nothing that the simulated camera can do is left out of the tests."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
root = pathlib.Path(sys.argv[1])
integration = root / "tests/integration"
sys.path[:0] = [str(integration), str(root / "tests/sim")]
import quirk_rows  # noqa: E402
from simcam import quirks  # noqa: E402

text = (root / "README.md").read_text()
table = text.split("<!-- cameras: begin -->\n", 1)[1].split("\n<!-- cameras: end -->", 1)[0]
programs = {path.name: path.read_text() for path in integration.glob("test-*.py")}
in_rows = {quirk.partition("=")[0] for group in quirk_rows.GROUPS for row in group.rows for quirk in row.quirks}


def is_tried(quirk):
    if quirk in quirk_rows.ELSEWHERE:
        name, _, function = quirk_rows.ELSEWHERE[quirk].partition(": ")
        return name in programs and function in programs[name]
    named = re.compile(rf"(?<![\w-]){re.escape(quirk)}(?![\w-])")
    return quirk in in_rows or any(named.search(program) for program in programs.values())


results = [("the table is that of the tests", table == quirk_rows.readme())]
results += [(quirk, is_tried(quirk)) for quirk in quirks.CATALOGUE]
results += [(f"{quirk} is known", quirk in quirks.CATALOGUE) for quirk in sorted(in_rows)]
print(f"TAP version 13\n1..{len(results)}")
for number, (name, good) in enumerate(results, 1):
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
if not results[0][1]:
    print("# write it anew: python3 tests/integration/quirk_rows.py")
sys.exit(0 if all(good for _, good in results) else 1)
