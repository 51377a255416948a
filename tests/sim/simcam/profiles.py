# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What clients may write by SOAP, and what of it the loudspeaker depends on."""


class Profiles:
    def __init__(self, camera):
        self.camera = camera

    def complete(self, token):
        """Has the profile what a backchannel needs?"""
        return True

    def deaf(self):
        """Why nothing is heard now, or None."""
        return None
