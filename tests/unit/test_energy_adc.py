"""Converter models against their published values, and against published converters."""

from __future__ import annotations

import csv
import math
import os
import re
import statistics
from pathlib import Path

import pytest

from mortalff.energy.adc import (
    NODE_FLOOR_NM,
    SURVEY_FITS,
    comparator_band,
    reference_area_um2,
    reference_energy_j,
    survey_band,
    survey_energy_j,
)
from mortalff.energy.adc_models import adc_price, adc_table
from mortalff.energy.library import built_in_library
from mortalff.errors import InputError

# Bits, node in nm, rate in Hz, energy in pJ, area in µm²: the reference implementation's output.
REFERENCE = [
    (4, 65, 1e7, 3.50075, 6503.58),
    (4, 28, 1e9, 0.71867, 4032.72),
    (6, 65, 1e7, 4.03640, 6786.54),
    (6, 32, 1e9, 1.06509, 5179.75),
    (8, 32, 1e7, 1.71371, 2598.14),
    (8, 32, 1.2e9, 1.84861, 6313.14),
    (8, 45, 1e8, 3.25313, 6694.38),
    (10, 32, 1e8, 3.30967, 4796.03),
]


@pytest.mark.parametrize(("bits", "node", "rate", "energy_pj", "area_um2"), REFERENCE)
def test_the_regression_gives_the_reference_values(
    bits: int, node: float, rate: float, energy_pj: float, area_um2: float
) -> None:
    assert reference_energy_j(bits, node, rate) * 1e12 == pytest.approx(energy_pj, rel=1e-5)
    assert reference_area_um2(bits, node, rate) == pytest.approx(area_um2, rel=1e-5)


def test_the_area_is_that_of_all_converters() -> None:
    one = reference_area_um2(8, 32, 1e8)
    assert reference_area_um2(8, 32, 1e8, converters=8) == pytest.approx(8 * one, rel=1e-12)


def test_the_floor_replaces_smaller_nodes_and_no_others() -> None:
    floored = reference_energy_j(8, 7, 1e8, node_floor_nm=NODE_FLOOR_NM)
    assert floored == reference_energy_j(8, NODE_FLOOR_NM, 1e8)
    assert floored > 5 * reference_energy_j(8, 7, 1e8)
    assert reference_energy_j(8, 65, 1e8, node_floor_nm=22) == reference_energy_j(8, 65, 1e8)
    area = reference_area_um2(8, 7, 1e8, node_floor_nm=22)
    assert area == reference_area_um2(8, 22, 1e8)


def test_the_survey_model_is_its_equation() -> None:
    # 18.5 fJ x 256 x (1 + 1e9/4.5e9), and half of 10^((49.9257 - 180.2)/10), by hand.
    by_hand = 18.5e-15 * 256 * (1 + 1 / 4.5) + 0.5 * 10**-13.02743
    assert survey_energy_j(8, 1e9) == pytest.approx(by_hand, rel=1e-9)


def test_the_survey_band_is_ordered() -> None:
    for bits in range(4, 15):
        low, typical, high = survey_band(bits, 1e8)
        assert low < survey_energy_j(bits, 1e8, 0.25) < typical < high
        assert high == pytest.approx(typical * 10**0.7)


@pytest.mark.parametrize(("fastest", "at_least"), [(2e11, 300), (1e10, 250)])
def test_a_quantile_of_published_converters_lies_under_each_fit(
    fastest: float, at_least: int
) -> None:
    rows = _survey(since=2015, fastest=fastest)
    assert len(rows) > at_least

    def share_under(limit_j: list[float]) -> float:
        pairs = zip(rows, limit_j, strict=True)
        return sum(energy < limit for (_, _, energy, _), limit in pairs) / len(rows)

    for quantile, within in ((0.1, 0.02), (0.25, 0.03), (0.5, 0.03)):
        fits = [survey_energy_j(enob, rate, quantile) for enob, rate, _, _ in rows]
        assert share_under(fits) == pytest.approx(quantile, abs=within)
    upper = [survey_band(enob, rate).high_j for enob, rate, _, _ in rows]
    assert share_under(upper) == pytest.approx(0.83, abs=0.05)


# Effective bits, converters, 10 % quantile and median in pJ: the survey's since 2015, up to 1.1 GS/s.
SUMMARY = [
    (6, 5, 1.63, 5.0),
    (8, 5, 3.62, 7.0),
    (9, 18, 0.71, 22.7),
    (10, 31, 5.2, 18.9),
    (12, 36, 7.1, 80),
]


@pytest.mark.parametrize(("bits", "converters", "low_pj", "median_pj"), SUMMARY)
def test_the_lines_run_through_the_summary_of_the_survey(
    bits: int, converters: int, low_pj: float, median_pj: float
) -> None:
    # A converter scatters by 0.7 decades, the median of n by 1.25/sqrt(n) times that, their decile by 1.7/sqrt(n);
    # a tenth of a decade for rates, which are not in the summary.
    low, median, _ = (energy * 1e12 for energy in survey_band(bits, 1e8))
    two_sigma = 2 * 0.7 / math.sqrt(converters)
    assert abs(math.log10(median / median_pj)) < 1.25 * two_sigma + 0.1
    assert abs(math.log10(low / low_pj)) < 1.7 * two_sigma + 0.1


def test_the_regression_is_a_bound_that_few_converters_beat_and_fails_at_small_nodes() -> None:
    rows = [row for row in _survey(since=1997) if 4 <= round(row[0]) <= 16 and 0 < row[3] <= 1000]

    def ratios(nodes: tuple[float, float], floor: float | None) -> list[float]:
        return [
            energy / reference_energy_j(round(enob), node, rate, node_floor_nm=floor)
            for enob, rate, energy, node in rows
            if nodes[0] <= node <= nodes[1]
        ]

    everywhere = ratios((0, 1000), None)
    assert len(everywhere) > 600
    assert sum(r < 1 for r in everywhere) / len(everywhere) == pytest.approx(1 / 8, abs=0.02)
    assert statistics.median(ratios((0, 16), None)) == pytest.approx(16, rel=0.1)
    assert statistics.median(ratios((0, 16), NODE_FLOOR_NM)) == pytest.approx(5, rel=0.1)
    assert statistics.median(ratios((22, 65), None)) == pytest.approx(5, rel=0.1)


def test_few_bits_are_comparator_decisions() -> None:
    decision = built_in_library().price("adc.comparator.energy")
    step_j = built_in_library()["dac.cdac_8bit.energy"].value
    assert comparator_band(1) == (41.7e-15, 67e-15, 67e-15)
    low, typical, high = comparator_band(3)
    assert low == pytest.approx(3 * decision.low + step_j / 32)
    assert typical == pytest.approx(3 * decision.value + step_j / 32)
    assert high == pytest.approx(3 * decision.high + step_j)
    # Less than the smallest conversion that the regression covers at a comparable node.
    assert high < reference_energy_j(4, 45, 1e8)


def test_the_table_has_each_model_that_covers_a_conversion() -> None:
    assert [row.energy_j for row in adc_table(2, 7, 1e8)] == list(comparator_band(2))
    old, new = adc_table(8, 32, 1.2e9), adc_table(8, 7, 1.2e9)
    assert (len(old), len(new)) == (5, 6)
    assert old[0].energy_j == reference_energy_j(8, 32, 1.2e9)
    assert old[0].area_um2 == reference_area_um2(8, 32, 1.2e9)
    assert new[1].energy_j == reference_energy_j(8, 7, 1.2e9, node_floor_nm=22)
    assert [row.energy_j for row in new[2:5]] == [
        survey_energy_j(8, 1.2e9, quantile) for quantile in SURVEY_FITS
    ]
    assert new[5].energy_j == survey_band(8, 1.2e9).high_j


def test_prices_of_conversions_have_bands() -> None:
    price = adc_price(8, 7, 1e8)
    assert price.low == reference_energy_j(8, 7, 1e8)
    assert price.value == reference_energy_j(8, 22, 1e8)
    assert price.high == pytest.approx(5 * price.value)
    survey = adc_price(8, 7, 1e8, "survey")
    assert (survey.low, survey.value, survey.high) == survey_band(8, 1e8)
    few = adc_price(2, 7, 1e8, "survey")
    assert (few.low, few.value, few.high) == comparator_band(2)
    with pytest.raises(InputError, match="model: got 'best'; there are two models"):
        adc_price(8, 7, 1e8, "best")  # type: ignore[arg-type]  # on purpose


def test_the_regression_is_within_three_times_of_converters_that_chips_were_planned_with() -> None:
    library = built_in_library()
    for name, bits, rate in (("isaac", 8, 1.2e9), ("newton", 9, 1.2e9)):
        used = library[f"adc.{name}.energy"].value
        assert used / 3 < reference_energy_j(bits, 32, rate) < 3 * used
    # At its lower end, 4 bits, it is not: FORMS reckons with a quarter.
    assert reference_energy_j(4, 32, 2.1e9) > 3 * library["adc.forms.energy"].value


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((3, 32, 1e8), "bits: got 3; the regression starts at 4 bits; .*comparator"),
        ((4.5, 32, 1e8), "bits: got 4.5; it must be a whole number; give 4 to 16"),
        ((17, 32, 1e8), "bits: got 17"),
        ((8, 0, 1e8), "node: got 0"),
        ((8, 32, 2e10), "rate: got 2.*at most 1e\\+10 Hz"),
        ((8, 32, float("nan")), "rate: got nan"),
    ],
)
def test_the_regression_refuses_what_it_does_not_cover(
    arguments: tuple[int, float, float], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        reference_energy_j(*arguments)


def test_the_other_models_refuse_what_they_do_not_cover() -> None:
    with pytest.raises(InputError, match=r"quantile: got 0.9; .* 0.1, 0.25, 0.5"):
        survey_energy_j(8, 1e8, 0.9)
    with pytest.raises(InputError, match=r"bits: got 3; .*comparator"):
        survey_energy_j(3, 1e8)
    with pytest.raises(InputError, match="rate: got 0"):
        survey_band(8, 0.0)
    with pytest.raises(InputError, match=r"bits: got 4; .*give 1 to 3"):
        comparator_band(4)
    with pytest.raises(InputError, match=r"converters: got 0; .*give 1 or more"):
        reference_area_um2(8, 32, 1e8, converters=0)


def _survey(since: int, fastest: float = 1e10) -> list[tuple[float, float, float, float]]:
    """Effective bits, Nyquist rate (Hz), energy (J) and node (nm, 0 if untold) of converters."""
    default = Path(__file__).resolve().parents[2] / "../shared/data"
    path = Path(os.environ.get("MORTALFF_DATA", default)) / "adc_survey.csv"
    if not path.is_file():
        pytest.skip(f"no ADC survey at {path}")
    found = []
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            sndr = row["sndr_hf_db"] or row["sndr_plot_db"]
            cells = (sndr, row["fsnyq_hz"], row["p_over_fsnyq_pj"])
            if int(row["year"]) < since or not all(cells):
                continue
            enob, rate = (float(sndr) - 1.7609) / 6.0206, float(row["fsnyq_hz"])
            if enob >= 3.5 and rate <= fastest:
                microns = re.match(r"[\d.]+", row["technology"])
                node = float(microns[0]) * 1e3 if microns else 0.0
                found.append((enob, rate, float(row["p_over_fsnyq_pj"]) * 1e-12, node))
    return found
