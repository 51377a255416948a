# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A strict ONVIF camera with a loudspeaker, for tests. Shares no code with the module."""
