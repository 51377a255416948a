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
        self.held = {}              # which -> sockets that keep a closed port ours

    def _wanted(self, which):
        """"open", "refuse" or "drop" """
        quirks = self.camera.quirks
        if which == "rtsp":
            return quirks.get("rtsp-port-closed", "open")
        if which == "http" and quirks.get("https-only") == "refuse":
            return "refuse"
        return "open"

    async def open(self):
        for which in self.camera.ports_served():
            await self._set(which, self._wanted(which))

    async def adjust(self):
        """After a quirk was switched; not while the camera boots."""
        for which in list(self.servers) + list(self.held):
            wanted = self._wanted(which)
            if (wanted == "open") != (which in self.servers):
                self._close(which)
                await self._set(which, wanted)

    async def _set(self, which, wanted):
        if wanted == "open":
            await self._listen(which)
        else:
            self._hold(which, wanted == "drop")

    async def _listen(self, which):
        camera = self.camera
        new = camera.new_rtsp if which.startswith("rtsp") else camera.new_http
        context = camera.certificate.context() if which.endswith("s") else None
        server = await asyncio.get_running_loop().create_server(
            lambda: new(which), camera.host, camera.ports[which], ssl=context)
        self.servers[which] = server
        camera.ports[which] = server.sockets[0].getsockname()[1]

    def _hold(self, which, silent):
        """A connection is refused, or, where silent, never answered: the queue of pending ones is full."""
        camera = self.camera
        sock = socket.socket(socket.AF_INET6 if ":" in camera.host else socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((camera.host, camera.ports[which]))
        self.held[which] = [sock]
        camera.ports[which] = sock.getsockname()[1]
        if silent:
            sock.listen(0)
            self.held[which].append(socket.create_connection(sock.getsockname()[:2], 1))

    def _close(self, which):
        if which in self.servers:
            self.servers.pop(which).close()
        for sock in self.held.pop(which, ()):
            sock.close()

    def close(self):
        for which in list(self.servers) + list(self.held):
            self._close(which)
