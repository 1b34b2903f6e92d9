"""Tracking: what AutoSend puts into the HTML of mails to see who opens them and follows their links.

https://docs.autosend.com/api-reference/mails/send (trackingOpen, trackingClick). A pixel is the last thing in
the body; addresses of http and https lead through a redirect. Addresses and places of both are inferred.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from emulator.sending.texts import LinkPlace, link_places

PIXEL = '<img src="{}" alt="" width="1" height="1">'
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A picture of one transparent point."""


def followed(html: str, own: Sequence[str] = ()) -> list[str]:
    """Return the addresses whose clicks are tracked, in order; those that begin like one of `own` are not."""
    return [place.address for place in _places(html, own)]


def with_redirects(html: str, redirect: Callable[[int], str], own: Sequence[str]) -> str:
    """Return HTML in which each tracked link leads to the redirect of its number, from 1."""
    pieces, end = list[str](), 0
    for number, place in enumerate(_places(html, own), 1):
        pieces += (html[end : place.begin], f'"{escape(redirect(number))}"')
        end = place.end
    return "".join((*pieces, html[end:]))


def with_pixel(html: str, address: str) -> str:
    """Return HTML with the pixel."""
    return at_the_end(html, PIXEL.format(escape(address)))


def at_the_end(html: str, addition: str) -> str:
    """Return HTML with something more at the end of its body."""
    end = html.lower().rfind("</body>")
    return html + addition if end < 0 else html[:end] + addition + html[end:]


def _places(html: str, own: Sequence[str]) -> Iterator[LinkPlace]:
    for place in link_places(html):
        is_web = place.address.lower().startswith(("http://", "https://"))
        if is_web and not place.address.startswith(tuple(own)):
            yield place
