# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Many cameras at once: one desktop, one product, and for each row of a table a camera that
behaves as the row says, a player and a tone of its own."""
import dataclasses
import os
import re
import subprocess
import time
import urllib.parse
from typing import Callable

import audio
from cameras import Camera
from desktop import BUILD, Desktop, name_of
from tap import note

LEVEL = -6.02
BATCH = {1: 12, 2: 6, 3: 3}      # cameras at once, by try
# a camera that heard its neighbour's tone would be noticed
FREQUENCIES = (503, 607, 701, 809, 907, 1009, 1103, 1201, 1301, 1409, 1511, 1601)
# silence before and after: twelve players that begin and end at once disturb each other
LEAD = 0.7
# what the simulated camera finds wrong when it is late itself
TIMING = {"rtcp-count", "rtcp-ntp", "rtcp-rtp-time", "rtcp-rtp-ntp"}
# the speakers are given back soon, so that the next batch can begin
QUICK = "session.linger.ms = 300"


@dataclasses.dataclass(frozen=True)
class Over:
    """How a row's camera is reached."""
    entry: str = ""                 # of the camera's entry
    scheme: str = "rtsp"            # of rtsp.uri
    shown: str = "tcp"              # onvif.transport of the node
    via: str = "rtsp"               # by which of its ports the camera heard it,
    placed: str = "tcp"             # and whether in frames or in datagrams


OVER = {
    "auto": Over(),
    "tcp": Over("rtsp.transport = tcp"),
    "udp": Over("rtsp.transport = udp", "rtsp", "udp", "rtsp", "udp"),
    "tls": Over("rtsp.transport = tls", "rtsps", "tls", "rtsps"),
    "http": Over("rtsp.transport = http", "http", "http", "http"),
    "https": Over("rtsp.transport = https", "https", "https", "https"),
    "http at rtsp": Over("rtsp.transport = http", "rtsp", "http", "http at rtsp"),
}


@dataclasses.dataclass(frozen=True)
class Row:
    """What a camera does, and what is to come of it: without a state, its sound is heard."""
    name: str
    quirks: tuple = ()
    options: tuple = ()             # more of the simulator
    entry: str = ""                 # more of the camera's entry
    by: str = "uri"                 # how the product knows of it: uri, address or discovery
    over: tuple = ("tcp",)
    tls: str = ""                   # both or only: the camera has TLS, also where it is not used
    login: tuple = ()               # (user, password) in the credentials file
    seconds: float = 2.0
    resumes: float = 0.0            # the sound is interrupted; so many s at its end are whole
    codec: str = "PCMU/8000"
    found: str = ""                 # the transport that is found in the end, by its name in OVER
    state: str = ""                 # what is said where nothing is heard;
    error: str = ""                 # {address} is the camera's
    sink: bool = False              # is there an output, though nothing is heard?
    warns: str = ""                 # said in the log besides
    more: Callable = None           # (seat, stats) -> [what else is wrong]
    failures: int = 0               # logins that the camera refuses
    excused: tuple = ()             # kinds of violations that the row makes inevitable


class Seat:
    """One row over one transport, in a running batch."""

    def __init__(self, row, over, number):
        self.row, self.over = row, OVER[over]
        self.name = title(row, over)
        self.address = f"127.0.1.{number + 1}"
        self.freq = FREQUENCIES[number]
        self.camera = self.player = None
        self.node = {}
        self.seen = set()           # (state, error, transport, codec) of the node at any time

    def start(self, desktop):
        options = ["--address", self.address]
        if self.row.tls or self.over.scheme in ("rtsps", "https"):
            options += ["--tls", self.row.tls or "both", "--cert", certificate(desktop), "--key", certificate(desktop)]
        for quirk in self.row.quirks:
            options += ["--quirk", quirk]
        if self.row.by == "discovery":
            options += ["--discovery", "--interface", "lo"]
        self.camera = Camera(desktop, self.name, wait=False,
                             out=desktop.base / re.sub(r"[^a-z0-9]+", "-", self.name),
                             options=[*options, *self.row.options])

    def uri(self, scheme):
        ready = self.camera.ready
        path = urllib.parse.urlsplit(ready["rtsp_uri"])
        port = {"rtsp": ready["rtsp_port"], "http": ready["http"], "https": ready["https"]}.get(
            scheme) or urllib.parse.urlsplit(ready["rtsps_uri"]).port
        return path._replace(scheme=scheme, netloc=f"{self.address}:{port}").geturl()

    def entry(self):
        if self.row.by == "discovery":
            place = f'onvif.id = "{self.camera.ready["uuid"]}"'
        elif self.row.by == "address":
            place = f'onvif.address = "{self.address}:{self.camera.ready["http_port"]}"'
        else:
            place = f'rtsp.uri = "{self.uri(self.over.scheme)}"'
        return f'{{ onvif.name = "{self.name}" {place} {self.over.entry} {QUICK} {self.row.entry} }}'

    def credentials(self, password=None):
        if not self.row.login:
            return ""
        user, own = self.row.login
        password = password or own
        return f'{{ address = "{self.address}" user = "{user}" password = "{password}" }}'

    @property
    def heard(self):
        return not self.row.state

    @property
    def error(self):
        return self.row.error.format(address=self.address)

    def look(self, nodes):
        """Takes down what the output shows at the moment."""
        self.node = nodes.get(self.name, {})
        if self.node:
            self.seen.add(tuple(self.node.get(f"onvif.{key}", "")
                                for key in ("state", "error", "transport", "codec")))

    def said(self, log):
        """(state, sentence) of each change in the log."""
        pattern = rf"{re.escape(self.name)} \([^)]*\): [a-z-]+ -> ([a-z-]+)(?:: (.*))?$"
        return [(m.group(1), m.group(2) or "") for m in re.finditer(pattern, log, re.M)]


def certificate(desktop):
    """One for all cameras: making one takes longer than a camera's start."""
    path = desktop.base / "camera.pem"
    if not path.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "30", "-subj", "/CN=camera", "-keyout", path,
                        "-out", path.with_suffix(".crt")],
                       check=True, capture_output=True)
        path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return str(path)


def title(row, over):
    return f"{row.name} over {over}" if len(row.over) > 1 or over != "tcp" else row.name


# ---- one batch ----

class Batch:
    def __init__(self, desktop, pairs):
        self.desktop = desktop
        self.seats = [Seat(row, over, number) for number, (row, over) in enumerate(pairs)]

    def open(self):
        for seat in self.seats:
            seat.start(self.desktop)
        for seat in self.seats:
            seat.camera.wait_ready(30)
        if any(seat.row.by == "discovery" for seat in self.seats):
            properties = 'onvif.discovery = true onvif.interfaces = "lo" onvif.probe.interval = 5'
        else:
            properties = "onvif.discovery = false"
        self.desktop.settings(f"onvif.properties = {{ {properties} }}\nonvif.cameras = [\n%s\n]\n"
                              % "\n".join(seat.entry() for seat in self.seats))
        self.write_credentials()
        self.desktop.start_onvif()

    def write_credentials(self, password=None):
        """password: instead of those that the rows give."""
        self.desktop.credentials("[\n%s\n]\n" % "\n".join(seat.credentials(password) for seat in self.seats))

    def look(self):
        nodes = {name_of(props.get("node.description", "")): props for props in self.desktop.nodes().values()
                 if props["node.name"].startswith("onvif_output.")}
        for seat in self.seats:
            seat.look(nodes)

    def settled(self, seat):
        """Has it the output that it shall have, or said why it has none?"""
        if seat.heard or seat.row.sink:
            return bool(seat.node)
        return (seat.row.state, seat.error) in seat.said(self.desktop.log())

    def wait_settled(self, timeout):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self.look()
            if all(self.settled(seat) for seat in self.seats):
                return
            time.sleep(0.3)

    def play(self, seconds=None):
        for seat in self.seats:
            if seat.node:
                seat.player = self.desktop.start([BUILD / "tests/integration/tone-player", seat.node["node.name"],
                                                  seat.freq, seconds or seat.row.seconds, LEAD])

    def stop_playing(self):
        for seat in self.seats:
            if seat.player and seat.player.poll() is None:
                seat.player.kill()

    def over_with(self, seat):
        if seat.player is None:
            return True
        if seat.heard:
            stats = seat.camera.stats()
            return seat.player.poll() is not None and stats["sessions_closed"] and not stats["sessions_open"]
        return any(seen[:2] == (seat.row.state, seat.error) for seen in seat.seen)

    def wait_over(self):
        """Until all is heard or refused."""
        longest = max(seat.row.seconds for seat in self.seats) + 2 * LEAD
        begin = time.monotonic()
        while time.monotonic() < begin + longest + 12:
            self.look()
            if all(self.over_with(seat) for seat in self.seats):
                return
            time.sleep(0.3)

    def run(self, busy=False):
        """{seat's name: ([what is wrong], [what is wrong with the sound])}"""
        self.open()
        self.wait_settled(25)
        self.play()
        self.wait_over()
        self.stop_playing()
        log = self.desktop.log()
        return {seat.name: judge(seat, log, busy) for seat in self.seats}


# ---- the judge ----

def judge(seat, log, busy):
    """([what is wrong], [what is wrong with the sound, or may be so because all is late])"""
    stats = seat.camera.stats()
    found = [v for v in stats["violations"] if v["kind"] not in seat.row.excused]
    wrong = [f"{v['kind']}: {v['text']}" for v in found if v["kind"] not in TIMING]
    sound = [f"{v['kind']}: {v['text']}" for v in found if v["kind"] in TIMING and not busy]
    if seat.heard:
        sound += judge_busily(seat) if busy else judge_sound(seat)
        wrong += judge_session(seat, stats)
    else:
        wrong += judge_refusal(seat, stats, log)
    if stats["auth_failures"] != seat.row.failures:
        wrong.append(f"{stats['auth_failures']} failed logins, not {seat.row.failures}")
    if seat.row.more:
        wrong += seat.row.more(seat, stats)
    if seat.row.warns and not re.search(rf"{re.escape(seat.name)} \([^)]*\): {re.escape(seat.row.warns)}", log):
        wrong.append(f"never said {seat.row.warns}")
    if wrong:
        wrong.append(f"said: {seat.said(log)}")
    return wrong, sound


def judge_sound(seat):
    if seat.player is None:
        return []
    part = audio.tone_part(seat.camera.heard())
    if seat.row.resumes:
        return audio.judge_tone(part[-int(seat.row.resumes * audio.RATE):], seat.freq, LEVEL)[0]
    wrong, _ = audio.judge_tone(part, seat.freq, LEVEL)
    length = len(part) / audio.RATE + 0.2
    # the delay of opening is taken back by at most 2 %
    if not 0.975 * seat.row.seconds < length < seat.row.seconds + 0.05:
        wrong.append(f"heard {length:.3f} s of {seat.row.seconds} s")
    return wrong


def judge_busily(seat):
    """Where others keep the machine so busy that no player can play without holes, it is
    enough that this tone was heard, at its level, and for as long."""
    part = audio.tone_part(seat.camera.heard())
    good = [level for level, snr in audio.windows(part, seat.freq, 0.02) if snr > 20]
    if len(good) * 0.02 < 0.3 * len(part) / audio.RATE or len(part) < seat.row.seconds * audio.RATE / 2:
        return [f"{len(part) / audio.RATE:.2f} s, of which {len(good) * 0.02:.2f} s are the tone"]
    level = sorted(good)[len(good) // 2]
    return [] if abs(level - LEVEL) < 0.5 else [f"level {level:.2f} dBFS"]


def judge_session(seat, stats):
    if seat.player is None:
        return ["no output"]
    wrong = []
    ends = [session.get("ended") for session in stats["sessions"]]
    if not ends or ends[-1] != "teardown":
        wrong.append(f"sessions ended by {ends}")
    found = OVER[seat.row.found] if seat.row.found else seat.over
    placed = [(session["via"], session.get("transport")) for session in stats["sessions"]]
    if placed[-1:] != [(found.via, found.placed)]:
        wrong.append(f"the camera heard it by {placed}")
    shown = ("streaming", "", found.shown, seat.row.codec)
    if shown not in seat.seen:
        wrong.append(f"the output never showed {shown}, but {sorted(seat.seen)}")
    return wrong


def judge_refusal(seat, stats, log):
    wrong = []
    wanted = (seat.row.state, seat.error)
    if wanted not in seat.said(log):
        wrong.append(f"never said {wanted}")
    if seat.row.sink and not any(seen[:2] == wanted for seen in seat.seen):
        wrong.append(f"the output never showed {wanted}, but {sorted(seat.seen)}")
    if bool(seat.node) != seat.row.sink:
        wrong.append("an output that cannot work" if seat.node else "no output")
    if stats["heard_s"]:
        wrong.append(f"the camera heard {stats['heard_s']} s")
    return wrong


# ---- the whole table ----

def names(rows, over=None):
    return [title(row, one) for row, one in pairs(rows, over)]


def pairs(rows, over=None):
    return [(row, one) for row in rows for one in row.over if over in (None, one) and one in OVER]


def run_table(rows, over=None):
    """{row: what is wrong}. What is wrong with a sound is no accident if it is so three times
    in a row, each time with fewer neighbours; anything else need not happen twice. Where others
    keep the machine busy, the graph itself stands still for 40 to 70 ms now and then, for all cameras
    at once: then the third try asks less of the tone."""
    result = {}
    waiting = pairs(rows, over)
    for turn, size in BATCH.items():
        busy = turn == 3 and os.getloadavg()[0] > 1.5 * os.cpu_count()
        again = []
        for first in range(0, len(waiting), size):
            part = waiting[first:first + size]
            begin = time.monotonic()
            with Desktop(pulse=False) as desktop:
                found = Batch(desktop, part).run(busy)
            note(f"{len(part)} cameras: {time.monotonic() - begin:.1f} s")
            for row, one in part:
                wrong, sound = found[title(row, one)]
                if wrong or (sound and turn == 3):
                    result[title(row, one)] = "\n".join(wrong + sound)
                elif sound:
                    note(f"{title(row, one)}, try {turn}, load {os.getloadavg()[0]:.0f}: {sound}")
                    again.append((row, one))
        waiting = again
    return result
