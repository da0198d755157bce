"""``mortalff cards plot``: what the figure shows, the table beside it, and what is refused."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mortalff.cli.cards import app
from mortalff.errors import CardError, InputError
from mortalff.hardware.pulse_response import PulseResponse, measure_pulse_response
from mortalff.report.figures.card_response import draw
from mortalff.report.pulse_table import pulse_table
from mortalff.report.style import report_style
from tests.strategies.cards import write_card
from tests.strategies.devices import made_up

TITLES = ["Pulse trains", "Step against weight", "Symmetry points", "Steps at w = 0", "Drift"]
MAGIC = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


@pytest.fixture(autouse=True)
def _style(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("MORTALFF_CARDS", raising=False)
    with report_style():
        yield


def command(*tokens: str) -> None:
    app(("plot", *tokens), exit_on_error=False, print_error=False, result_action="return_value")


def response(
    law: str = "SoftBounds", devices: int = 6, **sections: dict[str, float]
) -> PulseResponse:
    return measure_pulse_response(made_up(law, **sections), devices=devices, pulses=40)


def words(figure: Figure, panel: str) -> str:
    axes = next(axes for axes in figure.axes if axes.get_title(loc="left") == panel)
    return " ".join(" ".join(text.get_text().split()) for text in axes.texts)


def test_every_device_has_a_line_in_the_trains_and_the_mean_is_bold() -> None:
    seen = response()
    figure = draw(seen).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == TITLES
    trains = figure.axes[0]
    (thin,) = [c for c in trains.collections if isinstance(c, LineCollection)]
    drawn = np.stack([segment[:, 1] for segment in thin.get_segments()], axis=1)
    np.testing.assert_allclose(drawn, seen.weight)
    up, down = trains.lines[:2]
    np.testing.assert_allclose(up.get_ydata(), seen.weight[:41].mean(1))
    np.testing.assert_allclose(down.get_ydata(), seen.weight[40:].mean(1))


def test_the_figure_says_what_it_shows() -> None:
    drawing = draw(response())
    (legend,) = drawing.figure.legends
    assert legend.get_title().get_text() == "gokmen_vlasov: pulse response of 6 devices"
    source = " ".join(drawing.figure.get_supxlabel().split())
    assert "n = 6 devices, seed 0" in source
    assert "Front. Neurosci. 10:333 (2016), doi 10.3389/fnins.2016.00333" in source


def test_panels_without_data_say_why() -> None:
    figure = draw(response("ConstantStep")).figure
    assert words(figure, "Drift").startswith("The card has no drift")
    assert draw(response("ConstantStep")).alt.endswith("; no drift.")
    assert words(figure, "Symmetry points") == "None of 6 devices has one inside its bounds."
    alike = response("ConstantStep", variability={"up_down_dtod": 0.0})
    assert "equal at every weight" in words(draw(alike).figure, "Symmetry points")


def test_devices_without_a_symmetry_point_are_counted() -> None:
    lopsided = response("LinearStep", devices=60, device={"up_down": 0.4})
    none = int(np.isnan(lopsided.symmetry).sum())
    assert 0 < none < 60
    told = words(draw(lopsided).figure, "Symmetry points")
    assert told == f"{none} of 60 have none inside their bounds"


def test_words_on_symmetry_points_stand_above_the_bars() -> None:
    axes = draw(response("LinearStep", devices=60, device={"up_down": 0.4})).figure.axes
    panel = axes[TITLES.index("Symmetry points")]
    tallest = max(bar.get_height() for bar in panel.patches if isinstance(bar, Rectangle))
    assert 1.3 * tallest < panel.get_ylim()[1]


def test_weights_that_only_fade_are_not_said_to_stay() -> None:
    drawing = draw(response(time={"retention_tau_s": 1.0}))
    assert drawing.alt.endswith("; weights fade with time.")


def test_drift_is_drawn_for_every_device() -> None:
    seen = response(time={"drift_nu": 0.06, "drift_nu_dtod": 0.02})
    axes = draw(seen).figure.axes[TITLES.index("Drift")]
    (thin,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    assert seen.fading is not None
    for segment, weight in zip(thin.get_segments(), seen.fading.weight.T, strict=True):
        np.testing.assert_allclose(segment[:, 1], weight)
    assert axes.get_xscale() == "log"


def test_a_pair_is_called_one() -> None:
    card = made_up("SoftBounds", device={"w_min": 0.0}).replace(cell={"kind": "one_sided_pair"})
    seen = measure_pulse_response(card, devices=5, pulses=20)
    figure = draw(seen).figure
    assert figure.axes[0].get_xlabel() == "pulses: 20 up (g⁺), then 20 down (g⁻)"
    assert "a pair has no symmetry point" in words(figure, "Symmetry points")
    assert "n = 5 one-sided pairs" in figure.get_supxlabel()


def test_the_table_has_every_pulse_of_every_device() -> None:
    seen = response(variability={"write_noise_std": 10.0})
    rows = list(csv.DictReader(pulse_table(seen).splitlines()))
    assert len(rows) == 6 * 81
    assert list(rows[0]) == ["device", "pulse", "direction", "weight", "read"]
    own = [row for row in rows if row["device"] == "3"]
    assert [row["direction"] for row in own] == ["start", *["up"] * 40, *["down"] * 40]
    assert [int(row["pulse"]) for row in own] == list(range(81))
    np.testing.assert_allclose([float(row["weight"]) for row in own], seen.weight[:, 3], rtol=1e-6)
    assert seen.read is not None
    np.testing.assert_allclose([float(row["read"]) for row in own], seen.read[:, 3], rtol=1e-6)


@pytest.mark.parametrize("suffix", list(MAGIC))
def test_the_file_is_what_its_suffix_says(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / f"figure.{suffix}"
    options = ("--devices", "5", "--pulses", "20", "--out", str(path))
    command("reram_sb", *options)
    first = path.read_bytes()
    assert first.startswith(MAGIC[suffix])
    assert capsys.readouterr().out.splitlines()[-1] == str(path)
    command("reram_sb", *options)
    assert path.read_bytes() == first
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_card_of_ones_own_and_the_default_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = write_card(tmp_path / "cards", name="mine")
    monkeypatch.chdir(tmp_path)
    command(str(card), "--devices", "3", "--pulses", "10", "--data", "mine.csv")
    assert Path("reports/cards/mine.png").read_bytes().startswith(MAGIC["png"])
    assert len(Path("mine.csv").read_text().splitlines()) == 1 + 3 * 21
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("mine: mean weight −")
    assert out[-2:] == [str(Path("reports", "cards", "mine.png")), "mine.csv"]


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (("--devices", "0"), r"--devices: got 0; it must be 1 to 1000; such as --devices 50"),
        (("--pulses", "0"), r"--pulses: got 0; it must be 1 to 100000"),
        (("--out", "figure.jpg"), r"--out: got 'figure.jpg'; .* end in .png or .svg or .pdf"),
        (("--out", "figure"), r"--out: got 'figure'; .* end in .*; write figure.png"),
        (("--out", "figure.pgn"), r"did you mean '.png'\?"),
        (("--data", "curves.tsv"), r"--data: got 'curves.tsv'; .* end in .csv"),
    ],
)
def test_wrong_options_are_refused_and_write_nothing(
    tokens: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        command("ecram", *tokens)
    assert list(tmp_path.iterdir()) == []


def test_unknown_and_digital_cards_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CardError, match=r"got 'reram'; .*did you mean .*'reram_sb'"):
        command("reram")
    with pytest.raises(CardError, match=r"got 'ideal'; its weights are digital numbers"):
        command("ideal")
    assert list(tmp_path.iterdir()) == []
