# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""RTSP tunnelled over HTTP (Apple's "Tunnelling RTSP and RTP over HTTP"; ONVIF Streaming 5.1.1.4): what the
client gets comes on a GET, what it sends goes in Base64 on POSTs; a cookie joins the two."""
import asyncio
import base64
import re

from .media import Malformed

TYPE = "application/x-rtsp-tunnelled"
COOKIE = re.compile(r"[!-+\--:<-~]{16,128}")        # visible, neither comma nor semicolon
LINGER = 2.0        # s that the two ends of a tunnel may outlive each other
_GROUP = re.compile(rb"[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==")


class Decoder:
    """Base64 in pieces: padding may end any of them, and the next begins with a group of its own."""

    def __init__(self):
        self.rest = b""

    def feed(self, data):
        """[(bytes, whether padding ended them)]; Malformed."""
        self.rest += data
        pieces = []
        while len(self.rest) >= 4:
            whole = len(self.rest) // 4 * 4
            padding = self.rest.find(b"=", 0, whole)
            end = whole if padding < 0 else padding // 4 * 4 + 4
            pieces.append((self._decode(self.rest[:end]), padding >= 0))
            self.rest = self.rest[end:]
        if re.search(rb"[^A-Za-z0-9+/=]|^=|^.=", self.rest, re.DOTALL):
            raise Malformed(f"not Base64: {self.rest[:16]!r}")
        return pieces

    @staticmethod
    def _decode(text):
        if re.search(rb"[^A-Za-z0-9+/]", text[:-2]) or not _GROUP.fullmatch(text[-4:]):
            raise Malformed(f"not Base64: {text[-16:]!r}")
        result = base64.b64decode(text)
        if base64.b64encode(result[-(len(result) % 3 or 3):]) != text[-4:]:
            raise Malformed(f"bits behind the end of {text[-4:]!r}")
        return result


class GetSide(asyncio.Protocol):
    """The GET's connection: everything towards the client."""

    def __init__(self, tunnel):
        self.tunnel = tunnel

    def data_received(self, data):
        self.tunnel.on_get(data)

    def connection_lost(self, exc):
        self.tunnel.get_lost(exc)


class PostSide(asyncio.Protocol):
    """One POST's connection: everything from the client."""

    def __init__(self, tunnel, transport, length):
        self.tunnel, self.transport, self.length = tunnel, transport, length
        self.decoder, self.taken = Decoder(), 0
        self.closed_by_us = False

    def data_received(self, data):
        if not self.closed_by_us:
            self.tunnel.on_post(self, data)

    def connection_lost(self, exc):
        self.tunnel.post_lost(self)

    def close(self):
        self.closed_by_us = True
        self.transport.close()


class Tunnel:
    """Joins the two; an RTSP connection's transport."""

    def __init__(self, camera, which, cookie, target, transport):
        self.camera, self.record, self.which, self.cookie, self.target = \
            camera, camera.record, which, cookie, target
        self.get, self.post = transport, None
        self.lost = None                # the POST that ended last
        self.loop = asyncio.get_running_loop()
        self.ended = False
        self.rtsp = camera.new_rtsp(which, self)
        camera.tunnels[which, cookie] = self
        self.record.count("tunnel_gets")
        self.record.gauge("tunnel", 1)

    def violation(self, kind, text):
        self.rtsp.violation(kind, text)

    def start(self):
        self.get.set_protocol(GetSide(self))
        self.rtsp.connection_made(self)

    def add_post(self, transport, length):
        if self.post is not None:
            self.violation("tunnel-two-posts", "a POST while the one before is still open")
            self.post.close()
        self.record.count("tunnel_posts")
        self.record.gauge("tunnel", 1)
        if "tunnel-post-counts" not in self.camera.quirks:
            self.rtsp.buffer = b""      # what the POST before left unfinished
        self.post = PostSide(self, transport, length)
        transport.set_protocol(self.post)
        if self.camera.muted:
            transport.pause_reading()
        return self.post

    # from the client

    def on_get(self, data):
        """Streaming Specification 2.10 wanted media here, later ones do not."""
        if "tunnel-media-by-get" in self.camera.quirks and data[:1] == b"$":
            self.rtsp.data_received(data)
        else:
            self.violation("tunnel-get-data", f"{len(data)} bytes on the GET's connection")

    def on_post(self, post, data):
        if "tunnel-post-counts" in self.camera.quirks and post.length is not None:
            data = data[:post.length - post.taken]
        post.taken += len(data)
        if post.length is not None and post.taken > post.length:
            # 32767 and no end is what FFmpeg, live555 and GStreamer do
            self.record.note("tunnel-post-overrun", f"more than the Content-Length of {post.length}")
        text = re.sub(rb"[\r\n\t ]+", b"", data)
        if len(text) < len(data):
            self.record.note("tunnel-base64-space", "white space within the Base64")
        try:
            for piece, padded in post.decoder.feed(text):
                self._decoded(piece, padded)
        except Malformed as error:
            self.violation("tunnel-base64", str(error))
            self.rtsp.break_off()
        self._limit(post)

    def _decoded(self, piece, padded):
        media = piece[:1] == b"$" and not self.rtsp.buffer
        if media and "tunnel-media-by-get" in self.camera.quirks:
            self.rtsp.break_off()
            return
        self.rtsp.data_received(piece)
        if padded and self.rtsp.buffer and not self.rtsp.closed_by_us:
            self.violation("tunnel-base64-padding", "padding within a message")

    def _limit(self, post):
        if "tunnel-post-counts" in self.camera.quirks and post.taken == post.length:
            self.record.count("tunnel_posts_closed")
            post.close()
            return
        limit = int(self.camera.quirks.number("tunnel-post-limit"))
        if limit and post.taken >= limit and not self.rtsp.buffer and not post.decoder.rest:
            for session in self.rtsp.sessions:
                session.excuse_gap()
            self.record.count("tunnel_posts_closed")
            post.close()

    # the ends

    def get_lost(self, exc):
        self.record.gauge("tunnel", -1)
        self.ended = True
        self.camera.tunnels.pop((self.which, self.cookie), None)
        self.rtsp.connection_lost(exc)
        if self.post:
            self.loop.call_later(LINGER, self._left_open, self.post)

    def post_lost(self, post):
        self.record.gauge("tunnel", -1)
        if self.post is post:
            self.post = None
        self.lost = post
        if not self.ended:
            self.loop.call_later(LINGER, self._no_post, post)

    def _left_open(self, post):
        if self.post is post:
            if not self.rtsp.closed_by_us and not self.camera.muted:
                self.record.violation("tunnel-left-open", "the POST outlives the GET")
            post.close()

    def _no_post(self, post):
        # (there may have been others since)
        if self.post is None and self.lost is post and not self.ended and not self.rtsp.sessions:
            self.violation("tunnel-left-open", "the GET outlives the POST")
            self.rtsp.break_off()

    # as a transport

    def write(self, data):
        self.get.write(data)

    def close(self):
        self.get.close()
        if self.post:
            self.post.close()

    def abort(self):
        self.get.abort()
        if self.post:
            self.post.transport.abort()

    def is_closing(self):
        return self.get.is_closing()

    def get_extra_info(self, name):
        return self.get.get_extra_info(name)

    def get_write_buffer_size(self):
        return self.get.get_write_buffer_size()

    def pause_reading(self):
        for transport in (self.get, self.post and self.post.transport):
            if transport:
                transport.pause_reading()

    def resume_reading(self):
        for transport in (self.get, self.post and self.post.transport):
            if transport:
                transport.resume_reading()
