"""The text of a fixture file: whether it can be read, and on which line a wrong part stands."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from emulator.yaml_text import Loader, read_nodes

MAX_DEPTH = 50
"""How deep parts may be nested: the YAML reader crashes on too many levels, with the whole process."""


def too_deep(text: str) -> int | None:
    """Return the line on which parts are nested too deep, None where they are not. Raises YAMLError.

    The reader counts the levels: brackets in a text look like those of lists, and indents and dashes nest
    too.
    """
    depth = 0
    event: Any
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            return int(event.start_mark.line) + 1
    return None


def no_yaml(file: Path, text: str, error: yaml.YAMLError) -> str:
    """Return the complaint about a file that is not YAML, with the line."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is not None and problem is not None:
        return f"{file}:{mark.line + 1}: is not YAML: {problem}"
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"{file}:{line}: is not YAML: there is a control character, number {ord(text[error.position])}"
    return f"{file}: is not YAML: {' '.join(str(error).split())}"


def complaints(file: Path, text: str, problems: Iterable[tuple[Sequence[int | str], str]]) -> str:
    """Return the complaints about a file: a line of text for each wrong place, with the reason."""
    root = read_nodes(text)
    return "\n".join(f"{file}:{_line(root, place)}: {_dotted(place)}: {said}" for place, said in problems)


def _dotted(place: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in place) or "(the whole file)"


def _line(node: Any, place: Sequence[int | str]) -> int:
    """Return the number of the line with the deepest part of `place` that the file has.

    A part that it does not have is passed over, such as the name of one of several models.
    """
    for part in place:
        node = _child(node, part) or node
    return int(node.start_mark.line) + 1 if node is not None else 1


def _child(node: Any, part: int | str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None
