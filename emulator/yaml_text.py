"""Reads YAML: with libyaml, which is ten times as fast, where PyYAML has it."""

import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError

try:
    from yaml import CSafeLoader as UsualLoader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as UsualLoader  # type: ignore[assignment]


class Loader(UsualLoader):
    """A loader that refuses repeated keys, and impossible numbers and times; errors name the line.

    YAML 1.1 has further numbers than YAML 1.2: it reads `0671`, `21:00` and `1_000` as 441, 1260 and 1000.
    Here, they are texts.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- PyYAML's
        seen: set[tuple[str, str]] = set()
        keys = (key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != MERGE)
        for key in keys:
            if (key.tag, key.value) in seen:
                raise ConstructorError(None, None, f"{key.value} is said twice", key.start_mark)
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)

    def construct_read(self, node: yaml.ScalarNode) -> Any:
        """Return the value of a number or a time. Raises ConstructorError for one such as 2026-02-30."""
        if node.tag in OF_NUMBERS and not NUMBER.fullmatch(node.value):
            return node.value
        try:
            return READERS[node.tag](self, node)
        except ValueError as error:
            raise ConstructorError(
                None, None, f"there can be no {node.value[:40]}", node.start_mark
            ) from error


NUMBER = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][-+]?[0-9]+)?|[-+]?\.inf|\.nan", re.IGNORECASE
)

MERGE = "tag:yaml.org,2002:merge"
OF_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
READERS = {tag: UsualLoader.yaml_constructors[tag] for tag in ("tag:yaml.org,2002:timestamp", *OF_NUMBERS)}
for tag in READERS:
    Loader.add_constructor(tag, Loader.construct_read)


def read_yaml(text: str) -> Any:
    """Return the content of a YAML document. Raises yaml.YAMLError."""
    return yaml.load(text, Loader)  # noqa: S506 -- it is a safe loader


def read_nodes(text: str) -> yaml.Node | None:
    """Return the nodes of a YAML document, which know their lines; None of an empty one. Raises YAMLError."""
    return yaml.compose(text, Loader)
