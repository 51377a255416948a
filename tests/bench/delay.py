#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""How long a sound takes from the player's process() to the camera: clicks whose times are known
to a fraction of a millisecond on both sides. Steady, against what is reported; at a cold
and at a warm start; and, with speech, how what was held is given back."""
import csv
import time

import numpy as np

import sound
from stage import alone, gstreamer_stage, peers_too, stage

NAME = "delay"

PTIME = 0.020
PREROLL = 0.25
QUANTA = (256, 512, 1024, 2048)
CLICK = 0.004               # s
EVERY = 0.0437              # s; in step with neither packets nor quanta
LEAD, STEADY = 2.5, 8.0     # s; what the start held is given back in the pause of the lead


# -- when did what go in, when did it come out ----------------------------------------------

class Taps:
    """The player's log and the camera's packets: sample numbers to times."""

    def __init__(self, log, packets):
        with open(log, encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.at = np.array([int(r["at"]) for r in rows]) / 1e9
        self.pos = np.array([int(r["pos"]) for r in rows])
        self.reported = np.array([int(r["delay_ns"]) for r in rows]) / 1e9
        self.now = np.array([int(r["now"]) for r in rows]) / 1e9
        self.arrival = np.array([p["arrival"] for p in packets])
        self.first = np.array([p["first"] for p in packets])

    def went_in(self, sample):
        """When its process() began, and how far behind that the sample was to be heard."""
        i = np.searchsorted(self.pos, sample, side="right") - 1
        return self.at[i] + (sample - self.pos[i]) / sound.RATE_IN

    def came_out(self, sample):
        i = np.searchsorted(self.first, sample, side="right") - 1
        return self.arrival[i] + (sample - self.first[i]) / sound.RATE


def click(rate=sound.RATE_IN):
    n = int(CLICK * rate)
    t = np.arange(n)
    return 0.6 * np.sin(2 * np.pi * 1000 / rate * (t - (n - 1) / 2) + np.pi / 2) * np.hanning(n + 2)[1:-1]


def click_track(seconds):
    """(samples, centres of the clicks)"""
    lead = np.concatenate([sound.tone(400, 0.2, -20), sound.silence(LEAD - 0.2)])
    track, one = np.concatenate([lead, sound.silence(seconds)]), click()
    centres = []
    for k in range(int((seconds - 0.05) / EVERY)):
        begin = len(lead) + int((0.01 + k * EVERY) * sound.RATE_IN)
        track[begin:begin + len(one)] += one
        centres.append(begin + (len(one) - 1) / 2)
    return track, np.array(centres)


def find_clicks(heard):
    """Centres of the clicks in what was heard, to a fraction of a sample."""
    one = click(sound.RATE)
    if len(heard) == 0:
        return np.array([])
    match = np.correlate(heard, one, mode="same") / np.sum(one ** 2)
    found, pos = [], 0
    while True:
        step = sound.first_above(match[pos:], 0.6)
        if step is None:
            return np.array(found)
        top = pos + step + int(np.argmax(match[pos + step:pos + step + 24]))
        a, b, c = (match[i] if 0 <= i < len(match) else 0.0 for i in (top - 1, top, top + 1))
        # for an even length, mode="same" puts the middle half a sample late
        found.append(top + (a - c) / (2 * (a - 2 * b + c) or 1) + (len(one) % 2 - 1) / 2)
        pos = top + 32


def row(what, value, unit="ms", limit=None, ok=None, subject="ours", figure=None, cameras=1):
    result = {"figure": figure or what, "what": what, "subject": subject, "cameras": cameras,
              "value": round(float(value), 2), "unit": unit}
    # peers are compared with, not judged
    if limit is not None and subject == "ours":
        result["limit"] = round(limit, 2)
        result["ok"] = bool(value <= limit) if ok is None else bool(ok)
    return result


# -- steady ---------------------------------------------------------------------------------

def play_clicks(s, seconds, name):
    """(taps, [(when a click went in, its delay in s)])"""
    track, centres = click_track(seconds)
    path = sound.write_raw(s.desktop.base / f"{name}.raw", [track, track])
    log = s.desktop.base / f"{name}.log"
    s.camera.command("reset")
    s.play(path, 2, log)
    s.idle()
    taps = Taps(log, s.packets())
    found = find_clicks(sound.read_wav(s.camera.out / "heard.wav"))
    if len(found) != len(centres):
        gaps = np.diff(found) / sound.RATE
        raise AssertionError(f"{len(found)} clicks of {len(centres)} were heard; "
                             + (f"{gaps.max():.3f} s without one after {np.argmax(gaps) + 1}" if len(gaps) else "none"))
    return taps, np.array([(taps.went_in(c), taps.came_out(f) - taps.went_in(c))
                           for c, f in zip(centres, found)])


def steady(s, quantum, seconds, subject="ours"):
    s.quantum(quantum)
    taps, clicks = play_clicks(s, seconds, f"clicks-{quantum}")
    begin = clicks[0][0] + seconds / 4
    late = clicks[clicks[:, 0] > begin][:, 1] * 1e3
    used = np.median(np.diff(taps.pos))
    told = np.median(taps.reported[taps.at > begin]) * 1e3
    what = f"quantum {quantum}"
    if abs(used - quantum) > 1:
        sound.note(f"asked for a quantum of {quantum}, got {used:.0f}")
    error = told - np.median(late)
    return [row(f"{what}: delay", np.median(late), limit=(PTIME + quantum / sound.RATE_IN) * 1e3 + 2,
                subject=subject, figure=f"steady-{quantum}"),
            row(f"{what}: delay, p99", np.percentile(late, 99), subject=subject, figure=f"steady-p99-{quantum}"),
            row(f"{what}: reported", told, subject=subject, figure=f"reported-{quantum}"),
            row(f"{what}: reported too much", error, limit=5, ok=abs(error) <= 5, subject=subject,
                figure=f"report-error-{quantum}")], clicks


# -- start ----------------------------------------------------------------------------------

def noise_word(seconds=0.4, seed=5):
    """Begins at once, no two pieces alike, within the telephone's band."""
    n = int(seconds * sound.RATE)
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    f = np.fft.rfftfreq(n, 1 / sound.RATE)
    spectrum[(f < 300) | (f > 3200)] = 0
    word = np.fft.irfft(spectrum, n)
    wide = np.zeros(n * 3 + 1, dtype=complex)
    wide[:len(spectrum)] = np.fft.rfft(word)
    up = np.fft.irfft(wide, n * 6) * 6
    scale = 0.5 / np.max(np.abs(word))
    return word * scale, up * scale


def clipped(heard, word):
    """ms of the word's beginning that were not heard, and the sample where it (would have) begun"""
    tail = word[len(word) // 2:]
    match = np.correlate(heard, tail, mode="valid")
    begin = int(np.argmax(np.abs(match))) - len(word) // 2
    block, onset = sound.RATE // 200, None
    for n in range(0, len(word) - block, block):
        want = word[n:n + block]
        if sound.rms(want) < 0.003:
            continue        # nothing to be lost
        onset = n if onset is None else onset
        part = heard[max(0, begin + n):max(0, begin + n + block)]
        if len(part) == block and np.dot(part, want) > 0.8 * np.linalg.norm(part) * np.linalg.norm(want):
            return (n - onset) / sound.RATE * 1e3, begin
    return len(word) / sound.RATE * 1e3, begin


def start_once(s, name, up, word, before):
    log = s.desktop.base / f"{name}.log"
    path = sound.write_raw(s.desktop.base / f"{name}.raw", [up, up])
    s.play(path, 2, log)
    time.sleep(0.6)
    taps = Taps(log, s.packets())
    heard = sound.read_wav(s.camera.out / "heard.wav")[before:]
    lost, begin = clipped(heard, word)
    heard_at = taps.came_out(before + max(begin, 0))
    return lost, heard_at, heard_at - taps.went_in(0)


def starts(s):
    word, up = noise_word()
    s.quantum(0)
    s.camera.command("reset")
    lost, at, cold = start_once(s, "cold", up, word, 0)
    played = s.camera.stats()["sessions"][-1]["played"]
    rows = [row("cold start: clipped", lost, limit=0.0, figure="clipped-cold"),
            row("cold start: play to first sound", cold * 1e3, figure="cold-start"),
            row("cold start: first sound after PLAY and pre-roll", (at - played - PREROLL) * 1e3, limit=50,
                figure="cold-after-play")]
    before = len(sound.read_wav(s.camera.out / "heard.wav"))
    lost, _, warm = start_once(s, "warm", up, word, before)
    s.idle()
    return rows + [row("warm start: clipped", lost, limit=0.0, figure="clipped-warm"),
                   row("warm start: play to first sound", warm * 1e3, figure="warm-start")]


# -- held -----------------------------------------------------------------------------------

TEXT = ("Hello, somebody is at the front door. Please put the parcel into the box beside it, thank you. "
        "The gate will open in a moment. Mind the step, it is wet today. The dog is in the yard, do not "
        "be afraid of it. Take the path on the left, and ring the bell once more. We will be with you soon.")


def speech(s):
    """espeak-ng's voice at 48 kHz, in -1..1"""
    path = s.desktop.base / "speech.wav"
    s.desktop.run(["espeak-ng", "-w", path, "-s", "150", TEXT])
    data = open(path, "rb").read()
    rate = int.from_bytes(data[24:28], "little")
    samples = np.frombuffer(data[data.find(b"data") + 8:], "<i2") / 32768
    at = np.arange(int(len(samples) * sound.RATE_IN / rate)) * rate / sound.RATE_IN
    return np.interp(at, np.arange(len(samples)), samples) * 0.7 / np.max(np.abs(samples))


def to_heard_rate(values):
    """48 kHz to 8 kHz."""
    n = np.arange(-240, 241)
    low = np.sinc(n / 6 * 0.9) * np.blackman(len(n))
    return np.convolve(values, low / low.sum(), mode="same")[::6]


def delays_of_speech(taps, said, heard, piece=0.12):
    """[(went in, delay)] of the pieces that can be told apart, found in order."""
    size, rows, last = int(piece * sound.RATE), [], 0
    for begin in range(0, len(said) - size, size // 2):
        part = said[begin:begin + size]
        if sound.rms(part) < 0.02:
            continue
        lo = max(0, last - size)
        hay = heard[lo:last + 5 * sound.RATE + size]
        if len(hay) <= size:
            break
        match = np.correlate(hay, part, mode="valid")
        power = np.sqrt(np.convolve(hay ** 2, np.ones(size), mode="valid")) * np.linalg.norm(part)
        like = match / np.maximum(power, 1e-6)
        best = int(np.argmax(like))
        if like[best] < 0.93:
            continue        # a cut went through it
        rows.append((taps.went_in(begin * 6), taps.came_out(lo + best) - taps.went_in(begin * 6)))
        last = lo + best
    return np.array(rows)


def pauses(values, rate=sound.RATE_IN, block=0.02, quiet=10 ** (-50 / 20)):
    """Time at the end of each quiet block, s from the start, and its length."""
    size = int(block * rate)
    count = len(values) // size
    level = np.sqrt(np.mean(values[:count * size].reshape(count, size) ** 2, axis=1))
    return [((i + 1) * block, block) for i in range(count) if level[i] < quiet]


def held():
    """A camera that takes 2 s to open: what it costs, and when it was given back."""
    with stage(options=["--quirk", "slow-setup=1000", "--quirk", "slow-play=1000"]) as s:
        values = speech(s)
        path = sound.write_raw(s.desktop.base / "speech.raw", [values, values])
        log = s.desktop.base / "speech.log"
        s.camera.command("reset")
        s.play(path, 2, log)
        s.idle()
        taps = Taps(log, s.packets())
        heard = sound.read_wav(s.camera.out / "heard.wav")
        lost, _ = clipped(heard, to_heard_rate(values[:int(0.4 * sound.RATE_IN)]))
        rows = delays_of_speech(taps, to_heard_rate(values), heard)
    begin = taps.went_in(0)
    first = rows[0][1]
    final = np.median(rows[-8:, 1])
    spoken = [t for t, d in rows if d > final + 0.05]
    given_back = max(spoken) if spoken else rows[0][0]
    # pauses as they were heard, from the first word to the last piece of the delay
    paused = sum(length for at, length in pauses(heard, sound.RATE)
                 if begin + first <= taps.came_out(at * sound.RATE) <= given_back + final)
    spoken_on = sum(length for at, length in pauses(values) if begin + first <= begin + at + first <= given_back + first)
    return rows - (begin, 0), [
        row("held: delay of the first words", first * 1e3, figure="held-delay"),
        row("held: delay at the end", final * 1e3, figure="held-rest"),
        row("held: given back in pauses of so long, as heard", paused, "s", 2.0, figure="held-pauses"),
        row("held: the same pauses, as spoken", spoken_on, "s", figure="held-pauses-spoken"),
        row("held: given back after", given_back - begin, "s", figure="held-time"),
        row("held: clipped", lost, limit=0.0, figure="clipped-held")]


# -- plots ----------------------------------------------------------------------------------

def draw(path, series, title):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(9, 4))
    for label, points in series:
        axes.plot(points[:, 0], points[:, 1] * 1e3, ".-", markersize=3, linewidth=0.8, label=label)
    axes.set_xlabel("s")
    axes.set_ylabel("delay, ms")
    axes.set_ylim(bottom=0)
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def run_steady(options, stage_, subject, series):
    rows = []
    quick = options.get("quick")
    with stage_() as s:
        for quantum in QUANTA if not quick else (1024,):
            try:
                more, clicks = steady(s, quantum, 2.0 if quick else STEADY, subject)
            except AssertionError as error:
                rows.append({"figure": f"steady-{quantum}", "what": f"quantum {quantum}: delay", "unit": "ms",
                             "subject": subject, "cameras": 1, "value": None, "failed": f"quantum {quantum}: {error}"})
                continue
            rows += more
            series.append((f"{subject}, quantum {quantum}", clicks - (clicks[0][0], 0)))
    return rows


def run(bench=None, options=None):
    options = options or {}
    cases = options.get("cases") or ["steady", "starts", "held"]
    rows, series = [], []
    if "steady" in cases:
        rows += run_steady(options, stage, "ours", series)
        if options.get("peers") and not options.get("quick"):
            rows += peers_too(lambda: run_steady(options, gstreamer_stage, "gstreamer", series), "steady delay")
        if options.get("plots"):
            draw(f"{options.get('plots')}/delay-steady.png", series, "clicks: process() to camera")
    if "starts" in cases:
        with stage() as s:
            rows += starts(s)
    if "held" in cases and not options.get("quick"):
        points, more = held()
        rows += more
        if options.get("plots"):
            draw(f"{options.get('plots')}/delay-held.png", [("speech", points)],
                 "speech to a camera that takes 2 s to open")
    return rows


if __name__ == "__main__":
    alone(globals())
