#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The real-time callback allocates nothing, locks nothing, calls no kernel."""
import re

import audio
from cameras import Camera
from desktop import BUILD, Desktop, sanitizer_runtime
from tap import Skip, check, main, note, test, wait_for


def guarded(selftest=None):
    if sanitizer_runtime():
        raise Skip("the guard and the sanitizer both replace malloc")
    with Desktop() as desktop:
        camera = Camera(desktop, "Front Door Camera")
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "{camera.name}" }} ]\n')
        env = {"LD_PRELOAD": str(BUILD / "tests/integration/librt-guard.so")}
        if selftest:
            env["RT_GUARD_SELFTEST"] = selftest
        process = desktop.start_onvif(env=env)
        sink = desktop.wait_sink(camera.name)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 3.0)
        if selftest:
            desktop.start(["paplay", "--device", sink["name"], wav])
            wait_for(lambda: process.poll() is not None, 10, "the guard's word")
            text = desktop.log()
            desktop.daemons.pop("onvif")
            return text
        desktop.run(["paplay", "--device", sink["name"], wav])
        camera.wait_stat("teardowns", 1, 8)
        desktop.stop_onvif()
        return desktop.log()


@test
def process_is_real_time_safe():
    text = guarded()
    match = re.search(r"rt-guard: (\d+) callbacks watched, system calls (.*)", text)
    check(match, "the guard was not there")
    note(match.group(0))
    check("VIOLATION" not in text, text[-2000:])
    check(int(match.group(1)) > 100, "hardly any callback was watched")


@test
def the_guard_notices_malloc():
    check("VIOLATION: malloc" in guarded("malloc"))


@test
def the_guard_notices_a_lock():
    check("VIOLATION: pthread_mutex_lock" in guarded("lock"))


@test
def the_guard_notices_a_system_call():
    text = guarded("syscall")
    if "system calls not watched" in text:
        raise Skip("this kernel has no syscall user dispatch")
    check("VIOLATION: system call" in text, text[-500:])


main()
