#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the module publishes is in libpipewire-module-onvif(7) and pw-onvif(1) by the same names; what the
credentials file may hold, in pipewire-onvif.conf(5)."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
tests = []


def test(func):
    tests.append(func)
    return func


def read(path):
    return (root / path).read_text()


def section(page, title, line="="):
    """Of a page, up to the next title of the same kind or above."""
    text = re.search(rf"^{re.escape(title)}\n{line}+\n(.*)", read(page), re.M | re.S).group(1)
    return re.split(rf"^.+\n[{line}=]{{3,}}$", text, maxsplit=1, flags=re.M)[0]


def terms(text):
    """What is defined there; several may share a definition."""
    return {name for line in re.findall(r"^([a-z][a-z.-]*(?:, [a-z.-]+)*)$", text, re.M) for name in line.split(", ")}


def same(what, found, wanted):
    assert wanted, f"{what}: none in the source"
    assert found == wanted, f"{what}: too many {sorted(found - wanted)}, missing {sorted(wanted - found)}"


def body(path, func):
    return re.search(rf"^[a-z][^\n]*\b{func}\([^{{;]*{{\n(.*?)^}}", read(path), re.M | re.S).group(1)


MODULE, TOOL, SETTINGS = "doc/libpipewire-module-onvif.7.rst", "doc/pw-onvif.1.rst", "doc/pipewire-onvif.conf.5.rst"
json = body("module/publish.c", "write_json")
members = set(re.findall(r'\{ "([a-z-]+)", ', json)) | set(re.findall(r'\\"([a-z-]+)\\":', json)) | {"counters"}
counters = set(re.findall(r'\\"([a-z-]+)\\":', body("module/publish.c", "add_counters"))) - {"counters"}
states = set(re.findall(r'= "([a-z-]+)"', body("module/session/session-status.c", "session_public_state_name")))


@test
def members_of_a_camera():
    text, more = section(MODULE, "camera.<id>", "-").split("The counters,")
    same("(7)", terms(text), members)
    same("counters of (7)", terms(more), counters)
    text = section(TOOL, "list", "-").split("A camera has these members", 1)[1]
    same("(1)", terms(text), members)


@test
def states_of_a_camera():
    same("(7)", terms(section(MODULE, "STATES")), states)
    same("(1)", terms(section(TOOL, "list", "-").split("is one of", 1)[1].split("With **--json**")[0]), states)


@test
def properties_of_a_node():
    source = read("module/camera-sink.c")
    facts = re.search(r"fact_keys\[\] = \{(.*?)\};", source, re.S).group(1)
    ours = set(re.findall(r'"([a-z.]+)"', facts))
    ours |= set(re.findall(r'pw_properties_set\(p, "([a-z.]+)"', body("module/camera-sink.c", "set_dynamic_props")))
    text = section(MODULE, "NODE PROPERTIES").split("Those of the module", 1)[1]
    same("(7)", terms(text), ours)
    text = " ".join(section(MODULE, "NODE PROPERTIES").split())
    for why in re.findall(r'return " (\([a-z ]+\))"', body("module/camera-sink.c", "why_not")):
        assert why in text, f"(7) lacks {why}"


@test
def what_is_done_and_forgotten():
    names = set(re.findall(r'^#define [A-Z]+\t+"([a-z]+)"$', read("module/camera-set.c"), re.M))
    same("(7)", set(re.findall(r"^set\.<id>\.([a-z]+)$", read(MODULE), re.M)), names)


@test
def arguments():
    usage = re.search(r"#define MODULE_USAGE(.*?)\n\n", read("module/module-onvif.c"), re.S).group(1)
    text = section(MODULE, "ARGUMENTS")
    same("(7)", terms(text) | set(re.findall(r"^\| \*\*([a-z.-]+)\*\*$", text, re.M)),
         set(re.findall(r"\( ([a-z.-]+)=", usage)))


@test
def keys_of_the_credentials_file():
    names = re.search(r"key_names\[N_KEYS\] = \{(.*?)\};", read("module/auth/credentials-file.c"), re.S).group(1)
    same("(5)", terms(section(SETTINGS, "CREDENTIALS")), set(re.findall(r'"([a-z.]+)"', names)))


print(f"TAP version 13\n1..{len(tests)}")
failed = 0
for number, func in enumerate(tests, 1):
    try:
        func()
        print(f"ok {number} - {func.__name__}")
    except (AssertionError, AttributeError, IndexError, ValueError) as error:
        failed += 1
        print(f"not ok {number} - {func.__name__}\n# {error!r}")
sys.exit(1 if failed else 0)
