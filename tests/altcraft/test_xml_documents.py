"""Documents in XML: charsets, texts that only look like elements, and keys that are no element names."""

import re
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from tests.altcraft.conftest import TOKEN, Altcraft

AS_IN_JSON: Any = {"db_id": 2, "email": "key@example.org"}
STATUS = f"<xml><token>{TOKEN}</token><id>12</id></xml>"


def code(altcraft: Altcraft, document: str | bytes, content_type: str = "application/xml") -> Any:
    """Return the code and the text of the response to a document, which is asked for in JSON."""
    answer = altcraft.send("/campaigns/get_status?format=json", document, content_type).json()
    return answer["error"], answer["error_text"]


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        (STATUS.encode("utf-16"), "application/xml"),
        (STATUS.encode("utf-16-le"), "application/xml"),
        (STATUS.encode("utf-16-be"), "application/xml"),
        (f'<?xml version="1.0" encoding="utf-16"?>{STATUS}'.encode("utf-16"), "application/xml"),
        (STATUS.encode("utf-16"), "application/xml; charset=utf-16"),
        (STATUS.encode("utf-16-le"), "application/xml; charset=utf-16"),
        (STATUS.encode("utf-32-le"), "application/xml; charset=utf-32"),
        (STATUS.encode("utf-32"), "text/xml"),
        (f'<?xml version="1.0" encoding="windows-1251"?>{STATUS}'.encode("cp1251"), "application/xml"),
        (STATUS.encode(), "application/xml; charset=KOI8-R"),
        (STATUS.encode("cp500"), "application/xml; charset=cp500"),
    ],
)
def test_a_document_says_its_charset_or_the_content_type_does(
    altcraft: Altcraft, document: bytes, content_type: str
) -> None:
    assert code(altcraft, document, content_type) == (0, "Successful operation")


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("charset", ["utf-16", "utf-32-be", "big5", "iso-2022-jp", "gb18030"])
def test_a_long_document_is_read_in_every_charset(altcraft: Altcraft, charset: str, before: int) -> None:
    document = STATUS.replace("<id>", f"<a>{'x' * before}{'中文' * 40_000}</a><id>")
    content_type = f"application/xml; charset={charset}"
    assert code(altcraft, document.encode(charset), content_type) == (0, "Successful operation")


@pytest.mark.parametrize(
    ("charset", "wrong", "reason"),
    [
        ("utf-8", b"\xff", "invalid start byte"),
        ("utf-16-le", b"\x00", "truncated data"),
        ("big5", b"\xa4", "incomplete multibyte sequence"),
    ],
)
def test_a_document_in_another_charset_than_it_says_is_refused(
    altcraft: Altcraft, charset: str, wrong: bytes, reason: str
) -> None:
    document = STATUS.encode(charset) + wrong
    refusal = f"Incorrect request: body: Malformed XML: it is not in {charset}: {reason}"
    assert code(altcraft, document, f"application/xml; charset={charset}") == (400, refusal)


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "raw-unicode-escape", "utf-7", "hex", "nonsense"]
)
def test_what_is_no_charset_of_documents_is_refused(altcraft: Altcraft, charset: str) -> None:
    refusal = f"Incorrect request: body: Malformed XML: unknown encoding: {charset}"
    assert code(altcraft, "-" + "a" * 60_000, f"application/xml; charset={charset}") == (400, refusal)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
def test_many_attributes_are_refused_in_every_charset(altcraft: Altcraft, charset: str) -> None:
    document = "<xml" + "".join(f' a{number}=""' for number in range(10_000)) + "/>"
    refused = code(altcraft, document.encode(charset))
    assert refused == (400, "Incorrect request: body: Malformed XML: an element has 100 attributes or more")


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_token_is_hidden_in_every_charset(altcraft: Altcraft, charset: str) -> None:
    code(altcraft, STATUS.encode(charset))
    (entry,) = altcraft.emulator.http.get("/_emulator/requests?limit=1").json()["requests"]
    assert "<token>***</token><id>12</id>" in entry["request_body"]


WIDE = "<p " + " ".join(f'a{number}="1"' for number in range(100)) + "></p>"


@pytest.mark.parametrize("html", ["<p><$name></p>", '<item name="$or">', WIDE, "<!-- <$or> -->", "<?x?>"])
def test_cdata_may_look_like_anything(altcraft: Altcraft, html: str) -> None:
    channel = f"<sid>email</sid><fields><subject>s</subject><html><![CDATA[{html}]]></html></fields>"
    wanted = f"<name>T</name><channels array='true'>{channel}</channels><format>json</format>"
    made = altcraft.xml("/templates/add", wanted).json()["data"]["saved_id"]
    (shown,) = altcraft.data("/templates/get", id=made)["channels"]
    assert shown["fields"]["html"] == html


@pytest.mark.parametrize("beside", ["<!-- <$or> -->", "<?say <$or>?>", f"<!-- {WIDE} -->"])
def test_comments_and_instructions_may_look_like_anything(altcraft: Altcraft, beside: str) -> None:
    assert code(altcraft, STATUS.replace("<id>", f"{beside}<id>")) == (0, "Successful operation")


@pytest.mark.parametrize("unclosed", ["<![CDATA[", "<!--", "<?x "])
def test_what_is_begun_again_and_again_and_never_ends_is_malformed(altcraft: Altcraft, unclosed: str) -> None:
    assert code(altcraft, "<xml>" + unclosed * 20_000)[0] == 400


LONG = "x" * 400_000


@pytest.mark.parametrize(
    "endless",
    [f"<a b='{LONG}'/>", f"<{LONG}/>", f"<a></a{' ' * 400_000}>", f"<!--{LONG}-->", f"<?a {LONG}?>"],
)
def test_a_tag_comment_or_instruction_of_great_length_is_refused(altcraft: Altcraft, endless: str) -> None:
    reason = "a tag, comment or processing instruction is longer than 262144 bytes"
    refusal = (400, f"Incorrect request: body: Malformed XML: {reason}")
    assert code(altcraft, STATUS.replace("<id>", f"{endless}<id>")) == refusal


@pytest.mark.parametrize("before", range(4))
def test_a_letter_tag_or_mark_may_lie_anywhere_in_a_long_document(altcraft: Altcraft, before: int) -> None:
    written = "x" * before + "aé€𝒳 <![CDATA[<&> ]]>&amp;<!-- - -->" * 5_000
    add(altcraft)
    update(altcraft, f"<name>{written}</name>")
    shown = altcraft.data("/profiles/get", **AS_IN_JSON)["name"]
    assert shown == "x" * before + "aé€𝒳 <&> &" * 5_000


KEYS = ["a b", "µ.org", "m²", "²", "ª", "𝒳", "item-.ff", "item-.61", "item-.", "a:b", "1st", "-", "it's"]
"""Keys of an open database that can not be element names, or that look like the escape of such a key."""


def add(altcraft: Altcraft, **fields: str) -> None:
    altcraft.answer("/profiles/add", db_id=2, data={"email": "key@example.org"} | fields)


def update(altcraft: Altcraft, fields: str) -> None:
    content = f"<db_id>2</db_id><email>key@example.org</email><data>{fields}</data><format>json</format>"
    assert altcraft.xml("/profiles/update", content).json()["error"] == 0


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_no_name_is_written_as_an_item_and_read_as_such(altcraft: Altcraft, key: str) -> None:
    add(altcraft, **{key: "old"})
    written = altcraft.xml("/profiles/get", "<db_id>2</db_id><email>key@example.org</email>").text
    assert f"<item name={quoteattr(key)}>old</item>" in written
    update(altcraft, f"<item name={quoteattr(key)}>new</item>")
    assert altcraft.data("/profiles/get", **AS_IN_JSON)[key] == "new"


def test_items_of_one_key_are_a_list_and_others_are_named_item(altcraft: Altcraft) -> None:
    add(altcraft)
    items = [("a b", 1), ("c d", 2), ("a b", 3), ("e", 4)]
    update(altcraft, "".join(f'<item name="{name}">{value}</item>' for name, value in items))
    profile = altcraft.data("/profiles/get", **AS_IN_JSON)
    assert (profile["a b"], profile["c d"], profile["item"]) == (["1", "3"], "2", "4")


@pytest.mark.parametrize("name", ["$or", "&#36;or"])
def test_an_operator_is_no_key(altcraft: Altcraft, name: str) -> None:
    query = f'<db_id>1</db_id><query><item name="{name}"><email>a@b.cd</email></item></query>'
    assert "send the request in JSON" in altcraft.xml("/profiles/list", query).text


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u2003"])
def test_white_space_is_what_xml_takes_for_it(altcraft: Altcraft, space: str) -> None:
    data = f"<data><email>key@example.org</email><name> \t{space}Ann{space}\r\n</name></data>"
    assert altcraft.xml("/profiles/add", f"<db_id>2</db_id>{data}<format>json</format>").json()["error"] == 0
    assert altcraft.data("/profiles/get", **AS_IN_JSON)["name"] == f"{space}Ann{space}"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/profiles/add", "<db_id>2</db_id><data/>"),
        (
            "/templates/update",
            "<id>10</id><name>N</name><channels array='true'><sid>sms</sid><fields/></channels>",
        ),
    ],
)
def test_an_empty_element_is_an_empty_object_where_one_is_required(
    altcraft: Altcraft, path: str, content: str
) -> None:
    answer = altcraft.xml(path, f"{content}<format>json</format>").json()
    assert "Field required" not in answer["error_text"]


@pytest.mark.slow
def test_a_long_answer_is_written_as_a_short_one(altcraft: Altcraft) -> None:
    rows = [{"email": f"long{number}@example.org", "a b": "c", "note": "x" * 90} for number in range(2000)]
    items = [{"email": row["email"], "data": row} for row in rows]
    altcraft.answer("/profiles/import_batch", db_id=2, matching="email", data=items)
    written = altcraft.xml("/profiles/list", "<db_id>2</db_id><limit>3000</limit>").text
    assert written.count('<item name="a b">c</item>') == len(rows)
    assert re.search(r"<([^<>]+)></\1>", written) is None
