"""Reading YAML: its numbers and words, where each key stands, and what is no study file at all."""

from __future__ import annotations

import pytest
from hypothesis import given

from mortalff.errors import SpecError
from mortalff.studies.yaml_file import dotted, parse_yaml
from tests.strategies.studies import dedented, json_values

TEXT = dedented("""
    # a comment
    rate: 1e-9
    word: no
    list:
      - {one: 1, "two.three": 2_000}
      - [4, 0x10, .5]
    below: &anchor
      yes: true
    merged:
      <<: *anchor
      empty:
""")


def test_numbers_and_words_are_those_of_yaml_1_2() -> None:
    assert parse_yaml(TEXT, "t.yaml").data == {
        "rate": 1e-9,
        "word": "no",
        "list": [{"one": 1, "two.three": 2000}, [4, 16, 0.5]],
        "below": {"yes": True},
        "merged": {"empty": None, "yes": True},
    }


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("rate",), "t.yaml:2: rate"),
        (("list", 0, "two.three"), 't.yaml:5: list[0]."two.three"'),
        (("list", 1, 2), "t.yaml:6: list[1][2]"),
        (("merged", "empty"), "t.yaml:11: merged.empty"),
        (("merged", "missing"), "t.yaml:9: merged.missing"),
        (("missing",), "t.yaml:1: missing"),
        ((), "t.yaml:1"),
    ],
)
def test_each_key_has_its_line(path: tuple[str | int, ...], where: str) -> None:
    assert parse_yaml(TEXT, "t.yaml").where(path) == where


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3", "t.yaml:3: not valid YAML: found duplicate key"),
        ("a: [1", "t.yaml:1: not valid YAML"),
        ("a: 1\n\tb: 2", "t.yaml:2: not valid YAML"),
        ("- 1", "t.yaml:1: got .* must hold keys and values"),
        ("", "t.yaml:1: got None; the file must hold keys and values"),
        ("a:\n  1: 2", "t.yaml:1: a: got 1; a key must be a word; write '1' in quotes"),
        ("a: 2001-01-01", "t.yaml:1: a: got '2001-01-01'; not a plain value; write it in quotes"),
        ("a: !mine 3", "t.yaml:1: a: .* not a plain value"),
        ("a: *gone", "t.yaml:1: not valid YAML: found undefined alias"),
        ("a: " + "[" * 60 + "]" * 60, "nested more than 50 deep"),
    ],
)
def test_what_is_no_study_file_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        parse_yaml(text, "t.yaml")


@given(json_values)
def test_json_is_read_as_itself(value: object) -> None:
    """JSON is YAML, so whatever JSON can say comes back, line numbers or not."""
    import json

    assert parse_yaml(json.dumps({"key": value}), "t.yaml").data == {"key": value}


def test_paths_are_written_as_people_do() -> None:
    assert dotted(("blocks", 0, "conditions", 1, "device.dw_min")) == (
        'blocks[0].conditions[1]."device.dw_min"'
    )
