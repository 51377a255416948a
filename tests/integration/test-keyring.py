#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""pw-onvif login --keyring: the password is in the user's keyring, and what happens while that is locked."""
import subprocess
import time

import audio
from cameras import Camera
from desktop import BUILD, Desktop
from keyring import Keyring, need_keyring
from tap import check, main, note, test, wait_for
from tool import TOOL, answer, expect

UUID = "urn:uuid:2d5f0006-0c5e-4b0e-9a3b-00408c112266"
CANARY = "k3yr1ng c4nary\"\\#"
ADDRESS = "127.0.0.3"
LOCKED = f"The keyring with the camera's password is locked: unlock it, or run `pw-onvif login {ADDRESS}`"


def camera_of(desktop):
    password = desktop.base / "password"
    password.write_text(CANARY)
    return Camera(desktop, "Locked Camera", options=[
        "--interface", "lo", "--address", ADDRESS, "--uuid", UUID, "--auth", "digest", "--user", "admin",
        "--password-file", str(password), "--discovery"])


def tool(desktop, *args, status=0, words=(), **more):
    return expect(answer(desktop, *args, **more), status, *words, secret=CANARY)


def login(desktop, *args, password=CANARY, user="admin", **more):
    return tool(desktop, "login", *args, stdin=f"{user}\n{password}\n", **more)


def path(desktop):
    return desktop.base / "config" / "pipewire" / "onvif-credentials.conf"


def start(desktop):
    """Until it knows the camera, and what it wants."""
    before = len(desktop.log())
    desktop.start_onvif()
    return before


def wait_said(desktop, before, text, timeout=15):
    wait_for(lambda: text in desktop.log()[before:], timeout, text)


def listen(desktop, camera):
    """It is there, and is heard."""
    heard = camera.stats()["teardowns"]
    sink = desktop.wait_sink("Locked Camera", 15)
    wait_for(lambda: "wants a login" not in desktop.sinks()[sink["name"]]["description"], 15, "it can be used")
    desktop.run([BUILD / "tests/integration/tone-player", sink["name"], "1004", "0.8", "0.1"])
    camera.wait_stat("teardowns", heard + 1, 8)
    wrong, _ = audio.judge_tone(audio.tone_part(camera.heard())[-int(0.6 * audio.RATE):], 1004, -6.02)
    check(not wrong, wrong)


@test
def from_login_to_logout():
    need_keyring()
    with Desktop() as desktop:
        keyring = Keyring(desktop)
        camera = camera_of(desktop)
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'
                         'onvif.rules = [ { matches = [ { onvif.address = "127.0.0.3" } ] '
                         'actions = { update-props = { session.linger.ms = 200 } } } ]\n')
        wait_said(desktop, start(desktop), "login-required")
        state = desktop.base / "state" / "pipewire" / "onvif-state.conf"
        wait_for(lambda: state.exists() and ADDRESS in state.read_text(), 10, "the address learned")

        login(desktop, ADDRESS, "--keyring", password="wrong", status=4, words=["refuses"])
        check(not keyring.items() and not path(desktop).exists(), "stored in spite of that")

        login(desktop, ADDRESS, "--keyring", words=["verified", "in the keyring"])
        begin = time.monotonic()
        desktop.wait_sink("Locked Camera", 5)
        note(f"the sink after {time.monotonic() - begin:.2f} s")
        entry = path(desktop).read_text()
        check("password.keyring = true" in entry and "c4nary" not in entry and "password =" not in entry, entry)
        check(path(desktop).stat().st_mode & 0o777 == 0o600, "readable by others")
        wanted = (f"Password of camera Locked Camera ({ADDRESS})", UUID.split(":")[2], ADDRESS, "admin")
        check(keyring.items() == [wanted], keyring.items())
        listen(desktop, camera)

        # once it has it, a keyring that is locked does not take it away
        keyring.lock()
        path(desktop).touch()
        time.sleep(0.5)
        listen(desktop, camera)
        desktop.stop_onvif()
        before = start(desktop)
        wait_said(desktop, before, LOCKED)
        tool(desktop, "probe", ADDRESS, "--no-play", status=4, words=[LOCKED])
        tool(desktop, "list", words=["login-required", "is locked"])
        keyring.unlock()
        begin = time.monotonic()
        wait_said(desktop, before, "login-required -> ", 5)
        note(f"unlocked: noticed after {time.monotonic() - begin:.2f} s")
        listen(desktop, camera)
        tool(desktop, "probe", ADDRESS, "--no-play")

        # one that is gone, and comes with the next login at the desktop
        desktop.stop_onvif()
        keyring.lock()
        before = start(desktop)
        wait_said(desktop, before, LOCKED)
        keyring.stop()
        keyring.start()
        wait_said(desktop, before, "login-required -> ", 5)
        listen(desktop, camera)
        check(camera.stats()["auth_failures"] == 1, "a login was tried without the password")

        tool(desktop, "logout", ADDRESS, words=["Removed"])
        check(not keyring.items(), keyring.items())
        check("keyring" not in path(desktop).read_text(), path(desktop).read_text())
        log = desktop.log()
        check(CANARY not in log and "k3yr1ng" not in log, "the password is in the log")


@test
def what_is_stored_where():
    """Each login leaves one password, in one place."""
    need_keyring()
    with Desktop(pulse=False) as desktop:
        keyring = Keyring(desktop)

        def users():
            return [user for _, _, _, user in keyring.items()]

        def store(*options, user="admin", **more):
            return login(desktop, "198.51.100.9", "--no-verify", *options, user=user, **more)

        store(words=["stored"])
        check("c4nary" in path(desktop).read_text() and not users(), users())
        store("--keyring", words=["replaced"])
        check("c4nary" not in path(desktop).read_text() and users() == ["admin"], users())
        store("--keyring", user="viewer")
        check('user = "viewer"' in path(desktop).read_text() and users() == ["viewer"], users())
        store()
        check("c4nary" in path(desktop).read_text() and not users(), users())
        check("keyring" not in path(desktop).read_text(), path(desktop).read_text())

        # with a keyring that cannot be opened, as nobody is there to be asked
        store("--keyring")
        keyring.lock()
        before = path(desktop).read_bytes()
        store("--keyring", user="other", status=1, words=["nothing is stored"])
        check(path(desktop).read_bytes() == before, "the file was changed")
        tool(desktop, "logout", "198.51.100.9", status=1, words=["still in the keyring"])
        check(b"198.51.100.9" not in path(desktop).read_bytes(), "still there")

        # no Secret Service at all; no helper
        nobody = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
        store("--keyring", status=1, words=["there is no Secret Service", "nothing is stored"], env=nobody)
        missing = {"ONVIF_KEYRING_HELPER": "/nonexistent"}
        store("--keyring", status=1, words=["not installed", "nothing is stored"], env=missing)
        desktop.credentials(f'[ {{ address = "{ADDRESS}" user = "admin" password.keyring = true }} ]\n')
        camera = camera_of(desktop)
        place = f"{ADDRESS}:{camera.ready['http']}"
        for env, word in ((nobody, "is not running: start it"), (missing, "is not installed: install it")):
            tool(desktop, "probe", place, "--no-play", status=4, words=[word, "or run `pw-onvif login"], env=env)
            desktop.settings(f'onvif.cameras = [ {{ onvif.address = "{place}" }} ] '
                             'onvif.properties = { onvif.discovery = false }\n')
            before = len(desktop.log())
            desktop.start_onvif(env=env)
            wait_said(desktop, before, f"{word}, or run `pw-onvif login {ADDRESS}`")
            desktop.stop_onvif()
        check(not camera.stats()["logins"], "a login was tried without the password")


@test
def killed_at_any_moment():
    """What the file that is left refers to is in the keyring."""
    need_keyring()
    with Desktop(pulse=False) as desktop:
        keyring = Keyring(desktop)
        found = {"old": 0, "new": 0}
        for turn in range(24):
            login(desktop, ADDRESS, "--no-verify", "--keyring", user="old")
            check([user for *_, user in keyring.items()] == ["old"], "what nobody refers to stays for ever")
            process = subprocess.Popen([TOOL, "login", ADDRESS, "--no-verify", "--keyring"], env=desktop.env,
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            process.stdin.write("new\nother\n")
            process.stdin.close()
            time.sleep(turn * 0.004)
            process.kill()
            process.wait()
            text = path(desktop).read_text()
            user = next(name for name in found if f'user = "{name}" password.keyring = true' in text)
            check(user in [name for *_, name in keyring.items()], f"the password of {user} is not there: {text}")
            found[user] += 1
        note(f"{found['old']} times the old one, {found['new']} times the new one")


main()
