"""Compressed bodies and byte order marks: AutoSend reads them, as Express does, others refuse them."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from emulator.gateway.encodings import MAX_MEMBERS
from tests.conftest import Emulator

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
JSON = {"Content-Type": "application/json"}
MEBIBYTE = 1024 * 1024
BODY = json.dumps({"email": "packed@example.com"}).encode()
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}
MARK = b"\xef\xbb\xbf"


def post(emulator: Emulator, path: str, body: bytes, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return emulator.http.post(path, content=body, headers=KEY | JSON | named)


def last(emulator: Emulator) -> Any:
    return emulator.http.get("/_emulator/requests").json()["requests"][-1]


@pytest.mark.parametrize("encoding", PACKERS)
def test_autosend_reads_a_compressed_body(emulator: Emulator, encoding: str) -> None:
    answer = post(emulator, "/v1/contacts", PACKERS[encoding](BODY), Content_Encoding=encoding.upper())
    assert answer.status_code < 300, answer.text
    assert json.loads(last(emulator)["request_body"]) == {"email": "packed@example.com"}


def test_identity_is_no_encoding(emulator: Emulator) -> None:
    assert post(emulator, "/v1/contacts", BODY, Content_Encoding="identity").status_code < 300


def test_a_gzip_body_may_consist_of_many(emulator: Emulator) -> None:
    body = b"".join(gzip.compress(BODY[place : place + 1], mtime=0) for place in range(len(BODY)))
    assert post(emulator, "/v1/contacts", body, Content_Encoding="gzip").status_code < 300


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("excess", [0, 1])
def test_the_limit_is_that_of_the_unpacked_body(emulator: Emulator, encoding: str, excess: int) -> None:
    body = BODY + b" " * (10 * MEBIBYTE - len(BODY) + excess)
    answer = post(emulator, "/v1/contacts", PACKERS[encoding](body), Content_Encoding=encoding)
    assert (answer.status_code == 413) == bool(excess), answer.text


@pytest.mark.slow
@pytest.mark.parametrize(("encoding", "status"), [("gzip", 413), ("br", 413), ("gzip, gzip", 415)])
def test_a_bomb_does_not_go_off(emulator: Emulator, encoding: str, status: int) -> None:
    pack = brotli.compress if encoding == "br" else gzip.compress
    bomb = pack(b" " * 200 * MEBIBYTE)
    assert post(emulator, "/v1/contacts", bomb, Content_Encoding=encoding).status_code == status


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", BODY),
        ("gzip", gzip.compress(BODY, mtime=0)[:-1]),
        ("gzip", gzip.compress(BODY, mtime=0) + b"more"),
        ("gzip", gzip.compress(b"", mtime=0) * (MAX_MEMBERS + 1)),
        ("gzip", gzip.compress(BODY, mtime=0)[:-8] + bytes(8)),
        ("deflate", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)[:10]),
        ("deflate", zlib.compress(BODY) * 2),
        ("br", BODY),
        ("br", brotli.compress(BODY)[:-3]),
    ],
)
def test_what_can_not_be_unpacked_is_refused(emulator: Emulator, encoding: str, body: bytes) -> None:
    answer = post(emulator, "/v1/contacts", body, Content_Encoding=encoding)
    assert answer.status_code == 400
    assert f"Malformed {encoding}" in answer.json()["error"]["details"][0]["message"]


@pytest.mark.parametrize(
    ("path", "encoding"),
    [
        ("/v1/contacts", "zstd"),
        ("/v1/contacts", "gzip, gzip"),
        ("/api/auth/login", "gzip"),
        ("/api/auth/login", "deflate"),
        ("/api/campaigns/rcs/send", "br"),
        ("/api/v1.1/campaigns/get", "gzip"),
        ("/api/v1.1/campaigns/get", "snappy"),
        ("/_emulator/clock", "gzip"),
        ("/__admin/requests/count", "br"),
    ],
)
def test_another_encoding_is_refused_by_name(emulator: Emulator, path: str, encoding: str) -> None:
    answer = post(emulator, path, gzip.compress(b"{}", mtime=0), Content_Encoding=encoding)
    assert answer.status_code == 415
    assert encoding in answer.text.replace('\\"', '"')
    assert answer.headers["content-type"].startswith(("application/json", "application/problem+json"))


def test_altcraft_refuses_in_its_envelope(emulator: Emulator) -> None:
    answer = post(emulator, "/api/v1.1/campaigns/get", b"packed", Content_Encoding="br")
    assert answer.json() == {"data": None, "error": 415, "error_text": "Unsupported content encoding: br"}


def test_autosend_reads_a_byte_order_mark(emulator: Emulator) -> None:
    assert post(emulator, "/v1/contacts", MARK + BODY).status_code < 300
    assert post(emulator, "/v1/contacts", MARK + MARK + BODY).status_code == 400


@pytest.mark.parametrize("mark", [MARK, b"\xff\xfe", b"\xfe\xff"])
@pytest.mark.parametrize("path", ["/api/auth/login", "/api/v1.1/campaigns/get"])
def test_other_providers_refuse_a_byte_order_mark_by_name(emulator: Emulator, path: str, mark: bytes) -> None:
    answer = post(emulator, path, mark + b'{"api_key": "live_emulator000000000000", "token": "a"}')
    assert 400 in {answer.status_code, answer.json().get("error")}
    assert "byte order mark" in answer.text
