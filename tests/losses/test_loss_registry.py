from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.losses.registry import build_loss

CPU = torch.device("cpu")


def config(weight: float, file: Path | None = None) -> RunConfig:
    name = None if file is None else str(file)
    return build_config({"PERCEPTUAL_WEIGHT": weight, "VGG_WEIGHTS": name})


@pytest.fixture(scope="module")
def loaded(vgg_file: Path) -> Loss:
    return build_loss(config(0.1, vgg_file), CPU)


@pytest.fixture
def loss(loaded: Loss, vgg_file: Path) -> Loss:
    loaded.configure(config(0.1, vgg_file))
    return loaded


@pytest.fixture
def images() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(2, 3, 32, 48, generator=generator)
    return target + 0.1 * torch.randn(2, 3, 32, 48, generator=generator), target


def vgg_distance(state: dict[str, Tensor], pred: Tensor, target: Tensor) -> Tensor:
    """The perceptual term written out with the weights of the file."""
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)

    def features(x: Tensor) -> Tensor:
        x = (x - mean) / std
        for index in range(36):
            if f"features.{index}.weight" in state:
                weight, bias = (state[f"features.{index}.{kind}"] for kind in ("weight", "bias"))
                x = F.relu(F.conv2d(x, weight, bias, padding=1))
            elif index in (4, 9, 18, 27):
                x = F.max_pool2d(x, 2)
        return x

    return (features(pred) - features(target)).abs().mean()


def test_weight_zero_leaves_out_the_term_and_its_network(images: tuple[Tensor, Tensor]) -> None:
    loss = build_loss(config(0.0), CPU)
    terms = loss(*images)
    assert loss.names == tuple(terms) == ("L1", "Total")
    assert len(loss.state_dict()) == 0
    assert terms["Total"].item() == pytest.approx((images[0] - images[1]).abs().mean().item())


def test_the_total_is_l1_and_the_weighted_perceptual_term(
    loss: Loss, vgg_state: dict[str, Tensor], images: tuple[Tensor, Tensor]
) -> None:
    terms = loss(*images)
    l1, perceptual = (images[0] - images[1]).abs().mean(), vgg_distance(vgg_state, *images)
    assert loss.names == tuple(terms) == ("L1", "Perceptual", "Total")
    torch.testing.assert_close(terms["L1"], l1)
    torch.testing.assert_close(terms["Perceptual"], perceptual, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(terms["Total"], l1 + 0.1 * perceptual, rtol=1e-4, atol=1e-6)


def test_the_gradient_reaches_the_prediction_alone(
    loss: Loss, images: tuple[Tensor, Tensor]
) -> None:
    pred = (images[0] + 1.0).requires_grad_()  # outside [0, 1], where a clamp would stop it
    target = images[1].clone().requires_grad_()
    loss(pred, target)["Perceptual"].backward()
    assert pred.grad is not None
    assert (pred.grad.abs().amax((1, 2, 3)) > 0).all()
    assert target.grad is None
    assert not any(parameter.requires_grad for parameter in loss.parameters())


def test_identical_images_have_no_loss(loss: Loss, images: tuple[Tensor, Tensor]) -> None:
    assert all(term.item() == 0.0 for term in loss(images[1], images[1]).values())


def test_under_autocast_the_terms_are_float32_and_close(
    loss: Loss, images: tuple[Tensor, Tensor]
) -> None:
    expected = loss(*images)
    with torch.autocast("cpu", torch.bfloat16):
        terms = loss(*images)
    for name, term in terms.items():
        assert (term.dtype, term.shape) == (torch.float32, ())
        assert term.item() == pytest.approx(expected[name].item(), rel=0.05)


def test_training_mode_does_not_change_the_network(
    loss: Loss, images: tuple[Tensor, Tensor]
) -> None:
    loss.train()
    assert not any(module.training for name, module in loss.named_modules() if "vgg" in name)


def test_a_live_weight_applies_to_the_next_step(
    loss: Loss, vgg_file: Path, images: tuple[Tensor, Tensor]
) -> None:
    loss.configure(config(0.5, vgg_file))
    terms = loss(*images)
    torch.testing.assert_close(terms["Total"], terms["L1"] + 0.5 * terms["Perceptual"])


def test_weight_zero_live_keeps_the_term_at_zero_without_its_cost(
    loss: Loss, vgg_file: Path, images: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    loss.configure(config(0.0, vgg_file))
    monkeypatch.setattr(loss.perceptual, "forward", None)  # calling it would raise
    terms = loss(*images)
    assert tuple(terms) == loss.names
    assert terms["Perceptual"].item() == 0.0
    assert terms["Total"].item() == terms["L1"].item()


def test_a_positive_weight_needs_a_restart_where_vgg_was_never_loaded(vgg_file: Path) -> None:
    loss = build_loss(config(0.0), CPU)
    with pytest.raises(UserError, match=r"PERCEPTUAL_WEIGHT = 0\.1 needs a restart"):
        loss.configure(config(0.1, vgg_file))
    loss.configure(config(0.0))


def test_a_recipe_without_a_loss_is_named() -> None:
    with pytest.raises(UserError, match="painting"):
        build_loss(VsrpppConfig.model_construct(recipe="painting"), CPU)
