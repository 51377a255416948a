# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What an ONVIF operation refuses with (ONVIF Core 5.8.2)."""


class Fault(Exception):
    """code: "Sender" or "Receiver"; subcodes: ter: names, outer first"""

    def __init__(self, status, code, subcodes, reason):
        super().__init__(reason)
        self.status, self.code, self.subcodes, self.reason = status, code, subcodes, reason
