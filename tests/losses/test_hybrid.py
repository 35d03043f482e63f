from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.hybrid import HybridLoss
from vsrppp_tui.losses.registry import build_loss

CPU = torch.device("cpu")


def hybrid(**values: Any) -> HybridLoss:
    loss = build_loss(build_config({"RECIPE": "vsrpp", **values}), CPU)
    assert isinstance(loss, HybridLoss)
    return loss


def numbers(terms: Mapping[str, Tensor]) -> dict[str, float]:
    return {name: value.item() for name, value in terms.items()}


def image(rows: list[list[float]]) -> Tensor:
    """A grey image, [1, 3, H, W]."""
    return torch.tensor(rows).expand(1, 3, -1, -1).clone()


@pytest.fixture
def images() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(2, 3, 33, 48, generator=generator)
    return target + 0.1 * torch.randn(2, 3, 33, 48, generator=generator), target


def test_the_terms_of_a_case_computed_by_hand() -> None:
    target = image([[0.0, 1.0], [0.0, 0.0]])
    pred = image([[0.5, 0.5], [0.0, 0.2]])
    terms = numbers(hybrid()(pred, target))
    # Pixels differ by 0.5, 0.5, 0, 0.2; their means by 0.3 - 0.25. Horizontal steps are 0 and 0.2
    # against 1 and 0, vertical ones 0.5 and 0.3 against 0 and 1.
    assert terms["L1"] == pytest.approx(0.3)
    assert terms["MS"] == pytest.approx(0.05)
    assert terms["Grad"] == pytest.approx((0.6 + 0.6) / 2)
    assert terms["Total"] == pytest.approx(0.6 * 0.3 + 0.2 * 0.05 + 0.2 * 0.6)
    assert terms["Sharpness"] == pytest.approx((0.2 + 0.8) / (1.0 + 1.0), rel=1e-3)


def test_names_and_measures_are_what_comes_back(images: tuple[Tensor, Tensor]) -> None:
    loss = hybrid()
    terms = loss(*images)
    assert loss.names == ("L1", "MS", "Grad", "Total")
    assert loss.measures == ("Sharpness",)
    assert tuple(terms) == (*loss.names, *loss.measures)
    assert all((term.dtype, term.shape) == (torch.float32, ()) for term in terms.values())
    assert len(loss.state_dict()) == 0


def test_the_terms_are_those_of_their_definitions(images: tuple[Tensor, Tensor]) -> None:
    pred, target = images
    terms = hybrid()(pred, target)
    torch.testing.assert_close(terms["L1"], F.l1_loss(pred, target))
    halves = F.avg_pool2d(pred, 2), F.avg_pool2d(target, 2)
    torch.testing.assert_close(terms["MS"], F.l1_loss(*halves))
    wide = [(x[..., 1:] - x[..., :-1]).abs() for x in images]
    high = [(x[:, :, 1:] - x[:, :, :-1]).abs() for x in images]
    torch.testing.assert_close(terms["Grad"], (F.l1_loss(*wide) + F.l1_loss(*high)) / 2)


def test_the_weights_of_the_start_are_scaled_to_a_sum_of_one() -> None:
    assert hybrid().weights == (0.6, 0.2, 0.2)
    weights = hybrid(L1_WEIGHT=0.5, MS_WEIGHT=0.25, GRAD_WEIGHT=0.25).weights
    assert weights == (0.5, 0.25, 0.25)
    doubled = hybrid(L1_WEIGHT=1.0, MS_WEIGHT=0.5, GRAD_WEIGHT=0.5).weights
    assert doubled == (0.5, 0.25, 0.25)


def test_weights_are_set_from_outside_and_stay_on_an_edit(images: tuple[Tensor, Tensor]) -> None:
    loss = hybrid()
    loss.set_weights(0.3, 0.2, 0.5)
    loss.configure(build_config({"RECIPE": "vsrpp"}))
    terms = loss(*images)
    expected = 0.3 * terms["L1"] + 0.2 * terms["MS"] + 0.5 * terms["Grad"]
    torch.testing.assert_close(terms["Total"], expected)


def test_identical_images_have_no_loss_and_the_same_sharpness(
    images: tuple[Tensor, Tensor],
) -> None:
    terms = numbers(hybrid()(images[1], images[1]))
    assert terms.pop("Sharpness") == 1.0
    assert set(terms.values()) == {0.0}


def test_sharpness_is_the_mean_over_the_images_and_low_where_they_are_blurred(
    images: tuple[Tensor, Tensor],
) -> None:
    target = images[1]
    blurred = F.avg_pool2d(target, 3, stride=1, padding=1, count_include_pad=False)
    loss = hybrid()
    alone = [loss(blurred[i : i + 1], target[i : i + 1])["Sharpness"].item() for i in range(2)]
    assert max(alone) < 0.5
    assert loss(blurred, target)["Sharpness"].item() == pytest.approx(sum(alone) / 2)
    halved = target.mean((2, 3), keepdim=True).lerp(target, 0.5)
    assert loss(halved, target)["Sharpness"].item() == pytest.approx(0.5, rel=1e-3)


def test_a_flat_target_leaves_the_sharpness_finite() -> None:
    loss = hybrid()
    flat = torch.full((1, 3, 8, 8), 0.5)
    noise = flat + 0.01 * torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert loss(flat, flat)["Sharpness"].item() == 1.0
    assert loss(noise, flat)["Sharpness"].item() == 2.0
    rich = torch.rand(1, 3, 8, 8)
    assert loss(torch.cat((noise, rich)), torch.cat((flat, rich)))["Sharpness"].item() == 1.5


def test_the_measure_has_no_gradient_and_every_image_has_one(
    images: tuple[Tensor, Tensor],
) -> None:
    pred = images[0].requires_grad_()
    terms = hybrid()(pred, images[1])
    assert not terms["Sharpness"].requires_grad
    terms["Total"].backward()
    assert pred.grad is not None
    assert (pred.grad.abs().amax((1, 2, 3)) > 0).all()


def test_a_prediction_that_is_not_finite_shows_in_every_term(images: tuple[Tensor, Tensor]) -> None:
    images[0][0, 0, 0, 0] = torch.nan
    assert all(value.isnan() for value in hybrid()(*images).values())


def test_bf16_predictions_are_compared_in_float32(images: tuple[Tensor, Tensor]) -> None:
    expected = numbers(hybrid()(*images))
    terms = numbers(hybrid()(images[0].bfloat16(), images[1]))
    assert terms == pytest.approx(expected, rel=0.01)


def test_the_perceptual_term_is_added_where_it_has_a_weight(
    vgg_file: Path, images: tuple[Tensor, Tensor]
) -> None:
    loss = hybrid(PERCEPTUAL_WEIGHT=0.1, VGG_WEIGHTS=str(vgg_file))
    assert loss.names == ("L1", "MS", "Grad", "Perceptual", "Total")
    terms = loss(*images)
    assert tuple(terms) == (*loss.names, "Sharpness")
    pixels = 0.6 * terms["L1"] + 0.2 * terms["MS"] + 0.2 * terms["Grad"]
    torch.testing.assert_close(terms["Total"], pixels + 0.1 * terms["Perceptual"])
    loss.configure(build_config({"RECIPE": "vsrpp", "PERCEPTUAL_WEIGHT": 0}))
    off = loss(*images)
    assert off["Perceptual"].item() == 0.0
    torch.testing.assert_close(off["Total"], pixels)


def test_the_perceptual_term_cannot_come_later() -> None:
    loss = hybrid()
    with pytest.raises(UserError, match=r"PERCEPTUAL_WEIGHT = 0\.1 needs a restart"):
        loss.configure(build_config({"RECIPE": "vsrpp", "PERCEPTUAL_WEIGHT": 0.1}))
