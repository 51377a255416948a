# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The control socket: one command per line, one JSON reply per line."""
import asyncio
import json
import os


class Control:
    def __init__(self, camera):
        self.camera = camera
        self.server = None

    async def start(self, path):
        if os.path.exists(path):
            os.unlink(path)
        self.path = path
        self.server = await asyncio.start_unix_server(self._client, path)

    def stop(self):
        if self.server:
            self.server.close()
            if os.path.exists(self.path):
                os.unlink(self.path)

    async def _client(self, reader, writer):
        try:
            while line := await reader.readline():
                reply = await self._reply(line.decode("utf-8").strip())
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, UnicodeDecodeError):
            pass
        finally:
            writer.close()

    async def _reply(self, line):
        verb, _, rest = line.partition(" ")
        command = COMMANDS.get(verb)
        if command is None:
            return {"ok": False, "error": f"unknown command {verb!r}", "commands": sorted(COMMANDS)}
        try:
            result = command(self.camera, rest.strip())
            if asyncio.iscoroutine(result):
                result = await result
        except (ValueError, TypeError, OSError) as error:
            return {"ok": False, "error": str(error)}
        return result if result is not None else {"ok": True}


def _password(camera, rest):
    user, separator, password = rest.partition(" ")
    if not separator:
        raise ValueError("password USER PASSWORD")
    camera.new_password(user, password)


def _stats(camera, rest):
    camera.record.write_report()
    return {"ok": True, "name": camera.config.name, "address": camera.host,
            "muted": camera.muted, "quirks": dict(camera.quirks), **camera.record.report()}


COMMANDS = {
    "quirk": lambda camera, rest: camera.switch(rest),
    "unquirk": lambda camera, rest: camera.switch(rest, False),
    "close": lambda camera, rest: camera.close_connections(),
    "reboot": lambda camera, rest: camera.reboot(float(rest or 0)),
    "mute": lambda camera, rest: camera.mute(True),
    "unmute": lambda camera, rest: camera.mute(False),
    "address": lambda camera, rest: camera.move(rest),
    "password": _password,
    "auth": lambda camera, rest: camera.new_auth(*rest.split()[:2]),
    "stats": _stats,
    "reset": lambda camera, rest: camera.record.reset(),
    "certificate": lambda camera, rest: camera.new_certificate(),
    "ready": lambda camera, rest: camera.ready(),
    "hello": lambda camera, rest: camera.discovery and camera.discovery.announce("Hello"),
    "bye": lambda camera, rest: camera.discovery and camera.discovery.announce("Bye"),
    "quit": lambda camera, rest: camera.stopped.set(),
}
