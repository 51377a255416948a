# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A keyring for a desktop: GNOME Keyring, without a window that asks."""
import os
import shutil
import subprocess

from desktop import BUILD
from tap import Skip, check, wait_for

DOOR = BUILD / "tests" / "integration" / "keyring-door"
MASTER = "of the keyring"


def need_keyring():
    """Raises Skip where this machine cannot run such a test."""
    if not os.access(BUILD / "tools" / "keyring" / "pipewire-onvif-keyring", os.X_OK):
        raise Skip("built without libsecret")
    if not shutil.which("gnome-keyring-daemon"):
        raise Skip("no gnome-keyring-daemon")


class Keyring:
    """Ended with the desktop."""

    def __init__(self, desktop):
        self.desktop = desktop
        self.start()

    def start(self):
        """As a login at the desktop does: it is made, or opened, with the user's password."""
        log = open(self.desktop.base / "keyring.log", "ab")
        process = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                                   env=self.desktop.env, stdin=subprocess.PIPE, stdout=log, stderr=log)
        self.desktop.daemons["keyring"] = process
        process.stdin.write(MASTER.encode())
        process.stdin.close()
        wait_for(lambda: self.state() == "open", 15, "the keyring, unlocked")

    def stop(self):
        self.desktop.kill("keyring")

    def door(self, what, **options):
        return self.desktop.run([DOOR, what], **options)

    def state(self):
        """locked, open or, while there is none, nothing"""
        return self.door("state", check=False).stdout.strip()

    def lock(self):
        self.door("lock")
        check(self.state() == "locked", "it cannot be locked")

    def unlock(self):
        """As its window does when the right password was typed."""
        self.door("unlock", input=MASTER)
        check(self.state() == "open", "it cannot be unlocked")

    def items(self):
        """[(label, id, address, user)] of what is ours."""
        return [tuple(line.split("\t")) for line in self.door("items").stdout.splitlines()]
