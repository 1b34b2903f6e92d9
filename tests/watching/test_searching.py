"""A long text is searched in windows, and the matches are those of `re`."""

import re
from collections.abc import Callable

import pytest

from emulator.watching.searching import WINDOW, matches, replaced

PATTERNS = [
    r"\btoken=\w+",
    r"(?<![a-z])token",
    r"^token=",
    r"token=(?!1)\w+",
    r"[\"']token[\"']\s*:\s*",
    r"token=1+",
]
BEGINNINGS = [-30, -8, -6, -1, 0, 1, WINDOW - 9, WINDOW]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("before", BEGINNINGS)
@pytest.mark.parametrize("found", ["token=1", " token=22 ", "\ntoken=1", "xtoken=1", "'token' :\n 1"])
def test_what_lies_at_the_end_of_a_window_is_found(pattern: str, before: int, found: str) -> None:
    text = "-" * (WINDOW + before) + found + "-" * WINDOW + found
    expected = [one.span() for one in re.finditer(pattern, text, re.MULTILINE)]
    assert [one.span() for one in matches(re.compile(pattern, re.MULTILINE), text)] == expected


@pytest.mark.parametrize("length", [WINDOW - 10, 3 * WINDOW])
def test_a_match_may_be_longer_than_a_window(length: int) -> None:
    text = "token=" + "1" * length + "-" * WINDOW
    assert [one.span() for one in matches(re.compile("token=1+"), text)] == [(0, 6 + length)]


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda found: f"[{found[0]}]", lambda _: ""])
def test_matches_are_replaced_as_sub_does(make: Callable[[re.Match[str]], str]) -> None:
    text = "-token=1-" * WINDOW
    assert replaced(re.compile(r"token=\d"), make, text) == re.sub(r"token=\d", make, text)
