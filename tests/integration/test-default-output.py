#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""No camera ever becomes the default output by itself."""
import time

from cameras import Camera
from desktop import Desktop
from tap import check, main, note, test, wait_for


def two_cameras(desktop):
    cameras = [Camera(desktop, "Front Door Camera"), Camera(desktop, "Yard Camera")]
    desktop.settings("onvif.cameras = [ %s ]\n" % " ".join(
        f'{{ rtsp.uri = "{c.uri}" onvif.name = "{c.name}" }}' for c in cameras))
    desktop.start_onvif()
    for camera in cameras:
        desktop.wait_sink(camera.name)
    return cameras


def headset(desktop, priority="priority.session=1000"):
    """A real-looking sink that can be unplugged."""
    return desktop.start(["pw-cli", "-m", "create-node", "adapter",
                          "{ factory.name=support.null-audio-sink node.name=headset "
                          "node.description=Headset media.class=Audio/Sink audio.position=[FL FR] "
                          f"{priority} object.linger=false }}"])


def never_a_camera(desktop, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        name = desktop.default_sink()
        if name.startswith("onvif_output."):
            # While an output vanishes, the session manager sees only cameras for some 3 ms, until
            # the null sink is there. No sound gets through: see the last test.
            time.sleep(0.05)
            name = desktop.default_sink()
        check(not name.startswith("onvif_output."), f"{name} is the default output")
        time.sleep(0.1)
    return desktop.default_sink()


@test
def two_cameras_are_the_only_outputs():
    with Desktop() as desktop:
        two_cameras(desktop)
        name = never_a_camera(desktop, 6)
        note(f"default: {name}")
        # who removes it by hand does not mean the doorbell instead
        node = next(o["id"] for o in desktop.dump() if o["type"].endswith(":Node")
                    and o["info"]["props"].get("node.name") == name)
        desktop.run(["pw-cli", "destroy", node])
        time.sleep(1)
        check(never_a_camera(desktop, 1) == name, "it did not come back")
        check(name == "onvif_no_output", name)
        sink = desktop.sinks()["onvif_no_output"]
        check(sink["description"] == "No output (cameras only when chosen)", sink["description"])


@test
def a_headset_is_plugged_in_and_unplugged():
    with Desktop() as desktop:
        plug = headset(desktop)
        wait_for(lambda: "headset" in desktop.sinks(), 5, "the headset")
        two_cameras(desktop)
        never_a_camera(desktop, 2)
        check(desktop.default_sink() == "headset", desktop.default_sink())
        check("onvif_no_output" not in desktop.sinks(), "a null sink beside a real one")
        for turn in range(2):
            plug.kill()
            plug.wait()
            name = never_a_camera(desktop, 4)
            check(name == "onvif_no_output", name)
            plug = headset(desktop)
            wait_for(lambda: desktop.default_sink() == "headset", 5, "the headset as default again")
            wait_for(lambda: "onvif_no_output" not in desktop.sinks(), 5, "the null sink gone")


@test
def an_output_without_a_priority_is_one_too():
    """As those of `pactl load-module`: WirePlumber 0.4 takes them for less than priority 0."""
    with Desktop() as desktop:
        plug = headset(desktop, "")
        wait_for(lambda: "headset" in desktop.sinks(), 5, "the headset")
        two_cameras(desktop)
        never_a_camera(desktop, 2)
        check(desktop.default_sink() == "headset", desktop.default_sink())
        plug.kill()
        plug.wait()
        name = never_a_camera(desktop, 2)
        check(name == "onvif_no_output", name)
        headset(desktop, "")
        wait_for(lambda: "onvif_no_output" not in desktop.sinks(), 5, "the null sink gone")
        never_a_camera(desktop, 2)
        check(desktop.default_sink() == "headset", desktop.default_sink())


@test
def sound_without_a_target_reaches_no_camera():
    import audio
    with Desktop() as desktop:
        cameras = two_cameras(desktop)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 2.0)
        desktop.run(["paplay", wav])
        desktop.run(["pw-play", wav])
        for camera in cameras:
            check(camera.stats()["sessions_opened"] == 0, f"{camera.name} was opened")


@test
def music_on_a_headset_that_is_unplugged_reaches_no_camera():
    import audio
    with Desktop() as desktop:
        plug = headset(desktop)
        wait_for(lambda: "headset" in desktop.sinks(), 5, "the headset")
        cameras = two_cameras(desktop)
        players = [desktop.start([*program, audio.tone_wav(desktop.base / "tone.wav", 1004, 30.0)])
                   for program in (["paplay"], ["pw-play"])]
        wait_for(lambda: desktop.default_sink() == "headset", 5, "the headset as default")
        for turn in range(3):
            plug.kill()
            plug.wait()
            time.sleep(2)
            plug = headset(desktop)
            wait_for(lambda: desktop.default_sink() == "headset", 5, "the headset as default again")
            time.sleep(2)
        # (WirePlumber 0.4 now and then ends one of them with the sink that it loses)
        check(any(p.poll() is None for p in players), "no player is left to be heard")
        for camera in cameras:
            check(camera.stats()["sessions_opened"] == 0, f"{camera.name} was opened")
            check(camera.stats()["rtp_packets"] == 0, f"{camera.name} was sent sound")


main()
