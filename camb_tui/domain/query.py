"""The filter language: text in, a query out that can be asked about every task. Pure; knows no clock and no file.

    query     = [ or ] ;            or  = and { ( "OR" | "|" ) and } ;    and = not { [ "AND" | "&" ] not } ;
    not       = ( "NOT" | "!" | "-" ) not | atom ;                        "-" only before a letter, "(" or a quote
    atom      = "(" or ")" | predicate | directive | word | quoted | /regex/ ;
    predicate = field op value { "," value } ;                            a comma: any of these
    op        = ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" ;
    value     = word | quoted | /regex/ | [ word ] ".." [ word ] ;
    directive = "sort:" [ "-" ] field | "group:" field | "limit:" int | "cols:" word { "," word } ;

Superseded tasks never match, and archived ones only a query that says `is:archived`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from camb_tui.domain.query_clauses import (
    Clause,
    QueryEnv,
    QueryFault,
    Value,
    all_of,
    any_of,
    is_smart,
    nearest,
    negated,
)
from camb_tui.domain.query_fields import FIELDS, STATES, regex_test, word_clause
from camb_tui.domain.tasks import Task

__all__ = ["FIELD_NAMES", "STATES", "Query", "QueryEnv", "QueryFault", "Sort", "parse"]

DIRECTIVES = ("sort", "group", "limit", "cols")
FIELD_NAMES = tuple(FIELDS)
_MAX_LENGTH = 2_000
_MAX_DEPTH = 40


class Sort(NamedTuple):
    """One field to sort by; `down` puts the greatest first."""

    field: str
    down: bool = False

    def value(self, task: Task, env: QueryEnv) -> Any:
        """What the task sorts by, None where it has nothing; comparable among tasks that have something."""
        order = FIELDS[self.field].order
        return order(task, env) if order is not None else None


class _Item(NamedTuple):
    """One condition of the outermost AND, with its source, and the word where it is a bare word."""

    source: str
    clause: Clause
    word: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter."""

    text: str
    clause: Clause = field(compare=False)
    archived: bool = False
    """It asks about archived tasks, so they are not left out beforehand."""
    sort: tuple[Sort, ...] = ()
    group: str | None = None
    limit: int | None = None
    columns: tuple[str, ...] = ()
    items: tuple[_Item, ...] = field(default=(), compare=False)
    """The conditions of the outermost AND; empty where it is an OR."""
    everything: bool = False
    """It has no condition at all."""

    def matches(self, task: Task, env: QueryEnv) -> bool:
        """Whether the task is shown under this query."""
        if task.superseded_by is not None or (task.archived and not self.archived):
            return False
        return self.clause.test(task, env)

    @property
    def needed(self) -> tuple[str, ...]:
        """Words that the haystack of whatever matches holds: a quick look at it spares the question."""
        words = [item.word for item in self.items if item.word is not None]
        # ASCII alone: the lower case of other letters depends on the letters beside them.
        return tuple(word.lower() for word in words if word.isascii() and "\n" not in word)

    def narrows(self, other: Query) -> bool:
        """Whether all that matches this also matches `other`, as far as the two texts show: one typed on."""
        if self.archived != other.archived or (other.clause.clock or other.clause.outside):
            return False
        if other.everything:
            return True
        if not other.items or len(self.items) < len(other.items):
            return False
        *before, last = other.items
        if any(mine.source != theirs.source for mine, theirs in zip(self.items, before, strict=False)):
            return False
        mine = self.items[len(before)]
        return mine.source == last.source or _word_narrows(mine.word, last.word)


def _word_narrows(new: str | None, old: str | None) -> bool:
    if new is None or old is None:
        return False
    return old in new if is_smart(old) else old in new.lower()


def parse(text: str) -> Query:
    """The query behind the text; an empty text matches every task that is not hidden.

    Raises:
        QueryFault: The text is no query; its column says where.
    """
    if len(text) > _MAX_LENGTH:
        raise QueryFault(_MAX_LENGTH, f"a filter has at most {_MAX_LENGTH:,} characters")
    return _Parser(text).query()


_BLANKS = re.compile(r"\s*")
_WORD = re.compile(r"[^\s()|&\"]+")
_VALUE = re.compile(r"[^\s()|&\",]+")
_PREDICATE = re.compile(r"([A-Za-z_]+)(!=|!~|<=|>=|[:=<>~])")
_JOINER = re.compile(r"(OR|AND|NOT)(?=[\s()\"]|$)")


class _Parser:
    """Recursive descent over the text; `at` is the next character to read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.archived = False
        self.sort: list[Sort] = []
        self.group: str | None = None
        self.limit: int | None = None
        self.columns: tuple[str, ...] = ()

    def query(self) -> Query:
        branches = self.branches()
        self.blanks()
        if self.at < len(self.text):
            raise self.fault("a ( is missing before this )")
        filled = [branch for branch in branches if branch]
        if len(branches) > 1 and len(filled) < len(branches):
            raise self.fault("something expected on both sides of OR")
        items = tuple(filled[0]) if len(filled) == 1 else ()
        clause = any_of([all_of([item.clause for item in branch]) for branch in filled]) if filled else all_of([])
        return Query(
            self.text.strip(),
            clause,
            archived=self.archived,
            sort=tuple(self.sort),
            group=self.group,
            limit=self.limit,
            columns=self.columns,
            items=items,
            everything=not filled,
        )

    # -- the grammar, one method a rule

    def branches(self) -> list[list[_Item]]:
        """The rule `or`: its branches, each a list of conditions that hold together."""
        found = [self.conditions()]
        while joiner := self.joiner("OR", "|"):
            found.append(self.conditions())
            if not found[-1]:
                raise self.fault(f"something expected after {joiner}")
        return found

    def conditions(self) -> list[_Item]:
        """The rule `and`: conditions side by side, up to OR, a closing bracket or the end."""
        found: list[_Item] = []
        while True:
            joiner = self.joiner("AND", "&")
            self.blanks()
            if self.at >= len(self.text) or self.text[self.at] in ")|" or self.peek_joiner() == "OR":
                if joiner:
                    raise self.fault(f"something expected after {joiner}")
                return found
            if joiner and not found:
                raise self.fault(f"something expected before {joiner}")
            start = self.at
            item = self.condition()
            if item is not None:
                clause, word = item
                found.append(_Item(self.text[start : self.at].strip(), clause, word))

    def condition(self) -> tuple[Clause, str | None] | None:
        """The rule `not`: one condition and, for a bare word, the word; None for a directive."""
        sign = self.negation()
        if not sign:
            return self.atom()
        self.blanks()
        if self.at >= len(self.text):
            raise self.fault(f"something expected after {sign}")
        self.deeper()
        start = self.at
        found = self.condition()
        self.depth -= 1
        if found is None:
            raise QueryFault(start + 1, f"{sign} does not go with a directive")
        return negated(found[0]), None

    def atom(self) -> tuple[Clause, str | None] | None:
        letter = self.text[self.at]
        if letter == "(":
            return self.bracket(), None
        if letter in "|&)":
            raise self.fault(f"something expected before {letter}")
        if letter in '"/':
            value = self.value("")
            if value.regex:
                return Clause(regex_test(value)), None
            return word_clause(value.text), value.text
        found = _PREDICATE.match(self.text, self.at)
        if found is not None:
            return self.predicate(found[1], found[2], found.end())
        word = _WORD.match(self.text, self.at)
        if word is None:  # cannot be: every other letter was taken above
            raise self.fault("a word expected")
        self.at = word.end()
        return word_clause(word[0]), word[0]

    def bracket(self) -> Clause:
        start = self.at
        self.at += 1
        self.deeper()
        branches = self.branches()
        self.depth -= 1
        self.blanks()
        if self.at >= len(self.text):
            raise QueryFault(start + 1, "this ( is never closed")
        if not all(branches):
            raise self.fault("something expected in ( )")
        self.at += 1
        return any_of([all_of([item.clause for item in branch]) for branch in branches])

    def predicate(self, name: str, op: str, after: int) -> tuple[Clause, str | None] | None:
        known = name.lower()
        if known not in FIELDS and known not in DIRECTIVES:
            raise QueryFault(self.at + 1, f"no field {name!r}{nearest(known, (*FIELDS, *DIRECTIVES))}")
        self.at = after
        values = [self.value(known + op)]
        while self.text[self.at : self.at + 1] == ",":
            self.at += 1
            values.append(self.value(","))
        if known in DIRECTIVES:
            self.direct(known, op, values)
            return None
        clause = FIELDS[known].compile(known, op, values)
        if known == "is" and any(value.text.lower() == "archived" for value in values):
            self.archived = True
        return clause, None

    def direct(self, name: str, op: str, values: list[Value]) -> None:
        """Takes a directive in: the order, groups, number or columns of what is shown."""
        first = values[0]
        if op != ":":
            raise QueryFault(first.column - len(op), f"{name} takes a colon")
        if self.depth:
            raise QueryFault(first.column, f"{name}: does not go inside brackets")
        if name == "cols":
            self.columns = tuple(value.text.lower() for value in values)
        elif name == "limit":
            if not re.fullmatch(r"[1-9]\d{0,8}", first.text):
                raise QueryFault(first.column, f"limit takes a number above 0, not {first.text!r}")
            self.limit = int(first.text)
        elif name == "group":
            self.group = self.sortable(name, first, first.text)
        else:
            for value in values:
                down = value.text.startswith("-")
                self.sort.append(Sort(self.sortable(name, value, value.text[down:]), down))

    def sortable(self, name: str, value: Value, text: str) -> str:
        wanted = text.lower()
        able = [one for one, spec in FIELDS.items() if spec.order is not None]
        if wanted not in able:
            raise QueryFault(value.column, f"{name}: no field {text!r}{nearest(wanted, able)}")
        return wanted

    # -- the letters

    def value(self, after: str) -> Value:
        """One value; `after` is what stands before it, for the fault where there is none."""
        start = self.at
        opener = self.text[start : start + 1]
        if opener == '"':
            end = self.text.find('"', start + 1)
            if end < 0:
                raise QueryFault(start + 1, "this quote is never closed")
            self.at = end + 1
            return Value(self.text[start + 1 : end], start + 1, quoted=True)
        if opener == "/":
            found = re.compile(r"/((?:[^/\\]|\\.)*)/").match(self.text, start)
            if found is None:
                raise QueryFault(start + 1, "this / is never closed; quote a word that begins with /")
            self.at = found.end()
            return Value(found[1].replace("\\/", "/"), start + 1, regex=True)
        word = _VALUE.match(self.text, start)
        if word is None:
            raise QueryFault(max(start, 1), f"value expected after {after}")
        self.at = word.end()
        return Value(word[0], start + 1)

    def negation(self) -> str:
        """The sign of a negation that stands here, now read; empty where there is none."""
        if self.peek_joiner() == "NOT":
            self.at += 3
            return "NOT"
        letter, following = self.text[self.at], self.text[self.at + 1 : self.at + 2]
        if letter == "!" or (letter == "-" and (following.isalpha() or following in tuple('("'))):
            self.at += 1
            return letter
        return ""

    def joiner(self, word: str, sign: str) -> str:
        """The joining word or sign, now read, where it stands here; empty otherwise."""
        self.blanks()
        if self.peek_joiner() == word:
            self.at += len(word)
            return word
        if self.text[self.at : self.at + 1] == sign:
            self.at += 1
            return sign
        return ""

    def peek_joiner(self) -> str:
        found = _JOINER.match(self.text, self.at)
        return found[1] if found is not None else ""

    def blanks(self) -> None:
        found = _BLANKS.match(self.text, self.at)
        self.at = found.end() if found is not None else self.at

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.fault("too many brackets or negations inside each other")

    def fault(self, message: str) -> QueryFault:
        return QueryFault(max(1, min(self.at + 1, len(self.text))), message)
