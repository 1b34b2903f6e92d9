"""Transition tables: which action leads from which state of an entity to which other.

A table is data. Endpoints ask it before they change anything, Swagger UI prints it, and
the property tests walk all of its cells.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Lifecycle:
    """The states of one kind of entity and the moves between them.

    `moves` maps (state, action) to the state after it; a pair that is missing is refused.
    """

    entity: str
    states: tuple[str, ...]
    moves: Mapping[tuple[str, str], str]

    def target(self, state: str, action: str) -> str | None:
        """Return the state after `action`, or None where the action is refused."""
        return self.moves.get((state, action))

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(action for _, action in self.moves))

    def cells(self) -> Iterator[tuple[str, str, str | None]]:
        """Yield every (state, action, target) of the table, refused ones with None."""
        for state in self.states:
            for action in self.actions:
                yield state, action, self.target(state, action)

    def markdown(self) -> str:
        """Return the table as Markdown: a row per state, a column per action, the next state in the cell."""
        lines = [f"| {self.entity} | {' | '.join(self.actions)} |", "|---" * (len(self.actions) + 1) + "|"]
        for state in self.states:
            targets = " | ".join(self.target(state, action) or "" for action in self.actions)
            lines.append(f"| **{state}** | {targets} |")
        return "\n".join(lines)
