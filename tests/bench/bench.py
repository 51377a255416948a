#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Measures what playing to cameras costs and how it sounds, beside others who do the like.

A measurement is a module here with NAME and run(rig, options), which returns a list of
    {"figure": its key, "what": what it is, "unit", "subject": one of rig.SUBJECTS, "cameras": n,
     "value": number, or None where "failed" says why;
     "loaded": true where every core was busy;
     "limit": what is required, and "ok": whether that is reached (without it: the value is at most the limit)}
It may have QUICK = True, if it can be done within seconds (options.quick), LIMITS, for what is required of several results, a list of
    {"figure", "at_most" (or "at_least"): number, "of": a subject, if it is a ratio to that one's value,
     "cameras" and "loaded": only there, "stretch": wished for, not demanded},
and draw_plots(pyplot, results, directory).
"""
import argparse
import contextlib
import importlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

try:
    import rig
except ImportError as error:
    print(f"not here: {error}", file=sys.stderr)
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
MEASUREMENTS = [importlib.import_module(path.stem) for path in sorted(HERE.glob("*.py"))
                if "\nNAME = " in path.read_text()]


class Options(argparse.Namespace):
    def get(self, name, default=None):
        return getattr(self, name, default)


def number(value):
    if value is None:
        return "failed"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def value_of(results, figure, subject, cameras, loaded):
    return next((r["value"] for r in results if (r["figure"], r["subject"], r["cameras"], r["loaded"]) ==
                 (figure, subject, cameras, loaded)), None)


# -- the table ---------------------------------------------------------------------------------


def cell(results, subject, figure, cameras, loaded):
    found = [r["value"] for r in results
             if (r["figure"], r["subject"], r["cameras"], r["loaded"]) == (figure, subject, cameras, loaded)]
    ours = value_of(results, figure, "ours", cameras, loaded)
    text = number(found[0]) if found else "-"
    if subject != "ours" and found and found[0] and ours is not None:
        text += f" ({ours / found[0]:.2f})"
    return f"{text:>16}"


def table_lines(results):
    """A line per figure and number of cameras; beside each peer's value what ours is of it."""
    subjects = [s for s in rig.SUBJECTS if any(r["subject"] == s for r in results)]
    rows = list(dict.fromkeys((r["figure"], r["what"], r["unit"], r["cameras"], r["loaded"]) for r in results))
    order = list(dict.fromkeys(r[0] for r in rows))
    rows.sort(key=lambda r: (order.index(r[0]), r[4], r[3]))
    yield f"{'':58} {'cameras':>7} " + " ".join(f"{s:>16}" for s in subjects)
    for figure, what, unit, cameras, loaded in rows:
        title = f"{what}{', loaded' if loaded else ''}{f' [{unit}]' if unit else ''}"
        yield f"{title:58} {cameras:>7} " + " ".join(cell(results, s, figure, cameras, loaded) for s in subjects)


# -- limits ------------------------------------------------------------------------------------


def concerns(limit, result):
    return result["subject"] == "ours" and result["figure"] == limit["figure"] and result["value"] is not None \
        and all(result[key] == limit[key] for key in ("cameras", "loaded") if key in limit)


def judged(results, limits):
    """Each limit against each value of ours that it is about."""
    for result in results:
        if result.get("limit") is not None and result["value"] is not None:
            yield {**result, "met": bool(result.get("ok", result["value"] <= result["limit"]))}
    for limit in limits:
        for result in (r for r in results if concerns(limit, r)):
            value = result["value"]
            if "of" in limit:
                other = value_of(results, result["figure"], limit["of"], result["cameras"], result["loaded"])
                if not other:
                    continue
                value /= other
            met = value <= limit["at_most"] if "at_most" in limit else value >= limit["at_least"]
            yield {**{k: result[k] for k in ("figure", "what", "unit", "cameras", "loaded")}, **limit,
                   "value": value, "met": bool(met)}


def limit_line(row):
    word = next(w for w in ("at_most", "at_least", "limit") if w in row)
    unit = f"of {row['of']}" if "of" in row else row["unit"]
    verdict = "met" if row["met"] else "not reached (wished for)" if row.get("stretch") else "NOT MET"
    place = f"{row['cameras']} camera{'s' * (row['cameras'] != 1)}{', loaded' if row['loaded'] else ''}"
    return f"{row['what'] + ', ' + place:64} {number(row['value']):>8} ({word.replace('_', ' ')} {row[word]} {unit}): {verdict}"


# -- plots -------------------------------------------------------------------------------------


def plot_by_cameras(pyplot, results, figure, path):
    rows = [r for r in results if r["figure"] == figure and r["value"] is not None and not r["loaded"]]
    if not rows:
        return
    shape, axes = pyplot.subplots(figsize=(7, 4.5))
    for subject in dict.fromkeys(r["subject"] for r in rows):
        points = sorted((r["cameras"], r["value"]) for r in rows if r["subject"] == subject)
        axes.plot(*zip(*points), marker="o", label=rig.SUBJECTS[subject].title)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.set_xlabel("cameras")
    axes.set_ylabel(f"{rows[0]['what']} [{rows[0]['unit']}]")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    shape.savefig(path, dpi=120, bbox_inches="tight")
    pyplot.close(shape)


def plot_intervals(pyplot, results, loaded, path):
    rows = [r for r in results if "histogram" in r and r["loaded"] == loaded]
    if not rows:
        return
    most = max(r["cameras"] for r in rows)
    shape, axes = pyplot.subplots(figsize=(7, 4.5))
    for row in (r for r in rows if r["cameras"] == most):
        data = row["histogram"]
        share = [c / max(1, sum(data["counts"])) for c in data["counts"]]
        axes.stairs(share, data["edges"], label=rig.SUBJECTS[row["subject"]].title)
    axes.set_yscale("log")
    axes.set_xlabel("ms between packets")
    axes.set_ylabel(f"share, {most} cameras{', every core busy' if loaded else ''}")
    axes.grid(alpha=0.3)
    axes.legend()
    shape.savefig(path, dpi=120, bbox_inches="tight")
    pyplot.close(shape)


def draw(results, directory):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    for figure in ("cpu", "rss", "wakeups", "all-nodes"):
        plot_by_cameras(pyplot, results, figure, directory / f"{figure}.png")
    plot_intervals(pyplot, results, False, directory / "intervals.png")
    plot_intervals(pyplot, results, True, directory / "intervals-loaded.png")
    for measurement in MEASUREMENTS:
        if hasattr(measurement, "draw_plots"):
            measurement.draw_plots(pyplot, results, directory)


# -- does it measure? ----------------------------------------------------------------------------


def implausible(results):
    """What cannot be true of any machine: said of each result of a quick run, which is no
    judgement of how fast anything is."""
    subjects = {r["subject"] for r in results}
    for subject in subjects:
        figures = {r["figure"] for r in results if r["subject"] == subject}
        for missing in {"cpu", "rss", "threads", "wakeups", "packets", "interval-p50"} - figures:
            yield f"{subject}: no {missing}"
    for r in results:
        name, value = f"{r['subject']}: {r['what']}", r["value"]
        if value is None:
            yield f"{name}: {r['failed']}"
        elif r["figure"] == "packets" and not 45 < value < 55:
            yield f"{name}: {value} a second"
        elif r["figure"] == "interval-p50" and not 10 < value < 30:
            yield f"{name}: {value} ms"
        elif r["figure"] in ("cpu", "rss", "pss", "threads", "wakeups", "wakeup-price") and value <= 0:
            yield f"{name}: {value}"
        elif r["figure"] == "cpu" and value > 60:
            yield f"{name}: more than all there is"
        elif r["figure"].startswith(("cold-", "warm-")) and not -50 < value < 20000:
            yield f"{name}: {value} ms"


# -- the run -----------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__.split("\n")[0])
    parser.add_argument("--cameras", default="1,8,32,128", type=lambda text: [int(n) for n in text.split(",")],
                        help="how many, e.g. 1,8,32,128 (the default)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of one measurement (20)")
    parser.add_argument("--only", nargs="+", choices=[m.NAME for m in MEASUREMENTS], help="only these measurements")
    parser.add_argument("--subjects", nargs="+", choices=list(rig.SUBJECTS), help="only these")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="measure others, too")
    parser.add_argument("--loaded", action="store_true", help="also with a busy process per core")
    parser.add_argument("--json", type=pathlib.Path, help="write all results to this file")
    parser.add_argument("--plots", type=pathlib.Path, help="draw into this directory")
    parser.add_argument("--quick", action="store_true", help="two cameras, a second or two: does it measure at all?")
    options = parser.parse_args(namespace=Options())
    # what opening a session delayed is given back by playing faster: that is over by then
    options.settle = min(15.0, options.seconds)
    # an output that nobody uses is suspended after five seconds
    options.idle_settle = min(8.0, options.seconds)
    options.idle_seconds = min(10.0, options.seconds)
    options.only = options.only or [m.NAME for m in MEASUREMENTS if not options.quick or getattr(m, "QUICK", False)]
    if options.quick:
        options.subjects = options.subjects or ["ours", "gstreamer", "rtp-sink", "floor"]
        options.cameras, options.seconds, options.idle_seconds = [2], 1.5, 0.7
        options.settle = options.idle_settle = 0.5
    return options


def machine():
    """What the numbers were got on."""
    version = subprocess.run(["pipewire", "--version"], capture_output=True, text=True).stdout.split()
    return {"cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg(),
            "pipewire": version[-1] if version else "", "time": time.strftime("%Y-%m-%dT%H:%M:%S%z")}


def measured(measurement, bench, options):
    """One that fails keeps nobody else from being measured."""
    begin = time.monotonic()
    bench.say(f"{measurement.NAME} ...")
    try:
        with contextlib.redirect_stdout(sys.stderr):
            results = measurement.run(bench, options)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        results = [{"figure": measurement.NAME, "what": measurement.NAME, "unit": "", "subject": "ours", "cameras": 0,
                    "value": None, "failed": str(error)}]
        bench.say(f"  failed: {error}")
    for result in results:
        result.setdefault("loaded", False)
    bench.say(f"{measurement.NAME}: {time.monotonic() - begin:.0f} s")
    return results


def main():
    options = parse_arguments()
    if options.plots:
        options.plots.mkdir(parents=True, exist_ok=True)
    bench = rig.Rig(options)
    about, results, limits = machine(), [], []
    for measurement in MEASUREMENTS:
        if measurement.NAME in options.only:
            results += measured(measurement, bench, options)
            limits += getattr(measurement, "LIMITS", [])
    verdicts = list(judged(results, limits))
    print(f"PipeWire {about['pipewire']}, {about['cores']} cores; in parentheses: ours as a ratio to this one")
    print("\n".join(table_lines(results)))
    if verdicts:
        print("\n" + "\n".join(limit_line(v) for v in verdicts))
    if options.json:
        options.json.write_text(json.dumps({"machine": about, "results": results, "limits": verdicts}, indent=1) + "\n")
    if options.plots:
        draw(results, options.plots)
    wrong = list(implausible(results)) if options.quick else [r for r in results if r["value"] is None]
    for text in wrong:
        print(f"not plausible: {text}" if options.quick else f"failed: {text['subject']}: {text['failed']}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
