"""axe-core, the checker of accessibility, run in a page of the browser."""

from collections.abc import Sequence
from functools import cache

from playwright.sync_api import Page

from tests.node import tools

RUN = """(theirs) => axe.run({exclude: theirs}, {iframes: false}).then(({violations}) =>
  violations.flatMap(({id, impact, nodes}) => nodes.map(({target, failureSummary}) =>
    [impact, `${id} at ${target}: ${failureSummary}`])))"""
SEVERE = ("serious", "critical")


def findings(page: Page, theirs: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return impact and description of each finding of axe-core outside of the elements `theirs`.

    The test is skipped if there is no Node.js to install axe-core with.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    return [(impact, text) for impact, text in page.evaluate(RUN, [[selector] for selector in theirs])]


@cache
def _source() -> str:
    return (tools() / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
