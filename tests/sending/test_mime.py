"""Mails that are written: what is read of them again."""

import pytest

from emulator.sending.mime import Address, read_mail, written_mail


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
