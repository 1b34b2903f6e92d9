"""Reads and writes XML in place of the JSON of requests and responses.

In the XML of https://guides.altcraft.com/en/developer-guide/api-interaction the root is `<xml>`,
an array is its element repeated, an empty array or null is an empty element, and in requests the
attribute `array='true'` makes an array of a single element.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType
from xml.sax.saxutils import quoteattr

import dicttoxml
import xmltodict

from emulator.altcraft.formats import EmptyElement, MalformedBodyError
from emulator.charsets import MARKS, codec_of, shown_charset

ROOT = "xml"
NO_OTHERS: Mapping[str, str] = {}
MAX_DEPTH = 50
"""The most levels of elements."""

MAX_ELEMENTS = 300_000
"""The most elements: enough for 10,000 profiles of 30 fields, the most that the documentation recommends."""

MAX_ATTRIBUTES = 100
"""The number of attributes from which on an element is refused."""

LONGEST_TAG = 256 * 1024
"""The most bytes of a tag, comment or processing instruction: the parser reads it again with each slice, and
all of its attributes in one step."""

SLICE = 64 * 1024
"""How many bytes are parsed in one step, in which no other thread runs."""

OPERATOR = re.compile(rb"<\$[a-zA-Z]")
"""An element named like an operator of MongoDB, which is no valid name."""
NO_OPERATORS = "operators of queries, such as $or, can not be written in XML: send the request in JSON"

WHITE_SPACE = " \t\r\n"
"""The white space of XML."""

# dicttoxml parses a document to check the name of each element of each response: results are kept.
dicttoxml.key_is_valid_xml = lru_cache(maxsize=1024)(dicttoxml.key_is_valid_xml)
# It formats each step for a log that nobody reads, and checks each text for being bytes. Without
# both it takes half as long (docs/decisions/0041-xml.md).
dicttoxml.LOG = SimpleNamespace(info=lambda _: None)
dicttoxml.unicode_me = str

MARKUP = re.compile("[&\"'<>]")
_escape_xml: Callable[[Any], Any] = dicttoxml.escape_xml


def _escaped(value: Any) -> Any:
    """Return a text as dicttoxml writes it, anything else as it is; most texts have nothing to escape."""
    return _escape_xml(value) if isinstance(value, str) and MARKUP.search(value) else value


# It gets only valid names of elements, and no attributes, so these checks are left out.
dicttoxml.make_valid_xml_name = lambda name, attributes: (name, attributes)
dicttoxml.make_attrstring = lambda _: ""
dicttoxml.escape_xml = _escaped


def read_xml(content_type: str, body: bytes) -> dict[str, Any]:
    """Decode the object that `<xml>` stands for. Raises MalformedBodyError."""
    try:
        body, encoding = _in_utf_8(content_type, body)
        _refuse_attacks(body, encoding)
        document = xmltodict.parse(_slices(body), encoding=encoding, expat=_EXPAT, strip_whitespace=False)
    except (ExpatError, ValueError, LookupError) as problem:
        raise MalformedBodyError(f"Malformed XML: {problem}") from problem
    if ROOT not in document:
        raise MalformedBodyError(f"the root element must be <{ROOT}>")
    content = _value(document[ROOT])
    if isinstance(content, EmptyElement):
        return {}
    if not isinstance(content, dict):
        raise MalformedBodyError(f"<{ROOT}> must hold elements, not text")
    return content


def _slices(body: bytes) -> Generator[bytes, None, None]:
    return (body[begin : begin + SLICE] for begin in range(0, len(body), SLICE))


def _in_utf_8(content_type: str, body: bytes) -> tuple[bytes, str | None]:
    """Return a document in UTF-8, and its charset in place of the prolog's. Raises LookupError.

    If only the prolog names the charset, the document is not changed, unless it is UTF-16 or UTF-32.
    Raises ValueError for a document that is not in its charset.
    """
    named = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE)
    shown = shown_charset(body) or ""
    charset = named[1] if named else shown
    if not named and not shown.startswith(("utf-16", "utf-32")):
        return body, None
    codec = codec_of(charset)
    if codec is None:
        raise LookupError(f"unknown encoding: {charset}")
    try:
        return b"".join(_recoded(body, codec)), "utf-8"
    except UnicodeDecodeError as problem:
        raise ValueError(f"it is not in {charset}: {problem.reason}") from problem


WITHOUT_MARK: Mapping[str, str] = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""The codecs that expect a byte order mark, with those for documents without one."""


def _recoded(body: bytes, codec: str) -> Iterator[bytes]:
    is_marked = body.startswith(tuple(MARKS))
    decoder = getincrementaldecoder(codec if is_marked else WITHOUT_MARK.get(codec, codec))()
    for piece in _slices(body):
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


EDGE = "\x02"
"""Stands at both ends of a CDATA section while a document is read; no document can hold it itself."""


def _marking(encoding: str | None, separator: str | None) -> Any:
    """Return a parser that marks the ends of CDATA sections, whose white space counts."""
    parser: Any = ParserCreate(encoding, separator)

    def mark() -> None:
        parser.CharacterDataHandler(EDGE)

    parser.StartCdataSectionHandler = parser.EndCdataSectionHandler = mark
    return parser


_EXPAT: Any = SimpleNamespace(ParserCreate=_marking)


def _refuse_attacks(body: bytes, encoding: str | None) -> None:
    """Raise ValueError for a document type declaration, which entities need, and for limits exceeded.

    Raises MalformedBodyError for an operator as the name of an element.
    """
    depth = number = 0

    def enter(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth, number
        depth, number = depth + 1, number + 1
        if number > MAX_ELEMENTS:
            raise ValueError(f"there are more than {MAX_ELEMENTS} elements")
        if depth > MAX_DEPTH:
            raise ValueError(f"elements are nested deeper than {MAX_DEPTH} levels")
        if len(attributes) >= MAX_ATTRIBUTES:
            raise ValueError(f"an element has {MAX_ATTRIBUTES} attributes or more")

    def leave(name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse_doctype(*declaration: object) -> None:
        raise ValueError("document type declarations are not accepted")

    parser = ParserCreate(encoding)
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        _parse(parser, body)
    except ExpatError as problem:
        if OPERATOR.match(body, parser.ErrorByteIndex - 1):
            raise MalformedBodyError(NO_OPERATORS) from problem
        raise


def _parse(parser: XMLParserType, body: bytes) -> None:
    """Parse a document in slices. Raises ExpatError, and ValueError for a tag or comment that is too long."""
    received = 0
    for piece in _slices(body):
        parser.Parse(piece)
        received += len(piece)
        if received - parser.CurrentByteIndex > LONGEST_TAG:
            raise ValueError(f"a tag, comment or processing instruction is longer than {LONGEST_TAG} bytes")
    parser.Parse(b"", True)


def _member(node: Any) -> Any:
    """Return the JSON value of an element, or of all elements of one name, as xmltodict read them."""
    if isinstance(node, list):
        return [_value(item) for item in node]
    value = _value(node)
    if isinstance(node, dict) and str(node.get("@array")).strip().lower() == "true":
        return [] if isinstance(value, EmptyElement) else [value]
    return value


def _text(text: str | None) -> str:
    """Return a text without white space around it, except within CDATA sections."""
    return (text or "").strip(WHITE_SPACE).replace(EDGE, "") or EmptyElement()


def _value(node: Any) -> Any:
    if not isinstance(node, dict):
        return _text(node)
    text = node.get("#text")
    children = {name: _member(child) for name, child in _elements(node)}
    if not children:
        return _text(text)
    if text is not None and text.replace(EDGE, "").strip(WHITE_SPACE):
        raise MalformedBodyError("text stands between elements")
    return children


def _elements(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the children of an element by name. `<item name="…">` has a key that can not name an element."""
    for name, child in node.items():
        if name == "item":
            yield from _by_name(child if isinstance(child, list) else [child])
        elif not name.startswith(("@", "#")):
            yield name, child


def _by_name(items: list[Any]) -> Iterator[tuple[str, Any]]:
    by_name: dict[str, list[Any]] = {}
    for item in items:
        key = item.get("@name", "item") if isinstance(item, dict) else "item"
        if key.startswith("$"):
            raise MalformedBodyError(NO_OPERATORS)
        by_name.setdefault("item" if _is_name(key) else key, []).append(item)
    for key, found in by_name.items():
        yield key, found if len(found) > 1 else found[0]


def can_hold(content: Any) -> bool:
    """Return whether a request can be written in XML: every key in it can be the name of an element."""
    if isinstance(content, dict):
        return all(_is_name(name) and can_hold(value) for name, value in content.items())
    return all(map(can_hold, content)) if isinstance(content, list) else True


def write_xml(content: dict[str, Any], root: str = ROOT, names: Mapping[str, str] = NO_OTHERS) -> bytes:
    """Write a request or a response as XML; `names` has the names that differ from JSON's."""
    text: str = dicttoxml.dicttoxml(
        _Elements(content, names),
        custom_root=root,
        attr_type=False,
        xml_declaration=False,
        return_bytes=False,
    )
    return "".join(map(_finished, _pieces(text))).encode()


def _pieces(text: str) -> Iterator[str]:
    """Yield a document in pieces, between which other threads run. No empty element is split."""
    begin = 0
    while begin < len(text):
        beginning = _BEGINNING.search(text, begin + PIECE)
        end = beginning.start() if beginning else len(text)
        yield text[begin:end]
        begin = end


def _finished(piece: str) -> str:
    return _ITEM.sub(_item, _EMPTY.sub(r"<\1/>", piece).replace("\r", "&#13;"))


PIECE = 100_000
_BEGINNING = re.compile(r"<[^/]")
_EMPTY = re.compile(r"<([^<>\s]+)></\1>")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_ITEM = re.compile(r"<(/?)item-\.([0-9a-f]*)(/?)>")
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 can not hold."""


class _Elements(dict[str, Any]):
    """An object as dicttoxml is to see it: with one entry for each item of a list."""

    def __init__(self, content: Mapping[str, Any], names: Mapping[str, str]) -> None:
        super().__init__(content)
        self._names = names

    def __repr__(self) -> str:
        """Return an empty text: dicttoxml formats every object for its log, even if nobody reads it."""
        return ""

    def items(self) -> Any:
        for name, value in super().items():
            for item in _items(value, self._names):
                yield _name(self._names.get(name, name)), item


def _items(value: Any, names: Mapping[str, str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value or [None]:
            yield from _items(item, names)
    elif isinstance(value, dict):
        yield _Elements(value, names)
    else:
        yield _NO_XML.sub("\ufffd", value) if isinstance(value, str) else value


@lru_cache(maxsize=1024)  # the same names come with each object of a list
def _name(key: str) -> str:
    """Return the name of an element. A key that is no valid name is in hex, which `_item` turns back."""
    return key if _is_name(key) else f"item-.{key.encode().hex()}"


def _is_name(key: str) -> bool:
    """Return whether a key is written as the name of an element."""
    is_valid: Callable[[str], bool] = dicttoxml.key_is_valid_xml
    is_one = _NAME.fullmatch(key) is not None and not key.startswith("item-.")
    return is_one and (key.isascii() or is_valid(key))


def _item(found: re.Match[str]) -> str:
    """Return the tag `<item name="…">` of an element whose key can not be a name."""
    if found[1]:
        return "</item>"
    key = _NO_XML.sub("\ufffd", bytes.fromhex(found[2]).decode())
    return f"<item name={quoteattr(key)}{found[3]}>"
