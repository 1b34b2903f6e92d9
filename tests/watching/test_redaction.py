"""Credentials are hidden in every form in which they are written, and nothing else is hidden."""

import pytest

from emulator.watching.redaction import Redactor, Secrets, masked

KEY = "AS_0123456789abcdef"
SECRETS = Secrets(frozenset({"token", "api_key"}), [r"AS_[A-Za-z0-9]{8,}", r"live_[A-Za-z0-9]{8,}"])
REDACTOR = Redactor(SECRETS, ["issued-to-somebody", "issued"])


@pytest.mark.parametrize(
    ("credential", "shown"),
    [(KEY, "AS_0123…"), ("short", "***"), ("thirteen char", "***"), ("fourteen chars", "fourtee…"), ("", "")],
)
def test_the_beginning_of_a_credential_may_be_shown(credential: str, shown: str) -> None:
    assert masked(credential) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nothing to hide", "nothing to hide"),
        ("by issued-to-somebody", "by issued-…"),
        ("an issued one", "an *** one"),
        (f"key={KEY}.", "key=AS_0123…."),
        (f'{{"a":"line\\n{KEY}"}}', '{"a":"line\\nAS_0123…"}'),
        ("ALIAS_0123456789", "ALIAS_0123456789"),
        ("live_stream", "live_stream"),
        ('{"token": "a\\"b", "id": 1}', '{"token": "***", "id": 1}'),
        ('{"TOKEN":12345}', '{"TOKEN":"***"}'),
        ('{"token":null,"tokens":"a"}', '{"token":null,"tokens":"a"}'),
        ('{"token":"cut of', '{"token":"***"'),
        ("<token>abc</token>", "<token>***</token>"),
        ("<token a='1'><![CDATA[a<b]]></token>", "<token a='1'>***</token>"),
        ("<token/><id>1</id>", "<token/><id>1</id>"),
        ("?a=1&token=abc&b=2", "?a=1&token=***&b=2"),
        ("my_token=abc", "my_token=abc"),
    ],
)
def test_texts_are_shown_without_credentials(text: str, shown: str) -> None:
    assert REDACTOR.text(text) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"\\u0074oken":"abc","n":"\\u0041S_0123456789abcdef"}', '{"token":"***","n":"AS_0123…"}'),
        (b'{"name":"\\u041e"}', '{"name":"\\u041e"}'),
        (b'{"name":"\\u041e', '{"name":"\\u041e'),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_bodies_with_escapes_are_looked_into(body: bytes, shown: str) -> None:
    assert REDACTOR.body(body) == shown


def test_bodies_are_read_in_their_own_encoding() -> None:
    assert REDACTOR.body("токен issued".encode("utf-16"), charset="utf-16") == "токен ***"
    for unusual in ("no-such", "utf-99", "utf-7", "unicode_escape", "hex"):
        assert REDACTOR.body(b"token issued +2AA-", charset=unusual) == "token *** +2AA-"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (b"a=1&b=%D0%BF", "a=1&b=%D0%BF"),
        (b"%74oken=abc&token=", "%74oken=***&token="),
        (b"a=%41S_0123456789abcdef", "a=AS_0123…"),
        (b"a=is%73ued", "a=***"),
    ],
)
def test_queries_are_looked_into(query: bytes, shown: str) -> None:
    assert REDACTOR.query(query) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        (b"Authorization", f"Bearer {KEY}", "Bearer AS_0123…"),
        (b"Authorization", "Basic bm9ib2R5", "***"),
        (b"X-API-Key", KEY, "AS_0123…"),
        (b"X-Vault-Token", "hvs.abc", "***"),
        (b"X-Session", "abc", "***"),
        (b"Idempotency-Key", "abc", "abc"),
        (b"X-Trace", KEY, "AS_0123…"),
        (b"X-Trace", "abc", "abc"),
    ],
)
def test_headers_are_shown_without_credentials(name: bytes, value: str, shown: str) -> None:
    assert REDACTOR.headers([(name, value.encode())]) == [(name.decode().lower(), shown)]


def test_what_a_client_showed_is_hidden_in_every_text() -> None:
    assert REDACTOR.text("from my-own-secret-word", "my-own-secret-word") == "from my-own-…"
    assert REDACTOR.text("a cat", "cat") == "a cat"


def test_what_json_holds_is_looked_through() -> None:
    data = {"token": "abc", "list": [{"api_key": 5, "x": "issued"}], "n": 1, "none": None}
    assert REDACTOR.data(data) == {
        "token": "***",
        "list": [{"api_key": "***", "x": "***"}],
        "n": 1,
        "none": None,
    }
