"""The charsets of texts; Python's other codecs are no charsets."""

import encodings
from pkgutil import iter_modules

import pytest

from emulator.charsets import codec_of, shown_charset

CODECS = sorted({module.name for module in iter_modules(encodings.__path__)} - {"aliases"})


@pytest.mark.parametrize("name", CODECS)
def test_every_charset_reads_any_bytes_and_writes_what_it_read(name: str) -> None:
    codec = codec_of(name)
    if codec is not None:
        text = (b"-" + b"a\xff+2AA-\\ud800" * 1000).decode(codec, "replace")
        assert text.encode("utf-8").decode() == text
        assert isinstance(text.encode(codec, "replace"), bytes)


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode-escape", "utf-7", "rot13", "", "\0", "a/b"])
def test_what_is_no_charset(name: str) -> None:
    assert codec_of(name) is None


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<a/>".encode("utf-16"), "utf-16"),
        ("<a/>".encode("utf-32"), "utf-32"),
        ('{"a": 1}'.encode("utf-16-le"), "utf-16-le"),
        ('{"a": 1}'.encode("utf-16-be"), "utf-16-be"),
        ('{"a": 1}'.encode("utf-32-be"), "utf-32-be"),
        (b"\xef\xbb\xbf<?xml version='1.0' encoding='cp1251'?><a/>", "cp1251"),
        (b'\n <?xml version="1.0" encoding = "KOI8-R" standalone="yes"?><a/>', "KOI8-R"),
        (b"<?xml version='1.0'?><a encoding='x'/>", None),
        (b"<a/>", None),
        (b"", None),
        (b"\0", None),
        (b"ab", None),
    ],
)
def test_a_text_shows_its_charset(body: bytes, charset: str | None) -> None:
    assert shown_charset(body) == charset
