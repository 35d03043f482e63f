"""The networks that can be exported and applied: how each is told, and built again, from a file.

A new network is one class here and one entry in `ARCHITECTURES`.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Generic, TypeVar

from torch import Tensor

from vsrppp_tui.errors import UserError
from vsrppp_tui.models import rrdb_spec
from vsrppp_tui.models.bidirectional import VSRBidirectional_3x
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.rrdb import RRDBNet
from vsrppp_tui.models.vsrppp import VsrpppNetwork
from vsrppp_tui.models.weights_file import WeightsFile

_N = TypeVar("_N", bound=Network)


class Architecture(abc.ABC, Generic[_N]):
    """One kind of network.

    Attributes:
        name: as it stands under "architecture" in a file's metadata.
        network: the class.
        signature: names of tensors that no other kind has together.
    """

    name: str
    network: type[_N]
    signature: tuple[str, ...]

    @abc.abstractmethod
    def sizes(self, network: _N) -> dict[str, str]:
        """What `build` must know and the tensors do not tell, and what helps a reader."""

    @abc.abstractmethod
    def build(self, file: WeightsFile) -> _N:
        """A network of the file's dimensions on the CPU; its weights are not loaded yet.

        Raises:
            UserError: the file does not tell them, or contradicts itself.
        """

    @abc.abstractmethod
    def reach(self, network: _N) -> int:
        """Radius of the receptive field: input pixels farther from an output pixel than so many do not
        change it."""


class _TriplePlus(Architecture[VsrpppNetwork]):
    name = "VSRTriplePlus_3x"
    network = VsrpppNetwork
    signature = ("feat_extract.weight", "back_fusion.weight", "temp_weight")

    def sizes(self, network: VsrpppNetwork) -> dict[str, str]:
        return {
            "n_feats": str(network.feat_extract.out_channels),
            "n_blocks": str(len(network.blocks)),
        }

    def build(self, file: WeightsFile) -> VsrpppNetwork:
        n_feats = file.weights["feat_extract.weight"].shape[0]
        return VsrpppNetwork(n_feats, 2 * _blocks(file.weights, "backward_trunk.{}.conv.0.weight"))

    def reach(self, network: VsrpppNetwork) -> int:
        # feat_extract, a trunk, fusion and upsample.0 at the input's size; upsample.2 at three times it.
        return 1 + 2 * len(network.backward_trunk) + 1 + 1 + 1


class _Bidirectional(Architecture[VSRBidirectional_3x]):
    name = "VSRBidirectional_3x"
    network = VSRBidirectional_3x
    signature = ("feat_extract.weight", "backward_trunk.0.conv1.weight")

    def sizes(self, network: VSRBidirectional_3x) -> dict[str, str]:
        block = network.backward_trunk[0]
        return {
            "n_feats": str(network.feat_extract.out_channels),
            "n_blocks": str(2 * len(network.backward_trunk)),
            "res_scale": str(block.res_scale),
            "lrelu_slope": str(block.lrelu_slope),
        }

    def build(self, file: WeightsFile) -> VSRBidirectional_3x:
        try:
            res_scale = float(file.metadata["res_scale"])
            lrelu_slope = float(file.metadata["lrelu_slope"])
            frames = int(file.metadata["frames"])
        except (KeyError, ValueError):
            raise UserError(
                f"{file.path} holds a VSR++ network, but not for how many frames and with which numbers "
                "in its blocks: take the run's checkpoint, or an export of it by this program."
            ) from None
        return VSRBidirectional_3x(
            file.weights["feat_extract.weight"].shape[0],
            2 * _blocks(file.weights, "backward_trunk.{}.conv1.weight"),
            frames=frames,
            res_scale=res_scale,
            lrelu_slope=lrelu_slope,
        )

    def reach(self, network: VSRBidirectional_3x) -> int:
        # As above, without the fusion's 3x3, and a trunk for every frame on the way to the last one.
        return 1 + 2 * len(network.backward_trunk) * network.centre + 1 + 1


class _RRDB(Architecture[RRDBNet]):
    name = rrdb_spec.ARCHITECTURE
    network = RRDBNet
    signature = rrdb_spec.SIGNATURE

    def sizes(self, network: RRDBNet) -> dict[str, str]:
        return rrdb_spec.spec_of(network).metadata()

    def build(self, file: WeightsFile) -> RRDBNet:
        return rrdb_spec.read_spec(file).build()

    def reach(self, network: RRDBNet) -> int:
        # conv_first, fifteen convolutions a block, conv_body; then 1 at each doubled size, two at the
        # last, in all less than 2 of the trunk's pixels, which for x2 are two of the input's.
        trunk = 1 + 15 * network.num_block + 1 + 2
        return 2 * trunk if network.scale == 2 else trunk


ARCHITECTURES: tuple[Architecture[Network], ...] = (_TriplePlus(), _Bidirectional(), _RRDB())  # type: ignore[assignment]


def architecture_of(network: Network) -> Architecture[Network]:
    """The kind of a network."""
    return next(kind for kind in ARCHITECTURES if isinstance(network, kind.network))


def architecture_in(file: WeightsFile) -> Architecture[Network]:
    """The kind of network that a file's tensors belong to.

    Raises:
        UserError: none that is known here; names what it is, where that is known.
    """
    for kind in ARCHITECTURES:
        if set(kind.signature) <= file.weights.keys():
            return kind
    raise UserError(
        f"{file.path} is of {rrdb_spec.name_architecture(file.weights)}: only VSR+++, VSR++ and RRDB "
        "networks can be used here."
    )


def _blocks(weights: Mapping[str, Tensor], pattern: str) -> int:
    """How many blocks in a row, from number 0 on, a trunk has."""
    number = 0
    while pattern.format(number) in weights:
        number += 1
    return number
