"""One-time codes in texts."""

import pytest

from emulator.sending.codes import codes_in


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Your code is 4821.", ["4821"]),
        ("Your code: 48213377", ["48213377"]),
        ("482915 is your Acme verification code. Do not share it.", ["482915"]),
        ("G-482915 is your Google verification code", ["G-482915"]),
        ("Your OTP is 123-456", ["123-456"]),
        ("Your OTP is 123 456.", ["123456"]),
        ("Your security code 4 8 2 9 1 5", ["482915"]),
        ("Ваш код: 4821", ["4821"]),
        ("Код подтверждения 482915. Никому его не сообщайте", ["482915"]),
        ("482915 — ваш пароль для входа", ["482915"]),
        ("Одноразовый пароль: A7K2QX", ["A7K2QX"]),
        ("Enter the code WDJB-MJHT to sign in", ["WDJB-MJHT"]),
        ("PIN 0042", ["0042"]),
        ("Your verification code is below. 482915 It is valid for 10 minutes.", ["482915"]),
        ("Order 12345: the code is 9876", ["9876"]),
        ("Your backup codes: 1111 2222, 3333", ["1111", "2222", "3333"]),
        ("Use 4821. That is your code.", ["4821"]),
        ("Code 4821, again: code 4821", ["4821"]),
        ("482915 is your code. © 2026 Example", ["482915"]),
    ],
)
def test_codes_are_found(text: str, codes: list[str]) -> None:
    assert codes_in(text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "Your order 12345 was shipped",
        "Use the promo code SPRING26 today",
        "Your code is in the app. Call +7 999 123-45-67",
        "Your code: https://shop.example.com/verify?code=482915",
        "Your code costs 1500 ₽",
        "The code of 2026-03-15 12:30:45",
        "Your code for order #12345",
        "Your code is 123",
        "Your code is 123456789",
        "A codename 4821",
        "Промокод 4821",
        "code " + "word " * 40 + "4821",
    ],
)
def test_what_is_no_code_is_not_found(text: str) -> None:
    assert codes_in(text) == []
