"""Long mails are read in slices, with the same result as if the library read them at once."""

from base64 import encodebytes
from email import message_from_bytes

import pytest

from emulator.sending.mime import LONG, MailFile, read_mail
from emulator.sending.slices import SLICE, count, multiparts

ENCODED = encodebytes(bytes(range(256)) * (LONG // 256 + 1))
HEAD = b"Content-Type: application/pdf; name=long.pdf\r\nContent-Transfer-Encoding: "

TEXTS = {
    "base64": ENCODED,
    "base64 of long lines": ENCODED.replace(b"\n", b""),
    "base64 with padding in it": ENCODED + b"AA==\n" + b"\n" * SLICE + b"AAAA\n",
    "base64 without its padding": ENCODED + b"AA",
    "base64 with other characters": ENCODED + b"!" + ENCODED,
    "base64 with other letters": ENCODED + "é".encode() + ENCODED,
    "quoted-printable": b"=C3=A9 and so on=\r\n\r\n" * (LONG // 20),
    "quoted-printable in one line": b"=C3=A9 and so on" * (LONG // 15),
    "8bit": "größer\r\n".encode() * (LONG // 7),
    "7bit": b"\\u00e9\r\n" * (LONG // 6),
    "x-uuencode": b"begin 644 x\n" + b"#0V%T\n" * (LONG // 5) + b"`\nend\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_long_part_is_decoded_as_a_short_one(name: str) -> None:
    raw = HEAD + name.partition(" ")[0].encode() + b"\r\n\r\n" + TEXTS[name]
    (file,) = read_mail(raw).files
    content = message_from_bytes(raw).get_payload(decode=True)
    assert file == MailFile("long.pdf", "application/pdf", bytes(content))


@pytest.mark.parametrize("before", range(SLICE - 12, SLICE + 2))
def test_what_lies_across_two_slices_is_counted_once(before: int) -> None:
    raw = b"x" * before + b"multipart/" + b"x" * SLICE + b"multipart/"
    assert count(raw, b"multipart/") == 2


@pytest.mark.parametrize("before", range(SLICE - 40, SLICE + 2))
def test_a_type_that_lies_across_two_slices_is_found_once(before: int) -> None:
    raw = b"x" * before + b"Content-TYPE:\r\n\tMULTIPART/mixed, and not multipart/ alone"
    assert list(multiparts(raw)) == [before + 16]
