"""The link that a recipient who clicks is said to click: the first one of the mail's HTML."""

import pytest

from emulator.autosend.rendering import LINK


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ('<a href="https://a.test/?x=1">', "https://a.test/?x=1"),
        ("<A class='b' HREF = ' https://a.test/\"q\" '>", 'https://a.test/"q"'),
        ('<a href="mailto:ann@example.com"><a href="http://b.test">', "http://b.test"),
        ('<a href="https://a.test', None),
        ('<a href="http://' + " " * 1_000_000, None),
        ("<a " + "href=" * 200_000, None),
    ],
)
def test_the_first_link_is_found_in_linear_time(html: str, address: str | None) -> None:
    found = LINK.search(html)
    assert (found and (found[1] or found[2]).strip()) == address
