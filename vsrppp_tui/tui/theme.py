"""The dashboard's own theme: blue and orange on dark, told apart by colour-blind eyes as well.

The hues are those of Okabe and Ito, "Color Universal Design" (2008), lightened for a dark ground.
"""

from __future__ import annotations

from textual.theme import Theme

DASHBOARD_THEME = Theme(
    name="dark",
    primary="#4C9BD6",
    secondary="#3A6EA5",
    accent="#8CC8F0",
    success="#3CB89A",
    warning="#F0A030",
    error="#F07850",
    foreground="#D5DAE1",
    background="#0E1217",
    surface="#0E1217",
    panel="#1A212A",
    dark=True,
)
