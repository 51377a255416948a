# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The RTSP side of the camera: connections, interleaved frames, replies (RFC 2326)."""
import asyncio
import re
import socket
import time

from . import methods, replies
from .media import Malformed
from .message import parse_head
from .request import Reply

MAX_HEAD, MAX_BODY = 16384, 65536


class Connection(asyncio.Protocol):
    """One client's connection: TCP, TLS or a tunnel. which: the port that it came by"""

    def __init__(self, camera, which, tunnel=None):
        self.camera, self.record, self.which, self.tunnel = camera, camera.record, which, tunnel
        self.loop = asyncio.get_running_loop()
        self.buffer = b""
        self.closed_by_us = False
        self.last_cseq = None
        self.channels = {}          # channel -> (session, "rtp" or "rtcp", track)
        self.old_channels = set()
        self.sessions = []
        self.asked_back = False     # DESCRIBE with Require was seen
        self.not_before = 0.0       # a delayed reply holds up those behind it
        self.out = bytearray()      # reply-split: what is still to go
        self.held = b""             # frame-after-reply: the second half
        self.excused_until = 0.0    # frames of a session that the camera ended may be under way
        self.own_cseq = 0
        self.own_waiting = {}

    # asyncio

    def connection_made(self, transport):
        self.transport = transport
        self.peer = "%s:%d" % transport.get_extra_info("peername")[:2]
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.camera.connections.add(self)
        self.record.count("connections")
        self.record.gauge("rtsp", 1)
        if len(self.camera.connections) > self.camera.config.max_connections:
            self.record.violation("connections", f"{len(self.camera.connections)} RTSP connections "
                                  "at the same time")
        if self.camera.muted:
            transport.pause_reading()

    def connection_lost(self, exc):
        self.camera.connections.discard(self)
        self.record.gauge("rtsp", -1)
        for session in list(self.sessions):
            if "hold-session" in self.camera.quirks:
                session.orphan(self.closed_by_us)
            else:
                session.end("closed by camera" if self.closed_by_us else "closed")

    def leave(self):
        """The transport gets another protocol."""
        self.camera.connections.discard(self)
        self.record.count("connections", -1)
        self.record.gauge("rtsp", -1)

    def data_received(self, data):
        self.buffer += data
        if self.tunnel is None and self.last_cseq is None and self._speaks_http():
            return
        while self.buffer and not self.closed_by_us:
            try:
                if not self._one():
                    return
            except Malformed as error:
                self.violation("malformed", str(error))
                self.reply(None, Reply(400))
                self.break_off()

    def via(self):
        """"rtsp", "rtsps", "http" or "https", with the port's kind if it is not that scheme's"""
        if self.tunnel is None or self.which.startswith("http"):
            return self.which
        return f"http{self.which[4:]} at {self.which}"

    def _speaks_http(self):
        """A tunnel at the RTSP port (live555, GStreamer): then this is no more an RTSP connection."""
        if self.buffer.startswith((b"GET ", b"POST ")):
            self.leave()
            self.camera.new_http(self.which).take_over(self.transport, self.buffer)
            return True
        return b"POST ".startswith(self.buffer) or b"GET ".startswith(self.buffer)

    def violation(self, kind, text):
        session = self.sessions[-1].id if self.sessions else None
        self.record.violation(kind, text, session)

    def break_off(self):
        """The camera closes; no client is to blame."""
        self.closed_by_us = True
        self.transport.close()

    # reading

    def _one(self):
        """Takes one frame or message from the buffer; False if there is no whole one."""
        if self.buffer[0] == 0x24:
            return self._frame()
        if not 0x41 <= self.buffer[0] <= 0x5A:
            raise Malformed(f"neither a frame nor a message: {self.buffer[:16]!r}")
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > MAX_HEAD:
                raise Malformed("a message without an end")
            return False
        message = parse_head(self.buffer[:end], self.violation)
        length = message.get("Content-Length", "0")
        if not re.fullmatch(r"\d{1,6}", length) or int(length) > MAX_BODY:
            raise Malformed(f"Content-Length {length!r}")
        if len(self.buffer) < end + 4 + int(length):
            return False
        message.body = self.buffer[end + 4:end + 4 + int(length)]
        self.buffer = self.buffer[end + 4 + int(length):]
        self._message(message)
        return True

    def _frame(self):
        if len(self.buffer) < 4:
            return False
        channel, length = self.buffer[1], int.from_bytes(self.buffer[2:4], "big")
        if len(self.buffer) < 4 + length:
            return False
        payload = self.buffer[4:4 + length]
        self.buffer = self.buffer[4 + length:]
        entry = self.channels.get(channel)
        if entry is None and channel in self.old_channels and time.monotonic() < self.excused_until:
            return True
        if entry is None:
            kind = "frame-after-end" if channel in self.old_channels else "unknown-channel"
            self.violation(kind, f"a frame of {length} bytes on channel {channel}")
            return True
        session, what, track = entry
        if what == "rtcp":
            session.rtcp(payload)
        elif track.kind == "back":
            session.rtp(payload)
        else:
            session.violation("rtp-forward", "RTP towards a forward track")
        return True

    def _message(self, message):
        if message.status is not None:
            self._own_reply(message)
            return
        if "tunnel-only" in self.camera.quirks and self.tunnel is None:
            self.break_off()
            return
        self.record.requests[message.method] += 1
        self.record.dirty = True
        self._check_cseq(message)
        if not message.get("User-Agent"):
            self.violation("user-agent", f"{message.method} without User-Agent")
        delay = self._delay(message) + max(0.0, self.not_before - time.monotonic())
        if delay > 0:
            self.not_before = time.monotonic() + delay
            self.loop.call_later(delay, self._answer, message)
        else:
            self._answer(message)

    def _delay(self, message):
        if message.method == "SETUP":
            return self.camera.quirks.number("slow-setup") / 1000
        if message.method in ("PLAY", "RECORD"):
            # long enough to see RTP that did not wait for the answer
            return max(0.015, self.camera.quirks.number("slow-play") / 1000)
        return 0.0

    def _check_cseq(self, message):
        text = message.get("CSeq")
        if text is None or not re.fullmatch(r"\d{1,9}", text):
            self.violation("cseq", f"{message.method} with CSeq {text!r}")
            return
        if self.last_cseq is not None and int(text) <= self.last_cseq:
            self.violation("cseq", f"CSeq {text} after {self.last_cseq}")
        self.last_cseq = int(text)

    def _answer(self, message):
        if self.closed_by_us or self.camera.muted:
            return
        reply = methods.handle(self, message)
        if reply is not None:
            self.reply(message, reply)

    # writing

    def reply(self, message, reply):
        quirks = self.camera.quirks
        data = replies.encode(quirks, reply, message.get("CSeq") if message else None)
        if "reply-in-frame-flood" in quirks and any(session.state == "playing" for session in self.sessions):
            self.write(replies.flood(quirks.number("reply-in-frame-flood")))
        if "frame-after-reply" in quirks:
            half = len(data) // 2
            self.write(b"$\x02\0\4junk" + data[:half])
            if not self.held:
                self.loop.call_later(0.02, self._release)
            self.held += data[half:] + b"$\x02\0\4junk"
        else:
            self.write(data)
        if reply.after:
            reply.after()

    def write(self, data):
        if self.transport.is_closing():
            return
        if self.held:
            self.held += data
            return
        if not self.out and (data[:1] == b"$" or "reply-split" not in self.camera.quirks):
            self.transport.write(data)
            return
        if not self.out:
            self.loop.call_soon(self._pump)
        self.out += data

    def _release(self):
        data, self.held = self.held, b""
        self.write(data)

    def _pump(self):
        size = max(1, int(self.camera.quirks.number("reply-split", 1)))
        self.transport.write(bytes(self.out[:size]))
        del self.out[:size]
        if self.out and not self.transport.is_closing():
            self.loop.call_later(0.0005, self._pump)

    def send_frame(self, channel, payload):
        if self.out or self.held:
            return      # a reply is being dribbled out
        if "junk-between-frames" in self.camera.quirks:
            self.write(b"\x00\xffjunk\x0d\x0a\x00")
        self.write(b"$" + bytes([channel]) + len(payload).to_bytes(2, "big") + payload)
        self.record.count("frames_sent")

    def ask(self, method, session, headers=(), body=b""):
        """A request of the camera's own."""
        now = time.monotonic()
        if any(now - sent > 5 for sent in self.own_waiting.values()):
            self.violation("server-request-unanswered", "no answer to the camera's request in 5 s")
            self.own_waiting.clear()
        self.own_cseq += 1
        self.own_waiting[str(self.own_cseq)] = now
        lines = [f"{method} {session.base} RTSP/1.0", f"CSeq: {self.own_cseq}", f"Session: {session.id}", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def _own_reply(self, message):
        cseq = message.get("CSeq")
        if self.own_waiting.pop(cseq, None) is None:
            self.violation("reply-unasked", f"an answer {message.status} to CSeq {cseq} nobody asked")
        else:
            self.record.count("server_requests_answered")

    # sessions

    def excuse_frames(self):
        self.excused_until = time.monotonic() + 1.0

    def take_channels(self, pair, session, track):
        self.channels[pair[0]] = (session, "rtp", track)
        self.channels[pair[1]] = (session, "rtcp", track)
        self.old_channels -= set(pair)

    def forget(self, session):
        for channel in [c for c, entry in self.channels.items() if entry[0] is session]:
            del self.channels[channel]
            self.old_channels.add(channel)
        if session in self.sessions:
            self.sessions.remove(session)
