from __future__ import annotations

import pytest
import torch

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.registry import build_network

SMALL = {"N_FEATS": 4, "N_BLOCKS": 4}


def test_the_configuration_decides_the_size() -> None:
    network = build_network(build_config(SMALL))
    assert isinstance(network, Network)
    assert len(network.blocks) == len(network.get_layer_activity()) == 4
    assert network.state_dict()["feat_extract.weight"].shape[0] == 4


def test_the_same_seed_gives_the_same_weights() -> None:
    digests = []
    for _ in range(2):
        torch.manual_seed(7)
        network = build_network(build_config(SMALL))
        digests.append(torch.cat([p.detach().flatten() for p in network.parameters()]))
    assert torch.equal(*digests)


def test_a_recipe_without_a_network_is_named() -> None:
    with pytest.raises(UserError, match="painting"):
        build_network(VsrpppConfig.model_construct(recipe="painting"))
