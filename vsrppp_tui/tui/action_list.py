"""Every key of every screen, said once: bindings, footers, help, palette and docs/keys.md read this list.

``python -m vsrppp_tui.tui.action_list`` prints docs/keys.md.
"""

from __future__ import annotations

from vsrppp_tui.tui.actions import Action, Group
from vsrppp_tui.tui.key_names import shown_keys

APP = Group(
    "Everywhere",
    (
        Action("app.commands", "ctrl+p", "command_palette", "Commands",
               "All commands by name, and the themes", 3, palette=False),
        Action("app.quit", "ctrl+q,ctrl+c", "leave", "Quit",
               "Leave: asks whether to stop and save, detach, or stay", None, palette=False),
    ),
)  # fmt: skip

DASHBOARD = Group(
    "Dashboard",
    (
        Action("dashboard.setup", "enter", "app.setup", "Setup",
               "Live setup: see and change every key of the configuration"),
        Action("dashboard.sort", "s", "sort", "Sort",
               "Sort the blocks: by trunk or flat, by position or activity", 1),
        Action("dashboard.pause", "p", "pause", "Pause", "Pause at the next step, and continue"),
        Action("dashboard.validate", "v", "validate", "Validate", "Validate at the next step"),
        Action("dashboard.checkpoint", "c", "checkpoint", "Checkpoint",
               "Save a checkpoint at the next step", 2),
        Action("dashboard.blocks", "b", "app.blocks", "Blocks",
               "Blocks: each one's activity over the run, and what a cold block means", 2),
        Action("dashboard.pictures", "i", "app.pictures", "Pictures",
               "Pictures of the validations: enlarged, network, ground truth", 1),
        Action("dashboard.metrics", "m", "app.metrics", "Metrics",
               "Metrics over the steps: any of them, several at once, with zoom and cursor", 1),
        Action("dashboard.scale", "l", "scale", "Log scale",
               "Linear or logarithmic scale of the loss curve", 2, short="Log"),
        Action("dashboard.smooth", "o", "smooth", "Smooth",
               "Smoothing of the loss curve: light, medium, strong, off", None),
        Action("dashboard.window", "z", "window", "Window",
               "Steps of the loss curve: the whole run or its newest part", None),
        Action("dashboard.detach", "d", "app.detach", "Detach",
               "Detach: back to the shell, the training goes on"),
        Action("dashboard.seen", "w", "acknowledge", "Seen",
               "Warnings seen: put them away", None),
        Action("dashboard.tensorboard", "t", "app.tensorboard", "TensorBoard",
               "Start TensorBoard for this run, or show its address and how to reach it", None),
        Action("dashboard.copy_checkpoint", "y", "app.copy_checkpoint", "Copy path",
               "Copy the path of the newest checkpoint", None),
        Action("dashboard.summary", "u", "app.summary", "Summary",
               "Summary of a run that is over: what came of it, and the commands that go on from there"),
        Action("dashboard.save_screen", "x", "app.save_screen", "Save screen",
               "Save the screen as an SVG picture in the present folder", None),
        Action("dashboard.help", "question_mark", "app.help", "Help",
               "The keys, and what the marks mean"),
        Action("dashboard.quit", "q", "app.leave", "Quit",
               "Stop and save, detach, or stay; just leave, when the run is over"),
    ),
)  # fmt: skip

BLOCKS = Group(
    "Blocks",
    (
        Action("blocks.up", "up", "move(-1)", "Select", "The block above"),
        Action("blocks.down", "down", "move(1)", "Select", "The block below"),
        Action("blocks.page_up", "pageup", "page(-1)", "Page", "A page up", 3),
        Action("blocks.page_down", "pagedown", "page(1)", "Page", "A page down", 3),
        Action("blocks.first", "home", "end(-1)", "First/last", "The first block", 2),
        Action("blocks.last", "end", "end(1)", "First/last", "The last block", 2),
        Action("blocks.sort", "s", "sort", "Sort",
               "Sort the blocks: by trunk or flat, by position or activity"),
        Action("blocks.cold", "c", "cold", "Only cold", "Show the cold blocks alone, or all again"),
        Action("blocks.help", "question_mark", "app.help", "Help",
               "The keys, and what the marks mean", 1),
        Action("blocks.back", "escape,q,b", "app.pop_screen", "Back", "Back to the dashboard"),
    ),
)  # fmt: skip


REPLAY = Group(
    "The record of a run",
    (
        Action("replay.play", "space", "play", "Play", "Play, and hold; at the end, begin anew"),
        Action("replay.back", "left", "move(-0.01)", "Seek", "Back by 1% of the record"),
        Action("replay.on", "right", "move(0.01)", "Seek", "On by 1% of the record"),
        Action("replay.far_back", "pageup,shift+left", "move(-0.1)", "Skip",
               "Back by 10% of the record", 2),
        Action("replay.far_on", "pagedown,shift+right", "move(0.1)", "Skip",
               "On by 10% of the record", 2),
        Action("replay.beginning", "home", "move(-1)", "Begin/end", "To the beginning", 3),
        Action("replay.end", "end", "move(1)", "Begin/end", "To the end", 3),
        Action("replay.slower", "less_than_sign,comma", "speed(0.5)", "Speed", "Half the speed"),
        Action("replay.faster", "greater_than_sign,full_stop", "speed(2)", "Speed",
               "Double the speed"),
    ),
)  # fmt: skip

PICTURES = Group(
    "Pictures",
    (
        Action("pictures.swap", "space", "swap", "Large",
               "One part large; again: swap KI (the network) and GT (ground truth), or the last two seen"),
        Action("pictures.cycle", "f", "cycle", "Next part",
               "One part large; again: the next in its place, KI, GT, LR", 1),
        Action("pictures.difference", "d", "difference", "Difference",
               "How far LR and KI are from GT, pixel by pixel; again: the parts"),
        Action("pictures.gain", "x", "gain", "Scale",
               "Amplification of the differences: ×4, ×8, ×16, ×1"),
        Action("pictures.zoom_in", "plus,equals_sign", "zoom(1)", "Zoom", "Zoom in"),
        Action("pictures.zoom_out", "minus", "zoom(-1)", "Zoom", "Zoom out"),
        Action("pictures.next_zoom", "z", "next_zoom", "Zoom",
               "The next zoom level; after the last one the whole picture", None),
        Action("pictures.whole", "0", "whole", "Whole", "The whole picture", 1),
        Action("pictures.left", "left", "arrow(-1, 0)", "Sample",
               "The sample before; zoomed in, to the left"),
        Action("pictures.right", "right", "arrow(1, 0)", "Sample",
               "The next sample; zoomed in, to the right"),
        Action("pictures.up", "up", "arrow(0, -1)", "Validation",
               "An older validation; zoomed in, up"),
        Action("pictures.down", "down", "arrow(0, 1)", "Validation",
               "A newer validation; zoomed in, down"),
        Action("pictures.before", "b,N", "sample(-1)", "Sample", "The sample before", None),
        Action("pictures.next", "n", "sample(1)", "Sample", "The next sample", None),
        Action("pictures.older", "left_square_bracket,pageup", "validation(-1)", "Validation",
               "An older validation", None),
        Action("pictures.newer", "right_square_bracket,pagedown", "validation(1)", "Validation",
               "A newer validation", None),
        Action("pictures.newest", "end", "newest", "Newest", "The newest validation", None),
        Action("pictures.copy", "y", "copy", "Copy path",
               "Copy the path of the PNG file to the clipboard, over SSH too (OSC 52)", 2),
        Action("pictures.help", "question_mark", "app.help", "Help",
               "The keys, and what the marks mean", 1),
        Action("pictures.back", "escape", "back", "Back",
               "The parts side by side again; from there back to the dashboard"),
        Action("pictures.leave", "q,i", "app.pop_screen", "Back", "Back to the dashboard", None),
    ),
)  # fmt: skip

PLOT = Group(
    "Metrics",
    (
        Action("plot.choose", "f,slash", "choose", "Choose",
               "Choose the metrics on the plot: type words to find them, Enter shows or hides one"),
        Action("plot.left", "left", "move(-1)", "Cursor",
               "The cursor to the left; at the edge the steps move along"),
        Action("plot.right", "right", "move(1)", "Cursor", "The cursor to the right"),
        Action("plot.far_left", "pageup,shift+left", "move(-10)", "Cursor",
               "The cursor ten cells to the left", None),
        Action("plot.far_right", "pagedown,shift+right", "move(10)", "Cursor",
               "The cursor ten cells to the right", None),
        Action("plot.start", "home", "start", "Start", "The cursor to the first step shown", None),
        Action("plot.newest", "end", "newest", "Newest",
               "No cursor: the newest values are read", None),
        Action("plot.zoom_in", "plus,equals_sign", "zoom(True)", "Zoom",
               "Zoom in around the cursor, or at the newest steps", 1),
        Action("plot.zoom_out", "minus", "zoom(False)", "Zoom", "Zoom out", 1),
        Action("plot.earlier", "left_square_bracket", "pan(-0.5)", "Pan",
               "Earlier steps, when zoomed in", 3),
        Action("plot.later", "right_square_bracket", "pan(0.5)", "Pan",
               "Later steps, when zoomed in", 3),
        Action("plot.whole", "0", "whole", "Whole", "The whole run", 2),
        Action("plot.window", "z", "window", "Window",
               "The next of: whole run, last 10%, last 10,000 and last 1,000 steps", 1),
        Action("plot.scale", "l", "scale", "Log scale", "Linear or logarithmic scale", 1,
               short="Log"),
        Action("plot.smooth", "o", "smooth", "Smooth", "Smoothing: light, medium, strong, off", 1),
        Action("plot.own_scales", "n", "own_scales", "Scales",
               "One scale for all curves, or for each its own", 2),
        Action("plot.help", "question_mark", "app.help", "Help",
               "The keys, and what the marks mean"),
        Action("plot.back", "escape,q,m", "app.pop_screen", "Back", "Back to the dashboard"),
    ),
)  # fmt: skip

SETUP = Group(
    "Live setup",
    (
        Action("setup.up", "up", "move(-1)", "Select", "The key above", 3, palette=False),
        Action("setup.down", "down", "move(1)", "Select", "The key below", 3, palette=False),
        Action("setup.page_up", "pageup", "move(-10)", "Select", "Ten keys up", None, palette=False),
        Action("setup.page_down", "pagedown", "move(10)", "Select", "Ten keys down", None,
               palette=False),
        Action("setup.first", "home", "move(-9999)", "Select", "The first key", None, palette=False),
        Action("setup.last", "end", "move(9999)", "Select", "The last key", None, palette=False),
        Action("setup.edit", "enter", "edit", "Edit",
               "Edit the value: Enter stages what was typed, ↑ ↓ step a number, Esc gives it up"),
        Action("setup.find", "slash", "find", "Find",
               "Find keys by words of their name, meaning or heading; Esc shows all again"),
        Action("setup.toggle", "space,right", "choose(1)", "Toggle",
               "Stage the next value of a key that has only a few", 3),
        Action("setup.toggle_back", "left", "choose(-1)", "Toggle",
               "Stage the value before, of a key that has only a few", None),
        Action("setup.apply", "a,ctrl+s", "apply", "Apply",
               "Apply all staged changes as one edit: all or none"),
        Action("setup.take_back", "x,delete", "unstage", "Take back",
               "Take back the staged change of the selected key", 1),
        Action("setup.undo", "u", "undo", "Undo",
               "Undo the last change: a staged one first, then the last edit that was applied"),
        Action("setup.history", "h", "history", "History",
               "History of edits: who changed what, when; and back to a value from before", 1),
        Action("setup.help", "question_mark", "app.help", "Help",
               "The keys, and what the marks mean", 2),
        Action("setup.back", "escape,q", "back", "Back",
               "Back to the dashboard; asks where something is staged"),
    ),
)  # fmt: skip

EDIT_HISTORY = Group(
    "History of edits",
    (
        Action("edits.up", "up", "move(-1)", "Select", "The edit above", 1, palette=False),
        Action("edits.down", "down", "move(1)", "Select", "The edit below", 1, palette=False),
        Action("edits.page_up", "pageup", "move(-10)", "Select", "Ten edits up", None, palette=False),
        Action("edits.page_down", "pagedown", "move(10)", "Select", "Ten edits down", None,
               palette=False),
        Action("edits.first", "home", "move(-9999)", "Select", "The newest edit", None,
               palette=False),
        Action("edits.last", "end", "move(9999)", "Select", "The oldest edit", None, palette=False),
        Action("edits.revert", "u,enter", "revert", "Stage the value before",
               "Stage the value that the selected edit replaced"),
        Action("edits.help", "question_mark", "app.help", "Help",
               "The keys, and what the marks mean", 2),
        Action("edits.back", "escape,q,h", "app.pop_screen", "Back", "Back to the live setup"),
    ),
)  # fmt: skip

UNAPPLIED = Group(
    "The question before leaving staged changes",
    (
        Action("unapplied.apply", "a", "dismiss('apply')", "Apply", "Apply them all, then back"),
        Action("unapplied.discard", "d", "dismiss('discard')", "Discard", "Give them up"),
        Action("unapplied.stay", "escape,q", "dismiss('stay')", "Stay", "Stay in the setup"),
        Action("unapplied.before", "left,up,shift+tab", "move(-1)", "Choose", "The answer before",
               1),
        Action("unapplied.next", "right,down,tab", "move(1)", "Choose", "The next answer", 1),
        Action("unapplied.choose", "enter", "choose", "Take", "Take the marked answer", 1),
    ),
    question=True,
)  # fmt: skip

HELP = Group(
    "Help",
    (
        Action("help.back", "escape,q,question_mark,enter", "app.pop_screen", "Back",
               "Back to the screen before"),
    ),
)  # fmt: skip

LEAVE = Group(
    "The question before leaving",
    (
        Action("leave.stop", "s", "dismiss('stop')", "Stop", "Stop and save"),
        Action("leave.detach", "d", "dismiss('detach')", "Detach", "Detach"),
        Action("leave.stay", "escape,q", "dismiss('stay')", "Stay", "Stay"),
        Action("leave.before", "left,up,shift+tab", "move(-1)", "Choose", "The answer before", 1),
        Action("leave.next", "right,down,tab", "move(1)", "Choose", "The next answer", 1),
        Action("leave.choose", "enter", "choose", "Take", "Take the marked answer", 1),
    ),
    question=True,
)  # fmt: skip

SUMMARY = Group(
    "The summary of a run that is over",
    (
        Action("summary.copy", "y", "copy", "Copy the command", "Copy the export command"),
        Action("summary.leave", "q", "leave", "Leave", "Leave the dashboard; any other key goes back"),
    ),
    question=True,
)  # fmt: skip

BOARD = Group(
    "TensorBoard's address",
    (
        Action("board.copy", "y", "dismiss('copy')", "Copy the line", "Copy the line of the tunnel"),
        Action("board.stop", "s", "dismiss('stop')", "Stop it", "Stop TensorBoard"),
        Action("board.back", "escape,enter,q,t", "dismiss('back')", "Back",
               "Back; TensorBoard goes on"),
    ),
    question=True,
)  # fmt: skip

THEME = Group(
    "Theme",
    (
        Action("theme.before", "up", "move(-1)", "Look", "Look at the theme before"),
        Action("theme.next", "down", "move(1)", "Look", "Look at the next theme"),
        Action("theme.choose", "enter", "choose", "Keep", "Keep the theme that is marked"),
        Action("theme.back", "escape,q", "back", "Back", "Back to the theme that was there"),
    ),
    question=True,
)  # fmt: skip

START = Group(
    "Start screen",
    (
        Action("start.up", "up,k", "move(-1)", "Select", "The run above", 2, palette=False),
        Action("start.down", "down,j", "move(1)", "Select", "The run below", 2, palette=False),
        Action("start.page_up", "pageup", "move(-10)", "Select", "Ten runs up", None, palette=False),
        Action("start.page_down", "pagedown", "move(10)", "Select", "Ten runs down", None,
               palette=False),
        Action("start.first", "home", "move(-9999)", "Select", "The first run", None, palette=False),
        Action("start.last", "end", "move(9999)", "Select", "The last run", None, palette=False),
        Action("start.open", "enter", "open", "Open",
               "Open the run: attach to a live one, resume one that stopped, tell of one that is done"),
        Action("start.resume", "r", "resume", "Resume", "Resume the run", 1),
        Action("start.attach", "a", "attach", "Attach", "Attach to the run", 1),
        Action("start.new", "n", "app.new", "New",
               "New run: on a dataset, a folder of pictures or a video"),
        Action("start.demo", "d", "demo", "Demo",
               "Demo: a small network learns from a short clip that ships with the program"),
        Action("start.delete", "delete", "delete", "Delete",
               "Delete the run: asks for its name", 2),
        Action("start.help", "question_mark", "app.help", "Help",
               "The keys, and what the marks mean", 1),
        Action("start.quit", "q", "app.leave", "Quit", "Back to the shell"),
    ),
)  # fmt: skip

NEW = Group(
    "New run",
    (
        Action("new.up", "up", "move(-1)", "Field", "The field above", 1, palette=False),
        Action("new.down", "down", "move(1)", "Field", "The field below", 1, palette=False),
        Action("new.complete", "tab", "complete", "Complete",
               "Complete the path, then go through what fits; elsewhere the next field", 1,
               palette=False),
        Action("new.left", "left", "choose('left')", "Choose",
               "The choice before; in a text one character to the left", 1, palette=False),
        Action("new.right", "right", "choose('right')", "Choose",
               "The next choice; in a text one character to the right", 1, palette=False),
        Action("new.before", "shift+tab", "move(-1)", "Field", "The field above", None,
               palette=False),
        Action("new.enter", "enter", "enter", "Next", "The next field; at the last one, start", 2,
               palette=False),
        Action("new.measure", "ctrl+t", "measure", "Measure",
               "Measure: take a few real steps with this network"),
        Action("new.start", "ctrl+s", "start", "Start", "Start the run"),
        Action("new.copy", "ctrl+y", "copy", "Copy command",
               "Copy the command line that does the same", 3),
        Action("new.back", "escape", "back", "Back",
               "Back to the runs; what was filled in is kept"),
    ),
)  # fmt: skip

GROUPS = (
    APP,
    DASHBOARD,
    REPLAY,
    BLOCKS,
    PLOT,
    PICTURES,
    SETUP,
    EDIT_HISTORY,
    HELP,
    LEAVE,
    UNAPPLIED,
    THEME,
    BOARD,
    SUMMARY,
    START,
    NEW,
)


def document() -> str:
    """docs/keys.md."""
    text = (
        "# Keys\n\nMade from the program's own list (`python -m vsrppp_tui.tui.action_list`). Any key can be "
        "bound anew in the settings file\n(`~/.config/vsrppp/settings.json`), by the name in the last "
        'column: `{"keys": {"dashboard.pause": "space"}}`.\n'
    )
    for group in GROUPS:
        text += f"\n## {group.title}\n\n| key | what it does | name |\n|---|---|---|\n"
        for action in group.actions:
            keys = shown_keys(action.key_list).replace("|", "\\|")
            text += f"| {keys} | {action.meaning} | `{action.name}` |\n"
    return text


if __name__ == "__main__":
    print(document(), end="")
