"""Finishing: changes of a content for each recipient, before parts and prices are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session

from emulator.engine.engine import Turn
from emulator.rcs import unsubscribing
from emulator.rcs.contents import Own, Recipient, store_fallbacks, store_own
from emulator.rcs.prices import is_gsm
from emulator.rcs.recipients import field_ids, field_values
from emulator.rcs.short_links import store_links
from emulator.rcs.shortening import Shortening, shortened
from emulator.rcs.texts import FIELD, filled, transliterated


@dataclass(frozen=True)
class Finish:
    """The changes that are made to the content of a send."""

    fills_in: bool = False
    """Whether the values of contact fields are filled in, as in sends to contact lists."""
    transliterates: bool = False
    links: Sequence[Shortening] = ()
    """The placeholders of a text that become short links."""
    caption: str | None = None
    """The text before an unsubscribe link at the end of an SMS; None for no such link."""

    def written(self, text: str | None, options: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return it as JSON, to be applied later; None if it changes nothing in this content."""
        is_filled = self.fills_in and _has_fields(text, options)
        is_linked = bool(self.links) or self.caption is not None or unsubscribing.is_in((text, options))
        is_rewritten = self.transliterates and (is_filled or not is_gsm(text or ""))
        if not (is_filled or is_linked or is_rewritten):
            return None
        return asdict(replace(self, fills_in=is_filled))


USUAL = Finish()
"""The finish of every content: unsubscribe links become each recipient's own."""


def finish_of(written: Mapping[str, Any]) -> Finish:
    """Return the finish that `written` wrote."""
    return Finish(**{**written, "links": [Shortening(**link) for link in written["links"]]})


def finished(
    turn: Turn,
    finish: Finish,
    recipients: Sequence[Recipient],
    text: str | None,
    options: Mapping[str, Any] | None,
) -> list[Recipient]:
    """Return the recipients, each with the finished content as their own if it differs from that of all."""
    if finish.fills_in:
        recipients = _filled(turn.session, recipients, text, options)
    if finish.links and text is not None:
        recipients = shortened(turn, finish.links, recipients, text)
    recipients = unsubscribing.with_links(turn, recipients, text, options, finish.caption)
    if finish.transliterates:
        recipients = [_transliterated(recipient, text) for recipient in recipients]
    return list(recipients)


def store_finished(
    turn: Turn, recipients: Sequence[Recipient], first_id: int, channel: str, campaign_id: int | None
) -> None:
    """Store the own contents and links of recipients, in messages with consecutive ids from `first_id` on."""
    store_own(turn, first_id, [recipient.own for recipient in recipients])
    store_links(turn, recipients, first_id, campaign_id)
    unsubscribing.store(turn, recipients, first_id, channel)


def store_fallback(
    turn: Turn,
    finish: Finish,
    recipients: Sequence[Recipient],
    first_id: int,
    text: str | None,
    options: Mapping[str, Any] | None,
) -> None:
    """Store the contents of substitutes, with the values that contact fields have now.

    The ids of the messages are consecutive, from `first_id` on. The rest is finished when they are sent.
    """
    if finish.fills_in:
        others = [Recipient(one.phone) for one in recipients]
        filled_in = _filled(turn.session, others, text, options)
        store_fallbacks(turn, first_id, [one.own for one in filled_in])


def _has_fields(text: str | None, options: Mapping[str, Any] | None) -> bool:
    return any(FIELD.search(one) for one in (text, *_texts_in(options)) if one)


def _filled(
    session: Session,
    recipients: Sequence[Recipient],
    text: str | None,
    options: Mapping[str, Any] | None,
) -> Sequence[Recipient]:
    if not _has_fields(text, options):
        return recipients
    known = field_ids(session)
    values = field_values(session, [recipient.phone for recipient in recipients])
    return [
        recipient._replace(own=_own(text, options, known, values.get(recipient.phone, {})))
        for recipient in recipients
    ]


def _own(
    text: str | None, options: Mapping[str, Any] | None, known: frozenset[int], values: Mapping[int, str]
) -> Own:
    return Own(
        text=None if text is None else filled(text, known, values),
        options=None if options is None else _replaced(options, known, values),
    )


def _transliterated(recipient: Recipient, text: str | None) -> Recipient:
    own = recipient.own or Own()
    before = text if own.text is None else own.text
    after = None if before is None else transliterated(before)
    return recipient if after == before else recipient._replace(own=replace(own, text=after))


def _texts_in(content: Any) -> list[str]:
    if isinstance(content, Mapping):
        return [text for value in content.values() for text in _texts_in(value)]
    if isinstance(content, list):
        return [text for value in content for text in _texts_in(value)]
    return [content] if isinstance(content, str) else []


def _replaced(content: Any, known: frozenset[int], values: Mapping[int, str]) -> Any:
    if isinstance(content, Mapping):
        return {name: _replaced(value, known, values) for name, value in content.items()}
    if isinstance(content, list):
        return [_replaced(value, known, values) for value in content]
    return filled(content, known, values) if isinstance(content, str) else content
