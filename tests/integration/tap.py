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
    """A test that judges sound sample by sample. Where players and graph may not have real-time
    priority (a container), they themselves leave a hole now and then on a busy machine. What
    is wrong three times in a row is no accident."""
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


def table_test(names):
    """A test of many rows at once: the function returns {row: what is wrong with it}, without
    those that are well. Each row counts as a test."""
    def decorate(func):
        func.rows = list(names)
        return test(func)
    return decorate


def run(func):
    """{row: (what is wrong or None, what is missing or None)}; a test is its own only row."""
    rows = getattr(func, "rows", [func.__name__])
    try:
        wrong = func()
    except Skip as why:
        return {row: (None, why) for row in rows}
    except Exception:
        return {row: (traceback.format_exc(), None) for row in rows}
    return {row: (wrong.get(row) if hasattr(func, "rows") else None, None) for row in rows}


def main():
    """Runs the tests registered so far, or those whose name holds an argument."""
    wanted = [t for t in _tests
              if not sys.argv[1:] or any(a in t.__name__ for a in sys.argv[1:])]
    print("TAP version 13")
    print(f"1..{sum(len(getattr(t, 'rows', [0])) for t in wanted)}", flush=True)
    number = failed = 0
    for func in wanted:
        begin = time.monotonic()
        for row, (wrong, missing) in run(func).items():
            number += 1
            for text in str(wrong or "").rstrip().split("\n") if wrong else ():
                print("# " + text)
            print(f"{'not ok' if wrong else 'ok'} {number} - {row}" + (f" # SKIP {missing}" if missing else ""))
            failed += bool(wrong)
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
