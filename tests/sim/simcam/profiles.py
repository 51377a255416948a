# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What clients may write by SOAP, and what of it the loudspeaker depends on. It outlives a reboot."""
from .fault import Fault

HALF_DUPLEX = "www.onvif.org/ver20/HalfDuplex/"
SERVER, CLIENT, AUTO = (HALF_DUPLEX + name for name in ("Server", "Client", "Auto"))
KINDS = ("AudioOutput", "AudioDecoder")     # in the order of their dependence
LEVELS = range(101)


class Profiles:
    def __init__(self, camera):
        self.camera, self.quirks = camera, camera.quirks
        self.written_primacy = None
        self.level = 50
        self.changed = {}           # (profile, kind) -> present or not, as clients made it

    # configurations in profiles

    def _missing(self, kind):
        lacks = self.quirks.get("profile-without-decoder")
        return lacks == "both" or (lacks == "decoder" and kind == "AudioDecoder")

    def has(self, token, kind):
        return self.changed.get((token, kind), not self._missing(kind))

    def complete(self, token):
        """Has the profile what a backchannel needs?"""
        return all(self.has(token, kind) for kind in KINDS)

    def add(self, token, kind):
        if kind == "AudioDecoder" and not self.has(token, "AudioOutput"):
            self._conflict(f"{kind} before AudioOutput")
        self.changed[token, kind] = True

    def remove(self, token, kind):
        if kind == "AudioOutput" and self.has(token, "AudioDecoder"):
            self._conflict(f"without {kind} the AudioDecoder has none")
        self.changed[token, kind] = False

    def _conflict(self, reason):
        self.camera.record.violation("soap-order", reason)
        raise Fault(400, "Receiver", ["Action", "ConfigurationConflict"], reason)

    # the output

    @property
    def primacy(self):
        return self.written_primacy or (SERVER if "half-duplex-server" in self.quirks else CLIENT)

    def primacies(self):
        return [SERVER, CLIENT, AUTO] if "half-duplex-server" in self.quirks else [CLIENT]

    def set_output(self, primacy, level):
        if level not in LEVELS or (primacy and primacy not in self.primacies()):
            raise Fault(400, "Sender", ["InvalidArgVal", "ConfigModify"], f"{primacy} {level}")
        self.written_primacy = primacy or self.written_primacy
        self.level = level

    def deaf(self):
        """Why nothing is heard now, or None."""
        return "half duplex, and it is the camera's turn" if self.primacy == SERVER else None

    def report(self):
        return {"SendPrimacy": self.primacy, "OutputLevel": self.level,
                "changed": {f"{token} {kind}": value for (token, kind), value in self.changed.items()}}
