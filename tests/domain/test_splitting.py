"""Splitting: nothing lost, nothing over the limit, no word or grapheme cut that need not be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camb_tui.domain.borders import Rank, blank_borders
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.parts import join_texts, latest, leaves, obstacle
from camb_tui.domain.splitting import part_submissions, split_request, split_text, split_texts
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.segmenting import grapheme_starts

_PIECES = (
    """word Mr. end. what? , ; 世界 。 、 ありがとう สวัสดีครับ क्षि । مرحبا ؟ 각 … ( » 🇫🇷 e\u0301 \u0301 \u0600 \u00e9"""
)
BLANKS = [" ", "\n", "\r\n", "\n\n", "\u00a0", "\u200b", "\u2029"]
PIECES = st.sampled_from([*_PIECES.split(" "), *BLANKS, "👩\u200d👩\u200d👧"])
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join)


def task(status: TaskStatus = TaskStatus.TIMEOUT, **fields: Any) -> Task:
    given_: dict[str, Any] = {
        "kind": "tts",
        "request": {"text": "One. Two. Three. Four.", "voice_id": 1, "language": 1},
    }
    return Task(key="whole", status=status, created_at=0.0, label="ch 1", **{**given_, **fields})


@given(TEXTS, st.integers(1, 30), st.integers(1, 4))
def test_a_cut_loses_nothing_and_keeps_limit_and_graphemes(text: str, limit: int, minimum: int) -> None:
    """The one thing that must hold for every text in every script."""
    cut = split_text(text, limit, minimum=minimum, graphemes=grapheme_starts)
    assert cut.whole == text
    assert len(cut.joints) == len(cut.parts) + 1
    starts, at = grapheme_starts(text), len(cut.joints[0])
    for place, part in enumerate(cut.parts):
        assert len(part) <= limit or len(grapheme_starts(part)) == 2, "only one grapheme alone may be longer"
        if place:
            assert at in starts
        at += len(part)
        if place < len(cut.parts) - 1:
            assert at in starts
        at += len(cut.joints[place + 1])


@given(st.lists(TEXTS, max_size=8), st.integers(1, 40))
def test_split_lists_join_to_what_they_were(texts: list[str], limit: int) -> None:
    assert join_texts(split_texts(texts, limit, graphemes=grapheme_starts)) == texts


@given(st.lists(st.sampled_from(["alpha", "beta,", "gamma.", "delta"]), min_size=2, max_size=60))
def test_words_stay_whole_where_they_fit(words: list[str]) -> None:
    cut = split_text(" ".join(words), 12, graphemes=grapheme_starts)
    assert " ".join(cut.parts).split() == words


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("A first.\n\nA second one. With two.", 25, ("A first.", "A second one. With two.")),
        ("One is here, and two. Three, too.", 22, ("One is here, and two.", "Three, too.")),
        ("Dr. Smith met J. Doe on Jan. 5. He left.", 33, ("Dr. Smith met J. Doe on Jan. 5.", "He left.")),
        ('"Really?" she asked. "Yes!" he said.', 22, ('"Really?" she asked.', '"Yes!" he said.')),
        ("so it went on and on and on; then it rained", 32, ("so it went on and on and on;", "then it rained")),
        ("你好，世界。我今天很高兴！你呢？", 11, ("你好，世界。", "我今天很高兴！你呢？")),
        ("「おはよう。」と言った。今日は良い天気です。", 12, ("「おはよう。」と言った。", "今日は良い天気です。")),
        ("สวัสดีครับ วันนี้อากาศดี", 14, ("สวัสดีครับ", "วันนี้อากาศดี")),
        ("मैं घर जा रहा हूँ। वह आया।", 19, ("मैं घर जा रहा हूँ।", "वह आया।")),
        ("مرحبا بالعالم. كيف حالك؟", 15, ("مرحبا بالعالم.", "كيف حالك؟")),
        ("👩\u200d👩\u200d👧" * 2, 9, ("👩\u200d👩\u200d👧",) * 2),
        ("10\u00a0km away", 7, ("10\u00a0km", "away")),
    ],
)
def test_texts_are_cut_where_a_reader_would(text: str, limit: int, parts: tuple[str, ...]) -> None:
    assert split_text(text, limit, graphemes=grapheme_starts).parts == parts


def test_parts_are_about_equal_and_as_few_as_can_be() -> None:
    """A last part of three words would be spoken with another melody, and paid for as a request."""
    text = " ".join(f"This is sentence number {number}." for number in range(300))
    parts = split_text(text, 3000, minimum=3, graphemes=grapheme_starts).parts
    assert len(parts) == -(-len(text) // 3000)
    assert max(map(len, parts)) - min(map(len, parts)) < 100


def test_the_rank_of_a_border_follows_what_stands_before_it() -> None:
    ranks = [border.rank for border in blank_borders("a, bee. C e.g. d\ne\n \nf g")]
    assert ranks == [Rank.CLAUSE, Rank.SENTENCE, Rank.WORD, Rank.WORD, Rank.LINE, Rank.PARAGRAPH, Rank.WORD]


def test_a_request_over_the_limit_is_cut_to_it_and_one_under_it_in_two() -> None:
    """TIMEOUT says that it was too much, not how much is not."""
    text = "A sentence of some length stands here. " * 100
    over = split_request(KINDS["tts"], {"text": text, "voice_id": 1}, graphemes=grapheme_starts)
    assert [part.size <= 3000 for part in over] == [True, True]
    assert all(part.request["voice_id"] == 1 for part in over)
    under = split_request(KINDS["tts"], {"text": text[:400]}, graphemes=grapheme_starts)
    assert len(under) == 2
    assert [part.joint for part in under] == [None, " "]


def test_translations_are_split_between_texts_first_and_then_inside_one() -> None:
    texts = ["First text here.", "Second text here."]
    parts = split_request(KINDS["translation"], {"texts": texts}, graphemes=grapheme_starts)
    assert [(part.request["texts"], part.joint) for part in parts] == [([texts[0]], None), ([texts[1]], None)]
    alone = split_request(KINDS["translation"], {"texts": [" ".join(texts)]}, graphemes=grapheme_starts)
    assert [(part.request["texts"], part.joint) for part in alone] == [([texts[0]], None), ([texts[1]], " ")]


@pytest.mark.parametrize("text", ["abc", "ab cd", ".....", "x"])
def test_what_is_too_short_stays_one(text: str) -> None:
    """The service takes three characters or more."""
    assert len(split_request(KINDS["tts"], {"text": text}, graphemes=grapheme_starts)) == 1


def test_parts_are_named_after_the_whole_and_have_its_tags() -> None:
    whole = task(tags=("book",))
    parts = split_request(KINDS["tts"], whole.request, graphemes=grapheme_starts)
    assert [(one.label, one.tags) for one in part_submissions(whole, parts)] == [
        ("ch 1 (1/2)", ("book",)),
        ("ch 1 (2/2)", ("book",)),
    ]


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (task(), ""),
        (task(TaskStatus.ERROR, exception_reason="SOURCE_TOO_LONG"), ""),
        (task(kind="dubbing", request={"video_url": "https://v.example/a"}), "sound and video"),
        (task(kind="story", request={"file": "a.txt"}), "a document"),
        (task(TaskStatus.SUCCESS), "it succeeded"),
        (task(TaskStatus.PENDING), "only what failed"),
        (task(TaskStatus.PAYMENT_REQUIRED), "credits"),
        (task(TaskStatus.UNCONFIRMED), "may exist"),
        (task(parts=("a", "b")), "split already"),
        (task(superseded_by="later"), "sent again"),
        (task(request={}), "not known"),
    ],
)
def test_what_cannot_be_split_says_why(one: Task, why: str) -> None:
    found = obstacle(one)
    assert why in found
    assert bool(found) == bool(why)


def test_leaves_are_the_latest_tries_and_parts_of_parts() -> None:
    """A part that failed was sent again, another one was split again."""
    tasks = {
        "whole": task(parts=("a", "b")),
        "a": task(superseded_by="a2").but(key="a"),
        "a2": task().but(key="a2"),
        "b": task(parts=("c", "d", "gone")).but(key="b"),
        "c": task().but(key="c"),
        "d": task().but(key="d"),
    }
    assert [leaf.key for leaf in leaves(tasks["whole"], tasks.get)] == ["a2", "c", "d"]
    ring = {"x": task(superseded_by="y").but(key="x"), "y": task(superseded_by="x").but(key="y")}
    assert latest("x", ring.get) is not None, "a session edited by hand may hold a ring"
