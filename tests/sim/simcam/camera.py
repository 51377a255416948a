# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The camera as a whole: its servers, its state, what the control socket may do to it."""
import asyncio
import time

from .addresses import Addresses
from .auth import MODES, Authenticator
from .discovery import Discovery
from .http import HttpConnection
from .listeners import Listeners
from .logins import Logins
from .profiles import Profiles
from .record import Record
from .rtsp import Connection
from .tls import Certificate

TICK = 0.1


class Camera(Addresses):
    def __init__(self, config, quirks):
        self.config, self.quirks = config, quirks
        self.record = Record(config.out)
        self.host = config.address
        self.ports = {"rtsp": config.rtsp_port, "http": config.http_port,
                      "rtsps": config.rtsps_port, "https": config.https_port}
        self.certificate = Certificate(config.cert, config.key) if config.tls != "off" else None
        self.listeners = Listeners(self)
        self.tunnels = {}           # (port, cookie) -> Tunnel
        self.connections = set()
        self.http_connections = set()
        self.sessions = {}
        self.muted = False
        self.metadata_version = 1
        self.discovery = None
        self.rebooting = None
        self.stopped = asyncio.Event()
        self.setups_refused = 0     # setup-454-then-ok
        self.speaker_used = False   # talk-once; until the camera boots
        self.profiles = Profiles(self)
        self.record.configuration = self.profiles.report
        self._new_nonces()

    def _new_nonces(self):
        self.logins = Logins(self.quirks, self.record)
        self.rtsp_auth, self.http_auth = (
            Authenticator(self.config, self.quirks, self.record, service, self.logins) for service in ("RTSP", "HTTP"))
        self.wsse_nonces = set()

    def clock(self):
        """The camera's idea of the time, as UNIX time."""
        return time.time() + self.config.clock_offset + self.quirks.number("clock-offset")

    # running

    async def start(self):
        await self.listeners.open()
        if self.config.discovery:
            self.discovery = Discovery(self)
            self.discovery.start()
        self.ticker = asyncio.create_task(self._tick())

    def new_rtsp(self, which, tunnel=None):
        return Connection(self, which, tunnel)

    def new_http(self, which):
        return HttpConnection(self, which)

    def _hang_up(self):
        """No listener, no connection, no session; the clients are not to blame."""
        self.listeners.close()
        for session in list(self.sessions.values()):
            session.excused = True
            session.end("closed by camera")
        for connection in list(self.connections | self.http_connections):
            connection.closed_by_us = True
            connection.transport.abort()

    async def stop(self):
        self.ticker.cancel()
        if self.rebooting:
            self.rebooting.cancel()
        if self.discovery:
            self.discovery.stop(bye=True)
        self._hang_up()
        self.record.close()

    async def _tick(self):
        count = 0
        while True:
            await asyncio.sleep(TICK)
            count += 1
            now = time.monotonic()
            for session in list(self.sessions.values()):
                if not self.muted:
                    session.pester.tick(now, TICK)
                if count % 3 == 0:
                    session.tick(now)
            if count % 5 == 0:
                self.record.write_report()

    # the control socket's verbs

    async def switch(self, text, on=True):
        (self.quirks.switch if on else self.quirks.off)(text)
        await self.listeners.adjust()

    def close_connections(self):
        for connection in list(self.connections | self.http_connections):
            connection.break_off()

    def mute(self, muted):
        self.muted = muted
        for session in self.sessions.values():
            session.excused = True
            session.alive = time.monotonic()
        for connection in self.connections | self.http_connections:
            if muted:
                connection.transport.pause_reading()
            else:
                connection.transport.resume_reading()

    def reboot(self, seconds):
        self._hang_up()
        self.speaker_used = False
        if self.discovery:
            self.discovery.stop(bye=False)
            self.discovery = None
        self._new_nonces()
        if self.rebooting:
            self.rebooting.cancel()
        self.rebooting = asyncio.create_task(self._return_after(seconds))

    async def _return_after(self, seconds):
        await asyncio.sleep(seconds)
        await self._return()

    async def _return(self):
        await self.listeners.open()
        self.rebooting = None
        if self.config.discovery:
            self.discovery = Discovery(self)
            self.discovery.start()

    async def move(self, address):
        self._hang_up()
        if self.discovery:
            self.discovery.stop(bye=False)
            self.discovery = None
        self.host = address
        self.metadata_version += 1
        self._new_nonces()
        await self._return()

    async def new_certificate(self):
        """As after a factory reset; whoever pinned the old one has to notice."""
        if self.certificate is None:
            raise ValueError("no TLS here")
        self._hang_up()
        self.certificate = Certificate()
        await self.listeners.open()

    def new_password(self, user, password):
        self.config.user, self.config.password = user, password
        self._new_nonces()

    def new_auth(self, mode, service=""):
        """service: "rtsp", "http" or none: both"""
        if mode not in MODES or service not in ("", "rtsp", "http"):
            raise ValueError(f"auth MODE [rtsp|http], MODE one of {MODES}")
        for name in [service] if service else ["rtsp", "http"]:
            setattr(self.config, f"{name}_auth", mode)
        self._new_nonces()

    def ready(self):
        return {"ready": True, "http": self.ports["http"], "xaddr": self.xaddr(), "rtsp_uri": self.stream_uri(),
                "https": self.ports["https"],
                "tunnel_uri": self.tunnel_uri(),
                "rtsps_uri": self.stream_uri(scheme="rtsps") if self.certificate else None,
                "uuid": self.config.uuid, "name": self.config.name, "address": self.host,
                "http_port": self.ports["http"], "rtsp_port": self.ports["rtsp"]}
