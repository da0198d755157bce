"""``mortalff cards fit``: from a file of readings to a card that hardware can be made of."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

import mortalff
from mortalff.cards import load_card
from mortalff.cards.write_toml import card_toml
from mortalff.cli.main import main
from mortalff.fitting import card_name
from mortalff.fitting.affine_models import ConstantStep, SoftBounds
from mortalff.fitting.readings import Readings
from tests.strategies.pulse_files import cycles, devices, responses, write_pulses

LAWS = ["--law", "SoftBounds", "ConstantStep"]
PLOTS = ["curves.png", "steps.png", "residuals.png", "laws.png"]


def soft() -> Readings:
    """Ten devices with soft bounds."""
    rng = np.random.default_rng(40)
    truth = devices(rng, 10, dw_min=0.04)
    return responses(SoftBounds(), truth, [], cycles(10, 30, 2), rng, read_std=0.01)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a card fitted to conductances."""
    folder = tmp_path_factory.mktemp("fit")
    path = write_pulses(folder / "My pulses.csv", soft(), siemens=25e-6)
    scale = ["--g-min", "0", "--g-max", "25e-6"]
    code = main(["cards", "fit", str(path), "--out", str(folder), "--like", "ecram", *scale, *LAWS])
    assert code == 0
    return folder / "my_pulses"


def test_the_card_has_the_numbers_the_intervals_and_their_source(fitted: Path) -> None:
    card = load_card(fitted)
    assert card.name == "my_pulses"
    assert card.law.kind == "SoftBounds"
    assert card.device is not None
    assert card.variability is not None
    for quantity, truth in (
        (card.device.w_max, 0.6),
        (card.device.w_min, -0.6),
        (card.device.dw_min, 0.04),
        (card.variability.dw_min_std, 0.3),
        (card.variability.write_noise_std, 0.25),
    ):
        assert quantity.low is not None
        assert quantity.high is not None
        assert quantity.low < quantity.value < quantity.high
        assert 0.6 * truth / quantity.value < 1.0 < 1.6 * truth / quantity.value
        assert re.fullmatch(
            r"fit to My pulses\.csv \(sha256 [0-9a-f]{64}\), 10 devices, 1200 pulses",
            quantity.source,
        )
    assert card.validity.pulses_max == 120


def test_what_was_not_measured_is_another_cards_and_says_so(fitted: Path) -> None:
    card, like = load_card(fitted), load_card("ecram")
    assert card.periphery.adc_bits == like.periphery.adc_bits
    assert card.energy["adc_conversion"].value == like.energy["adc_conversion"].value
    assert card.energy["adc_conversion"].source.startswith("card ecram: ")
    assert card.conductance is not None
    assert card.conductance.read_voltage_v.source.startswith("card ecram: ")
    assert "My pulses.csv" in card.conductance.g_max_siemens.source
    assert card.device is not None
    w_max = card.device.w_max.value
    assert card.conductance.g_max_siemens.value == pytest.approx(25e-6 * (w_max + 1) / 2, rel=1e-4)
    assert float(card.time.drift_nu) == 0.0


def test_the_folder_holds_the_readings_the_provenance_and_plots(fitted: Path) -> None:
    assert (fitted / "measured.csv").read_bytes() == (fitted.parent / "My pulses.csv").read_bytes()
    text = (fitted / "provenance.md").read_text(encoding="utf-8")
    for part in ("SoftBounds", "ConstantStep", "held-out", "device.w_max", "memory", "seed 0"):
        assert part in text
    for plot in PLOTS:
        assert plot in text
        assert (fitted / plot).read_bytes().startswith(b"\x89PNG")
    assert not list(fitted.glob(".*"))


def test_chips_are_made_of_the_card(fitted: Path) -> None:
    chips = mortalff.fabricate(load_card(fitted), n_out=3, n_in=4, chips=2)
    chips.pulse(torch.ones(1, 4), torch.ones(1, 3), 0.1)
    assert torch.isfinite(chips.forward(torch.ones(1, 4))).all()


def test_a_card_is_not_replaced_unasked(fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fitted.parent / "My pulses.csv"
    before = (fitted / "card.toml").read_bytes()
    assert main(["cards", "fit", str(path), "--out", str(fitted.parent), *LAWS]) == 2
    assert "there is a card already" in capsys.readouterr().err
    assert (fitted / "card.toml").read_bytes() == before


def test_the_command_that_it_names_explains_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pulses(tmp_path / "soft.csv", soft())
    monkeypatch.chdir(tmp_path)
    assert main(["cards", "fit", "soft.csv", "--law", "SoftBounds"]) == 0
    named = re.search(r"`mortalff (.*)` explains it", capsys.readouterr().out)
    assert named is not None
    assert main(named[1].split()) == 0
    assert capsys.readouterr().out.startswith("soft: ")


def test_what_is_written_about_cards_runs(fitted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fitted.parent)
    text = (Path(__file__).parents[2] / "device_models" / "README.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    pieces = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert pieces
    for piece in pieces:
        exec(piece.replace("./my_device", "./my_pulses"), names)
    chips = names["chips"]
    assert isinstance(chips, mortalff.Hardware)
    assert chips.chips == 4


def test_where_no_law_fits_it_says_where_and_writes_only_when_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_pulses(tmp_path / "soft.csv", soft())
    words = ["cards", "fit", str(path), "--out", str(tmp_path), "--law", "ConstantStep"]
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "No law fits." in told
    assert "pulses at weights from" in told
    assert not (tmp_path / "soft").exists()
    assert main([*words, "--force"]) == 1
    card = load_card(tmp_path / "soft" / "card.toml")
    assert any(caveat.startswith("NO LAW FITS") for caveat in card.provenance.caveats)
    assert "No law fits" in (tmp_path / "soft" / "provenance.md").read_text(encoding="utf-8")


def test_a_bound_that_no_device_came_to_has_no_interval(tmp_path: Path) -> None:
    rng = np.random.default_rng(41)
    truth = devices(rng, 8, dw_min=0.03, gain=0.05)
    truth[2] = 3.0
    direction = np.concatenate([cycles(8, 30, 1), -cycles(8, 30, 1)[:30]])
    path = write_pulses(
        tmp_path / "short.csv", responses(ConstantStep(), truth, [], direction, rng)
    )
    words = ["cards", "fit", str(path), "--out", str(tmp_path), "--law", "ConstantStep"]
    assert main(words) == 0
    card = load_card(tmp_path / "short" / "card.toml")
    assert card.device is not None
    assert card.device.w_max.low is None
    assert card.device.w_max.high is None
    assert any("w_max" in caveat for caveat in card.provenance.caveats)
    assert card.device.w_min.low is not None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--name", "My Device"], "try 'my_device'"),
        (["--law", "SoftBound"], "did you mean 'SoftBounds'"),
        (["--like", "ideal", "--law", "ConstantStep"], "digital weights"),
        (["--g-min", "0"], "holds weights"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_written(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_pulses(tmp_path / "soft.csv", soft())
    assert main(["cards", "fit", str(path), "--out", str(tmp_path), "--force", *words]) == 2
    assert told in capsys.readouterr().err
    assert [found.name for found in tmp_path.iterdir()] == ["soft.csv"]


@pytest.mark.parametrize(
    ("stem", "name"), [("My pulses-2", "my_pulses_2"), ("7 devices", "device_7_devices")]
)
def test_names_are_made_of_files(stem: str, name: str) -> None:
    assert card_name(stem) == name


@pytest.mark.parametrize("name", ["gokmen_vlasov", "ideal", "reram_es", "ecram"])
def test_a_card_written_as_toml_is_the_same_card(name: str, tmp_path: Path) -> None:
    card = load_card(name)
    path = tmp_path / name / "card.toml"
    path.parent.mkdir()
    path.write_text(card_toml(card), encoding="utf-8")
    assert load_card(path) == card
