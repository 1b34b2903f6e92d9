"""Parses variables and the conditions of templates.

https://guides.altcraft.com/en/user-guide/message-templates/altcraft-variables-and-functions. More than two
operands are bracketed in pairs: `a and (b and c)`; `a and b and c` is an error.
"""

import re
from typing import Literal, TypeAlias

from emulator.altcraft.templating.tree import (
    Comparison,
    Expression,
    FieldOfAnother,
    Joined,
    Literally,
    Operand,
    Value,
    Variable,
)

ROOTS = frozenset({"lead", "lead_custom", "subscription", "apicontent", "json", "attribute_value"})
"""The first parts of variables that are paths, such as `lead._fname`."""

PLAIN = frozenset(
    {
        "campid", "segname", "msg_type", "node_id", "workflow_id", "workflow_name",
        "datenow", "yearlong", "minutes", "ampm",
    }
)  # fmt: skip
"""The variables that have no parts."""

FIELD = re.compile(
    r'subscription_field\(\s*"(?P<channel>[^"]*)"\s*"(?P<field>[^"]*)"\s*(?P<resource>[0-9]{1,18})?\s*\)'
)
PATH = re.compile(r"(?P<root>[a-z_]+)(?P<rest>(?:\.[\w-]+(?: [\w-]+)*)*)")
"""Names of fields may have spaces in them."""

TOKEN = re.compile(
    rf'\s*(?:(?P<call>{re.sub("[?]P<[a-z]+>", "?:", FIELD.pattern)})|(?P<mark>[()])|"(?P<text>[^"]*)"'
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?)(?![\w.])|(?P<word>[A-Za-z_][\w-]*(?:\.[\w-]+)*))"
)
MOST_BRACKETS = 20
"""The most levels of brackets."""

Comparing = Literal["equal", "contains", "in"]
COMPARING: dict[str, Comparing] = {"equal": "equal", "contains": "contains", "in": "in"}
JOINING: dict[str, Literal["and", "or"]] = {"and": "and", "or": "or"}
MARKS = frozenset({"(", ")", *COMPARING, *JOINING})

Token: TypeAlias = str | Operand
"""A bracket or an operator, or an operand."""


class ExpressionError(ValueError):
    """A condition can not be parsed."""


def value_of(text: str) -> Value | None:
    """Return the variable or the call that a text is, None for anything else."""
    called = FIELD.fullmatch(text)
    if called is not None:
        resource = called["resource"]
        return FieldOfAnother(called["channel"], called["field"], None if resource is None else int(resource))
    path = PATH.fullmatch(text)
    is_known = path is not None and path["root"] in (ROOTS if path["rest"] else PLAIN)
    return Variable(text) if is_known else None


def parse_expression(text: str) -> Expression:
    """Return the condition that a text is. Raises ExpressionError."""
    reading = _Reading(_tokens(text))
    expression = reading.expression(0)
    if reading.left:
        raise ExpressionError
    return expression


def values_in(expression: Expression) -> list[Value]:
    """Return the values that a condition looks at."""
    if isinstance(expression, Joined):
        return [*values_in(expression.left), *values_in(expression.right)]
    return [one for one in (expression.left, expression.right) if not isinstance(one, Literally)]


def _tokens(text: str) -> list[Token]:
    tokens, place, end = list[Token](), 0, len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None:
            raise ExpressionError
        tokens.append(_token(found))
        place = found.end()
    return tokens


def _token(found: re.Match[str]) -> Token:
    if found["text"] is not None or found["number"] is not None:
        return Literally(found["text"] or found["number"] or "")
    said = found["mark"] or found["call"] or found["word"]
    if said in MARKS:
        return said
    value = value_of(said)
    if value is None:
        raise ExpressionError
    return value


class _Reading:
    """Parses the tokens of a condition."""

    def __init__(self, tokens: list[Token]) -> None:
        self.left = tokens[::-1]
        """The remaining tokens, in reverse order."""

    def expression(self, depth: int) -> Expression:
        first = self._side(depth)
        joining = JOINING.get(self._next)
        if joining is None:
            return first
        self.left.pop()
        return Joined(first, joining, self._side(depth))

    def _side(self, depth: int) -> Expression:
        if self._next != "(":
            return self._comparison()
        if depth == MOST_BRACKETS:
            raise ExpressionError
        self.left.pop()
        inner = self.expression(depth + 1)
        if self._next != ")":
            raise ExpressionError
        self.left.pop()
        return inner

    def _comparison(self) -> Expression:
        first = self._operand()
        comparing = COMPARING.get(self._next)
        if comparing is not None:
            self.left.pop()
            return Comparison(first, comparing, self._operand())
        if isinstance(first, Literally):
            raise ExpressionError
        return Comparison(first)

    def _operand(self) -> Operand:
        token = self.left.pop() if self.left else ""
        if isinstance(token, str):
            raise ExpressionError
        return token

    @property
    def _next(self) -> str:
        """The next token if it is a bracket or an operator, else an empty text."""
        token = self.left[-1] if self.left else ""
        return token if isinstance(token, str) else ""
