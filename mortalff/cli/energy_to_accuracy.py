"""``mortalff energy to-accuracy``: what an accuracy took the chips of a study, in joules and seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mortalff.cli.numbers import Whole

TO_ACCURACY_EXAMPLES = """Examples:

  mortalff run energy_to_accuracy
  mortalff energy to-accuracy reports/energy_to_accuracy
  mortalff energy to-accuracy results --error 0.05 --all-settings
  mortalff energy to-accuracy results --architecture mine.toml --architecture bp_digital --components my.toml
  mortalff energy to-accuracy results --set converters.adc_bits=6 --plot energy.svg
  mortalff energy to-accuracy results --card mine.toml          # with other prices, or where mortalff has not the card

Energies are counted actions of the runs, up to the evaluation that brought so small a test error, times what an
architecture's components cost. Of the settings tried, that with the least energy stands for a learner."""
"""What the command's help ends with."""


def show_energy_to_accuracy(
    results: Path,
    /,
    *,
    error: Annotated[tuple[float, ...], Parameter(negative="")] = (),
    architecture: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    components: Path | None = None,
    card: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    first: Annotated[bool, Parameter(negative="")] = False,
    all_settings: Annotated[bool, Parameter(negative="")] = False,
    samples: Whole = 2000,
    seed: Whole = 0,
    plot: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Show what coming to a test error took the chips of a study: energy with its band, time, epochs.

    Args:
        results: the study's folder.
        error: a test error as a share, such as 0.05; may be given again. Default: 0.1, 0.05 and 0.03.
        architecture: a built-in architecture or a TOML file, may be given again. Default: all built-in ones that do
            what was simulated, and those that would send its errors back as voltages.
        set_: a value of all architectures, such as converters.adc_bits=6 or node_nm=7; may be given again.
        components: a TOML file whose constants stand in place of the built-in ones.
        card: the file of a card that prices runs on the card of its name, whether or not it is the one that ran; may be
            given again.
        first: count up to the first evaluation with so small an error. Default: the one from which on it was as
            small at the end of each epoch, for a noisy curve crosses a line early by chance.
        all_settings: show each of the settings tried, and not only the best.
        samples: draws of the constants.
        seed: of the draws.
        plot: also draw it; .png, .svg or .pdf by its suffix.
        as_json: print all as JSON.
    """
    from mortalff.cards import load_card
    from mortalff.cli.energy_compare_plans import asked_architectures
    from mortalff.cli.energy_to_accuracy_text import page, records
    from mortalff.energy.library import load_library
    from mortalff.errors import InputError, message
    from mortalff.report.energy_to_accuracy import TARGETS, energy_to_accuracy
    from mortalff.report.load import load_study

    if plot is not None:
        from mortalff.report.figure_file import check_suffix

        check_suffix("--plot", plot)
    cards = {found.name: found for found in map(load_card, card)}
    found = energy_to_accuracy(
        load_study(results),
        error or TARGETS,
        architectures=asked_architectures(architecture, set_),
        library=load_library(components),
        cards=cards,
        lasting=not first,
        seed=seed,
        samples=samples,
    )
    if not found.candidates:
        told = "; ".join(f"{label}: {why}" for label, why in found.left_out.items())
        rule = f"no training in it can be priced by epoch ({told or 'it has none'})"
        right = "run the study with this mortalff, on cards that it has"
        raise InputError(message("results", str(results), rule, right))
    if as_json:
        print(json.dumps(records(found), indent=1))
    else:
        print(page(found, all_settings=all_settings))
    if plot is not None:
        from mortalff.report.figure_file import write_figure
        from mortalff.report.figures.energy_to_accuracy import draw_energies
        from mortalff.report.style import report_style

        with report_style():
            drawing = draw_energies(found)
            write_figure(drawing, plot)
        if not as_json:
            print(f"\n{drawing.alt}\n{plot}")
