"""Values that no list of fields declares, converted to the type that a rule or a trigger names.

In XML everything is text, so a number, a flag or a date may be stored as a text: it counts as the value that
it spells, as in a declared field. A value that is not of the type never matches. Texts in the usual form are
read by SQLite alone, which takes a fifth of the time of `spelled`.
"""

from collections.abc import Mapping

from emulator.altcraft.choosing.conditions import LISTS, Operand, Parameters
from emulator.altcraft.people.fields import Field
from emulator.altcraft.people.matching import json_path

TEXT = "CASE {kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST({value} AS TEXT) END"
INTEGER = """CASE {kind} WHEN 'integer' THEN {value}
    WHEN 'real' THEN CASE WHEN CAST({value} AS INTEGER) = {value} THEN CAST({value} AS INTEGER) END
    WHEN 'text' THEN CASE
        WHEN {value} NOT GLOB '*[^0-9]*' AND length({value}) BETWEEN 1 AND 18 THEN CAST({value} AS INTEGER)
        WHEN {value} GLOB '*[0-9]*' THEN spelled('int', {value})
    END
END"""
NUMBER = """CASE {kind} WHEN 'integer' THEN {value} WHEN 'real' THEN {value} WHEN 'text' THEN CASE
        WHEN {value} NOT GLOB '*[^0-9]*' AND length({value}) BETWEEN 1 AND 15 THEN CAST({value} AS REAL)
        WHEN {value} GLOB '*[0-9]*' THEN spelled('float', {value})
    END
END"""
FLAG = """CASE {kind} WHEN 'true' THEN 1 WHEN 'false' THEN 0 WHEN 'text' THEN
    CASE lower(trim({value}, char(9, 10, 11, 12, 13, 32))) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END
END"""
DATE = """CASE WHEN {kind} = 'text' AND {value} GLOB '*[0-9]*' THEN CASE
        WHEN date({value}) = {value} AND {value} > '0001' THEN {value} || 'T00:00:00.000Z'
        WHEN strftime('%Y-%m-%dT%H:%M:%fZ', {value}) = {value} AND {value} > '0001' THEN {value}
        ELSE spelled('date', {value})
    END
END"""
TAGS = "CASE {kind} WHEN 'array' THEN {value} WHEN 'text' THEN json_array({value}) END"
OBJECTS = "CASE {kind} WHEN 'array' THEN {value} WHEN 'object' THEN json_array(json({value})) END"

READ_AS: Mapping[str, str] = {
    **dict.fromkeys(("unicode", "version", "ip"), TEXT),
    "int": INTEGER,
    "float": NUMBER,
    "bool": FLAG,
    "date": DATE,
    "tags": TAGS,
    "object": "CASE {kind} WHEN 'object' THEN {value} END",
    "arr_object": OBJECTS,
}
"""The conversion to each type, as SQL of a `value` that is extracted from JSON and its JSON type, `kind`."""


def read_as(type_: str, value: str, kind: str) -> str:
    """Return the SQL that converts a value to a type; it is NULL for a value that is not of the type."""
    return READ_AS[type_].format(value=value, kind=kind)


def in_open(field: Field, parameters: Parameters) -> Operand:
    """Return the operand of an undeclared field of an open database, converted to the field's type."""
    path = parameters.add(json_path(field.name))
    value, kind = f"json_extract(profile.fields, {path})", f"json_type(profile.fields, {path})"
    return Operand(
        read_as(field.type, value, kind),
        f"{kind} IS NOT NULL",
        is_list=field.type in LISTS,
        stored=value,
    )
