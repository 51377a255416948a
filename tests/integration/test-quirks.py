#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Quirk by quirk: the sound is heard, or the exact state and sentence appear."""
import quirk_rows
import table
from tap import main, table_test


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
main()
