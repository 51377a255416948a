#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The shipped examples of one output that plays to many cameras, and of a filter before one."""
import pathlib
import re
import time

import audio
from cameras import Camera
from desktop import BUILD, SOURCE, Desktop
from tap import Skip, check, listening_test, main, note, wait_for

EXAMPLES = SOURCE / "conf" / "pipewire-onvif.conf.avail"
LIMITER = pathlib.Path("/usr/lib/ladspa/fast_lookahead_limiter_1913.so")
SETTINGS = ('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'
            "onvif.rules = [ { matches = [ { onvif.name = \"~.*\" } ] actions = { update-props = { session.linger.ms = 1000 } } } ]\n")
ALL, YARD = "output.onvif_group.all_cameras_", "output.onvif_group.yard_"
NAMES = ("Front Door", "Yard North", "Yard South", "Garage")


def install(desktop):
    """As the example says: copied as it is, and once more with another name and rule."""
    text = (EXAMPLES / "60-all-cameras.conf").read_text()
    desktop.write("pipewire/pipewire-onvif.conf.d/60-all-cameras.conf", text)
    yard = re.sub(r"\n *\{ node.name = .*", "", text, count=1)
    yard = yard.replace("#{ node.name", "{ node.name").replace("all_cameras", "yard").replace("All Cameras", "Yard")
    desktop.write("pipewire/pipewire-onvif.conf.d/61-yard.conf", yard)
    desktop.settings(SETTINGS)


def camera_at(desktop, index):
    return Camera(desktop, NAMES[index], wait=False,
                  options=["--interface", "lo", "--discovery", "--address", f"127.0.0.{index + 2}"])


def members(desktop, source_name):
    """What the outputs of this name, and what follows it, are linked to."""
    nodes = {o["id"]: o["info"]["props"]["node.name"] for o in desktop.dump() if o["type"].endswith(":Node")}
    links = [(nodes.get(o["info"]["output-node-id"], ""), nodes.get(o["info"]["input-node-id"], ""))
             for o in desktop.dump() if o["type"].endswith(":Link")]
    return {target for source, target in links
            if source.startswith(source_name)}


def opened(cameras):
    return [c.stats()["sessions_opened"] for c in cameras]


def all_given_back(cameras):
    wait_for(lambda: all(c.stats()["sessions_open"] == 0 for c in cameras), 5, "all speakers given back")


def looking_claims_nothing(desktop, cameras):
    shown = [desktop.base / f"meter-{group}" for group in ("all_cameras", "yard")]
    meters = [desktop.start(["parec", "--device", f"onvif_group.{path.name[6:]}.monitor", path]) for path in shown]
    wait_for(lambda: all(path.exists() and path.stat().st_size > 200000 for path in shown), 8, "something on the meters")
    check(opened(cameras) == [0, 0, 0], "looking at a meter claimed a camera")
    for meter in meters:
        meter.kill()


def yard_is_two_of_them(desktop, cameras):
    check(len(members(desktop, YARD)) == 2, members(desktop, YARD))
    desktop.run(["pw-play", "--target", "onvif_group.yard",
                 audio.tone_wav(desktop.base / "yard.wav", 1004, 0.5)])
    check(opened(cameras) == [0, 1, 1], f"sessions {opened(cameras)} for the yard")
    all_given_back(cameras)


def one_breaks_and_one_joins(desktop, cameras):
    for camera in cameras:
        camera.command("reset")
    player = desktop.start([BUILD / "tests/integration/tone-player", "onvif_group.all_cameras", "1004", "8", "0.2"])
    time.sleep(2)
    cameras[1].process.kill()
    late = camera_at(desktop, 3)
    late.wait_ready(10)
    late.wait_stat("rtp_packets", 50, 8)
    check(player.poll() is None, "the tone ended before the fourth joined")
    player.wait()
    note(f"{NAMES[3]} joined and got {late.stats()['rtp_packets']} packets")
    whole = [cameras[0], cameras[2]]
    all_given_back(whole + [late])
    for camera in whole + [late]:
        heard = audio.tone_part(camera.heard())
        wrong, text = audio.judge_tone(heard, 1004, -6.02)
        note(f"{camera.name}: {text}")
        check(not wrong, f"{camera.name}: {wrong}")
        check(camera.violations() == [], camera.violations())
        check(camera is late or len(heard) > 7.6 * audio.RATE, f"{camera.name}: cut short")


def back_after_a_restart(desktop, camera):
    desktop.kill_pipewire()
    desktop.start_pipewire()
    desktop.wait_sink("All Cameras")
    wait_for(lambda: len(members(desktop, ALL)) == 4, 8, "all members again")
    before = camera.stats()["sessions_opened"]
    desktop.run(["pw-play", "--target", "onvif_group.all_cameras",
                 audio.tone_wav(desktop.base / "again.wav", 1004, 0.5)])
    check(camera.stats()["sessions_opened"] == before + 1, "nothing heard after PipeWire's restart")


@listening_test
def one_output_for_many():
    with Desktop() as desktop:
        install(desktop)
        cameras = [camera_at(desktop, index) for index in range(3)]
        for camera in cameras:
            camera.wait_ready(10)
        desktop.start_onvif()
        wait_for(lambda: len(members(desktop, ALL)) == 3, 15, "three cameras to play along")
        check(desktop.default_sink() == "onvif_no_output", f"{desktop.default_sink()} is the default output")
        check(opened(cameras) == [0, 0, 0], "claimed while nobody plays")
        for step in (looking_claims_nothing, yard_is_two_of_them, one_breaks_and_one_joins):
            begin = time.monotonic()
            step(desktop, cameras)
            note(f"{step.__name__}: {time.monotonic() - begin:.1f} s")
        check(desktop.default_sink() == "onvif_no_output", f"{desktop.default_sink()} is the default output")
        back_after_a_restart(desktop, cameras[0])
        bad = [line for line in desktop.log().split("\n") if line.startswith(("[W]", "[E]")) and "section" in line]
        check(not bad, bad)


def nothing_while_it_is_away(desktop, wav):
    """What is meant for a camera comes out nowhere else."""
    player = desktop.start(["pw-play", "--target", "onvif_group.clear_speech", wav])
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        check(members(desktop, "onvif_clear_speech.filter") <= {"onvif_clear_speech"}, "the filter plays elsewhere")
        check(members(desktop, "output.onvif_clear_speech") == set(), "played without a camera")
        time.sleep(0.1)
    player.kill()


def middle_of(rows):
    """A hole that the player left costs one window."""
    return [sorted(column)[len(rows) // 2] for column in zip(*rows)]


def judge_speech(heard):
    """The four parts of 0.8 s each."""
    begin = audio.first_sound(heard, 0.002)
    parts = [heard[begin + int((0.8 * i + 0.2) * audio.RATE):begin + int((0.8 * i + 0.7) * audio.RATE)] for i in range(4)]
    low, middle, high, loud = (middle_of(audio.windows(part, freq)) for part, freq in zip(parts, (100, 1004, 2800, 1004)))
    note(f"100 Hz {low[0] + 30:+.1f} dB, 1004 Hz {middle[0] + 30:+.1f} dB, 2800 Hz {high[0] + 30:+.1f} dB; "
         f"full scale: {loud[0]:.1f} dBFS, SNR {loud[1]:.1f} dB")
    check(low[0] < middle[0] - 20, "the low end is still there")
    check(3 < high[0] - middle[0] < 6, "no presence")
    check(11 < middle[0] + 30 < 16, "quiet speech is no louder")
    check(-4 < loud[0] < -1.5 and loud[1] > 30, "loud speech is clipped")


@listening_test
def speech_is_made_clear():
    if not LIMITER.exists():
        raise Skip("needs LADSPA's fast lookahead limiter (swh-plugins)")
    with Desktop() as desktop:
        desktop.write("pipewire/pipewire-onvif.conf.d/70-clear-speech.conf",
                      (EXAMPLES / "70-clear-speech.conf").read_text())
        desktop.settings(SETTINGS)
        desktop.start_onvif()
        desktop.wait_sink("Front Door (clear speech)")
        wait_for(lambda: members(desktop, "onvif_clear_speech.filter"), 5, "the filter to be linked")
        wav = audio.write_wav(desktop.base / "speech.wav", [
            [v for freq, level in ((100, -30), (1004, -30), (2800, -30), (1004, -0.2))
             for v in audio.tone(freq, 0.8, level)]] * 2)
        nothing_while_it_is_away(desktop, wav)
        camera = camera_at(desktop, 0)
        camera.wait_ready(10)
        wait_for(lambda: members(desktop, "output.onvif_clear_speech"), 15, "the camera behind the filter")
        meter = desktop.start(["parec", "--device", "onvif_group.clear_speech.monitor", desktop.base / "meter"])
        time.sleep(1)
        check(camera.stats()["sessions_opened"] == 0, "looking at a meter claimed the camera")
        check(desktop.default_sink() == "onvif_no_output", f"{desktop.default_sink()} is the default output")
        meter.kill()
        desktop.run(["pw-play", "--target", "onvif_group.clear_speech", wav])
        camera.wait_stat("teardowns", 1, 5)
        judge_speech(camera.heard())


main()
