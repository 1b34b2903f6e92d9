"""JSONPath as WireMock's users write it, parsed by python-jsonpath, with a bound on the work.

`$.items[0].id`, `$..id`, `$['a b'][*]`, `$.items[-1:]`, `$.items[?(@.id == 1 && @.name =~ /A.*/i)]`.
https://github.com/json-path/JsonPath is the dialect that WireMock speaks; docs/wiremock.md has what differs.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError, JSONPathMatch
from jsonpath.exceptions import JSONPathSyntaxError
from jsonpath.filter import BaseExpression, FilterExpressionLiteral, FilterQuery
from jsonpath.filter import RelativeFilterQuery as Relative
from jsonpath.filter import RootFilterQuery as Absolute
from jsonpath.function_extensions import Count, Length, Value
from jsonpath.lex import Lexer
from jsonpath.parse import Parser
from jsonpath.segments import JSONPathChildSegment, JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath.selectors import Filter, IndexSelector, NameSelector, SliceSelector, WildcardSelector
from jsonpath.stream import TokenStream
from jsonpath.token import TOKEN_RE_FLAGS

from emulator.patterns import Pattern, pattern, spend

LONGEST = 1000
"""How many characters a path can have."""

NODE = 500
"""What it costs to visit a value, in the steps of `spend`."""

DEEPEST = 50
"""How deep conditions can be nested, or how many joined."""

SELECTORS = (NameSelector, IndexSelector, SliceSelector, WildcardSelector, Filter)


class JsonPath:
    """A parsed path. Raises ValueError for one that can not be parsed."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ValueError(f"a path has up to {LONGEST} characters")
        try:
            self._path = DIALECT.compile(text if text.startswith("$") else f"$.{text}")
        except (JSONPathError, OverflowError) as error:
            raise ValueError(f"{text[:80]!r} is not understood: {error.args[0]}") from error
        self.is_definite = self._path.singular_query()
        """Whether the path leads to at most one value."""

    def values(self, document: Any) -> list[Any]:
        """Return the values at the path. Raises TooMuchWorkError."""
        return [node.obj for node in self._path.finditer(document)]


class Node(JSONPathMatch):
    """A value that a path visits, without its location: nobody reads that, and it would be huge."""

    def new_child(self, obj: object, key: int | str) -> "Node":
        return Node(filter_context={}, obj=obj, parent=self, path="", parts=(), root=self.root)

    def add_child(self, *children: JSONPathMatch) -> None:
        """Keep nothing: the found values are all that is wanted."""


class Query(JSONPath):
    def finditer(self, data: Any, *, filter_context: Any = None) -> Iterable[JSONPathMatch]:
        """Return the nodes that the query leads to. A text is taken as a value, not parsed as a document."""
        nodes: Iterable[JSONPathMatch] = [
            Node(filter_context={}, obj=data, parent=None, path="", parts=(), root=data)
        ]
        for segment in self.segments:
            nodes = segment.resolve(nodes)
        return nodes


class Children(JSONPathChildSegment):
    def resolve(self, nodes: Iterable[JSONPathMatch]) -> Iterator[JSONPathMatch]:
        for node in nodes:
            spend(NODE * len(self.selectors))
            for found in super().resolve([node]):
                spend(NODE)
                yield found


class Descendants(JSONPathRecursiveDescentSegment):
    def resolve(self, nodes: Iterable[JSONPathMatch]) -> Iterator[JSONPathMatch]:
        for node in nodes:
            for visited in _visited(node):
                spend(NODE * len(self.selectors))
                for selector in self.selectors:
                    for found in selector.resolve(visited):
                        spend(NODE)
                        yield found


def _visited(node: JSONPathMatch) -> Iterator[JSONPathMatch]:
    """Yield a node and its descendants, each before its children, however deep they are."""
    left = [node]
    while left:
        visited = left.pop()
        yield visited
        value = visited.obj
        children = list(
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        )
        spend(NODE * (1 + len(children)))
        left += [visited.new_child(child, "") for child in reversed(children)]


class ElementFilter(Filter):
    """A filter as Jayway's: it chooses elements of an array; an object counts as one element."""

    def resolve(self, node: JSONPathMatch) -> Iterable[JSONPathMatch]:
        value = node.obj
        spend(NODE * (4 * len(value) if isinstance(value, list) else 4))
        return super().resolve(node if isinstance(value, list) else node.new_child([value], ""))


class Reader(Parser):
    """The parser, with our segments, filters and regular expressions."""

    depth = 0

    def parse_query(self, stream: TokenStream) -> Iterator[JSONPathSegment]:
        for segment in super().parse_query(stream):
            for selector in segment.selectors:
                if not isinstance(selector, SELECTORS):
                    raise JSONPathSyntaxError(f"{selector} is no selector", token=segment.token)
            is_deep = isinstance(segment, JSONPathRecursiveDescentSegment)
            kind = Descendants if is_deep else Children
            yield kind(env=self.env, token=segment.token, selectors=segment.selectors)

    def parse_filter_selector(self, stream: TokenStream, *, keys: bool = False) -> Filter:
        found = super().parse_filter_selector(stream, keys=keys)
        return ElementFilter(env=self.env, token=found.token, expression=found.expression)

    def parse_filter_expression(self, stream: TokenStream, *details: Any, **more: Any) -> BaseExpression:
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                raise JSONPathSyntaxError("too many conditions", token=stream.current())
            return super().parse_filter_expression(stream, *details, **more)
        finally:
            self.depth -= 1

    def parse_absolute_query(self, stream: TokenStream) -> FilterQuery:
        stream.next()
        return Absolute(Query(env=self.env, segments=self.parse_query(stream)))

    def parse_relative_query(self, stream: TokenStream) -> FilterQuery:
        stream.next()
        return Relative(Query(env=self.env, segments=self.parse_query(stream)))

    def parse_regex(self, stream: TokenStream) -> BaseExpression:
        text = stream.current().value
        flags = ""
        if stream.peek().kind == TOKEN_RE_FLAGS:
            stream.next()
            flags = "".join(sorted(set(stream.next().value) & set("ims")))
        try:
            return FilterExpressionLiteral(value=pattern(f"(?{flags}:{text})" if flags else text))
        except ValueError as error:
            raise JSONPathSyntaxError(f"/{text[:80]}/ {error}", token=stream.current()) from error


class Words(Lexer):
    """The lexer, with names that may begin with a digit."""

    key_pattern = r"[\u0080-\U0010ffffa-zA-Z0-9_][\u0080-\U0010ffffa-zA-Z0-9_-]*"


class Dialect(JSONPathEnvironment):
    """JSONPath without the additions of python-jsonpath, but for `=~`, `in` and `contains`, as in Jayway."""

    lexer_class = Words
    parser_class = Reader
    pseudo_root_token = filter_context_token = key_token = union_token = intersection_token = ""

    def compile(self, path: str) -> Query:
        """Return a parsed path. Raises JSONPathError."""
        return Query(env=self, segments=self.parser.parse(TokenStream(self.lexer.tokenize(path))))

    def setup_function_extensions(self) -> None:
        self.function_extensions |= {"length": Length(), "count": Count(), "value": Value()}

    def compare(self, left: object, operator: str, right: object) -> bool:
        """Return whether a comparison holds; a regular expression must match the whole text."""
        spend(4 * NODE)
        if operator == "=~":
            return isinstance(left, str) and isinstance(right, Pattern) and right.is_all_of(left)
        for searched in (left, right):
            if operator in {"in", "contains"} and isinstance(searched, dict | list | str):
                spend(NODE * (len(searched) if isinstance(searched, list) else 1))
        return super().compare(left, operator, right)


DIALECT = Dialect(filter_caching=False)
