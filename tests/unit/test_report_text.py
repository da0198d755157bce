"""Numbers as text, and the small parts that figures are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from mortalff.report import style, text
from mortalff.report.axes import count_axis, error_axis, joules_axis, spread
from mortalff.report.curves import ends, mean_curve
from mortalff.report.groups import Group
from mortalff.report.intervals import Interval
from mortalff.report.trials import Measured, Setup, Trial

SETUP = Setup("ecram", "{}", "ff", "", "forward,pulse", False, True, "digital", "4-3", "d", "{}")


@pytest.mark.parametrize(("share", "shown"), [
    (0.05134, "5.13 %"), (0.0999, "9.99 %"), (0.09996, "10.0 %"), (0.4567, "45.7 %"),
    (1.0, "100.0 %"), (0.0, "0.0 %"), (0.0004, "0.04 %"),
])  # fmt: skip
def test_percentages_have_three_digits(share: float, shown: str) -> None:
    assert text.percent(share).replace("\u00a0", " ") == shown


def test_intervals_and_bands_say_only_what_is_known() -> None:
    assert text.percent_interval(None) == "—"
    assert text.percent_interval(Interval(0.05, None, None, 1)) == "5.00\u00a0%"
    assert text.percent_interval(Interval(0.05, 0.04, 0.07, 3)) == "5.00\u00a0% (4.00–7.00)"
    assert text.joules_band(None) == "—"
    assert text.joules_band(Measured(2e-9)) == "2\u00a0nJ"
    assert text.joules_band(Measured(2e-9, 1e-10, 3e-8)) == "2\u00a0nJ (100\u00a0pJ–30\u00a0nJ)"


@pytest.mark.parametrize(("count", "shown"), [
    (0, "0"), (12, "12"), (999, "999"), (1000, "1 k"), (1.53e6, "1.53 M"), (999_999, "1 M"),
    (2e9, "2 G"), (3e15, "3e+03 T"),
])  # fmt: skip
def test_counts_have_prefixes(count: float, shown: str) -> None:
    assert text.amount(count).replace("\u00a0", " ") == shown


def test_words() -> None:
    assert text.plural(1, "chip") == "1 chip"
    assert text.plural(2, "chip") == "2 chips"
    assert text.listed(["a"]) == "a"
    assert text.listed(["a", "b", "c"]) == "a, b and c"
    assert text.span([3, 3]) == "3"
    assert text.span([5, 2]) == "2–5"
    assert text.span([]) == "0"
    assert text.span([0.25, 1.5, 10.0]) == "0.25–10"
    assert text.hundredths(2 + 1 / 3) == "2.33"


@given(st.lists(st.floats(0.0, 1.0), max_size=30))
def test_dots_that_are_near_do_not_lie_on_each_other(values: list[float]) -> None:
    offsets = spread(values, 0.02, 0.1, 10.0)
    assert len(offsets) == len(values)
    dots = sorted(zip(values, offsets, strict=True))
    for index, (value, offset) in enumerate(dots):
        for other, its in dots[index + 1 :]:
            assert other - value >= 0.02 or abs(offset - its) > 0.05


def test_dots_stay_within_their_row() -> None:
    assert max(map(abs, spread([0.5] * 40, 0.1, 0.1, 0.2))) <= 0.2 + 1e-9


def test_errors_that_differ_by_much_are_on_a_log_axis() -> None:
    axes = Figure().add_subplot()
    error_axis(axes, "x", [0.02, 0.5])
    assert axes.get_xscale() == "log"
    error_axis(axes, "y", [0.02, 0.05])
    assert axes.get_yscale() == "linear"
    assert axes.get_ylim()[0] == 0.0


def test_an_error_of_nought_keeps_the_axis_linear() -> None:
    axes = Figure().add_subplot()
    error_axis(axes, "x", [0.0, 0.5])
    assert axes.get_xscale() == "linear"


@pytest.mark.parametrize("values", [[0.02, 0.9], [0.3], [], [0.0]])
def test_error_axes_show_percentages(values: list[float]) -> None:
    figure = Figure()
    axes = figure.add_subplot()
    error_axis(axes, "x", values)
    low, high = axes.get_xlim()
    shown = [t for t in axes.get_xticks() if low <= t <= high]
    assert len(shown) >= 2
    formatter = axes.xaxis.get_major_formatter()
    assert [float(formatter(tick)) for tick in shown] == pytest.approx([100 * t for t in shown])
    assert all(low <= value <= high for value in values)


@pytest.mark.parametrize("values", [[1e-12], [2e-9, 3e-9], [1e-12, 1e-2], []])
def test_energy_axes_have_at_least_two_labels(values: list[float]) -> None:
    axes = Figure().add_subplot()
    joules_axis(axes, "x", values)
    low, high = axes.get_xlim()
    ticks = [t for t in axes.get_xticks() if low <= t <= high]
    assert 2 <= len(ticks) <= 10
    assert axes.xaxis.get_major_formatter()(1e-9) == "1 nJ"


def test_count_axes_have_prefixes() -> None:
    axes = Figure().add_subplot()
    count_axis(axes, "x", [2e6, 3e7])
    assert axes.xaxis.get_major_formatter()(2e7) == "20\u00a0M"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_ff_and_bp_differ_in_grey_and_both_stand_out_from_paper() -> None:
    colours = style.learner_colours(["bp", "ff"])
    assert list(colours) == ["ff", "bp"]
    assert contrast(colours["ff"], colours["bp"]) > 1.8
    assert all(contrast(colour, "white") > 3.0 for colour in colours.values())


def test_other_learners_have_colours_of_their_own() -> None:
    colours = style.learner_colours(["ff", "dfa", "bp", "fa"])
    assert len(set(colours.values())) == 4
    assert colours["ff"] == style.learner_colours(["ff"])["ff"]


def trial(chip: int, *points: tuple[int, float]) -> Trial:
    return Trial("r", "train", SETUP, chip, None, 0, series={("m", ""): points})


def test_a_mean_curve_ends_where_the_first_chip_does() -> None:
    trials = (trial(0, (1, 1.0), (2, 3.0)), trial(1, (1, 3.0), (2, 5.0), (3, 9.0)))
    group = Group(SETUP, trials, "ecram", "FF", ())
    assert mean_curve(group, "m") == ([1, 2], [2.0, 4.0])
    assert ends(group, "m") == ((1, 2.0), (2, 4.0))
    assert mean_curve(group, "absent") == ([], [])
    assert ends(group, "absent") is None


def test_a_curve_that_is_nowhere_finite_is_none() -> None:
    group = Group(SETUP, (trial(0, (1, float("nan"))),), "ecram", "FF", ())
    assert mean_curve(group, "m") == ([], [])
