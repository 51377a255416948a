#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Quirk by quirk: the sound is heard, or the exact state and sentence appear."""
import quirk_rows
import table
from desktop import Desktop
from tap import check, main, table_test, test, wait_for


def rows(groups):
    return [row for group in groups for row in group.rows]


def register(name, rows, over=None):
    @table_test(table.names(rows, over))
    def test():
        return table.run_table(rows, over)
    test.__name__ = name


for _over in ("tcp", "udp", "tls", "http", "https", "http at rtsp", "auto"):
    register(f"over_{_over}", rows(quirk_rows.PLAYS), _over)
register("refused", rows(quirk_rows.REFUSES))
register("kept_alive", rows(quirk_rows.KEEPS))
register("asked", rows(quirk_rows.ASKED))


@test
def a_camera_that_talks_once_says_so_then():
    """Amcrest's AD410 gives its speaker to nobody after the first session, until it boots."""
    with Desktop(pulse=False) as desktop:
        batch = table.Batch(desktop, [(table.Row("talk-once", ("talk-once",)), "tcp")])
        batch.open()
        batch.wait_settled(15)
        seat = batch.seats[0]
        batch.play()
        seat.camera.wait_stat("teardowns", 1, 12)
        batch.play(30.0)
        wait_for(lambda: batch.look() or seat.node.get("onvif.state") == "busy", 8, "state busy")
        check(seat.node["onvif.error"] == quirk_rows.IN_USE, seat.node["onvif.error"])
        seat.camera.command("reboot 1")
        seat.camera.command("reset")
        seat.camera.wait_stat("rtp_packets", 20, 15)


main()
