"""The documented example of each operation: `examples/<section>.yaml` in a provider's folder."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from emulator.yaml_text import read_yaml

JSON = "application/json"
PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Example:
    """A request as the documentation shows it, and its response."""

    key: str
    """`METHOD /path`, as in the catalogue."""
    path: dict[str, Any]
    query: dict[str, Any]
    credential: str | None
    """The credential that the request needs; None where the account's first one will do."""
    body: Any
    status: int
    answer: Any
    media_type: str
    """The media type of the response; if that is not JSON, or has no body, `answer` is None."""

    @property
    def method(self) -> str:
        return self.key.partition(" ")[0]

    @property
    def is_json(self) -> bool:
        return self.media_type == JSON

    @property
    def url(self) -> str:
        """The path with its parameters filled in."""
        url = self.key.partition(" ")[2]
        for name, value in self.path.items():
            url = url.replace(f"{{{name}}}", str(value))
        return url


@cache
def load_examples(provider: str) -> dict[str, Example]:
    """Return the examples of a provider by `METHOD /path`."""
    cases: dict[str, Example] = {}
    for file in sorted((PACKAGE / provider / "examples").glob("*.yaml")):
        content = read_yaml(file.read_text("utf-8"))
        cases |= {key: _example(key, case) for key, case in content.items()}
    return cases


def _example(key: str, case: dict[str, Any]) -> Example:
    return Example(
        key=key,
        path=case.get("path", {}),
        query=case.get("query", {}),
        credential=case.get("credential"),
        body=case.get("body"),
        status=case.get("status", 200),
        answer=case.get("answer"),
        media_type=case.get("media_type", JSON),
    )
