"""Small device cards as text, and the numbers on a card."""

from __future__ import annotations

from pathlib import Path

from mortalff.cards import ActionEnergy, Card, Quantity
from mortalff.cards.keys import leaves

CARD_TEXT = """\
schema_version = 1
name = "tiny"
summary = "a card for tests"

[law]
kind = "LinearStep"
gamma_up = { value = 0.1, unit = "1", source = "test" }

[device]
dw_min = { value = 0.001, low = 0.0005, high = 0.002, unit = "weight", source = "test" }
w_max = { value = 1.0, unit = "weight", source = "test" }
w_min = { value = -1.0, unit = "weight", source = "test" }

[variability]
dw_min_dtod = { value = 0.3, unit = "1", source = "test" }
dw_min_std = { value = 0.3, unit = "1", source = "test" }
up_down_dtod = { value = 0.01, unit = "1", source = "test" }
w_max_dtod = { value = 0.3, unit = "1", source = "test" }
w_min_dtod = { value = 0.3, unit = "1", source = "test" }

[conductance]
g_max_siemens = { value = 1e-5, unit = "S", source = "test" }
read_voltage_v = { value = 0.2, unit = "V", source = "test" }
read_time_s = { value = 1e-7, unit = "s", source = "test" }

[periphery]
adc_bits = 9
output_bound = { value = 20.0, unit = "1", source = "test" }

[energy.adc_conversion]
value = 2e-12
low = 1e-12
high = 4e-12
unit = "J"
source = "test"
tag = "U"

[validity]
statement = "nowhere but in tests"

[provenance]
paper = "no paper: made up"
fit = "made up for tests"
caveats = ["made up"]
"""
"""A valid card with a number of every kind."""


def write_card(folder: Path, text: str = CARD_TEXT, name: str = "tiny") -> Path:
    """Write a card to ``<folder>/<name>/card.toml``, with the name in it changed to ``name``."""
    path = folder / name / "card.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace('name = "tiny"', f'name = "{name}"'), encoding="utf-8")
    return path


def line_number(text: str, start: str) -> int:
    """The number of the first line of a text that begins so."""
    return next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith(start))


def numbers(card: Card) -> list[str]:
    """The dotted keys of all quantities and prices on a card."""
    return [".".join(path) for path, _, v in leaves(card) if isinstance(v, Quantity | ActionEnergy)]
