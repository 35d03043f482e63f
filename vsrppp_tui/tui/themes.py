"""The themes: dark, light, colour-blind, and the terminal's own 16 colours.

In the first three, text stands out from its ground by 4.5 to 1, and dim text, thin lines and single
dots by 3 to 1 at least (WCAG 2.1). The hues are those of Okabe and Ito, "Color Universal Design" (2008); `colour-blind` has them as
published, `dark` and `light` made lighter and darker.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Choice:
    """A theme, and in a few words what it is for."""

    theme: Theme
    meaning: str

    @property
    def name(self) -> str:
        """What the settings file calls it."""
        return self.theme.name


_DARK = Theme(
    name="dark",
    primary="#4C9BD6",
    secondary="#31608F",
    accent="#8CC8F0",
    success="#3CB89A",
    warning="#F0A030",
    error="#F07850",
    foreground="#D5DAE1",
    background="#0E1217",
    surface="#0E1217",
    panel="#1A212A",
    dark=True,
    variables={"frame": "#D5DAE1 25%"},
)

_LIGHT = Theme(
    name="light",
    primary="#0A63A8",
    secondary="#B5D5EF",
    accent="#00477F",
    success="#00694C",
    warning="#8A5000",
    error="#B2320A",
    foreground="#1B2129",
    background="#FBFBF9",
    surface="#FBFBF9",
    panel="#E8ECF0",
    dark=False,
    variables={"frame": "#1B2129 25%"},
)

# Sky blue, bluish green, yellow and vermillion: each also of another brightness, and errors on a
# ground of their own (themes.tcss), so that no pair rests on red against green.
_COLOUR_BLIND = Theme(
    name="colour-blind",
    primary="#56B4E9",
    secondary="#0072B2",
    accent="#A8DCFF",
    success="#009E73",
    warning="#F0E442",
    error="#D55E00",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#161616",
    dark=True,
    variables={"frame": "#FFFFFF 25%"},
)

# No colour of ours: ground and text are the terminal's, and what is dim is its dim.
_ANSI = Theme(
    name="ansi",
    primary="ansi_cyan",
    secondary="ansi_blue",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    ansi=True,
    variables={
        "frame": "ansi_bright_black",
        # For Textual's own widgets: the command palette and its input.
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_cyan",
        "border-blurred": "ansi_bright_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_cyan",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-foreground": "ansi_black",
        "input-selection-background": "ansi_yellow",
        "screen-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_yellow",
    },
)

THEMES = (
    Choice(_DARK, "Blue, green and orange on a dark ground"),
    Choice(_LIGHT, "The same meanings on a light ground"),
    Choice(_COLOUR_BLIND, "Okabe and Ito's colours on black, told apart by brightness too; errors "
           "stand on their own ground"),
    Choice(_ANSI, "The 16 colours and the ground of your own terminal"),
)  # fmt: skip
DEFAULT = _DARK.name
