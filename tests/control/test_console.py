"""The files of the console, and the policy of its page. Tests of the page itself: tests/console."""

import re

import pytest

from emulator.control.console import FILES
from tests.conftest import Emulator

SHIPPED = sorted(file.name for file in FILES.iterdir())
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def test_the_page_may_load_nothing_but_its_own(emulator: Emulator) -> None:
    page = emulator.http.get("/")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["frame-src"] == "'self'"
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script[^>]*>[^<]", page.text)


def test_the_nonce_for_styles_is_another_one_each_time(emulator: Emulator) -> None:
    pages = [emulator.http.get("/") for _ in range(2)]
    nonces = [re.findall(r'nonce="([\w-]+)"', page.text)[0] for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "index.html"])
def test_a_file_comes_with_its_type(emulator: Emulator, name: str) -> None:
    answer = emulator.http.get(f"/console/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == TYPES[name.rpartition(".")[2]]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["index.html", "nothing.js", "..%2fdocs.js", "%00"])
def test_other_files_are_not_there(emulator: Emulator, name: str) -> None:
    answer = emulator.http.get(f"/console/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_is_readable_and_puts_nothing_in_as_markup(name: str) -> None:
    text = (FILES / name).read_text()
    assert len(text.splitlines()) <= 400
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    addresses = set(re.findall(r"https?://[^\s\"'`/]+", text))
    assert addresses <= {"http://www.w3.org", "http://127.0.0.1:9000"}
