"""From a file of weights to a network that is ready: checkpoints, exports, files of other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui import __version__
from vsrppp_tui.config.shared import FoldingConfig
from vsrppp_tui.deploy.architectures import architecture_in, architecture_of
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.models.weights_file import WeightsFile, read_weights
from vsrppp_tui.training.checkpoint import Loaded, load_file, load_weights
from vsrppp_tui.training.checkpoint_tag import read_tag


@dataclass(frozen=True, slots=True)
class ReadyNetwork:
    """A network with its weights on the CPU, for forwards alone, and what is known of it.

    Attributes:
        metadata: texts by name, as they stand in an export.
    """

    path: Path
    network: Network
    metadata: dict[str, str]

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        frames = f", {self.network.frames} frames" if self.network.frames > 1 else ""
        step = f", step {self.metadata['step']}" if "step" in self.metadata else ""
        return f"{self.metadata['architecture']} x{self.network.scale}{frames}{step}"


def open_network(path: Path) -> ReadyNetwork:
    """Open a checkpoint of a run (its EMA where it keeps one), an export, or an RRDB file.

    Raises:
        UserError: no such file, damaged, program code in it, or another architecture, which is named.
    """
    if path.suffix == ".onnx":
        raise UserError(
            f"{path} is an ONNX export, for other programs: name the .pth or .safetensors file."
        )
    ready = _from_run(path) if _is_of_a_run(path) else _from_weights(path)
    ready.network.requires_grad_(False).eval()
    return ready


def is_checkpoint(path: Path) -> bool:
    """Whether there is a checkpoint of a run of this program at `path`."""
    return path.is_file() and read_tag(path) is not None


def _is_of_a_run(path: Path) -> bool:
    try:
        return is_checkpoint(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).") from None


def _from_run(path: Path) -> ReadyNetwork:
    loaded: Loaded = load_file(path)
    config = loaded.config
    if isinstance(config, FoldingConfig):  # others get the layers that the weights are named after
        config = config.model_copy(update={"folds": False})
    network = build_network(config)
    ema = loaded.state.get("ema_state_dict")
    load_weights(network, ema or loaded.state["model_state_dict"], path, config)
    told = {"recipe": config.recipe, "step": str(loaded.step), "weights": "EMA" if ema else "last"}
    return ReadyNetwork(path, network, describe(network) | told)


def _from_weights(path: Path) -> ReadyNetwork:
    file = read_weights(path)
    kind = architecture_in(file)
    network = kind.build(file)
    _load(network, file)
    return ReadyNetwork(path, network, file.metadata | describe(network))


def _load(network: Network, file: WeightsFile) -> None:
    """Load every tensor, widened to float32 where it is stored in less."""
    try:
        network.load_state_dict({name: w.float() for name, w in file.weights.items()})
    except RuntimeError as error:
        first = str(error).splitlines()[1].strip()
        raise UserError(f"{file.path} does not fit together: {first}") from error


def describe(network: Network) -> dict[str, str]:
    """What is known of a network without its run: the metadata of every export."""
    kind = architecture_of(network)
    return {
        "program": f"vsrppp-tui {__version__}",
        "architecture": kind.name,
        "scale": str(network.scale),
        "frames": str(network.frames),
        **kind.sizes(network),
    }
