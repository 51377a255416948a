#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""How well a camera hears: noise against ideal G.711, aliases, pass-band, level, clipping. Through
the whole product: a player, the graph, the sink's converter, the codec, RTP, the camera."""
import numpy as np

import sound
from stage import alone, gstreamer_stage, peers_too, stage

NAME = "quality"

LEVELS = (-3.0, -6.02, -20.0, -40.0)
ALIASES = (4600, 5000, 6000, 7000, 9000)
PASS_BAND = (300, 400, 500, 700, 900, 1004, 1300, 1700, 2100, 2500, 2800, 3000, 3100, 3200, 3300, 3350, 3400)
BODY = 0.5          # s of each sound
SKIP = 0.06         # of it, at both ends: the resampler's edges
PAUSE = 0.08
MARK = 0.06         # a burst before each sound says where it is
LEAD = 3.0          # what is held while the session opens is given back in here


def marked(body):
    mark = sound.tone(1004, MARK, -6.02)
    return np.concatenate([sound.silence(PAUSE), mark, sound.silence(PAUSE), body])


def programme(bodies):
    parts = [sound.tone(1004, 0.5), sound.silence(LEAD)]
    parts += [marked(b) for b in bodies]
    return np.concatenate(parts + [sound.silence(0.2)])


def cut(heard, count):
    """The sounds of a programme again, without their edges."""
    rate, parts = sound.RATE, []
    period = int((2 * PAUSE + MARK + BODY) * rate)
    pos = sound.first_above(heard, 0.05)
    if pos is None:
        raise AssertionError("the camera heard nothing")
    pos += int(0.5 * rate) + 200
    step = sound.first_above(heard[pos:], 0.05)
    for _ in range(count):
        if step is None:
            raise AssertionError("the camera heard only a part of the sounds")
        begin = pos + step + int((MARK + PAUSE) * rate)
        part = heard[begin + int(SKIP * rate):begin + int((BODY - SKIP) * rate)]
        if len(part) < (BODY - 2 * SKIP) * rate - 1:
            raise AssertionError("the camera heard only a part of a sound")
        parts.append(part)
        pos = pos + step + period - int(PAUSE * rate) - 40
        step = sound.first_above(heard[pos + int(PAUSE * rate) // 2:], 0.05)
        step = step + int(PAUSE * rate) // 2 if step is not None else None
    return parts


def heard_of(stage_, bodies, channels=2, pan=(1.0, 1.0)):
    signal = programme(bodies)
    path = stage_.desktop.base / "programme.raw"
    sound.write_raw(path, [signal * pan[i] for i in range(channels)])
    stage_.camera.command("reset")
    stage_.play(path, channels)
    stage_.idle()
    return cut(sound.read_wav(stage_.camera.out / "heard.wav"), len(bodies))


def ideal_of(freq, level, law):
    n = int((BODY - 2 * SKIP) * sound.RATE)
    signal = sound.amplitude(level) * np.sin(2 * np.pi * freq / sound.RATE * np.arange(n) + 0.1)
    return sound.ideal(signal, law)


class Rows(list):
    """Results of one subject."""

    def __init__(self, law, subject="ours"):
        super().__init__()
        self.law = law
        self.subject = subject

    def add(self, figure, what, value, unit="dB", limit=None, ok=None, subject=None):
        row = {"figure": f"{figure}-{self.law}", "what": f"{self.law} {what}", "subject": subject or self.subject,
               "cameras": 1, "value": round(float(value), 2), "unit": unit}
        # peers are compared with, not judged
        if limit is not None and self.subject == "ours":
            row["limit"] = limit
            row["ok"] = bool(value <= limit if ok is None else ok)
        self.append(row)

    def levels(self, parts, channels):
        for level, part in zip(LEVELS, parts):
            got, ratio = sound.snr(part, 1004)
            should, best = sound.snr(ideal_of(1004, level, self.law), 1004)
            key, what = f"{channels}{level:g}", f"{channels}, {level:g} dBFS"
            self.add(f"snr-{key}", f"{what}: SNR", ratio)
            if self.subject == "ours":
                self.add(f"snr-{key}", f"{what}: SNR", best, subject="ideal")
            self.add(f"loss-{key}", f"{what}: SNR below ideal", best - ratio, limit=0.5)
            self.add(f"level-{key}", f"{what}: level error", got - should, limit=0.1, ok=abs(got - should) <= 0.1)

    def aliases(self, parts):
        """All that is heard of a tone that no camera can play, the constant apart (A-law has no zero)."""
        level = sound.amplitude(-6.02) / np.sqrt(2)
        for freq, part in zip(ALIASES, parts):
            self.add(f"alias-{freq}", f"heard of {freq} Hz", sound.decibel(np.std(part) / level, 1e-5), limit=-66)

    def pass_band(self, parts):
        levels = [sound.snr(p, f)[0] for f, p in zip(PASS_BAND, parts)]
        best = [sound.snr(ideal_of(f, -6.02, self.law), f)[0] for f in PASS_BAND]
        for freq, level, should in zip(PASS_BAND, levels, best):
            self.add(f"response-{freq}", f"{freq} Hz against ideal", level - should)
        self.add("ripple", "ripple 300-3400 Hz", max(levels) - min(levels), limit=0.3)
        if self.subject == "ours":
            self.add("ripple", "ripple 300-3400 Hz", max(best) - min(best), subject="ideal")

    def loud(self, part):
        got, ratio = sound.snr(part, 1004)
        should, best = sound.snr(ideal_of(1004, sound.decibel(0.95), self.law), 1004)
        self.add("loud-level", "stereo, 0.95: level error", got - should, limit=0.1, ok=abs(got - should) <= 0.1)
        self.add("loud-loss", "stereo, 0.95: SNR below ideal", best - ratio, limit=0.5)


def tones():
    bodies = [sound.tone(1004, BODY, level) for level in LEVELS]
    bodies += [sound.tone(f, BODY) for f in ALIASES]
    bodies += [sound.tone(f, BODY) for f in PASS_BAND]
    return bodies + [sound.tone(1004, BODY, sound.decibel(0.95))]


def stereo(s, rows):
    parts = heard_of(s, tones())
    n = len(LEVELS)
    rows.levels(parts[:n], "stereo")
    rows.aliases(parts[n:n + len(ALIASES)])
    rows.pass_band(parts[n + len(ALIASES):-1])
    rows.loud(parts[-1])


def measure(law):
    rows = Rows(law)
    with stage(f"rtp.codec = {law}", ["--codecs", law]) as s:
        stereo(s, rows)
        rows.levels(heard_of(s, [sound.tone(1004, BODY, level) for level in LEVELS], 1), "mono")
        one = heard_of(s, [sound.tone(1004, BODY, -6.02)], 2, (1.0, 0.0))
        rows.add("one-channel", "only left, -6.02 dBFS: level", sound.snr(one[0], 1004)[0], "dBFS")
    return rows


def measure_gstreamer():
    rows = Rows("PCMU", "gstreamer")
    with gstreamer_stage(["--codecs", "PCMU"]) as s:
        stereo(s, rows)
    return rows


def run(bench=None, options=None):
    options = options or {}
    if options.get("quick"):
        return measure("PCMU")
    rows = measure("PCMU") + measure("PCMA")
    if options.get("peers"):
        rows += peers_too(measure_gstreamer, "quality")
    return rows


if __name__ == "__main__":
    alone(globals())
