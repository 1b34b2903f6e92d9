"""The regular expressions that clients bring.

RE2 compares them, because its time grows only with the length of the text, whatever the pattern. Constructs
that it lacks, such as lookahead, are refused by name: https://github.com/google/re2/wiki/Syntax. The work of
comparing is counted in steps, of 5 to 8 nanoseconds at worst, and bounded for each request.
"""

import re
from contextvars import ContextVar
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

LONGEST = 1000
"""How many characters a pattern can have."""

MOST_STEPS = 5_000_000
"""How many steps comparing may take within `effort`: characters of texts, times sizes of programs."""

COMPILING = 60
"""How many steps it takes to compile one instruction of a program."""

BEGINNING = 100
"""The fixed cost of compiling any pattern, counted in instructions."""

CAPTURING = 10
"""How many times as many steps a comparison takes that finds what groups match."""

MEMORY = 1 << 18
"""How many bytes the engine may use for a program."""

TOKEN = re.compile(
    r"""(?P<quoted>     \\Q .*? (?: \\E | \Z ) )
      | (?P<code>       \\(?: x[0-9a-fA-F]{2} | u[0-9a-fA-F]{4} | U[0-9a-fA-F]{8} | x\{ [0-9a-fA-F]+ \} ) )
      | (?P<octal>      \\(?: [0-3][0-7]{2} | 0 [0-7]? ) )
      | (?P<property>   \\[pP] (?: \{ [^}]* \} | [^]] ) )
      | (?P<escape>     \\ .? )
      | (?P<posix>      \[: \^? [a-z]+ :\] )
      | (?P<set>        \[ \^? \]? )
      | (?P<group>      \( \? (?: P? < [=!]? | P [=>] | [a-zA-Z-]+ :? | [^]] )? )
      | (?P<possessive> (?: [*+?] | \{ (?: [0-9]+ ,? [0-9]* | , [0-9]+ ) \} ) \+ )
      | (?P<up_to>      \{ , [0-9]+ \} )
      | (?P<other>      . )""",
    re.VERBOSE | re.DOTALL,
)

CONSTRUCTS = {
    "(?=": "a lookahead",
    "(?!": "a negative lookahead",
    "(?<=": "a lookbehind",
    "(?<!": "a negative lookbehind",
    "(?>": "an atomic group",
    "(?(": "a condition",
    "(?#": "a comment",
    "(?P=": "a backreference",
    "(?P>": "a recursion",
}
FLAGS = frozenset("imsuU-")
ESCAPES = frozenset("AzZbBdDwWsSafnrtvQE")

Blocks: TypeAlias = tuple[tuple[int, int], ...]


def _blocks(written: str) -> Blocks:
    ends = (block.split("-") for block in written.split())
    return tuple((int(pair[0], 16), int(pair[-1], 16)) for pair in ends)


SPACES = _blocks("9-d 1c-20 85 a0 1680 2000-200a 2028-2029 202f 205f 3000")
WORDS = _blocks(
    "30-39 41-5a 5f 61-7a aa b5 ba c0-d6 d8-f6 f8-2c1 370-373 376-377 37b-37d 37f 386 388-481 48a-1fff "
    "2c00-2dff 3005-3007 3041-d7ff f900-fdff fe70-fefc ff10-ff19 ff21-ff3a ff41-ff5a ff66-ffdc 10000-1cfff "
    "20000-3ffff"
)
r"""The blocks of letters and digits of all scripts: a few coarse ones, as each makes the program longer."""


class UnusablePatternError(ValueError):
    """A text that is no pattern, is too large, or can not be compared in linear time."""


class TooMuchWorkError(Exception):
    """Comparing takes more than MOST_STEPS."""

    def __init__(self) -> None:
        super().__init__(
            f"it takes more than {MOST_STEPS:,} steps (characters of texts, times the sizes of patterns); "
            "make the patterns smaller, or say more of the requests that are meant"
        )


_left: ContextVar[list[int] | None] = ContextVar("steps_left", default=None)


class effort:  # noqa: N801 -- used as `with effort():`; a generator takes four times as long
    """Bounds all comparing inside of the block to MOST_STEPS in total. The block must not `await`."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = _left.set([MOST_STEPS])

    def __exit__(self, *error: object) -> None:
        _left.reset(self._token)


def spend(steps: int) -> None:
    """Take steps from those that `effort` has left. Raises TooMuchWorkError if they are too few."""
    left = _left.get() or [MOST_STEPS]
    left[0] -= steps
    if left[0] < 0:
        raise TooMuchWorkError


def is_exhausted() -> bool:
    """Return whether `spend` has raised TooMuchWorkError: SQLite replaces it by an error of its own."""
    left = _left.get()
    return left is not None and left[0] < 0


class Pattern:
    """A compiled pattern. Raises UnusablePatternError, and TooMuchWorkError as compiling takes steps, too."""

    def __init__(self, text: str, *, dot_all: bool = False, captures: bool = False) -> None:
        plain, wide = _translated(text, is_wide=False), _translated(text, is_wide=True)
        self._plain = _compiled(plain, dot_all=dot_all, captures=captures)
        self._wide = self._plain if wide == plain else _compiled(wide, dot_all=dot_all, captures=captures)
        self._size = self._plain.programsize
        spend(COMPILING * (BEGINNING + self._size + self._wide.programsize))

    def is_in(self, text: str) -> bool:
        """Return whether the pattern fits somewhere in a text. Raises TooMuchWorkError."""
        spend(self._size * len(text))
        return self._program_for(text).search(text.encode(errors="replace")) is not None

    def is_all_of(self, text: str) -> bool:
        """Return whether the pattern fits a whole text. Raises TooMuchWorkError."""
        spend(self._size * len(text))
        return self._program_for(text).fullmatch(text.encode(errors="replace")) is not None

    def _program_for(self, text: str) -> Any:
        r"""Return the program for a text: for ASCII, a smaller one whose `\w` and `\d` know ASCII alone."""
        return self._plain if text.isascii() else self._wide

    def groups(self, text: str) -> list[str] | None:
        """Return what each group matched, if the pattern fits the whole text. Raises TooMuchWorkError."""
        spend(CAPTURING * self._size * len(text))
        found = self._program_for(text).fullmatch(text.encode(errors="replace"))
        return [(group or b"").decode(errors="replace") for group in found.groups()] if found else None


@lru_cache(maxsize=1024)
def pattern(text: str, *, dot_all: bool = False, captures: bool = False) -> Pattern:
    """Return the pattern for a regular expression. Raises UnusablePatternError and TooMuchWorkError.

    With `dot_all`, a dot stands for line breaks too; only with `captures` can groups be asked for.
    """
    if len(text) > LONGEST:
        raise UnusablePatternError(f"is too long: a regular expression has up to {LONGEST} characters")
    return Pattern(text, dot_all=dot_all, captures=captures)


def _compiled(text: str, *, dot_all: bool, captures: bool) -> Any:
    import re2  # noqa: PLC0415 -- most servers compare no pattern, and it takes 3 MB

    options = re2.Options()
    options.max_mem, options.log_errors = MEMORY, False
    options.dot_nl, options.never_capture = dot_all, not captures
    try:
        return re2.compile(text.encode(errors="surrogatepass"), options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        if reason.startswith("pattern too large"):
            raise UnusablePatternError("is too large: it repeats too much, too often") from error
        raise UnusablePatternError(f"is not a regular expression: {reason}") from error


def _translated(text: str, *, is_wide: bool) -> str:
    r"""Return a pattern in RE2's syntax; with `is_wide`, `\w`, `\d` and `\s` know all scripts.

    Raises UnusablePatternError for what RE2 does not have.
    """
    pieces, in_set = [], False
    for token in TOKEN.finditer(text):
        kind, piece = token.lastgroup, token[0]
        if kind == "set" and not in_set:
            in_set = True
        elif kind == "other" and piece == "]":
            in_set = False
        elif kind == "code":
            piece = f"\\x{{{piece[2:].strip('{}')}}}"
        elif kind == "escape":
            piece = _escape(piece, in_set=in_set, is_wide=is_wide)
            if piece.lower() == r"\b" and not text.isascii():
                raise _refusal(r"a boundary beside characters that are not ASCII", piece)
        elif not in_set:
            piece = _construct(kind, piece)
        pieces.append(piece)
    return "".join(pieces)


def _construct(kind: str | None, piece: str) -> str:
    if kind == "possessive":
        raise _refusal("a possessive quantifier", piece)
    if kind == "up_to":
        return "{0" + piece[1:]
    if kind != "group":
        return piece
    if piece in CONSTRUCTS:
        raise _refusal(CONSTRUCTS[piece], piece)
    flags = piece[2:].rstrip(":")
    if not flags[:1].isalpha() or piece == "(?P<":
        return piece
    if not FLAGS.issuperset(flags):
        raise _refusal("a flag", piece)
    # RE2 knows the upper and lower case of all scripts without the flag `u`.
    known = flags.replace("u", "")
    return f"(?{known}{piece[2 + len(flags) :]}" if known else "(?:"


def _escape(piece: str, *, in_set: bool, is_wide: bool) -> str:
    sign = piece[1:]
    if sign in "123456789" and sign:
        raise _refusal("a backreference", piece)
    if sign.isascii() and sign.isalpha() and sign not in ESCAPES:
        raise _refusal("the escape", piece)
    if sign == "b" and in_set:
        return r"\x08"
    if is_wide and sign in "dDwWsS" and sign:
        return _class(sign, in_set=in_set)
    return {r"\Z": r"\z"}.get(piece, piece if sign.isascii() else sign)


def _class(sign: str, *, in_set: bool) -> str:
    if sign in "dD":
        return rf"\{'p' if sign == 'd' else 'P'}{{Nd}}"
    blocks = WORDS if sign in "wW" else SPACES
    members = "".join(rf"\x{{{begin:x}}}-\x{{{end:x}}}" for begin, end in _blocks_of(blocks, sign))
    return members if in_set else f"[{members}]"


def _blocks_of(blocks: Blocks, sign: str) -> Blocks:
    r"""Return the blocks, or the gaps between them for `\W` and `\S`."""
    if sign.islower():
        return blocks
    around = ((0, -1), *blocks, (0x110000, 0x110000))
    return tuple(
        (before + 1, after - 1) for (_, before), (after, _) in pairwise(around) if before + 1 < after
    )


def _refusal(what: str, piece: str) -> UnusablePatternError:
    return UnusablePatternError(
        f"uses {what}, {piece}, which regular expressions do not have here: they take linear time, "
        "https://github.com/google/re2/wiki/Syntax"
    )
