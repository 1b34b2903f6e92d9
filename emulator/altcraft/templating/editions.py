"""What templates said when a run began: runs keep it, whatever becomes of the templates later."""

from collections.abc import Iterable, Iterator, Sequence

from sqlmodel import Session

from emulator.altcraft.tables.content import Edition, Template
from emulator.altcraft.templating.channels import texts_of
from emulator.altcraft.templating.parsing import parse
from emulator.engine.engine import Turn

MOST_NAMED = 10
"""How many tags of a kind the log names."""
LONGEST_NAMED = 100


def keep_editions(turn: Turn, template_ids: Sequence[int]) -> list[int]:
    """Return the ids of what these templates say now, 0 for one that does not exist."""
    return [_kept(turn, number) for number in template_ids]


def _kept(turn: Turn, template_id: int) -> int:
    template = turn.session.get(Template, template_id)
    if template is None:
        return 0
    if template.edition_id is None:
        edition = Edition(
            template_id=template.id,
            name=template.name,
            channels=template.channels,
            problems={sid: list(_problems(template, sid)) for sid in template.channels},
        )
        turn.session.add(edition)
        template.edition_id = edition.id
    assert template.edition_id is not None
    return template.edition_id


def _problems(template: Template, channel: str) -> Iterator[str]:
    """Yield what the log of a run says of the texts of a channel."""
    yield from problems_in(f"Template {template.id}", texts_of(channel, template.channels[channel]))


def problems_in(whose: str, texts: Sequence[str]) -> Iterator[str]:
    """Yield what there is to say of texts: conditions that can not be parsed, and tags that are unknown."""
    parsed = [parse(text) for text in texts]
    broken = _named(tag for one in parsed for tag in one.broken)
    if broken:
        yield f"{whose}: conditions that can not be parsed: {broken}"
    unknown = _named(tag for one in parsed for tag in one.unknown)
    if unknown:
        yield f"{whose}: unknown tags, which stay as they are: {unknown}"


def _named(found: Iterable[str]) -> str:
    """Return tags, each once, as far as the log names them."""
    tags = list(dict.fromkeys(found))
    shown = [tag if len(tag) <= LONGEST_NAMED else f"{tag[:LONGEST_NAMED]}…" for tag in tags[:MOST_NAMED]]
    more = [f"and {len(tags) - MOST_NAMED} more"] if len(tags) > MOST_NAMED else []
    return ", ".join(shown + more)


def problems_of(session: Session, edition_ids: Sequence[int], channel: str) -> list[str]:
    """Return what the log of a run on a channel says of what it sends."""
    found = []
    for number in dict.fromkeys(edition_ids):
        edition = session.get(Edition, number)
        if edition is not None and channel not in edition.channels:
            found.append(f"Template {edition.template_id} says nothing on the channel {channel}")
        elif edition is not None:
            found += edition.problems[channel]
    return found
