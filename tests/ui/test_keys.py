"""The registry of actions: nothing twice, nothing unexplained, nothing that leads nowhere."""

from __future__ import annotations

from collections import Counter

from camb_tui.ui.acting import action_bindings
from camb_tui.ui.keys import ACTIONS, BY_ID, find_command, offered, resolve, split_keys
from camb_tui.ui.task_table import TaskTable
from tests.ui.fake_engine import make_app

LEFT_ALONE = {"ctrl+c", "ctrl+a", "ctrl+b", "ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "tilde", "~", "f1", "f10", "f11"}


def test_no_key_and_no_id_is_given_twice() -> None:
    keys = Counter(key for action in ACTIONS for key in split_keys(action.keys))
    assert [key for key, number in keys.items() if number > 1] == []
    assert len(BY_ID) == len(ACTIONS)


def test_keys_that_belong_to_others_are_left_alone() -> None:
    assert not LEFT_ALONE & {key for action in ACTIONS for key in split_keys(action.keys)}


def test_every_action_has_a_word_and_a_help_sentence() -> None:
    for action in ACTIONS:
        assert action.word
        assert action.help.endswith("."), action.id
        assert action.section


def test_the_tables_own_bindings_are_the_registrys() -> None:
    bound = {binding.id: set(split_keys(binding.key)) for binding in TaskTable.BINDINGS}  # type: ignore[union-attr]  # all are Binding
    listed = {action.id: set(split_keys(action.keys)) for action in ACTIONS if action.by_table}
    assert bound == listed


def test_every_binding_of_the_screen_has_an_id_of_the_registry() -> None:
    ids = [binding.id for binding in action_bindings()]  # type: ignore[union-attr]  # all are Binding
    assert set(filter(None, ids)) <= set(BY_ID)


async def test_every_action_leads_somewhere() -> None:
    app = make_app([])
    async with app.run_test():
        for action in ACTIONS:
            if not action.id.startswith(("app.", "view.")) or action.id in ("app.help", "app.back", "app.cancel"):
                assert callable(app.monitor._method(action.id))


def test_read_only_offers_nothing_that_sends() -> None:
    assert not any(action.sends for action in offered(read_only=True))
    assert find_command("retry", read_only=True) is None


def test_a_clash_is_named_and_left_out() -> None:
    keys = resolve({"task.look": "r"})
    assert keys.of("task.look") == ("R",)
    assert "r already does task.retry" in keys.faults[0]


def test_two_actions_can_swap_keys() -> None:
    keys = resolve({"task.look": "r", "task.retry": "R"})
    assert keys.faults == ()
    assert (keys.of("task.look"), keys.of("task.retry")) == (("r",), ("R",))


def test_a_command_can_be_shortened_while_it_is_plain() -> None:
    assert find_command("ret", read_only=False) is BY_ID["task.retry"]
    assert find_command("re", read_only=False) is None
