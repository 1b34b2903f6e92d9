"""Written mails are read again with the same parts."""

import pytest

from emulator.sending import mime
from emulator.sending.mime import Address, MailFile, read_mail, written_mail


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize("text", ["Hello", "Привет", "é", "😀", "é\nsecond line", "x" * 1000, "é" * 1000])
def test_texts_come_out_as_they_were(text: str, end: str) -> None:
    html = f"<p>{text}</p>{end}"
    raw = written_mail(
        message_id="<1@example.com>",
        at=0,
        sender=Address("shop@example.com", "Shop é"),
        to=[Address("ann@example.com")],
        text=text + end,
        html=html,
    )
    found = read_mail(raw)
    assert (found.text.replace("\r\n", "\n"), found.html.replace("\r\n", "\n")) == (text + end, html)


@pytest.mark.parametrize("text", ["Hello", "Привет", "é" * 1000])
@pytest.mark.parametrize("part", ["text", "html"])
def test_a_mail_of_one_part(part: str, text: str) -> None:
    raw = written_mail(
        message_id="<1@example.com>",
        at=0,
        sender=None,
        to=[Address("ann@example.com")],
        text=text if part == "text" else "",
        html=text if part == "html" else "",
    )
    assert getattr(read_mail(raw), part) == text


@pytest.mark.parametrize("end", ["", "the end", "\r\n", "\n\n"])
def test_a_long_text_ends_as_a_short_one_does(end: str) -> None:
    """The newline before a boundary belongs to the boundary, however long the part is."""

    def read(lines: int) -> str:
        text = "a line of the text\n" * lines + end
        raw = f"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n{text}\n--x\n\nnext\n--x--\n"
        return read_mail(raw.encode()).text

    assert read(100_000).removeprefix("a line of the text\n" * 99_999) == read(1)


def test_a_long_mail_without_parts_is_kept_to_its_last_newline() -> None:
    assert read_mail(b"Subject: s\n\n" + b"a line\n" * 300_000).text == "a line\n" * 300_000


@pytest.mark.parametrize("size", [1, 746, 747, 748, 5000])
def test_a_large_file_is_written_as_others_are(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [MailFile(name, "image/png", name.encode() * size, name) for name in ("a", "", "b")]

    def written() -> bytes:
        ann = Address("ann@example.com")
        return written_mail(
            message_id="<a@b>", at=0, sender=ann, to=[ann], html="<img src=cid:a>", files=files
        )

    usual = written()
    monkeypatch.setattr(mime, "LONG", 0)
    assert written() == usual
    assert [file.content for file in read_mail(usual).files] == [b"a" * size, b"b" * size, b""]
