"""Tracking: the pixel and the redirects in the HTML of mails, which tell AutoSend of opens and clicks.

https://docs.autosend.com/api-reference/mails/send (trackingOpen, trackingClick). The pixel is at the end of
the body; links to http and https addresses lead through a redirect. Addresses and places of both are
inferred.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from emulator.sending.texts import LinkPlace, link_places

PIXEL = '<img src="{}" alt="" width="1" height="1">'
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A picture of one transparent point."""


def followed(html: str, own: Sequence[str] = ()) -> list[str]:
    """Return the addresses whose clicks are tracked, in order; not those that begin with one of `own`."""
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
    """Return HTML with an addition at the end of its body."""
    end = html.lower().rfind("</body>")
    return html + addition if end < 0 else html[:end] + addition + html[end:]


def _places(html: str, own: Sequence[str]) -> Iterator[LinkPlace]:
    for place in link_places(html):
        is_web = place.address.lower().startswith(("http://", "https://"))
        if is_web and not place.address.startswith(tuple(own)):
            yield place
