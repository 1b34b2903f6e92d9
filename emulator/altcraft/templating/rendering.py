"""Fills values into the texts of templates.

Values stand in HTML as they are: the documentation says nothing of escaping, and clients send HTML with the
launch.
"""

from collections.abc import Callable, Sequence
from typing import Any

from emulator.altcraft.templating.parsing import parse
from emulator.altcraft.templating.tree import Comparison, Expression, Joined, Literally, Node, Operand, Value
from emulator.storage.sqlite import json_text

MOST = 8 * 1024 * 1024
"""The most characters to write and compare for one text. A more costly text stays as it is written."""

MOST_OF_TITLES = 20_000
"""The same for subjects, titles and SMS, as lists show those of a thousand messages at once."""


class TooCostlyError(Exception):
    """Filling in the values of a text takes more than it may."""


def render(text: str, find: Callable[[Value], Any], most: int = MOST) -> str:
    """Return a text with the values that `find` returns; as it was written where that costs too much."""
    if "{" not in text:
        return text
    try:
        return _Rendering(find, most).written(parse(text).nodes)
    except TooCostlyError:
        return text


def said_to_all(text: str) -> str:
    """Return the parts of a text that every recipient gets, outside of tags and choices, joined by a letter.

    It is empty if some of it may be in an HTML comment that begins only for some recipients.
    """
    said = "x".join(node for node in parse(text).nodes if isinstance(node, str))
    return said if said.count("<!--") == text.count("<!--") else ""


def shown(value: Any) -> str:
    """Return a value as a text; None is an empty text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    return json_text(value) if isinstance(value, dict) else str(value)


class _Rendering:
    """Renders one text within a limit of characters."""

    def __init__(self, find: Callable[[Value], Any], most: int) -> None:
        self._find = find
        self._left = most
        self._texts = dict[Value, str]()

    def written(self, nodes: Sequence[Node]) -> str:
        parts = []
        for node in nodes:
            if isinstance(node, str):
                part = node
            elif isinstance(node, Value):
                part = self._text(node)
            else:
                part = self.written(node.then if self._holds(node.condition) else node.otherwise)
            self._spend(len(part))
            parts.append(part)
        return "".join(parts)

    def _spend(self, characters: int) -> None:
        self._left -= 1 + characters
        if self._left < 0:
            raise TooCostlyError

    def _holds(self, expression: Expression) -> bool:
        self._spend(0)
        if isinstance(expression, Joined):
            is_first = self._holds(expression.left)
            decides = expression.operator == "or"
            return is_first if is_first == decides else self._holds(expression.right)
        return self._compares(expression)

    def _compares(self, said: Comparison) -> bool:
        match said.operator:
            case "exists":
                return self._value(said.left) not in (None, "", [], {})
            case "equal":
                return self._text(said.left) == self._text(said.right)
            case "contains":
                return self._has(said.left, said.right)
        return self._has(said.right, said.left)

    def _has(self, whole: Operand, part: Operand) -> bool:
        """Return whether a list has an item, or a text a part."""
        listed, wanted = self._value(whole), self._text(part)
        if not isinstance(listed, list):
            return wanted != "" and wanted in self._text(whole)
        for one in listed:
            text = shown(one)
            self._spend(len(text))
            if text == wanted:
                return True
        return False

    def _value(self, operand: Operand) -> Any:
        return operand.text if isinstance(operand, Literally) else self._find(operand)

    def _text(self, operand: Operand) -> str:
        if isinstance(operand, Literally):
            return operand.text
        if operand not in self._texts:
            self._texts[operand] = shown(self._find(operand))
        text = self._texts[operand]
        self._spend(len(text))
        return text
