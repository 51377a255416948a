#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""--help, the man page and the completions know the same commands, options, states and statuses."""
import pathlib
import re
import shutil
import subprocess
import sys

tool, root = sys.argv[1], pathlib.Path(sys.argv[2])
completion = root / "tools" / "pw-onvif" / "completion"
page = (root / "doc" / "pw-onvif.1.rst").read_text()
COMMON = {"--json", "--quiet", "--remote", "--help"}
OPTION = re.compile(r"^ *(?:-\w(?: [A-Z]+)?, )?(--[a-z-]+)", re.M)
tests = []


def test(func):
    tests.append(func)
    return func


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=30, check=False,
                          stdin=subprocess.DEVNULL)


def same(what, found, wanted):
    assert found == wanted, f"{what}: too many {sorted(found - wanted)}, missing {sorted(wanted - found)}"


def help_text(command):
    return run(tool, command, "--help").stdout


commands = re.findall(r"^  (\w+) +\S", run(tool, "--help").stdout, re.M)
options = {c: set(OPTION.findall(help_text(c))) | COMMON for c in commands}


def section(title, line="="):
    """Of the page, up to the next title of the same kind or above."""
    text = re.search(rf"^{title}\n{line}+\n(.*)", page, re.M | re.S).group(1)
    return re.split(rf"^.+\n[{line}=]{{3,}}$", text, maxsplit=1, flags=re.M)[0]


@test
def there_are_commands():
    assert {"list", "doctor"} <= set(commands), commands
    assert "--watch" in options["list"], options


@test
def what_help_names_is_accepted():
    for command, names in options.items():
        for name in names:
            value = ["x"] if re.search(rf"{name}[ =][A-Z]", help_text(command)) or name == "--remote" else []
            result = run(tool, command, name, *value, "--help")
            assert result.returncode == 0 and result.stdout.startswith("Usage: "), (command, name, result)
        result = run(tool, command, "--no-such-option", "--help")
        assert result.returncode == 2, (command, result)


@test
def help_fits_a_screen():
    for command in [None, *commands]:
        lines = (help_text(command) if command else run(tool, "--help").stdout).rstrip("\n").split("\n")
        assert len(lines) < 24, (command, len(lines))
        # one column stays free: a terminal that wraps when it is reached makes two lines of one
        assert max(map(len, lines)) < 80, (command, max(lines, key=len))


@test
def the_man_page_has_the_commands():
    found = re.findall(r"^(\w+)\n-+$", section("COMMANDS"), re.M)
    assert found == commands, f"{found}, wanted {commands}"


@test
def the_man_page_has_the_options():
    same("every command", set(OPTION.findall(section("OPTIONS"))), COMMON)
    for command in commands:
        same(command, set(re.findall(r"^(?:-\w(?: [A-Z]+)?, )?(--[a-z-]+)", section(command, "-"), re.M)),
             options[command] - COMMON)


@test
def the_man_page_has_the_exit_statuses():
    enum = re.search(r"enum tool_status \{(.*?)\};", (root / "tools/pw-onvif/tool.h").read_text(), re.S).group(1)
    same("exit statuses", set(re.findall(r"^(\d+)$", section("EXIT STATUS"), re.M)),
         set(re.findall(r"TOOL_\w+ = (\d+)", enum)))


@test
def the_man_page_has_what_json_has():
    source = (root / "tools/pw-onvif/service-json.c").read_text()
    members = set(re.findall(r"\bTEXT\((\w+)\)", source)) - {"member"}
    members |= set(re.findall(r'spa_streq\(name(?:\.text)?, "([a-z-]+)"\)', source))
    text = section("list", "-").split("A camera has these members", 1)[1]
    same("members of a camera", set(re.findall(r"^([a-z-]+)$", text, re.M)), members)
    states = set(re.findall(r'\{ "([a-z-]+)", OUT_', (root / "tools/pw-onvif/list-show.c").read_text()))
    text = section("list", "-").split("is one of", 1)[1].split("With **--json**")[0]
    same("states", set(re.findall(r"^([a-z-]+)$", text, re.M)), states)
    source = "".join(p.read_text() for p in (root / "tools/pw-onvif").glob("doctor-*.c"))
    names = set(re.findall(r'DOCTOR_\w+, "([\w-]+)"', source)) | \
        set(re.findall(r'check_(?:library|owner)\(d, "([\w-]+)"', source))
    text = re.search(r"\*check\* \((.*?)\)", section("doctor", "-"), re.S).group(1)
    same("checks of doctor", set(re.split(r",\s+", text)), names)


def complete_in_bash(*words):
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pw_onvif; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    result = run("bash", "-c", script, "bash", str(completion / "pw-onvif.bash"), "pw-onvif", *words)
    assert result.returncode == 0 and result.stderr == "", result
    return set(result.stdout.split())


@test
def bash():
    same("commands", complete_in_bash(""), {*commands, "help", "--help", "--version"})
    same("help", complete_in_bash("help", ""), set(commands))
    for command in commands:
        same(command, complete_in_bash(command, "--"), options[command])
        same("an argument of --remote", complete_in_bash(command, "--remote", ""), set())
    same("a beginning", complete_in_bash("list", "--wa"), {"--watch"})


@test
def zsh():
    text = (completion / "_pw-onvif").read_text()
    if shutil.which("zsh"):
        assert run("zsh", "-n", str(completion / "_pw-onvif")).returncode == 0
    listed = re.search(r"commands=\((.*?)\n\t\)", text, re.S).group(1)
    assert re.findall(r"'(\w+):", listed) == commands, listed
    common = re.search(r"common=\((.*?)\n\t\)", text, re.S).group(1)
    same("every command", set(re.findall(r"(--[a-z-]+)\[|,(--[a-z-]+)\}", common)),
         {("--json", "")} | {("", o) for o in COMMON - {"--json"}})
    for command in commands:
        block = re.search(rf"^\t\t{command}\)\n(.*?)^\t\t\t;;", text, re.M | re.S).group(1)
        assert "$common" in block, block
        same(command, {a or b for a, b in re.findall(r"'(--[a-z-]+)[=\[]|,(--[a-z-]+)\}", block)},
             options[command] - COMMON)


@test
def fish():
    text = (completion / "pw-onvif.fish").read_text()
    if shutil.which("fish"):
        assert run("fish", "--no-execute", str(completion / "pw-onvif.fish")).returncode == 0
    same("commands", set(re.findall(r"__fish_use_subcommand -a (\w+)", text)), set(commands))
    common = re.findall(r"'not __fish_use_subcommand'.* -l ([a-z-]+)", text)
    same("every command", {f"--{name}" for name in common}, COMMON)
    for command in commands:
        found = re.findall(rf"seen_subcommand_from [^']*\b{command}\b[^']*'.* -l ([a-z-]+)", text)
        same(command, {f"--{name}" for name in found}, options[command] - COMMON)


print(f"TAP version 13\n1..{len(tests)}")
failed = 0
for number, func in enumerate(tests, 1):
    try:
        func()
        print(f"ok {number} - {func.__name__}")
    except (AssertionError, AttributeError, IndexError) as error:
        failed += 1
        print(f"not ok {number} - {func.__name__}\n# {error!r}")
sys.exit(1 if failed else 0)
