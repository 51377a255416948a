# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""stub"""
import asyncio
class HttpConnection(asyncio.Protocol):
    def __init__(self, camera): self.camera=camera
    def connection_made(self, t): t.close()
