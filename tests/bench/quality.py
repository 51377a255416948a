#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""How well a camera hears: noise against ideal G.711, aliases, pass-band, level, clipping. Through
the whole product: a player, the graph, the sink's converter, the codec, RTP, the camera."""
import numpy as np

import sound
from stage import alone, stage

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


def row(what, value, unit, limit=None, ok=None, subject="ours", figure=None):
    result = {"figure": figure or what, "what": what, "subject": subject, "cameras": 1,
              "value": round(value, 2), "unit": unit}
    if limit is not None:
        result["limit"] = limit
        result["ok"] = bool(value <= limit) if ok is None else bool(ok)
    return result


def judge_levels(parts, law, channels):
    rows = []
    for level, part in zip(LEVELS, parts):
        got, ratio = sound.snr(part, 1004)
        should, best = sound.snr(ideal_of(1004, level, law), 1004)
        what = f"{law} {channels}: 1004 Hz at {level:g} dBFS"
        rows.append(row(f"{what}: SNR", ratio, "dB", figure="snr"))
        rows.append(row(f"{what}: SNR of ideal G.711", best, "dB", subject="ideal", figure="snr"))
        rows.append(row(f"{what}: SNR below ideal", best - ratio, "dB", 0.5, figure="snr-loss"))
        rows.append(row(f"{what}: level error", got - should, "dB", 0.1,
                        abs(got - should) <= 0.1, figure="level-error"))
    return rows


def judge_aliases(parts, law):
    """All that is heard of a tone that no camera can play, the constant apart (A-law has no zero)."""
    level = sound.amplitude(-6.02) / np.sqrt(2)
    return [row(f"{law}: what is heard of a tone of {freq} Hz", sound.decibel(np.std(part) / level, 1e-5),
                "dB", -66, figure="alias") for freq, part in zip(ALIASES, parts)]


def judge_pass_band(parts, law):
    levels = [sound.snr(p, f)[0] for f, p in zip(PASS_BAND, parts)]
    best = [sound.snr(ideal_of(f, -6.02, law), f)[0] for f in PASS_BAND]
    rows = [row(f"{law}: level at {f} Hz against ideal", level - b, "dB", figure=f"response-{f}")
            for f, level, b in zip(PASS_BAND, levels, best)]
    rows.append(row(f"{law}: ripple 300 to 3400 Hz", max(levels) - min(levels), "dB", 0.3, figure="ripple"))
    rows.append(row(f"{law}: ripple of ideal G.711", max(best) - min(best), "dB", subject="ideal", figure="ripple"))
    return rows


def judge_loud(part, law):
    level = sound.decibel(0.95)
    got, ratio = sound.snr(part, 1004)
    should, best = sound.snr(ideal_of(1004, level, law), 1004)
    return [row(f"{law}: stereo at 0.95 of full scale: level error", got - should, "dB", 0.1,
                abs(got - should) <= 0.1, figure="loud-level-error"),
            row(f"{law}: stereo at 0.95 of full scale: SNR below ideal", best - ratio, "dB", 0.5,
                figure="loud-snr-loss")]


def tones():
    bodies = [sound.tone(1004, BODY, level) for level in LEVELS]
    bodies += [sound.tone(f, BODY) for f in ALIASES]
    bodies += [sound.tone(f, BODY) for f in PASS_BAND]
    return bodies + [sound.tone(1004, BODY, sound.decibel(0.95))]


def measure(law, extra=""):
    with stage(f"rtp.codec = {law} {extra}", ["--codecs", law]) as s:
        parts = heard_of(s, tones())
        n = len(LEVELS)
        rows = judge_levels(parts[:n], law, "stereo")
        rows += judge_aliases(parts[n:n + len(ALIASES)], law)
        rows += judge_pass_band(parts[n + len(ALIASES):-1], law)
        rows += judge_loud(parts[-1], law)
        mono = heard_of(s, [sound.tone(1004, BODY, level) for level in LEVELS], 1)
        rows += judge_levels(mono, law, "mono")
        one = heard_of(s, [sound.tone(1004, BODY, -6.02)], 2, (1.0, 0.0))
        rows.append(row(f"{law}: only left, at -6.02 dBFS: level", sound.snr(one[0], 1004)[0], "dBFS",
                        figure="one-channel-level"))
    return rows


def run(rig=None, options=None):
    rows = []
    for law in ("PCMU", "PCMA"):
        rows += measure(law)
    return rows


if __name__ == "__main__":
    alone(globals())
