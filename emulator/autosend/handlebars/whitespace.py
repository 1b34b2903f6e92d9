"""White space around tags: what `~` removes, and the lines in which a block's tag or a comment stands alone.

https://handlebarsjs.com/guide/expressions.html#whitespace-control
"""

from collections.abc import Sequence

from emulator.autosend.handlebars.tree import Block, Comment, Node, Program, Text, Value
from emulator.autosend.javascript import WHITE

_BLANKS = " \t"


def control(program: Program, *, is_whole: bool = False) -> None:
    """Remove white space around the tags of a program; `is_whole` if it is a whole template."""
    body = program.body
    for place, node in enumerate(body):
        match node:
            case Value(strip=strip):
                _strip_around(body, place, before=strip.before, behind=strip.behind)
            case Comment(strip=strip):
                is_alone = _ends_line(body, place, is_whole=is_whole)
                is_alone &= _begins_line(body, place, is_whole=is_whole)
                _strip_around(body, place, before=strip.before, behind=strip.behind)
                if is_alone:
                    _cut_behind(body, place)
                    _cut_before(body, place)
            case Block():
                _control_tags(body, place, node, is_whole=is_whole)


def _control_tags(body: Sequence[Node], place: int, block: Block, *, is_whole: bool) -> None:
    """Remove white space before a block's opening tag and behind its closing tag."""
    opens_alone = block.may_open_alone and _ends_line(body, place, is_whole=is_whole)
    closes_alone = block.may_close_alone and _begins_line(body, place, is_whole=is_whole)
    _strip_around(body, place, before=block.open_strip.before, behind=block.close_strip.behind)
    if opens_alone:
        _cut_behind(_first(block).body, -1)
        _cut_before(body, place)
    if closes_alone:
        _cut_behind(body, place)
        last = block.inverse or _first(block)
        _cut_before(last.body, len(last.body))


def control_block(block: Block) -> None:
    """Remove white space within a block, at its tags."""
    for part in (block.program, block.inverse):
        if part is not None:
            control(part)
    first = _first(block)
    other = block.inverse if block.program else None
    if other and other.is_chained and isinstance(other.body[0], Block):
        other = _first(other.body[0])
    last = other or first
    block.may_open_alone = _begins_line(first.body, -1)
    block.may_close_alone = _ends_line(last.body, len(last.body))
    if block.open_strip.behind:
        _strip_behind(first.body, -1)
    if other:
        _control_else(block, first, other)
    if block.close_strip.before:
        _strip_before(last.body, len(last.body))


def _control_else(block: Block, first: Program, other: Program) -> None:
    end = len(first.body)
    is_alone = _ends_line(first.body, end) and _begins_line(other.body, -1)
    if block.inverse_strip.before:
        _strip_before(first.body, end)
    if block.inverse_strip.behind:
        _strip_behind(other.body, -1)
    if is_alone:
        _cut_before(first.body, end)
        _cut_behind(other.body, -1)


def _first(block: Block) -> Program:
    return block.program or block.inverse or Program()


def _at(body: Sequence[Node], place: int) -> Node | None:
    return body[place] if 0 <= place < len(body) else None


def _ends_line(body: Sequence[Node], place: int, *, is_whole: bool = False) -> bool:
    """Return whether there is nothing but white space between a place and the beginning of its line."""
    text = _at(body, place - 1)
    if not isinstance(text, Text):
        return text is None and is_whole
    kept = len(text.original.rstrip(WHITE))
    is_first = is_whole and _at(body, place - 2) is None
    return "\n" in text.original[kept:] or (is_first and kept == 0)


def _begins_line(body: Sequence[Node], place: int, *, is_whole: bool = False) -> bool:
    """Return whether there is nothing but white space between a place and the end of its line."""
    text = _at(body, place + 1)
    if not isinstance(text, Text):
        return text is None and is_whole
    rest = text.original.lstrip(WHITE)
    is_last = is_whole and _at(body, place + 2) is None
    return "\n" in text.original[: len(text.original) - len(rest)] or (is_last and not rest)


def _strip_around(body: Sequence[Node], place: int, *, before: bool, behind: bool) -> None:
    if behind:
        _strip_behind(body, place)
    if before:
        _strip_before(body, place)


def _strip_behind(body: Sequence[Node], place: int) -> None:
    """Remove all white space behind a place."""
    text = _at(body, place + 1)
    if isinstance(text, Text):
        kept = text.value.lstrip(WHITE)
        text.is_stripped_before, text.value = kept != text.value, kept


def _strip_before(body: Sequence[Node], place: int) -> None:
    text = _at(body, place - 1)
    if isinstance(text, Text):
        kept = text.value.rstrip(WHITE)
        text.is_stripped_behind, text.value = kept != text.value, kept


def _cut_behind(body: Sequence[Node], place: int) -> None:
    """Remove the rest of the line behind a place, with its end, unless something was removed there."""
    text = _at(body, place + 1)
    if isinstance(text, Text) and not text.is_stripped_before:
        kept = text.value.lstrip(_BLANKS).removeprefix("\r").removeprefix("\n")
        text.is_stripped_before, text.value = kept != text.value, kept


def _cut_before(body: Sequence[Node], place: int) -> None:
    text = _at(body, place - 1)
    if isinstance(text, Text) and not text.is_stripped_behind:
        kept = text.value.rstrip(_BLANKS)
        text.is_stripped_behind, text.value = kept != text.value, kept
