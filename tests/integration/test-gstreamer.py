#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A tone through our sink into GStreamer's ONVIF RTSP server: a peer nobody here wrote."""
import base64
import glob
import hashlib
import os
import subprocess

import audio
from cameras import GstCamera
from desktop import BUILD, Desktop
from tap import check, listening_test, main, note, Skip, test, wait_for


def gaps(text):
    """Sequence or timestamp steps that are not one packet, over the packet log."""
    rows = [line.split() for line in text.splitlines() if line[:1] != "#"]
    wrong = []
    for before, after in zip(rows, rows[1:]):
        if (int(after[1]) - int(before[1])) % 65536 != 1 or \
                (int(after[2]) - int(before[2])) % 2**32 != int(before[3]):
            wrong.append((before, after))
    return rows, wrong


def certificate(path):
    """A self-signed one and its key, as cameras have them."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera",
                    "-keyout", f"{path}.key", "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(open(f"{path}.key").read() + open(f"{path}.crt").read())
    return str(path)


def key_of(certificate):
    """As a pin names it: SHA-256 of the public key, in Base64."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.stdout, check=True, capture_output=True)
    return "sha256//" + base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


def play_tone(options, entry, level=-6.02, credentials=None, player="pw-play", tls=False, transport="tcp"):
    if not os.path.exists(BUILD / "tests/integration/gst-camera"):
        raise Skip("built without GStreamer's RTSP server")
    if tls and not glob.glob("/usr/lib/*/gio/modules/libgio*"):
        raise Skip("GStreamer's server has no TLS without glib-networking")
    with Desktop() as desktop:
        if tls:
            options = [*options, "--tls", certificate(desktop.base / "camera.pem")]
        camera = GstCamera(desktop, options=options)
        port = camera.uri.split(":")[2].split("/")[0]
        desktop.settings('onvif.cameras = [ { rtsp.uri = "%s" onvif.name = "Gst Camera" %s } ]\n'
                         % (camera.uri, entry))
        if credentials:
            desktop.credentials(credentials)
        desktop.start_onvif()
        sink = desktop.wait_sink("Gst Camera")
        check(sink["name"] == f"onvif_output.127_0_0_1_{port}_test", sink["name"])
        # a short sound, a pause in which the delay of opening is taken back, then the tone
        quiet = [0.0] * 48000
        tone = audio.tone(1004, 4.0, level)
        wav = audio.write_wav(desktop.base / "tone.wav", [audio.tone(604, 0.5) + quiet + tone] * 2)
        if player == "pw-play":
            desktop.run(["pw-play", "--target", sink["name"], wav])
        else:
            desktop.run(["paplay", "--device", sink["name"], wav])
        wait_for(lambda: "# TEARDOWN" in camera.log(), 8, "TEARDOWN after the linger")
        went = desktop.sink_named("Gst Camera")["properties"].get("onvif.transport")
        check(went == transport, f"went by {went}")
        tunnelled = "# DESCRIBE tunnelled" in camera.log()
        check(tunnelled == transport.startswith("http"), "the server saw " + camera.log()[:400])
        if tls:
            state = (desktop.base / "state/pipewire/onvif-state.conf").read_text()
            check(key_of(desktop.base / "camera.pem.crt") in state, f"the key was not learned: {state}")
        rows, wrong = gaps(camera.log())
        check(not wrong, f"jumps in the packet log: {wrong[:3]}")
        heard = camera.heard()
        begin = audio.first_sound(heard, 0.05)
        # (its server swallows all of a session now and then, while its receiving element is not started)
        check(begin is not None, f"{len(rows)} packets came, and nothing was heard")
        part = audio.tone_part(heard[begin + 6000:])
        length = len(part) / audio.RATE + 0.2
        got, snr = audio.fit_tone(part, 1004)
        note(f"{len(rows)} packets; tone {length:.3f} s, level {got:.2f} dBFS, SNR of the whole "
             f"{snr:.1f} dB, longest gap {audio.longest_gap(part) * 1000:.1f} ms")
        check(abs(length - 4.0) < 0.03, f"heard {length:.3f} s of 4 s")
        check(abs(got - level) < 0.3, f"level {got:.2f} dBFS, played at {level}")
        check(snr > 35, f"SNR {snr:.1f} dB: the tone is not whole")


@listening_test
def pcmu_over_tcp():
    play_tone([], "")


@listening_test
def pcma_over_tcp():
    play_tone(["--codec", "PCMA"], "")


@listening_test
def tcp_with_digest():
    play_tone(["--user", "admin", "--password", "pa55word"], "",
              credentials='[ { address = "127.0.0.1" user = "admin" password = "pa55word" } ]\n')


@listening_test
def paplay_too():
    play_tone([], "", player="paplay")


@listening_test
def udp_where_tcp_is_refused():
    play_tone(["--protocols", "udp"], "", transport="udp")


@listening_test
def udp_as_the_user_says():
    play_tone(["--codec", "PCMA"], "rtsp.transport = udp", transport="udp")


@listening_test
def rtsps_with_digest():
    """The certificate is trusted at first use; the password goes to it alone."""
    play_tone(["--user", "admin", "--password", "pa55word"], "", tls=True, transport="tls",
              credentials='[ { address = "127.0.0.1" user = "admin" password = "pa55word" } ]\n')


@listening_test
def tunnelled_over_http():
    play_tone([], "rtsp.transport = http", transport="http")


@listening_test
def tunnelled_over_https_with_digest():
    play_tone(["--user", "admin", "--password", "pa55word"], "rtsp.transport = https", tls=True, transport="https",
              credentials='[ { address = "127.0.0.1" user = "admin" password = "pa55word" } ]\n')


@listening_test
def a_tone_without_any_pause():
    """The delay of opening is taken back by cross-faded cuts: shorter by 2 % at most."""
    if not os.path.exists(BUILD / "tests/integration/gst-camera"):
        raise Skip("built without GStreamer's RTSP server")
    with Desktop() as desktop:
        camera = GstCamera(desktop)
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "Gst" }} ]\n')
        desktop.start_onvif()
        sink = desktop.wait_sink("Gst")
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 6.0)
        desktop.run(["pw-play", "--target", sink["name"], wav])
        wait_for(lambda: "# TEARDOWN" in camera.log(), 8, "TEARDOWN after the linger")
        part = audio.tone_part(camera.heard())
        wrong, text = audio.judge_tone(part, 1004, -6.02)
        note(text)
        check(not wrong, wrong)
        check(0.978 * 6 < len(part) / audio.RATE + 0.2 < 6.05, f"{len(part) / audio.RATE + 0.2:.3f} s of 6 s")


@test
def no_backchannel_is_said():
    if not os.path.exists(BUILD / "tests/integration/gst-camera"):
        raise Skip("built without GStreamer's RTSP server")
    with Desktop() as desktop:
        camera = GstCamera(desktop, options=["--no-backchannel"])
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "Mute" }} ]\n')
        desktop.start_onvif()
        wait_for(lambda: "no backchannel" in desktop.log().lower(), 10, "a sentence about it")
        check(not desktop.sink_named("Mute"), "a sink without a backchannel")


main()
