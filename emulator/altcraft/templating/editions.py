"""Editions: the contents of templates when a run began, which later changes of templates do not affect."""

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
    """Return the ids of these templates' current editions, making missing ones; 0 for an unknown template."""
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
    """Yield the problems of a channel's texts, for the logs of runs."""
    yield from problems_in(f"Template {template.id}", texts_of(channel, template.channels[channel]))


def problems_in(whose: str, texts: Sequence[str]) -> Iterator[str]:
    """Yield the problems of texts: conditions that can not be parsed, and unknown tags."""
    parsed = [parse(text) for text in texts]
    broken = _listed(tag for one in parsed for tag in one.broken)
    if broken:
        yield f"{whose}: conditions that can not be parsed: {broken}"
    unknown = _listed(tag for one in parsed for tag in one.unknown)
    if unknown:
        yield f"{whose}: unknown tags, which stay as they are: {unknown}"


def _listed(found: Iterable[str]) -> str:
    """Return tags, each once, cut to what the log names."""
    tags = list(dict.fromkeys(found))
    shown = [tag if len(tag) <= LONGEST_NAMED else f"{tag[:LONGEST_NAMED]}…" for tag in tags[:MOST_NAMED]]
    more = [f"and {len(tags) - MOST_NAMED} more"] if len(tags) > MOST_NAMED else []
    return ", ".join(shown + more)


def problems_of(session: Session, edition_ids: Sequence[int], channel: str) -> list[str]:
    """Return the problems of a run's editions on a channel, for its log."""
    found = []
    for number in dict.fromkeys(edition_ids):
        edition = session.get(Edition, number)
        if edition is not None and channel not in edition.channels:
            found.append(f"Template {edition.template_id} says nothing on the channel {channel}")
        elif edition is not None:
            found += edition.problems[channel]
    return found
