"""Domains: https://docs.autosend.com/api-reference/domains."""

import re
from base64 import b64decode
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.autosend.conftest import OTHER_PROJECT, PROJECT_KEY, AutoSend
from tests.conftest import BASE_URL

COM, ORG, NET = "66a0c1d2e3f4a5b6c7d81001", "66a0c1d2e3f4a5b6c7d81002", "66a0c1d2e3f4a5b6c7d81003"
SUPPORT = "66a0c1d2e3f4a5b6c7d81005"
MAIL = "66a0c1d2e3f4a5b6c7d81006"
UNKNOWN = ["000000000000000000000000", "66a0c1d2e3f4a5b6c7d81004", "nope", "%00", "é"]
FLAGS = ("ownershipVerified", "dkimEnabled", "mailFromEnabled", "dmarcEnabled")
NOT_FOUND = {
    "success": False,
    "error": {"message": "Domain not found", "code": "DOMAIN_NOT_FOUND", "status": 404},
}


def add(autosend: AutoSend, name: str) -> str:
    return str(autosend.data("POST", "/domains", {"domain": name})["id"])


def get(autosend: AutoSend, domain: str) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("GET", f"/domains/{domain}")
    return found


def verify(autosend: AutoSend, domain: str) -> dict[str, Any]:
    """Let the domain be checked, and return it after the check."""
    autosend.data("POST", f"/domains/{domain}/verify")
    autosend.advance("5s")
    return get(autosend, domain)


def checks(domain: dict[str, Any]) -> tuple[str, list[bool]]:
    return domain["verificationStatus"], [domain[flag] for flag in FLAGS]


def test_a_new_domain_says_what_to_publish(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/domains", {"domain": "Post.Example.ORG", "regionKey": "eu-central-1"})
    records = made.pop("dnsRecords")
    assert re.fullmatch("[0-9a-f]{24}", made["id"])
    assert made == {
        "id": made["id"],
        "domainName": "post.example.org",
        "verificationStatus": "PENDING_CONFIGURATION",
        "ownershipVerified": False,
        "dkimEnabled": False,
        "mailFromEnabled": False,
        "dmarcEnabled": False,
        "createdAt": "2026-03-15T14:30:00.000Z",
        "lastCheckedAt": "2026-03-15T14:30:00.000Z",
        "regionKey": "eu-central-1",
        "verificationInProgress": False,
    }
    token, key = records["ownership"].pop("value"), records["dkim"].pop("value")
    assert re.fullmatch("autosend-verify-[0-9a-f]{32}", token)
    assert key.startswith("MIGf")
    assert len(b64decode(key)) == 162
    assert records == {
        "ownership": {
            "name": "_autosend-verify.post.example.org",
            "type": "TXT",
            "purpose": "Domain ownership verification",
        },
        "dkim": {
            "name": "autosend._domainkey.post.example.org",
            "type": "TXT",
            "purpose": "DKIM authentication",
        },
        "mailFrom": [
            {
                "name": "asend.post.example.org",
                "value": "feedback-smtp.eu-central-1.amazonses.com",
                "type": "MX",
                "purpose": "Mail-from domain",
                "priority": 10,
            },
            {
                "name": "asend.post.example.org",
                "value": "v=spf1 include:amazonses.com ~all",
                "type": "TXT",
                "purpose": "SPF record for mail-from domain",
            },
        ],
        "dmarc": {
            "name": "_dmarc.post.example.org",
            "value": "v=DMARC1; p=none;",
            "type": "TXT",
            "purpose": "DMARC policy",
        },
    }


def test_the_records_of_a_domain_stay_the_same_and_are_its_own(autosend: AutoSend) -> None:
    first, second = add(autosend, "one.example"), add(autosend, "two.example")
    before = get(autosend, first)["dnsRecords"]
    assert verify(autosend, first)["dnsRecords"] == before
    assert get(autosend, second)["dnsRecords"]["dkim"]["value"] != before["dkim"]["value"]


def test_without_a_region_it_is_that_of_the_project(autosend: AutoSend) -> None:
    assert autosend.data("POST", "/domains", {"domain": "one.example"})["regionKey"] == "us-east-1"
    project = {"name": "Europe", "regionKey": "eu-central-1"}
    key = {"Authorization": OTHER_PROJECT["Authorization"]}
    made = autosend.call("POST", "/account/projects", project, headers=key).json()["data"]["id"]
    answer = autosend.call(
        "POST", "/domains", {"domain": "one.example"}, headers=key | {"x-project-id": made}
    )
    assert answer.json()["data"]["regionKey"] == "eu-central-1"


@pytest.mark.parametrize(
    "name",
    [
        None,
        5,
        "",
        "localhost",
        "https://example.net",
        "example.net/",
        "example.net/path",
        "example.net:80",
        "a@example.net",
        "exa mple.net",
        "-a.example.net",
        "a-.example.net",
        "a..example.net",
        ".example.net",
        "example.net.",
        "example.net\n",
        "127.0.0.1",
        "exämple.net",
        f"{'a' * 64}.example.net",
        ".".join(["a" * 61] * 4 + ["example"]),
    ],
)
def test_what_is_no_domain_is_refused(autosend: AutoSend, name: Any) -> None:
    answer = autosend.call("POST", "/domains", {"domain": name})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["domain"]
    assert len(autosend.data("GET", "/domains")["domains"]) == 5


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "domain"), ({"domain": "one.example", "regionKey": "eu-west-1"}, "regionKey")],
)
def test_a_wrong_field_is_named(autosend: AutoSend, body: Any, field: str) -> None:
    details = autosend.call("POST", "/domains", body).json()["error"]["details"]
    assert [detail["field"] for detail in details] == [field]


def test_a_name_may_have_253_characters(autosend: AutoSend) -> None:
    longest = ".".join(["a" * 60] * 4 + ["a" * 9])
    assert len(longest) == 253
    assert get(autosend, add(autosend, longest))["domainName"] == longest


def test_a_domain_is_in_a_project_once(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/domains", {"domain": "EXAMPLE.org"})
    assert answer.status_code == 409
    assert answer.json()["error"] == {
        "message": "Domain already exists in this project",
        "code": "DOMAIN_ALREADY_EXISTS",
        "status": 409,
    }
    other = autosend.call("POST", "/domains", {"domain": "example.org"}, headers=OTHER_PROJECT)
    assert other.status_code == 200


def test_domains_are_listed_as_they_were_added(autosend: AutoSend) -> None:
    made = add(autosend, "one.example")
    listed = autosend.data("GET", "/domains")["domains"]
    assert [one["id"] for one in listed] == [COM, ORG, NET, SUPPORT, MAIL, made]
    assert listed[5] == get(autosend, made)


@pytest.mark.parametrize("domain", UNKNOWN)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "/verify"),
        ("POST", "/inbound/enable"),
        ("POST", "/inbound/disable"),
        ("DELETE", ""),
    ],
)
def test_an_unknown_domain_is_not_found(autosend: AutoSend, method: str, path: str, domain: str) -> None:
    answer = autosend.call(method, f"/domains/{domain}{path}")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_check_takes_five_seconds(autosend: AutoSend) -> None:
    domain = add(autosend, "one.example")
    before = get(autosend, domain)
    assert before["verificationInProgress"] is False
    answer = autosend.call("POST", f"/domains/{domain}/verify").json()
    assert answer["message"] == "Domain verification status updated"
    summary = {name: value for name, value in answer["data"].items() if name != "domain"}
    assert summary == {
        "verificationInProgress": True,
        "ownershipVerified": False,
        "verificationStatus": "PENDING_CONFIGURATION",
        "dkimEnabled": False,
        "mailFromEnabled": False,
        "dmarcEnabled": False,
    }
    assert answer["data"]["domain"] == before
    autosend.advance("4999ms")
    assert get(autosend, domain)["verificationInProgress"] is True
    autosend.advance("1ms")
    after = get(autosend, domain)
    assert checks(after) == ("VERIFIED", [True] * 4)
    assert after["verificationInProgress"] is False
    assert after["lastCheckedAt"] == after["verifiedAt"] == "2026-03-15T14:30:05.000Z"


def test_asking_again_and_again_does_not_put_it_off(autosend: AutoSend) -> None:
    domain = add(autosend, "one.example")
    for _ in range(5):
        autosend.data("POST", f"/domains/{domain}/verify")
        autosend.advance("1s")
    assert get(autosend, domain)["verificationStatus"] == "VERIFIED"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("unverified.example", ("PENDING_CONFIGURATION", [False] * 4)),
        ("pending.example.com", ("PENDING", [True, False, False, False])),
        ("nomx.example.com", ("VERIFIED", [True] * 4)),
        ("notpending.example.com", ("VERIFIED", [True] * 4)),
    ],
)
def test_its_name_decides_what_a_check_finds(
    autosend: AutoSend, name: str, expected: tuple[str, list[bool]]
) -> None:
    domain = add(autosend, name)
    assert checks(verify(autosend, domain)) == expected
    after = verify(autosend, domain)
    assert checks(after) == expected
    assert ("verifiedAt" in after) == (expected[0] == "VERIFIED")
    assert after["lastCheckedAt"] == "2026-03-15T14:30:10.000Z"


def test_a_verified_domain_can_be_checked_again_and_stays_so(autosend: AutoSend) -> None:
    before = get(autosend, ORG)
    assert verify(autosend, ORG) == before | {"lastCheckedAt": "2026-03-15T14:30:05.000Z"}


def test_the_records_of_a_domain_that_falls_back_stay_found(autosend: AutoSend) -> None:
    path = "/_emulator/jobs/autosend/domain/66a0c1d2e3f4a5b6c7d81001/status"
    assert autosend.emulator.http.post(path, json={"action": "fall back"}).status_code == 200
    domain = autosend.data("GET", "/domains/66a0c1d2e3f4a5b6c7d81001")
    assert domain["verificationStatus"] == "PENDING"
    found = ("ownershipVerified", "dkimEnabled", "mailFromEnabled", "dmarcEnabled")
    assert [domain[one] for one in found] == [True] * 4


def test_only_a_verified_domain_receives_mails(autosend: AutoSend) -> None:
    answer = autosend.call("POST", f"/domains/{NET}/inbound/enable")
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "message": "Domain must be verified before inbound can be enabled",
        "code": "DOMAIN_NOT_VERIFIED",
        "status": 400,
    }
    assert "inboundEnabledAt" not in get(autosend, NET)


def test_receiving_is_live_when_a_later_check_finds_the_record(autosend: AutoSend) -> None:
    enabled = autosend.data("POST", f"/domains/{ORG}/inbound/enable")
    assert enabled["dnsRecords"]["inboundMx"] == {
        "name": "example.org",
        "value": "inbound-smtp.us-east-1.amazonaws.com",
        "type": "MX",
        "purpose": "inbound",
        "priority": 10,
    }
    times = enabled["inboundEnabledAt"], enabled["inboundDomainVerifiedAt"]
    assert times == ("2026-03-15T14:30:00.000Z", None)
    autosend.advance("1h")
    assert get(autosend, ORG) == autosend.data("POST", f"/domains/{ORG}/inbound/enable") == enabled
    assert verify(autosend, ORG)["inboundDomainVerifiedAt"] == "2026-03-15T15:30:05.000Z"


def test_without_its_record_receiving_is_never_live(autosend: AutoSend) -> None:
    domain = add(autosend, "nomx.example.com")
    verify(autosend, domain)
    autosend.data("POST", f"/domains/{domain}/inbound/enable")
    assert verify(autosend, domain)["inboundDomainVerifiedAt"] is None


def test_receiving_can_be_switched_off(autosend: AutoSend) -> None:
    before = get(autosend, COM)
    autosend.data("POST", f"/domains/{COM}/inbound/enable")
    autosend.advance("1s")
    off = {"inboundEnabledAt": None, "inboundDomainVerifiedAt": None}
    for _ in range(2):
        assert autosend.data("POST", f"/domains/{COM}/inbound/disable") == before | off
    assert get(autosend, COM) == before


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        ("enable", "InboundEnableFailed", "Failed to enable inbound. Please try again."),
        ("disable", "InboundDisableFailed", "Failed to disable inbound. Please try again."),
    ],
)
def test_a_fault_rule_makes_switching_fail(autosend: AutoSend, action: str, error: str, text: str) -> None:
    rule = {
        "provider": "autosend",
        "operation": f"POST /v1/domains/{{domainId}}/inbound/{action}",
        "error": error,
    }
    assert autosend.emulator.http.post("/_emulator/faults", json=rule).status_code == 201
    answer = autosend.call("POST", f"/domains/{ORG}/inbound/{action}")
    code = f"INBOUND_{action.upper()}_FAILED"
    assert answer.status_code == 500
    assert answer.json()["error"] == {"message": text, "code": code, "status": 500}
    assert "inboundEnabledAt" not in get(autosend, ORG)


@pytest.mark.slow
def test_asking_for_checks_has_a_rate_limit_of_its_own() -> None:
    app = create_app(Settings(clock="frozen", autosend_rate_limit=True))
    with TestClient(app, base_url=BASE_URL) as http:

        def ask(domain: str) -> Any:
            http.post("/_emulator/clock", json={"advance": "2s"})
            headers = {"Authorization": f"Bearer {PROJECT_KEY}"}
            return http.post(f"/v1/domains/{domain}/verify", headers=headers)

        assert ask(ORG).status_code == 200
        refused = ask(ORG)
        assert refused.status_code == 429
        assert refused.json() == {
            "success": False,
            "error": {"message": "Rate limit exceeded", "code": "RATE_LIMIT_EXCEEDED", "retryAfter": 8},
        }
        assert ask(COM).status_code == 200
        http.post("/_emulator/clock", json={"advance": "4s"})
        assert ask(ORG).status_code == 200
        http.post("/_emulator/clock", json={"set": "2026-03-05T12:00:00Z"})
        assert ask(ORG).status_code == 200
