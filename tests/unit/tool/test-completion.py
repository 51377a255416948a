#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Completion as the shells themselves do it, at a terminal: what is typed, and what comes of the key. Which
options there are is compared with --help elsewhere (test-tool-words.py)."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

completion = pathlib.Path(sys.argv[1]) / "tools" / "pw-onvif" / "completion"
COMMANDS = {"list", "probe", "login", "logout", "say", "doctor"}
COMMON = {"--json", "--quiet", "--remote", "--help"}
ROWS = {    # what is typed: what is offered
    "pw-onvif lo": {"login", "logout"},
    "pw-onvif probe --": COMMON | {"--no-play", "--take-over", "--report"},
    "pw-onvif probe ": set(),                       # a camera: no file
    "pw-onvif probe --report re": {"report.txt"},
    "pw-onvif probe --report=re": {"report.txt"},
    "pw-onvif probe --remote ": set(),
    "pw-onvif list --w": {"--watch"},
    "pw-onvif login --user ": set(),
    "pw-onvif login --user somebody --n": {"--no-verify"},
    "pw-onvif logout camera ": set(),
    "pw-onvif say camera --t": {"--take-over", "--tone"},
    "pw-onvif say camera to": {"tone.wav"},
    "pw-onvif say camera tw": {"two words.wav"},
    "pw-onvif say --rate ": set(),
    "pw-onvif say camera --rate ": set(),
    "pw-onvif doctor --j": {"--json"},
}
PROMPT = "READY> "
BASH = """PS1='REA''DY> '; bind 'set enable-bracketed-paste off' 2>/dev/null; source '{dir}/pw-onvif.bash'
pw-onvif() {{ printf '<%s>' "$@"; echo E''ND; }}; echo E''ND
"""
# without descriptions, in columns
ZSH = """PS1='REA''DY> '; unset zle_bracketed_paste; unsetopt prompt_sp prompt_cr; fpath=('{dir}' $fpath); autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' verbose no; bindkey '^Xl' list-choices; pw-onvif() {{ echo E''ND }}; echo E''ND
"""


class Shell:
    """One that reads what is typed at its terminal."""

    def __init__(self, directory, *args):
        environment = {**os.environ, "TERM": "dumb", "HOME": directory, "LC_ALL": "C"}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe(args[0], args, environment)

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_end(self):
        """What is on the screen until END stands there. (And then a prompt: who types before the line
        editor has the terminal sees the keys themselves.)"""
        text, end = "", time.monotonic() + 20
        while PROMPT not in text.rpartition("END")[2] or "END" not in text:
            if time.monotonic() > end:
                raise AssertionError(f"no answer: {text!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                text += os.read(self.fd, 4096).decode(errors="replace")
        return text.rpartition("END")[0]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def bash(directory, rows):
    """M-* puts all that is possible into the line, which is then run."""
    shell = Shell(directory, "bash", "--norc", "--noprofile", "-i")
    try:
        shell.type(BASH.format(dir=completion))
        shell.wait_end()
        for line in rows:
            before = line.split(" ")[1:]
            shell.type(line + "\x1b*\n")
            words = re.findall("<([^>]*)>", shell.wait_end().replace("\r\n", ""))
            rest = words[len(before) - 1:]
            yield line, set() if rest in ([], [before[-1]]) else {word.split("=")[-1] for word in rest}
    finally:
        shell.close()


def zsh(directory, rows):
    shell = Shell(directory, "zsh", "-f", "-i")
    try:
        shell.type(ZSH.format(dir=completion))
        shell.wait_end()
        for line in rows:
            shell.type(line + "\x18l\n")
            text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x07", "", shell.wait_end())
            shown = text.replace("\r", "").replace("\\", "").split(line, 1)[1]
            # (the line is drawn anew below the list)
            yield line, set(shown.rsplit(PROMPT + line, 1)[0].split()) if PROMPT + line in shown else set()
    finally:
        shell.close()


def fish(directory, rows):
    for line in rows:
        result = subprocess.run(["fish", "--no-config", "-c", f"source '{completion}/pw-onvif.fish'; complete -C '{line}'"],
                                capture_output=True, text=True, cwd=directory, check=True,
                                env={**os.environ, "HOME": directory, "LC_ALL": "C.UTF-8"})
        assert result.stderr == "", result.stderr
        # (fish 4 goes on with what has the word anywhere in it)
        words = {shown.split("\t")[0] for shown in result.stdout.splitlines()}
        yield line, {word.split("=")[-1] for word in words if word.startswith(line.rsplit(" ", 1)[1])}


def is_right(line, offered, wanted):
    last = line.rsplit(" ", 1)[1]
    if line == "pw-onvif ":
        # (some offer options of the tool itself as well, or `help`)
        return offered >= wanted
    # where something else may stand, options may, too
    if not last.startswith("-"):
        offered = {word for word in offered if not word.startswith("-")}
    # (zsh shows a list of words, quoted or not)
    return offered in (wanted, set(" ".join(wanted).split()))


def main():
    print(f"TAP version 13\n1..{3 * (len(ROWS) + 1)}")
    number = failed = 0
    with tempfile.TemporaryDirectory() as directory:
        for name in ("tone.wav", "two words.wav", "report.txt"):
            (pathlib.Path(directory) / name).write_text("")
        for shell in (bash, zsh, fish):
            name = shell.__name__
            if not shutil.which(name):
                for number in range(number + 1, number + len(ROWS) + 2):
                    print(f"ok {number} - {name} # SKIP {name} is not installed")
                continue
            rows = {**ROWS, "pw-onvif ": COMMANDS}
            for line, offered in shell(directory, rows):
                number += 1
                right = is_right(line, offered, rows[line])
                if not right:
                    print(f"# {sorted(offered)} is offered, not {sorted(rows[line])}")
                print(f"{'ok' if right else 'not ok'} {number} - {name}: {line}".rstrip(), flush=True)
                failed += not right
    return 1 if failed else 0


sys.exit(main())
