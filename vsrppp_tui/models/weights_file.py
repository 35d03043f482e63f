"""Reading the weights of a network from a file of any program: plain tensors and texts, nothing else.

Nothing in a file is ever executed: ``.pth`` is read with ``weights_only=True``, ``.safetensors`` can
hold nothing but tensors.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vsrppp_tui.errors import UserError
from vsrppp_tui.models.rrdb_names import present_names

SAFETENSORS = ".safetensors"
EMA = "params_ema"
METADATA = "metadata"
"""Under `EMA` stand the tensors of a file of this program, under `METADATA` its texts by name."""

# Where programs keep the weights within their files; the first that is there is taken, and averaged
# weights are better than the last ones.
_PLACES = (EMA, "ema_state_dict", "params", "model_state_dict", "state_dict")
# How torch names what a file wants to call.
_FORBIDDEN = re.compile(r"unsupported (?:global|class)\W+(?:GLOBAL )?([\w.]+)", re.IGNORECASE)
# In front of names: what torch.compile, and the wrappers for several devices, leave there.
_PREFIX = re.compile(r"^(_orig_mod\.|module\.)+")


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """Tensors by name, and the texts that stand beside them.

    The names are those of today, without the prefixes of wrappers; see also `rrdb_names`.
    """

    path: Path
    weights: dict[str, Tensor]
    metadata: dict[str, str] = field(default_factory=dict)


def read_weights(path: Path) -> WeightsFile:
    """Read a ``.pth`` or ``.safetensors`` file to the CPU.

    Raises:
        UserError: no such file, damaged, no weights in it, or more than plain data, which is refused
            unread.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    if path.suffix == SAFETENSORS:
        return _read_safetensors(path)
    state = _load(path)
    weights = _find(state)
    if weights is None:
        raise UserError(f"{path} holds no weights of a network: name a checkpoint or an export.")
    return WeightsFile(path, present_names(strip_prefixes(weights)), _texts(state))


def strip_prefixes(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors without ``_orig_mod.`` and ``module.`` in front of their names."""
    return {_PREFIX.sub("", name): tensor for name, tensor in weights.items()}


def _load(path: Path) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # of the notation of foreign files
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if (name := _FORBIDDEN.search(str(error))) is not None:
            raise UserError(
                f"{path} is refused: it wants to call {name[1]}, of which nothing was executed. "
                "Save the state dict alone and name that file."
            ) from error
        raise _damaged(path) from error
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from None
    except Exception as error:
        raise _damaged(path) from error


def _read_safetensors(path: Path) -> WeightsFile:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = dict(file.metadata() or {})
    except SafetensorError as error:
        raise _damaged(path) from error
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from None
    if not weights:
        raise UserError(f"{path} holds no weights of a network: name a checkpoint or an export.")
    return WeightsFile(path, present_names(strip_prefixes(weights)), metadata)


def _damaged(path: Path) -> UserError:
    return UserError(f"{path} is damaged or not a file of weights: name another one.")


def _find(state: Any) -> Mapping[str, Tensor] | None:
    """The mapping of nothing but tensors, the file itself or in one of the usual places."""
    if not isinstance(state, Mapping):
        return None
    for candidate in (*(state.get(place) for place in _PLACES), state):
        if isinstance(candidate, Mapping) and _is_weights(candidate):
            return candidate
    return None


def _is_weights(candidate: Mapping[Any, Any]) -> bool:
    return bool(candidate) and all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in candidate.items()
    )


def _texts(state: Mapping[str, Any]) -> dict[str, str]:
    texts = state.get(METADATA)
    if not isinstance(texts, Mapping):
        return {}
    return {name: text for name, text in texts.items() if isinstance(text, str)}
