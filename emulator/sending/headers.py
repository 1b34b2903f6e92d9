"""Values of the headers of mails: addresses, and texts of one line."""

import re
import unicodedata
from email.utils import quote

MOST_LOCAL = 64
"""How many bytes the part of an address before the `@` may have (RFC 5321)."""
MOST_DOMAIN = 253

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_ONLY_DIGITS = re.compile(r"[0-9]+")
_PUNYCODE = "xn--"
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\uffa0"
_SELECTORS = "\ufe00-\ufe0f\U000e0000-\U000e0fff"
_INVISIBLE = re.compile(f"[{_FILLERS}{_SELECTORS}]")
"""Matches letters and marks that are invisible; the library itself refuses only format characters."""
_BREAK = re.compile("[\0\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
"""Matches all that ends a line for some program, and NUL, which ends a text for some."""


def is_one_line(text: str) -> bool:
    """Return whether a text can be the value of a header: it has no line breaks and no NUL."""
    return _BREAK.search(text) is None


def in_one_line(text: str) -> str:
    """Return a text as the value of a header, with spaces in place of line breaks and NULs."""
    return _BREAK.sub(" ", text)


def formatted(email: str, name: str | None) -> str:
    """Return an address in the form for headers; a name with special characters (RFC 5322) is quoted."""
    if not name:
        return email
    name = in_one_line(name)
    shown = f'"{quote(name)}"' if _SPECIALS.search(name) else name
    return f"{shown} <{email}>"


def is_address(text: str, *, is_local: bool = False) -> bool:
    """Return whether a text is an e-mail address by RFC 5321 and RFC 6531 (letters beyond ASCII).

    Its domain must have a dot, unless `is_local` is true, and must not end in a number.
    """
    local, at, domain = text.rpartition("@")
    if not at or not 0 < _bytes(local) <= MOST_LOCAL or not 0 < len(domain) <= MOST_DOMAIN:
        return False
    if ("." not in domain and not is_local) or _ONLY_DIGITS.fullmatch(domain.rpartition(".")[2]):
        return False
    # Nearly all addresses are plain, and the library takes 40 times as long.
    is_plain = text.isascii() and '"' not in local and _PUNYCODE not in domain.lower()
    if is_plain:
        return _LOCAL.fullmatch(local) is not None and _HOST.fullmatch(domain) is not None
    return _INVISIBLE.search(text) is None and _is_unusual_address(text, domain)


def domain_sql(address: str) -> str:
    """Return the SQL of an address's domain, the part after the last `@`: a quoted name may have one, too."""
    return f"substr({address}, length(rtrim({address}, replace({address}, '@', ''))) + 1)"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _is_unusual_address(text: str, domain: str) -> bool:
    """Return whether an address is valid that has quotes, letters beyond ASCII or Punycode."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 -- few addresses need it

    try:
        found = validate_email(
            text, check_deliverability=False, allow_quoted_local=True, globally_deliverable=False
        )
    except EmailNotValidError:
        return False
    # The library also accepts look-alikes of letters and dots, which mail servers do not.
    return unicodedata.normalize("NFC", domain).lower() in {found.domain, found.ascii_domain}
