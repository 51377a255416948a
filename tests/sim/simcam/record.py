# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the camera heard and what it found wrong: heard.wav, packets.csv, report.json."""
import collections
import json
import os
import pathlib
import struct
import time

RATE = 8000
MAX_ENTRIES = 200
COUNTERS = (
    "sessions_opened", "sessions_closed", "teardowns", "rtp_packets", "rtp_bytes", "rtp_unheard", "rtp_dropped",
    "rtcp_sr", "rtcp_rr", "rtcp_sdes", "rtcp_bye", "udp_rtp", "udp_rtcp", "udp_sent", "udp_dropped",
    "tunnel_gets", "tunnel_posts", "tunnel_posts_closed", "frames_sent", "forward_sent", "server_requests_answered",
    "auth_failures", "auth_challenges", "auth_stale", "auth_locked", "auth_too_many", "logins",
    "connections", "http_connections", "soap_requests", "soap_write_attempts", "soap_writes", "probes", "probe_matches")


def wav_header(data_bytes):
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16,
                       1, 1, RATE, RATE * 2, 2, 16, b"data", data_bytes)


class Findings:
    """Violations or notes: one entry per kind and session, counted."""

    def __init__(self):
        self.entries = {}

    def add(self, kind, text, session=None):
        key = (kind, session)
        if key in self.entries:
            self.entries[key]["count"] += 1
        elif len(self.entries) < MAX_ENTRIES:
            self.entries[key] = {"kind": kind, "text": text, "session": session, "count": 1,
                                 "time": round(time.monotonic(), 6)}

    def list(self):
        return list(self.entries.values())


class Record:
    """Everything that a test may ask afterwards. Works without a directory, too."""

    def __init__(self, out=None):
        self.out = pathlib.Path(out) if out else None
        self.open_sessions = {}
        self.configuration = None               # a function: what clients have written
        self.gauges = collections.Counter()     # survive a reset: what is open now
        self.wav = self.csv = None
        self.dirty = True
        self.quiet = True
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)
        self.reset()

    def reset(self):
        self.violations = Findings()
        self.notes = Findings()
        self.counts = collections.Counter()
        self.requests = collections.Counter()
        self.soap = collections.Counter()
        self.closed_sessions = []
        self.samples = 0
        self.dirty = True
        if self.out:
            self._open_files()
            self.write_report()

    def _open_files(self):
        for file in (self.wav, self.csv):
            if file:
                file.close()
        self.wav = open(self.out / "heard.wav", "wb", buffering=0)
        self.wav.write(wav_header(0))
        self.csv = open(self.out / "packets.csv", "w", buffering=1, encoding="ascii")
        self.csv.write("session,arrival,seq,timestamp,ssrc,pt,marker,bytes,rms\n")

    def violation(self, kind, text, session=None):
        self.violations.add(kind, text, session)
        self.dirty = True

    def note(self, kind, text, session=None):
        self.notes.add(kind, text, session)
        self.dirty = True

    def count(self, name, amount=1):
        self.counts[name] += amount
        self.dirty = True

    def gauge(self, name, change):
        self.gauges[name] += change
        self.dirty = True

    def session_opened(self, info):
        self.open_sessions[info["id"]] = info
        self.count("sessions_opened")

    def session_closed(self, info, why):
        if self.open_sessions.pop(info["id"], None) is None:
            return
        info["ended"] = why
        self.closed_sessions = (self.closed_sessions + [info])[-MAX_ENTRIES:]
        self.count("sessions_closed")

    def packet(self, session, arrival, header, size, rms):
        self.count("rtp_packets")
        self.count("rtp_bytes", size)
        if self.csv:
            self.csv.write(f"{session},{arrival:.6f},{header.seq},{header.timestamp},"
                           f"{header.ssrc},{header.pt},{int(header.marker)},{size},{rms:.1f}\n")

    def audio(self, samples):
        """samples: array('h')"""
        self.samples += len(samples)
        if self.wav:
            self.wav.write(samples.tobytes())

    def report(self):
        report = {name: self.counts[name] for name in COUNTERS}
        report["sessions_open"] = len(self.open_sessions)
        report["connections_open"] = self.gauges["rtsp"]
        report["http_connections_open"] = self.gauges["http"]
        report["tunnel_connections_open"] = self.gauges["tunnel"]
        report["requests"] = dict(self.requests)
        report["soap"] = dict(self.soap)
        report["heard_s"] = round(self.samples / RATE, 3)
        if self.configuration:
            report["configuration"] = self.configuration()
        report["violations"] = self.violations.list()
        report["notes"] = self.notes.list()
        report["sessions"] = self.closed_sessions + list(self.open_sessions.values())
        return report

    def write_report(self):
        """Atomically, and only if something happened since."""
        if not self.out or not self.dirty:
            return
        self.dirty = False
        self._fix_wav_header()
        temporary = self.out / "report.json.new"
        temporary.write_text(json.dumps(self.report(), indent=1) + "\n", encoding="utf-8")
        os.replace(temporary, self.out / "report.json")

    def _fix_wav_header(self):
        self.wav.seek(0)
        self.wav.write(wav_header(self.samples * 2))
        self.wav.seek(0, os.SEEK_END)

    def close(self):
        self.dirty = True
        self.write_report()
