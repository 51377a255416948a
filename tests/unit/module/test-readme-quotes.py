#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What README.md's troubleshooting quotes, the table's symptoms and the terminal's reasons, the
module or the tool says in these words."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
# the pieces of a string literal as one
said = "".join(re.sub(r'"\s*\n\s*"', "", path.read_text()) 
               for path in sorted([*root.glob("module/**/*.c"), *root.glob("tools/pw-onvif/*.c")]))
table = (root / "README.md").read_text().split("| symptom |", 1)[1].split("\n## ", 1)[0]
quotes = [quote for line in table.splitlines() if line.startswith("| ")
          for quote in re.findall(r'"([^"]+)"', line.split("|")[1])]
# what stands behind a state or a time, wrapped or not, sentence by sentence
terminal = re.search(r"<!-- transcript: begin -->\n```\n(.*?)```", (root / "README.md").read_text(), re.S).group(1)
reasons = re.findall(r"(?: ms|busy|ed)  +([A-Z].*(?:\n {50,}.*)*)$|\) is [a-z-]+: (.*)$", terminal, re.M)
pieces = {piece for reason in reasons
          for piece in re.split(r"[:.] ", re.sub(r"192\.0\.2\.\d+", "...", " ".join("".join(reason).split())))}
quotes += sorted(piece for piece in pieces if len(piece.split()) > 2)

print(f"TAP version 13\n1..{len(quotes) + 1}")
print("ok 1 - there are quotes" if len(quotes) > 5 else "not ok 1 - there are quotes")
# "..." is a number or a name
wrong = [quote for quote in quotes
         if not re.search("%[a-z]+".join(map(re.escape, quote.split("..."))), said)]
for number, quote in enumerate(quotes, 2):
    print(f"{'not ok' if quote in wrong else 'ok'} {number} - {quote}")
sys.exit(1 if wrong or len(quotes) <= 5 else 0)
