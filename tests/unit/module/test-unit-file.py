#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""systemd's own opinion of the user unit: argument 1, as it is installed. It says nothing about a good one, and
warns of what it does not know: a misspelt key would be skipped, and with it what it was to forbid."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def verify(text):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "pipewire-onvif.service"
        path.write_text(text)
        return subprocess.run(["systemd-analyze", "--user", "verify", str(path)], capture_output=True, text=True,
                              env={**os.environ, "XDG_RUNTIME_DIR": directory, "LC_ALL": "C"})


print("TAP version 13\n1..2")
unit = pathlib.Path(sys.argv[1]).read_text()
binary = unit.split("ExecStart=", 1)[1].split()[0]
if not shutil.which("systemd-analyze"):
    print("ok 1 # SKIP systemd-analyze is not installed\nok 2 # SKIP systemd-analyze is not installed")
    sys.exit(0)
if not os.path.exists(binary):
    print(f"ok 1 # SKIP {binary} is not installed\nok 2 # SKIP {binary} is not installed")
    sys.exit(0)
good, bad = verify(unit), verify(unit.replace("NoNewPrivileges=", "NoNewPrivilege="))
if "Failed to initialize manager" in good.stderr:
    print("ok 1 # SKIP systemd-analyze cannot work here\nok 2 # SKIP systemd-analyze cannot work here")
    sys.exit(0)
said = [line for line in good.stderr.splitlines() if "pipewire-onvif" in line]
right = good.returncode == 0 and not said
print("".join(f"# {line}\n" for line in good.stderr.splitlines()) * (not right), end="")
print("ok 1 - the unit" if right else "not ok 1 - the unit")
noticed = "NoNewPrivilege" in bad.stderr
print("ok 2 - a misspelt key is noticed" if noticed else "not ok 2 - a misspelt key is noticed")
sys.exit(0 if right and noticed else 1)
