"""XML has the same bytes as dicttoxml writes; xml_form.py leaves out work that dicttoxml does in vain."""

import importlib.util
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.altcraft import xml_form

pytestmark = pytest.mark.slow

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("&\"'<>]\r\n\t\0 "), max_size=8)
KEYS = TEXTS | st.sampled_from(["data", "a.b", "xml", "item", "item-.ff", "7", "a b", "имя", "a:b", "-"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
TREES: Any = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def as_it_is() -> ModuleType:
    """Return another, unchanged copy of the module dicttoxml."""
    found = importlib.util.find_spec("dicttoxml")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_same_bytes_are_written(as_it_is: ModuleType) -> None:
    @settings(max_examples=300, deadline=None)
    @given(content=st.dictionaries(KEYS, TREES, max_size=5))
    def is_the_same(content: dict[str, Any]) -> None:
        written = xml_form.write_xml(content)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("emulator.altcraft.xml_form.dicttoxml", as_it_is)
            assert xml_form.write_xml(content) == written

    is_the_same()
