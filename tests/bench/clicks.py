#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Clicks: what is heard of a steady tone above its own neighbourhood when something happens to
it. A sudden step of a tone is wide-band; noise of the codec is, too, but small and always there."""
import signal
import time

import numpy as np

import sound
from stage import alone, stage, wait_for

NAME = "clicks"

FREQ, LEVEL = 404, -12.0
CUTOFF = 1500       # Hz; above it there is nothing but noise and clicks
WINDOW = 160        # samples that are one click
SPARE = 6.0         # dB above the loudest of the codec's noise
LEAD = 2.0          # s of silence before the tone


def high(heard):
    """Peak of what lies above the tone, per window, in dB of the tone's peak."""
    rest = np.abs(sound.high_pass(heard, CUTOFF)) / sound.amplitude(LEVEL)
    count = len(rest) // WINDOW
    peaks = rest[:count * WINDOW].reshape(count, WINDOW).max(axis=1)
    return 20 * np.log10(np.maximum(peaks, 1e-5))


def noise_of_codec(law="PCMU"):
    """The loudest that ideal G.711 does to this tone."""
    values = sound.tone(FREQ, 4.0, LEVEL, sound.RATE)
    return float(high(sound.ideal(values, law))[5:-5].max())


def tone_file(s, seconds):
    path = s.desktop.base / f"tone-{seconds}.raw"
    values = sound.tone(FREQ, seconds, LEVEL, fade=0.03)
    return sound.write_raw(path, [values, values])


def lead_file(s):
    """What the start of a session held is given back in its pause: where that is done within a
    tone, it is heard, too, but nothing happens then."""
    values = np.concatenate([sound.tone(FREQ, 0.3, LEVEL, fade=0.03), sound.silence(LEAD)])
    return sound.write_raw(s.desktop.base / "lead.raw", [values, values])


def heard(s):
    return sound.read_wav(s.camera.out / "heard.wav")


def rows_of(key, what, peak, clicks, limit):
    common = {"subject": "ours", "cameras": 1}
    return [{**common, "figure": f"clicks-{key}", "what": f"{what}: clicks", "value": clicks, "unit": "", "limit": 0},
            {**common, "figure": f"click-peak-{key}", "what": f"{what}: loudest above the tone",
             "value": round(float(peak), 1), "unit": "dB", "limit": round(limit, 1)}]


def verdict(key, what, samples, limit):
    peaks = high(samples)
    loud = peaks > limit
    clicks = int(np.sum(loud & ~np.roll(loud, 1)))
    return rows_of(key, what, peaks.max() if len(peaks) else 0.0, clicks, limit)


def while_playing(s, seconds, events):
    """Plays the tone; events: (seconds after the first sound, function)."""
    s.camera.command("reset")
    s.play(lead_file(s))
    before = len(heard(s))
    player = s.player(tone_file(s, seconds))
    wait_for(lambda: np.any(heard(s)[before:]), 5, "the tone")
    begin = time.monotonic()
    for at, action in events:
        time.sleep(max(0.0, begin + at - time.monotonic()))
        action(player)
    player.wait(60)
    s.camera.wait_stat("teardowns", 1, 15)
    return heard(s)


def volume(s, percent):
    return lambda player: s.desktop.run(["pactl", "set-sink-volume", s.target, f"{percent}%"])


def mute(s, on):
    return lambda player: s.desktop.run(["pactl", "set-sink-mute", s.target, str(int(on))])


def case_nothing(s):
    return "nothing happens (start, end)", while_playing(s, 4, [])


def case_volume(s):
    steps = (70, 50, 80, 25, 100)
    return "volume steps", while_playing(s, 6, [(0.8 * i + 0.5, volume(s, v)) for i, v in enumerate(steps)])


def case_mute(s):
    return "mute", while_playing(s, 5, [(0.7 * i + 0.5, mute(s, i % 2 == 0)) for i in range(4)])


def without_cut(samples):
    """A player that is killed may be cut off by the graph, in the middle of a swing, as on any
    output; that is not ours. What was before and what comes later is judged."""
    begin = int((LEAD + 0.5) * sound.RATE)      # within the tone
    loud = np.abs(samples[begin:]) > 0.02
    windows = loud[:len(loud) // WINDOW * WINDOW].reshape(-1, WINDOW).any(axis=1)
    end = begin + int(np.flatnonzero(loud[:np.argmin(windows) * WINDOW])[-1])
    samples[end - WINDOW:end + WINDOW] *= np.maximum(np.linspace(1, -1.2, 2 * WINDOW), 0)
    return samples


def case_killed(s):
    samples = while_playing(s, 8, [(2.0, lambda player: player.send_signal(signal.SIGKILL))])
    return "player killed", without_cut(samples)


def case_again(s):
    """The next sound begins while the camera is still held for the last."""
    def both(_):
        s.player(tone_file(s, 2)).wait(20)
    samples = while_playing(s, 8, [(1.5, lambda player: player.send_signal(signal.SIGKILL)), (2.5, both)])
    return "killed, next player in the linger", without_cut(samples)


def case_reconnect(s):
    samples = while_playing(s, 6, [(2.0, lambda player: s.camera.command("close"))]).copy()
    packets = s.packets()
    for last, row in zip(packets, packets[1:]):
        if row["session"] != last["session"]:
            # what is heard where the camera itself cuts it off is not ours
            end = samples[max(0, row["first"] - WINDOW):row["first"]]
            end *= np.linspace(1, 0, len(end))
    return "camera closes the connection", samples


def case_starved(s):
    """A player that stops handing over: the graph goes on without it."""
    def starve(player):
        player.send_signal(signal.SIGSTOP)
        time.sleep(0.35)
        player.send_signal(signal.SIGCONT)
    return "player stands still for 350 ms", while_playing(s, 5, [(1.5, starve)])


CASES = (case_nothing, case_volume, case_mute, case_killed, case_again, case_reconnect, case_starved)


def run(bench=None, options=None):
    options = options or {}
    limit = noise_of_codec() + SPARE
    rows = []
    only = ["volume"] if options.get("quick") else options.get("cases")
    with stage("reconnect.min.ms = 200") as s:
        for case in CASES:
            key = case.__name__.removeprefix("case_")
            if only and key not in only:
                continue
            what, samples = case(s)
            rows += verdict(key, what, samples, limit)
            if options.get("keep"):
                sound.write_wav(f"{options['keep']}/{key}.wav", samples)
            s.desktop.run(["pactl", "set-sink-volume", s.target, "100%"])
            s.desktop.run(["pactl", "set-sink-mute", s.target, "0"])
    return rows


if __name__ == "__main__":
    alone(globals())
