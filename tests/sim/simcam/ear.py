# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What comes out of the loudspeaker of cameras that are particular about what they are sent."""
import array


class Ear:
    """One session's."""

    def __init__(self, session):
        self.session, self.camera = session, session.camera
        self.played = 0.0           # s that were heard
        self.until = None           # when the queue of what is to be played runs empty

    def hear(self, samples, size, now):
        """samples: at 8 kHz; size: of the payload. The samples that sound, some of them silenced; or None."""
        quirks, duration = self.camera.quirks, len(samples) / 8000
        reason = self._deaf()
        if reason:
            self.camera.record.count("rtp_unheard")
            self.session.info["unheard"] = reason
            return None
        if "no-jitter-buffer" in quirks and self._too_early(duration, now):
            self.camera.record.count("rtp_dropped")
            return None
        if self.played < quirks.number("clip-start") / 1000:
            samples = array.array("h", bytes(2 * len(samples)))
        if size < quirks.number("choppy-below"):
            half = len(samples) // 2
            samples = samples[:half] + array.array("h", bytes(2 * (len(samples) - half)))
        self.played += duration
        return samples

    def _deaf(self):
        if self.camera.quirks.get("needs-forward") == "mute" and not self.session.has_forward():
            return "the forward tracks were not set up"
        return self.camera.profiles.deaf()

    def _too_early(self, duration, now):
        """No more than so many ms are queued; the rest is lost."""
        if self.until is None or self.until < now:
            self.until = now
        if self.until - now > self.camera.quirks.number("no-jitter-buffer") / 1000:
            return True
        self.until += duration
        return False
