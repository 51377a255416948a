# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A camera that something is wrong with, what pw-onvif probe says to do about it, and whether a tone is heard
after that was done. Neither PipeWire nor the service runs: `pw-onvif say` plays to the camera itself."""
import base64
import concurrent.futures
import dataclasses
import hashlib
import json
import pathlib
import re
import socket
import subprocess
import tempfile
from typing import Callable

import audio
from cameras import Camera
from desktop import SOURCE, Desktop
from tap import Skip, check, note
from tool import pw_onvif

AT_ONCE = 12
PASSWORD = "s3cr3t-canary"
UUID = "urn:uuid:2d5f0002-0c5e-4b0e-9a3b-00408c11%04d"
OTHER_PIN = "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="
SECONDS = 1.0


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    says: str                       # pattern of the sentence
    remedy: tuple                   # functions of (seat, sentence), each a thing that is done
    status: int
    quirks: tuple = ()
    options: tuple = ()             # more of the simulator
    entry: str = None               # of onvif.cameras, besides where it is; None: there is no entry
    place: str = "address"          # what the entry says of that: address, uri, id
    login: str = ""                 # an entry of the credentials file
    facts: str = ""                 # what was learned of it
    probe: str = "{address}"        # what is probed
    on: bool = True                 # the camera is there from the beginning
    prepare: Callable = None
    between: Callable = None        # what is done again between probe and say


class Home(Desktop):
    """A user's files, and nothing that runs."""

    def start_daemons(self):
        self.write("pipewire/pipewire-onvif.conf.d/10-quirks.conf",
                   (SOURCE / "conf/pipewire-onvif.conf.d/10-quirks.conf").read_text())


class Seat:
    """One row, while it is tried."""

    def __init__(self, row, number, certificate):
        self.row, self.number = row, number
        self.address = f"127.0.2.{number + 1}"
        self.id = UUID % number
        self.home = Home()
        self.certificate, self.pin = certificate
        self.camera, self.entry = None, row.entry
        self.target = self.command = ""
        self.others = []            # other users' homes

    def start(self, address=None, options=(), **other):
        """A camera at the usual ports: they are the ones that are tried."""
        address = address or self.address
        other = {"--uuid": self.id, "--name": f"Front Door {self.number}", **other}
        return Camera(self.home, address, out=self.home.base / address, options=[
            "--address", address, "--http-port", "80", "--rtsp-port", "554", "--https-port", "443", "--rtsps-port", "322",
            "--cert", self.certificate, "--key", self.certificate, *[text for pair in other.items() for text in pair],
            *(options or self.row.options), *[text for quirk in self.row.quirks for text in ("--quirk", quirk)]])

    def fill(self, text):
        uri = self.camera.uri if self.camera else f"rtsp://{self.address}/onvif/profile_1"
        return text.format(address=self.address, id=self.id, uri=uri, pin=OTHER_PIN, password=PASSWORD,
                           right_pin=self.pin, key=f"127_0_2_{self.number + 1}_322_onvif_profile_1")

    def write(self):
        place = {"address": f'onvif.address = "{self.address}"', "id": f'onvif.id = "{self.id}"',
                 "uri": self.fill('rtsp.uri = "{uri}"')}.get(self.row.place, "")
        entry = "" if self.entry is None else f'{{ {place} {self.fill(self.entry)} }}'
        self.home.settings(f'onvif.properties = {{ onvif.interfaces = "lo" }}\nonvif.cameras = [ {entry} ]\n')
        if self.row.login:
            self.home.credentials(f"[ {self.fill(self.row.login)} ]\n")
        if self.row.facts:
            state = self.home.base / "state" / "pipewire"
            state.mkdir(parents=True, exist_ok=True)
            path = state / "onvif-state.conf"
            path.write_text(self.fill(self.row.facts))
            path.chmod(0o600)

    def tool(self, *args, stdin=""):
        return pw_onvif(self.home, *args, input=stdin)

    def probe(self):
        """(exit status, the sentences, the steps that are not well)"""
        result = self.tool("probe", "--json", self.target)
        if not result.stdout:
            return result.returncode, [result.stderr.strip()], []
        report = json.loads(result.stdout)
        rest = [step for step in report["steps"] if step["result"] != "ok"]
        return report["status"], [step["text"] for step in rest], rest

    def try_it(self, wav):
        if self.row.on:
            self.camera = self.start()
        self.write()
        if self.row.prepare:
            self.row.prepare(self)
        self.target = self.fill(self.row.probe)
        status, sentences, _ = self.probe()
        sentence = next((s for s in sentences if re.search(self.fill(self.row.says), s)), None)
        check(sentence and status == self.row.status, f"{status}: {sentences}")
        for do in self.row.remedy:
            sentence = do(self, sentence) or sentence
        self.listen(wav, sentence)
        return sentence

    def close(self):
        for home in [*self.others, self.home]:
            home.close()

    def listen(self, wav, sentence):
        status, sentences, rest = self.probe()
        check(status == 0 and not rest, f"probe {self.target}: {status}: {sentences}")
        if self.row.between:
            self.row.between(self, sentence)
        self.camera.command("reset")
        result = self.tool("say", self.target, wav)
        check(result.returncode == 0 and result.stderr == "", f"say: {result}")
        wrong, _ = audio.judge_tone(audio.tone_part(self.camera.heard(), trim=0.02), 1004, -6.02)
        check(not wrong and not self.camera.violations(), (wrong, self.camera.violations()))


def pin_of(certificate):
    """As tls.pin has it."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.stdout, check=True, capture_output=True)
    return "sha256//" + base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


def try_row(args):
    row, number, certificate, wav = args
    seat = Seat(row, number, certificate)
    try:
        return row.name, seat.try_it(wav), None
    except Exception as error:
        return row.name, "", f"{type(error).__name__}: {error}"
    finally:
        seat.close()


def need_network():
    """Cameras at their usual ports, and an address that there was not before."""
    try:
        with socket.socket() as sock:
            sock.bind(("127.0.2.1", 80))
    except PermissionError:
        raise Skip("ports below 1024 cannot be opened here")
    if subprocess.run(["ip", "address", "replace", "127.0.2.1/8", "dev", "lo"], capture_output=True, check=False).returncode:
        raise Skip("addresses cannot be made here")


def run_rows(rows):
    """{row: what is wrong}"""
    need_network()
    with tempfile.TemporaryDirectory() as path:
        base = pathlib.Path(path)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "30", "-subj", "/CN=camera", "-keyout", base / "key", "-out", base / "crt"],
                       check=True, capture_output=True)
        certificate = base / "both.pem"
        certificate.write_text((base / "key").read_text() + (base / "crt").read_text())
        wav = audio.tone_wav(base / "tone.wav", 1004, SECONDS)
        jobs = [(row, number, (str(certificate), pin_of(certificate)), str(wav)) for number, row in enumerate(rows)]
        wrong = {}
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for name, text, error in pool.map(try_row, jobs):
                note(f"{name}: {text}")
                if error:
                    wrong[name] = error
        return wrong
