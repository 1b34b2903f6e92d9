"""Which due events ran in a sandbox, as the changes of its clock answer them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emulator.engine.engine import Firing


class Firings:
    """The events that ran since the last change of the clock, and during each change that is under way."""

    def __init__(self) -> None:
        self._unanswered = Firing()
        self._under_way: dict[int, Firing] = {}

    def add(self, ran: Firing) -> None:
        """Note events that ran, whatever request or check ran them."""
        for firing in self._under_way.values() or [self._unanswered]:
            firing.extend(ran)

    def take(self) -> Firing:
        """Return the events that no change has answered, once."""
        taken, self._unanswered = self._unanswered, Firing()
        return taken

    @property
    def are_of_several(self) -> bool:
        """Whether several changes are under way: what runs is answered by each of them."""
        return len(self._under_way) > 1

    @contextmanager
    def answered(self) -> Iterator[Firing]:
        """Return the events that one change answers: those since the last one, and those of the block.

        Changes that are under way together answer what ran meanwhile, each of them.
        """
        firing = self.take()
        self._under_way[id(firing)] = firing
        try:
            yield firing
        except BaseException:
            if len(self._under_way) == 1:
                self._unanswered = firing
            raise
        finally:
            del self._under_way[id(firing)]

    def forget(self) -> None:
        """Begin anew: what ran before is no change's any more."""
        self._unanswered = Firing()


@contextmanager
def noting(note: Callable[[Firing], None]) -> Iterator[Firing]:
    """Yield what the block adds the events to that it runs; note them, also where the file fails then."""
    ran = Firing()
    try:
        yield ran
    finally:
        note(ran)
