"""Finding messages: by their columns, by ids of any provider, and by the words that they show.

Words are searched for in slices, the latest messages first. A text that all messages of a job share is read
once. Where each has words of its own, these are filled in first, for as many messages as the budget allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emulator.control.problems import Problem
from emulator.control.reading import Reader, title_of
from emulator.engine.clock import Slices
from emulator.engine.engine import Turn
from emulator.providers import Provider, senders_of
from emulator.sandbox.links import row_number
from emulator.sandbox.sandbox import Sandbox
from emulator.sending.identity import Named, Wording
from emulator.sending.mailbox import Place, find_messages, jobs_named, near_misses, places_below, referred_to
from emulator.sending.messages import Message
from emulator.sending.outline import outline_of
from emulator.sending.search import Search
from emulator.sending.texts import in_words, texts_of, visible_text

AT_ONCE = 200
"""How many messages are looked at in one transaction."""
MOST_COST = 200_000_000
"""How many characters a search looks at."""
COST_OF_ONE = 100
COST_OF_OWN = 2000
"""The cost of a message beside its characters: of a text that a job shares, and of words of its own."""

Shared = tuple[int, str]
"""The id of a job, and a channel: its messages there have one text, or are filled in from one."""


def meant(turn: Turn, providers: Sequence[Provider], text: str) -> Named:
    """Return the messages that an id names: the emulator's or a provider's, else a client's, else a job's.

    The id of a job can also be that of the control plane: `rcs/campaign/1`.
    """
    own = row_number(text)
    found = [provider.named(turn.session, text) for provider in providers]
    messages = {number for named in found for number in named.messages}
    if own is not None and turn.session.get(Message, own) is not None:
        messages.add(own)
    if not messages:
        messages.update(referred_to(turn.session, text))
    if messages:
        return Named(sorted(messages))
    jobs = [job_id for named in found for job_id in named.jobs]
    return Named(jobs=jobs or (jobs_named(turn.session, text) if "/" in text else []))


def find_message(turn: Turn, providers: Sequence[Provider], message_id: str) -> Message:
    """Return the one message that an id names. Raises Problem where it names none, or several."""
    named = meant(turn, providers, message_id)
    if len(named.messages) == 1:
        return turn.session.get_one(Message, named.messages[0])
    search = Search(senders=(), named=named)
    total, ids = find_messages(turn.session, search, 2)
    if total > 1:
        first = ", ".join(map(str, ids))
        raise Problem(409, f"{message_id[:80]} names {total} messages, the first are {first}: say which.")
    if not ids:
        raise Problem(404, f"There is no message {message_id[:80]} in this sandbox.")
    return turn.session.get_one(Message, ids[0])


@dataclass(frozen=True)
class Found:
    """The result of a search."""

    total: int
    ids: list[int]
    """The ids of the first messages, in the order that was asked for."""
    unsearched: int = 0
    """How many messages were not searched, because too many have words of their own."""


class Finder:
    """Finds messages, as often as needed: it remembers the messages that it has searched for words."""

    def __init__(
        self,
        sandbox: Sandbox,
        providers: Sequence[Provider],
        origin: str,
        *,
        id_: str | None,
        subject: str | None,
        text: str | None,
    ) -> None:
        self._sandbox = sandbox
        self._providers = providers
        self._origin = origin
        self._id = id_
        self._words = Words(providers, subject, text) if subject or text else None
        self._beginnings = sandbox.journal.beginnings

    async def find(self, search: Search, limit: int, *, newest_first: bool = False) -> Found:
        """Return how many messages match, and the first `limit` of them."""
        if self._words is None:
            return await self._look_up(search, limit, newest_first=newest_first, with_total=True)
        found = await self._look_through(self._words, search)
        ids = found.ids if newest_first else found.ids[::-1]
        return replace(found, ids=ids[:limit])

    async def latest(self, search: Search) -> Found:
        """Return the latest message that matches."""
        if self._words is None:
            return await self._look_up(search, 1, newest_first=True, with_total=False)
        return await self._look_through(self._words, search, most=1)

    async def _look_up(self, search: Search, limit: int, *, newest_first: bool, with_total: bool) -> Found:
        """Return the messages whose rows match."""
        if self._id is not None or search.is_outlined:
            await self._outline()
        with self._sandbox.turn() as turn:
            wanted = self._resolved(turn, search)
            found = find_messages(
                turn.session, wanted, limit, newest_first=newest_first, with_total=with_total
            )
            return Found(found.total, found.ids)

    async def _outline(self) -> None:
        """Bring the outline of the messages up to date, in slices."""
        slices = Slices()
        while True:
            with self._sandbox.turn() as turn:
                if outline_of(turn.session).read_on(turn.session, slices):
                    return
            await slices.next()
            await self._sandbox.ready()

    async def near(self, search: Search, most: int) -> dict[int, list[str]]:
        """Return the ids of messages that do not match, each with what it misses, the closest first."""
        words = self._words

        def compare(turn: Turn) -> dict[int, list[str]]:
            wanted = self._resolved(turn, search)
            rows = near_misses(turn.session, wanted, most, with_matches=words is not None)
            return {row.id: misses for row, misses in rows}

        near = await self._sandbox.long_turn(compare)
        if words is None:
            return near
        slices = Slices()
        for number, misses in near.items():
            with self._sandbox.turn() as turn:
                misses.extend(words.missing(Reader(turn, self._providers, self._origin), number))
            await slices.next()
        return dict(sorted(((number, misses) for number, misses in near.items() if misses), key=_count))

    def _resolved(self, turn: Turn, search: Search) -> Search:
        return search if self._id is None else replace(search, named=meant(turn, self._providers, self._id))

    async def _look_through(self, words: "Words", search: Search, most: int | None = None) -> Found:
        """Look for words in messages, from the latest on, until `most` were found."""
        if self._sandbox.journal.beginnings != self._beginnings:
            words.forget()
        self._beginnings = beginnings = self._sandbox.journal.beginnings
        words.left = MOST_COST
        matched, unsearched, below, slices = list[int](), 0, None, Slices()
        while True:
            with self._sandbox.turn() as turn:
                places = places_below(turn.session, self._resolved(turn, search), below, AT_ONCE)
                looked_at = words.look(Reader(turn, self._providers, self._origin), places, slices)
            matched += [number for number, fits in looked_at.items() if fits]
            unsearched += sum(fits is None for fits in looked_at.values())
            if not places or (most is not None and len(matched) >= most):
                return Found(len(matched[:most]), matched[:most], unsearched)
            below = min(looked_at)
            await slices.next()
            await self._sandbox.ready()
            if self._sandbox.journal.beginnings != beginnings:
                return await self._look_through(words, search, most)


class Words:
    """The words to search for, and what is known of the messages that were searched."""

    def __init__(self, providers: Sequence[Provider], subject: str | None, text: str | None) -> None:
        self._subject = _folded(subject or "")
        self._text = _folded(text or "")
        by_name = {provider.name: provider for provider in providers}
        self._providers = {name: by_name[sender.family] for name, sender in senders_of(providers).items()}
        self.left = MOST_COST
        """How many more characters may be searched."""
        self.forget()

    def forget(self) -> None:
        self._unread = dict[Shared, Wording]()
        """The texts that all messages of a job share on a channel, until they are searched."""
        self._lengths = dict[Shared, int]()
        """The lengths of texts in which each message has words of its own."""
        self._fit = dict[Shared | int, bool]()
        """Whether the words were found: in a shared text, or in the message with this id."""

    def look(self, reader: Reader, places: Sequence[Place], slices: Slices) -> dict[int, bool | None]:
        """Search messages for one slice; return by id whether each fits, None where that costs too much."""
        if self.left > 0:
            self._read(reader, places)
        looked_at = dict[int, bool | None]()
        for place in places:
            looked_at[place.id] = self._look_at(reader, place)
            if slices.is_over:
                break
        return looked_at

    def _read(self, reader: Reader, places: Sequence[Place]) -> None:
        """Read the texts that jobs share among their messages, of the jobs that are not known yet."""
        unknown = dict[str, dict[int, None]]()
        for place in places:
            shared = place.job_id, place.channel
            if shared not in self._lengths and shared not in self._fit and shared not in self._unread:
                unknown.setdefault(place.sender, {})[place.job_id] = None
        for sender, job_ids in unknown.items():
            for shared, wording in self._providers[sender].wordings(reader.session, list(job_ids)).items():
                if wording.is_personal:
                    self._lengths[shared] = self._length(wording)
                else:
                    self._unread[shared] = wording

    def _look_at(self, reader: Reader, place: Place) -> bool | None:
        shared = place.job_id, place.channel
        if shared in self._fit:
            return self._fit[shared]
        if place.id in self._fit or self.left <= 0:
            return self._fit.get(place.id)
        said = self._unread.pop(shared, None)
        if said is not None:
            self.left -= COST_OF_ONE + self._length(said)
            return self._fit.setdefault(shared, self._fits(said))
        self.left -= COST_OF_OWN + self._lengths.get(shared, 0)
        row = reader.session.get_one(Message, place.id)
        return self._fit.setdefault(place.id, self._fits(self._wording(reader, row)))

    def _length(self, wording: Wording) -> int:
        """Return how many characters a search in a text looks at."""
        return len(wording.subject) + (
            len(wording.text) + len(wording.html) + wording.cost if self._text else 0
        )

    def missing(self, reader: Reader, number: int) -> list[str]:
        """Return which of the words a message does not show: `subject`, `text`."""
        row = reader.session.get(Message, number)
        if row is None:
            return []
        said = self._wording(reader, row)
        shows = {"subject": self._is_titled(said), "text": self._has_text(said)}
        return [name for name, is_shown in shows.items() if not is_shown]

    def _wording(self, reader: Reader, row: Message) -> Wording:
        """Return the texts that a message shows to its recipient."""
        if not self._text:
            return Wording(reader.subject(row))
        content = reader.content(row)
        return Wording(title_of(content), content.text, content.html or "", content.payload)

    def _fits(self, said: Wording) -> bool:
        return self._is_titled(said) and self._has_text(said)

    def _is_titled(self, said: Wording) -> bool:
        return self._subject in _folded(said.subject)

    def _has_text(self, said: Wording) -> bool:
        texts = (said.subject, said.text, *texts_of(said.payload))
        return any(self._text in _folded(text) for text in texts) or self._text in _folded(
            visible_text(said.html)
        )


def _count(near: tuple[int, list[str]]) -> int:
    return len(near[1])


def _folded(text: str) -> str:
    return in_words(text).casefold()
