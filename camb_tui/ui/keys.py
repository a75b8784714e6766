"""The registry of actions: one list of what can be done, with which key, in which words.

Bindings, the keys line, the help, the palette and the command line all read it, so that none of them can disagree.
Leaves doing it to the screen that owns the action.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Action(NamedTuple):
    """One thing the user can do on the main screen."""

    id: str
    """Names it in the settings' `keys` and in bindings; the part after the dot is its word on the command line."""
    keys: str
    """Default keys, comma-separated as Textual writes them; empty where only the command line has it."""
    word: str
    """What the keys line calls it: one or two words."""
    help: str
    """One sentence for the help and the palette."""
    section: str
    sends: bool = False
    """Asks the service for work or changes the session, so it is no part of a read-only screen."""
    footer: bool = False
    """Whether the keys line shows it where there is room."""
    by_table: bool = False
    """The table binds it and does it; it stands here for the help and for clashes."""

    @property
    def command(self) -> str:
        """Its word on the command line."""
        return self.id.rpartition(".")[2]


MOVE, TASKS, MARKS, VIEWS, DETAIL, APP = "Moving", "Tasks", "Marks", "Views and filter", "Detail", "The program"

_TABLE = (
    Action("table.down", "j,down", "next", "Go to the next task.", MOVE, by_table=True),
    Action("table.up", "k,up", "previous", "Go to the previous task.", MOVE, by_table=True),
    Action("table.first", "g,home", "first", "Go to the first task.", MOVE, by_table=True),
    Action("table.last", "G,end", "last", "Go to the last task.", MOVE, by_table=True),
    Action("table.half-down", "ctrl+d", "half page down", "Go half a page down.", MOVE, by_table=True),
    Action("table.half-up", "ctrl+u", "half page up", "Go half a page up.", MOVE, by_table=True),
    Action("table.page-down", "pagedown", "page down", "Go a page down.", MOVE, by_table=True),
    Action("table.page-up", "pageup", "page up", "Go a page up.", MOVE, by_table=True),
    Action(
        "table.open", "enter", "open", "Open the task alone; enter again goes back.", MOVE, footer=True, by_table=True
    ),
    Action("table.mark", "space", "mark", "Mark this task, or take its mark away.", MARKS, footer=True, by_table=True),
    Action("table.mark-range", "v", "range", "Start or end marking a range of tasks.", MARKS, by_table=True),
    Action(
        "table.mark-all",
        "asterisk",
        "mark all",
        "Mark all that match now; later matches are not in it.",
        MARKS,
        by_table=True,
    ),
    Action("table.clear-marks", "U", "clear marks", "Take all marks away.", MARKS, by_table=True),
)

_SCREEN = (
    Action("task.retry", "r", "retry", "Send the marked tasks, or this one, again as new tasks.", TASKS, True, True),
    Action("task.edit", "e", "edit", "Change this task's fields and send it as a new task.", TASKS, True, True),
    Action(
        "task.split",
        "vertical_line",
        "split",
        "Send this task's text in smaller requests; their results are joined.",
        TASKS,
        True,
    ),
    Action(
        "task.undo",
        "z",
        "undo",
        "Take back what still waits to be sent, or the last archiving or pinning.",
        TASKS,
        True,
    ),
    Action("task.look", "R", "look now", "Ask now how the marked tasks, or this one, stand; never sends work.", TASKS),
    Action(
        "task.watch", "w", "watch", "Watch an overdue or missing task again, or stop watching a live one.", TASKS, True
    ),
    Action("task.save", "s", "save", "Save the results of the marked tasks, or this one, to disk.", TASKS, footer=True),
    Action("task.result", "o", "result", "Open this task's result full screen.", TASKS),
    Action("task.play", "m", "play", "Play this task's saved sound, or stop it.", TASKS),
    Action("task.stop", "X", "end stream", "End the stream of this task; what came is thrown away.", TASKS, True),
    Action("task.transcript", "", "transcript", "Save a dub's or subtitles' transcripts in all languages.", TASKS),
    Action("task.alt-format", "", "other format", "Have a finished dub in another format.", TASKS, True),
    Action("task.translate", "", "translate", "Have a finished story in another language.", TASKS, True),
    Action("task.copy", "y", "copy", "Copy the id of the marked tasks, or this one.", TASKS, footer=True),
    Action("task.copy-more", "Y", "copy ...", "Copy a link, a saved path, the text or a curl line; asks which.", TASKS),
    Action(
        "task.archive", "x", "archive", "Take the marked tasks, or this one, out of the list, here only.", TASKS, True
    ),
    Action("task.pin", "b", "pin", "Pin the marked tasks, or this one, to the top, or unpin them.", TASKS, True),
    Action("task.new", "n", "new", "Fill in a form and send new tasks.", TASKS, True, True),
    Action(
        "task.adopt",
        "a",
        "adopt",
        "Watch a task made elsewhere by its id; pasting ids into the list does it too.",
        TASKS,
        True,
    ),
    Action("task.resume", "H", "send held", "Send what is held: after a pause, a payment or a new start.", TASKS, True),
    Action("task.report", "", "report", "Show what became of the last retry of many, task by task.", TASKS),
    Action(
        "view.filter",
        "slash",
        "filter",
        "Filter the list as you type; esc clears it, enter returns to the list.",
        VIEWS,
        footer=True,
    ),
    Action("view.sort", "S", "sort", "Choose what the list is sorted by; asks which.", VIEWS),
    *(
        Action(f"view.{number}", str(number), f"view {number}", f"Show view {number}.", VIEWS)
        for number in range(1, 10)
    ),
    Action("detail.next-tab", "right_square_bracket", "next tab", "Show the next tab of the detail pane.", DETAIL),
    Action(
        "detail.previous-tab",
        "left_square_bracket",
        "previous tab",
        "Show the previous tab of the detail pane.",
        DETAIL,
    ),
    Action(
        "detail.find", "", "find", "Look for a word in what is shown: `:find WORD`, or / in an opened result.", DETAIL
    ),
    Action("detail.find-next", "greater_than_sign", "next place", "Go to the next place with that word.", DETAIL),
    Action("detail.find-previous", "less_than_sign", "place before", "Go to the place before with that word.", DETAIL),
    Action("detail.toggle", "p", "detail", "Show or hide the detail pane.", DETAIL),
    Action("detail.side", "P", "below/beside", "Put the detail pane below the list or beside it.", DETAIL),
    Action("detail.more", "plus", "more room", "Give the focused pane more room.", DETAIL),
    Action("detail.less", "underscore", "less room", "Give the focused pane less room.", DETAIL),
    Action("app.help", "question_mark", "help", "Show every key and what it does.", APP, footer=True),
    Action("app.command", "colon", "command", "Type a command; it knows every action by its word.", APP),
    Action("app.palette", "ctrl+p", "palette", "Search the actions and themes.", APP),
    Action("app.back", "q", "back", "Go back; from the list itself, leave the program.", APP),
    Action("app.cancel", "escape", "cancel", "Cancel, close or clear, the innermost first.", APP),
    Action("app.quit", "ctrl+q", "quit", "Save and leave.", APP),
    Action("app.mouse", "M", "mouse", "Mouse off, clicks only, or full.", APP),
    Action("app.repaint", "ctrl+l", "repaint", "Draw the whole screen again.", APP),
    Action(
        "app.suspend", "ctrl+z", "suspend", "Put the program to sleep; fg wakes it. Nothing is watched meanwhile.", APP
    ),
    Action(
        "app.take-over", "W", "take over", "Write this session from here, once the camb-tui that wrote it ended.", APP
    ),
    Action("app.theme", "", "theme", "Choose a theme: `:theme NAME`; without a name it lists them.", APP),
    Action("app.key", "", "API key", "Enter another API key.", APP, True),
)

ACTIONS: tuple[Action, ...] = (*_TABLE, *_SCREEN)
BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

_SHOWN = {
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "comma": ",",
    "asterisk": "*",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "vertical_line": "|",
    "plus": "+",
    "underscore": "_",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def key_name(key: str) -> str:
    """A key as a person reads it."""
    return _SHOWN.get(key, key)


class Keys(NamedTuple):
    """Which keys do what, after the settings had their say."""

    by_action: Mapping[str, tuple[str, ...]]
    faults: tuple[str, ...]
    """What was wrong in the settings; such a rebinding is left out."""
    hidden: frozenset[str] = frozenset()
    """Actions that cannot work on this machine."""

    def of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action, none where it has none."""
        return () if action_id in self.hidden else self.by_action.get(action_id, ())

    def shown(self, action_id: str) -> str:
        """An action's first key as a person reads it."""
        keys = self.of(action_id)
        return key_name(keys[0]) if keys else f":{BY_ID[action_id].command}"

    def keymap(self, changed: Iterable[str]) -> dict[str, str]:
        """What Textual needs to know about rebound actions."""
        return {action_id: ",".join(self.of(action_id)) for action_id in changed if action_id in self.by_action}


def split_keys(text: str) -> tuple[str, ...]:
    """The keys of a comma-separated list."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def resolve(chosen: Mapping[str, str], *, hidden: frozenset[str] = frozenset()) -> Keys:
    """The keys in force when the user chose `chosen` (key lists by action id); faults name what was left out."""
    by_action = {action.id: split_keys(action.keys) for action in ACTIONS}
    faults = []
    for action_id, text in chosen.items():
        keys = split_keys(text)
        if action_id not in by_action:
            faults.append(f"keys: there is no action {action_id!r}")
        elif not keys:
            faults.append(f"keys: {action_id} is given no key")
        else:
            taken = {key: other for other, its in by_action.items() if other != action_id for key in its}
            clash = next((key for key in keys if key in taken and taken[key] not in chosen), None)
            if clash is not None:
                faults.append(f"keys: {action_id} = {text!r}: {clash} already does {taken[clash]}")
            else:
                by_action[action_id] = keys
    seen: dict[str, str] = {}
    for action_id, keys in list(by_action.items()):
        for key in keys:
            if key in seen:
                faults.append(f"keys: {key} is given to both {seen[key]} and {action_id}")
                by_action[action_id] = split_keys(BY_ID[action_id].keys)
            seen.setdefault(key, action_id)
    return Keys(by_action, tuple(faults), hidden)


def offered(*, read_only: bool, hidden: frozenset[str] = frozenset()) -> tuple[Action, ...]:
    """The actions there are; a read-only screen has none that sends or writes."""
    return tuple(action for action in ACTIONS if not (read_only and action.sends) and action.id not in hidden)


def find_command(word: str, *, read_only: bool, hidden: frozenset[str] = frozenset()) -> Action | None:
    """The action a word on the command line means: its own word, its id, or the only one that starts so."""
    known = offered(read_only=read_only, hidden=hidden)
    exact = [action for action in known if word in (action.command, action.id)]
    begun = [action for action in known if action.command.startswith(word)]
    if exact:
        return exact[0]
    return begun[0] if len(begun) == 1 else None
