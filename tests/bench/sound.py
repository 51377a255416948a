# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Sounds for the bench, what ideal G.711 makes of them, and what is left of them at a camera."""
import sys
import wave

import numpy as np

RATE_IN = 48000
RATE = 8000


# -- G.711, after the tables of the recommendation: nothing of it is the product's ----------

def mu_law_tables():
    """(lower edges, levels) of the 128 positive codes, for 16-bit samples."""
    code = np.arange(128)
    segment, step = code >> 4, code & 15
    edges = ((step + 16) << (segment + 3)) - 132
    return np.maximum(edges, 0), edges + (4 << segment)


def a_law_tables():
    code = np.arange(128)
    segment, step = code >> 4, code & 15
    linear = segment == 0
    shift = np.maximum(segment - 1, 0)
    edges = np.where(linear, step * 16, ((step + 16) * 16) << shift)
    levels = np.where(linear, step * 16 + 8, ((step + 16) * 16 + 8) << shift)
    return edges, levels


TABLES = {"PCMU": mu_law_tables(), "PCMA": a_law_tables()}


def ideal(signal, law):
    """What a camera would hear of a signal (8 kHz, full scale 1) from an encoder without fault."""
    edges, levels = TABLES[law]
    index = np.searchsorted(edges, np.abs(signal) * 32768, side="right") - 1
    value = levels[np.maximum(index, 0)]
    if law == "PCMU":
        value = np.where(index <= 0, 0, value)
    return np.sign(signal) * value / 32768


# -- sounds ---------------------------------------------------------------------------------

def amplitude(db):
    return 10 ** (db / 20)


def decibel(ratio, floor=1e-9):
    return float(20 * np.log10(max(ratio, floor)))


def silence(seconds, rate=RATE_IN):
    return np.zeros(int(round(seconds * rate)))


def tone(freq, seconds, level_db=-6.02, rate=RATE_IN, fade=0.005):
    """fade: of both ends, in s, so that they are no clicks themselves"""
    n = int(round(seconds * rate))
    values = amplitude(level_db) * np.sin(2 * np.pi * freq / rate * np.arange(n))
    edge = int(fade * rate)
    if edge:
        ramp = (1 - np.cos(np.pi * (np.arange(edge) + 0.5) / edge)) / 2
        values[:edge] *= ramp
        values[-edge:] *= ramp[::-1]
    return values


def write_raw(path, channels):
    """Interleaved 32-bit floats, as bench-player wants them."""
    np.stack(channels, axis=1).astype("<f4").tofile(path)
    return path


def read_wav(path):
    """What a simulated camera heard, also while it hears more."""
    data = open(path, "rb").read()
    begin = data.find(b"data")
    if begin < 0:
        return np.zeros(0)
    data = data[begin + 8:]
    return np.frombuffer(data[:len(data) // 2 * 2], "<i2") / 32768


def write_wav(path, values, rate=RATE):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(values, -1, 1) * 32767).astype("<i2").tobytes())
    return path


# -- judging --------------------------------------------------------------------------------

def fit(samples, freq, rate=RATE):
    """Least-squares sine and constant: (amplitude, what is left)."""
    t = 2 * np.pi * freq / rate * np.arange(len(samples))
    base = np.stack([np.cos(t), np.sin(t), np.ones(len(samples))], axis=1)
    solution, *_ = np.linalg.lstsq(base, samples, rcond=None)
    return float(np.hypot(solution[0], solution[1])), samples - base @ solution


def snr(samples, freq):
    """(level of the tone's peak in dBFS, signal to everything else in dB)"""
    peak, rest = fit(samples, freq)
    noise = np.sqrt(np.mean(rest ** 2)) * np.sqrt(2)
    return decibel(peak), decibel(peak / max(noise, 1e-9))


def rms(samples):
    return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0


def high_pass(samples, cutoff, rate=RATE, taps=129):
    """Linear phase, what lies below cutoff is 80 dB down."""
    n = np.arange(taps) - taps // 2
    low = 2 * cutoff / rate * np.sinc(2 * cutoff / rate * n) * np.blackman(taps)
    high = -low / np.sum(low)
    high[taps // 2] += 1
    return np.convolve(samples, high, mode="same")


def first_above(samples, threshold):
    where = np.nonzero(np.abs(samples) > threshold)[0]
    return int(where[0]) if len(where) else None


def note(text):
    print("# " + str(text), file=sys.stderr, flush=True)
