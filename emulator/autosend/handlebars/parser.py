"""Makes the tree of a template out of its tokens."""

from dataclasses import dataclass

from emulator.autosend.handlebars.expressions import Expressions
from emulator.autosend.handlebars.tokens import Kind, Token, tokenize
from emulator.autosend.handlebars.tree import Block, Call, Comment, Program, Strip, Text, Value
from emulator.autosend.handlebars.whitespace import control, control_block

MOST_NESTED = 50
"""The most blocks within each other; the branches of an `else if` count as one block."""

_CLOSED_BY = {Kind.OPEN: Kind.CLOSE, Kind.OPEN_RAW: Kind.CLOSE_RAW}
_NOT_SUPPORTED = {
    Kind.OPEN_PARTIAL: "partials can not be registered, so there is none to include",
    Kind.OPEN_DECORATOR: "there are no decorators",
}


@dataclass(slots=True)
class _Open:
    """A block that is not closed yet."""

    start: Token
    block: Block
    body: Program
    """The part between the opening tag and `else`."""
    is_inverted: bool = False
    is_chained: bool = False
    has_else: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template."""

    program: Program
    has_loops: bool
    """Whether parts of it may be rendered more than once."""
    variables: int | None = None
    """How many variables it has, if there is nothing else in it but text; else None."""


def parse(template: str) -> Template:
    """Parse a template. Raises TemplateError."""
    parser = _Parser(template)
    program = parser.parse()
    return Template(program, parser.has_loops, _variables(program))


def _variables(program: Program) -> int | None:
    values = [node for node in program.body if not isinstance(node, Text)]
    is_plain = all(isinstance(node, Value) and not _calls(node.call) for node in values)
    return len(values) if is_plain else None


def _calls(call: Call) -> bool:
    """Return whether a tag calls a helper, or names something with arguments."""
    return call.helper is not None or call.is_unknown or bool(call.arguments or call.named)


class _Parser(Expressions):
    def __init__(self, template: str) -> None:
        super().__init__(template, tokenize(template))
        self._top = Program()
        self._into = self._top
        self._blocks: list[_Open] = []
        self._depth = 0
        self.has_loops = False

    def parse(self) -> Program:
        while (token := self._take()).kind is not Kind.END:
            self._statement(token)
        if self._blocks:
            raise self._error(self._blocks[-1].start, "the block is never closed")
        control(self._top, is_whole=True)
        return self._top

    def _statement(self, token: Token) -> None:
        match token.kind:
            case Kind.TEXT:
                self._into.body.append(Text(token.text, token.text))
            case Kind.COMMENT:
                self._into.body.append(Comment(token.strip))
            case Kind.OPEN | Kind.OPEN_RAW:
                self._value(token)
            case Kind.OPEN_BLOCK | Kind.OPEN_INVERSE:
                self._open(token, is_inverted=token.kind is Kind.OPEN_INVERSE)
            case Kind.OPEN_CHAIN:
                self._chain(token)
            case Kind.ELSE:
                self._else(token, token.strip)
            case Kind.OPEN_END:
                self._close(token)
            case Kind.OPEN_RAW_BLOCK:
                self._raw_block(token)
            case _:
                raise self._error(token, _NOT_SUPPORTED.get(token.kind, "this is not expected here"))

    def _value(self, start: Token) -> None:
        call = self._call(is_block=False)
        fallback = self._fallback(call)
        end = self._expect(_CLOSED_BY[start.kind])
        is_escaped = start.kind is Kind.OPEN and not start.text.endswith("&")
        source = self._template[start.start : end.end]
        strip = Strip(start.strips_before, end.strips_behind)
        self._into.body.append(Value(call, is_escaped, strip, source, fallback))

    def _fallback(self, call: Call) -> str | None:
        """Read AutoSend's own `| "fallback"`, which follows a variable."""
        if self._next.kind is not Kind.BAR or call.helper or call.is_unknown:
            return None
        self._take()
        token = self._take()
        if token.kind not in {Kind.STRING, Kind.NUMBER}:
            raise self._error(token, "a fallback is a text in quotes, or a number")
        return token.text

    def _block_call(self) -> Call:
        call = self._call(is_block=True)
        self.has_loops |= call.helper in {"each", None}
        return call

    def _opening(self, start: Token) -> tuple[Block, Program]:
        """Read the rest of an opening tag; its parameters' names stay valid until `_drop_names`."""
        call = self._block_call()
        names = self._parameters()
        end = self._expect(Kind.CLOSE)
        program = Program(has_parameters=bool(names))
        if names:
            self._names.insert(0, names)
        return Block(call, program, open_strip=Strip(start.strips_before, end.strips_behind)), program

    def _open(self, start: Token, *, is_inverted: bool) -> None:
        block, program = self._opening(start)
        if is_inverted:
            block.program, block.inverse = None, program
        self._into.body.append(block)
        self._blocks.append(_Open(start, block, program, is_inverted))
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise self._error(start, f"blocks are nested deeper than {MOST_NESTED}")
        self._into = program

    def _else(self, token: Token, strip: Strip) -> Program:
        """Begin the part of the innermost block after `else`, and return it."""
        if not self._blocks or self._blocks[-1].has_else:
            raise self._error(token, "there is no block that it belongs to")
        opened = self._blocks[-1]
        opened.has_else = True
        self._drop_names(opened)
        other = Program()
        if opened.is_inverted:
            opened.block.program = other
        else:
            opened.block.inverse = other
        opened.block.inverse_strip = strip
        self._into = other
        return other

    def _chain(self, token: Token) -> None:
        if self._blocks and self._blocks[-1].is_inverted:
            raise self._error(token, "an inverse block can only have a plain else")
        other = self._else(token, Strip())
        opened = self._blocks[-1].block
        block, program = self._opening(token)
        opened.inverse_strip = block.open_strip
        other.body.append(block)
        other.is_chained = True
        self._blocks.append(_Open(token, block, program, is_chained=True))
        self._into = program

    def _close(self, token: Token) -> None:
        path = self._path_or_literal()
        end = self._expect(Kind.CLOSE)
        strip = Strip(token.strips_before, end.strips_behind)
        while self._blocks:
            opened = self._blocks.pop()
            self._finish(opened, strip)
            if not opened.is_chained:
                self._depth -= 1
                self._check_name(token, opened.block, path.text)
                self._into = self._within()
                return
        raise self._error(token, "there is no open block that it closes")

    def _finish(self, opened: _Open, strip: Strip) -> None:
        """Close a block, or a branch of one; only now the white space around its tags is known."""
        if not opened.has_else:
            self._drop_names(opened)
        is_inner = opened.is_chained and self._blocks[-1].is_chained
        opened.block.close_strip = opened.block.open_strip if is_inner else strip
        control_block(opened.block)

    def _check_name(self, token: Token, block: Block, name: str) -> None:
        if block.call.path.text != name:
            raise self._error(token, f"{block.call.path.text} doesn't match {name}")

    def _drop_names(self, opened: _Open) -> None:
        if opened.body.has_parameters:
            self._names.pop(0)

    def _within(self) -> Program:
        """Return the part of the innermost block that is being read, or the whole template."""
        if not self._blocks:
            return self._top
        opened = self._blocks[-1]
        if not opened.has_else:
            return opened.body
        other = opened.block.program if opened.is_inverted else opened.block.inverse
        return other or opened.body

    def _raw_block(self, start: Token) -> None:
        call = self._block_call()
        self._expect(Kind.CLOSE_RAW_BLOCK)
        block = Block(call, Program())
        while (token := self._take()).kind is Kind.TEXT:
            assert block.program is not None
            block.program.body.append(Text(token.text, token.text))
        self._check_name(token, block, token.text)
        control_block(block)
        self._into.body.append(block)
