"""The due events that ran in a sandbox, for the responses to changes of its clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emulator.engine.firing import Firing


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
        """Return the events that no response has reported yet, and count them as reported."""
        taken, self._unanswered = self._unanswered, Firing()
        return taken

    @property
    def are_of_several(self) -> bool:
        """Whether several changes are under way: each of them reports the events that run."""
        return len(self._under_way) > 1

    @contextmanager
    def answered(self) -> Iterator[Firing]:
        """Yield the events that one change reports: those since the last change, and those of the block.

        Changes that are under way at the same time each report the events that run meanwhile.
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
        """Forget the events that no change has reported: the sandbox begins anew."""
        self._unanswered = Firing()


@contextmanager
def noting(note: Callable[[Firing], None]) -> Iterator[Firing]:
    """Yield a Firing to which the block adds the events that it runs; note them, even if the block fails."""
    ran = Firing()
    try:
        yield ran
    finally:
        note(ran)
