# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""stub"""
class Discovery:
    def __init__(self, camera): pass
    def start(self): pass
    def stop(self, bye): pass
    def announce(self, kind): pass
