#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""pw-onvif probe and say: each sentence, brought about by a camera that is so; and a tone that
arrives whole. Mostly without PipeWire: neither needs it."""
import http.server
import json
import re
import signal
import stat
import subprocess
import threading
import time

import audio
from cameras import Camera
from desktop import BUILD, SOURCE, Desktop
from tap import check, main, note, test, wait_for
from tool import Publisher, on_terminal, pw_onvif

PASSWORD = "s3cr3t-canary"
SERIAL = "SN-canary-4711"
UUID = "urn:uuid:2d5f0002-0c5e-4b0e-9a3b-00408c112244"
STEPS = ["reach", "service", "clock", "login", "profiles", "output", "stream", "connect", "describe",
         "setup", "play", "teardown"]


class Home(Desktop):
    """A user's files, and nothing that runs."""

    def start_daemons(self):
        self.write("pipewire/pipewire-onvif.conf.d/10-quirks.conf",
                   (SOURCE / "conf/pipewire-onvif.conf.d/10-quirks.conf").read_text())

    def tool(self, *args, **options):
        return pw_onvif(self, *args, **options)

    def probe(self, *args):
        """The object that --json prints."""
        result = self.tool("probe", "--json", *args)
        check(result.stderr == "", result.stderr)
        report = json.loads(result.stdout)
        check(report["status"] == result.returncode, (report, result.returncode))
        return report

    def login(self, camera, password, extra=""):
        host = place(camera).rsplit(":", 1)[0]
        self.credentials(f'[ {{ address = "{host}" user = "admin" password = "{password}" {extra} }} ]\n')


def place(camera, port="http"):
    return f"127.0.0.1:{camera.ready[port]}"


def camera_with(home, *quirks, options=()):
    return Camera(home, "Cam", options=["--no-discovery", "--serial", SERIAL, *options,
                                        *[a for q in quirks for a in ("--quirk", q)]])


def check_ends(report, step, status, *words):
    """It failed there, and nothing came after it."""
    check(report["status"] == status, report)
    last = report["steps"][-1]
    check((last["step"], last["result"]) == (step, "failed"), report["steps"])
    check(last["text"] == report["error"], report)
    for word in words:
        check(word in report["error"], report["error"])
    note(report["error"])


@test
def all_steps_of_a_good_camera():
    with Home() as home:
        camera = camera_with(home)
        report = home.probe(place(camera))
        check([s["step"] for s in report["steps"]] == STEPS, report["steps"])
        check(all(s["result"] == "ok" and s["ms"] >= 0 for s in report["steps"]), report["steps"])
        check(report["error"] == "" and report["codec"] == "PCMU/8000" and report["transport"] == "tcp", report)
        check(sorted(report) == sorted(["target", "host", "id", "name", "manufacturer", "model", "firmware",
                                        "codec", "transport", "rules", "steps", "status", "error"]), report)
        sessions = camera.stats()["sessions"]
        check(len(sessions) == 1 and sessions[0]["ended"] == "teardown", sessions)
        check(all(v == 0 for v in camera.heard()), "something was heard")
        check(camera.violations() == [], camera.violations())
        text = home.tool("probe", place(camera)).stdout
        check(len(text.splitlines()) == len(STEPS) + 1 and "\x1b" not in text, text)
        check(home.tool("probe", "--quiet", place(camera)).stdout == "", "not quiet")
        # what is under way is shown before it is done
        screen = on_terminal(home, "probe", place(camera)).stdout.decode()
        check(screen.index("PLAY           ...") < re.search(r"[+✓]\S* PLAY ", screen).start(), repr(screen))


@test
def without_play_nothing_is_claimed():
    with Home() as home:
        camera = camera_with(home)
        report = home.probe("--no-play", place(camera))
        check(report["status"] == 0 and report["steps"][-1]["step"] == "describe", report)
        check("PCMA/8000" in report["steps"][-1]["text"], report["steps"][-1])
        check(camera.stats()["sessions"] == [], camera.stats()["sessions"])


@test
def a_login_is_wanted_and_one_is_refused_once():
    with Home() as home:
        camera = camera_with(home, options=["--auth", "digest", "--user", "admin", "--password", PASSWORD])
        check_ends(home.probe(place(camera)), "login", 4, "wants a user and password",
                   f"`pw-onvif login {place(camera)}`")
        check_ends(home.probe(camera.uri), "describe", 4, "wants a user and password", "`pw-onvif login 127.0.0.1`")
        check(camera.stats()["auth_failures"] == 0, "a login was tried without credentials")
        home.login(camera, "wrong")
        check_ends(home.probe(place(camera)), "login", 4, "refused this user and password", "`pw-onvif login ")
        check(camera.stats()["auth_failures"] == 1, camera.stats()["auth_failures"])
        check_ends(home.probe(camera.uri), "describe", 4, "refused this user and password")
        check(camera.stats()["auth_failures"] == 2, camera.stats()["auth_failures"])
        home.login(camera, PASSWORD)
        report = home.probe(place(camera))
        check(report["status"] == 0 and report["steps"][3]["text"] == "as admin", report)
        check(home.probe(camera.uri)["status"] == 0, "not by its stream")
        check(camera.violations() == [], camera.violations())


@test
def credentials_of_an_id_that_is_found_out():
    with Home() as home:
        camera = camera_with(home, options=["--auth", "digest", "--user", "admin", "--password", PASSWORD,
                                            "--uuid", UUID])
        home.credentials(f'[ {{ id = "{UUID}" user = "admin" password = "{PASSWORD}" }} ]\n')
        report = home.probe(place(camera))
        check(report["status"] == 0 and report["id"] == UUID, report)
        check(camera.stats()["auth_failures"] == 0, "a login failed")


@test
def no_speaker():
    with Home() as home:
        camera = camera_with(home, "no-audio-output", "no-backchannel-551")
        check_ends(home.probe(place(camera)), "describe", 6, "This camera has no audio output")
        camera.stop()
        camera = camera_with(home, "forward-sendonly")
        check_ends(home.probe(camera.uri), "describe", 6, "This camera has no audio output")
        camera.stop()
        camera = camera_with(home, "no-backchannel-200")
        check_ends(home.probe(camera.uri), "describe", 6, "This camera has no audio output")


@test
def only_codecs_that_we_lack():
    with Home() as home:
        camera = camera_with(home, "aac-only")
        check_ends(home.probe(place(camera)), "describe", 6, "It offers only AAC-hbr/16000: choose G.711")
        camera.stop()
        camera = camera_with(home, "l16-only")
        check_ends(home.probe(camera.uri), "describe", 6, "It offers only L16/16000")
        camera.stop()
        camera = camera_with(home, "pcma-only")
        home.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" rtp.codec = "PCMU" }} ]\n')
        check_ends(home.probe(camera.uri), "describe", 6, "only PCMA/8000", "rtp.codec")


@test
def somebody_else_speaks():
    with Home() as home:
        camera = camera_with(home, "busy-453")
        check_ends(home.probe(place(camera)), "setup", 5, "The speaker is in use by another client")
        result = home.tool("say", place(camera), "--tone")
        check(result.returncode == 5 and "in use by another client" in result.stderr, result)


@test
def a_clock_that_is_off():
    with Home() as home:
        camera = camera_with(home, options=["--clock-offset", "18000", "--auth", "digest", "--user", "admin",
                                            "--password", PASSWORD])
        home.login(camera, PASSWORD)
        report = home.probe(place(camera))
        clock = report["steps"][2]
        check(report["status"] == 0 and clock["result"] == "doubtful", report)
        check("The camera's clock is 5 h off" in clock["text"], clock)
        home.login(camera, "wrong")
        check_ends(home.probe(place(camera)), "login", 4, "its clock is 5 h off", "`pw-onvif login ")


@test
def what_works_the_second_time_works():
    with Home() as home:
        camera = camera_with(home, "setup-454-then-ok=2")
        report = home.probe(place(camera))
        check(report["status"] == 0 and report["steps"][-1]["step"] == "teardown", report)
        camera.stop()
        camera = camera_with(home, "close-after=1")
        result = home.tool("say", place(camera), "--tone")
        check(result.returncode == 1 and "closed the connection" in result.stderr, result)
        check(len(camera.stats()["sessions"]) == 2, camera.stats()["sessions"])


@test
def a_refusal_is_remembered():
    """The service was refused; then the tool does not try the same once more."""
    with Desktop(pulse=False) as desktop:
        camera = camera_with(desktop, options=["--auth", "digest", "--user", "admin", "--password", PASSWORD])
        desktop.settings(f'onvif.cameras = [ {{ onvif.address = "{place(camera)}" }} ]\n')
        desktop.credentials('[ { address = "127.0.0.1" user = "admin" password = "wrong" } ]\n')
        desktop.start_onvif()
        camera.wait_stat("auth_failures", 1, 10)
        state = desktop.base / "state" / "pipewire" / "onvif-state.conf"
        wait_for(lambda: state.exists() and "refused" in state.read_text(), 5, "the refusal written down")
        before = state.read_bytes()
        report = json.loads(pw_onvif(desktop, "probe", "--json", place(camera)).stdout)
        check_ends(report, "login", 4, "refused this user and password")
        check(camera.stats()["auth_failures"] == 1, camera.stats()["auth_failures"])
        check(state.read_bytes() == before, "the module's file was written")


@test
def nobody_answers():
    with Home() as home:
        camera = camera_with(home)
        where = place(camera)
        camera.stop()
        check_ends(home.probe(where), "reach", 3, "nothing listens at port")
        check_ends(home.probe("no-such-host.invalid"), "reach", 3, "no camera and no host", "`pw-onvif list`")
        camera = camera_with(home, "rtsp-port-closed=refuse", "tunnel-off=all")
        check_ends(home.probe(place(camera)), "connect", 3, "Cannot reach", "RTSP switched on")
        result = home.tool("probe", "Front Door")
        check(result.returncode == 3 and "there is no camera" in result.stderr, result)


class WebServer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_error(404)

    def log_message(self, *args):
        pass


@test
def no_onvif():
    with Home() as home:
        server = http.server.HTTPServer(("127.0.0.1", 0), WebServer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check_ends(home.probe(f"127.0.0.1:{server.server_port}"), "service", 6, "not as an ONVIF camera",
                   "switch ONVIF on")
        server.shutdown()
        server.server_close()


@test
def another_certificate():
    pin = "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="
    with Home() as home:
        camera = camera_with(home, options=["--tls", "both", "--https-port", "0", "--rtsps-port", "0"])
        home.login(camera, PASSWORD, f'tls.pin = "{pin}"')
        check_ends(home.probe(place(camera, "https")), "service", 1, "is not the one that it had", "tls.pin = ")
        check_ends(home.probe(camera.ready["rtsps_uri"]), "connect", 1, "is not the one that it had", "tls.pin = ")
        check(camera.stats()["logins"] == 0 and camera.stats()["auth_failures"] == 0, camera.stats())


@test
def names_settings_and_rules():
    with Home() as home:
        camera = camera_with(home, options=["--model", "Video Doorbell"])
        home.settings(f'onvif.cameras = [ {{ onvif.address = "{place(camera)}" onvif.name = "Front Door" }} ]\n')
        report = home.probe("front door")
        check(report["status"] == 0 and report["target"] == '"front door"', report)
        check(report["rules"] == ["session.linger.ms = 500"], report["rules"])
        check("session.linger.ms = 500" in home.tool("probe", "Front Door").stdout, "the rule is not shown")


@test
def an_address_with_a_password_is_not_repeated():
    with Home() as home:
        result = home.tool("probe", f"rtsp://admin:{PASSWORD}@127.0.0.1/stream")
        check(result.returncode == 2 and "pw-onvif login 127.0.0.1" in result.stderr, result)
        for text in (f"rtsp://admin:{PASSWORD}@127.0.0.1/stream", f"ftp://admin:{PASSWORD}@127.0.0.1/",
                     f"rtsp://admin:{PASSWORD}@127.0.0.1:x/", f"rtsp://admin:{PASSWORD}@/"):
            for command in ("probe", "say"):
                result = home.tool(command, text, *(["--tone"] if command == "say" else []))
                check(result.returncode == 2, result)
                check(PASSWORD not in result.stdout + result.stderr, result)


@test
def a_report_tells_no_secrets():
    with Home() as home:
        camera = camera_with(home, options=["--auth", "digest", "--user", "hansi-canary", "--password", PASSWORD,
                                            "--uuid", UUID])
        home.credentials(f'[ {{ address = "127.0.0.1" user = "hansi-canary" password = "{PASSWORD}" }} ]\n')
        path = home.base / "report.txt"
        result = home.tool("probe", "--report", path, place(camera))
        check(result.returncode == 0 and str(path) in result.stdout, result)
        text = path.read_text()
        check(stat.S_IMODE(path.stat().st_mode) == 0o600, oct(path.stat().st_mode))
        for word in ("TEARDOWN", "a=sendonly", "WWW-Authenticate: Digest", "Authorization: Digest <redacted>",
                     "libpipewire", "Simcam", "qop=\"auth\""):
            check(word in text, f"{word} is missing")
        for word in (PASSWORD, "hansi-canary", SERIAL, UUID.split(":")[-1], "response=", "\x1b"):
            check(word not in text, f"{word} is in the report")
        result = home.tool("probe", "--report", path, place(camera))
        check(result.returncode == 1 and "already" in result.stderr, result)
        check(path.read_text() == text, "the report was written over")


@test
def a_camera_that_the_service_plays_to():
    with Desktop(pulse=False) as desktop:
        camera = camera_with(desktop)
        service = Publisher(desktop)
        known = dict(name="Front Door", address=place(camera), node="onvif_output.cam")
        service.set(camera.ready["uuid"], **known, state="streaming", claimed=True)
        result = pw_onvif(desktop, "probe", "--json", "Front Door")
        report = json.loads(result.stdout)
        last = report["steps"][-1]
        check(report["status"] == 0 and (last["step"], last["result"]) == ("setup", "doubtful"), report)
        check("the running service plays to this camera" in last["text"], last)
        check(camera.stats()["sessions"] == [], "it was claimed")
        # a stream of the same host, of which the service does not know whose it is
        result = pw_onvif(desktop, "say", camera.uri, "--tone")
        check(result.returncode == 5 and "`pw-play --target onvif_output.cam FILE`" in result.stderr, result)
        check(camera.stats()["sessions"] == [], "it was claimed")
        # the service would play to it, but somebody else does
        service.set(camera.ready["uuid"], **known, state="busy", claimed=True)
        camera.command("quirk busy-453")
        report = json.loads(pw_onvif(desktop, "probe", "--json", "Front Door").stdout)
        check(report["status"] == 5 and "in use by another client" in report["error"], report)
        camera.command("unquirk busy-453")
        service.set(camera.ready["uuid"], **known)
        check(pw_onvif(desktop, "probe", "--quiet", "front door").returncode == 0, "by its name")
        check(len(camera.stats()["sessions"]) == 1, camera.stats()["sessions"])


@test
def its_port_is_found_out():
    """A camera at another port than 80, of which nobody knows but itself, and one that the service just found."""
    with Home() as home:
        home.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
        camera = camera_with(home, options=["--discovery", "--address", "127.0.0.3", "--interface", "lo"])
        report = home.probe("127.0.0.3")
        check(report["status"] == 0 and report["target"] == "127.0.0.3", report)
        check(report["steps"][0]["text"] == f"127.0.0.3 port {camera.ready['http']}", report["steps"][0])
        check(home.tool("say", "127.0.0.3", "--tone").returncode == 0, "say")
        begin = time.monotonic()
        check_ends(home.probe("127.0.0.4"), "reach", 3, "nothing listens at port 80")
        check(time.monotonic() - begin < 2.5, "it looked for it for too long")
    with Desktop(pulse=False) as desktop:
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
        camera = camera_with(desktop, options=["--discovery", "--address", "127.0.0.3", "--interface", "lo", "--auth", "digest",
                                               "--user", "admin", "--password", PASSWORD])
        desktop.start_onvif()
        wait_for(lambda: "login-required" in desktop.log(), 15, "the camera found")
        state = desktop.base / "state" / "pipewire" / "onvif-state.conf"
        check(not state.exists() or "127.0.0.3" not in state.read_text(), "it is written down already")
        result = pw_onvif(desktop, "login", "127.0.0.3", input=f"admin\n{PASSWORD}\n")
        check(result.returncode == 0 and "verified" in result.stdout, result)
        wait_for(lambda: [n for n in desktop.nodes() if n.startswith("onvif_output.")], 3, "its output")


@test
def hostile_words():
    with Home() as home:
        camera = camera_with(home, "hostile-text", "hostile-name")
        result = home.tool("probe", place(camera))
        check(result.returncode == 0, result)
        check(not any(ord(c) < 32 and c != "\n" or c in "\u202e\x9b" for c in result.stdout), repr(result.stdout))
        json.loads(home.tool("probe", "--json", place(camera)).stdout)


@test
def a_tone_arrives_whole():
    with Home() as home:
        camera = camera_with(home)
        result = home.tool("say", place(camera), "--tone")
        check(result.returncode == 0 and result.stderr == "" and result.stdout == "", result)
        part = audio.tone_part(camera.heard(), trim=0.02)
        check(2.93 < len(part) / audio.RATE < 2.97, f"{len(part) / audio.RATE} s of 2.96")
        wrong, text = audio.judge_tone(part, 1000, -12)
        note(text)
        check(not wrong, wrong)
        sessions = camera.stats()["sessions"]
        check(sessions[0]["ended"] == "teardown", sessions)
        check(camera.violations() == [], camera.violations())


@test
def files_and_pipes_are_said():
    with Home() as home:
        camera = camera_with(home)
        wav = audio.tone_wav(home.base / "tone.wav", 1004, 1.5, rate=44100)
        raw = (home.base / "tone.raw")
        values = audio.tone(1004, 1.5, rate=16000)
        raw.write_bytes(b"".join(round(v * 32767).to_bytes(2, "little", signed=True) for v in values))
        for args, source in ((["--rate", "16000"], raw), (["-"], wav), ([str(wav)], None)):
            camera.command("reset")
            with open(source or "/dev/null", "rb") as stdin:
                result = home.tool("say", "--json", camera.uri, *args, stdin=stdin)
            report = json.loads(result.stdout)
            check(result.returncode == 0 and abs(report["seconds"] - 1.5) < 0.01, result)
            wrong, text = audio.judge_tone(audio.tone_part(camera.heard(), trim=0.02), 1004, -6.02)
            check(not wrong, (args, wrong))
        check(camera.violations() == [], camera.violations())
        text = home.base / "text.wav"
        text.write_text("this is no sound at all, whatever it is called")
        result = home.tool("say", camera.uri, text)
        check(result.returncode == 1 and "no WAV" in result.stderr, result)
        check(home.tool("say", camera.uri, "--tone", text).returncode == 2, "both")
        check(home.tool("say", camera.uri, "--rate", "0", text).returncode == 2, "a rate of 0")


@test
def interrupted_it_says_good_bye():
    with Home() as home:
        camera = camera_with(home)
        for number in (signal.SIGINT, signal.SIGTERM):
            camera.command("reset")
            process = subprocess.Popen([BUILD / "tools/pw-onvif/pw-onvif", "say", place(camera), "--tone"],
                                       env=home.env, stdin=subprocess.DEVNULL)
            camera.wait_stat("rtp_packets", 20, 10)
            begin = time.monotonic()
            process.send_signal(number)
            check(process.wait(5) == 130, process.returncode)
            check(time.monotonic() - begin < 1, "it took its time")
            check(camera.stats()["sessions"][0]["ended"] == "teardown", camera.stats()["sessions"])


if __name__ == "__main__":
    main()
