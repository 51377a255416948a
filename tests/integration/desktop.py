# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A private headless desktop: PipeWire, WirePlumber, pipewire-pulse and the product."""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile

from tap import note, wait_for

BUILD = pathlib.Path(os.environ.get("ONVIF_BUILD", "build")).resolve()
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent

WIREPLUMBER_04 = """
alsa_monitor.enabled = false
v4l2_monitor.enabled = false
libcamera_monitor.enabled = false
default_access.properties["enable-flatpak-portal"] = false
"""
WIREPLUMBER_05 = """
wireplumber.profiles = {
  main = {
    monitor.alsa = disabled
    monitor.alsa-midi = disabled
    monitor.bluez = disabled
    monitor.bluez-midi = disabled
    monitor.v4l2 = disabled
    monitor.libcamera = disabled
    support.reserve-device = disabled
    support.portal-permissionstore = disabled
    support.logind = disabled
  }
}
"""


def name_of(description):
    """The camera's name in a description, which also says what keeps it from being used."""
    return re.sub(r" \((offline|in use by another|wants a login|cannot be used)\)$", "", description)


def pkg_config(package, variable):
    return subprocess.run(["pkg-config", f"--variable={variable}", package], check=True,
                          capture_output=True, text=True).stdout.strip()


def sanitizer_runtime():
    """The sanitizer's library that a host program which was built without it must preload."""
    options = json.loads((BUILD / "meson-info" / "intro-buildoptions.json").read_text())
    if not any(o["name"] == "b_sanitize" and "address" in str(o["value"]) for o in options):
        return None
    return subprocess.run(["cc", "-print-file-name=libasan.so"], check=True,
                          capture_output=True, text=True).stdout.strip()


def allow_realtime():
    """Lets PipeWire's threads take real-time priority, as rtkit does on a desktop, for all
    that this process starts from now on. Where that is forbidden (not root, a container), a
    busy machine makes holes in what is played."""
    try:
        resource.setrlimit(resource.RLIMIT_RTPRIO, (95, 95))
    except (ValueError, OSError):
        pass


class Desktop:
    """Everything it starts, it ends; everything it writes lies below .base."""

    def __init__(self, base=None, pulse=True, prefix=()):
        allow_realtime()
        self.base = pathlib.Path(base or tempfile.mkdtemp(prefix="onvif-test-"))
        self.keep = base is not None or "ONVIF_KEEP" in os.environ
        self.prefix = list(prefix)
        self.started = []
        self.daemons = {}
        self.pulse = pulse
        self.env = self.environment()
        self.write_configuration()
        self.start_daemons()

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("PIPEWIRE_", "PULSE_", "DBUS_", "XDG_", "DISPLAY", "LD_PRELOAD"))}
        for name in ("runtime", "config", "state", "cache", "data", "home"):
            (self.base / name).mkdir(mode=0o700, exist_ok=True)
        env.update({
            "HOME": str(self.base / "home"),
            "XDG_RUNTIME_DIR": str(self.base / "runtime"),
            "XDG_CONFIG_HOME": str(self.base / "config"),
            "XDG_STATE_HOME": str(self.base / "state"),
            "XDG_CACHE_HOME": str(self.base / "cache"),
            "XDG_DATA_HOME": str(self.base / "data"),
            "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent",
            "PULSE_SERVER": f"unix:{self.base}/runtime/pulse/native",
            "PIPEWIRE_MODULE_DIR": f"{BUILD}/module:" + pkg_config("libpipewire-0.3", "moduledir"),
            "SPA_PLUGIN_DIR": f"{BUILD}/spa-plugin:" + pkg_config("libspa-0.2", "plugindir"),
            "ONVIF_KEYRING_HELPER": f"{BUILD}/tools/keyring/pipewire-onvif-keyring",
        })
        return env

    def write(self, path, text, mode=0o644):
        """Writes a file below the user's configuration directory, whole at once."""
        target = self.base / "config" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        partial.write_text(text)
        partial.chmod(mode)
        partial.rename(target)
        return target

    def write_configuration(self):
        self.write("wireplumber/main.lua.d/51-test.lua", WIREPLUMBER_04)
        self.write("wireplumber/bluetooth.lua.d/51-test.lua", "bluez_monitor.enabled = false\n")
        self.write("wireplumber/wireplumber.conf.d/51-test.conf", WIREPLUMBER_05)
        self.write("pipewire/pipewire-onvif.conf",
                   (BUILD / "conf" / "pipewire-onvif.conf").read_text())

    def settings(self, text):
        """The user's fragment."""
        return self.write("pipewire/pipewire-onvif.conf.d/50-test.conf", text)

    def credentials(self, text, mode=0o600):
        return self.write("pipewire/onvif-credentials.conf", text, mode)

    # -- processes ---------------------------------------------------------------------

    def spawn(self, name, args, env=None):
        log = open(self.base / f"{name}.log", "ab")
        self.daemons[name] = subprocess.Popen(self.prefix + args, env={**self.env, **(env or {})},
                                              stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self.daemons[name]

    def start_daemons(self):
        bus = f"unix:path={self.base}/runtime/bus"
        self.env["DBUS_SESSION_BUS_ADDRESS"] = bus
        self.spawn("dbus", ["dbus-daemon", "--session", "--nofork", f"--address={bus}"])
        wait_for(lambda: (self.base / "runtime" / "bus").exists(), 10, "session bus")
        self.start_pipewire()

    def start_pipewire(self):
        self.spawn("pipewire", ["pipewire"])
        wait_for(lambda: (self.base / "runtime" / "pipewire-0").exists(), 10, "PipeWire's socket")
        self.spawn("wireplumber", ["wireplumber"])
        if self.pulse:
            self.spawn("pulse", ["pipewire-pulse"])
            wait_for(lambda: self.run(["pactl", "info"], check=False).returncode == 0, 15,
                     "pipewire-pulse")

    def kill(self, name, how=signal.SIGTERM, timeout=10):
        process = self.daemons.pop(name, None)
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{name} did not end within {timeout} s")

    def kill_pipewire(self):
        """As a crash: everything of the old desktop goes, without a word."""
        self.kill("pipewire", signal.SIGKILL)
        for name in ("wireplumber", "pulse"):
            self.kill(name)
        for name in ("pipewire-0", "pipewire-0.lock", "pipewire-0-manager"):
            (self.base / "runtime" / name).unlink(missing_ok=True)

    def start_onvif(self, debug="2,mod.onvif*:4", env=None):
        """The default way to run: a process of its own."""
        extra = {"PIPEWIRE_DEBUG": debug, **(env or {})}
        runtime = sanitizer_runtime()
        if runtime:
            extra.update({"LD_PRELOAD": runtime, "ASAN_OPTIONS": "detect_leaks=1:halt_on_error=1",
                          "LSAN_OPTIONS": f"suppressions={SOURCE}/tests/lsan.supp",
                          "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"})
        return self.spawn("onvif", ["pipewire", "-c", "pipewire-onvif.conf"], extra)

    def stop_onvif(self):
        return self.kill("onvif")

    def log(self, name="onvif"):
        path = self.base / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def run(self, args, check=True, timeout=60, **options):
        return subprocess.run(self.prefix + [str(a) for a in args], env=self.env, check=check,
                              capture_output=True, text=True, timeout=timeout, **options)

    def start(self, args):
        """A player or the like, ended with the desktop if it still runs then."""
        process = subprocess.Popen(self.prefix + [str(a) for a in args], env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=open(self.base / "players.log", "ab"))
        self.started.append(process)
        return process

    # -- what the desktop shows --------------------------------------------------------

    def sinks(self):
        """What pactl shows: {name: sink}."""
        result = self.run(["pactl", "-f", "json", "list", "sinks"], check=False)
        try:
            return {s["name"]: s for s in json.loads(result.stdout)}
        except json.JSONDecodeError:
            return {}

    def sink_named(self, description):
        """The sink with this description, or None."""
        return next((s for s in self.sinks().values() if name_of(s["description"]) == description), None)

    def wait_sink(self, description, timeout=10):
        return wait_for(lambda: self.sink_named(description), timeout, f"sink {description}")

    def dump(self, tries=3):
        """(pw-dump of 0.3.65 now and then waits for ever for an object that went meanwhile)"""
        try:
            return json.loads(self.run(["pw-dump"], check=False, timeout=15).stdout)
        except json.JSONDecodeError:
            return []
        except subprocess.TimeoutExpired:
            if tries == 1:
                raise
        return self.dump(tries - 1)

    def nodes(self):
        """{node.name: info.props} as PipeWire has them."""
        return {o["info"]["props"]["node.name"]: o["info"]["props"] for o in self.dump()
                if o["type"].endswith(":Node") and "node.name" in o["info"]["props"]}

    def node_by_id(self, camera_id):
        return next((p for p in self.nodes().values() if p.get("onvif.id") == camera_id), None)

    def default_sink(self):
        return self.run(["pactl", "get-default-sink"], check=False).stdout.strip()

    # -- the end -----------------------------------------------------------------------

    def close(self):
        for item in reversed(self.started):
            if isinstance(item, subprocess.Popen):
                if item.poll() is None:
                    item.kill()
                item.wait()
            else:
                item.stop()
        problems = []
        for name in list(reversed(self.daemons)):
            status = self.kill(name)
            if name == "onvif" and status not in (0, -signal.SIGTERM):
                problems.append(f"onvif process ended with {status}")
        text = self.log()
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:"):
            if word in text:
                problems.append(word + text.split(word, 1)[1][:2000])
        if self.keep:
            note(f"kept: {self.base}")
        else:
            shutil.rmtree(self.base, ignore_errors=True)
        if problems:
            raise AssertionError("; ".join(problems))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            note("--- end of the module's log")
            for line in self.log().split("\n")[-40:]:
                note(line)
            try:
                self.close()
            except AssertionError as error:
                note(error)
            return False
        self.close()
        return False
