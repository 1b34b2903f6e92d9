"""MIME: reads a mail's content from its raw bytes, and writes a mail as bytes.

Reading never fails: malformed content is left out, as mail programs do.
"""

import re
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import EmailPolicy
from email.utils import format_datetime, getaddresses
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar

from emulator.charsets import codec_of
from emulator.engine.clock import Millis, to_datetime
from emulator.sending.slices import count, decoded, multiparts, parsed

T = TypeVar("T")

LONGEST_HEADER = 10_000
LONGEST_MIME_HEADER = 1000
"""How many characters of a MIME header are read: the library takes long for more."""
LONGEST_LINE = 998
"""How many bytes a line of a mail may have."""
MOST_HEADERS = 500
MOST_ADDRESSES = 500
MOST_FILES = 500
LONGEST_CONTENT_ID = 128
MOST_PARTS = 1000

MOST_MULTIPARTS = 100
"""Of a mail with more, or very many parts, only the headers are read: the library takes too long."""

BYTES_A_LINE = LONGEST_LINE // 4 * 3
"""How many bytes stand in a line of Base64."""

LONG = 1_000_000
"""The length above which a text is long, in characters, or a file large, in bytes."""

LAST_NEWLINE = re.compile(r"(?:\r\n|\r|\n)\Z")
MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,990}>")
CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
ANY_FILE = "application/octet-stream"


class BoundedPolicy(EmailPolicy):
    """A parsing policy that reads only the beginning of very long headers."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        is_of_part = name.lower().startswith(("content-", "mime-"))
        return name, value[: LONGEST_MIME_HEADER if is_of_part else LONGEST_HEADER]


class SealedMessage(EmailMessage):
    """A part of a mail. A mail inside of it is not parsed: its bytes, as sent, are the part's content.

    A long text is kept from the library until it is asked for: it would search all of it for a newline at its
    end, and hold up all threads for 100 ms with 24 MB.
    """

    _kept = ""

    def set_payload(self, payload: Any, charset: Any = None) -> None:
        is_long = isinstance(payload, str) and len(payload) > LONG
        self._kept = payload if is_long else ""
        super().set_payload("" if is_long else payload, charset)

    def get_payload(self, i: Any = None, decode: Any = False) -> Any:  # noqa: FBT002 -- the library's
        if self._kept:
            kept, self._kept = self._kept, ""
            super().set_payload(kept)
        return super().get_payload(i, decode)

    def decoded(self) -> bytes:
        """Return the content as bytes, without the transfer encoding that it was written in."""
        if self._kept:
            content = decoded(self._kept, str(self.get("content-transfer-encoding", "")).lower())
            if content is not None:
                return content
        return bytes(self.get_payload(decode=True) or b"")

    def end_before_boundary(self) -> None:
        """Leave out the newline that ends a long text: it belongs to the boundary after it (RFC 2046)."""
        self._kept = self._kept[:-2] + LAST_NEWLINE.sub("", self._kept[-2:])

    def get_content_type(self) -> str:
        """Return the type for the library, which would parse a part of a type `message/…`."""
        kind = self.written_content_type()
        return ANY_FILE if kind.startswith("message/") else kind

    def written_content_type(self) -> str:
        return super().get_content_type()


READING = BoundedPolicy(message_factory=SealedMessage)
WRITING = policy.SMTPUTF8.clone(max_line_length=998)
"""Lines have the greatest length, as the library would encode long links to break them."""


@dataclass(frozen=True)
class Address:
    email: str
    name: str | None = None


@dataclass(frozen=True)
class MailFile:
    """A file attached to a mail."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    """The name by which the HTML shows it (`cid:…`); empty where it has none."""


@dataclass(frozen=True)
class ReadMail:
    """The content of a mail that was read."""

    headers: dict[str, str]
    """The decoded headers by name in lower case; the first one where a name is repeated."""
    encoded: dict[str, str] = field(default_factory=dict)
    """The same headers as written: once decoded, names can not be told from addresses."""
    text: str = ""
    html: str = ""
    files: list[MailFile] = field(default_factory=list)
    is_whole: bool = True
    """Whether the parts were read too: they are not where a mail has far too many."""

    def addresses(self, header: str) -> list[Address]:
        """Return the addresses in a header: `from`, `to`, `cc` or `reply-to`."""
        pairs = _or(list[tuple[str, str]](), lambda: getaddresses([self.encoded.get(header, "")]))
        found = (
            Address(email.lower()[:320], _decoded(name) or None) for name, email in pairs if "@" in email
        )
        return [one for one, _ in zip(found, range(MOST_ADDRESSES), strict=False)]

    def message_ids(self, header: str) -> list[str]:
        """Return the ids of the mails that a header names: `message-id`, `in-reply-to` or `references`."""
        return MESSAGE_ID.findall(self.encoded.get(header, ""))


def read_mail(raw: bytes) -> ReadMail:
    """Return the content of a mail."""
    is_deep = _is_deep(raw)
    empty: Message = SealedMessage()
    message = _or(empty, lambda: _head(raw) if is_deep else parsed(raw, READING))
    parts = [] if is_deep else _or(list[Any](), lambda: list(islice(_leaves(message), MOST_PARTS)))
    bodies = {"text/plain": "", "text/html": ""}
    files: list[MailFile] = []
    for part in parts:
        kind = _content_type(part)
        if kind in bodies and not _is_file(part):
            bodies[kind] += _text(part)
        elif len(files) < MOST_FILES:
            name = _file_name(part, len(files) + 1)
            files.append(MailFile(name, kind, _content(part), _content_id(part)))
    written = _headers(message)
    headers = {name: _decoded(value) for name, value in written.items()}
    return ReadMail(headers, written, bodies["text/plain"], bodies["text/html"], files, is_whole=not is_deep)


def written_mail(
    *,
    message_id: str,
    at: Millis,
    sender: Address | None,
    to: Sequence[Address],
    cc: Sequence[Address] = (),
    subject: str = "",
    text: str = "",
    html: str = "",
    in_reply_to: str | None = None,
    headers: Mapping[str, str] | None = None,
    files: Sequence[MailFile] = (),
) -> bytes:
    """Return the bytes of a mail. Raises ValueError for values that no mail can have."""
    message = EmailMessage(policy=WRITING)
    message["Message-ID"] = message_id
    message["Date"] = format_datetime(to_datetime(at))
    if sender is not None:
        message["From"] = _written(sender)
    message["To"] = [_written(one) for one in to]
    if cc:
        message["Cc"] = [_written(one) for one in cc]
    message["Subject"] = subject
    if in_reply_to is not None:
        message["In-Reply-To"] = message["References"] = in_reply_to
    for name, value in (headers or {}).items():
        message[name] = value
    _write_body(message, text, html)
    large = {place: file for place, file in enumerate(files) if len(file.content) > LONG}
    marked = {place: replace(file, content=_mark(place)) for place, file in large.items()}
    _attach(message, [marked.get(place, file) for place, file in enumerate(files)])
    _mark_boundaries(message, message_id)
    raw = message.as_bytes()
    for place, file in large.items():
        raw = raw.replace(_in_base64(_mark(place)), _in_base64(file.content), 1)
    return raw


def _mark(place: int) -> bytes:
    """Return a mark in place of a large file, for which the library would hold up all threads."""
    return sha256(f"the file at {place}".encode()).digest()


def _in_base64(content: bytes) -> bytes:
    """Return content in Base64 as the library writes it, in lines of the greatest length."""
    ends = range(0, len(content), BYTES_A_LINE)
    return b"\r\n".join(b2a_base64(content[at : at + BYTES_A_LINE], newline=False) for at in ends)


def _written(address: Address) -> HeaderAddress:
    try:
        return HeaderAddress(address.name or "", addr_spec=address.email)
    except HeaderParseError as error:
        raise ValueError(str(error)) from error


def _leaf_type(written: str) -> str:
    """Return a type without parameters for a file; types that have parts inside become `ANY_FILE`."""
    kind = written.partition(";")[0].strip().lower()
    is_leaf = CONTENT_TYPE.fullmatch(kind) and not kind.startswith(("multipart/", "message/"))
    return kind if is_leaf else ANY_FILE


def _write_body(message: EmailMessage, text: str, html: str) -> None:
    if text or not html:
        message.set_content(text, cte=_encoding(text))
    if text and html:
        message.add_alternative(html, subtype="html", cte=_encoding(html))
    elif html:
        message.set_content(html, subtype="html", cte=_encoding(html))
    for part in message.walk():
        written = {"text/plain": text, "text/html": html}.get(part.get_content_type())
        if written is not None and not written.endswith("\n"):
            _cut_last_break(part)


def _attach(message: EmailMessage, files: Sequence[MailFile]) -> None:
    """Attach files; those that the HTML shows go beside it, where mail programs look for them."""
    html = message.get_body(("html",))
    for file in sorted(files, key=lambda one: not one.content_id):
        main, _, sub = _leaf_type(file.content_type).partition("/")
        given: dict[str, Any] = {"maintype": main, "subtype": sub, "filename": file.name}
        if file.content_id and html is not None:
            html.add_related(file.content, disposition="inline", cid=f"<{file.content_id}>", **given)
        else:
            message.add_attachment(file.content, **given)


def _encoding(text: str) -> str:
    """Return the transfer encoding that keeps the line breaks as they are."""
    is_short = all(len(line) <= LONGEST_LINE for line in text.encode().splitlines())
    return "8bit" if is_short else "quoted-printable"


def _cut_last_break(part: Message) -> None:
    """Remove the line break that the library puts at the end of every text."""
    cut = re.sub(r"\r?\n\Z", "", str(part.get_payload()))
    # The library returns letters beyond ASCII, but takes them only as the bytes that stand for them.
    part.set_payload(cut.encode().decode("ascii", "surrogateescape"))


def _mark_boundaries(message: EmailMessage, message_id: str) -> None:
    """Set the boundaries between parts to values made from the mail's id, instead of random ones."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_{sha256(f'{message_id}/{number}'.encode()).hexdigest()[:24]}")


def _head(raw: bytes) -> Message:
    """Read the headers of a mail alone."""
    ends = [place for line in (b"\n\r\n", b"\n\n") if (place := raw.find(line)) >= 0]
    return BytesHeaderParser(policy=READING).parsebytes(raw[: min(ends) + 1] if ends else raw)


def _is_deep(raw: bytes) -> bool:
    """Return whether a mail has so many parts that the library takes long for them."""
    most = 0 if count(raw, b"\n--") > 2 * MOST_PARTS else MOST_MULTIPARTS
    return any(number >= most for number, _ in enumerate(multiparts(raw)))


def _or(otherwise: T, read: Callable[[], T]) -> T:
    """Return the result of `read`, or `otherwise` if the library fails, as on malformed mails."""
    try:
        return read()
    except Exception:  # noqa: BLE001 -- the library raises exceptions of many kinds
        return otherwise


def _plain(text: str) -> str:
    """Return text as Unicode: bytes that are not ASCII are read as UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _headers(message: Message) -> dict[str, str]:
    """Return the headers unfolded, as they were written."""
    headers: dict[str, str] = {}
    for name, value in list(message.raw_items())[:MOST_HEADERS]:
        headers.setdefault(_plain(name).lower()[:200], " ".join(_plain(str(value)).split()))
    return headers


def _decoded(text: str) -> str:
    if "=?" not in text:
        return text
    return _or(text, lambda: _plain(str(READING.header_factory("Subject", text))))


def _leaves(part: Any) -> Iterator[Any]:
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for inner in part.get_payload():
            inner.end_before_boundary()
            yield from _leaves(inner)
    else:
        yield part


def _content_type(part: Any) -> str:
    kind = _or(ANY_FILE, part.written_content_type)
    return kind if len(kind) <= 200 and CONTENT_TYPE.fullmatch(kind) else ANY_FILE  # noqa: PLR2004 -- no longer


def _is_file(part: Any) -> bool:
    return bool(_or(None, part.get_content_disposition) == "attachment" or _or(None, part.get_filename))


def _file_name(part: Any, number: int) -> str:
    name = _plain(str(_or(None, part.get_filename) or f"attachment-{number}"))
    return re.sub(r"[\x00-\x1f\x7f/\\]", "_", name)[:256]


def _content_id(part: Any) -> str:
    found = MESSAGE_ID.search(_plain(str(_or("", lambda: part.get("content-id", "")))))
    return found[0][1:-1][:LONGEST_CONTENT_ID] if found else ""


def _content(part: Any) -> bytes:
    return _or(b"", part.decoded)


def _text(part: Any) -> str:
    content = _content(part)
    charset = str(_or(None, part.get_content_charset) or "utf-8")
    return content.decode(codec_of(charset) or "utf-8", "replace")
