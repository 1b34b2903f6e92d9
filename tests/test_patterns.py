r"""Clients' regular expressions: they match like Python's, and take no more steps than allowed."""

import re

import pytest

from emulator.patterns import (
    MOST_STEPS,
    TooMuchWorkError,
    UnusablePatternError,
    effort,
    is_exhausted,
    pattern,
)

EXPRESSIONS = [
    r"\bSale\b", "(?i)ПРИВЕТ", r"\w+@\w+", r"[\w.-]+@", r"\d{3}", r"[^\W\d_]+", r"^\s*$", r"[\s\S]*!",
    r"\S+\s\S+", "a{,3}b", r"\u043f", r"\x41", "[]a]x", "[^]a]x",
    r'{"name":.*}', "(?P<n>a)b",
    "(?:a|b)+", r"\.", r"[\]]", r"\\", r"x\Z", "(?s)a.b", "(?m)^b", r"[\b]", r"\101",
    "[а-яё]+", "(?i:ж)x", r"\W", r"\D+", r"[\W]",
    r"[\S]", r"[a\]b]", "[(?=]", "[*+]+", "a|", "", ".", r"[\d-]+", r"(?u)\w", "(?iu)Ж",
]  # fmt: skip

TEXTS = [
    "Sale now", "привет", "ПРИВЕТ мир", "a@b", "x.y-z@q",
    "12345", "١٢٣", "", "  ", "  \n", "abc!", "a\nb!",
    "аaaab", "п", "A", "]x", "bx", '{"name":"x"}', "ab", "[", "]", "\\",
    "xx", "x\n", "a\nb", "\x08", "жx", "ЖX", "é",
    "中文 字", "(", "=", "*+", "\t", "1-2", "a\xa0b", "12a", "ё", "abбв_1",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_means_what_it_means_to_python(expression: str) -> None:
    ours, pythons = pattern(expression), re.compile(expression)
    assert [ours.is_in(text) for text in TEXTS] == [pythons.search(text) is not None for text in TEXTS]
    assert [ours.is_all_of(text) for text in TEXTS] == [pythons.fullmatch(text) is not None for text in TEXTS]


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("(?=a)", "a lookahead, (?="),
        ("(?!a)", "a negative lookahead, (?!"),
        ("(?<=a)b", "a lookbehind, (?<="),
        ("(?<!a)b", "a negative lookbehind, (?<!"),
        ("(?>a)", "an atomic group, (?>"),
        (r"(a)\1", r"a backreference, \1"),
        ("(?P<n>a)(?P=n)", "a backreference, (?P="),
        ("(a)?(?(1)b)", "a condition, (?("),
        ("(?#a)", "a comment, (?#"),
        ("(?x) a", "a flag, (?x"),
        ("a++", "a possessive quantifier, ++"),
        (r"\w{2,3}+", "a possessive quantifier, {2,3}+"),
        (r"\N{DASH}", r"the escape, \N"),
        (r"\bпривет", r"a boundary beside characters that are not ASCII, \b"),
    ],
)
def test_what_takes_more_than_linear_time_is_refused_by_name(expression: str, named: str) -> None:
    with pytest.raises(UnusablePatternError, match=re.escape(named)):
        pattern(expression)


@pytest.mark.parametrize("expression", ["(", "[", "*a", "a**", "[z-a]", "\\", "(?P<n", r"\p{Nothing}"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(UnusablePatternError, match="is not a regular expression"):
        pattern(expression)


@pytest.mark.parametrize(
    ("expression", "says"),
    [("x" * 1001, "up to 1000"), (r"(?:\w{0,30}){30}", "too large"), ("(?:a{50}){50}", "{50}")],
)
def test_an_expression_has_a_largest_size(expression: str, says: str) -> None:
    with pytest.raises(UnusablePatternError, match=re.escape(says)):
        pattern(expression)


@pytest.mark.parametrize(
    "expression", ["^(a+)+$", "(a|a)*b", "(.*)*=", r"^(\w+\s?)*$", "(x+x+)+y", "(a*)*" * 50]
)
def test_an_expression_that_backtracks_without_end_elsewhere_is_compared(expression: str) -> None:
    assert not pattern(f"{expression}никогда").is_in("a" * 10_000 + "!")


def test_comparing_takes_as_many_steps_as_allowed_and_no_more() -> None:
    wanted, text = pattern("[ab]*a[ab]{20}c"), "a" * (MOST_STEPS // 1000)
    with effort():
        assert not wanted.is_in(text)
        assert not is_exhausted()
        with pytest.raises(TooMuchWorkError):
            _ = [wanted.is_in(text) for _ in range(100)]
        assert is_exhausted()
    assert not is_exhausted()


def test_compiling_counts_as_work() -> None:
    with effort(), pytest.raises(TooMuchWorkError):
        _ = [pattern(rf"{number}\w{{60}}") for number in range(1_000)]
