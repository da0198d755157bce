"""What the figures of a report draw: every chip, and the numbers that the store has."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from mortalff.report.drawing import Drawing, Missing
from mortalff.report.figures import FIGURES, cost, energy, errors, goodness, transfer
from mortalff.report.figures import learning_curves as curves
from mortalff.report.groups import group_trials
from mortalff.report.load import load_study
from mortalff.report.style import QUIET, WIDTH, report_style
from mortalff.report.trials import Study
from mortalff.studies.table import Row
from tests.strategies.stores import EPOCHS, SHARES, Made, measurement, write_rows, write_store

CHIPS, PAIRS = 4, 3
SETUPS = (
    Made("gokmen_vlasov", error=0.05),
    Made("gokmen_vlasov", "bp", 0.03, needs="forward,forward_transposed,pulse", joules=4e-9),
    Made("reram_sb", error=0.5, joules=2e-8),
)


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    """Figures are drawn in the report's style."""
    with report_style():
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("figures") / "study"
    return load_study(write_store(folder, SETUPS, chips=CHIPS, pairs=PAIRS))


def drawn(drawing: Drawing | Missing) -> Figure:
    assert isinstance(drawing, Drawing)
    return drawing.figure


def dots(axes: Axes) -> np.ndarray:
    """Places of all markers of a scatter, (n, 2)."""
    found = [c.get_offsets() for c in axes.collections if isinstance(c, PathCollection)]
    return np.concatenate([np.asarray(offsets) for offsets in found])


def values(study: Study, kind: str, metric: str) -> list[float]:
    measured = (trial.final(metric) for trial in study.of_kind(kind))
    return sorted(m.value for m in measured if m is not None)


def test_every_chip_is_a_dot_at_its_error(study: Study) -> None:
    (axes,) = drawn(errors.draw(study)).axes
    expected = values(study, "train", "test_error_softmax")
    expected += values(study, "train", "test_error_energy")
    assert len(expected) == 3 * CHIPS + 2 * CHIPS  # BP has no energy read-out
    assert sorted(dots(axes)[:, 0]) == pytest.approx(sorted(expected))


def test_means_are_written_beside_the_dots(study: Study) -> None:
    (axes,) = drawn(errors.draw(study)).axes
    written = {text.get_text().replace("\u00a0", " ") for text in axes.texts}
    group = next(g for g in group_trials(study.of_kind("train")) if g.setup.learner == "bp")
    mean = 100 * sum(group.chip_means("test_error_softmax").values()) / CHIPS
    assert f"{mean:.2f} %" in written
    assert f"BP, n = {CHIPS}" in written


def test_every_chip_has_a_learning_curve_and_every_panel_a_mean(study: Study) -> None:
    figure = drawn(curves.draw(study))
    assert [axes.get_title(loc="left").split("\n")[0] for axes in figure.axes] == [
        "gokmen_vlasov",
        "reram_sb",
    ]
    for axes, lines in zip(figure.axes, (3, 2), strict=True):  # learners times read-outs
        thin = [line for line in axes.lines if line.get_linewidth() < 1]
        thick = [line for line in axes.lines if line.get_linewidth() == 2]
        assert len(thin) == lines * CHIPS
        assert len(thick) == lines
        assert all(len(line.get_xdata()) == EPOCHS for line in thin)
        for number, mean in enumerate(thick):
            of_it = [line.get_ydata() for line in thin[number * CHIPS : (number + 1) * CHIPS]]
            assert mean.get_ydata() == pytest.approx(np.mean(of_it, axis=0))


def test_energy_bars_are_stacked_to_the_share_of_the_dearest(study: Study) -> None:
    left, right = drawn(energy.draw(study)).axes
    groups = group_trials(study.of_kind("train"))
    totals = [band.value for g in groups if (band := g.band("energy_per_example_j"))]
    assert len(totals) == 3
    dearest = [max(totals[:2])] * 2 + [totals[2]]
    bars = [patch for container in right.containers for patch in container]
    assert len(bars) == 2 * len(SHARES) + len(SHARES) + 1  # BP has privileged access besides
    rows: dict[float, float] = {}
    for bar in bars:
        middle = round(bar.get_y() + bar.get_height() / 2, 3)
        assert bar.get_x() == pytest.approx(rows.get(middle, 0.0))
        rows[middle] = rows.get(middle, 0.0) + bar.get_width()
    expected = [total / most for total, most in zip(totals, dearest, strict=True)]
    assert list(rows.values()) == pytest.approx(expected)
    bands = [line.get_xdata() for line in left.lines if len(line.get_xdata()) == 2]
    first = groups[0].band("energy_per_example_j")
    assert first is not None
    assert list(bands[0]) == pytest.approx([first.low, first.high])
    assert left.get_xscale() == "log"


def test_components_are_told_apart_without_colour(study: Study) -> None:
    _, right = drawn(energy.draw(study)).axes
    bars = [patch for container in right.containers for patch in container]
    looks = {(bar.get_facecolor(), bar.get_hatch()) for bar in bars}
    assert len(looks) == len(SHARES) + 1
    greys = [round(sum(w * c for w, c in zip((0.3, 0.59, 0.11), look[0][:3], strict=True)), 2)
             for look in looks if not look[1]]  # fmt: skip
    assert len(set(greys)) == len(greys)


def test_goodness_is_drawn_layer_by_layer_with_its_threshold(study: Study) -> None:
    figure = drawn(goodness.draw(study))
    assert len(figure.axes) == 2 * 2  # two hardwares with FF, two layers
    for axes in figure.axes:
        assert len([line for line in axes.lines if line.get_linewidth() < 0.8]) == 2 * CHIPS
        assert any(list(line.get_ydata()) == [1.0, 1.0] for line in axes.lines)
        low, high = axes.get_ylim()
        assert all(low < min(line.get_ydata()) for line in axes.lines)
        assert all(high > max(line.get_ydata()) for line in axes.lines)


def test_every_pair_is_a_dot_of_the_transfer(study: Study) -> None:
    left, right = drawn(transfer.draw(study)).axes
    places = dots(left)
    assert sorted(places[:, 0]) == pytest.approx(values(study, "transfer", "teacher_error"))
    assert sorted(places[:, 1]) == pytest.approx(values(study, "transfer", "student_error"))
    agreed = sorted(dots(right)[:, 0])
    assert agreed == pytest.approx(values(study, "transfer", "agreement"))
    baseline = [x for line in right.lines if line.get_color() == QUIET for x in line.get_xdata()]
    assert sorted(baseline) == pytest.approx(values(study, "transfer", "agreement_baseline"))


def test_cost_shows_every_chip_by_joules_and_by_pulses(study: Study) -> None:
    left, right = drawn(cost.draw(study)).axes
    spent = sorted(dots(left)[:, 0])
    assert spent == pytest.approx(values(study, "train", "energy_training_j"))
    paths = [line for line in right.lines if len(line.get_xdata()) == EPOCHS]
    assert len(paths) == 3 * CHIPS
    assert left.get_xscale() == right.get_xscale() == "log"


@pytest.mark.parametrize("draw", FIGURES)
def test_each_figure_has_words_and_its_n(draw: object, study: Study) -> None:
    assert callable(draw)
    drawing = draw(study)
    assert isinstance(drawing, Drawing)
    n = PAIRS if drawing.name == "transfer" else CHIPS
    assert f"n = {n}" in drawing.caption
    assert "interval" in drawing.caption or drawing.name == "goodness"
    assert drawing.alt.endswith(".")
    assert any(character.isdigit() for character in drawing.alt)
    assert drawing.figure.get_size_inches()[0] == WIDTH


@pytest.mark.parametrize("draw", FIGURES)
def test_each_figure_says_what_it_lacks(draw: object, tmp_path: Path) -> None:
    assert callable(draw)
    missing = draw(load_study(write_store(tmp_path / "s", (), pairs=0)))
    assert isinstance(missing, Missing)
    assert missing.reason.endswith(".")


def test_without_a_validation_error_the_training_error_is_drawn(tmp_path: Path) -> None:
    rows: list[Row] = [measurement("error_training", 0.5 / e, epoch=e) for e in (1, 2)]
    drawing = curves.draw(load_study(write_rows(tmp_path / "s", rows)))
    assert isinstance(drawing, Drawing)
    assert "Share of training images" in drawing.caption


def test_a_price_of_nought_does_not_break_the_log_axis(tmp_path: Path) -> None:
    band = {"low": 0.0, "high": 2e-9, "unit": "J"}
    rows: list[Row] = [
        measurement("test_error_softmax", 0.1),
        measurement("energy_per_example_j", 1e-9, **band),
        measurement("energy_training_j", 1e-9, **band),
    ]
    study = load_study(write_rows(tmp_path / "s", rows))
    for axes in (drawn(energy.draw(study)).axes[0], drawn(cost.draw(study)).axes[0]):
        ends = [x for line in axes.lines for x in line.get_xdata()]
        assert all(math.isfinite(x) and x > 0.0 for x in ends)


def test_pulses_alone_are_enough_for_the_cost(tmp_path: Path) -> None:
    rows: list[Row] = [
        *(measurement("device_pulses", 10.0 * e, epoch=e) for e in (1, 2)),
        *(measurement("error_softmax", 0.5 / e, epoch=e) for e in (1, 2)),
    ]
    left, right = drawn(cost.draw(load_study(write_rows(tmp_path / "s", rows)))).axes
    assert [text.get_text() for text in left.texts] == ["no priced energy"]
    assert list(right.lines[0].get_xdata()) == [10.0, 20.0]
