"""The account's fixture: references to what does not exist are found before the server starts."""

import shutil
from pathlib import Path

import pytest

from emulator.app import make_providers, make_world
from emulator.sandbox.fixtures import FixtureError
from emulator.settings import Settings, shipped_fixtures


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("database_b: 2", "database_b: 9", "relations.0.database_b: there is no 9 among the databases"),
        ("connector: 2", "connector: 9", "queries.0.connector: there is no 9 among the connectors"),
        (
            "name: Shop\n    groups: [0, 2]",
            "name: Shop\n    groups: [0, 9]",
            r"account.yaml:45: resources.1.groups.1: there is no 9 among the groups",
        ),
        (
            "suppression_list: 2",
            "suppression_list: 9",
            "databases.1.suppression_list: there is no 9 among the suppression lists",
        ),
        (
            "{resource: 1, channels: [email]}",
            "{resource: 9}",
            "databases.0.subscribe.0.resource: there is no 9 among the resources",
        ),
        (
            "a: ann@example.com, b:",
            "a: nobody@example.com, b:",
            "relations.0.pairs.0.a: Object not found: profile email=nobody@",
        ),
        (
            "- {id: 5, name: New customers, database: 1,",
            "- {id: 5, name: New customers, database: 1, profiles: [ann@example.com, no@example.com],",
            "segments.1.profiles.1: Object not found: profile email=no@example.com",
        ),
        (
            'count: 10, pattern: "customer{n}@',
            'count: 10, pattern: "costumer{n}@',
            "segments.1.generate.pattern: Object not found: profile email=costumer1@example.com",
        ),
        (
            'count: 10, pattern: "customer{n}@',
            'count: 38, pattern: "customer{n}@',
            "segments.1.generate.pattern: Object not found: profile email=customer38@example.com",
        ),
        (
            'pattern: "partner{n}@example.org"}',
            'pattern: "partner {n}"}',
            "databases.1.generate.pattern: partner 1 is no e-mail address",
        ),
        (
            "_fname: [",
            "_lname: []\n        _fname: [",
            "databases.0.generate.fields._lname: must have at least 1 item",
        ),
        (
            "{resource: 1, channels: [email]}",
            "{resource: 1, channels: [push], providers: []}",
            "databases.0.subscribe.0.providers: must have at least 1 item",
        ),
        (
            "{resource: 1, channels: [email]}",
            "{resource: 36, channels: [sms, email]}",
            "databases.0.subscribe.0.channels.1: resource 36 does not have email",
        ),
        (
            "    name: Ever new\n",
            "    name: Ever new\n    profiles: [ann@example.com]\n",
            "segments.5: a segment with items has no profiles of its own",
        ),
        (
            "type: campaign, mailing: 60, next:",
            "type: campaign, mailing: 99, next:",
            "scenarios.0.nodes.1.mailing: there is no 99 among the mailings",
        ),
        ("name: occupation", "name: id", "databases.0.fields.1: is a standard field"),
        ("next: Wait a day", "next: Nowhere", "node Hello mail leads to Nowhere, which is no node"),
        ("type: start, next:", "type: update, data: {}, next:", "a node of type start is needed"),
        (
            "type: start, next:",
            "type: start, starts_by: action, next:",
            "what starts by action says action",
        ),
        (
            "type: start, next:",
            "type: start, starts_by: action, action: left, next:",
            "what starts by left says of_segment",
        ),
        (
            "type: start, next:",
            "type: start, starts_by: action, action: left, of_segment: 99, next:",
            "scenarios.0.nodes.0.of_segment: there is no 99 among the segments",
        ),
        (
            "market:\n  database: 1",
            "market:\n  database: 9",
            "market.database: there is no 9 among the databases",
        ),
        (
            "{external_id: packed, ",
            "{external_id: new, ",
            "market.line_statuses.0: .* is a status of every market",
        ),
        (
            "product_external_id: phone_1\n      price",
            "product_external_id: phone_1\n      prize",
            "prize: is not a field here; did you mean price",
        ),
        ("region_1, price", "region_9, price", "market.products.2: Object not found: region region_9"),
        ("count: 8}", "pieces: 8}", "regional_data: pieces is not known"),
        ("endpoint: app", "endpoint: shop", "market.orders.1: Object not found: endpoint shop"),
        ("status: delivered}", "state: delivered}", "lines: state is not known"),
        (
            "currency: status",
            "currency: stones",
            "loyalty_programs.3.tier_groups.0.currency: there is no stones among the currencies",
        ),
        (
            "promotion: P1}",
            "promotion: P0}",
            "loyalty_programs.3.members.0.points.0.promotion: there is no P0 among the promotions",
        ),
        ("Gold, points: 500", "Gold, points: 99", "each tier takes more points than the one before it"),
        ("profile: ann@example.com", "profile: no@example.com", "loyalty_programs.3.members.0: "),
        ("attached: [ann@", "attached: [no@", "loyalty_programs.1.codes.0: Object not"),
        (
            "external_id: trans_2",
            "external_id: trans_1",
            "members.0.points.1: Already exists: transaction trans_1",
        ),
        ("amount: 199.50", "amount: 199.505", "must be a decimal number above 0 with at most two places"),
        (
            "end: 2023-09-30T23:59:59Z",
            "end: 2023-08-30T23:59:59Z",
            "loyalty_programs.3.promotions.0.end: is before its start",
        ),
        (
            "accrual_rules: [{currency: stars, min_amount: 1}",
            "accrual_rules: [{currency: stars, min_amount: 5, max_amount: 4}",
            "loyalty_programs.3.promotions.1.accrual_rules.0: min_amount is more than max_amount",
        ),
        (
            "    members:\n",
            "    members:\n      - profile: Ann@example.com\n",
            "loyalty_programs.3.members.1: ann@example.com is there before",
        ),
        ("      - CODE-4\n", "      - CODE-1\n", "programs.1.codes.3: CODE-1 is there before"),
        ("codes: [WELCOME]", 'codes: ["WEL\\nCOME"]', "programs.2.codes.0.*: must be one line"),
        (
            "max_codes: 7",
            "max_codes: 2",
            "programs.1.codes.2: there is room for 2 codes alone: see max_codes",
        ),
        (
            "external_id: stars_club",
            "external_id: coupons",
            "loyalty_programs.3.external_id: another one has the same external_id: coupons",
        ),
        (
            "    nodes:\n",
            "    nodes:\n      - {name: Another, type: start}\n",
            "scenarios.0: one node of type start starts by default at most",
        ),
        (
            "name: Coupons, database: 1, active: false",
            "name: Coupons, database: 1",
            "one loyalty program of a database is active at most",
        ),
    ],
)
def test_what_does_not_exist_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    shutil.copytree(shipped_fixtures() / "demo", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "altcraft" / "account.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    settings = Settings(clock="frozen", fixtures=str(tmp_path))
    with pytest.raises(FixtureError, match=problem):
        make_world(settings, make_providers(settings))
