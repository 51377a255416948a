# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Logins of all services together: how many failed, how many are too many."""
import math
import time


def _number_and_seconds(text, seconds):
    """"5" or "5:30": (5, seconds) or (5, 30.0)"""
    number, _, rest = str(text).partition(":")
    return int(number), float(rest or seconds)


class Logins:
    def __init__(self, quirks, record):
        self.quirks, self.record = quirks, record
        self.failures = self.good = 0
        self.locked_until = self.busy_until = 0.0

    def failed(self):
        self.failures += 1
        self.record.count("auth_failures")

    def worked(self):
        self.good += 1
        self.record.count("logins")

    def shut(self):
        """Is every login refused now, whatever its password?"""
        now = time.monotonic()
        if "lockout" in self.quirks and self._locked(now):
            self.record.count("auth_locked")
            return True
        if "401-too-many" in self.quirks and self._busy(now):
            self.record.count("auth_too_many")
            return True
        return False

    def _locked(self, now):
        limit, seconds = _number_and_seconds(self.quirks["lockout"], math.inf)
        if self.failures >= limit:
            self.failures, self.locked_until = 0, now + seconds
        return now < self.locked_until

    def _busy(self, now):
        limit, seconds = _number_and_seconds(self.quirks["401-too-many"], 5)
        if self.good >= limit:
            self.good, self.busy_until = 0, now + seconds
        return now < self.busy_until
