# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What cameras send without being asked: floods, requests of their own, media of forward tracks."""
import struct

FLOOD_LIMIT = 1 << 20       # bytes that may wait in a connection
FRAME = b"\x80\x60" + b"\x24" * 1398
ELSEWHERE = "rtsp://10.1.2.3/other"


class Pester:
    """One session's; tick() ten times a second, while it plays."""

    def __init__(self, session):
        self.session, self.camera = session, session.camera
        self.asked = self.announced = 0.0
        self.done = set()           # what happens once in a session
        self.sequence = 0

    def tick(self, now, interval):
        session, connection = self.session, self.session.connection
        if session.state != "playing" or connection.closed_by_us:
            return
        self._floods(connection, interval)
        self._forward(session, connection)
        self._requests(session, connection, now)
        self._ends(session, connection, now)

    def _floods(self, connection, interval):
        unused = 2 if 2 not in connection.channels else 6
        own = self.session.back[0] if self.session.back and not self.session.udp else unused
        for name, channel in (("video-flood", unused), ("video-flood-channel-0", own)):
            if name in self.camera.quirks and connection.transport.get_write_buffer_size() < FLOOD_LIMIT:
                for _ in range(int(self.camera.quirks.number(name) * 1000 * interval / 1400) + 1):
                    connection.send_frame(channel, FRAME)

    def _forward(self, session, connection):
        """A trickle for each forward track that was set up."""
        for track, send in session.forward_senders():
            self.sequence = (self.sequence + 1) & 0xFFFF
            pt = track.maps[0][0]
            send(struct.pack("!BBHII", 0x80, pt, self.sequence, self.sequence * 800, session.ssrc ^ pt)
                 + b"\xff" * 800)
            self.camera.record.count("forward_sent")

    def _requests(self, session, connection, now):
        quirks = self.camera.quirks
        if "server-requests" in quirks and now - self.asked >= quirks.number("server-requests") / 1000:
            self.asked = now
            connection.ask("OPTIONS" if connection.own_cseq % 2 else "GET_PARAMETER", session)
        if "announce" in quirks and now - self.announced >= quirks.number("announce") / 1000:
            self.announced = now
            if connection.own_cseq % 2:
                connection.ask("SET_PARAMETER", session, ["Content-Type: text/parameters"], b"volume: 11\r\n")
            else:
                connection.ask("ANNOUNCE", session, ["Content-Type: application/sdp"],
                               b"v=0\r\no=- 1 1 IN IP4 10.1.2.3\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\n")
        if self._once("redirect-request", now):
            connection.ask("REDIRECT", session, [f"Location: {ELSEWHERE}"])

    def _ends(self, session, connection, now):
        if self._once("rtcp-bye", now):
            session.send_bye()
        if self._once("server-teardown", now):
            connection.ask("TEARDOWN", session)
            session.excused = True
            connection.excuse_frames()
            session.end("torn down by the camera")

    def _once(self, name, now):
        """True once, so many s after PLAY."""
        if name not in self.camera.quirks or name in self.done or \
                now - self.session.played < self.camera.quirks.number(name):
            return False
        self.done.add(name)
        return True
