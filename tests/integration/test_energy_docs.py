"""docs/energy.md: its examples run, and every action is told of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

import mortalff
from mortalff import energy
from mortalff.actions import ACTIONS, Tally
from mortalff.cards import load_card
from mortalff.energy import architectures, library
from mortalff.energy.library import Price

DOCS = Path(__file__).resolve().parents[2] / "docs" / "energy.md"
TEXT = DOCS.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
NAMES = (
    "adc_price", "adc_table", "Design", "repriced", "compare", "Net", "Plan", "Task",
    "load_architecture", "Library", "Price", "Constant", "load_library", "capacitive_dac",
    "serial_driver", "sample_hold", "hold_floor", "hold_capacitance", "read", "conductances",
    "device_read", "device_energy", "line_charge", "sram", "dram", "operation", "mac",
    "processor", "logic_scale", "logic_area_scale", "at_node", "Line", "bill", "reproductions",
    "side_by_side", "gap", "neurram_seconds", "break_even", "tornado", "duels", "area",
    "latency", "bill_of_counts",
)  # fmt: skip


def numbered() -> list[object]:
    """Examples; what looks at a stored study takes its time."""
    slow = [[pytest.mark.slow] if "load_study" in code else [] for code in EXAMPLES]
    return [pytest.param(number, marks=marks) for number, marks in enumerate(slow)]


@pytest.mark.parametrize("number", numbered())
def test_examples_run(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS.parents[1])
    told = Tally(1)
    told.add("adc_conversion", 100.0)
    named = {
        "mortalff": mortalff, "card": load_card("ecram"), "counts": told.snapshot(),
        "volts": torch.full((1, 784), 0.1).numpy(),
    }  # fmt: skip
    code = EXAMPLES[number].replace("chips=8", "chips=1")
    exec(compile(code, f"example {number} of {DOCS.name}", "exec"), named)
    for line in re.findall(r"^(\S.*?) +# (Price\(.*\))", code, re.MULTILINE):
        got, said = (eval(word, {**named, "Price": Price}) for word in line)
        assert (got.low, got.value, got.high) == pytest.approx(
            (said.low, said.value, said.high), rel=2e-3
        )


@pytest.mark.parametrize("name", NAMES)
def test_what_it_names_is_where_it_says(name: str) -> None:
    assert re.search(rf"\b{name}\b", TEXT)
    places = [place for place in (energy, library, architectures) if name in place.__all__]
    assert places
    assert all(callable(getattr(place, name)) for place in places)


@pytest.mark.parametrize("action", sorted({*ACTIONS} - {"black_box_pass"}))
def test_it_tells_what_counts_each_action(action: str) -> None:
    section = TEXT.split("## What is recorded")[1].split("\n## ")[0]
    assert f"`{action}`" in section
