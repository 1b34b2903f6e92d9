"""Reads YAML: with libyaml, which is ten times as fast, where PyYAML has it."""

from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


def read_yaml(text: str) -> Any:
    """Return the content of a YAML document. Raises yaml.YAMLError, and ValueError for impossible dates."""
    return yaml.load(text, Loader)


def read_nodes(text: str) -> yaml.Node | None:
    """Return the nodes of a YAML document, which know their lines; None of an empty one. Raises YAMLError."""
    return yaml.compose(text, Loader)
