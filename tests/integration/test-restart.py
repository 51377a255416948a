#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""PipeWire dies and returns: cameras are let go, sinks come back as they were."""
import time

import audio
from cameras import Camera
from desktop import Desktop
from tap import check, listening_test, main, note, test, wait_for


def volume_of(sink):
    return {v["value_percent"] for v in sink["volume"].values()}


@listening_test
def daemon_killed_and_restarted():
    with Desktop() as desktop:
        cameras = [Camera(desktop, "Front Door Camera"), Camera(desktop, "Yard Camera")]
        desktop.settings("onvif.cameras = [ %s ]\n" % " ".join(
            f'{{ rtsp.uri = "{c.uri}" onvif.name = "{c.name}" }}' for c in cameras))
        process = desktop.start_onvif()
        sinks = [desktop.wait_sink(c.name) for c in cameras]
        desktop.run(["pactl", "set-sink-volume", sinks[0]["name"], "60%"])
        desktop.run(["pactl", "set-sink-mute", sinks[1]["name"], "1"])
        time.sleep(2)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 30.0, channels=1, rate=8000)
        for sink in sinks:
            desktop.start(["paplay", "--device", sink["name"], wav])
        for camera in cameras:
            wait_for(lambda: camera.stats()["rtp_packets"] > 50, 10, "sound")

        begin = time.monotonic()
        desktop.kill("pipewire", 9)
        for camera in cameras:
            camera.wait_stat("teardowns", 1, 2.0)
        note(f"TEARDOWN on both {time.monotonic() - begin:.2f} s after the kill")
        check(time.monotonic() - begin < 1.3, "TEARDOWN too late")
        desktop.kill_pipewire()
        time.sleep(1.0)
        check(process.poll() is None, "our process died with the daemon")

        desktop.start_pipewire()
        back = time.monotonic()
        again = [desktop.wait_sink(c.name, 5) for c in cameras]
        note(f"both sinks back {time.monotonic() - back:.2f} s after the desktop")
        time.sleep(2.5)
        again = [desktop.sink_named(c.name) for c in cameras]
        check([s["name"] for s in again] == [s["name"] for s in sinks], "other names")
        check(volume_of(again[0]) == {"60%"}, f"volume {volume_of(again[0])}")
        check(again[1]["mute"] is True, "no longer muted")
        check(volume_of(again[1]) == {"100%"}, f"volume {volume_of(again[1])}")

        cameras[0].command("reset")
        desktop.run(["pactl", "set-sink-volume", sinks[0]["name"], "100%"])
        short = audio.tone_wav(desktop.base / "short.wav", 1004, 2.0)
        desktop.run(["paplay", "--device", sinks[0]["name"], short])
        cameras[0].wait_stat("teardowns", 1, 8)
        wrong, text = audio.judge_tone(audio.tone_part(cameras[0].heard()), 1004, -6.02)
        note("a new player is heard: " + text)
        check(not wrong, wrong)
        check(desktop.daemons["onvif"] is process and process.poll() is None, "restarted")


@test
def ended_in_order_it_says_goodbye():
    with Desktop() as desktop:
        camera = Camera(desktop, "Front Door Camera")
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "{camera.name}" }} ]\n')
        desktop.start_onvif()
        sink = desktop.wait_sink(camera.name)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 30.0, channels=1, rate=8000)
        desktop.start(["paplay", "--device", sink["name"], wav])
        wait_for(lambda: camera.stats()["rtp_packets"] > 50, 10, "sound")
        begin = time.monotonic()
        status = desktop.stop_onvif()
        note(f"ended with {status} after {time.monotonic() - begin:.2f} s")
        check(status in (0, -15), f"status {status}")
        camera.wait_stat("teardowns", 1, 1)
        check(camera.stats()["rtcp_bye"] >= 1, "no RTCP BYE")
        check(camera.violations() == [], camera.violations())


@listening_test
def inside_the_daemon():
    with Desktop() as desktop:
        camera = Camera(desktop, "Front Door Camera")
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "{camera.name}" }} ]\n')
        desktop.write("pipewire/pipewire.conf.d/50-onvif.conf",
                      "context.modules = [ { name = libpipewire-module-onvif args = { } "
                      "flags = [ ifexists nofail ] } ]\n")
        from desktop import sanitizer_runtime
        if sanitizer_runtime():
            from tap import Skip
            raise Skip("a daemon without the sanitizer cannot load the module")
        desktop.kill_pipewire()
        desktop.start_pipewire()
        sink = desktop.wait_sink(camera.name)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 2.0)
        desktop.run(["paplay", "--device", sink["name"], wav])
        camera.wait_stat("teardowns", 1, 8)
        wrong, text = audio.judge_tone(audio.tone_part(camera.heard()), 1004, -6.02)
        check(not wrong, wrong)
        check(camera.violations() == [], camera.violations())


@test
def loaded_by_hand():
    with Desktop() as desktop:
        from desktop import sanitizer_runtime
        from tap import Skip
        if sanitizer_runtime():
            raise Skip("pw-cli without the sanitizer cannot load the module")
        camera = Camera(desktop, "Front Door Camera")
        player = desktop.start(["pw-cli", "-m", "load-module", "libpipewire-module-onvif",
                                '{ onvif.cameras = [ { rtsp.uri = "%s" onvif.name = "%s" } ] }'
                                % (camera.uri, camera.name)])
        desktop.wait_sink(camera.name)
        check(player.poll() is None, "pw-cli ended")


main()
