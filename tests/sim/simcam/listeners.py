# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The camera's TCP ports: open, closed, or behind a firewall that answers nothing."""
import asyncio
import socket


class Listeners:
    def __init__(self, camera):
        self.camera = camera
        self.servers = {}           # which -> asyncio's server
        self.held = []              # sockets that keep the closed RTSP port ours

    async def open(self):
        camera = self.camera
        for which in camera.schemes("rtsp") + camera.schemes("http"):
            if which == "rtsp" and "rtsp-port-closed" in camera.quirks:
                self._hold(camera.quirks["rtsp-port-closed"] == "drop")
            else:
                await self._listen(which)

    async def _listen(self, which):
        camera = self.camera
        new = camera.new_rtsp if which.startswith("rtsp") else camera.new_http
        context = camera.certificate.context() if which.endswith("s") else None
        server = await asyncio.get_running_loop().create_server(
            lambda: new(which), camera.host, camera.ports[which], ssl=context)
        self.servers[which] = server
        camera.ports[which] = server.sockets[0].getsockname()[1]

    def _hold(self, silent):
        """A connection is refused, or, where silent, never answered: the queue of pending ones is full."""
        camera = self.camera
        family = socket.AF_INET6 if ":" in camera.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((camera.host, camera.ports["rtsp"]))
        self.held = [sock]
        camera.ports["rtsp"] = sock.getsockname()[1]
        if silent:
            sock.listen(0)
            self.held.append(socket.create_connection(sock.getsockname()[:2], 1))

    async def adjust(self):
        """After a quirk was switched."""
        plain = "rtsp" in self.camera.schemes("rtsp")
        if plain and self.servers and ("rtsp-port-closed" in self.camera.quirks) != bool(self.held):
            self.close(["rtsp"])
            if "rtsp-port-closed" in self.camera.quirks:
                self._hold(self.camera.quirks["rtsp-port-closed"] == "drop")
            else:
                await self._listen("rtsp")

    def close(self, which=None):
        for name in which or list(self.servers):
            if name in self.servers:
                self.servers.pop(name).close()
        for sock in self.held:
            sock.close()
        self.held = []
