"""The user's own settings: theme, mouse, keys. They belong to the person, not to a run.

The file is ``$XDG_CONFIG_HOME/vsrppp/settings.json`` (by default in ``~/.config``), with // comments as
the configuration has them. Without a file every setting has its default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from vsrppp_tui.errors import UserError
from vsrppp_tui.tui.keys import Keys

Theme = Literal["dark", "light", "colour-blind", "ansi"]
Mouse = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file can say."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    theme: Theme = "dark"
    mouse: Mouse = "auto"  # on, but not over SSH, where its motion costs bytes
    keys: Mapping[str, str] = field(default_factory=dict)  # by the names of docs/keys.md

    def wants_mouse(self, environment: Mapping[str, str]) -> bool:
        """Whether the program takes the mouse from the terminal."""
        if self.mouse == "auto":
            return "SSH_CONNECTION" not in environment and "SSH_TTY" not in environment
        return self.mouse == "on"


@dataclass(frozen=True, slots=True)
class UserSettings:
    """The settings in force, and the file that they are kept in."""

    path: Path
    values: Settings = field(default_factory=Settings)
    bound: Keys = field(default_factory=Keys)

    def remember_theme(self, theme: str) -> None:
        """Write the theme into the file, which is made where it is missing.

        Raises:
            UserError: the file cannot be read or written.
        """
        from vsrppp_tui.config.rewrite import rewrite

        path = self.path.resolve()  # a link to a file kept elsewhere stays a link
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("{\n}\n")
            rewrite(path, {"theme": theme})
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def settings_path(environment: Mapping[str, str] | None = None) -> Path:
    """Where the settings are kept; the XDG base directory specification ignores relative paths."""
    environment = os.environ if environment is None else environment
    base = Path(environment.get("XDG_CONFIG_HOME", ""))
    if not base.is_absolute():
        base = Path(environment.get("HOME", "~")).expanduser() / ".config"
    return base / "vsrppp" / "settings.json"


def load_settings(path: Path | None = None) -> UserSettings:
    """Read the settings, or take the defaults where there is no file.

    Raises:
        UserError: the file is broken, names something unknown, or binds a key twice.
    """
    path = path or settings_path()
    if not path.exists():  # the usual case costs no import
        return UserSettings(path)
    from vsrppp_tui.config.read import read_values

    values = _settings(read_values(path), path)
    try:
        return UserSettings(path, values, Keys(values.keys))
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _settings(values: Mapping[str, Any], path: Path) -> Settings:
    from pydantic import TypeAdapter, ValidationError

    keys = {name[5:]: value for name, value in values.items() if name.startswith("keys.")}
    plain = {name: value for name, value in values.items() if not name.startswith("keys.")}
    try:
        return TypeAdapter(Settings).validate_python({"keys": keys, **plain})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{path}: {name!r}: {first['msg']}.") from error
