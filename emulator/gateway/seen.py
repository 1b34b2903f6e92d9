"""Converts requests of the journal to the form that criteria are compared with."""

from typing import Any

from emulator.faults.matching import ESCAPE, Criteria, Seen
from emulator.providers import Dialect
from emulator.sandbox.refusal import ProviderError
from emulator.watching.journal import Entry


def payload_of(entry: Entry, dialect: Dialect[Any, Any] | None) -> Any:
    """Return a request's body, decoded as its provider does; None for no body or one that can not be read."""
    if not entry.request_body or dialect is None:
        return None
    content_type = next((value for name, value in entry.request_headers if name == b"content-type"), b"")
    try:
        return dialect.read(content_type.decode("latin-1"), entry.request_body)
    except ProviderError:
        return None


def seen(entry: Entry, dialect: Dialect[Any, Any] | None, criteria: Criteria) -> Seen:
    """Return a journal entry as criteria need it; its body is decoded only if the criteria need that."""
    needs_payload = criteria.body or (criteria.text is not None and ESCAPE in entry.request_body)
    return Seen.of(entry, payload_of(entry, dialect) if needs_payload else None, entry.answered)
