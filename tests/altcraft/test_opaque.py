"""Texts that stand for numbers: cursors, and ids of sent messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.altcraft.opaque import seal, unseal


@given(st.integers(0, 2**64 - 1), st.sampled_from([41, 48]))
def test_a_number_comes_back(number: int, length: int) -> None:
    text = seal("cursor", number, length)
    assert len(text) == length
    assert text.isalnum()
    assert unseal("cursor", text, length) == number


@pytest.mark.parametrize("text", ["", "0" * 48, "z" * 48, "a" * 47, "ä" * 48, "\0" * 48, "1" * 49])
def test_other_texts_are_none(text: str) -> None:
    assert unseal("cursor", text, 48) is None


@given(st.integers(0, 2**64 - 1), st.integers(0, 47), st.sampled_from("0Az"))
def test_a_text_with_another_letter_is_none(number: int, place: int, letter: str) -> None:
    text = seal("cursor", number, 48)
    other = f"{text[:place]}{letter}{text[place + 1 :]}"
    assert other == text or unseal("cursor", other, 48) is None


def test_a_text_of_another_kind_is_none() -> None:
    assert unseal("message", seal("cursor", 1, 48), 48) is None
