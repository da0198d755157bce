"""``mortalff cards plot``: the pulse response of a card's devices."""

from __future__ import annotations

from pathlib import Path

from mortalff.cli.numbers import Whole

PLOT_EXAMPLES = """Examples:

  mortalff cards plot reram_sb
  mortalff cards plot mine/card.toml --pulses 500 --data mine.csv"""
"""What the command's help ends with."""


def plot(
    name: str,
    *,
    devices: Whole = 50,
    pulses: Whole | None = None,
    seed: Whole = 0,
    out: Path | None = None,
    data: Path | None = None,
) -> None:
    """Simulate devices of a card under up and down pulses, and draw them.

    Panels: weights over N up and N down pulses with cycle noise;
    step against weight; symmetry points, where up and down steps
    are equal; spread of steps between devices; drift.

    Args:
        name: a card's name, or a path to one.
        devices: how many devices to make.
        pulses: N. Default: what half of the devices need to cross 90 % of their range both ways, by mean steps.
        seed: fixes the devices and their noise.
        out: the figure; .png, .svg or .pdf by its suffix. Default: reports/cards/NAME.png.
        data: also write the curves here, as CSV: device, pulse, direction, weight, read.
    """
    from mortalff.cards import load_card
    from mortalff.report.card_figure import write_card_figure

    card = load_card(name)
    path = Path("reports", "cards", f"{card.name}.png") if out is None else out
    drawing = write_card_figure(card, path, devices=devices, pulses=pulses, seed=seed, data=data)
    print(drawing.alt)
    print(path)
    if data is not None:
        print(data)
