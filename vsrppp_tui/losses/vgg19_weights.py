"""The published VGG19 weights: from a file that was named, the `torch.hub` cache, or a download."""

from __future__ import annotations

import hashlib
import http.client
import os
import pickle
import urllib.request
from pathlib import Path

import torch
from torch import Tensor

from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.vgg19 import published_shapes

URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
FILE_NAME = "vgg19-dcbb9e9d.pth"
HASH_PREFIX = "dcbb9e9d"  # of the file's SHA-256, part of its published name
TIMEOUT_S = 10.0  # without an answer, for connecting and for each read
_CHUNK = 1 << 20

_REMEDIES = "Set VGG_WEIGHTS to a copy of the file, or PERCEPTUAL_WEIGHT=0 to train without the perceptual term"

Weights = dict[str, Tensor]


def load_vgg19_weights(named_file: str | None) -> tuple[Weights, tuple[str, ...]]:
    """Find the published weights, those of `Vgg19Features` alone, on the CPU.

    With `named_file` that file is read, its names and shapes checked. Without, the cache of
    `torch.hub` (shared with torchvision) is used if its hash is right, else the file is downloaded
    there. Returns the weights and notices for the user.

    Raises:
        UserError: no good file is to be had; names what was tried and the remedies.
    """
    if named_file is not None:
        return read_vgg19_weights(Path(named_file).expanduser()), ()
    cached = cache_path()
    damage = _damage(cached) if cached.is_file() else None
    notices: tuple[str, ...] = ()
    if not cached.is_file() or damage is not None:
        _download(cached, damage)
        if damage is not None:
            notices = (f"{damage} It was replaced by a fresh download.",)
    return read_vgg19_weights(cached), notices


def cache_path() -> Path:
    """Where `torch.hub` keeps the file."""
    return Path(torch.hub.get_dir()) / "checkpoints" / FILE_NAME


def read_vgg19_weights(path: Path) -> Weights:
    """Read a weights file of the published layout; other entries (the classifier) are left out.

    Raises:
        UserError: no such file, not a weights file, or a parameter is missing or of another shape.
    """
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(f"VGG_WEIGHTS: there is no file {path}. {_REMEDIES}.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}). {_REMEDIES}.") from None
    except (RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
        # Not torch's own words: they advise to read the file in a way that can execute it.
        raise UserError(f"{path} is damaged or not a file of weights. {_REMEDIES}.") from None
    return _checked(loaded, path)


def _checked(loaded: object, path: Path) -> Weights:
    entries = loaded if isinstance(loaded, dict) else {}
    weights: Weights = {}
    for name, shape in published_shapes().items():
        value = entries.get(name)
        if not isinstance(value, Tensor):
            raise UserError(f"{path} holds no {name}: it is not the published VGG19. {_REMEDIES}.")
        if tuple(value.shape) != shape:
            raise UserError(
                f"{path}: {name} has shape {list(value.shape)}, the published VGG19 has "
                f"{list(shape)}. {_REMEDIES}."
            )
        weights[name] = value
    return weights


def _damage(cached: Path) -> str | None:
    """What is wrong with the cached file, as a sentence; None if its hash is right."""
    try:
        with cached.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"The cached {cached} cannot be read ({error.strerror})."
    if digest.startswith(HASH_PREFIX):
        return None
    return (
        f"The cached {cached} is damaged (its SHA-256 begins with {digest[:8]}, not {HASH_PREFIX})."
    )


def _download(target: Path, damage: str | None) -> None:
    """Put the published file at `target`: complete and with the right hash, or not at all."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = _fetch(partial)
        if not digest.startswith(HASH_PREFIX):
            raise OSError(f"what arrived has another hash, {digest[:8]}")
        partial.replace(target)
    except (OSError, http.client.HTTPException) as error:
        before = f"{damage} " if damage else ""
        raise UserError(
            f"{before}The perceptual loss needs the VGG19 weights, and {URL} could not be "
            f"downloaded ({error}). {_REMEDIES}; or put the file at {target}."
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _fetch(path: Path) -> str:
    """Download into a file; returns the SHA-256 of what arrived."""
    digest = hashlib.sha256()
    request = urllib.request.Request(URL, headers={"User-Agent": "vsrppp"})
    answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    with answer as response, path.open("wb") as file:
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
