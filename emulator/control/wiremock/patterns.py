"""WireMock's request patterns, which say which requests match."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from emulator.control.wiremock.logged import Logged
from emulator.control.wiremock.matchers import many_test_of, pattern_of, test_of
from emulator.control.wiremock.problems import Misunderstood
from emulator.patterns import Pattern, TooMuchWorkError, effort

T = TypeVar("T")
Holds = Callable[[Logged], bool]
MOST_PARAMETERS = 20
TEMPLATE = re.compile(r"\{([^{}/]+)\}")


@dataclass(frozen=True)
class RequestPattern:
    """A pattern, with a test for each of its parts by name."""

    written: Mapping[str, Any]
    parts: Mapping[str, Holds]

    def meets(self, request: Logged) -> bool:
        """Return whether a request matches. Raises Misunderstood if comparing takes too much work."""
        return _bounded(lambda: all(holds(request) for holds in self.parts.values()))

    def misses(self, request: Logged) -> list[str]:
        """Return the names of the parts that a request does not match. Raises Misunderstood likewise."""
        return _bounded(lambda: [name for name, holds in self.parts.items() if not holds(request)])

    def distance(self, request: Logged) -> float:
        """Return how far a request is from matching, from 0 to 1; a wrong URL counts double."""
        return sum(map(_weight, self.misses(request))) / max(sum(map(_weight, self.parts)), 1)


def _weight(part: str) -> int:
    return 2 if part.startswith("url") else 1


def read_pattern(written: Any) -> RequestPattern:
    """Parse a request pattern. Raises Misunderstood."""
    if not isinstance(written, dict):
        raise Misunderstood("", 'a request pattern must be an object such as {"method": "POST"}')
    return RequestPattern(written, _bounded(lambda: _parts(written)))


def _parts(written: Mapping[str, Any]) -> dict[str, Holds]:
    parts: dict[str, Holds] = {}
    for name, value in written.items():
        if name not in READERS:
            known = ", ".join(sorted(READERS))
            raise Misunderstood(f"/{name}", f"{name} is not known here. Known are: {known}")
        if value is not None:
            parts |= READERS[name](value, name, written)
    return parts


def _bounded(work: Callable[[], T]) -> T:
    try:
        with effort():
            return work()
    except TooMuchWorkError as error:
        raise Misunderstood("", str(error)) from error


def _method(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    wanted = _text(value, name).upper()
    return {} if wanted == "ANY" else {name: lambda request: request.method == wanted}


def _url(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    wanted = _text(value, name)
    return {name: lambda request: request.url == wanted}


def _url_pattern(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    pattern = pattern_of(value, f"/{name}")
    return {name: lambda request: pattern.is_all_of(request.url)}


def _url_path(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    wanted = _text(value, name)
    return {name: lambda request: request.path == wanted}


def _url_path_pattern(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    pattern = pattern_of(value, f"/{name}")
    return {name: lambda request: pattern.is_all_of(request.path)}


def _url_path_template(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    template = _template(value, name)
    return {name: lambda request: template.is_all_of(request.path)}


def _path_parameters(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    text = _text(written.get("urlPathTemplate"), name)
    names, template = TEMPLATE.findall(text), _template(text, name)

    def found(request: Logged, parameter: str) -> str | None:
        groups = template.groups(request.path)
        return groups[names.index(parameter)] if groups else None

    parts: dict[str, Holds] = {}
    for parameter, operation in _operations(value, name):
        if parameter not in names:
            raise Misunderstood(f"/{name}/{parameter}", f"{text} has no {{{parameter}}}")
        test = test_of(operation, f"/{name}/{parameter}")
        parts[f"{name}.{parameter}"] = lambda request, test=test, parameter=parameter: test(  # type: ignore[misc]
            found(request, parameter)
        )
    return parts


def _template(value: Any, name: str) -> Pattern:
    """Return the pattern for paths such as `/v1/{name}`, with a group for each parameter."""
    pieces = TEMPLATE.split(_text(value, name))
    if len(pieces) // 2 > MOST_PARAMETERS:
        raise Misunderstood(f"/{name}", f"a template has up to {MOST_PARAMETERS} parameters")
    return pattern_of(
        "".join("([^/]+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)),
        f"/{name}",
        captures=True,
    )


def _in_values(values: Callable[[Logged], Mapping[str, list[str]]], *, any_case: bool) -> Any:
    """Return a reader for operations on named values of a request, such as headers."""

    def read(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
        return {
            f"{name}.{key}": _holds(values, key.lower() if any_case else key, operation, f"/{name}/{key}")
            for key, operation in _operations(value, name)
        }

    return read


def _holds(
    values: Callable[[Logged], Mapping[str, list[str]]], key: str, operation: Any, pointer: str
) -> Holds:
    test = many_test_of(operation, pointer)
    return lambda request: test(values(request).get(key, []))


def _body_patterns(value: Any, name: str, written: Mapping[str, Any]) -> dict[str, Holds]:
    if not isinstance(value, list):
        raise Misunderstood(f"/{name}", "must be a list of match operations")
    return {
        f"{name}.{place}": _body_holds(operation, f"/{name}/{place}") for place, operation in enumerate(value)
    }


def _body_holds(operation: Any, pointer: str) -> Holds:
    test = test_of(operation, pointer)
    return lambda request: test(request.body or None)


def _operations(value: Any, name: str) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise Misunderstood(f"/{name}", "must be an object of match operations by name")
    return list(value.items())


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Misunderstood(f"/{name}", "must be a text")
    return value


READERS: Mapping[str, Callable[[Any, str, Mapping[str, Any]], dict[str, Holds]]] = {
    "method": _method,
    "url": _url,
    "urlPattern": _url_pattern,
    "urlPath": _url_path,
    "urlPathPattern": _url_path_pattern,
    "urlPathTemplate": _url_path_template,
    "pathParameters": _path_parameters,
    "queryParameters": _in_values(lambda request: request.parameters, any_case=False),
    "headers": _in_values(lambda request: request.headers, any_case=True),
    "cookies": _in_values(lambda request: request.cookies, any_case=False),
    "bodyPatterns": _body_patterns,
}
