# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The HTTP requests that open a tunnel (tunnel.py), and the cameras that refuse them."""
import re

from .http_message import Response
from .tunnel import COOKIE, TYPE, Tunnel

PAGE = b"<html><body><h1>IP camera</h1></body></html>"
HEAD = ("HTTP/1.0 200 OK\r\nServer: simcam/1.0\r\nConnection: close\r\nCache-Control: no-store\r\n"
        f"Pragma: no-cache\r\nContent-Type: {TYPE}\r\n")


def asked(request):
    """Does the client want a tunnel?"""
    return request.method in ("GET", "POST") and bool(
        request.get("x-sessioncookie") or TYPE in request.get("accept") + request.get("content-type"))


def take(conn, request):
    """conn: the HttpConnection. None if its transport is the tunnel's now, or the refusing Response."""
    cookie = request.get("x-sessioncookie")
    _judge(conn, request, cookie)
    refusal = _refusal(conn, request)
    if refusal:
        return refusal
    if not COOKIE.fullmatch(cookie):
        return Response(400)
    return (_get if request.method == "GET" else _post)(conn, request, cookie)


def _judge(conn, request, cookie):
    violation = conn.record.violation
    if len(request.all("x-sessioncookie")) != 1 or not COOKIE.fullmatch(cookie):
        violation("tunnel-cookie", f"{request.method} with x-sessioncookie {cookie!r}")
    name = "accept" if request.method == "GET" else "content-type"
    if request.get(name) != TYPE:
        violation("tunnel-type", f"{request.method} with {name} {request.get(name)!r}")
    if request.method == "GET" and request.get("content-length") not in ("", "0"):
        violation("tunnel-get-data", "a GET with a body")
    if request.all("authorization") and "tunnel-401" not in conn.camera.quirks:
        violation("tunnel-auth-unasked", f"{request.method} with credentials that nobody asked for")
    if request.all("expect"):
        violation("tunnel-expect", "Expect: nobody will answer it")
    if request.get("connection").lower() == "keep-alive":
        conn.record.note("tunnel-keep-alive", f"{request.method} with Connection: keep-alive")


def _refusal(conn, request):
    quirks = conn.camera.quirks
    where = "web" if conn.which.startswith("http") else "rtsp"
    if quirks.get("tunnel-off") in ("all", where):
        return Response(404)
    if request.method == "GET" and "tunnel-html" in quirks:
        return Response(200, PAGE, "text/html")
    if "tunnel-401" in quirks and (request.method == "GET" or request.all("authorization")):
        refusal = conn.camera.http_auth.check(request.method, request.target, request.all("authorization"))
        if refusal:
            return Response(refusal.status, headers=refusal.headers)
    if request.target not in conn.camera.tunnel_targets():
        conn.record.violation("tunnel-target", f"{request.method} {request.target}")
        return Response(404)
    return None


def _get(conn, request, cookie):
    if (conn.which, cookie) in conn.camera.tunnels:
        conn.record.violation("tunnel-cookie", "a cookie of another tunnel")
        return Response(400)
    conn.leave()
    head = HEAD
    if "tunnel-get-length" in conn.camera.quirks:
        head += f"Content-Length: {2 ** 31 - 1}\r\n"
    conn.transport.write(head.encode() + b"\r\n")
    Tunnel(conn.camera, conn.which, cookie, request.target, conn.transport).start()
    return None


def _post(conn, request, cookie):
    tunnel = conn.camera.tunnels.get((conn.which, cookie))
    if tunnel is None:
        conn.record.violation("tunnel-post-before-get", "a POST whose cookie no GET has named on this port")
        return Response(404)
    if request.target != tunnel.target:
        conn.record.violation("tunnel-target", f"GET {tunnel.target}, POST {request.target}")
    length = request.get("content-length")
    if not re.fullmatch(r"\d{1,10}", length):
        conn.record.violation("tunnel-content-length", f"a POST with Content-Length {length!r}")
        return Response(411)
    limit = conn.camera.quirks.number("tunnel-413")
    if limit and int(length) > limit:
        return Response(413)
    conn.leave()
    if "tunnel-post-reply" in conn.camera.quirks:
        conn.transport.write(f"HTTP/1.1 200 OK\r\nContent-Type: {TYPE}\r\nContent-Length: 0\r\n\r\n".encode())
    post = tunnel.add_post(conn.transport, int(length))
    if conn.buffer:
        post.data_received(conn.buffer)
    return None
