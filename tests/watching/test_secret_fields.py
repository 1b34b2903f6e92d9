"""Secrets are hidden in fields of any usual name, however a text writes them; ordinary fields are shown."""

import json
from urllib.parse import parse_qsl

import pytest

from emulator.watching.redaction import Redactor, Secrets
from emulator.watching.secret_names import is_secret_header, is_secret_name

REDACTOR = Redactor(Secrets(frozenset(), ["AS_[A-Za-z0-9]{8,}"]), [])

SECRET = [
    "apiKey", "api_key", "api-key", "APIKey", "apikey", "API_KEY", "x-api-key", "X-API-Key", "resendApiKey",
    "secret", "clientSecret", "client_secret", "clientsecret", "webhook.secret", "Secret",
    "password", "Password", "smtp_password", "newPassword", "user[password]", "passwd", "pwd", "pass",
    "passphrase", "token", "TOKEN", "X-Token", "access_token", "accessToken", "accesstoken", "refresh-token",
    "X-Auth-Token", "id_token", "bearer", "jwt", "authorization", "Proxy-Authorization", "private_key",
    "privateKey", "dkim_private_key", "secretKey", "AWSSecretAccessKey",
    "aws_secret_access_key", "signingKey",
    "encryption_key", "csrf_token", "control_token", "password2", "api key",
]  # fmt: skip
ORDINARY = [
    "tokens", "token_count", "tokenCount", "max_tokens", "keyword", "keywords", "key", "keys", "public_key",
    "page_token", "nextPageToken", "push_token", "my_token", "bid_token", "tokenizer", "secretary",
    "secret_name",
    "passwordless", "password_hint", "passenger", "compass", "author", "authority", "auth", "bypass", "api",
    "idempotency-key", "access_key_id", "signature", "name", "id", "", "_", "пароль", "x", "monkey",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_names_are_not_secret(name: str) -> None:
    assert not is_secret_name(name)


OF_HEADERS = [
    "X-Vault-Token", "PRIVATE-TOKEN", "X-Gitlab-Token", "x-csrftoken", "Session", "X-Session", "X-Session-Id",
    "X-SessionID", "session-id", "SID", "x-sid", "X-Functions-Key", "X-RapidAPI-Key", "Key", "X-Auth",
    "X-Hub-Secret", "X-Pass", "X-Auth-Pass", "X-Device-Token", "My-Password",
]  # fmt: skip
OF_NO_SECRETS = [
    "Idempotency-Key", "X-Idempotency-Key", "Sec-WebSocket-Key", "Surrogate-Key", "X-Cache-Key", "X-Monkey",
    "X-Public-Key", "X-Token-Count", "X-Signature", "X-Hub-Signature-256", "Request-Id", "X-Project-Id", "",
    "X-Trace-Id", "X-Bypass", "X-Session-Count", "X-Acid", "Author", "Host", "User-Agent", "Content-Type",
]  # fmt: skip


@pytest.mark.parametrize("name", [*OF_HEADERS, *SECRET])
def test_headers_of_secrets_are_known_by_the_kind_of_secret(name: str) -> None:
    assert is_secret_header(name)


@pytest.mark.parametrize("name", OF_NO_SECRETS)
def test_ordinary_headers_are_not_secret(name: str) -> None:
    assert not is_secret_header(name)


WRITTEN = [
    '{{"{name}": "{value}", "n": 1}}',
    '{{"a": {{"b": [{{"{name}":"{value}"}}]}}}}',
    '{{"{name}": ["{value}", {{"x": "{value}"}}], "n": 1}}',
    '{{"{name}": {{"value": "{value}"}}}}',
    '{{"{name}": "a\\"{value}"}}',
    '{{"note": "{{\\"{name}\\": \\"{value}\\"}}"}}',
    '{{"note": "{{\\"{name}\\": \\"{value}\\"}}',
    "{{'{name}': '{value}'}}",
    "{{{name}: '{value}'}}",
    '{{"{name}": "{value}',
    "<x><{name}>{value}</{name}></x>",
    "<x><n:{name} a='1'>{value}</n:{name}></x>",
    "<x><{name}><![CDATA[{value}]]></{name}></x>",
    "<x><{name}><!-- a -->{value}<!-- b --></{name}></x>",
    "<x><{name}><deep>{value}</deep></{name}></x>",
    "<x><{name}>{value}",
    '<x {name}="{value}"/>',
    "<x {name} = '{value}'/>",
    "{name}={value}&n=1",
    "n=1&{name}={value}",
    "n=1&{name}=Bearer {value}",
    "{name}=Bearer+{value}&n=1",
    "{name}=Bearer%20{value}",
    "{name}=two words {value}",
    "n=1&user[{name}]={value}",
    "see https://example.com/?{name}={value}",
    "{name}: {value}",
    "Host: a\r\n{name}: Bearer {value}\r\n\r\n",
    '{{"{name}": two words {value}, "n": 1}}',
    "{{{name}: two words\t{value}}}",
    '--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--',
    '--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\nX: y\r\n\r\n{value}\n.\r\n--b--',
]  # fmt: skip


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("name", ["apiKey", "client_secret", "access-token", "password"])
def test_a_secret_is_hidden_however_it_is_written(form: str, name: str) -> None:
    shown = REDACTOR.body(form.format(name=name, value="hunter2hunter2").encode())
    assert "hunter2" not in shown
    assert "***" in shown


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("name", ["tokens", "keyword", "token_count"])
def test_ordinary_fields_are_shown_however_they_are_written(form: str, name: str) -> None:
    written = form.format(name=name, value="plain").replace("Bearer", "bear")
    assert REDACTOR.body(written.encode()) == written


def test_what_is_shown_can_still_be_read() -> None:
    body = {
        "name": "Ada",
        "apiKey": "k",
        "deep": [{"pass": "p", "tokens": [1, 2]}],
        "secret": ["a", {"b": 5}],
    }
    hidden = {"name": "Ada", "apiKey": "***", "deep": [{"pass": "***", "tokens": [1, 2]}]}
    for written in (json.dumps(body), json.dumps(body, indent=2)):
        assert json.loads(REDACTOR.body(written.encode())) == hidden | {"secret": ["***", {"b": "***"}]}
    form = REDACTOR.body(b"name=Ada+L&password=a%26b&tokens=1")
    assert parse_qsl(form) == [("name", "Ada L"), ("password", "***"), ("tokens", "1")]


@pytest.mark.parametrize("value", ["null", "true", "false"])
def test_what_is_no_text_is_shown(value: str) -> None:
    written = f'{{"password": {value}, "has_secret": {value}}}'
    assert REDACTOR.body(written.encode()) == written
    assert REDACTOR.data(json.loads(written)) == json.loads(written)


def test_what_is_hidden_stays_as_it_is() -> None:
    for form in WRITTEN:
        once = REDACTOR.body(form.format(name="api_key", value="hunter2").encode())
        assert REDACTOR.body(once.encode()) == once


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("X-Auth-Token", "abcdefgh12345678", "***"),
        ("api-key", "abcdefgh12345678", "***"),
        ("X-Webhook-Secret", "Bearer abcdefgh12345678", "Bearer abcdefg…"),
        ("Cookie", 'theme=dark; sid=a=b==;s="c d"; e=', "theme=***; sid=***;s=***; e="),
        ("Cookie", "abcdef; ghi", "***; ***"),
        ("Set-Cookie", "sid=abc; Path=/; Max-Age=9; HttpOnly", "sid=***; Path=/; Max-Age=9; HttpOnly"),
        ("Set-Cookie", "abc; Path=/", "***; Path=/"),
        ("Proxy-Authorization", "Basic YW5uOnNlY3JldA==", "***"),
        ("X-Note", "Bearer abcdefgh12345678", "Bearer abcdefg…"),
        ("X-Note", "bearer responsibilities", "bearer responsibilities"),
        ("Idempotency-Key", "abcdefgh12345678", "abcdefgh12345678"),
        ("X-Token-Count", "17", "17"),
        ("Referer", "http://a/?api_key=abc&b=1", "http://a/?api_key=***&b=1"),
    ],
)
def test_headers_of_any_usual_name_are_hidden(name: str, value: str, shown: str) -> None:
    assert REDACTOR.headers([(name.encode(), value.encode())]) == [(name.lower(), shown)]
