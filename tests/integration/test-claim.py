#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Who plays when: sounds that follow each other, players that come and go at any moment."""
import signal
import time

import audio
from cameras import Camera
from desktop import Desktop
from tap import check, main, note, test, wait_for


def one_camera(desktop, options=(), extra=""):
    camera = Camera(desktop, "Front Door Camera", options=options)
    desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "{camera.name}" {extra} }} ]\n')
    desktop.start_onvif()
    return camera, desktop.wait_sink(camera.name)


def seconds_of(samples, freq):
    """How much of it is this tone."""
    return 0.05 * sum(1 for level, snr in audio.windows(samples, freq, 0.05) if level > -12 and snr > 10)


@test
def two_short_sounds_are_both_heard():
    """The second begins while the first waits for the camera."""
    with Desktop() as desktop:
        camera, sink = one_camera(desktop, ["--quirk", "slow-setup=1200"], "session.linger.ms = 500")
        for freq in (700, 1700):
            wav = audio.tone_wav(desktop.base / f"{freq}.wav", freq, 0.4)
            desktop.run(["pw-play", "--target", sink["name"], wav])
        camera.wait_stat("teardowns", 1, 10)
        for freq in (700, 1700):
            heard = seconds_of(camera.heard(), freq)
            note(f"{freq} Hz for {heard:.2f} s")
            check(heard >= 0.3, f"only {heard:.2f} s of 0.4 s at {freq} Hz")
        check(camera.violations() == [], camera.violations())


@test
def nothing_of_the_player_before():
    """Also where a volume control keeps the sink running in between."""
    with Desktop() as desktop:
        camera, sink = one_camera(desktop, extra="session.linger.ms = 300")
        meter = desktop.start(["parec", "--device", sink["name"] + ".monitor", "--rate", "8000", desktop.base / "meter"])
        for freq in (700, 1700):
            wav = audio.tone_wav(desktop.base / f"{freq}.wav", freq, 1.0)
            camera.command("reset")
            desktop.run(["pw-play", "--target", sink["name"], wav])
            camera.wait_stat("teardowns", 1, 8)
            time.sleep(0.7)
        check(meter.poll() is None, "no volume control")
        check(seconds_of(camera.heard(), 1700) >= 0.8, "the second sound is missing")
        check(seconds_of(camera.heard(), 700) == 0, "something of the first sound in the second session")


@test
def players_that_come_and_go():
    with Desktop() as desktop:
        camera, sink = one_camera(desktop, extra="session.linger.ms = 300")
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 20.0, channels=1, rate=8000)
        play = ["pw-play", "--target", sink["name"], wav]
        for index in range(50):
            player = desktop.start(play)
            time.sleep(0.02 * (index % 8))
            player.send_signal(signal.SIGKILL if index % 2 else signal.SIGTERM)
            player.wait()
        wait_for(lambda: camera.stats()["sessions_open"] == 0, 8, "no session left open")
        first, second = desktop.start(play), desktop.start(play)
        wait_for(lambda: camera.stats()["sessions_open"] == 1, 5, "one session for two players")
        first.kill()
        time.sleep(1)
        check(camera.stats()["sessions_open"] == 1, "the second player was forgotten")
        second.kill()
        wait_for(lambda: camera.stats()["sessions_open"] == 0, 5, "the speaker given back")
        stats = camera.stats()
        note({k: stats[k] for k in ("sessions_opened", "teardowns")})
        check(camera.violations() == [], camera.violations())


main()
