"""The headings of the keys, their values that can be counted, and the entries of maps."""

from __future__ import annotations

from itertools import groupby

import pytest

from vsrppp_tui.config.edit import build_config, edit_config
from vsrppp_tui.config.key import Group
from vsrppp_tui.config.recipes import CONFIG_CLASSES
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.unified import UnifiedConfig
from vsrppp_tui.errors import UserError

CLASSES = pytest.mark.parametrize("kind", CONFIG_CLASSES.values(), ids=list(CONFIG_CLASSES))


@CLASSES
def test_each_key_stands_under_one_heading_and_headings_in_order(kind: type[RunConfig]) -> None:
    headings = [group for group, _ in groupby(info.group for info in kind.keys().values())]
    assert headings == [group for group in Group if group in headings]
    assert len(kind.keys()) == len(kind.model_fields)


@CLASSES
def test_files_keep_the_order_of_the_declarations(kind: type[RunConfig]) -> None:
    recipe = {"RECIPE": kind.keys()["RECIPE"].default}
    if kind is UnifiedConfig:
        recipe["MODEL.base_channels"] = 16
    names = list(build_config(recipe).to_file())
    assert names == [kind.key_of(attribute) for attribute in kind.model_fields]


def test_the_learning_rate_is_found_under_its_heading_in_every_recipe() -> None:
    for kind in CONFIG_CLASSES.values():
        names = [n for n, info in kind.keys().items() if info.group is Group.LEARNING_RATE]
        assert kind.key_of("max_steps") in names
        assert any("lr" in name.lower() or "rate" in name for name in names)


def test_values_that_can_be_counted_are_named() -> None:
    keys = UnifiedConfig.keys()
    assert keys["ADAPTIVE"].choices == (False, True)
    assert keys["PRECISION"].choices == ("auto", "bf16", "fp16", "fp32")
    assert keys["TRAINING.batch_size"].choices == ()


def test_an_entry_of_a_map_is_described_as_one_value() -> None:
    info = UnifiedConfig.keys()["TRAINING.batch_size"]
    assert info.is_map and not UnifiedConfig.keys()["TRAINING.total_steps"].is_map
    entry = info.entry("small_540")
    assert entry.name == "TRAINING.batch_size.small_540"
    assert entry.allowed == "a whole number from 1 to 1,024" and not entry.is_map
    assert (entry.default, entry.unit, entry.group) == (4, "samples", info.group)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"small_540": 0}, r"TRAINING\.batch_size\.small_540 = 0 "),
        (0, r"TRAINING\.batch_size = 0 "),
    ],
)
def test_a_wrong_value_of_a_map_is_named_as_it_is_written(value: object, named: str) -> None:
    config = build_config({"RECIPE": "vsrpp", "MODEL": {"base_channels": 16}})
    with pytest.raises(UserError, match=named + "is not allowed"):
        edit_config(config, {"TRAINING.batch_size": value})
