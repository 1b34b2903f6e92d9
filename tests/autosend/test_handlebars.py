"""The template language, compared with the npm package `handlebars`.

A row of tests/autosend/handlebars.json is a template, values, and the text that both make of them; null where
both refuse the template.
"""

import json
from hashlib import shake_256
from pathlib import Path
from typing import Any

import pytest

from emulator.autosend.handlebars import Budget, Dialect, TemplateError, render
from emulator.autosend.handlebars.evaluation import Evaluation
from emulator.autosend.handlebars.kept import Kept
from tests.node import run_node

TABLE = Path(__file__).with_name("handlebars.json")
ROWS = [row for rows in json.loads(TABLE.read_text()).values() for row in rows]
PLAIN = Dialect(is_html=True)

NPM = """
import Handlebars from "handlebars";
import { readFileSync } from "node:fs";
console.error = console.info = () => {};
const rendered = ([template, values]) => {
    try { return Handlebars.compile(template)(values); } catch { return null; }
};
const rows = Object.values(JSON.parse(readFileSync(process.env.TABLE, "utf8"))).flat();
process.stdout.write(JSON.stringify(rows.map(rendered)));
"""


def outcome(template: str, values: dict[str, Any], budget: Budget | None = None) -> str | None:
    try:
        return render(template, values, PLAIN, budget)
    except TemplateError:
        return None


@pytest.mark.parametrize(("template", "values", "text"), ROWS, ids=[row[0] for row in ROWS])
def test_a_template_is_rendered_as_in_the_table(
    template: str, values: dict[str, Any], text: str | None
) -> None:
    assert outcome(template, values) == text


@pytest.mark.slow
def test_the_npm_package_renders_the_table_in_the_same_way() -> None:
    rendered = json.loads(run_node(NPM, TABLE=str(TABLE)))
    wrong = [(row, text) for row, text in zip(ROWS, rendered, strict=True) if row[2] != text]
    assert wrong == []


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 300


SOUP = [
    *(" ", "\n", "\t", "\r\n", "\0"),
    *[
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{{{{",
        "}}}}",
        "{{{{/",
        "{{#",
        "{{/",
        "{{^",
        "{{&",
        "{{!",
        "{{!--",
        "--}}",
        "{{~",
        "~}}",
        "{{else",
        "{{else}}",
        "{{>",
        "{{*",
        "~",
        "#",
    ],
    *[
        "/",
        ".",
        "..",
        "|",
        "=",
        "(",
        ")",
        "[",
        "]",
        "@",
        "'",
        '"',
        "\\",
        ",",
        "$",
        "%",
        "{",
        "}",
        "if",
        "each",
        "with",
        "unless",
        "lookup",
        "log",
        "this",
        "a",
        "b",
        "o.k",
        "@root",
        "@index",
        "as",
    ],
    *[
        "|x|",
        "1",
        "-2.5",
        "true",
        "null",
        "undefined",
        "{{a}}",
        "{{#if",
        "a}}",
        "{{/if}}",
        "{{#b}}",
        "{{/b}}",
        "{{{{a}}}}",
        "{{{{/a}}}}",
        "é",
        "名",
        "text",
    ],
]


def soup(number: int) -> str:
    """Return a text of up to 40 random tokens; `number` is the seed."""
    return "".join(SOUP[byte % len(SOUP)] for byte in shake_256(str(number).encode()).digest(1 + number % 40))


@pytest.mark.parametrize("first", range(0, 10_000, 1000))
def test_any_text_is_rendered_or_refused_in_a_number_of_steps_that_is_linear(first: int) -> None:
    for template in map(soup, range(first, first + 1000)):
        budget = Budget()
        outcome(template, {"a": "A", "b": True, "o": {"k": 1}}, budget)
        assert budget.taken <= 2 * len(template), template


OPENINGS = (
    "{{", "{{{", "{{#", "{{^", "{{!", "{{!--", "{{!-- --}", "{{{{", "{{{{a}}}}", "{{a ", "{{a.", "{{'", '{{"',
    "{{'\\'", "{{[", "{{[\\]", "{{(", "{{lookup (lookup ", "{{#if a}}", "{{else", "{{ else ", "{{~ ",
    "{{a as |", "{{#a as |b ", "{{a b=", "\\{{", "\\\\{{", "{{a}", "{{a}} ", "{{!}}\n", "{{#if a}}\n{{/if}}",
    "{{a   ", "{{^    ", "a}}", "{{\n", "{{[\\\\",
)  # fmt: skip


@pytest.mark.parametrize("opening", OPENINGS)
def test_two_megabytes_of_any_beginning_are_read_once(opening: str) -> None:
    template = opening * (2_000_000 // len(opening))
    assert outcome(template, {}) in {None, template}


@pytest.mark.parametrize(
    "template",
    ["{{" + " " * 2_000_000, "{{#if a}}" + " \n" * 1_000_000 + "{{/if}}", "{{a" + " " * 2_000_000 + "}}"],
    ids=["unclosed", "around tags", "within a tag"],
)
def test_white_space_is_read_once(template: str) -> None:
    assert not outcome(template, {})


LIST = list(range(200))


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("{{#each a}}{{#each ../a}}{{#each ../../a}}{{/each}}{{/each}}{{/each}}", {"a": LIST}),
        ("{{#a}}{{#../a}}{{#../../a}}{{/../../a}}{{/../a}}{{/a}}", {"a": LIST}),
        ("{{{{each a}}}}{{{{/each}}}}", {"a": [0] * 100_000}),
        ("{{#each a}}{{../a}}{{/each}}", {"a": LIST * 10}),
        ("{{#each a}}{{#if (lookup ../o ../a)}}{{/if}}{{/each}}", {"a": LIST * 10, "o": {"k": 1}}),
        ("{{#each a}}{{../text}}{{/each}}", {"a": LIST, "text": "x" * 100_000}),
        ("{{#each a}}{{../text.length}}{{/each}}", {"a": LIST, "text": "é" * 100_000}),
        ("{{a}}", {"a": [0] * 100_000}),
        ("{{#if a}}" * 51 + "{{/if}}" * 51, {"a": 1}),
        ("{{lookup " + "(lookup " * 51 + "a b" + ") b" * 51 + "}}", {}),
        ("{{a}}" * 10_000, {}),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_what_costs_too_much_is_refused(template: str, values: dict[str, Any]) -> None:
    assert outcome(template, values) is None


@pytest.mark.parametrize(
    ("template", "values", "end"),
    [
        ("{{#each l}}{{#each .}}<td>{{.}}</td>{{/each}}\n{{/each}}", {"l": [LIST[:10]] * 900}, "</td>\n"),
        ("{{#if a}}" * 50 + "deep" + "{{/if}}" * 50, {"a": 1}, "deep"),
        ("{{#if a}}" + "{{else if b}}" * 1000 + "{{else}}last{{/if}}", {}, "last"),
        ("{{a}}" * 4000 + "end", {"a": "x" * 100}, "end"),
        ("{{a}}|", {"a": json.loads("[" * 900 + "1" + "]" * 900)}, "1|"),
    ],
    ids=["table", "nested", "chain", "long", "list in lists"],
)  # fmt: skip
def test_what_a_mail_may_contain_is_rendered(template: str, values: dict[str, Any], end: str) -> None:
    assert (outcome(template, values) or "").endswith(end)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("a\nb {{#if x}}", 'line 2 at "{{#if x}}": the block is never closed'),
        ("{{#if x}}{{/each}}", "if doesn't match each"),
        ("{{n m}}", 'Missing helper: "n"'),
        ("{{#if}}{{/if}}", "if requires exactly one argument"),
        ("{{> p}}", "partials can not be registered"),
        ("{{a.this}}", "Invalid path: a.this"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(template: str, problem: str) -> None:
    with pytest.raises(TemplateError) as raised:
        render(template, {}, PLAIN)
    assert problem in str(raised.value)


@pytest.mark.parametrize("rounds", [10, 1000], ids=["rendered", "too costly"])
def test_a_template_with_loops_is_rendered_once_for_the_same_values(
    monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    renderings = []
    text = Evaluation.text

    def counted(*given: Any) -> str:
        renderings.append(1)
        return text(*given)

    monkeypatch.setattr(Evaluation, "text", counted)
    template = "{{#each a}}{{#each ../a}}{{#each ../../a}}.{{/each}}{{/each}}{{/each}}"
    values = {"a": list(range(rounds)), "rounds": rounds}
    looks = [outcome(template, json.loads(json.dumps(values))) for _ in range(3)]
    assert (len(renderings), len(set(looks))) == (1, 1)
    outcome(template, values | {"a": [1]})
    assert len(renderings) == 2


def test_what_is_kept_has_a_bound() -> None:
    kept = Kept[str](10)
    for name in "abc":
        kept.keep(name, name, 4)
    kept.find("b")
    kept.keep("d", "d", 6)
    kept.keep("large", "large", 11)
    assert [kept.find(name) for name in ("a", "b", "c", "d", "large")] == [None, "b", None, "d", None]
