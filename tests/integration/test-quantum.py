#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A graph that changes its quantum while it plays: the sound does not notice."""
import math
import re
import time

import audio
from cameras import Camera
from desktop import BUILD, Desktop
from tap import check, listening_test, main, note, test, wait_for

# at 50 %, which is an eighth: the volume has its own way through the sink
HZ, LEVEL = 1010, -6.02 - 18.06


def force(desktop, quantum):
    desktop.run(["pw-metadata", "-n", "settings", "0", "clock.force-quantum", str(quantum)])


def delay_ms(desktop):
    """What waits between graph and camera, as the module says every five seconds."""
    found = re.search(r'"delay-ms": (\d+)', desktop.run(["pw-metadata", "-n", "onvif"]).stdout)
    return int(found.group(1)) if found else 0


def phases(samples, size=2000):
    """Of each quarter of a second, in degrees: 101 periods are 800 samples, and these add up, too."""
    turn = [2 * math.pi * HZ * n / audio.RATE for n in range(len(samples))]
    return [math.degrees(math.atan2(sum(v * math.sin(t) for v, t in zip(samples[i:i + size], turn[i:])),
                                    sum(v * math.cos(t) for v, t in zip(samples[i:i + size], turn[i:]))))
            for i in range(0, len(samples) - size, size)]


def told_ms(desktop, sink):
    """Of each port that plays to the sink: the latency that it is told of, the graph's quantum apart."""
    things = {o["id"]: o for o in desktop.dump() if o.get("info")}
    node = next(i for i, o in things.items()
                if o["type"].endswith(":Node") and o["info"]["props"].get("node.name") == sink)
    links = [o["info"] for o in things.values() if o["type"].endswith(":Link") and o["info"]["input-node-id"] == node]
    return [latency["minNs"] / 1e6 for link in links
            for latency in things[link["output-port-id"]]["info"]["params"].get("Latency", [])
            if latency["direction"] == "Input"]


@test
def the_first_player_is_told_the_delay():
    with Desktop() as desktop:
        camera = Camera(desktop, "Gate")
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "Gate" }} ]\n')
        desktop.start_onvif()
        node = desktop.wait_sink("Gate")["name"]
        # a quantum with which what is told before there is a session stays right
        force(desktop, 256)
        desktop.start([BUILD / "tests/integration/tone-player", node, str(HZ), "4", "1"])
        camera.wait_stat("rtp_packets", 20, 10)
        told = wait_for(lambda: told_ms(desktop, node), 5, "a link")
        check(all(20 < ms < 32 for ms in told), f"a packet is 20 ms, and they were told {told}")


@listening_test
def a_changed_quantum_costs_no_sample():
    with Desktop(pulse=True) as desktop:
        camera = Camera(desktop, "Gate")
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "Gate" }} ]\n')
        desktop.start_onvif()
        node = desktop.wait_sink("Gate")["name"]
        desktop.run(["pactl", "set-sink-volume", node, "50%"])
        player = desktop.start([BUILD / "tests/integration/tone-player", node, str(HZ), "8", "1.5"])
        time.sleep(2.5)
        force(desktop, 256)
        time.sleep(1)
        force(desktop, 4096)
        # a quantum of 85 ms and a packet of 20: the graph did change it
        wait_for(lambda: delay_ms(desktop) > 50, 8, "a delay of more than 50 ms")
        force(desktop, 512)
        time.sleep(1)
        force(desktop, 0)
        check(player.wait(10) == 0, "the player failed")
        camera.wait_stat("teardowns", 1, 8)
        heard = audio.tone_part(camera.heard())
        wrong, line = audio.judge_tone(heard, HZ, LEVEL)
        found = phases(heard)
        off = max(abs(math.remainder(p - found[0], 360)) for p in found)
        note(f"{line}, phase within {off:.2f} degrees, {camera.stats()['sessions'][-1].get('max_gap_s')} s "
             "between two packets at most")
        check(not wrong, "; ".join(wrong))
        check(len(heard) > 7.7 * audio.RATE, f"{len(heard) / audio.RATE:.2f} s of 8 were heard")
        # PipeWire 1.4 pauses every node for that, and its resamplers begin anew
        paused = desktop.log().count("streaming -> paused") - 1
        check(off < 1.0 or paused > 0, f"the phase is {off:.1f} degrees off: samples were lost or made up")
        check(camera.violations() == [], camera.violations())


main()
