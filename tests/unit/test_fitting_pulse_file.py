"""Files of pulse responses: what is read, and what is complained of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mortalff.errors import DataError, InputError
from mortalff.fitting import read_pulses
from mortalff.fitting.affine_models import SoftBounds
from tests.strategies.pulse_files import cycles, devices, responses, write_pulses

HEADER = "device,pulse,direction,weight"


def rows(count: int = 45, names: int = 6) -> list[str]:
    """A valid file's rows."""
    return [HEADER] + [
        f"d{k},{t},{'up' if (t // 10) % 2 else 'down'},{0.01 * ((7 * t + k) % 13)}"
        for k in range(names)
        for t in range(count)
    ]


def write(folder: Path, lines: list[str]) -> Path:
    path = folder / "pulses.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_weights_are_read_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    given = responses(SoftBounds(), devices(rng, 6), [], cycles(6, 25, 1), rng)
    found = read_pulses(write_pulses(tmp_path / "a.csv", given))
    np.testing.assert_array_equal(found.readings.weight, given.weight)
    np.testing.assert_array_equal(found.readings.direction, given.direction)
    assert found.readings.devices == given.devices
    assert found.g_min_siemens is None


def test_conductances_become_weights_by_the_scale_given(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    given = responses(SoftBounds(), devices(rng, 6), [], cycles(6, 25, 1), rng)
    path = write_pulses(tmp_path / "a.csv", given, siemens=25e-6)
    found = read_pulses(path, g_min_siemens=0.0, g_max_siemens=25e-6)
    np.testing.assert_allclose(found.readings.weight, given.weight, atol=1e-12)
    own = read_pulses(path).readings.weight
    assert np.nanmax(own, 0).mean() == pytest.approx(1.0)
    assert np.nanmin(own, 0).mean() == pytest.approx(-1.0)


def test_gaps_are_pulses_without_a_reading(tmp_path: Path) -> None:
    lines = [row for k, row in enumerate(rows()) if k == 0 or not 12 <= (k - 1) % 45 <= 14]
    found = read_pulses(write(tmp_path, lines)).readings
    assert found.weight.shape == (45, 6)
    assert np.isnan(found.weight[12:15]).all()
    assert not np.isnan(found.weight[15:]).any()
    assert (found.direction[11:15] == 1).all()
    assert found.read.sum() == 6 * (44 - 3)
    assert found.pulses == 6 * 44


def test_other_columns_are_named_as_not_used(tmp_path: Path) -> None:
    lines = [row + (",note" if k == 0 else ",1.2") for k, row in enumerate(rows())]
    assert read_pulses(write(tmp_path, lines)).ignored == ("note",)


def changed(line: int, text: str) -> list[str]:
    lines = rows()
    lines[line - 1] = text
    return lines


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["devise" + row[6:] if k == 0 else row for k, row in enumerate(rows())],
         (":1: ", "no column 'device'", "rename 'devise' to 'device'")),
        ([row.replace("weight", "ohm") for row in rows()], (":1: ", "'conductance_siemens'", "'weight'")),
        ([row.replace("device,", "weight,") for row in rows()], (":1: ", "no column 'device'")),
        ([row.replace("weight", "conductance") for row in rows()],
         (":1: ", "rename 'conductance' to 'conductance_siemens'", "25 µS is 25e-6")),
        ([row.replace("weight", "Conductance_uS") for row in rows()], (":1: ", "rename 'Conductance_uS'")),
        ([row + (",conductance_siemens" if k == 0 else ",1e-6") for k, row in enumerate(rows())],
         (":1: ", "only one", "rename the one that is not to be fitted")),
        ([row.replace(",", ";") for row in rows()], (":1: ", "separate columns by commas")),
        ([row if k == 0 else row.rsplit(",", 1)[0] + ",0.5" for k, row in enumerate(rows())],
         ("column 'weight'", "0.5", "all readings are the same")),
        (changed(5, "d0,3,down,nan"), (":5: column 'weight'", "'nan'", "finite", "leave the row out")),
        (changed(5, "d0,3,down,"), (":5: column 'weight'", "''", "finite")),
        (changed(5, "d0,2,down,0.1"), (":5: column 'pulse'", "'2'", "line 4", "order the rows")),
        (changed(5, "d0,3.5,down,0.1"), (":5: column 'pulse'", "'3.5'", "whole number")),
        (changed(5, "d0,3,left,0.1"), (":5: column 'direction'", "'left'", "up or down")),
        (changed(5, ",3,down,0.1"), (":5: column 'device'", "''", "name")),
        (changed(5, "d0,3,down"), (":5", "4 columns")),
        (rows(names=4), ("4 devices", "at least 5")),
        (rows(count=25), ("'d0'", "pulses", "at least 20")),
    ],
)  # fmt: skip
def test_errors_say_where_what_why_and_what_would_be_right(
    lines: list[str], told: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        read_pulses(write(tmp_path, lines))
    for part in ("pulses.csv", *told):
        assert part in str(caught.value)


def test_all_that_is_wrong_is_listed_up_to_ten(tmp_path: Path) -> None:
    lines = rows()
    lines[10:25] = [row.rsplit(",", 1)[0] + ",x" for row in lines[10:25]]
    with pytest.raises(DataError) as caught:
        read_pulses(write(tmp_path, lines))
    assert str(caught.value).count("column 'weight'") == 10
    assert "and 5 more" in str(caught.value)


def test_microsiemens_are_taken_for_an_error_of_units(tmp_path: Path) -> None:
    lines = [row.replace("weight", "conductance_siemens") for row in rows()]
    lines[7] = lines[7].rsplit(",", 1)[0] + ",12.5"
    with pytest.raises(DataError, match="25 µS is 25e-6"):
        read_pulses(write(tmp_path, lines))


def test_a_scale_for_weights_or_upside_down_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds weights"):
        read_pulses(write(tmp_path, rows()), g_min_siemens=0.0)
    siemens = [row.replace("weight", "conductance_siemens") for row in rows()]
    with pytest.raises(InputError, match="g_min must lie below g_max"):
        read_pulses(write(tmp_path, siemens), g_min_siemens=1e-3, g_max_siemens=1e-6)
