#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The desktop's own tools on a real PipeWire: players, volume, two cameras, linger, pavucontrol."""
import shutil
import subprocess
import time

import audio
from cameras import Camera
from desktop import BUILD, Desktop
from tap import check, listening_test, main, note, Skip, test


def entry(camera, extra=""):
    return f'{{ rtsp.uri = "{camera.uri}" onvif.name = "{camera.name}" {extra} }}'


def two_cameras(desktop, extra="", options=()):
    front = Camera(desktop, "Front Door Camera", options=options)
    yard = Camera(desktop, "Yard Camera", options=options)
    desktop.settings("onvif.cameras = [ %s %s ]\n" % (entry(front, extra), entry(yard, extra)))
    desktop.start_onvif()
    return (front, desktop.wait_sink(front.name)), (yard, desktop.wait_sink(yard.name))


def check_tone(camera, freq, level, seconds=None):
    part = audio.tone_part(camera.heard(), 10 ** (level / 20) / 4)
    wrong, text = audio.judge_tone(part, freq, level)
    note(f"{camera.name}: {text}")
    check(not wrong, wrong)
    if seconds:
        length = len(part) / audio.RATE + 0.2
        check(0.978 * seconds < length < seconds + 0.05, f"{length:.3f} s of {seconds} s")


@listening_test
def two_cameras_with_different_sounds():
    with Desktop() as desktop:
        (front, a), (yard, b) = two_cameras(desktop)
        one = audio.tone_wav(desktop.base / "a.wav", 1004, 3.0)
        two = audio.tone_wav(desktop.base / "b.wav", 604, 3.0, -12.04)
        players = [desktop.start(["pw-play", "--target", a["name"], one]),
                   desktop.start(["paplay", "--device", b["name"], two])]
        for player in players:
            check(player.wait(20) == 0, "a player failed")
        for camera in (front, yard):
            camera.wait_stat("teardowns", 1, 8)
        check_tone(front, 1004, -6.02, 3.0)
        check_tone(yard, 604, -12.04, 3.0)
        for camera in (front, yard):
            check(camera.violations() == [], camera.violations())


@listening_test
def volume_and_mute():
    with Desktop() as desktop:
        (front, a), _ = two_cameras(desktop)
        time.sleep(2)
        volume = desktop.sink_named(front.name)["volume"]
        check(all(v["value_percent"] == "100%" for v in volume.values()), f"first volume {volume}")
        wav = audio.tone_wav(desktop.base / "a.wav", 1004, 3.0)
        # pulse volumes are cubic: 50 % is -18.06 dB
        desktop.run(["pactl", "set-sink-volume", a["name"], "50%"])
        desktop.run(["paplay", "--device", a["name"], wav])
        front.wait_stat("teardowns", 1, 8)
        check_tone(front, 1004, -6.02 - 18.06)
        front.command("reset")
        desktop.run(["pactl", "set-sink-mute", a["name"], "1"])
        desktop.run(["paplay", "--device", a["name"], wav])
        front.wait_stat("teardowns", 1, 8)
        check(audio.first_sound(front.heard(), 0.002) is None, "sound although muted")


@listening_test
def volume_steps_do_not_click():
    with Desktop() as desktop:
        (front, a), _ = two_cameras(desktop)
        player = desktop.start([BUILD / "tests/integration/tone-player", a["name"], "204", "4", "0.3"])
        front.wait_stat("rtp_packets", 40, 8)
        for step in range(8):
            if step < 6:
                desktop.run(["pactl", "set-sink-volume", a["name"], ("20%", "100%")[step % 2]])
            else:
                desktop.run(["pactl", "set-sink-mute", a["name"], str(step % 2 ^ 1)])
            time.sleep(0.35)
        check(player.wait(20) == 0, "the player failed")
        front.wait_stat("teardowns", 1, 8)
        heard = front.heard()
        peaks = [max(abs(v) for v in heard[i:i + 80]) for i in range(0, len(heard) - 80, 80)]
        check(sum(0 < p < 0.02 for p in peaks) > 20 and sum(p > 0.45 for p in peaks) > 20, "the volume did not change")
        # the tone itself: 0.08 between two samples, and what mu-law adds to that; a step: up to 0.5
        jump = max(abs(y - x) for x, y in zip(heard, heard[1:]))
        note(f"between two samples at most {jump:.3f} of full scale")
        check(jump < 0.15, f"a jump of {jump:.2f}")


@test
def linger_ends_the_session_and_the_next_play_opens_it_again():
    with Desktop() as desktop:
        (front, a), _ = two_cameras(desktop, "session.linger.ms = 1500")
        wav = audio.tone_wav(desktop.base / "a.wav", 1004, 1.0)
        for turn in (1, 2):
            desktop.run(["pw-play", "--target", a["name"], wav])
            end = time.monotonic()
            check(front.stats()["teardowns"] == turn - 1, "closed without any linger")
            front.wait_stat("teardowns", turn, 6)
            lingered = time.monotonic() - end
            note(f"TEARDOWN {lingered:.2f} s after the player ended")
            check(1.0 < lingered < 3.5, f"lingered {lingered:.2f} s")
        check(front.stats()["sessions_opened"] == 2, front.stats()["sessions_opened"])
        check(front.violations() == [], front.violations())
        check(audio.longest_gap(front.heard()) > 1.0, "two plays, one sound?")


@listening_test
def the_first_100_ms_arrive():
    with Desktop() as desktop:
        (front, a), _ = two_cameras(desktop)
        # a word with a sharp start: noise-like, so that its place can be found
        seed, values = 12345, []
        for n in range(48000):
            seed = (seed * 1103515245 + 12345) % 2**31
            values.append((0.5 if n < 9600 else 0.2) * (seed / 2**30 - 1))
        smooth = [sum(values[max(0, i - 24):i + 1]) / 12 for i in range(len(values))]
        wav = audio.write_wav(desktop.base / "word.wav", [smooth, smooth])
        desktop.run(["pw-play", "--target", a["name"], wav])
        front.wait_stat("teardowns", 1, 8)
        heard = front.heard()
        begin = audio.first_sound(heard, 0.02)
        check(begin is not None, "nothing heard")
        reference = [sum(smooth[i:i + 6]) / 6 for i in range(0, 9600, 6)][:800]
        best = max((audio.correlate_at(heard, reference, o), o)
                   for o in range(max(0, begin - 300), begin + 300))
        note(f"the first 100 ms found with correlation {best[0]:.3f}, {(best[1] - begin) / 8:.1f} ms "
             f"from the first sound")
        check(best[0] > 0.9, f"the first 100 ms are not whole: {best[0]:.3f}")


@listening_test
def a_camera_by_ipv6_address():
    with Desktop() as desktop:
        camera = Camera(desktop, "Six", options=["--address", "::1"])
        desktop.settings(f"onvif.cameras = [ {entry(camera)} ]\n")
        desktop.start_onvif()
        sink = desktop.wait_sink(camera.name)
        wav = audio.tone_wav(desktop.base / "a.wav", 1004, 1.5)
        desktop.run(["paplay", "--device", sink["name"], wav])
        camera.wait_stat("teardowns", 1, 8)
        check_tone(camera, 1004, -6.02, 1.5)
        check(camera.violations() == [], camera.violations())


@test
def looking_is_not_playing():
    if not shutil.which("pavucontrol") or not shutil.which("Xvfb"):
        raise Skip("pavucontrol or Xvfb is missing")
    with Desktop() as desktop:
        (front, a), (yard, _) = two_cameras(desktop)
        time.sleep(1)
        before = [front.stats()["connections"], yard.stats()["connections"]]
        server = subprocess.Popen(["Xvfb", ":97", "-screen", "0", "900x700x24"],
                                  stderr=subprocess.DEVNULL)
        desktop.started.append(type("X", (), {"stop": lambda _: (server.kill(), server.wait())})())
        time.sleep(1)
        desktop.env["DISPLAY"] = ":97"
        desktop.start(["pavucontrol", "--tab=3"])
        time.sleep(15)
        # a corked stream: linked, but its link is not active
        corked = desktop.start([BUILD / "tests/integration/tone-player", a["name"], "440", "2"])
        front.wait_stat("sessions_opened", 1, 6)
        front.wait_stat("teardowns", 1, 10)
        connections = front.stats()["connections"]
        links = [o for o in desktop.dump() if o["type"].endswith(":Link")]
        check(links, "the corked player is not linked at all")
        time.sleep(14)
        check(yard.stats()["connections"] == before[1], "looking opened a connection to the camera")
        check(yard.stats()["sessions_opened"] == 0, "looking opened a session")
        check(corked.poll() is None, "the corked player is gone")
        check(front.stats()["connections"] == connections, "a corked player opened a connection")


main()
