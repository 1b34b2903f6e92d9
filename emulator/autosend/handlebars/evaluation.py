"""Renders the tree of a template with values, within a budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.autosend.handlebars.budget import Budget, TemplateError
from emulator.autosend.handlebars.tree import Block, Call, Expression, Literal, Path, Program, Text, Value
from emulator.autosend.handlebars.values import (
    OBJECTS,
    escaped,
    is_empty,
    is_same,
    is_true,
    members,
    property_of,
    text_of,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The options of a rendering."""

    is_html: bool = True
    """Whether values are escaped for HTML."""
    keeps_missing: bool = False
    """Whether a variable without a value stays as it is written."""
    has_nested: bool = True
    """Whether names with dots, such as `order.id`, have values."""


class Scope(NamedTuple):
    """The values of names at a place in a template."""

    context: Any
    outer: "tuple[Any, Any]"
    """The contexts, as a linked list: the innermost one, and those around it."""
    data: Mapping[str, Any]
    """The variables with `@`."""
    parameters: "tuple[Any, Any] | None" = None
    """The values of block parameters, as a linked list: those of the innermost block first."""


NOTHING: dict[str, Any] = {}
"""The context within a block where the context is null."""


class Evaluation:
    """One rendering."""

    def __init__(self, budget: Budget, dialect: Dialect) -> None:
        self._budget = budget
        self._dialect = dialect
        self._pieces: list[str] = []

    def text(self, program: Program, values: Mapping[str, Any]) -> str:
        """Return the rendered text. Raises TemplateError."""
        self._program(program, Scope(values, (values, None), {"root": values}))
        return "".join(self._pieces)

    def _program(self, program: Program | None, scope: Scope) -> None:
        for node in program.body if program else ():
            self._budget.step()
            match node:
                case Text():
                    self._write(node.value)
                case Value():
                    self._write(self._rendered(node, scope))
                case Block():
                    self._block(node, scope)

    def _write(self, text: str) -> None:
        self._budget.write(len(text))
        self._pieces.append(text)

    def _rendered(self, tag: Value, scope: Scope) -> str:
        value = self._called(tag.call, scope)
        text = text_of(value, self._budget)
        if not text and tag.fallback is not None:
            text = tag.fallback
        elif value is None and self._dialect.keeps_missing and _is_variable(tag.call):
            return tag.source
        return escaped(text) if self._dialect.is_html and tag.is_escaped else text

    def _block(self, block: Block, scope: Scope) -> None:
        """Render a block; the branches of an `else if` are taken one after the other, without recursion."""
        chosen: Block | None = block
        while chosen is not None:
            self._budget.step()
            part, inner = self._chosen(chosen, scope)
            if part is None:
                return
            chosen = None
            if part.is_chained and isinstance(part.body[0], Block):
                chosen, scope = part.body[0], inner
            else:
                self._program(part, inner)

    def _chosen(self, block: Block, scope: Scope) -> tuple[Program | None, Scope]:
        """Return the part of a block that is to be rendered once, and its scope; loops are rendered here."""
        call = block.call
        match call.helper:
            case None if call.is_unknown:
                self._called(call, scope)
                return None, scope
            case None:
                return self._section(block, self._called(call, scope), scope)
            case "lookup" | "log":
                self._write(text_of(self._called(call, scope), self._budget))
                return None, scope
        subject = self._value(call.arguments[0], scope)
        options = {name: self._value(value, scope) for name, value in call.named.items()}
        match call.helper:
            case "each":
                return self._loop(block, subject, _given(scope))
            case "with" if not is_empty(subject):
                return block.program, _entered(block.program, subject, scope, [subject])
            case "with":
                holds = False
            case _:
                holds = not is_empty(subject) and (is_true(options.get("includeZero")) or is_true(subject))
        part = block.program if holds != (call.helper == "unless") else block.inverse
        return part, _unchanged(part, _given(scope))

    def _section(self, block: Block, value: Any, scope: Scope) -> tuple[Program | None, Scope]:
        """Return the part of a block without a helper that is to be rendered: `{{#name}}`."""
        if isinstance(value, list):
            return self._loop(block, value, scope)
        if value is None or isinstance(value, bool):
            part = block.program if value else block.inverse
            return part, _unchanged(part, scope)
        return block.program, _entered(block.program, value, scope, [])

    def _loop(self, block: Block, subject: Any, scope: Scope) -> tuple[Program | None, Scope]:
        """Render a block for each item of a list or object; without items, return its `else`."""
        if not isinstance(subject, OBJECTS) or not subject:
            return block.inverse, _unchanged(block.inverse, scope)
        self._budget.step(len(subject))
        frame: dict[str, Any] = {**scope.data, "_parent": scope.data}
        within = scope._replace(data=frame)
        last = len(subject) - 1
        for index, (key, item) in enumerate(members(subject)):
            frame["key"], frame["index"] = key, index
            frame["first"], frame["last"] = index == 0, index == last
            self._program(block.program, _entered(block.program, item, within, [item, key]))
        return None, scope

    def _value(self, expression: Expression, scope: Scope) -> Any:
        match expression:
            case Literal():
                return expression.value
            case Path():
                return self._found(expression, scope)
        return self._called(expression, scope)

    def _called(self, call: Call, scope: Scope) -> Any:
        """Return the value of a variable, or of a helper that is not for blocks."""
        arguments = [self._value(argument, scope) for argument in (*call.arguments, *call.named.values())]
        if call.helper is None:
            value = self._found(call.path, scope)
            if call.is_unknown and is_true(value):
                raise TemplateError(f"{call.path.text} is no helper")
            return None if call.is_unknown else value
        if call.helper == "log" or not is_true(arguments[0]):
            return None if call.helper == "log" else arguments[0]
        return property_of(arguments[0], self._name(call.arguments[1], arguments[1]), self._budget)

    def _name(self, expression: Expression, value: Any) -> str:
        """Return the name of the property that `lookup` looks for."""
        if isinstance(expression, Literal):
            return expression.text
        return "undefined" if value is None else text_of(value, self._budget)

    def _found(self, path: Path, scope: Scope) -> Any:
        """Return the value of a variable, None if it has none."""
        self._budget.step(len(path.parts))
        names = path.parts
        if path.parameter:
            found, names = _parameter(path, scope), names[1:]
        elif path.is_data and names:
            found = _frame(path.depth, scope)
        else:
            found = _context(path.depth, scope)
        is_root = path.is_data and names[:1] == ("root",)
        if not self._dialect.has_nested and len(names) > 1 + is_root:
            return None
        for name in names:
            if found is None or (path.is_data and not is_true(found)):
                return found
            found = property_of(found, name, self._budget)
        return found


def _is_variable(call: Call) -> bool:
    """Return whether a tag names a variable of the template, and not one that Handlebars provides."""
    path = call.path
    return call.helper is None and bool(path.parts) and (not path.is_data or path.parts[0] == "root")


def _entered(part: Program | None, context: Any, scope: Scope, values: "list[Any] | None") -> Scope:
    """Return the scope within a block that has a context of its own, and values for its parameters."""
    outer = scope.outer if is_same(context, scope.outer[0]) else (context, scope.outer)
    parameters = (values, scope.parameters) if part and part.has_parameters else scope.parameters
    return Scope(context, outer, scope.data, parameters)


def _given(scope: Scope) -> Scope:
    """Return the scope that a helper gets, for which a context of null is an empty object."""
    return scope._replace(context=NOTHING) if scope.context is None else scope


def _unchanged(part: Program | None, scope: Scope) -> Scope:
    """Return the scope within a block that keeps the context around it."""
    parameters = (None, scope.parameters) if part and part.has_parameters else scope.parameters
    return scope._replace(parameters=parameters)


def _parameter(path: Path, scope: Scope) -> Any:
    outwards, place = path.parameter or (0, 0)
    around = scope.parameters
    for _ in range(outwards):
        around = around[1] if around else None
    values = around[0] if around else None
    if values is None:
        raise TemplateError(f"the block gives {path.parts[0]} no value")
    return values[place] if place < len(values) else None


def _context(depth: int, scope: Scope) -> Any:
    if depth == 0:
        return scope.context
    around: tuple[Any, Any] | None = scope.outer
    for _ in range(depth):
        around = around[1] if around else None
    return around[0] if around else None


def _frame(depth: int, scope: Scope) -> Any:
    frame: Any = scope.data
    for _ in range(depth):
        frame = frame.get("_parent") if frame else None
    return frame
