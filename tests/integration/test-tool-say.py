#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""pw-onvif say where the service runs: by its output, and past it; and where it does not, to the camera itself."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import audio
from cameras import Camera
from desktop import BUILD, Desktop
from remedies import Home
from table import OVER, certificate
from tap import check, main, note, table_test, test, wait_for
from tool import Publisher, Sized, TOOL, pw_onvif

MEMBERS = "target host node codec transport seconds status error".split()


def keys(desktop):
    found = [o for o in desktop.dump() if o["type"].endswith(":Metadata") and o["props"].get("metadata.name") == "onvif"]
    return {m["key"]: m["value"] for m in found[0]["metadata"]} if found else {}


def published(desktop, name="Front"):
    return next((v for k, v in keys(desktop).items() if k.startswith("camera.") and v["name"] == name), None)


def wait_published(desktop, what, timeout=5, **wanted):
    def there():
        value = published(desktop)
        right = value and all(value[k] == v for k, v in wanted.items())
        # (its output comes a moment after the camera has said that it has a loudspeaker)
        return value if right and (wanted.get("speaker") != "yes" or value["node"]) else None
    return wait_for(there, timeout, what)


def start(desktop, camera, more=""):
    desktop.settings("onvif.properties = { onvif.discovery = false onvif.probe.interval = 5 }\n"
                     f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "Front" {more} }} ]\n')
    desktop.start_onvif()
    node = wait_published(desktop, "found", speaker="yes")["node"]
    wait_for(lambda: node in desktop.nodes(), 5, "its output")
    return node


def tone_player(desktop, node, seconds, hz="440"):
    return desktop.start([BUILD / "tests/integration/tone-player", node, hz, str(seconds), "0.2"])


def says_whole(camera, result, seconds, hz, level):
    check(result.returncode == 0 and result.stderr == "", result)
    part = audio.tone_part(camera.heard(), trim=0.02)
    check(abs(len(part) / audio.RATE + 0.04 - seconds) < 0.02, f"{len(part) / audio.RATE + 0.04:.3f} s of {seconds}")
    wrong, text = audio.judge_tone(part, hz, level)
    note(text)
    check(not wrong, wrong)


@test
def by_the_output_it_is_heard_whole():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        node = start(desktop, camera)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 1.5, rate=44100)
        raw = desktop.base / "tone.raw"
        raw.write_bytes(b"".join(round(v * 32767).to_bytes(2, "little", signed=True)
                                 for v in audio.tone(1004, 1.5, rate=16000)))
        for args, source, wanted in ((["--tone"], None, (3, 1000, -12)), ([str(wav)], None, (1.5, 1004, -6.02)),
                                     (["--rate", "16000"], raw, (1.5, 1004, -6.02))):
            wait_published(desktop, "idle", timeout=8, state="idle")
            camera.command("reset")
            with open(source or "/dev/null", "rb") as stdin:
                result = pw_onvif(desktop, "say", "--json", "front", *args, stdin=stdin)
            says_whole(camera, result, *wanted)
            report = json.loads(result.stdout)
            check(list(report) == MEMBERS, list(report))
            check(report["node"] == node and report["codec"] == "PCMU/8000" and report["transport"] == "tcp", report)
            check(abs(report["seconds"] - wanted[0]) < 0.01 and report["status"] == 0, report)
            check(camera.stats()["sessions_opened"] == 1, camera.stats()["sessions"])
        check(camera.violations() == [], camera.violations())
        check(pw_onvif(desktop, "say", camera.uri, "--tone").returncode == 0, "by the stream's address")


@test
def others_play_there_as_well():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        player = tone_player(desktop, start(desktop, camera), 8)
        wait_published(desktop, "streaming", state="streaming")
        time.sleep(1)
        result = pw_onvif(desktop, "say", "Front", "--tone")
        check(result.returncode == 0 and result.stderr == "", result)
        check(player.poll() is None, "the other one ended")
        check(camera.stats()["sessions_opened"] == 1, camera.stats()["sessions"])
        time.sleep(0.5)
        size = audio.RATE // 10
        heard = camera.heard()
        rows = [(audio.fit_tone(heard[i:i + size], 1000)[0], audio.fit_tone(heard[i:i + size], 440)[0])
                for i in range(0, len(heard) - size, size)]
        ours = [level for level, _ in rows if level > -13]
        note(f"{len(ours) / 10} s of 1000 Hz, {min(ours):.2f} to {max(ours):.2f} dBFS; 440 Hz "
             f"{min(other for level, other in rows if level > -13):.2f} dBFS meanwhile")
        check(len(ours) >= 28 and max(ours) < -11, ours)
        check(all(-7 < other < -5 for level, other in rows if level > -13), rows)


@test
def a_camera_that_is_away():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, camera)
        camera.stop()
        begin = time.monotonic()
        result = pw_onvif(desktop, "say", "Front", "--tone")
        note(f"told after {time.monotonic() - begin:.1f} s: {result.stderr.strip()}")
        sentence = published(desktop)["error"]
        check(sentence.startswith("Cannot reach 127.0.0.1"), sentence)
        check(result.returncode == 3 and result.stderr == f"pw-onvif: {sentence}\n", result)
        # known to be away, and asked again
        result = pw_onvif(desktop, "say", "Front", "--tone")
        check(result.returncode == 3 and result.stderr == f"pw-onvif: {sentence}\n", result)
        # back, and the service does not know it yet
        camera = Camera(desktop, "Front Door Camera", out=camera.out,
                        options=["--rtsp-port", str(camera.ready["rtsp_port"])])
        says_whole(camera, pw_onvif(desktop, "say", "Front", "--tone"), 3, 1000, -12)


@test
def a_camera_that_goes_meanwhile():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, camera)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 30)
        process = subprocess.Popen([TOOL, "say", "Front", wav], env=desktop.env, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        try:
            camera.wait_stat("rtp_packets", 20, 10)
            camera.process.kill()
            _, error = process.communicate(timeout=20)
        finally:
            process.kill()
        check(process.returncode == 3, (process.returncode, error))
        check(error == f"pw-onvif: {published(desktop)['error']}\n", (error, published(desktop)["error"]))


@test
def a_camera_that_does_not_let_us():
    for quirk, status, state in (("busy-453", 5, "busy"), ("needs-forward=455", 1, "rejected")):
        with Desktop(pulse=False) as desktop:
            camera = Camera(desktop, "Front Door Camera", options=["--quirk", quirk])
            start(desktop, camera)
            result = pw_onvif(desktop, "say", "Front", "--tone")
            note(f"{quirk}: {result.stderr.strip()}")
            check(result.returncode == status, (quirk, result))
            check(published(desktop)["state"] == state, published(desktop))


@test
def what_the_service_says_is_told():
    with Desktop(pulse=False) as desktop:
        # (any other output would do for whoever forgets which one is meant)
        for name in ("headset", "onvif_output.cam"):
            desktop.start(["pw-cli", "-m", "create-node", "adapter", "{ factory.name=support.null-audio-sink "
                           f"node.name={name} media.class=Audio/Sink object.linger=false audio.position=[FL FR] }}"])
        wait_for(lambda: {"headset", "onvif_output.cam"} <= set(desktop.nodes()), 10, "outputs")
        service = Publisher(desktop)
        for state, status in (("login-required", 4), ("unsupported", 6), ("rejected", 1), ("busy", 5), ("offline", 3)):
            service.set("cam", name="Front", node="onvif_output.cam", address="192.0.2.20", state=state, error=f"It is {state}")
            result = pw_onvif(desktop, "say", "Front", "--tone")
            check((result.returncode, result.stderr) == (status, f"pw-onvif: It is {state}\n"), (state, result))
        # who is gone is not replaced by another output
        service.set("cam", name="Front", node="onvif_output.gone", address="192.0.2.20", state="streaming")
        result = pw_onvif(desktop, "say", "Front", "--tone")
        note(result.stderr.strip())
        check(result.returncode == 1 and "output" in result.stderr, result)
        service.set("cam", name="Front", node="onvif_output.cam", address="192.0.2.20", state="streaming")
        result = pw_onvif(desktop, "say", "--json", "Front", "--tone")
        check(result.returncode == 0 and json.loads(result.stdout)["node"] == "onvif_output.cam", result)
        process = subprocess.Popen([TOOL, "say", "Front", "--tone"], env=desktop.env, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        wait_for(lambda: "pw-onvif-say" in desktop.nodes(), 5, "the stream")
        service.stop()
        _, error = process.communicate(timeout=5)
        check(process.returncode == 1 and error == "pw-onvif: the running service ended\n", (process.returncode, error))


@test
def interrupted_it_ends_at_once():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, camera)
        for number in (signal.SIGINT, signal.SIGTERM):
            camera.command("reset")
            process = subprocess.Popen([TOOL, "say", "Front", "--tone"], env=desktop.env, stdin=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, text=True)
            camera.wait_stat("rtp_packets", 40, 10)
            begin = time.monotonic()
            process.send_signal(number)
            _, error = process.communicate(timeout=5)
            check(process.returncode == 130 and error == "", (process.returncode, error))
            check(time.monotonic() - begin < 1, "it took its time")
            wait_published(desktop, "idle", timeout=8, state="idle")
            check(camera.stats()["sessions"][0]["ended"] == "teardown", camera.stats()["sessions"])


def answers(desktop, answer, *args):
    """On a terminal, where it asks."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(TOOL, [TOOL, *args], {**desktop.env, "TERM": "xterm"})
    text, end, answered = "", time.monotonic() + 30, False
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.5)[0]:
            continue
        try:
            more = os.read(fd, 4096).decode(errors="replace")
        except OSError:
            break
        text += more
        if not answered and text.endswith("[y/N] "):
            os.write(fd, answer.encode() + b"\n")
            answered = True
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


@test
def it_is_taken_over():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        player = tone_player(desktop, start(desktop, camera), 60)
        wait_published(desktop, "streaming", state="streaming")
        result = pw_onvif(desktop, "say", "--take-over", "Front", "--tone")
        check(result.returncode == 2 and "there is no terminal to ask on" in result.stderr, result)
        check(len(camera.stats()["sessions"]) == 1, camera.stats()["sessions"])
        status, text = answers(desktop, "n", "say", "--take-over", "Front", "--tone")
        check(status == 5 and "The service plays to it. Take it over? [y/N] " in text, (status, text))
        check(len(camera.stats()["sessions"]) == 1, camera.stats()["sessions"])

        status, text = answers(desktop, "y", "say", "--take-over", "Front", "--tone")
        check(status == 0, (status, text))
        wait_published(desktop, "the service's again", state="streaming", claimed=True)
        check([s.get("ended") for s in camera.stats()["sessions"]] == ["teardown", "teardown", None],
              camera.stats()["sessions"])
        check("release" not in str(list(keys(desktop))), keys(desktop))
        status, text = answers(desktop, "y", "probe", "--take-over", "Front")
        check(status == 0 and "TEARDOWN" in text.upper(), (status, text))
        wait_published(desktop, "the service's again", state="streaming", claimed=True)
        check(player.poll() is None, "the player ended")
        check(camera.violations() == [], camera.violations())


# ---- without PipeWire ----

def direct_camera(home, *quirks, options=()):
    return Camera(home, "Front Door Camera", options=[
        "--tls", "both", "--cert", certificate(home), "--key", certificate(home), *options,
        *[text for quirk in quirks for text in ("--quirk", quirk)]])


def say_directly(home, camera, over, *args):
    """By its entry, which says how."""
    place = f'onvif.address = "127.0.0.1:{camera.ready["http"]}"'
    # (its port for HTTPS is none that the camera names)
    if over == "https":
        place = f'rtsp.uri = "https://127.0.0.1:{camera.ready["https"]}/onvif/profile_1"'
    home.settings(f'onvif.cameras = [ {{ {place} onvif.name = "Front" {OVER[over].entry} }} ]\n')
    return pw_onvif(home, "say", "--json", "Front", *args)


@table_test(["tcp", "udp", "tls", "http", "https"])
def directly_by_each_transport():
    wrong = {}
    with Home() as home:
        camera = direct_camera(home)
        wav = audio.tone_wav(home.base / "tone.wav", 1004, 1.5, rate=44100)
        for name in ("tcp", "udp", "tls", "http", "https"):
            try:
                camera.command("reset")
                result = say_directly(home, camera, name, wav)
                says_whole(camera, result, 1.5, 1004, -6.02)
                report, sessions = json.loads(result.stdout), camera.stats()["sessions"]
                check((report["transport"], report["node"], report["status"]) == (OVER[name].shown, "", 0), report)
                check([(s["via"], s["transport"], s["ended"]) for s in sessions] ==
                      [(OVER[name].via, OVER[name].placed, "teardown")], sessions)
                check(camera.violations() == [], camera.violations())
            except AssertionError as error:
                wrong[name] = error
    return wrong


@test
def its_bar_fits():
    """Nothing of it goes into a second line, where it would stay."""
    with Home() as home:
        camera = direct_camera(home)
        for columns, bar in ((80, 30), (40, 40 - 16), (20, 0)):
            screen = Sized(home, columns, "say", camera.uri, audio.tone_wav(home.base / "tone.wav", 1004, 1.0))
            check(screen.end() == 0, screen.text)
            drawn = [re.sub(r"\x1b\[K", "", part) for part in screen.text.split("\r") if "0:0" in part]
            check(len(drawn) > 20 and all(len(part.strip("\n")) < columns for part in drawn), drawn)
            check(drawn[-1].count("#") == bar, (columns, drawn[-1]))


LOCKED = ("--auth", "digest", "--user", "admin", "--password", "s3cr3t")
FAILS = {   # quirks, options, way, status, words
    "rejected": (["needs-forward=455"], (), "tcp", 1, "rtsp.forward-tracks = true"),
    "no UDP": (["udp-461"], (), "udp", 1, "rtsp.transport = auto"),
    "nobody hears the UDP": (["udp-closed"], (), "udp", 1, "does not listen on the UDP port"),
    "no RTSP": (["rtsp-port-closed"], (), "tcp", 3, "Cannot reach 127.0.0.1"),
    "no tunnel": (["tunnel-off=all"], (), "http", 3, "127.0.0.1"),
    "login over TCP": ([], LOCKED, "tcp", 4, "run `pw-onvif login Front`"),
    "login over HTTPS": ([], LOCKED, "https", 4, "run `pw-onvif login Front`"),
    "busy over UDP": (["busy-453"], (), "udp", 5, "in use by another client"),
    "busy over TLS": (["busy-453"], (), "tls", 5, "in use by another client"),
    "busy over HTTP": (["busy-453"], (), "http", 5, "in use by another client"),
    "no speaker": (["no-audio-output", "no-backchannel-551"], (), "tcp", 6, "no audio output"),
    "no codec over TLS": (["aac-only"], (), "tls", 6, "It offers only AAC-hbr/16000"),
}


@table_test(FAILS)
def directly_its_status_says_what_failed():
    wrong = {}
    with Home() as home:
        camera = direct_camera(home)
        for name, (quirks, options, over, status, words) in FAILS.items():
            if options:
                camera.command(f"password {options[3]} {options[5]}")
            camera.command(f"auth {options[1] if options else 'none'}")
            for quirk in quirks:
                camera.command(f"quirk {quirk}")
            result = say_directly(home, camera, over, "--tone")
            for quirk in quirks:
                camera.command(f"unquirk {quirk.split('=')[0]}")
            error = json.loads(result.stdout)["error"]
            note(f"{name}: {result.returncode}: {error}")
            if (result.returncode, json.loads(result.stdout)["status"]) != (status, status) or words not in error:
                wrong[name] = f"{result.returncode}: {error}"
            if camera.stats()["heard_s"]:
                wrong[name] = "something was heard"
        result = pw_onvif(home, "say", "Front", home.base / "no.wav")
        check(result.returncode == 1 and "No such file" in result.stderr, result)
        check(pw_onvif(home, "say", "Front", "--tone", "--rate", "x").returncode == 2, "a rate that is none")
        check(pw_onvif(home, "say", "Back", "--tone").returncode == 3, "somebody who is not there")
    return wrong


if __name__ == "__main__":
    main()
