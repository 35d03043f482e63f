"""One list of keys feeds bindings, footer, help, palette and docs; the user's settings bind others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.keys import _character_to_key

from tests.tui.driving import Driver, drive, make_app, screen_text
from tests.tui.recorded import FakeLink, snapshot
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import Pause
from vsrppp_tui.tui.action_list import (
    APP,
    BLOCKS,
    DASHBOARD,
    GROUPS,
    HELP,
    PICTURES,
    PLOT,
    document,
)
from vsrppp_tui.tui.actions import Group
from vsrppp_tui.tui.key_names import shown_key, textual_key
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.screens.help import help_rows
from vsrppp_tui.tui.settings import Settings, UserSettings, load_settings, settings_path
from vsrppp_tui.tui.widgets.footer import ARROWS, footer_row, key_at
from vsrppp_tui.tui.widgets.rows import RowWidget, row_width

DOCS = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_docs_are_the_list() -> None:
    assert DOCS.read_text() == document(), "python -m vsrppp_tui.tui.action_list > docs/keys.md"


def test_names_are_unique_and_no_key_does_two_things_on_a_screen() -> None:
    names = [action.name for group in GROUPS for action in group.actions]
    assert len(names) == len(set(names))
    Keys()  # refuses clashes


def test_the_plot_has_the_same_keys_on_both_of_its_screens() -> None:
    for what in ("scale", "smooth", "window", "help"):
        keys = [Keys().all_shown(f"{screen}.{what}") for screen in ("dashboard", "plot")]
        assert keys[0] == keys[1], what


@pytest.mark.parametrize("width", [20, 77, 117, 157, 247])
def test_the_help_says_all_in_any_width(width: int) -> None:
    rows = help_rows(Keys(), DASHBOARD, width)
    assert all(row_width(row) <= max(width, 36) for row in rows)
    text = "\n".join("".join(piece for piece, _ in row) for row in rows)
    assert all(
        f"Keys: {group.title}" in text
        for group in GROUPS
        if not group.question and group is not HELP
    )
    assert (
        text.index("Keys: Dashboard")
        < text.index("What the marks mean")
        < text.index("Keys: Metrics")
    )


def test_the_help_takes_columns_where_there_is_width() -> None:
    heights = [len(help_rows(Keys(), DASHBOARD, width)) for width in (117, 157, 247)]
    assert heights[1] < 0.7 * heights[0] and heights[2] < 0.45 * heights[0]
    assert heights[2] <= 76, "all of it at 250x80"


def test_keys_are_shown_as_people_know_them() -> None:
    assert [shown_key(key) for key in ("p", "N", "question_mark", "ctrl+p", "pageup", "f5")] == [
        "P",
        "Shift+N",
        "?",
        "Ctrl+P",
        "PgUp",
        "F5",
    ]


def test_another_key_does_it_and_is_shown_everywhere() -> None:
    bound = Keys({"dashboard.pause": "f5", "dashboard.help": "h,?"})
    link = FakeLink(snapshot(500))
    app = make_app(link, settings=UserSettings(Path("none"), Settings(), bound))

    async def scenario(pilot: Driver) -> None:
        assert "F5 Pause" in screen_text(app)
        await pilot.press("p")
        assert not link.sent
        await pilot.press("f5")
        assert link.sent == [Pause()]
        await pilot.press("H")
        assert "F5" in screen_text(app)

    drive(app, scenario)


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ({"dashboard.puase": "x"}, "no action 'dashboard.puase'"),
        ({"dashboard.pause": "v"}, "Key 'V' is bound to both 'dashboard.pause'"),
        ({"dashboard.pause": "ctrl+q"}, "'app.quit' and 'dashboard.pause'"),
        ({"dashboard.pause": ""}, "is bound to no key"),
        (
            {"dashboard.pause": "pagup"},
            "no key 'pagup' to bind 'dashboard.pause' to: is 'pageup' meant",
        ),
        ({"dashboard.pause": "f5,strg+p"}, "no key 'strg.p' .* such as \"f5\""),
        ({"dashboard.pause": "foo"}, "no key 'foo'"),
        ({"dashboard.pause": "f25"}, "no key 'f25'"),
    ],
)
def test_wrong_keys_are_refused_by_name(bound: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Keys(bound)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("F5", "f5"),
        ("Ctrl+P", "ctrl+p"),
        ("Ctrl++", "ctrl+plus"),
        ("PgUp", "pageup"),
        ("Esc", "escape"),
        ("Shift+n", "N"),
        ("shift+←", "shift+left"),
        ("+", "plus"),
        ("-", "minus"),
        ("@", "at"),
        ("%", "percent_sign"),
        ("vertical_line", "vertical_line"),
        ("ä", "ä"),
    ],
)
def test_a_key_may_be_written_as_it_is_shown(typed: str, name: str) -> None:
    assert textual_key(typed) == name


def test_every_key_of_the_list_exists_and_is_known_as_it_is_shown() -> None:
    keys = [key for g in GROUPS for action in g.actions for key in action.key_list]
    assert [textual_key(key) for key in keys] == keys
    # A letter alone is shown as a capital.
    assert all(textual_key(shown_key(key)) == key for key in keys if len(key) > 1)


@given(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126))
def test_a_sign_has_the_name_that_its_terminal_sends(character: str) -> None:
    assert textual_key(character) == _character_to_key(character)


def test_two_actions_may_change_places() -> None:
    keys = Keys({"dashboard.pause": "v", "dashboard.validate": "p"})
    assert keys.shown("dashboard.pause") == "V"
    assert keys.group(DASHBOARD).title == DASHBOARD.title
    assert keys.all_shown("app.quit") == "Ctrl+Q Ctrl+C"
    assert keys.group(APP) == APP


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.json").values == Settings()


def test_the_file_follows_the_directories_of_the_desktop(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/nowhere"}
    assert settings_path(environment) == tmp_path / "vsrppp" / "settings.json"
    environment["XDG_CONFIG_HOME"] = "relative"
    assert settings_path(environment) == Path("/nowhere/.config/vsrppp/settings.json")


def test_a_file_with_comments_is_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(
        '{\n    // at night\n    "theme": "light",\n    "keys": {"dashboard.pause": " "}\n}'
    )
    with pytest.raises(UserError, match=r"settings\.json"):
        load_settings(path)
    path.write_text(
        '{\n    // at night\n    "theme": "light",\n    "keys": {"dashboard.pause": "f5"}\n}'
    )
    found = load_settings(path)
    assert found.values.theme == "light"
    assert found.bound.shown("dashboard.pause") == "F5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ('{"theme": "pink"}', "'theme'.*'dark', 'light'"),
        ('{"colour": 1}', "'colour'"),
        ('{"keys": {"dashboard.nap": "z"}}', "no action 'dashboard.nap'"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(UserError, match=said) as error:
        load_settings(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "{}",
        '{"mouse": "off"}',
        '{\n    // mine\n    "theme": "dark"\n}\n',
        '// mine {too}\n{\n  "mouse": "on"\n}\n',
        "{ // mine\n}\n",
        "{\n}\n// mine\n",
    ],
)
def test_a_theme_is_remembered_and_the_rest_kept(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "folder" / "settings.json"
    if text is not None:
        path.parent.mkdir()
        path.write_text(text)
    before = load_settings(path)
    before.remember_theme("light")
    after = load_settings(path)
    assert after.values == Settings("light", before.values.mouse)
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]
    assert ("// mine" in path.read_text()) == ("// mine" in (text or ""))


@pytest.mark.parametrize(
    ("mouse", "environment", "wanted"),
    [
        ("auto", {}, True),
        ("auto", {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, False),
        ("on", {"SSH_TTY": "/dev/pts/1"}, True),
        ("off", {}, False),
    ],
)
def test_the_mouse_is_off_over_ssh(mouse: str, environment: dict[str, str], wanted: bool) -> None:
    settings = Settings(mouse=mouse)  # type: ignore[arg-type]
    assert settings.wants_mouse(environment) is wanted


def test_the_palette_offers_what_the_keys_of_the_screen_do() -> None:
    app = make_app(FakeLink(snapshot(500)))

    async def scenario(pilot: Driver) -> None:
        offered = {command.title for command in app.get_system_commands(app.screen)}
        meanings = {a.meaning.partition(":")[0] for a in DASHBOARD.actions if a.palette}
        assert meanings <= offered

    drive(app, scenario)


def test_with_a_mouse_the_footer_is_pressed() -> None:
    link = FakeLink(snapshot(500))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        place = app.screen.query_one("#footer", RowWidget).text.index("Pause") + 1
        await pilot.click("#footer", offset=(place + 2, 0))
        assert link.sent == [Pause()]
        await pilot.click("#footer", offset=(0, 0))  # the edge: no key
        assert link.sent == [Pause()]

    drive(app, scenario)


@given(st.integers(20, 250), st.integers(0, 260))
def test_what_is_met_in_a_footer_is_what_stands_there(width: int, x: int) -> None:
    row = footer_row(PICTURES.actions, width)
    text = "".join(piece for piece, _ in row)
    key = key_at(row, x)
    if x >= len(text):
        assert key is None
    elif text[x] in ARROWS:
        assert key == text[x]
    elif key is not None:
        assert key in text


@given(st.sampled_from(GROUPS), st.integers(10, 250))
def test_a_footer_has_no_key_while_a_more_important_one_has_no_room(
    group: Group, width: int
) -> None:
    text = "".join(piece for piece, _ in footer_row(group.actions, width))
    named = [action for action in group.actions if action.rank is not None]
    ranks: dict[bool, list[int]] = {True: [], False: []}
    for action in named:
        ranks[action.word in text or bool(action.short and action.short in text)].append(
            action.rank or 0
        )
    assert max(ranks[True], default=0) <= min(ranks[False], default=9)


@pytest.mark.parametrize("width", range(60, 100))
def test_keys_that_share_a_word_are_named_together_or_not_at_all(width: int) -> None:
    text = "".join(piece for piece, _ in footer_row(BLOCKS.actions, width))
    assert ("PgUp" in text) is ("PgUp PgDn Page" in text)


def test_a_word_is_short_only_where_the_room_is() -> None:
    texts = ["".join(piece for piece, _ in footer_row(PLOT.actions, w)) for w in (78, 118)]
    assert "L Log  O Smooth" in texts[0]
    assert "L Log scale" in texts[1]
