"""The text that a reader sees of HTML, and the links of a message."""

import pytest

from emulator.sending.texts import links_in, visible_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Your code:</p><h1>4821</h1>", "Your code: 4821"),
        ("<b>H</b>ello, <i>Ann</i>", "Hello, Ann"),
        ("<style>p { color: red }</style><p>Hi</p><script>if (a < b) alert(1)</script>", "Hi"),
        ("Hi<!-- <p>hidden</p> --> there", "Hi there"),
        ("1 &lt; 2 &amp; caf&eacute;&nbsp;&#1082;", "1 < 2 & café к"),
        ("<p>one\n   two</p>", "one two"),
        ("<p title=x", "<p title=x"),
        ("<style>never closed", ""),
        ("a &#" + "9" * 5000 + "; b", "a \ufffd b"),
    ],
)
def test_html_is_read_as_its_words(html: str, text: str) -> None:
    assert visible_text(html) == text


@pytest.mark.parametrize(
    ("html", "text", "payload", "links"),
    [
        ('<a href="https://a.example/?x=1&amp;y=2">a</a>', "", None, ["https://a.example/?x=1&y=2"]),
        ("<a class=b HREF='https://a.example'>a</a><A href=app://open?t=1>b</A>", "", None,
         ["https://a.example", "app://open?t=1"]),
        ('<a href="mailto:a@example.com">m</a><a href="#top">t</a><a>n</a>', "", None, []),
        ('<link href="https://a.example/style.css">', "", None, []),
        ("", "See https://a.example/b. Or (http://c.example)!", None, ["https://a.example/b", "http://c.example"]),
        ("", "", {"cards": [{"suggestions": [{"url": "https://a.example"}, {"text": "no"}]}]}, ["https://a.example"]),
        ("", "", {"image_url": "https://a.example/i.png", "link_url": "https://a.example"}, ["https://a.example"]),
        ("", "", {"cards": [{"media": {"url": "https://a.example/i.png"}}]}, []),
        ("", "", {"push": {"icon": "https://a.example/i.png"}}, []),
        ('<a href="https://a.example">a</a>', "https://a.example", None, ["https://a.example"]),
    ],
)  # fmt: skip
def test_links_are_those_of_html_text_and_payload(
    html: str, text: str, payload: object, links: list[str]
) -> None:
    assert links_in(html, text, payload) == links
