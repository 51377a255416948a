#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""pw-onvif login and logout, as somebody does it whose camera wants a password."""
import errno
import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import audio
import tool
from cameras import Camera
from desktop import BUILD, Desktop
from tap import check, main, note, test, wait_for
from tool import TOOL, answer

UUID = "urn:uuid:2d5f0004-0c5e-4b0e-9a3b-00408c112244"
CANARY = "s3cr3t c4nary\"\\#"
DISCOVERY = 'onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'
ADDRESS = "127.0.0.3"


def locked_camera(desktop, auth="digest", extra=()):
    password = desktop.base / "password"
    password.write_text(CANARY)
    return Camera(desktop, "Locked Camera", options=[
        "--interface", "lo", "--address", ADDRESS, "--uuid", UUID, "--auth", auth, "--user", "admin",
        "--password-file", str(password), *extra])


def login(desktop, *args, password=CANARY, user="admin", **more):
    return answer(desktop, "login", *args, stdin=f"{user}\n{password}\n", **more)


def expect(result, status, *words):
    return tool.expect(result, status, *words, secret=CANARY)


def path(desktop):
    return desktop.base / "config" / "pipewire" / "onvif-credentials.conf"


def contents(desktop):
    return path(desktop).read_bytes() if path(desktop).exists() else None


def listen(desktop, camera, sink):
    desktop.run([BUILD / "tests/integration/tone-player", sink["name"], "1004", "1.5", "0.2"])
    camera.wait_stat("teardowns", 1, 8)
    wrong, text = audio.judge_tone(audio.tone_part(camera.heard()), 1004, -6.02)
    check(not wrong, wrong)


def wait_for_the_address(desktop):
    """It learns who is where soon after (here that is a port of its own)."""
    state = desktop.base / "state" / "pipewire" / "onvif-state.conf"
    wait_for(lambda: state.exists() and ADDRESS in state.read_text(), 10, "the address learned")


def wait_for_the_question(desktop, camera, **how):
    desktop.start_onvif(**how)
    wait_for(lambda: "login-required" in desktop.log(), 15, "the service knows that a login is needed")
    wait_for_the_address(desktop)
    check(not desktop.sink_named("Locked Camera"), "a sink that cannot work")
    check(camera.stats()["auth_failures"] == 0, "a login was tried without credentials")


@test
def with_the_service_running():
    with Desktop() as desktop:
        camera = locked_camera(desktop, extra=["--discovery"])
        desktop.settings(DISCOVERY)
        wait_for_the_question(desktop, camera)

        expect(login(desktop, ADDRESS, password="wrong"), 4, "refuses", "lock")
        check(contents(desktop) is None, "stored in spite of that")
        check(camera.stats()["auth_failures"] == 1, "tried more than once")

        begin = time.monotonic()
        text = expect(login(desktop, "Locked Camera"), 0, "verified", "stored", str(path(desktop)), ADDRESS)
        done = time.monotonic()
        sink = desktop.wait_sink("Locked Camera", 3)
        note(f"login took {done - begin:.2f} s, the sink {time.monotonic() - done:.2f} s more")
        note(text.replace("\n", " | "))
        check(path(desktop).stat().st_mode & 0o777 == 0o600, "readable by others")
        entry = contents(desktop).decode()
        check(f'id = "{UUID}"' in entry and f'address = "{ADDRESS}"' in entry, "not bound to this camera")
        listen(desktop, camera, sink)
        check(camera.stats()["auth_failures"] == 1, "more failures")
        check(camera.violations() == [], camera.violations())

        before = contents(desktop)
        expect(login(desktop, ADDRESS, password="wrong again"), 4)
        check(contents(desktop) == before, "a wrong password changed the file")

        expect(answer(desktop, "logout", ADDRESS), 0, "Removed", str(path(desktop)))
        check(UUID.encode() not in contents(desktop), "still there")
        expect(answer(desktop, "logout", ADDRESS), 3, "no user and password")


@test
def an_own_file_is_edited_and_one_with_a_mistake_is_left_alone():
    mine = f'# mine\n[ {{ address = 192.0.2.9 user = "x" password = y }} # the other one\n' \
           f'  {{ address = {ADDRESS}   user = old password = old }}   # front\n]\n'
    with Desktop(pulse=False) as desktop:
        camera = locked_camera(desktop)
        place = f"{ADDRESS}:{camera.ready['http']}"
        broken = mine.replace("]\n", "")
        desktop.credentials(broken)
        expect(login(desktop, place), 1, f"{path(desktop)}:2:")
        expect(answer(desktop, "logout", place), 1, f"{path(desktop)}:2:")
        check(contents(desktop) == broken.encode(), "a file with a mistake was changed")
        check(camera.stats()["soap"] == {} or not camera.stats()["logins"], "the camera was asked in vain")

        desktop.credentials(mine)
        expect(login(desktop, place), 0, "replaced", "line 3")
        wanted = mine.replace("user = old password = old",
                              'user = "admin" password = "s3cr3t c4nary\\"\\\\#"').encode()
        check(contents(desktop) == wanted, contents(desktop))
        expect(answer(desktop, "logout", ADDRESS), 0)
        check(b"# the other one" in contents(desktop) and b"# front" in contents(desktop), "comments lost")
        check(ADDRESS.encode() not in contents(desktop), "still there")

        desktop.credentials(mine, mode=0o644)
        expect(login(desktop, place), 1, "chmod 600")
        check(contents(desktop) == mine.encode(), "changed")


@test
def a_camera_by_its_stream():
    with Desktop() as desktop:
        camera = locked_camera(desktop)
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "By URI" }} ]\n'
                         'onvif.properties = { onvif.discovery = false }\n')
        desktop.start_onvif()
        wait_for(lambda: "login-required" in desktop.log(), 15, "the service knows that a login is needed")
        for name in (camera.uri, ADDRESS, "by uri"):
            expect(login(desktop, name, password="wrong"), 4, "refuses")
            check(contents(desktop) is None, "stored in spite of that")
        check(camera.stats()["auth_failures"] == 3, "tried more than once each")
        expect(login(desktop, "By URI"), 0, "stored", ADDRESS)
        listen(desktop, camera, desktop.wait_sink("By URI", 3))
        expect(login(desktop, camera.uri), 0, "replaced")
        expect(answer(desktop, "logout", "By URI"), 0)
        expect(login(desktop, f"rtsp://admin:{CANARY.split()[0]}@{ADDRESS}/x"), 2)


@test
def the_certificate_is_pinned():
    with Desktop() as desktop:
        camera = locked_camera(desktop, extra=["--discovery", "--tls", "only"])
        desktop.settings(DISCOVERY)
        wait_for_the_question(desktop, camera)
        expect(login(desktop, ADDRESS), 0, "pinned", "sha256//")
        check(b"tls.pin" in contents(desktop), "not pinned")
        listen(desktop, camera, desktop.wait_sink("Locked Camera", 3))

        desktop.stop_onvif()
        before, tried = contents(desktop), camera.stats()["logins"]
        camera.command("certificate")
        expect(login(desktop, ADDRESS), 1, "certificate", "not sent")
        check(contents(desktop) == before, "stored")
        check(camera.stats()["logins"] == tried, "the password went to somebody else")


@test
def a_camera_that_knows_only_basic():
    with Desktop() as desktop:
        camera = locked_camera(desktop, auth="basic", extra=["--discovery"])
        desktop.settings(DISCOVERY)
        wait_for_the_question(desktop, camera)
        expect(login(desktop, ADDRESS), 4, "Basic", "auth.basic = true", "rule")
        check(contents(desktop) is None, "stored")
        # as it says
        desktop.settings(DISCOVERY + 'onvif.rules = [ { matches = [ { onvif.address = "127.0.0.3" } ] '
                         'actions = { update-props = { auth.basic = true } } } ]\n')
        desktop.stop_onvif()
        desktop.start_onvif()
        expect(login(desktop, ADDRESS), 0)
        desktop.wait_sink("Locked Camera", 15)


@test
def a_port_that_anybody_may_have_named():
    """Which one is told, and it gets no password in the clear, before somebody named it here."""
    with Desktop(pulse=False) as desktop:
        camera = locked_camera(desktop, auth="basic", extra=["--discovery"])
        place = f"{ADDRESS}:{camera.ready['http']}"
        desktop.settings(DISCOVERY + 'onvif.rules = [ { matches = [ { onvif.address = "127.0.0.3" } ] '
                         'actions = { update-props = { auth.basic = true } } } ]\n')
        term = Terminal(desktop, "login", ADDRESS)
        for question, answer in (("User for", "admin\n"), ("Password", CANARY + "\n")):
            term.wait(question)
            term.type(answer)
        term.wait(f"Asking {place}, as it announces itself")
        check(os.waitstatus_to_exitcode(term.end()) == 4, term.seen)
        check(f"log in to {place}" in " ".join(term.seen.split()), term.seen)
        check(contents(desktop) is None, "stored")
        # (the web service takes a digest; what is asked once more would have the password)
        check(camera.stats()["requests"] == {"DESCRIBE": 1}, camera.stats()["requests"])
        expect(login(desktop, place), 0, "verified")


@test
def a_password_that_was_refused_before_and_is_right_now():
    with Desktop() as desktop:
        camera = locked_camera(desktop, extra=["--discovery"])
        desktop.settings(DISCOVERY)
        desktop.credentials(f'[ {{ id = "{UUID}" user = "admin" password = "later" }} ]\n')
        desktop.start_onvif()
        wait_for(lambda: "refuses this user" in desktop.log(), 15, "refused")
        wait_for_the_address(desktop)
        camera.command("password admin later")
        text = expect(login(desktop, ADDRESS, password="later"), 0, "replaced", "at whatever address", "reconnect")
        # as it says
        desktop.run(["sh", "-c", re.search("`(.*)`", text).group(1)])
        desktop.wait_sink("Locked Camera", 3)


@test
def nobody_there_and_nothing_asked():
    with Desktop(pulse=False) as desktop:
        expect(login(desktop, ADDRESS), 3, "cannot be asked", "refused", "--no-verify")
        check(contents(desktop) is None, "stored")
        result = login(desktop, ADDRESS, "--no-verify", "--json")
        expect(result, 0)
        said = json.loads(result.stdout)
        check(said["address"] == ADDRESS and said["verified"] is False and said["file"] == str(path(desktop)), said)
        check(b'address = "127.0.0.3" user = "admin"' in contents(desktop), contents(desktop))
        expect(answer(desktop, "logout", ADDRESS), 0)

        camera = locked_camera(desktop, auth="none")
        place = f"{ADDRESS}:{camera.ready['http']}"
        before = contents(desktop)
        expect(login(desktop, place), 1, "asks nobody")
        check(contents(desktop) == before, "stored")
        for text, word in (("", "no user"), ("admin\n", "no password"), ("admin\na\tb\n", "control"),
                           ("admin\n" + 300 * "x" + "\n", "longer"), ("\nx\n", "empty")):
            expect(answer(desktop, "login", place, stdin=text), 2, word)
        expect(answer(desktop, "login", place, "a password"), 2, "arguments")
        expect(answer(desktop, "login"), 2)
        expect(answer(desktop, "logout", "no such camera"), 3)
        check(contents(desktop) == before, "stored")


@test
def only_the_stream_wants_a_login():
    with Desktop(pulse=False) as desktop:
        camera = locked_camera(desktop, extra=["--http-auth", "none", "--rtsp-auth", "digest"])
        place = f"{ADDRESS}:{camera.ready['http']}"
        expect(login(desktop, place, password="wrong"), 4)
        check(contents(desktop) is None, "stored")
        expect(answer(desktop, "login", place, "--user", "admin", stdin=CANARY), 0, "stored")


# ---- at a terminal ----

class Terminal:
    """The tool at a terminal of its own."""

    def __init__(self, desktop, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(TOOL, [TOOL, *args], desktop.env)
        self.seen = ""

    def read(self, timeout=0.2):
        ready, _, _ = select.select([self.fd], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 4096)
        except OSError as error:
            check(error.errno == errno.EIO, error)
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def wait(self, text):
        wait_for(lambda: text in self.seen or (self.read() and False), 15, f"{text} at the terminal: {self.seen}")

    def type(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self):
        while self.read(2):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return status


@test
def at_a_terminal():
    with Desktop(pulse=False) as desktop:
        camera = locked_camera(desktop)
        place = f"{ADDRESS}:{camera.ready['http']}"
        term = Terminal(desktop, "login", place)
        term.wait("User for")
        check(term.echoes(), "the user is not to be seen")
        term.type("admin\n")
        term.wait("Password")
        check(not term.echoes(), "the password is to be seen")
        term.type(CANARY + "\n")
        term.wait("stored")
        status = term.end()
        check(os.waitstatus_to_exitcode(status) == 0, status)
        check(CANARY not in term.seen, term.seen)

        before = contents(desktop)
        for how, signals in (("^C", signal.SIGINT), ("kill", signal.SIGTERM), ("hang-up", signal.SIGHUP)):
            # (as a shell does it: a terminal that outlives the tool)
            master, slave = pty.openpty()
            old = termios.tcgetattr(slave)
            process = subprocess.Popen([TOOL, "login", place, "--user", "admin"], env=desktop.env,
                                       stdin=slave, stdout=slave, stderr=slave)
            wait_for(lambda: not termios.tcgetattr(slave)[3] & termios.ECHO, 10, "the question")
            os.write(master, b"half a pass")
            process.send_signal(signals)
            check(process.wait(10) == -signals, f"{how}: {process.returncode}")
            check(termios.tcgetattr(slave) == old, f"{how}: the terminal is not as it was")
            os.close(master)
            os.close(slave)
        check(contents(desktop) == before, "changed")


@test
def killed_at_any_moment():
    """What is there afterwards is the old file or the new one (each moment: the unit test)."""
    with Desktop(pulse=False) as desktop:
        old = f'# mine\n[\n{{ address = {ADDRESS} user = admin password = old }}\n]\n'
        new = old.replace("= admin password = old", '= "admin" password = "new"')
        found = {old: 0, new: 0}
        for turn in range(60):
            desktop.credentials(old)
            process = subprocess.Popen([TOOL, "login", ADDRESS, "--no-verify", "--quiet"], env=desktop.env,
                                       stdin=subprocess.PIPE, text=True)
            process.stdin.write("admin\nnew\n")
            process.stdin.close()
            time.sleep(turn * 0.0015)
            process.kill()
            process.wait()
            text = path(desktop).read_text()
            check(text in found, text)
            found[text] += 1
        note(f"{found[old]} times the old one, {found[new]} times the new one")
        expect(login(desktop, ADDRESS, "--no-verify", password="new"), 0)
        check(sorted(p.name for p in path(desktop).parent.glob("onvif-credentials*")) == [path(desktop).name],
              "something is left lying about")


def follow_the_remedy(desktop, name):
    """Runs the command that the service names for this camera, as it stands there."""
    def shown():
        cameras = [m["value"] for o in desktop.dump() if o.get("props", {}).get("metadata.name") == "onvif"
                   for m in o["metadata"] if m["key"].startswith("camera.")]
        return next((found.group(1) for c in cameras if c["name"] == name
                     for found in [re.search(r"run `pw-onvif (login [^`]+)`", c["error"])] if found), None)
    command = wait_for(shown, 20, f"{name}: a remedy")
    note(f"{name}: pw-onvif {command}")
    expect(answer(desktop, *command.split(), stdin=f"admin\n{CANARY}\n"), 0, "verified")
    return desktop.wait_sink(name, 5)


@test
def remedies_lead_to_sound():
    """What the service says to do, done to the letter: for a camera that it found, one by URI, one with a
    wrong password, and one that moved away from the address that its password belongs to."""
    with Desktop() as desktop:
        password = desktop.base / "password"
        password.write_text(CANARY)

        def camera(name, address, *more):
            return Camera(desktop, name, out=desktop.base / f"{name}-{address}", options=[
                "--interface", "lo", "--address", address, "--auth", "digest", "--user", "admin",
                "--password-file", str(password), *more])
        listed = camera("Listed", "127.0.0.3")
        cameras = {"Found": camera("Found", "127.0.0.2", "--discovery"), "Listed": listed,
                   "Wrong": camera("Wrong", "127.0.0.4", "--discovery")}
        old = camera("Moved", "127.0.0.5", "--discovery", "--uuid", UUID)
        desktop.settings(DISCOVERY + f'onvif.cameras = [ {{ rtsp.uri = "{listed.uri}" onvif.name = "Listed" }} ]\n')
        known = CANARY.replace("\\", "\\\\").replace('"', '\\"')
        desktop.credentials('[ { address = "127.0.0.4" user = "admin" password = "another" }\n'
                            f'  {{ id = "{UUID}" address = "127.0.0.5" user = "admin" password = "{known}" }} ]\n')
        desktop.start_onvif()
        desktop.wait_sink("Moved", 10)
        old.stop()
        # (so that the address counts as dead before its last answer is old)
        desktop.stop_onvif()
        desktop.start_onvif()
        cameras["Moved"] = camera("Moved", "127.0.0.6", "--discovery", "--uuid", UUID)
        for name, there in cameras.items():
            sink = follow_the_remedy(desktop, name)
            if name == "Moved":
                wait_for(lambda: desktop.nodes()[sink["name"]]["onvif.address"].startswith("127.0.0.6"), 10, "followed")
            listen(desktop, there, sink)


main()
