# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Makes sounds to play and judges sounds that were heard. Standard library only."""
import array
import cmath
import math
import struct
import wave

RATE = 8000


def write_wav(path, channels, rate=48000):
    """channels: one list of floats in -1..1 per channel."""
    frames = array.array("h")
    for values in zip(*channels):
        frames.extend(max(-32768, min(32767, round(v * 32767))) for v in values)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(frames.tobytes())
    return path


def tone(freq, seconds, level_db=-6.02, rate=48000):
    amp = 10 ** (level_db / 20)
    step = 2 * math.pi * freq / rate
    return [amp * math.sin(step * n) for n in range(int(seconds * rate))]


def tone_wav(path, freq=1004, seconds=3.0, level_db=-6.02, channels=2, rate=48000):
    values = tone(freq, seconds, level_db, rate)
    return write_wav(path, [values] * channels, rate)


def read_wav(path):
    """Mono S16 WAV as floats; copes with one that is still being written."""
    data = open(path, "rb").read()
    start = data.find(b"data")
    if start < 0:
        return []
    return pcm_floats(data[start + 8:])


def read_pcm(path):
    return pcm_floats(open(path, "rb").read())


def pcm_floats(data):
    samples = struct.unpack("<%dh" % (len(data) // 2), data[:len(data) // 2 * 2])
    return [s / 32768 for s in samples]


def rms_db(samples):
    power = sum(s * s for s in samples) / max(1, len(samples))
    return 10 * math.log10(power) if power > 0 else -200.0


def first_sound(samples, threshold=0.01):
    """Index of the first sample that is not silence, or None."""
    for index, value in enumerate(samples):
        if abs(value) > threshold:
            return index
    return None


def last_sound(samples, threshold=0.01):
    for index in range(len(samples) - 1, -1, -1):
        if abs(samples[index]) > threshold:
            return index
    return None


def fit_tone(samples, freq, rate=RATE):
    """Least-squares sine. Returns (level in dBFS of its peak, SNR in dB). A gap, a cut or a
    repeated sample breaks the phase and shows in the SNR of the whole."""
    turn = cmath.exp(2j * math.pi * freq / rate)
    phase = 1 + 0j
    cc = cs = ss = xc = xs = power = 0.0
    for value in samples:
        c, s = phase.real, phase.imag
        cc += c * c
        cs += c * s
        ss += s * s
        xc += value * c
        xs += value * s
        power += value * value
        phase *= turn
    det = cc * ss - cs * cs or 1e-12
    a, b = (xc * ss - xs * cs) / det, (xs * cc - xc * cs) / det
    fitted = a * xc + b * xs
    level = 20 * math.log10(max(math.hypot(a, b), 1e-9))
    return level, 10 * math.log10(max(fitted, 1e-12) / max(power - fitted, 1e-12))


def windows(samples, freq, seconds=0.1, rate=RATE):
    """fit_tone() of each window. Taking back the delay of held audio cross-fades 10 ms away
    now and then: a window has that or not, the tone stays whole around it."""
    size = int(seconds * rate)
    return [fit_tone(samples[i:i + size], freq, rate)
            for i in range(0, len(samples) - size + 1, size)]


def judge_tone(samples, freq, level, rate=RATE, spare=0.005):
    """What is wrong with a tone that was heard (empty: nothing), and a line about it. spare: the
    length in s of a gap that is no fault."""
    if len(samples) < rate // 2:
        return [f"heard only {len(samples) / rate:.2f} s"], "too short to judge"
    rows = windows(samples, freq, rate=rate)
    levels, snrs = sorted(r[0] for r in rows), sorted(r[1] for r in rows)
    median, snr = levels[len(levels) // 2], snrs[len(snrs) // 2]
    gap = longest_gap(samples, rate=rate) * 1000
    wrong = []
    if abs(median - level) > 0.3:
        wrong.append(f"level {median:.2f} dBFS, wanted {level}")
    # by its power: where 10 ms were cross-faded away, the two halves need not be in phase
    quietest = min(rms_db(samples[i:i + rate // 10]) for i in range(0, len(samples) - rate // 10 + 1, rate // 10)) + 3.01
    if (quietest < level - 3 and gap <= 5) or levels[-1] > level + 1:
        wrong.append(f"level between {quietest:.2f} and {levels[-1]:.2f} dBFS")
    if snr < 33:
        wrong.append(f"SNR {snr:.1f} dB")
    if sum(1 for s in snrs if s < 30) > len(snrs) * 0.25:
        wrong.append("more than a quarter of it is not the tone")
    if gap > spare * 1000:
        wrong.append(f"a gap of {gap:.1f} ms")
    return wrong, (f"{len(samples) / rate:.2f} s of {freq} Hz: {median:.2f} dBFS, SNR {snr:.1f} dB "
                   f"(worst window {levels[0]:.2f} dBFS), longest gap {gap:.1f} ms")


def tone_part(samples, threshold=0.05, trim=0.1, rate=RATE):
    """The samples from first to last sound, less trim seconds at both ends (the resampler's
    edges)."""
    begin, end = first_sound(samples, threshold), last_sound(samples, threshold)
    if begin is None:
        return []
    cut = int(trim * rate)
    return samples[begin + cut:end - cut]


def longest_gap(samples, threshold=0.01, rate=RATE):
    """Longest run of silence between first and last sound, in seconds."""
    begin, end = first_sound(samples, threshold), last_sound(samples, threshold)
    longest = run = 0
    for value in samples[begin:end] if begin is not None else []:
        run = run + 1 if abs(value) <= threshold else 0
        longest = max(longest, run)
    return longest / rate


def correlate_at(heard, reference, offset):
    """Normalised correlation of reference with heard from offset."""
    part = heard[offset:offset + len(reference)]
    dot = sum(a * b for a, b in zip(part, reference))
    norm = math.sqrt(sum(a * a for a in part) * sum(b * b for b in reference)) or 1
    return dot / norm


def sparkline(samples, width=72):
    """A small picture of the waveform: peak per column."""
    blocks = " ▁▂▃▄▅▆▇█"
    step = max(1, len(samples) // width)
    peaks = [max((abs(s) for s in samples[i:i + step]), default=0)
             for i in range(0, len(samples), step)]
    top = max(peaks, default=0) or 1
    return "".join(blocks[min(8, math.ceil(p / top * 8))] for p in peaks[:width + 1])
