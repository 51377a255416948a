#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Each sentence of pw-onvif probe that says what to do, done to the letter: then all steps are well, and
a tone is heard. What is to be typed or written is taken from the sentence itself."""
import concurrent.futures
import json
import re
import subprocess
import time

import audio
from cameras import Camera
from desktop import Desktop
from remedies import Home, PASSWORD, OTHER_PIN, Row, UUID, need_network, run_rows
from tap import check, listening_test, main, note, table_test, wait_for
from tool import TOOL, pw_onvif

LOCKED = ("--auth", "digest", "--user", "admin", "--password", PASSWORD)
PATH = "/onvif/profile_1"


# ---- things that are done ----

def login(seat, sentence):
    """Runs the command, and gives the right password."""
    found = re.search(r"`pw-onvif (login [^`]+)`", sentence)
    seat.command = found.group(1) if found else seat.command
    result = subprocess.run(["sh", "-c", f"exec {TOOL} {seat.command}"], env=seat.home.env, input=f"admin\n{PASSWORD}\n",
                            capture_output=True, text=True, timeout=60)
    return result.stderr if result.returncode else None


def write_key(seat, sentence):
    """Puts "key = value" of the sentence into the camera's entry."""
    key, value = re.search(r"[Ss]et ([a-z-]+\.[a-z.-]+) = ([a-z]+)", sentence).groups()
    seat.entry = re.sub(rf"{re.escape(key)} = \S+", "", seat.entry or "") + f" {key} = {value}"
    seat.write()


def codec_auto(seat, sentence):
    key, value = re.search(r"but ([a-z.]+) is PCMU: set it to ([a-z]+)", sentence).groups()
    seat.entry = f"{key} = {value}"
    seat.write()


def write_address(seat, sentence):
    place = re.search(r'put (address = "[^"]+") into its entry in onvif-credentials.conf', sentence).group(1)
    path = seat.home.base / "config/pipewire/onvif-credentials.conf"
    seat.home.credentials(path.read_text().replace("{ id", "{ " + place + " id"))


def write_pin(seat, sentence):
    """Puts the key into the entry of the credentials file that it has."""
    pin = re.search(r'onvif-credentials\.conf: tls\.pin = "(sha256//[^"]+)"', sentence).group(1)
    path = seat.home.base / "config/pipewire/onvif-credentials.conf"
    seat.home.credentials(path.read_text().replace(OTHER_PIN, pin))


def write_entry(seat, sentence):
    seat.home.credentials("[ " + re.search(r"put (\{ .* \}) into onvif-credentials.conf", sentence).group(1) + " ]")


def in_camera(*commands):
    """In the camera's settings, or with the camera."""
    def do(seat, sentence):
        for command in commands:
            reply = seat.camera.command(command)
            check(reply["ok"], reply)
    return do


def switch_off(*quirks):
    return in_camera(*[f"unquirk {quirk}" for quirk in quirks])


def write_uri(seat, sentence):
    uri, key = re.search(r"redirects to (\S+), which is not followed: set (\S+) to that", sentence).groups()
    seat.entry = f'{key} = "{uri}" onvif.name = "Front {seat.number}"'
    seat.target = f"Front {seat.number}"
    seat.write()


def correct_uri(seat, sentence):
    check("check rtsp.uri" in sentence, sentence)
    seat.entry = seat.entry.replace("/nowhere", PATH)
    seat.write()


def write_transport(seat, sentence):
    name, key = re.search(r"answers with RTP over (\S+), .*: set (\S+) to it", sentence).groups()
    seat.entry = f"{key} = {name.lower()}"
    seat.write()


def switch_on(seat, sentence):
    seat.camera = seat.start()


def probe_what_it_says(seat, sentence):
    """Goes on with the command, or address, that the sentence holds; the dots are the stream's path."""
    seat.target = re.search(r"`pw-onvif probe ([^`]+)`", sentence).group(1).replace("/...", PATH)


def leave_them_out(seat, sentence):
    seat.target = seat.target.replace("admin:" + PASSWORD + "@", "")


def with_port(seat, sentence):
    """It is the user who knows the port."""
    check("give the port of its web page (" + seat.address + ":PORT" in sentence, sentence)
    seat.target = f"{seat.address}:{seat.camera.ready['http']}"


def with_https(seat, sentence):
    seat.target = f"{seat.address}:" + re.search(r"(\d+) is for HTTPS", sentence).group(1)


def join_the_network(seat, sentence):
    subprocess.run(["ip", "address", "add", seat.address + "/32", "dev", "lo"], check=True)
    seat.camera = seat.start()


# ---- what is so before ----

def away(seat):
    """In a network that this machine is not in."""
    seat.address = f"192.0.2.{seat.number + 1}"


def moved(seat):
    """Somebody else is where it was."""
    seat.start(**{"--uuid": UUID % 9999, "--name": "Somebody"})
    seat.camera = seat.start(f"127.0.3.{seat.number + 1}", options=["--discovery"])


def another_client(seat):
    """Somebody who speaks until he is ended."""
    home = Home()
    seat.others.append(home)
    wav = audio.tone_wav(home.base / "long.wav", 500, 60, channels=1, rate=8000)
    home.start([TOOL, "say", seat.address, wav])
    seat.camera.wait_stat("rtp_packets", 5, 10)


def end_the_other(seat, sentence):
    check("end that one" in sentence, sentence)
    process = seat.others[0].started[0]
    process.terminate()
    process.wait(5)


def say_once(seat):
    wav = audio.tone_wav(seat.home.base / "once.wav", 500, 0.2, channels=1, rate=8000)
    check(seat.tool("say", seat.address, wav).returncode == 0, "the first time")


def restart(seat, sentence):
    check("restart the camera" in sentence, sentence)
    seat.camera.command("reboot 0.2")
    time.sleep(0.3)


def try_again(seat, sentence):
    """Nothing but that."""
    check("Try again" in sentence, sentence)


def redirects(seat):
    """To where it is itself under another name, or so it seems to be."""
    seat.camera.command(f"quirk redirect=rtsp://127.0.3.{seat.number + 1}:554{PATH}")
    seat.camera = Camera(seat.home, "There", out=seat.home.base / "there", options=[
        "--address", f"127.0.3.{seat.number + 1}", "--rtsp-port", "554"])

def list_them(seat, sentence):
    """Runs `pw-onvif list`, and goes on with the address that stands there."""
    check("`pw-onvif list`" in sentence, sentence)
    text = seat.tool("list").stdout
    line = next(line for line in text.splitlines() if f"Front Door {seat.number} " in line)
    seat.target = re.search(r"127\.\d+\.\d+\.\d+", line).group()


MINE = '{{ address = "{address}" user = "admin" password = "{password}" }}'
WRONG = '{{ address = "{address}" user = "admin" password = "wrong" }}'
PINNED = '{{ address = "{address}" user = "admin" password = "{password}" tls.pin = "{pin}" }}'
TLS = ("--tls", "both")
FACTS = "{{ version = 1 key = \"" + 64 * "1" + '" cameras = {{ "{id}" = {{ endpoint = "{id}" last-address = "%s" }} }} }}'
KNOWN_STREAM_KEY = FACTS.replace("{id}", "{key}") % '{address}" tls-pin-rtsp = "{pin}'
KNOWN_KEY = FACTS % '{address}:443" tls-pin = "{pin}'
LOGIN = "run `pw-onvif login {address}`"

ROWS = [
    Row("wants a login", "wants a user and password: " + LOGIN, (login,), 4, options=LOCKED),
    Row("wants a login, by its stream", "wants a user and password: " + LOGIN, (login,), 4, options=LOCKED, probe="{uri}"),
    Row("refuses a login", "refused this user and password: " + LOGIN, (login,), 4, options=LOCKED, login=WRONG),
    Row("refuses a login, by its stream", "refused this user and password: " + LOGIN, (login,), 4, options=LOCKED,
        login=WRONG, probe="{uri}"),
    Row("refuses a login, its clock is off", "refused user and password, and its clock is 5 h off .*: set the clock, then " + LOGIN,
        (switch_off("clock-offset"), login), 4, ("clock-offset=18000",), LOCKED, login=WRONG),
    Row("a clock that is off", "clock is 5 h off .*: set it in its web page", (switch_off("clock-offset"),), 0,
        ("clock-offset=18000",)),
    Row("is not where it was", "is not where it was, and its password does not follow by itself: put", (write_address,), 4,
        options=LOCKED, login='{{ id = "{id}" user = "admin" password = "{password}" }}',
        facts=FACTS % "127.0.3.200"),
    Row("user and password in the address", "run `pw-onvif login {address}`, then leave them out", (login, leave_them_out), 2,
        options=LOCKED, probe="rtsp://admin:{password}@{address}/onvif/profile_1"),
    Row("knows only Basic", "wants a user and password: " + LOGIN, (login, write_key, login), 4,
        options=("--auth", "basic", *LOCKED[2:]), entry=""),
    Row("its stream knows only Basic", "set auth.basic = true", (write_key,), 4, ("basic-only-rtsp",), LOCKED, entry="",
        login=MINE),
    Row("another certificate", "certificate .* is not the one", (write_pin,), 1, options=TLS + LOCKED, login=PINNED),
    Row("another certificate of the stream", "certificate .* is not the one", (write_pin,), 1,
        options=TLS + LOCKED, login=PINNED, probe="rtsps://{address}:322" + PATH),
    Row("a certificate of its own", "Set tls.verify = pin to trust it as it is", (write_key,), 1, options=TLS + LOCKED,
        entry='onvif.address = "{address}:443" tls.verify = ca', place="", login=MINE, probe="{address}:443"),
    Row("a certificate of its own, of the stream", "[Ss]et tls.verify = pin to trust it as it is", (write_key,), 1,
        options=TLS, place="", probe="rtsps://{address}:322" + PATH, entry='rtsp.uri = "rtsps://{address}:322/onvif/profile_1" tls.verify = ca'),
    Row("a password for TLS only", "set rtsp.transport = tls", (write_key,), 4, options=TLS + LOCKED,
        login=PINNED.replace("{pin}", "{right_pin}"), place="uri", entry="", probe="{uri}"),
    Row("another certificate than the one learned", "certificate is not the one", (write_entry,), 1,
        options=TLS, facts=KNOWN_KEY, probe="{address}:443"),
    Row("another certificate of the stream than the one learned", "certificate is not the one", (write_entry,), 1,
        options=TLS, facts=KNOWN_STREAM_KEY, probe="rtsps://{address}:322" + PATH),
    Row("too many are connected", "too many are connected to it.* End other connections to it and try again",
        (switch_off("401-too-many"),), 5, ("401-too-many=3:60",), LOCKED, login=MINE),
    Row("may not talk", "give the user the right to audio", (switch_off("talk-403"),), 1, ("talk-403",), LOCKED, login=MINE),

    Row("takes AAC only", "It offers only AAC-hbr/16000: choose G.711", (switch_off("aac-only"),), 6, ("aac-only",)),
    Row("takes A-law only", "offers only PCMA/8000, but rtp.codec is PCMU: set it to auto", (codec_auto,), 6, ("pcma-only",),
        entry="rtp.codec = PCMU"),
    Row("no audio output", "This camera has no audio output, or it is off in its settings",
        (switch_off("no-audio-output", "no-backchannel-551"),), 6, ("no-audio-output", "no-backchannel-551")),
    Row("no backchannel", "This camera has no audio output, or it is off in its settings",
        (switch_off("no-backchannel-200"),), 6, ("no-backchannel-200",), probe="{uri}"),
    Row("not in the profile", "set onvif.configure = true to let us add what it lacks", (write_key,), 6,
        ("profile-without-decoder",), entry=""),
    Row("not in the profile, by its web page", "or do so in its web page", (switch_off("profile-without-decoder"),), 6,
        ("profile-without-decoder",)),
    Row("not in the profile, and no right", "It refused to .*: do so in its web page", (switch_off("profile-without-decoder"),), 6,
        ("profile-without-decoder", "user-cannot-write"), entry="onvif.configure = true"),
    Row("half duplex", "set onvif.configure = true to let us change that", (write_key,), 0, ("half-duplex-server",), entry=""),
    Row("half duplex, by its web page", "or choose it in its web page", (switch_off("half-duplex-server"),), 0,
        ("half-duplex-server",)),
    Row("lists nothing to add", "add them in the camera's own settings", (switch_off("profile-without-decoder"),), 6,
        ("profile-without-decoder", "no-configurations")),

    Row("another port", "nothing listens at port 80: give the port of its web page", (with_port,), 3,
        options=("--http-port", "0")),
    Row("HTTPS only", "443 is for HTTPS", (with_https,), 3, options=("--tls", "only")),
    Row("ONVIF is off", "or switch ONVIF on in it", (switch_on,), 3, on=False),
    Row("no such network", "see that the camera is on and in this network", (join_the_network,), 3, on=False, prepare=away),
    Row("no such host", "There is no camera and no host front.invalid: `pw-onvif list` shows", (list_them,), 3,
        options=("--discovery",), probe="front.invalid"),
    Row("no such name", 'there is no camera "Back Door": `pw-onvif list` shows', (list_them,), 3,
        options=("--discovery",), probe="Back Door"),
    Row("its place is not known", "it is not known where {id} is: `pw-onvif list` looks for it", (list_them,), 3,
        options=("--discovery",), place="id", entry="", probe="{id}"),
    Row("somebody else is there", "Another camera answers at .* now: `pw-onvif list` shows where this one is", (list_them,), 3,
        facts=FACTS % "{address}", on=False, probe="{id}", prepare=moved),
    Row("no ONVIF", "answers, but not as an ONVIF camera: switch ONVIF on in its web page", (switch_off("onvif-off"),), 6,
        ("onvif-off",)),
    Row("no ONVIF, but a stream", "or try its stream, `pw-onvif probe rtsp://{address}/...`", (probe_what_it_says,), 6,
        ("onvif-off",)),
    Row("RTSP is off", "See that the camera is on, and RTSP switched on in it",
        (switch_off("rtsp-port-closed", "tunnel-off"),), 3, ("rtsp-port-closed=refuse", "tunnel-off=all")),

    Row("somebody else speaks", "The speaker is in use by another client: end that one", (end_the_other,), 5,
        prepare=another_client),
    Row("no such stream", "does not know the stream .*: check rtsp.uri", (correct_uri,), 1,
        place="", entry='rtsp.uri = "rtsp://{address}/nowhere" onvif.name = "Front {address}"', probe="Front {address}"),
    Row("a redirection", "redirects to rtsp://", (write_uri,), 1, probe="rtsp://{address}:554" + PATH, prepare=redirects),
    Row("wants its own tracks", "set rtsp.forward-tracks = true for it", (write_key,), 1, ("needs-forward=455",), entry=""),
    Row("no UDP", "refuses RTP over UDP .*: set rtsp.transport = auto", (write_key,), 1, ("udp-461",), entry="rtsp.transport = udp"),
    Row("no TCP", "refuses RTP over the RTSP connection .*: set rtsp.transport = auto", (write_key,), 1, ("tcp-461",),
        entry="rtsp.transport = tcp"),
    Row("neither UDP nor TCP", "see what it allows in its settings", (switch_off("udp-461"),), 1, ("udp-461", "tcp-461", "tunnel-off=all")),
    Row("UDP unasked", "answers with RTP over UDP, .*: set rtsp.transport to it", (write_transport,), 1, ("udp-only-reply",), entry="rtsp.transport = tcp"),
    Row("UDP that nobody hears", "set rtsp.transport = auto", (write_key,), 1, ("udp-closed",), entry="rtsp.transport = udp"),
    Row("talks once", "in use by another client: .*; if there is none, restart the camera", (restart,), 5,
        ("talk-once",), prepare=say_once, between=restart),
    Row("ends the session", "that it named itself. Try again;", (try_again,), 1, ("setup-454-then-ok=3",),
        between=switch_off("setup-454-then-ok")),
    Row("answers nothing", "cannot be asked: .* Try again; if it stays so, restart", (in_camera("unmute"),), 3,
        prepare=lambda seat: seat.camera.command("mute")),
]


@table_test([row.name for row in ROWS])
def what_probe_says_leads_to_sound():
    return run_rows(ROWS)


# ---- the service's sentences ----

def published(desktop):
    """{name: (key, what is known)}"""
    found = [o for o in desktop.dump() if o.get("props", {}).get("metadata.name") == "onvif"]
    return {m["value"]["name"]: (m["key"].split(".", 1)[1], m["value"]) for o in found for m in o["metadata"]
            if m["key"].startswith("camera.")}


def set_it(desktop, name, camera, sentence):
    """By the metadata, as one does while it runs."""
    words = re.search(r"([a-z.]+) = [A-Za-z]+, only .*: set it to (auto)|set ([a-z.]+) = (auto)", sentence).groups()
    key, value = [word for word in words if word]
    desktop.run(["pw-metadata", "-n", "onvif", "0", f"set.{published(desktop)[name][0]}.{key}", value])


def in_its_settings(quirk, where="in its settings"):
    """Then somebody tries whether it works, and the service hears of that."""
    def do(desktop, name, camera, sentence):
        check(where in sentence, sentence)
        camera.command(f"unquirk {quirk}")
        text = pw_onvif(desktop, "probe", name).stdout
        check("looks again now" in text, text)
    return do


def switch_it_on(desktop, name, camera, sentence):
    camera.command("unquirk rtsp-port-closed")


SERVICE_ROWS = {    # quirk, more of the entry, sentence, what is done
    "Codec": ("pcma-only", "rtp.codec = PCMU", "does not take rtp.codec = PCMU", set_it),
    "UDP": ("udp-461", "rtsp.transport = udp", "set rtsp.transport = auto", set_it),
    "AAC": ("aac-only", 'rtsp.uri = "rtsp://{}:554/onvif/profile_1"', "choose G.711", in_its_settings("aac-only")),
    "Off": ("no-backchannel-551", "", "its audio output is off in", in_its_settings("no-backchannel-551")),
    "Profile": ("profile-without-decoder", "", "or do so in its web page",
                in_its_settings("profile-without-decoder", "in its web page")),
    "Away": ("rtsp-port-closed", "", "Cannot reach", switch_it_on),
}


def say_and_hear(desktop, name, camera, wav):
    camera.command("reset")
    result = pw_onvif(desktop, "say", "--json", name, wav)
    check(result.returncode == 0 and json.loads(result.stdout)["node"].startswith("onvif_output."), result)
    wrong, _ = audio.judge_tone(audio.tone_part(camera.heard(), trim=0.02), 1004, -6.02)
    check(not wrong, f"{name}: {wrong}")


@listening_test
def what_the_service_says_leads_to_sound():
    need_network()
    with Desktop(pulse=False) as desktop:
        cameras, entries = {}, []
        for number, (name, (quirk, more, _, _)) in enumerate(SERVICE_ROWS.items()):
            address = f"127.0.4.{number + 1}"
            cameras[name] = Camera(desktop, name, wait=False, options=[
                "--address", address, "--http-port", "80", "--rtsp-port", "554", "--quirk", quirk, "--quirk", "tunnel-off"])
            place = more.format(address) if "rtsp.uri" in more else f'onvif.address = "{address}" {more}'
            entries.append(f'{{ onvif.name = "{name}" {place} }}')
        for camera in cameras.values():
            camera.wait_ready(10)
        desktop.settings("onvif.properties = { onvif.discovery = false onvif.probe.interval = 5 }\n"
                         "onvif.cameras = [\n%s\n]\n" % "\n".join(entries))
        desktop.start_onvif()
        wav = str(audio.tone_wav(desktop.base / "tone.wav", 1004, 1.0))
        wait_for(lambda: published(desktop).get("UDP", (0, {"node": ""}))[1]["node"], 10, "an output")
        # (that it goes another way is known when it is tried)
        result = pw_onvif(desktop, "say", "UDP", wav)
        check(result.returncode == 1, result)
        for name, (_, _, says, do) in SERVICE_ROWS.items():
            sentence = wait_for(lambda: (lambda error: says in error and error)(
                published(desktop).get(name, (0, {"error": ""}))[1]["error"]), 10, f"{name}: {says}")
            note(f"{name}: {sentence}")
            do(desktop, name, cameras[name], sentence)
        wait_for(lambda: all(known["node"] and known["state"] == "idle" for _, known in published(desktop).values()), 15,
                 "all of them usable")
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for _ in pool.map(lambda item: say_and_hear(desktop, *item, wav), cameras.items()):
                pass


if __name__ == "__main__":
    main()
