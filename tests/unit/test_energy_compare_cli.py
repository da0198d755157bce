"""``mortalff energy compare``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mortalff.cli.energy_compare_plans import plans_for
from mortalff.cli.main import main
from mortalff.energy.architectures import Net
from mortalff.errors import InputError

SMALL = ("--card", "ecram", "--net", "12-8", "--classes", "3", "--batch", "4")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["energy", "compare", *SMALL, *words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["energy", "compare", *SMALL, *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def test_tables(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    figure = tmp_path / "even.png"
    one = ("--against", "bp on bp_digital")
    costs = tmp_path / "costs.svg"
    shown = said(capsys, "--sources", "--plot", str(figure), "--plot-costs", str(costs), *one)
    for words in (
        "12-8, 3 classes, card ecram; an update of 4 examples",
        "dfa on dfa_array",
        "Where the energy of an update goes",
        "break-even: below 1 ff takes less",
        "states no width of a pulse",
        "Prices, and where they are from",
        "squarer.analog.energy",
        "below 1 in ",
    ):
        assert words in shown
    assert figure.stat().st_size > 1000
    assert costs.read_text().startswith("<?xml")
    assert max(map(len, shown.splitlines()[:40])) <= 140


def test_json_says_all_with_sources_and_is_fixed_by_the_seed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few = ("--json", "--architecture", "ff_analog", "--architecture", "sram", "--learners", "ff")
    one, again, other = (said(capsys, *few, "--seed", seed) for seed in ("0", "0", "1"))
    assert one == again
    assert one != other
    told = json.loads(said(capsys, "--json", "--per", "inference"))
    assert told["per"] == "inference"
    assert {entrant["learner"] for entrant in told["entrants"]} == {"ff", "bp", "dfa"}
    for entrant in told["entrants"]:
        for term in entrant["terms"]:
            assert all(len(factor["source"]) > 5 for factor in term["factors"])
    assert [duel["other"] for duel in told["duels"]] == ["bp on bp_analog", "bp on bp_digital"]
    assert len(told["duels"][0]["break_even"]) == 48


def test_own_architectures_and_changes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('base = "ff_analog"\nname = "mine"\n[converters]\nadc_bits = 4\n')
    words = ("--learners", "ff,bp", "--architecture", str(mine), "--architecture", "bp_digital")
    told = json.loads(said(capsys, *words, "--json", "--set", "converters.adc_rate_hz=1e7"))
    names = [entrant["name"] for entrant in told["entrants"]]
    assert names == ["ff on mine", "bp on bp_digital"]
    sources = [
        factor["source"]
        for entrant in told["entrants"]
        for term in entrant["terms"]
        for factor in term["factors"]
        if term["action"] == "adc_conversion"
    ]
    assert "4 bits, 1e+07 Hz" in sources[0]
    assert "9 bits, 1e+07 Hz" in sources[1]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--learners", "fff"), "'ff'"),
        (("--learners", "pat"), "none of the architectures is for it"),
        (("--learners", "ff", "--architecture", "bp_analog"), "none of the architectures"),
        (("--per", "day"), "--per: got 'day'"),
        (("--set", "converters"), "--set: got 'converters'"),
        (("--set", "converters.adc_bit=3"), "did you mean 'adc_bits'"),
        (("--against", "bp"), "entrant: got 'bp'"),
        (("--against", "bp on gpu"), "no arrays or converters to vary"),
        (("--plot", "figure.jpg"), "--plot: got 'figure.jpg'"),
        (("--samples", "1"), "samples: got 1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert error in refused(capsys, *words)


def test_an_architecture_for_nobody_is_refused() -> None:
    from mortalff.cards import load_card

    card, net = load_card("ecram"), Net(4, (3,))
    with pytest.raises(InputError, match=r"--architecture: got 'bp_analog'; it is for bp"):
        plans_for(["ff"], ["ff_analog", "bp_analog"], [], card, net)
