"""Patterns: how a text must be written, read once into steps that no text can keep busy for long."""

import re
from typing import Any, NoReturn

from questionnaires.errors import BadExpression

Steps = list[list[Any]]
Ranges = list[int]

LONGEST = 500
LARGEST = 2_000  # steps, with every repetition written out
MOST_OFTEN = 1_000
DEEPEST = 30
MOST_WORK = 200_000  # steps taken for one condition; where a text needs more it is neither right nor wrong
LAST = 0x10FFFF
END: list[Any] = ["any", []]
SHORTHANDS: dict[str, Ranges] = {"d": [48, 57], "s": [9, 13, 32, 32], "w": [48, 57, 65, 90, 95, 95, 97, 122]}
CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
HEXADECIMAL = {"x": 2, "u": 4}
_TIMES = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")


def read(pattern: str) -> Steps:
    """The steps of a pattern; a fork goes on here and there, a jump only there, both counted from where they stand."""
    if len(pattern) > LONGEST:
        raise BadExpression(f"A pattern may have at most {LONGEST} characters.")
    reading = _Reading(pattern)
    steps = reading.either()
    if reading.peek():
        reading.refuse("closes a bracket that was not opened")
    return [*steps, END]


def matches(steps: Steps, text: str, most: int = MOST_WORK) -> bool | None:
    """Whether the whole text is written so; None where it would take too long to say."""
    reached = _reach(steps, [0], text, 0)
    work = len(reached)
    for place, character in enumerate(text, start=1):
        code = ord(character)
        ahead = [at + 1 for at in reached if steps[at][0] == "any" and _within(code, steps[at][1])]
        if not ahead:
            return False
        reached = _reach(steps, ahead, text, place)
        work += len(reached)
        if work > most:
            return None
    return len(steps) - 1 in reached


def _reach(steps: Steps, waiting: list[int], text: str, place: int) -> set[int]:
    """Where one can stand without reading on."""
    reached: set[int] = set()
    while waiting:
        at = waiting.pop()
        if at in reached:
            continue
        reached.add(at)
        step = steps[at]
        kind = step[0]
        if kind == "any":
            continue
        if kind in {"fork", "jump"}:
            waiting.append(at + step[1])
        if kind == "fork" or (kind != "jump" and _stands(kind, text, place)):
            waiting.append(at + 1)
    return reached


def _stands(kind: str, text: str, place: int) -> bool:
    if kind == "start":
        return place == 0
    if kind == "end":
        return place == len(text)
    sides = [side != "" and _within(ord(side), SHORTHANDS["w"]) for side in (text[place - 1 : place], text[place:][:1])]
    return (sides[0] != sides[1]) == (kind == "edge")


def _within(code: int, ranges: Ranges) -> bool:
    return any(ranges[at] <= code <= ranges[at + 1] for at in range(0, len(ranges), 2))


class _Reading:
    """One pattern being read, from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0

    def refuse(self, why: str) -> NoReturn:
        raise BadExpression(f"The pattern {why} (its character {max(self.at, 1)}).")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def next(self) -> str:
        self.at += 1
        return self.pattern[self.at - 1 : self.at]

    def take(self, text: str) -> bool:
        found = self.pattern.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def either(self) -> Steps:
        branches = [self.branch()]
        while self.take("|"):
            branches.append(self.branch())
        steps = branches.pop()
        for branch in reversed(branches):
            steps = [["fork", len(branch) + 2], *branch, ["jump", len(steps) + 1], *steps]
        return self.bounded(steps)

    def branch(self) -> Steps:
        steps: Steps = []
        while self.peek() not in {"", "|", ")"}:
            steps = self.bounded([*steps, *self.piece()])
        return steps

    def bounded(self, steps: Steps) -> Steps:
        if len(steps) > LARGEST:
            self.refuse("is too large once its repetitions are written out")
        return steps

    def piece(self) -> Steps:
        is_place = self.pattern.startswith(("^", "$", "\\b", "\\B"), self.at)
        steps = self.atom()
        times = self.times()
        if times is None:
            return steps
        if is_place:
            self.refuse("repeats a place between characters, which is there only once")
        self.take("?")
        if self.peek() and self.peek() in "*+?{":
            self.refuse("has two signs of repetition in a row")
        return self.repeated(steps, *times)

    def times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return times
        if self.peek() != "{":
            return None
        found = _TIMES.match(self.pattern, self.at)
        if not found:
            self.refuse("has a brace that is no number of times, like {2,5}: write \\{ for the brace itself")
        self.at = found.end()
        least = int(found[1])
        most = int(found[3]) if found[3] else None if found[2] else least
        if max(least, most or 0) > MOST_OFTEN or (most is not None and most < least):
            self.refuse(f"repeats something more than {MOST_OFTEN:,} times, or from more to fewer times")
        return least, most

    def repeated(self, steps: Steps, least: int, most: int | None) -> Steps:
        size = len(steps) + 1
        if size * max(least, most or 0) > LARGEST + MOST_OFTEN:
            self.refuse("is too large once its repetitions are written out")
        if most is None:
            return [*steps * least, ["fork", 1 - size]] if least else [["fork", size + 1], *steps, ["jump", -size]]
        optional = [step for left in range(most - least, 0, -1) for step in (["fork", left * size], *steps)]
        return self.bounded([*steps * least, *optional])

    def atom(self) -> Steps:
        character = self.next()
        if character == "(":
            return self.group()
        if character == "[":
            return [["any", self.members()]]
        if character == "\\":
            return self.escaped()
        if character in "*+?{":
            self.refuse(f"has nothing to repeat before {character!r}: write \\{character} for the sign itself")
        places: dict[str, Steps] = {"^": [["start"]], "$": [["end"]], ".": [["any", _others([10, 10, 13, 13])]]}
        return places.get(character) or [["any", [ord(character)] * 2]]

    def group(self) -> Steps:
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(f"has brackets more than {DEEPEST} deep")
        if not self.take("?:") and self.peek() == "?":
            looks = re.match(r"\?<?[=!]", self.pattern[self.at :])
            self.refuse("looks ahead or back" if looks else "has a group with a mark other than (?:")
        steps = self.either()
        if not self.take(")"):
            self.refuse("opens a bracket that is not closed")
        self.depth -= 1
        return steps

    def escaped(self) -> Steps:
        if self.peek() in {"b", "B"}:
            return [["edge" if self.next() == "b" else "inside"]]
        return [["any", self.shorthand() or [self.code()] * 2]]

    def shorthand(self) -> Ranges | None:
        """The characters of \\d, \\w, \\s, or of \\D, \\W, \\S; only those of plain English letters and digits."""
        ranges = SHORTHANDS.get(self.peek().lower())
        if ranges is None:
            return None
        return ranges if self.next().islower() else _others(ranges)

    def code(self) -> int:
        """The character that is meant by what stands behind a backslash."""
        letter = self.next()
        if letter in HEXADECIMAL:
            found = re.compile(f"[0-9A-Fa-f]{{{HEXADECIMAL[letter]}}}").match(self.pattern, self.at)
            if not found or 0xD800 <= int(found[0], 16) <= 0xDFFF:  # noqa: PLR2004
                self.refuse(f"has \\{letter} without the number of a character")
            self.at = found.end()
            return int(found[0], 16)
        if letter.isdigit():
            self.refuse("refers back to one of its groups")
        if letter == "" or (letter not in CONTROLS and letter.isalpha()):
            self.refuse(f"has \\{letter}, which is not one of the escapes known here")
        return CONTROLS.get(letter, ord(letter))

    def members(self) -> Ranges:
        is_negated = self.take("^")
        ranges: Ranges = []
        if self.peek() == "]":
            self.refuse("has a class without characters: write \\] for the bracket itself")
        while not self.take("]"):
            first = self.member()
            is_one = len(first) == 2 and first[0] == first[1]  # noqa: PLR2004
            if is_one and self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in {"", "]"}:
                self.next()
                last = self.member()
                if last[0] != last[-1] or last[0] < first[0]:
                    self.refuse("has a range of characters that leads nowhere")
                first = [first[0], last[0]]
            ranges += first
        return _others(ranges) if is_negated else ranges

    def member(self) -> Ranges:
        character = self.next()
        if character in {"", "["}:
            self.refuse("has a class that is not closed, or one inside another: write \\[ for the bracket itself")
        if character == "\\":
            return self.shorthand() or [self.code()] * 2
        return [ord(character)] * 2


def _others(ranges: Ranges) -> Ranges:
    """Every character but these."""
    others: Ranges = []
    low = 0
    for first, last in sorted(zip(ranges[::2], ranges[1::2], strict=True)):
        if first > low:
            others += [low, first - 1]
        low = max(low, last + 1)
    return [*others, low, LAST] if low <= LAST else others
