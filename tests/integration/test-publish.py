#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the module knows is there to be read, by pw-metadata and pw-cli, and what may be changed
can be changed there, while it runs."""
import json
import signal
import time

from cameras import Camera
from desktop import BUILD, Desktop
from liar import Liar
from tap import check, main, note, test, wait_for
from tool import Publisher, pw_onvif

MEMBERS = {"id", "name", "address", "manufacturer", "model", "state", "error", "speaker", "codec", "transport", "node",
           "configured", "claimed", "last-seen"}
COUNTERS = {"packets", "octets", "dropped-packets", "samples-lost", "samples-cut", "underruns", "sessions", "failures",
            "delay-ms", "round-trip-us", "jitter", "fraction-lost"}
INTERVAL = 5


def objects(desktop, name):
    return [o for o in desktop.dump() if o["type"].endswith(":Metadata") and o["props"].get("metadata.name") == name]


def keys(desktop):
    """{key: value} of the metadata object."""
    found = objects(desktop, "onvif")
    return {m["key"]: m["value"] for m in found[0]["metadata"]} if found else {}


def published(desktop, name):
    return next((v for k, v in keys(desktop).items() if k.startswith("camera.") and v["name"] == name), None)


def wait_published(desktop, name, what, timeout=5, **wanted):
    def there():
        value = published(desktop, name)
        # (its output comes a moment after its speaker is known)
        right = value and all(value[k] == v for k, v in wanted.items())
        return value if right and (wanted.get("speaker") != "yes" or value["node"]) else None
    return wait_for(there, timeout, f"{name}: {what}")


def write(desktop, key, value=None):
    desktop.run(["pw-metadata", "-n", "onvif", *([] if value is not None else ["-d"]), "0", key,
                 *([value] if value is not None else [])])


def set_props(desktop, node, text):
    number = next(o["id"] for o in desktop.dump()
                  if o["type"].endswith(":Node") and o["info"]["props"]["node.name"] == node)
    desktop.run(["pw-cli", "set-param", number, "Props", f"{{ params = [ {text} ] }}"])


def start(desktop, *entries):
    desktop.settings(f"onvif.properties = {{ onvif.discovery = false onvif.probe.interval = {INTERVAL} }}\n"
                     "onvif.cameras = [ %s ]\n" % " ".join("{ %s }" % e for e in entries))
    desktop.start_onvif()


def play(desktop, node, seconds):
    return desktop.start([BUILD / "tests/integration/tone-player", node, "700", seconds, "0.2"])


@test
def each_camera_has_a_key():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, f'rtsp.uri = "{camera.uri}" onvif.name = "Front"',
              f'onvif.address = "127.0.0.1:{camera.ready["http_port"]}" onvif.name = "By address"',
              'rtsp.uri = "rtsp://127.0.0.1:9/none" onvif.name = "Gone"')
        front = wait_published(desktop, "Front", "found", state="idle", speaker="yes")
        gone = wait_published(desktop, "Gone", "not reached", state="offline")
        asked = wait_published(desktop, "By address", "asked", state="idle", speaker="yes")
        for value in (front, gone, asked):
            check(set(value) == MEMBERS, f"members {set(value) ^ MEMBERS}")
            check(f"camera.{value['id']}" in keys(desktop), "its key is not camera.<id>")
        check(gone["error"] == "Cannot reach 127.0.0.1: Connection refused", gone["error"])
        check(gone["last-seen"] == 0 and gone["node"] == "" and gone["speaker"] == "unknown", gone)
        check(abs(front["last-seen"] - time.time()) < 10 and front["node"] in desktop.nodes(), front)
        check(asked["model"] and asked["manufacturer"] and asked["address"].startswith("127.0.0.1"), asked)
        check(len(objects(desktop, "default")) == 1, "another object calls itself default")

        player = play(desktop, front["node"], "8")
        begin = time.monotonic()
        value = wait_published(desktop, "Front", "streaming", state="streaming", transport="tcp", codec="PCMU/8000")
        note(f"streaming is published {time.monotonic() - begin:.2f} s after the player began")
        check(value["claimed"] and set(value["counters"]) == COUNTERS, value)
        wait_for(lambda: published(desktop, "Front")["counters"]["packets"] > 100, 8, "counters")
        player.wait(15)
        wait_published(desktop, "Front", "idle again", timeout=8, state="idle", claimed=False)
        check("counters" not in published(desktop, "Front"), "counters of a camera that does not stream")


@test
def only_the_module_writes_of_cameras():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, f'rtsp.uri = "{camera.uri}" onvif.name = "Front"')
        key = f"camera.{wait_published(desktop, 'Front', 'found', speaker='yes')['id']}"
        for value in ('{ "name": "forged" }', None):
            write(desktop, key, value)
            wait_published(desktop, "Front", "as it was", timeout=2)
        write(desktop, "camera.none", '{ "name": "forged" }')
        wait_for(lambda: "camera.none" not in keys(desktop), 2, "a camera that there is not goes again")
        write(desktop, f"set.{key[7:]}.rtp.codec", "PCMA")
        # everything of the subject is removed: settings go, cameras stay
        desktop.run(["pw-metadata", "-n", "onvif", "-d"])
        wait_published(desktop, "Front", "as it was", timeout=2)
        play(desktop, published(desktop, "Front")["node"], "3")
        wait_published(desktop, "Front", "by the codec of the files", state="streaming", codec="PCMU/8000")


@test
def settings_change_while_it_plays():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, f'rtsp.uri = "{camera.uri}" onvif.name = "Front"')
        front = wait_published(desktop, "Front", "found", speaker="yes")
        player = play(desktop, front["node"], "40")
        wait_published(desktop, "Front", "streaming", state="streaming", codec="PCMU/8000")
        name = f"set.{front['id']}."

        write(desktop, name + "rtp.codec", "PCMA")
        wait_published(desktop, "Front", "another codec", state="streaming", codec="PCMA/8000")
        write(desktop, name + "rtsp.transport", "udp")
        wait_published(desktop, "Front", "another transport", state="streaming", transport="udp")
        write(desktop, name + "rtp.codec")
        wait_published(desktop, "Front", "the codec of the files", state="streaming", codec="PCMU/8000")
        set_props(desktop, front["node"], '"rtp.codec" "PCMA"')
        wait_published(desktop, "Front", "the codec by Props", state="streaming", codec="PCMA/8000")

        for setting, value, error in (
                ("rtp.ptime", "500", "`rtp.ptime` = `500`: a number from 10 to 160 (ms)"),
                ("session.linger.ms", "long", "`session.linger.ms` = `long`: a number from 0 to 3600000 (ms)"),
                ("rtsp.transport", "pigeon", None),
                ("tls.verify", "none", "`tls.verify` cannot be changed while it runs"),
                ("rtp.kodec", "PCMA", "there is no setting `rtp.kodec`")):
            write(desktop, name + setting, value)
            shown = wait_for(lambda: published(desktop, "Front")["error"], 2, f"an answer to {setting} = {value}")
            check(setting in shown and (error is None or shown == error), shown)
            node = desktop.nodes()[front["node"]]
            check(node["onvif.error"] == shown, node["onvif.error"])
            write(desktop, name + setting)
            wait_published(desktop, "Front", "no complaint any more", error="")
        wait_published(desktop, "Front", "what it was", state="streaming", codec="PCMA/8000")
        check(camera.violations() == [], camera.violations())

        before = camera.stats()["sessions_opened"]
        write(desktop, name + "reconnect", "true")
        wait_for(lambda: camera.stats()["sessions_opened"] > before, 5, "another session")
        wait_published(desktop, "Front", "streaming again", state="streaming")
        check(name + "reconnect" not in keys(desktop), "the request is still there")
        check(player.poll() is None, "the player ended")
        ends = [session.get("ended") for session in camera.stats()["sessions"][:-1]]
        check(set(ends) == {"teardown"}, ends)


@test
def a_camera_is_left_to_others_for_a_while():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, f'rtsp.uri = "{camera.uri}" onvif.name = "Front"')
        front = wait_published(desktop, "Front", "found", speaker="yes")
        player = play(desktop, front["node"], "40")
        wait_published(desktop, "Front", "streaming", state="streaming")
        name = f"set.{front['id']}.release"

        def ends():
            return [session.get("ended") for session in camera.stats()["sessions"]]

        begin = time.monotonic()
        write(desktop, name, "3")
        wait_for(lambda: ends() == ["teardown"], 1, "a good-bye")
        wait_published(desktop, "Front", "not ours", timeout=1, state="idle", claimed=False,
                       error="It is left to another program for a while, as that asked")
        check(name not in keys(desktop), "the request is still there")
        wait_published(desktop, "Front", "ours again", timeout=5, state="streaming", claimed=True, error="")
        check(2.9 < time.monotonic() - begin < 5, f"after {time.monotonic() - begin} s")
        write(desktop, name, "60")
        wait_published(desktop, "Front", "not ours", timeout=1, state="idle", claimed=False)
        write(desktop, name, "0")
        wait_published(desktop, "Front", "given back", timeout=2, state="streaming", claimed=True)
        for value in ("61", "1.5", "long", ""):
            write(desktop, name, value or '""')
            wait_for(lambda: "a number from 0 to 60 (s)" in published(desktop, "Front")["error"], 2, f"an answer to {value}")
            write(desktop, name, "0")
            wait_published(desktop, "Front", "no complaint any more", error="", state="streaming")
        check(ends() == ["teardown", "teardown", None], ends())
        check(player.poll() is None and camera.violations() == [], camera.violations())


@test
def a_setting_waits_for_its_camera():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera", options=["--discovery", "--interface", "lo"])
        key = camera.ready["uuid"]
        desktop.settings('onvif.properties = { onvif.discovery = true onvif.interfaces = "lo" '
                         f'onvif.probe.interval = {INTERVAL} }}\n')
        camera.process.send_signal(signal.SIGSTOP)
        desktop.start_onvif()
        # (pw-dump does not show an empty one)
        wait_for(lambda: 'metadata.name = "onvif"' in desktop.run(["pw-cli", "ls", "Metadata"]).stdout, 5, "the object")
        write(desktop, f"set.{key}.rtp.codec", "PCMA")
        camera.process.send_signal(signal.SIGCONT)
        node = wait_published(desktop, camera.name, "found", timeout=10, speaker="yes")["node"]
        play(desktop, node, "3")
        wait_published(desktop, camera.name, "by the codec that waited", state="streaming", codec="PCMA/8000")


@test
def an_idle_camera_that_goes_is_noticed():
    """Within two probe intervals, and when it is back. Nothing was played, and nothing is claimed."""
    with Desktop(pulse=False) as desktop:
        silent = Camera(desktop, "Silent Camera")
        loud = Camera(desktop, "Loud Camera", options=["--discovery", "--interface", "lo", "--address", "127.0.0.2"])
        desktop.settings('onvif.properties = { onvif.discovery = true onvif.interfaces = "lo" '
                         f'onvif.probe.interval = {INTERVAL} }}\n'
                         f'onvif.cameras = [ {{ rtsp.uri = "{silent.uri}" onvif.name = "Silent" }} ]\n')
        desktop.start_onvif()
        for name in ("Silent", loud.name):
            wait_published(desktop, name, "found", timeout=10, state="idle", speaker="yes")
        time.sleep(1.5 * INTERVAL)
        check(silent.stats()["sessions_opened"] == 0, "looking opened a session")
        for camera in (silent, loud):
            check(published(desktop, camera.name if camera is loud else "Silent")["state"] == "idle", "idle, and there")
        begin = time.monotonic()
        for camera in (silent, loud):
            camera.process.kill()
        for name in ("Silent", loud.name):
            value = wait_published(desktop, name, "gone", timeout=2 * INTERVAL + 3, state="offline")
            check(value["error"].startswith("Cannot reach 127.0.0."), value["error"])
            shown = desktop.nodes()[value["node"]]["node.description"]
            check(shown == name + " (offline)", f"a volume control shows {shown}")
        note(f"noticed {time.monotonic() - begin:.1f} s after they went, the interval being {INTERVAL} s")
        port = silent.ready["rtsp_port"]
        Camera(desktop, "Silent Camera", out=silent.out, options=["--rtsp-port", str(port)])
        node = wait_published(desktop, "Silent", "back", timeout=2 * INTERVAL, state="idle")["node"]
        check(desktop.nodes()[node]["node.description"] == "Silent", "back, and not to be seen so")


@test
def a_second_instance_leaves_it_to_the_first():
    with Desktop(pulse=False) as desktop:
        found = Camera(desktop, "Found Camera", options=["--discovery", "--interface", "lo"])
        own = Camera(desktop, "Own Camera", options=["--address", "127.0.0.2"])
        desktop.settings('onvif.properties = { onvif.discovery = true onvif.interfaces = "lo" '
                         f'onvif.probe.interval = {INTERVAL} }}\n')
        desktop.start_onvif()
        node = wait_published(desktop, found.name, "found", timeout=10, speaker="yes")["node"]
        desktop.daemons["first"] = desktop.daemons.pop("onvif")
        desktop.settings('onvif.properties = { onvif.discovery = true onvif.interfaces = "lo" '
                         f'onvif.probe.interval = {INTERVAL} }}\n'
                         f'onvif.cameras = [ {{ rtsp.uri = "{own.uri}" onvif.name = "Own" }} ]\n')
        begin = len(desktop.log())
        desktop.start_onvif()
        wait_for(lambda: sorted(p["node.description"] for p in desktop.nodes().values()
                                if p["node.name"].startswith("onvif_output.")) == [found.name, "Own"], 10, "both outputs")
        time.sleep(1.5 * INTERVAL)
        check(desktop.log()[begin:].count("another instance of this module") == 1, "not said once")
        names = [p["node.name"] for p in desktop.nodes().values() if p["node.name"].startswith("onvif_output.")]
        check(len(names) == 2, f"two outputs of one camera: {names}")
        check(len(objects(desktop, "onvif")) == 1 and published(desktop, "Own") is None, keys(desktop))
        # and takes over when the first one ends
        desktop.kill("first")
        wait_published(desktop, "Own", "published by who is left", speaker="yes")
        again = wait_published(desktop, found.name, "found by who is left", timeout=10, speaker="yes")["node"]
        check(again == node, "another output")


@test
def nobody_takes_the_name_of_a_configured_camera():
    """What is learned of it, and what is published, goes by its address: that is no id to be announced."""
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        other = Camera(desktop, "Other", options=["--address", "127.0.0.2"])
        place = f"127.0.0.1:{camera.ready['http_port']}"
        liar = Liar(desktop, "127.0.0.2", [place, "urn:uuid:right"], other.ready["xaddr"])
        desktop.settings('onvif.properties = { onvif.discovery = true onvif.interfaces = "lo" '
                         f'onvif.probe.interval = {INTERVAL} }}\n'
                         f'onvif.cameras = [ {{ onvif.address = "{place}" onvif.name = "Front" }} ]\n')
        desktop.start_onvif()
        wait_published(desktop, "Front", "found", timeout=10, speaker="yes")
        wait_for(lambda: "urn:uuid:right: found at" in desktop.log(), 10, "what it says otherwise is heard")
        time.sleep(0.5)
        check(f"{place}: found at" not in desktop.log(), "it is another camera")
        check(published(desktop, "Front")["address"].startswith("127.0.0.1"), keys(desktop))
        liar.stop()


@test
def two_instances_that_start_at_once():
    """One is the first, whichever; nobody of them both, and not neither."""
    with Desktop(pulse=False) as desktop:
        found = Camera(desktop, "Found Camera", options=["--discovery", "--interface", "lo"])
        desktop.settings('onvif.properties = { onvif.discovery = true onvif.interfaces = "lo" '
                         f'onvif.probe.interval = {INTERVAL} }}\n')
        for turn in range(5):
            desktop.start_onvif()
            desktop.daemons["other"] = desktop.daemons.pop("onvif")
            desktop.start_onvif()
            wait_published(desktop, found.name, "found", timeout=10, speaker="yes")
            # (not at once: PipeWire never listens again to who is just looking at what goes)
            wait_for(lambda: len(objects(desktop, "onvif")) == 1, 5, "only one that publishes")
            names = [n for n in desktop.nodes() if n.startswith("onvif_output.")]
            check(len(names) == 1, f"outputs: {names}")
            desktop.kill("other", signal.SIGKILL if turn % 2 else signal.SIGTERM)
            wait_published(desktop, found.name, "found by who is left", timeout=10, speaker="yes")
            desktop.stop_onvif()


@test
def somebody_else_makes_an_object_of_that_name():
    """He who was there first is not impressed, and who asks is told by him: PipeWire uses numbers again."""
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        # numbers below the service's that are free again
        early = [Publisher(desktop) for _ in range(3)]
        start(desktop, f'rtsp.uri = "{camera.uri}" onvif.name = "Front"')
        wait_for(lambda: any(p.get("node.description") == "Front" for p in desktop.nodes().values()), 10, "the output")
        for publisher in early:
            publisher.stop()
        wait_published(desktop, "Front", "published by who is left", speaker="yes")
        said = desktop.log().count("another instance")
        later = Publisher(desktop)
        later.set("evil", name="Evil", state="idle", speaker="yes")
        time.sleep(1)
        listed = [c["name"] for c in json.loads(pw_onvif(desktop, "list", "--json").stdout)["cameras"]]
        check(listed == ["Front"], listed)
        check(desktop.log().count("another instance") == said, "it gave way")
        numbers = [o["id"] for o in objects(desktop, "onvif")]
        check(len(numbers) == 2 and published(desktop, "Front"), numbers)
        note(f"numbers: {numbers}")
        later.stop()


@test
def it_is_there_again_after_pipewire():
    with Desktop(pulse=False) as desktop:
        camera = Camera(desktop, "Front Door Camera")
        start(desktop, f'rtsp.uri = "{camera.uri}" onvif.name = "Front"')
        key = f"set.{wait_published(desktop, 'Front', 'found', speaker='yes')['id']}.rtp.codec"
        write(desktop, key, "PCMA")
        time.sleep(0.5)
        desktop.kill_pipewire()
        desktop.start_pipewire()
        wait_published(desktop, "Front", "published again", timeout=8, state="idle", speaker="yes")
        wait_for(lambda: len(keys(desktop)) == 2 and len(objects(desktop, "onvif")) == 1, 3, "all of it, once")
        # what was set is still in force, is still to be seen, and can be taken back
        node = published(desktop, "Front")["node"]
        wait_for(lambda: keys(desktop).get(key) == "PCMA", 3, "the setting")
        wait_for(lambda: node in desktop.nodes(), 5, "the output")
        play(desktop, node, "6")
        wait_published(desktop, "Front", "by the codec that was set", state="streaming", codec="PCMA/8000")
        write(desktop, key)
        wait_published(desktop, "Front", "by the codec of the files", state="streaming", codec="PCMU/8000")
        check(key not in keys(desktop), "still there")


main()
