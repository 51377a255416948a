#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Everything is run with a password that is easily recognised, at the highest log level: it is nowhere
but in the file of credentials, and so is what can be made of it."""
import base64
import hashlib
import json
import pathlib
import re
import threading
import time
import urllib.parse

import audio
from cameras import Camera
from desktop import Desktop
from keyring import Keyring, need_keyring
from tap import check, main, note, test, wait_for
from tool import answer

UUID = "urn:uuid:2d5f0005-0c5e-4b0e-9a3b-00408c112255"
SERIAL = "SN-c4nary-4711"
CANARY = "m4gp1e c4nary\"\\&#%2f"
ADDRESS = "127.0.0.3"


def spellings():
    """The ways in which it would be found."""
    plain = f"admin:{CANARY}".encode()
    # of the password inside of base64, whatever comes before it
    inside = [base64.b64encode(b"x" * n + CANARY.encode())[8:20].decode() for n in range(3)]
    return {CANARY, "m4gp1e", "c4nary\"", "c4nary\\", "c4nary%", urllib.parse.quote(CANARY), json.dumps(CANARY)[1:-1],
            base64.b64encode(plain).decode()[:20], CANARY.encode().hex(), *inside,
            hashlib.md5(CANARY.encode()).hexdigest()}


def check_clean(place, text):
    for word in spellings():
        at = text.find(word)
        check(at < 0, f"{place}: {re.sub('[^ -~]', '?', text[max(at - 200, 0):at])}[here]")
    # what answers a challenge can be tried against it for ever
    found = re.search(r'(?i)(response|cnonce|[^a-z]nonce)=\\?"[0-9a-zA-Z+/=]{8,}|Authorization: *(Digest|Basic) [^<\s]|'
                      r'(PasswordDigest|Nonce|wsse:Password)[^>\n]*>[0-9A-Za-z+/]{8}', text)
    check(not found, f"{place}: {found and text[max(found.start() - 100, 0):found.start() + 20]!r}")


class Watcher:
    """What others see of each process, while they run: its command line and (of the same user) its
    environment."""

    def __init__(self):
        self.seen = set()
        self.end = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.end:
            for entry in pathlib.Path("/proc").iterdir():
                try:
                    if entry.name.isdigit():
                        self.seen.add((entry / "cmdline").read_bytes())
                        self.seen.add((entry / "environ").read_bytes())
                except OSError:
                    pass
            time.sleep(0.02)

    def text(self):
        self.end = True
        self.thread.join()
        return b"\n".join(self.seen).decode(errors="replace")


class Places:
    """Where it might be found: what was printed and written."""

    def __init__(self, desktop):
        self.desktop = desktop
        self.places = {}

    def add(self, place, text):
        check(text, f"{place}: nothing was there to be looked at")
        self.places[place] = text

    def tool(self, *args, stdin=""):
        done = answer(self.desktop, *args, stdin=stdin, env={"PIPEWIRE_DEBUG": "5"})
        self.add(" ".join(args), f"status {done.returncode}\n{done.stdout}{done.stderr}")
        check("Sanitizer" not in done.stderr, done.stderr[-3000:])
        return done

    def check(self):
        for place, text in self.places.items():
            check_clean(place, text)
        note(f"{len(self.places)} places, {sum(len(t) for t in self.places.values()) // 1024} KiB")


def look_at_the_desktop(desktop, places, when):
    places.add(f"pw-dump {when}", json.dumps(desktop.dump()))
    places.add(f"pw-metadata {when}", desktop.run(["pw-metadata", "-n", "onvif"], check=False, timeout=10).stdout)
    places.add(f"pw-cli {when}", desktop.run(["pw-cli", "info", "all"], check=False).stdout)


def files(desktop, places, login_file):
    """All that was written, below the configuration and the state: but for that one file."""
    for directory in ("config", "state", "runtime"):
        for file in (desktop.base / directory).rglob("*"):
            if file.is_file() and file != login_file and file.stat().st_size:
                places.add(str(file), file.read_text(errors="replace"))
    for log in desktop.base.glob("*.log"):
        if log.stat().st_size:
            places.add(log.name, log.read_text(errors="replace"))


def camera_of(desktop, auth, *options):
    password = desktop.base / "password"
    password.write_text(CANARY)
    return Camera(desktop, "Locked Camera", options=[
        "--interface", "lo", "--address", ADDRESS, "--uuid", UUID, "--serial", SERIAL, "--auth", auth, "--user", "admin",
        "--password-file", str(password), "--discovery", *options])


def wait_until_asked(desktop, rule=""):
    """Starts the service; until it wants a login, and has written down for whom."""
    desktop.settings('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n' + rule)
    desktop.start_onvif(debug="5")
    wait_for(lambda: "login-required" in desktop.log(), 15, "the service knows that a login is needed")
    state = desktop.base / "state" / "pipewire" / "onvif-state.conf"
    wait_for(lambda: state.exists() and ADDRESS in state.read_text(), 10, "the address learned")


def everything(auth, *options, rule=""):
    with Desktop() as desktop:
        camera = camera_of(desktop, auth, *options)
        login_file = desktop.base / "config" / "pipewire" / "onvif-credentials.conf"
        wait_until_asked(desktop, rule)
        places, watcher = Places(desktop), Watcher()
        try:
            places.tool("login", ADDRESS, stdin=f"admin\n{CANARY}x\n")
            done = places.tool("login", ADDRESS, stdin=f"admin\n{CANARY}\n")
            check(done.returncode == 0, done.stderr[-2000:])
            places.tool("login", ADDRESS, "--json", stdin=f"admin\n{CANARY}\n")
            sink = desktop.wait_sink("Locked Camera", 15)
            look_at_the_desktop(desktop, places, "idle")
            for args in (("list",), ("list", "--json"), ("doctor",), ("doctor", "--json"),
                         ("probe", ADDRESS, "--json"), ("probe", ADDRESS, "--report", str(desktop.base / "report"))):
                done = places.tool(*args)
                check(args[0] == "doctor" or done.returncode == 0, done.stdout + done.stderr[-2000:])
            report = (desktop.base / "report").read_text()
            check("DESCRIBE" in report and SERIAL not in report and UUID[9:] not in report, report)
            check(re.search("Authorization: (Digest|Basic) <redacted>", report), report)
            places.add("report", report)

            player = desktop.start(["paplay", "--device", sink["name"],
                                    audio.tone_wav(desktop.base / "tone.wav", 1004, 1.5)])
            wait_for(lambda: camera.stats()["rtp_packets"] > 0, 8, "the camera hears it")
            places.tool("say", ADDRESS, "--tone")
            look_at_the_desktop(desktop, places, "streaming")
            player.wait(15)
            camera.wait_stat("teardowns", 1, 10)
            places.tool("say", ADDRESS, "--tone")

            # a file that it cannot read: what is in it is not told
            good = login_file.read_text()
            for wrong in (good.replace(f'user = "admin"', 'user = admin 2'), good.replace("password = ", "pass = "),
                          good.replace('user = "admin" password =', 'user = "admin"'), good.replace(" }", " ]"),
                          good.replace('password = "', 'password = ""'), good.replace('password = "', 'password = " "')):
                check(wrong != good, good)
                desktop.credentials(wrong)
                time.sleep(0.3)
                for args in (("doctor",), ("probe", ADDRESS, "--no-play"), ("logout", ADDRESS)):
                    places.tool(*args)
            desktop.credentials(good)
            places.tool("logout", ADDRESS)
            look_at_the_desktop(desktop, places, "logged out")
        finally:
            seen = watcher.text()
        check("login" in seen and "PIPEWIRE_DEBUG" in seen, "nothing was seen of the processes")
        places.add("command lines", seen)
        desktop.stop_onvif()
        files(desktop, places, login_file)
        check(len(places.places["onvif.log"]) > 100000, "that was not the highest level")
        places.check()


@test
def digest():
    everything("digest")


@test
def digest_over_tls():
    everything("digest-all", "--tls", "only")


@test
def user_name_token():
    everything("wsse")


@test
def basic_where_it_is_allowed():
    everything("basic", rule='onvif.rules = [ { matches = [ { onvif.address = "127.0.0.3" } ] '
               'actions = { update-props = { auth.basic = true } } } ]\n')


@test
def in_the_keyring():
    """Then it is not even in the file of credentials, and nobody else's to be seen while it is handed over."""
    need_keyring()
    with Desktop(pulse=False) as desktop:
        keyring = Keyring(desktop)
        camera_of(desktop, "digest")
        wait_until_asked(desktop)
        places, watcher = Places(desktop), Watcher()
        try:
            done = places.tool("login", ADDRESS, "--keyring", stdin=f"admin\n{CANARY}\n")
            check(done.returncode == 0, done.stderr[-2000:])
            places.add("the file", (desktop.base / "config/pipewire/onvif-credentials.conf").read_text())
            wait_for(lambda: desktop.node_by_id(UUID), 10, "the output")
            look_at_the_desktop(desktop, places, "with the keyring")
            check(places.tool("probe", ADDRESS, "--no-play").returncode == 0, "cannot be used")
            places.tool("doctor")
            keyring.lock()
            places.tool("probe", ADDRESS, "--no-play")
            places.tool("login", ADDRESS, "--keyring", stdin=f"admin\n{CANARY}\n")
            keyring.unlock()
            places.tool("logout", ADDRESS)
        finally:
            seen = watcher.text()
        check("pipewire-onvif-keyring" in seen, "nothing was seen of the helper")
        places.add("command lines", seen)
        desktop.stop_onvif()
        files(desktop, places, None)
        places.check()


main()
