# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""One RTSP session of the camera and where its media come from."""
import secrets
import time

from .media import Judge, level


class Session:
    def __init__(self, camera, connection):
        self.camera, self.connection = camera, connection
        self.id = f"{secrets.randbelow(9 * 10 ** 9) + 10 ** 9}"
        self.timeout = camera.quirks.number("short-timeout", camera.config.session_timeout)
        self.alive = time.monotonic()
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
        camera.record.session_opened(self.info)

    def violation(self, kind, text):
        self.camera.record.violation(kind, text, self.id)

    def note(self, kind, text):
        self.camera.record.note(kind, text, self.id)

    def start_back(self, track):
        types = dict(track.maps)
        if "duplicate-rtpmap" in self.camera.quirks:
            types = {0: "PCMU/8000"}
        self.info["offered"] = [f"{pt} {name}" for pt, name in track.maps]
        self.judge = Judge(self.violation, self.note, self.info, types)

    def header(self):
        if "no-timeout" in self.camera.quirks:
            return self.id
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
        self.camera.record.audio(samples)
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
        self.judge.rtcp(data, time.monotonic(), self.camera.record.count)

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
            return
        interval = self.camera.quirks.number("rtcp-interval", 1 if "junk-between-frames" in self.camera.quirks else 5)
        if self.camera.muted:
            return
        if self.state == "playing" and self.judge and now - self.reported >= interval:
            report = self.judge.receiver_report(self.ssrc, now)
            if report:
                self.reported = now
                self.send_rtcp(report)

    def send_rtcp(self, data):
        if "no-rtcp" in self.camera.quirks:
            return
        if not self.udp and self.back:
            self.connection.send_frame(self.back[1], data)
        for pair in self.udp:
            if pair.track.kind == "back":
                pair.send_rtcp(data)

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
        self.state = "ended"
        self.connection.forget(self)
        for pair in self.udp:
            pair.close()
        self.info["closed"] = round(time.monotonic(), 6)
        self.camera.record.session_closed(self.info, why)
