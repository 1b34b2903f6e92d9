"""Which texts are addresses, and which are one line."""

import pytest

from emulator.sending.headers import in_one_line, is_address, is_one_line

LONGEST_DOMAIN = ".".join(["b" * 63] * 3 + ["c" * 61])


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com",
        "Ann@Example.COM",
        "a.b+c_d@x.y.example.org",
        "o'neil@example.co.uk",
        "a@1.2.example",
        "a@1-2.co",
        "a" * 64 + "@example.com",
        f"a@{LONGEST_DOMAIN}",
        "jürgen@müller.example",
        "ann@BÜCHER.example",
        "ann@xn--bcher-kva.example",
        "почта@пример.рф",
        '"john doe"@example.com',
        '"a@b"@example.com',
    ],
)
def test_an_address(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "ann@",
        "@example.com",
        "ann@localhost",
        "ann@b@example.com",
        "ann@example..com",
        "ann@.example.com",
        "ann@example.com.",
        ".ann@example.com",
        "ann.@example.com",
        "ann..b@example.com",
        "ann@-example.com",
        "ann@example-.com",
        "ann@example.-com",
        "ann@example.com-",
        "ann@exa_mple.com",
        "ann@192.0.2.1",
        "ann@[192.0.2.1]",
        "ann b@example.com",
        " ann@example.com",
        "ann@example.com ",
        "ann@example.com\n",
        "ann@example.com\r\nBcc: bob@example.com",
        "ann\0@example.com",
        "ann@example.com,bob@example.com",
        "Ann <ann@example.com>",
        "\ufeffann@example.com",
        "ann@example.com\ufeff",
        "a\u200bnn@example.com",
        "ann\u200d@example.com",
        "ann\u2060@example.com",
        "ann\u034f@example.com",
        "ann\ufe0f@example.com",
        "ann\u3164@example.com",
        "ann@exam\u200bple.com",
        "ann@exam\u00adple.com",
        "\u202eann@example.com",
        "ann\u00a0@example.com",
        "ann\uff20example.com",
        "ann@example\uff0ecom",
        "ann@\uff45xample.com",
        "ann@xn--.com",
        '"ann@example.com',
        '"a\n"@example.com',
        '"a\0"@example.com',
        "a" * 65 + "@example.com",
        "ü" * 33 + "@example.com",
        f"a@{LONGEST_DOMAIN}c",
        "a@" + "b" * 64 + ".com",
    ],
)
def test_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize("broken", list("\0\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"))
def test_a_header_has_one_line(broken: str) -> None:
    assert not is_one_line(f"Hello{broken}Bcc: bob@example.com")
    assert in_one_line(f"Hello{broken}{broken}Ann") == "Hello Ann"


@pytest.mark.parametrize("text", ["", "Hello", "Grüße\tan Ann", "👩‍👧"])
def test_one_line_stays_as_it_is(text: str) -> None:
    assert is_one_line(text)
    assert in_one_line(text) == text
