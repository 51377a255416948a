#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts single tests (TAP lines) in meson's logs and names those that failed."""
import json
import re
import sys


def count(entry):
    """(passed, failed names, skipped names) of one test program."""
    passed, failed, skipped = 0, [], []
    for line in entry.get("stdout", "").splitlines():
        match = re.match(r"(ok|not ok) \d+(?: - )?(.*)", line)
        if not match:
            continue
        name = f"{entry['name']}: {match.group(2)}"
        if match.group(1) == "not ok":
            failed.append(name)
        elif "# SKIP" in line:
            skipped.append(name)
        else:
            passed += 1
    if entry["result"] == "SKIP" and not skipped:
        skipped.append(entry["name"])
    elif entry["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and not failed:
        failed.append(f"{entry['name']}: {entry['result']}")
    elif entry["result"] == "OK" and not passed and not skipped:
        passed = 1
    return passed, failed, skipped


def main():
    args = sys.argv[1:]
    builds = int(args[args.index("--failed-builds") + 1])
    logs = [a for a in args if a.endswith(".json")]
    passed, failed, skipped = 0, ["a build, see above"] * builds, []
    for path in logs:
        where = path.split("/")[-3]
        for line in open(path):
            more = count(json.loads(line))
            passed += more[0]
            failed += [f"[{where}] {name}" for name in more[1]]
            skipped += [f"[{where}] {name}" for name in more[2]]
    for name in skipped:
        print("skipped:", name)
    for name in failed:
        print("FAILED:", name)
    if not passed:
        failed.append("no test ran at all")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    sys.exit(1 if failed else 0)


main()
