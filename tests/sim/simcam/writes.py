# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Operations that change the camera. All are counted: none may happen unless the user wanted it."""
from .configurations import PROFILES, known, need_speaker
from .fault import Fault
from .operation import split
from .profiles import KINDS

TOKENS = {"AudioOutput": "aoc_1", "AudioDecoder": "adc_1"}
VERBS = ("Set", "Add", "Remove", "Create", "Delete", "Start", "Stop", "System")


def is_write(name):
    return name.startswith(VERBS)


def may_write(camera, name):
    if "user-cannot-write" in camera.quirks:
        raise Fault(400, "Sender", ["NotAuthorized"], f"{name}: operator or administrator wanted")


def _profile(args):
    args.get("ProfileToken", True)
    return known(args, "ProfileToken", PROFILES, "NoProfile")


def _configuration(token, kind):
    if token != TOKENS.get(kind):
        raise Fault(400, "Sender", ["InvalidArgVal", "NoConfig"], f"no {kind} {token}")


# media1

def add1(kind):
    def handler(camera, args):
        need_speaker(camera)
        args.sequence("ProfileToken", "ConfigurationToken")
        profile = _profile(args)
        _configuration(args.get("ConfigurationToken", True), kind)
        camera.profiles.add(profile, kind)
        return ""
    return handler


def remove1(kind):
    def handler(camera, args):
        camera.profiles.remove(_profile(args), kind)
        return ""
    return handler


# media2

def _references(args):
    """[(Type, Token)] of the Configuration elements"""
    result = []
    for element in args.operation:
        if split(element.tag) == ("tr2", "Configuration"):
            values = {split(child.tag): (child.text or "").strip() for child in element}
            result.append((values.get(("tr2", "Type")), values.get(("tr2", "Token"))))
    if not result or any(kind is None for kind, _ in result):
        args.camera.record.violation("soap-arguments", f"{args.name}: {result}")
        raise Fault(400, "Sender", ["InvalidArgs"], "Configuration is missing")
    return result


def add2(camera, args):
    args.sequence("ProfileToken", "Name", "Configuration")
    profile = _profile(args)
    references = _references(args)
    for kind, token in references:
        if kind in KINDS:
            need_speaker(camera)
            _configuration(token, kind)
            camera.profiles.add(profile, kind)
    return ""


def remove2(camera, args):
    args.sequence("ProfileToken", "Configuration")
    profile = _profile(args)
    # Media2's enumeration is the order of both adding and removing; what depends has to go first
    for kind, _ in sorted(_references(args), key=lambda one: one[0] != "AudioDecoder"):
        if kind in KINDS:
            camera.profiles.remove(profile, kind)
    return ""


# all

def set_output(camera, args):
    need_speaker(camera)
    if args.prefix != "tr2":
        args.sequence("Configuration", "ForcePersistence")
        args.among("ForcePersistence", ("true", "false", "1", "0"))
    args.get("Configuration", True)
    element = next(child for child in args.operation if split(child.tag)[1] == "Configuration")
    order = [split(child.tag)[1] for child in element]
    wanted = ["Name", "UseCount", "OutputToken", "SendPrimacy", "OutputLevel"]
    if order not in (wanted, [name for name in wanted if name != "SendPrimacy"]):
        camera.record.violation("soap-arguments", f"{args.name}: Configuration of {order}")
        raise Fault(400, "Sender", ["InvalidArgs"], "Configuration is not complete")
    _configuration(element.get("token"), "AudioOutput")
    if args.get("Configuration/tt:OutputToken", True) != "ao_1":
        raise Fault(400, "Sender", ["InvalidArgVal", "ConfigModify"], "no such output")
    level = args.get("Configuration/tt:OutputLevel", True)
    camera.profiles.set_output(args.get("Configuration/tt:SendPrimacy"), int(level) if level.isdecimal() else -1)
    return ""


OPERATIONS = {
    ("trt", "AddAudioOutputConfiguration"): add1("AudioOutput"),
    ("trt", "AddAudioDecoderConfiguration"): add1("AudioDecoder"),
    ("trt", "RemoveAudioOutputConfiguration"): remove1("AudioOutput"),
    ("trt", "RemoveAudioDecoderConfiguration"): remove1("AudioDecoder"),
    ("tr2", "AddConfiguration"): add2,
    ("tr2", "RemoveConfiguration"): remove2,
    ("trt", "SetAudioOutputConfiguration"): set_output,
    ("tr2", "SetAudioOutputConfiguration"): set_output,
    ("tmd", "SetAudioOutputConfiguration"): set_output,
}
