#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What clients may change in the simulator by SOAP, and where SOAP is found."""
import re
import time

from client import Client, Sim, equal, main, test
from soapclient import AUTH, INFORMATION, MEDIA, MEDIA2, STREAM1, post, token

TMD = "http://www.onvif.org/ver10/deviceIO/wsdl"
DUPLEX = "www.onvif.org/ver20/HalfDuplex/"
TOKENS = {"AudioOutput": "aoc_1", "AudioDecoder": "adc_1"}
PROFILES1 = "<trt:GetProfiles/>"
PROFILES2 = "<tr2:GetProfiles><tr2:Type>All</tr2:Type></tr2:GetProfiles>"


def sim_with(*quirks, options=()):
    return Sim(*options, *[x for q in quirks for x in ("--quirk", q)])


def change1(verb, kind, profile="profile_1"):
    name = f"{verb}{kind}Configuration"
    configuration = f"<trt:ConfigurationToken>{TOKENS[kind]}</trt:ConfigurationToken>" if verb == "Add" else ""
    return f"<trt:{name}><trt:ProfileToken>{profile}</trt:ProfileToken>{configuration}</trt:{name}>"


def change2(verb, *kinds, profile="profile_1"):
    parts = "".join(f"<tr2:Configuration><tr2:Type>{kind}</tr2:Type><tr2:Token>{TOKENS[kind]}</tr2:Token>"
                    "</tr2:Configuration>" for kind in kinds)
    return f"<tr2:{verb}Configuration><tr2:ProfileToken>{profile}</tr2:ProfileToken>{parts}</tr2:{verb}Configuration>"


def set_output(primacy="Client", level=50, prefix="trt", persistence=True):
    send = f"<tt:SendPrimacy>{DUPLEX}{primacy}</tt:SendPrimacy>" if primacy else ""
    last = f"<{prefix}:ForcePersistence>true</{prefix}:ForcePersistence>" if persistence else ""
    name = f"{prefix}:SetAudioOutputConfiguration"
    return (f'<{name}><{prefix}:Configuration token="aoc_1"><tt:Name>Loudspeaker</tt:Name><tt:UseCount>2</tt:UseCount>'
            f"<tt:OutputToken>ao_1</tt:OutputToken>{send}<tt:OutputLevel>{level}</tt:OutputLevel>"
            f"</{prefix}:Configuration>{last}</{name}>")


def write(sim, body, path=MEDIA):
    """the HTTP status, or the fault's last subcode"""
    status, text, _ = post(sim, body, path=path)
    return status if status == 200 else re.findall(r"ter:(\w+)", text)[-1]


def has_back(sim):
    return b"a=sendonly" in Client(sim).describe().body


@test
def profile_without_decoder_media1():
    with sim_with("profile-without-decoder") as sim:
        assert "AudioOutputConfiguration" not in post(sim, PROFILES1, path=MEDIA)[1]
        equal(has_back(sim), False)
        equal(write(sim, change1("Add", "AudioDecoder")), "ConfigurationConflict")
        equal(sim.kinds(), ["soap-order"])
        sim.command("reset")
        equal(write(sim, change1("Add", "AudioOutput")), 200)
        equal(has_back(sim), False)
        equal(write(sim, change1("Add", "AudioDecoder")), 200)
        equal(has_back(sim), True)
        assert "AudioDecoderConfiguration" in post(sim, PROFILES1, path=MEDIA)[1]
        sim.command("reboot 0")
        time.sleep(0.2)
        equal(has_back(sim), True)
        stats = sim.stats()
        equal((stats["soap_writes"], stats["soap_write_attempts"], stats["violations"]), (2, 2, []))
        equal(stats["configuration"]["changed"], {"profile_1 AudioOutput": True, "profile_1 AudioDecoder": True})
        equal(write(sim, change1("Remove", "AudioOutput")), "ConfigurationConflict")
        equal(write(sim, change1("Remove", "AudioDecoder")), 200)
        equal(has_back(sim), False)


@test
def profile_without_decoder_media2():
    with sim_with("profile-without-decoder") as sim:
        equal(write(sim, change2("Add", "AudioDecoder", "AudioOutput"), MEDIA2), "ConfigurationConflict")
        equal(write(sim, change2("Add", "AudioOutput", "AudioDecoder"), MEDIA2), 200)
        equal(has_back(sim), True)
        assert "tr2:AudioDecoder" in post(sim, PROFILES2, path=MEDIA2)[1]
        equal(write(sim, change2("Remove", "AudioOutput", "AudioDecoder"), MEDIA2), 200)
        equal((has_back(sim), sim.kinds()), (False, ["soap-order"]))
    with sim_with("profile-without-decoder=decoder") as sim:
        assert "tr2:AudioOutput" in post(sim, PROFILES2, path=MEDIA2)[1]
        equal(write(sim, change2("Add", "AudioDecoder"), MEDIA2), 200)
        equal((has_back(sim), sim.kinds()), (True, []))
    with Sim() as sim:
        equal(write(sim, change1("Add", "AudioOutput", "profile_9")), "NoProfile")
        equal(write(sim, change1("Add", "AudioOutput").replace("aoc_1", "aoc_9")), "NoConfig")
        equal(write(sim, change2("Add"), MEDIA2), "InvalidArgs")
        equal(sim.kinds(), ["soap-arguments"])


@test
def half_duplex():
    def speak(sim):
        client = Client(sim).start()
        client.play(5)
        client.request("TEARDOWN")
        return sim.stats()["heard_s"]
    with sim_with("half-duplex-server") as sim:
        text = post(sim, "<trt:GetAudioOutputConfigurations/>", path=MEDIA)[1]
        assert f"<tt:SendPrimacy>{DUPLEX}Server<" in text, text
        assert f"{DUPLEX}Auto" in post(sim, "<trt:GetAudioOutputConfigurationOptions/>", path=MEDIA)[1]
        equal(speak(sim), 0.0)
        equal(sim.stats()["rtp_unheard"], 5)
        equal(write(sim, set_output("Client")), 200)
        equal(speak(sim), 0.1)
        equal(write(sim, set_output("Server", prefix="tr2", persistence=False), MEDIA2), 200)
        equal(speak(sim), 0.1)
        equal(sim.kinds(), [])


@test
def output_level():
    with Sim() as sim:
        equal(write(sim, set_output("Client", 80)), 200)
        equal(write(sim, set_output(None, 30)), 200)
        body = set_output("Client", 20, "tmd").replace("Configuration>", f'Configuration xmlns:tmd="{TMD}">', 1)
        equal(write(sim, body, "/onvif/deviceio_service"), 200)
        assert "<tt:OutputLevel>20<" in post(sim, PROFILES1, path=MEDIA)[1]
        equal(sim.stats()["configuration"], {"SendPrimacy": DUPLEX + "Client", "OutputLevel": 20, "changed": {}})
        equal(write(sim, set_output("Client", 101)), "ConfigModify")
        equal(write(sim, set_output("Server")), "ConfigModify")
        equal(sim.kinds(), [])
        equal(write(sim, set_output().replace("<tt:UseCount>2</tt:UseCount>", "")), "InvalidArgs")
        equal(write(sim, set_output(persistence=False)), "InvalidArgs")
        equal(sim.kinds(), ["soap-arguments"])


@test
def who_may_write():
    with sim_with("user-cannot-write") as sim:
        equal(write(sim, set_output()), "NotAuthorized")
        equal(write(sim, PROFILES1), 200)
        stats = sim.stats()
        equal((stats["soap_writes"], stats["soap_write_attempts"], stats["auth_failures"]), (0, 1, 0))
    with sim_with(options=(*AUTH, "wsse")) as sim:
        equal(write(sim, set_output()), "NotAuthorized")
        equal(post(sim, set_output(), token(), path=MEDIA)[0], 200)
        stats = sim.stats()
        equal((stats["soap_writes"], stats["soap_write_attempts"]), (1, 2))
        equal(write(sim, "<tds:SystemReboot/>", "/onvif/device_service"), "NotAuthorized")
        equal(sim.stats()["soap_write_attempts"], 3)


@test
def https_only():
    with sim_with("https-only", options=("--tls", "both")) as sim:
        assert sim.ready["xaddr"].startswith("https://"), sim.ready
        try:
            post(sim, INFORMATION)
            raise AssertionError("not refused")
        except ConnectionRefusedError:
            pass
        equal(post(sim, INFORMATION, tls=True)[0], 200)
        assert "http://" not in post(sim, "<tds:GetCapabilities/>", tls=True)[1].split("Body>")[1]
        equal(sim.command("quirk https-only=redirect"), {"ok": True})
        status, _, headers = post(sim, INFORMATION)
        equal((status, headers["Location"]), (302, sim.ready["xaddr"]))
        assert "rtsp://" in post(sim, STREAM1, path=MEDIA, tls=True)[1]
        sim.command("unquirk https-only")
        equal(post(sim, INFORMATION)[0], 200)
        equal(sim.kinds(), [])


@test
def another_path():
    with sim_with("device-path") as sim:
        assert sim.ready["xaddr"].endswith("/onvif/services")
        equal(post(sim, INFORMATION)[0], 400)
        equal(post(sim, INFORMATION, path="/onvif/services")[0], 200)
        equal(sim.kinds(), [])


@test
def no_onvif():
    with sim_with("onvif-off") as sim:
        equal(post(sim, INFORMATION)[0], 404)
        sim.command("unquirk onvif-off")
        equal(post(sim, INFORMATION)[0], 200)
        equal(sim.kinds(), [])


@test
def nothing_to_be_added():
    for quirk, listed in (("no-configurations", False), ("no-media2", True)):
        with sim_with(quirk) as sim:
            for kind in ("Output", "Decoder"):
                status, body, _ = post(sim, f"<trt:GetAudio{kind}Configurations/>", path=MEDIA)
                equal((status, "Configurations token=" in body), (200, listed))


main()
