"""A card that breaks a rule: file, line, key, value, rule and what would be right are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mortalff.cards import load_card
from mortalff.errors import CardError
from tests.strategies.cards import CARD_TEXT, line_number, write_card


def error_of(folder: Path, text: str) -> tuple[Path, str]:
    path = write_card(folder, text)
    with pytest.raises(CardError) as caught:
        load_card(path)
    return path, str(caught.value)


def changed(old: str, new: str) -> str:
    assert CARD_TEXT.count(old) == 1, old
    return CARD_TEXT.replace(old, new)


DW_MIN = 'dw_min = { value = 0.001, low = 0.0005, high = 0.002, unit = "weight", source = "test" }'
DTOD = 'dw_min_dtod = { value = 0.3, unit = "1", source = "test" }'
G_MAX = 'g_max_siemens = { value = 1e-5, unit = "S", source = "test" }'

CASES = {
    "unknown key": (
        DTOD,
        'dw_min_dtood = { value = 0.3, unit = "1", source = "test" }\n' + DTOD,
        "dw_min_dtood",
        "variability.dw_min_dtood: got {'value': 0.3, 'unit': '1', 'source': 'test'};"
        " there is no such key; did you mean 'dw_min_dtod'",
    ),
    "unknown key inside a quantity": (
        G_MAX,
        'g_max_siemens = { value = 1e-5, units = "S", source = "test" }',
        "g_max_siemens",
        "conductance.g_max_siemens.units: got 'S'; there is no such key; did you mean 'unit'?",
    ),
    "unknown section": (
        "[conductance]",
        "[conductances]",
        "[conductances]",
        "there is no such key; did you mean 'conductance'?",
    ),
    "unknown key of a law": (
        "gamma_up = ",
        "gama_up = ",
        "gama_up",
        "law.gama_up: got {'value': 0.1, 'unit': '1', 'source': 'test'}; there is no such key;"
        " did you mean 'gamma_up'",
    ),
    "unknown law": (
        'kind = "LinearStep"',
        'kind = "LinearSteps"',
        "kind",
        "law.kind: got 'LinearSteps'; there is no such law; did you mean 'LinearStep'",
    ),
    "no law": (
        'kind = "LinearStep"',
        "",
        "[law]",
        "law.kind: the key is missing; it names the device law; choose one of 'Digital'",
    ),
    "unknown action": (
        "[energy.adc_conversion]",
        "[energy.adc_convertion]",
        "[energy.adc_convertion]",
        "energy.adc_convertion: got 'adc_convertion'; there is no such action;"
        " did you mean 'adc_conversion'",
    ),
    "negative sigma": (
        DTOD,
        'dw_min_dtod = { value = -0.3, unit = "1", source = "test" }',
        "dw_min_dtod",
        "variability.dw_min_dtod.value: got -0.3; device-to-device spread of the step size"
        " must be at least 0; the usual range is 1e-06 to 3, in '1'",
    ),
    "a spread in per cent": (
        DTOD,
        'dw_min_dtod = { value = 30, unit = "%", source = "test" }',
        "dw_min_dtod",
        "variability.dw_min_dtod.unit: got '%'; device-to-device spread of the step size must be"
        " in '1'; write value = 0.3, unit = \"1\"",
    ),
    "a bound out of range": (
        DW_MIN,
        DW_MIN.replace("0.0005", "0.0"),
        "dw_min",
        "device.dw_min.low: got 0.0; mean weight change of one pulse at w = 0 must be above 0;"
        " the usual range is 1e-06 to 1, in 'weight'",
    ),
    "an upper bound below zero": (
        "w_max = { value = 1.0,",
        "w_max = { value = -1.0,",
        "w_max",
        "device.w_max.value: got -1.0; mean upper bound of the weight must be above 0;"
        " write a number in that range, in 'weight'",
    ),
    "a lower bound above zero": (
        "w_min = { value = -1.0,",
        "w_min = { value = 1.0,",
        "w_min",
        "device.w_min.value: got 1.0; mean lower bound of the weight must be at most 0;",
    ),
    "microsiemens where siemens belong": (
        G_MAX,
        'g_max_siemens = { value = 10, unit = "uS", source = "test" }',
        "g_max_siemens",
        "conductance.g_max_siemens.unit: got 'uS'; conductance at w_max must be in 'S';"
        ' write value = 1e-05, unit = "S"',
    ),
    "a number of microsiemens under the right unit": (
        G_MAX,
        'g_max_siemens = { value = 10, unit = "S", source = "test" }',
        "g_max_siemens",
        "conductance.g_max_siemens.value: got 10.0; conductance at w_max lies outside anything"
        " built; the usual range is 1e-09 to 0.01, in 'S'",
    ),
    "picojoules where joules belong": (
        'high = 4e-12\nunit = "J"',
        'high = 4e-12\nunit = "pJ"',
        "unit",
        "energy.adc_conversion.unit: got 'pJ'; the price of an action must be in 'J';"
        ' write value = 2e-24, unit = "J"',
    ),
    "a number of picojoules under the right unit": (
        "value = 2e-12",
        "value = 2.0",
        "value = 2.0",
        "energy.adc_conversion.value: got 2.0; no single action costs that many joules;"
        " the usual range is 1e-19 to 1e-06 J; 1 pJ is 1e-12 J",
    ),
    "a price outside its band": (
        "value = 2e-12",
        "value = 5e-12",
        "value = 5e-12",
        "energy.adc_conversion.value: got 5e-12; low <= value <= high must hold;"
        " the band here is 1e-12 to 4e-12",
    ),
    "missing unit": (
        G_MAX,
        'g_max_siemens = { value = 1e-5, source = "test" }',
        "g_max_siemens",
        "conductance.g_max_siemens.unit: the key is missing",
    ),
    "missing source": (
        G_MAX,
        'g_max_siemens = { value = 1e-5, unit = "S" }',
        "g_max_siemens",
        "conductance.g_max_siemens.source: the key is missing; where the number is from",
    ),
    "missing tag of a price": (
        'tag = "U"\n',
        "",
        "[energy.adc_conversion]",
        "energy.adc_conversion.tag: the key is missing; R: computed from the source;",
    ),
    "a list of tables where a table belongs": (
        "[energy.adc_conversion]",
        "[[energy.adc_conversion]]",
        "[[energy.adc_conversion]]",
        "energy.adc_conversion: got [{'value': 2e-12,",
    ),
    "missing parameter": (
        DTOD,
        "",
        "[variability]",
        "variability.dw_min_dtod: the key is missing; device-to-device spread of the step size;"
        ' write dw_min_dtod = { value = ..., unit = "1", source = "..." }',
    ),
    "text where a number belongs": (
        G_MAX,
        'g_max_siemens = { value = "1e-5", unit = "S", source = "test" }',
        "g_max_siemens",
        "conductance.g_max_siemens.value: got '1e-5'; the number, in the unit: it must be a"
        " number; write a number, without quotes",
    ),
    "a truth value where a number belongs": (
        G_MAX,
        'g_max_siemens = { value = true, unit = "S", source = "test" }',
        "g_max_siemens",
        "conductance.g_max_siemens.value: got True; the number, in the unit: it must be a number",
    ),
    "not a number": (
        G_MAX,
        'g_max_siemens = { value = nan, unit = "S", source = "test" }',
        "g_max_siemens",
        "conductance.g_max_siemens.value: got nan; input should be a finite number",
    ),
    "a bare number where a quantity belongs": (
        G_MAX,
        "g_max_siemens = 1e-5",
        "g_max_siemens",
        "conductance.g_max_siemens: got 1e-05; conductance at w_max: a table; write"
        ' g_max_siemens = { value = ..., unit = "S", source = "..." }',
    ),
    "a fraction of a bit": (
        "adc_bits = 9",
        "adc_bits = 8.5",
        "adc_bits",
        "periphery.adc_bits: got 8.5; output converter; none: analog: it must be a whole number",
    ),
    "a converter without a full scale": (
        'output_bound = { value = 20.0, unit = "1", source = "test" }',
        "",
        "adc_bits",
        "periphery.adc_bits: got 9; a converter needs its full scale, output_bound",
    ),
    "an unknown choice": (
        "adc_bits = 9",
        'adc_bits = 9\ninput_ranging = "absmax"',
        "input_ranging",
        "periphery.input_ranging: got 'absmax'",
    ),
    "another version of the schema": (
        "schema_version = 1",
        "schema_version = 2",
        "schema_version",
        "schema_version: got 2; input should be 1",
    ),
    "a name that is not the folder's": (
        'name = "tiny"',
        'name = "other"',
        "name",
        "name: got 'other'; it must be the name of the card's folder; write name = 'tiny'",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, case: str) -> None:
    old, new, start, expected = CASES[case]
    text = changed(old, new)
    path, told = error_of(tmp_path, text)
    assert f"{path}:{line_number(text, start)}: " in told
    assert expected in told


def test_every_other_error_leaves_one_line_for_each_problem(tmp_path: Path) -> None:
    text = changed(DTOD, DTOD.replace("0.3", "-0.3")).replace(G_MAX, G_MAX.replace('"S"', '"mS"'))
    path, told = error_of(tmp_path, text)
    rows = told.splitlines()
    assert rows[0] == f"{path}: 2 errors"
    assert [int(re.findall(r"\.toml:(\d+):", row)[0]) for row in rows[1:]] == [
        line_number(text, "dw_min_dtod"),
        line_number(text, "g_max_siemens"),
    ]


def test_a_pulsed_law_needs_a_device(tmp_path: Path) -> None:
    start, end = CARD_TEXT.index("[device]"), CARD_TEXT.index("[variability]")
    text = CARD_TEXT[:start] + CARD_TEXT[end:]
    path, told = error_of(tmp_path, text)
    assert told.startswith(f"{path}:{line_number(text, 'kind')}: law.kind: got 'LinearStep'; ")
    assert 'needs [device]; add [device], or write kind = "Digital"' in told


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("[device]", "[device", "9:8"),
        ("adc_bits = 9", "adc_bits = = 9", None),
        ('summary = "a card for tests"', 'summary = "a card for tests', None),
        ('caveats = ["made up"]', 'caveats = ["made up"', None),
    ],
)
def test_broken_toml_is_told_with_line_and_column(
    tmp_path: Path, old: str, new: str, place: str | None
) -> None:
    text = changed(old, new)
    path, told = error_of(tmp_path, text)
    line = line_number(text, new)
    assert re.match(re.escape(f"{path}:{line}:") + r"\d+: got ", told)
    assert repr(new) in told
    assert "this is not TOML" in told
    if place is not None:
        assert told.startswith(f"{path}:{place}: ")


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write_card(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CardError, match=r"card\.toml: Permission denied; .* check its rights"):
        load_card(path)


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    path = write_card(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"a card for tests", b"a card f\xf6r tests"))
    with pytest.raises(CardError, match=r"card\.toml:3: got the byte 0xf6; .* UTF-8"):
        load_card(path)


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = write_card(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_card(path).name == "tiny"


def test_lines_are_found_behind_multi_line_values(tmp_path: Path) -> None:
    text = changed('summary = "a card for tests"', 'summary = """a card\n[device]\nfor tests"""')
    text = text.replace(G_MAX, G_MAX.replace("1e-5", "10"))
    path, told = error_of(tmp_path, text)
    assert told.startswith(f"{path}:{line_number(text, 'g_max_siemens')}: ")


def test_a_quantity_written_as_a_table_is_told_with_the_line_of_its_key(tmp_path: Path) -> None:
    table = '[conductance.g_max_siemens]\nvalue = 10\nunit = "uS"\nsource = "test"\n'
    text = changed(G_MAX + "\n", "").replace("[periphery]", table + "\n[periphery]")
    path, told = error_of(tmp_path, text)
    assert told.startswith(f"{path}:{line_number(text, 'unit = ' + chr(34) + 'uS')}: ")
