"""The links of a mail's HTML that lead through redirects; an outcome clicks the first one."""

import pytest

from emulator.autosend.tracking import followed


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        ('<a href="https://a.test/?x=1">', ["https://a.test/?x=1"]),
        ("<A class='b' HREF = ' https://a.test/\"q\" '>", ['https://a.test/"q"']),
        ('<a href="mailto:ann@example.com"><a href="http://b.test">', ["http://b.test"]),
        ('<a href="https://a.test', []),
        ('<a href="http://' + " " * 1_000_000, []),
        ("<a " + "href=" * 200_000, []),
        ("<a " * 300_000, []),
        ('<a href="http://' * 60_000, []),
        ("<!--" * 200_000, []),
    ],
)
def test_links_are_found_in_linear_time(html: str, addresses: list[str]) -> None:
    assert followed(html) == addresses
