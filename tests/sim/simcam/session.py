# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""One RTSP session of the camera and where its media come from."""
import functools
import secrets
import time

from .codecs import level
from .ear import Ear
from .judge import Judge
from .media import goodbye
from .pester import Pester
from .tracks import tracks


class Session:
    def __init__(self, camera, connection):
        self.camera, self.connection = camera, connection
        self.id = f"{secrets.randbelow(9 * 10 ** 9) + 10 ** 9}"
        self.timeout = camera.quirks.number("short-timeout", camera.config.session_timeout)
        self.alive = time.monotonic()
        self.stream = self.base = None      # the stream's URI, that of PLAY
        self.tracks = {}            # control -> track
        self.state = "ready"
        self.back = None            # the backchannel's (rtp channel, rtcp channel) or the client's UDP ports
        self.udp = []               # a UdpPair for each track
        self.excused = False        # the camera itself broke it off
        self.ssrc = secrets.randbits(32)
        self.reported = 0.0
        self.played = None
        self.info = {"id": self.id, "peer": connection.peer, "via": connection.via(), "opened": round(self.alive, 6)}
        self.judge = None
        self.ear, self.pester = Ear(self), Pester(self)
        self.rtcp_heard = None      # when the last RTCP came
        camera.record.session_opened(self.info)

    def violation(self, kind, text):
        self.camera.record.violation(kind, text, self.id)

    def note(self, kind, text):
        self.camera.record.note(kind, text, self.id)

    def start_back(self, track):
        self.info["offered"] = [f"{pt} {name}" for pt, name in track.maps]
        self.judge = Judge(self.violation, self.note, self.info, dict(track.maps))

    def header(self):
        quirks = self.camera.quirks
        if "no-timeout" in quirks:
            return self.id
        if "timeout-zero" in quirks:
            return f"{self.id};timeout=0"
        if "session-spaces" in quirks:
            return f" {self.id} ; timeout = {self.timeout:g} "
        return f"{self.id};timeout={self.timeout:g}"

    def play(self):
        self.state = "playing"
        if self.played is None:
            self.played = time.monotonic()
            self.info["played"] = round(self.played, 6)
            self.info["setup_to_play_s"] = round(self.played - self.info["opened"], 4)
            for pair in self.udp:
                pair.started()

    def rtp(self, data):
        now = time.monotonic()
        if self.state != "playing":
            self.violation("rtp-early", "RTP before PLAY was answered")
            self.info["early_rtp"] = self.info.get("early_rtp", 0) + 1
            return
        if "rtp-keepalive" in self.camera.quirks:
            self.alive = now
        result = self.judge.rtp(data, now)
        if result is None:
            return
        header, samples = result
        self.camera.record.packet(self.id, now, header, self.judge.size, level(samples))
        heard = self.ear.hear(samples, self.judge.size, now)
        if heard:
            self.camera.record.audio(heard)
        self._after_audio(now)

    def _after_audio(self, now):
        quirks = self.camera.quirks
        if "close-after" in quirks and now - self.judge.begin >= quirks.number("close-after"):
            self.connection.break_off()
        elif "mute-after" in quirks and not self.camera.muted and \
                now - self.judge.begin >= quirks.number("mute-after"):
            self.camera.mute(True)

    def rtcp(self, data):
        if self.judge is None:
            self.note("rtcp-forward", "RTCP for a forward track")
            return
        if self.state != "playing":
            self.violation("rtcp-early", "RTCP before PLAY was answered")
            return
        self.rtcp_heard = time.monotonic()
        self.judge.rtcp(data, self.rtcp_heard, self.camera.record.count)

    def excuse_gap(self):
        """What was under way is lost, and the client cannot know it."""
        if self.judge:
            self.judge.gap_excused = True

    def orphan(self, by_camera):
        """The connection is gone, the speaker stays claimed until the timeout."""
        if not by_camera and not self.excused:
            self.violation("no-teardown", "the connection ended without TEARDOWN")
        self.state = "orphan"

    def tick(self, now):
        """Three times a second: the timeout, receiver reports."""
        if now - self.alive > self.timeout:
            self._expire(now)
            return
        reason = self._neglected(now)
        if reason:
            self.excused = True
            connection = self.connection
            self.end(reason)
            connection.break_off()
            return
        quirks = self.camera.quirks
        interval = quirks.number("rtcp-interval", 1 if "junk-between-frames" in quirks else 5)
        if self.camera.muted:
            return
        if self.state == "playing" and self.judge and now - self.reported >= interval:
            report = self.judge.receiver_report(self.ssrc, now)
            if report:
                self.reported = now
                self.send_rtcp(report)

    def _expire(self, now):
        if self.state == "orphan":
            self.excused = True
            self.end("timeout")
            return
        self.violation("keepalive-missed", f"no request for {now - self.alive:.1f} s, "
                       f"the timeout is {self.timeout:g} s")
        self.excused = True
        connection = self.connection
        self.end("timeout")
        if "timeout-silent" not in self.camera.quirks:
            connection.break_off()

    def _neglected(self, now):
        """Why the camera gives up a session that is right by the standard, or None."""
        quirks = self.camera.quirks
        if self.state != "playing" or not self.judge:
            return None
        if "needs-rr" in quirks and now - (self.rtcp_heard or self.played) > quirks.number("needs-rr"):
            return "no RTCP"
        if "needs-sound" in quirks and now - (self.judge.arrival or self.played) > quirks.number("needs-sound"):
            return "no sound"
        return None

    # forward tracks

    def has_forward(self):
        """Are those that the SDP shows all set up?"""
        wanted = {track.control for track in tracks(self.camera, self.stream, True) if track.kind != "back"}
        return wanted <= self.tracks.keys()

    def forward_senders(self):
        """[(track, function that sends one RTP packet)]"""
        connection = self.connection
        result = [(track, functools.partial(connection.send_frame, channel))
                  for channel, (session, what, track) in connection.channels.items()
                  if session is self and what == "rtp" and track.kind != "back"]
        return result + [(pair.track, pair.send_rtp) for pair in self.udp if pair.track.kind != "back"]

    def send_rtcp(self, data):
        if "no-rtcp" in self.camera.quirks:
            return
        if not self.udp and self.back:
            self.connection.send_frame(self.back[1], data)
        for pair in self.udp:
            if pair.track.kind == "back":
                pair.send_rtcp(data)

    def send_bye(self):
        """The camera says that its own stream ends; nothing else does."""
        self.send_rtcp(goodbye(self.ssrc))

    def end(self, why):
        """why: "teardown", "timeout", "closed" (by the client) or what the camera did"""
        if self.camera.sessions.pop(self.id, None) is None:
            return
        if why == "closed" and not self.excused:
            self.violation("no-teardown", "the connection ended without TEARDOWN")
        if self.judge and self.judge.packets and why == "teardown" and not self.judge.bye:
            self.note("rtcp-no-bye", "TEARDOWN without RTCP BYE before")
        if self.judge and self.judge.sr is None and self.info.get("duration_s", 0) > 10:
            self.note("rtcp-no-sr", "more than 10 s of audio without a sender report")
        self.camera.speaker_used = self.camera.speaker_used or bool(self.judge and self.judge.packets)
        self.camera.setups_refused = 0
        self.state = "ended"
        self.connection.forget(self)
        for pair in self.udp:
            pair.close()
        self.info["closed"] = round(time.monotonic(), 6)
        self.camera.record.session_closed(self.info, why)
