# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The command-line tool, and somebody who publishes what the service would."""
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios

from cameras import read_line
from desktop import BUILD, SOURCE, sanitizer_runtime
from tap import check

TOOL = str(BUILD / "tools" / "pw-onvif" / "pw-onvif")


def pw_onvif(desktop, *args, **options):
    return desktop.run([TOOL, *args], check=False, **options)


def answer(desktop, *args, stdin="", env=None):
    """The same with something typed; a sanitized tool looks for leaks as the service does."""
    extra = dict(env or {})
    if sanitizer_runtime():
        extra.update({"ASAN_OPTIONS": "detect_leaks=1", "LSAN_OPTIONS": f"suppressions={SOURCE}/tests/lsan.supp"})
    return subprocess.run([TOOL, *args], env={**desktop.env, **extra}, input=stdin, text=True,
                          capture_output=True, timeout=60)


def expect(result, status, *words, secret):
    """Its exit status, and what it says: these words, and not the secret."""
    text = result.stdout + result.stderr
    check(result.returncode == status, f"{result.args[1:]}: status {result.returncode}, not {status}: {text}")
    for word in words:
        check(word in text, f"{word!r} is not in: {text}")
    check(secret not in text, "the password is in what it says")
    return text


def on_terminal(desktop, *args, env=None):
    """The same on a terminal of its own; standard error goes there, too."""
    command = " ".join([TOOL, *args])
    return subprocess.run(["script", "-qec", command, "/dev/null"], env={**desktop.env, "TERM": "xterm",
                                                                        **(env or {})},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


class Sized:
    """The tool on a terminal of so many columns; what it writes is in .text."""

    def __init__(self, desktop, columns, *args):
        self.master, slave = pty.openpty()
        self.text = ""
        self.resize(columns)
        # (a terminal of its own: whoever is at it is told that its size changes)
        self.process = subprocess.Popen([TOOL, *args], env={**desktop.env, "TERM": "xterm"}, stdin=slave, stdout=slave,
                                        stderr=slave, preexec_fn=lambda: (os.setsid(), fcntl.ioctl(slave, termios.TIOCSCTTY, 0)))
        os.close(slave)

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read(self, seconds):
        """What comes until it is silent for so long."""
        while select.select([self.master], [], [], seconds)[0]:
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                break

    def end(self, number=None):
        if number:
            self.process.send_signal(number)
        self.read(5)
        os.close(self.master)
        return self.process.wait(5)


class Publisher:
    """The metadata object "onvif"; cameras as keyword arguments of set()."""

    def __init__(self, desktop):
        self.process = subprocess.Popen([str(BUILD / "tests" / "integration" / "publisher")],
                                        env=desktop.env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        desktop.started.append(self)
        if read_line(self.process, 10) != "ready\n":
            raise AssertionError("the publisher does not begin")

    def raw(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        if read_line(self.process, 10) != "ok\n":
            raise AssertionError("the publisher went away")

    def set(self, key, **members):
        camera = {"id": key, "name": "", "address": "", "manufacturer": "", "model": "", "state": "idle",
                  "error": "", "codec": "", "transport": "", "node": "", "speaker": "unknown",
                  "configured": False, "claimed": False, "last-seen": 0}
        camera.update({name.replace("_", "-"): value for name, value in members.items()})
        self.raw(f"camera.{key} {json.dumps(camera)}")
        return camera

    def remove(self, key):
        self.raw(f"camera.{key}")

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
