#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""pw-onvif doctor: a desktop that is well, and each thing that can be wrong with it."""
import contextlib
import fcntl
import json
import os
import subprocess

from desktop import BUILD, Desktop, pkg_config
from tap import Skip, check, main, test, wait_for
from tool import Publisher, on_terminal, pw_onvif

CANARY = "s3cr3t-canary"
LO = 'onvif.properties = { onvif.interfaces = "lo" }\n'
FACTS = '{ key = "%s" cameras = { } }\n' % ("0" * 64)


class Patient(Desktop):
    """A desktop on which all is well, with stand-ins for what only root or systemd could tell."""

    def __init__(self):
        super().__init__(pulse=False)
        self.bin = self.base / "bin"
        self.bin.mkdir()
        self.env["PATH"] = f"{self.bin}:{self.env['PATH']}"
        for name in ("nft", "iptables", "systemctl"):
            self.program(name, "", 1)
        self.settings(LO)
        self.publisher = Publisher(self)
        self.publisher.set("1", name="Gate", address="192.0.2.20", state="idle", speaker="yes")
        wait_for(lambda: '"WirePlumber"' in self.run(["pw-cli", "ls", "Client"]).stdout, 10, "the session manager")

    def program(self, name, output, status=0):
        text = self.base / f"{name}.out"
        text.write_text(output)
        path = self.bin / name
        path.write_text(f"#!/bin/sh\ncat {text}\nexit {status}\n")
        path.chmod(0o755)

    def state(self, text, mode=0o600):
        path = self.base / "state" / "pipewire" / "onvif-state.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def findings(self, *args):
        """{(check, level): [text. remedy]}, after checks that hold for every run."""
        result = pw_onvif(self, "doctor", *args)
        document = json.loads(pw_onvif(self, "doctor", "--json", *args).stdout)
        found = {}
        lines = []
        for f in document["findings"]:
            check(list(f) == ["check", "level", "text", "remedy"], f)
            end = " " if f["text"].endswith("?") else ". "
            said = f["text"] + (end + f["remedy"] if f["remedy"] else "")
            found.setdefault((f["check"], f["level"]), []).append(said)
            lines.append(f"{f['level']:8} {f['check']}: {said}")
            if f["level"] == "ok":
                check(f["remedy"] == "", f)
            elif f["check"] != "camera":
                check(f["remedy"] != "", f)
        check(result.stdout.rstrip("\n").split("\n") == lines, result.stdout)
        check(result.stderr == "", result.stderr)
        levels = [f["level"] for f in document["findings"]]
        check(document["problems"] == levels.count("problem"), document)
        check(document["warnings"] == levels.count("warning"), document)
        check(result.returncode == (1 if document["problems"] else 0), result)
        check(CANARY not in json.dumps(document) + result.stdout, "a password is shown")
        return found

    def only(self, name, level, *words):
        """The one thing that is not well is this, and it is said with these words."""
        found = self.findings()
        wrong = {k: v for k, v in found.items() if k[1] != "ok"}
        check(list(wrong) == [(name, level)], wrong)
        check(len(wrong[name, level]) == 1, wrong)
        for word in words:
            check(word in wrong[name, level][0], f"{word!r} is not in {wrong[name, level][0]!r}")


@test
def all_is_well():
    with Patient() as patient:
        patient.credentials(f'[ {{ address = "192.0.2.20" user = "u" password = "{CANARY}" }} ]\n')
        patient.state(FACTS)
        found = patient.findings()
        check({level for _, level in found} == {"ok"}, found)
        names = [name for name, _ in found]
        check(names == ["settings", "credentials", "learned-facts", "module", "codec", "PipeWire",
                        "session-manager", "network", "service", "camera"], names)
        check(found["credentials", "ok"][0].endswith("logins: 1"), found)
        check(found["session-manager", "ok"] == ["WirePlumber"], found)
        check(found["camera", "ok"] == ["Gate (192.0.2.20) is idle"], found)
        check(str(BUILD) in found["module", "ok"][0] and str(BUILD) in found["codec", "ok"][0], found)
        check(pw_onvif(patient, "doctor", "--quiet").stdout == "")
        check("\x1b[32mok" in on_terminal(patient, "doctor").stdout.decode())
        text = pw_onvif(patient, "doctor", "--help").stdout.split("\n")
        check(len(text) <= 24 and max(map(len, text)) <= 80, max(text, key=len))


@test
def settings():
    with Patient() as patient:
        path = patient.settings(LO + "onvif.properties = {\n onvif.probe.interval = soon\n}\n")
        patient.only("settings", "problem", f"{path}:3:", "onvif.probe.interval", "Correct it")
        patient.settings(LO + "onvif.properties = { onvif.discover = true }\n")
        patient.only("settings", "problem", "did you mean `onvif.discovery`? Correct it")
        patient.settings('onvif.properties = { onvif.interfaces = "lo" onvif.discovery = false }\n')
        patient.only("settings", "warning", "none is looked for", "onvif.discovery = true")
        patient.settings('onvif.properties = { onvif.interfaces = "lo" onvif.discovery = false }\n'
                         'onvif.cameras = [ { onvif.address = "192.0.2.20" } ]\n')
        check("cameras configured: 1" in patient.findings()["settings", "ok"][0])


@test
def credentials():
    entry = f'{{ address = "192.0.2.20" user = "u" password = "{CANARY}" }}'
    with Patient() as patient:
        path = patient.credentials(f"[ {entry} ]\n", 0o644)
        patient.only("credentials", "problem", "0644", f"chmod 600 {path}")
        # the remedy is followed
        path.chmod(0o600)
        check(("credentials", "ok") in patient.findings())
        patient.credentials(f"[ {entry} \n")
        patient.only("credentials", "problem", f"{path}:1:", "Correct it")
        patient.credentials(f"[ {entry[:-1]} passwort = \"{CANARY}\" }} ]\n")
        patient.only("credentials", "problem", f"{path}:1:")
        path.unlink()
        path.mkdir()
        patient.only("credentials", "problem", "no regular file", f"mv {path}")


@test
def what_a_killed_login_leaves():
    """Killed between making the new file and moving it over the old one: passwords that nobody reads."""
    entry = f'[ {{ address = "192.0.2.20" user = "u" password = "{CANARY}" }} ]\n'
    with Patient() as patient:
        left = patient.credentials("").with_suffix(".conf.new")
        for old in (entry, None):
            path = patient.credentials(entry)
            if old is None:
                path.unlink()
            left.write_text(entry)
            left.chmod(0o600)
            # not while somebody writes it just now
            with contextlib.ExitStack() as stack:
                fd = os.open(left.parent, os.O_RDONLY)
                stack.callback(os.close, fd)
                fcntl.flock(fd, fcntl.LOCK_EX)
                check(("credentials", "warning") not in patient.findings(), "under way, and called left behind")
            found = patient.findings()["credentials", "warning"]
            check(len(found) == 1 and "holds passwords, and nobody reads it" in found[0], found)
            # the remedy is followed
            patient.run(["sh", "-c", found[0].rsplit("Remove it: ", 1)[1]])
            check(not left.exists() and ("credentials", "warning") not in patient.findings(), "still there")
        left.write_text(entry)
        check(pw_onvif(patient, "login", "192.0.2.21", "--no-verify", input=f"u\n{CANARY}\n").returncode == 0, "login")
        check(not left.exists(), "a login leaves it there")


@test
def learned_facts():
    with Patient() as patient:
        path = patient.state("{ key = [ broken\n")
        patient.only("learned-facts", "warning", str(path), "learns anew")
        patient.state(FACTS, 0o664)
        patient.only("learned-facts", "problem", f"chmod 600 {path}")


@test
def what_is_not_installed():
    with Patient() as patient:
        ours = dict(patient.env)
        patient.env["PIPEWIRE_MODULE_DIR"] = pkg_config("libpipewire-0.3", "moduledir")
        if os.path.exists(patient.env["PIPEWIRE_MODULE_DIR"] + "/libpipewire-module-onvif.so"):
            raise Skip("it is installed here")
        patient.only("module", "problem", "libpipewire-module-onvif.so", "Unset PIPEWIRE_MODULE_DIR")
        broken = patient.base / "modules" / "deep" / "libpipewire-module-onvif.so"
        broken.parent.mkdir(parents=True)
        broken.write_text("no library")
        patient.env["PIPEWIRE_MODULE_DIR"] = f"{patient.base}/modules:" + patient.env["PIPEWIRE_MODULE_DIR"]
        patient.only("module", "problem", "cannot be loaded", str(broken), "Install")
        patient.env.update(ours)
        patient.env["SPA_PLUGIN_DIR"] = pkg_config("libspa-0.2", "plugindir")
        patient.only("codec", "problem", "libspa-codec-onvif-g711.so", "Unset SPA_PLUGIN_DIR")


@test
def pipewire():
    with Patient() as patient:
        patient.kill("wireplumber")
        patient.only("session-manager", "problem", "None runs", "systemctl --user enable --now wireplumber")
        patient.publisher.stop()
        patient.kill_pipewire()
        found = patient.findings()
        check("systemctl --user start pipewire.service" in found["PipeWire", "problem"][0], found)
        check("Mend that first" in found["service", "warning"][0], found)
        del patient.env["XDG_RUNTIME_DIR"]
        found = patient.findings()
        check("XDG_RUNTIME_DIR is not set" in found["PipeWire", "problem"][0], found)


@test
def service():
    units = {
        "LoadState=not-found\nActiveState=inactive\nUnitFileState=\n": ("not installed", "daemon-reload"),
        "LoadState=loaded\nActiveState=failed\nUnitFileState=enabled\n": ("ended with an error", "journalctl --user"),
        "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n": ("is active", "journalctl --user"),
        "LoadState=masked\nActiveState=inactive\nUnitFileState=masked\n": ("is masked", "unmask"),
        "LoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\n": ("though it is enabled", "enable --now"),
        "LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n": ("It does not run. ", "enable --now"),
    }
    with Patient() as patient:
        patient.publisher.stop()
        patient.only("service", "problem", "It does not run", "pipewire -c pipewire-onvif.conf")
        for output, words in units.items():
            patient.program("systemctl", output)
            patient.only("service", "problem", *words)
        (patient.bin / "systemctl").write_text("#!/bin/sh\nexec sleep 60\n")
        patient.only("service", "problem", "It does not run")


@test
def cameras():
    states = {
        "idle": ("ok", ""), "streaming": ("ok", ""), "connecting": ("ok", ""),
        "login-required": ("problem", ". Run `pw-onvif login 192.0.2.20`"),
        "offline": ("problem", "pw-onvif probe 192.0.2.20"),
        "rejected": ("problem", "pw-onvif probe 192.0.2.20"),
        "busy": ("warning", "End the other client"),
        "unsupported": ("warning", "pw-onvif probe 192.0.2.20"),
    }
    with Patient() as patient:
        for state, (level, remedy) in states.items():
            patient.publisher.set("1", name="Gate", address="192.0.2.20", state=state)
            said = patient.findings()["camera", level]
            check(len(said) == 1 and said[0].startswith(f"Gate (192.0.2.20) is {state}") and remedy in said[0], said)
        error = "The camera wants a user and password: run `pw-onvif login 192.0.2.20`"
        patient.publisher.set("1", name="G\x1b[2J", address="192.0.2.20", state="login-required", error=error)
        said = patient.findings()["camera", "problem"]
        check(said == [f"G[2J (192.0.2.20) is login-required: {error}"], said)
        patient.publisher.set("1", name="Gate", state="offline", error="It cannot be asked.")
        said = patient.findings()["camera", "problem"]
        check(said[0].startswith("Gate is offline: It cannot be asked. Check its power"), said)
        patient.publisher.remove("1")
        patient.only("camera", "warning", "knows none", "onvif.cameras")


@test
def network():
    with Patient() as patient:
        patient.settings('onvif.properties = { onvif.interfaces = "lo nope0" }\n')
        patient.only("network", "warning", "nope0", "Correct onvif.interfaces")
        patient.settings('onvif.properties = { onvif.interfaces = "nope0" }\n')
        found = patient.findings()
        check("No interface is up" in found["network", "problem"][0], found)
        if os.getuid() != 0 or subprocess.run(["ip", "link", "add", "onvif-test0", "type", "veth",
                                               "peer", "onvif-test1"], capture_output=True, check=False).returncode:
            raise Skip("no interface of our own can be made here")
        try:
            for name in ("onvif-test1", "onvif-test0"):
                subprocess.run(["ip", "link", "set", name, "multicast", "on", "addrgenmode", "none", "up"], check=True)
            patient.settings('onvif.properties = { onvif.interfaces = "lo onvif-test0" }\n')
            patient.only("network", "warning", "onvif-test0", "has no address", "bring it up")
            subprocess.run(["ip", "addr", "add", "192.0.2.1/24", "dev", "onvif-test0"], check=True)
            said = patient.findings()["network", "ok"]
            check(said[1] == "onvif-test0 has a way to 239.255.255.250", said)
        finally:
            subprocess.run(["ip", "link", "del", "onvif-test0"], check=True)


NFT = """table ip nat {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
	}
}
table inet filter {
	chain incoming {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		%s
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
"""


@test
def firewall():
    with Patient() as patient:
        patient.program("nft", NFT % "")
        patient.only("firewall", "warning", "nftables", "UDP port 3702",
                     "nft insert rule inet filter incoming udp sport 3702 accept")
        patient.program("nft", NFT % "udp sport 3702 accept")
        check(("firewall", "ok") in patient.findings())
        patient.program("nft", (NFT % "").replace("input priority filter; policy drop",
                                                  "input priority filter; policy accept"))
        check(("firewall", "ok") in patient.findings())
        patient.program("nft", "", 1)
        patient.program("iptables", "-P INPUT DROP\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n")
        patient.only("firewall", "warning", "iptables -I INPUT -p udp --sport 3702 -j ACCEPT")
        patient.program("iptables", "-P INPUT ACCEPT\n")
        check(("firewall", "ok") in patient.findings())
        patient.program("nft", "x" * 300000 + "\n")
        check(("firewall", "ok") in patient.findings())


main()
