"""YAML as people write it: ``1e-4`` is a number, which YAML 1.1 takes for a text."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """The safe loader; the resolver below is its own."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def load_yaml(text: str) -> Any:
    """The plain value of a YAML text.

    Raises:
        yaml.YAMLError, ValueError: it is not YAML, or a date that does not exist.
    """
    return yaml.load(text, Loader=_Loader)  # a SafeLoader: plain values alone
