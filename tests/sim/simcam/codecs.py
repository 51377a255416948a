# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the camera's loudspeaker can decode: G.711 (ITU-T) and L16 (RFC 3551 4.5.11), at any rate."""
import array
import math
import sys

RATE = 8000         # of heard.wav


def _ulaw(byte):
    byte = ~byte & 0xFF
    value = (((byte & 0x0F) << 3) + 0x84) << ((byte & 0x70) >> 4)
    return 0x84 - value if byte & 0x80 else value - 0x84


def _alaw(byte):
    byte ^= 0x55
    value, segment = (byte & 0x0F) << 4, (byte & 0x70) >> 4
    value = value + 8 if segment == 0 else (value + 0x108) << (segment - 1)
    return value if byte & 0x80 else -value


TABLES = {"PCMU": [_ulaw(b) for b in range(256)], "PCMA": [_alaw(b) for b in range(256)]}


class Codec:
    """One payload type's encoding: "PCMU/8000" of an rtpmap."""

    def __init__(self, text):
        name, _, rest = text.partition("/")
        self.name = name.upper()
        self.rate = int(rest.partition("/")[0] or RATE)
        self.sample_bytes = 2 if self.name == "L16" else 1
        self.known = self.name in TABLES or self.name == "L16"

    def count(self, payload):
        """samples in a payload; what the timestamp grows by"""
        return len(payload) // self.sample_bytes

    def decode(self, payload):
        """array('h') at the codec's rate; empty if it is none of ours"""
        if self.name in TABLES:
            table = TABLES[self.name]
            return array.array("h", (table[byte] for byte in payload))
        samples = array.array("h")
        if self.name == "L16":
            samples.frombytes(payload[:len(payload) // 2 * 2])
            if sys.byteorder == "little":
                samples.byteswap()
        return samples

    def to_heard(self, samples):
        """The same at RATE, by the mean of each group."""
        step = self.rate // RATE
        if step <= 1:
            return samples
        return array.array("h", (sum(samples[n:n + step]) // step for n in range(0, len(samples) - step + 1, step)))


def level(samples):
    """Root mean square, in sample values."""
    return math.sqrt(sum(s * s for s in samples) / len(samples)) if samples else 0.0
