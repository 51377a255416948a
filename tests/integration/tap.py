# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A test program is a list of functions; it speaks TAP to meson."""
import sys
import time
import traceback

_tests = []


class Skip(Exception):
    """This machine cannot run the test; the text says what is missing."""


def test(func):
    _tests.append(func)
    return func


def listening_test(func):
    """A test that judges sound sample by sample. Players and graph run without real-time
    priority here: on a busy machine they themselves leave a hole now and then. What is
    wrong three times in a row is no accident."""
    def tries():
        for turn in (1, 2, 3):
            try:
                return func()
            except AssertionError as error:
                if turn == 3:
                    raise
                note(f"try {turn}: {error}")
        return None
    tries.__name__ = func.__name__
    tries.__doc__ = func.__doc__
    _tests.append(tries)
    return func


def main():
    """Runs the tests registered so far, or those whose name holds an argument."""
    wanted = [t for t in _tests
              if not sys.argv[1:] or any(a in t.__name__ for a in sys.argv[1:])]
    print("TAP version 13")
    print(f"1..{len(wanted)}", flush=True)
    failed = 0
    for number, func in enumerate(wanted, 1):
        begin = time.monotonic()
        try:
            func()
            line = f"ok {number} - {func.__name__}"
        except Skip as why:
            line = f"ok {number} - {func.__name__} # SKIP {why}"
        except Exception:
            for text in traceback.format_exc().rstrip().split("\n"):
                print("# " + text)
            line = f"not ok {number} - {func.__name__}"
            failed += 1
        print(line)
        print(f"# {func.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
    sys.exit(1 if failed else 0)


def note(text):
    print("# " + str(text), flush=True)


def check(condition, text=""):
    if not condition:
        raise AssertionError(text)


def wait_for(condition, timeout, text, step=0.05):
    """Polls until condition() is true and returns what it gave."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {text}")
        time.sleep(step)
