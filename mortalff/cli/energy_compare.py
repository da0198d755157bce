"""``mortalff energy compare``: what learners take on their architectures, side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mortalff.cli.numbers import Whole
from mortalff.errors import InputError, message, nearest

COMPARE_EXAMPLES = """Examples:

  mortalff energy compare --card ecram
  mortalff energy compare --card gokmen_vlasov --learners ff,bp,dfa --net 784-500-500 --per inference
  mortalff energy compare --card ecram --learners ff,bp --batch 1 --sources
  mortalff energy compare --card ecram --architecture mine.toml --architecture bp_digital
  mortalff energy compare --card ecram --set converters.adc_bits=6 --set node_nm=22
  mortalff energy compare --card ecram --set gradient.smoothed=true
  mortalff energy compare --card reram_es --arrays same
  mortalff energy compare --card ecram --net 784-10x10/6x128-500
  mortalff energy compare --card ecram --against "dfa on dfa_array" --plot even.png --plot-costs costs.png
  mortalff energy compare --card ecram --page ecram.html

An architecture of one's own says what differs from another:

  name = "mine"
  base = "ff_analog"
  [converters]
  adc_bits = 6
  [components]
  squarer = "own.my_squarer.energy"     # a constant in the file of --components

Bands are 5 to 95 % of draws of the constants, the same draws for all; single values are sums of best values."""
"""What the command's help ends with."""


def show_comparison(
    *,
    card: str,
    learners: str | None = None,
    net: str = "784-500-500",
    classes: Whole = 10,
    architecture: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    batch: Whole = 100,
    examples: Whole = 60000,
    per: str = "update",
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    against: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    components: Path | None = None,
    samples: Whole = 2000,
    seed: Whole = 0,
    epochs: Whole = 15,
    arrays: str = "rule",
    sources: Annotated[bool, Parameter(negative="")] = False,
    plot: Path | None = None,
    plot_costs: Path | None = None,
    page: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Compare what learners take in energy, time and silicon, each on the architectures for it.

    Prints costs with bands, where the energy goes, what matters most, and over which ADC bits, array sizes and nodes
    the first learner takes less than its rivals.

    Args:
        card: the devices, a card's name or a path to one. Its [components] stand in place of built-in constants.
        learners: names of learners, joined by commas. Default: ff, bp and dfa, those that architectures are for.
        net: inputs and hidden layers, such as 784-500-500, or with local fields 784-10x10/6x128-500: 128 channels of
            10x10 fields, 6 apart; learners with output units add them.
        classes: number of classes.
        architecture: a built-in architecture or a TOML file, may be given again. Default: all built-in ones that are
            for these learners.
        batch: examples of an update, and images classified together.
        examples: examples of an epoch.
        per: what bands, shares and break-even are of: update, epoch or inference.
        set_: a value of all architectures, such as converters.adc_bits=6 or node_nm=7; may be given again.
        against: a rival in ratios' tornado and break-even, such as "bp on bp_analog"; may be given again. Default: the
            second learner's on crossbars.
        components: a TOML file whose constants stand in place of the built-in ones and the card's.
        samples: draws of the constants.
        seed: of the draws.
        epochs: of the training that learners' rules set them for.
        arrays: how layers hold weights. rule: as the learner's rule for the card has it, which gives ff two arrays a
            layer where devices forget, as from_card does in studies. one: in one array. same: all as ff's rule has it.
        sources: also print each price with its source.
        plot: also draw break-even; .png, .svg or .pdf by its suffix.
        plot_costs: also draw energies with their bands, and what the first ratio hangs on.
        page: also write all of it, both figures and every price's source, as one page that needs nothing else; .html.
        as_json: print all as JSON.
    """
    given = locals().copy()
    from mortalff.cards import load_card
    from mortalff.cli.energy_compare_command import command_line
    from mortalff.cli.energy_compare_net import net_of
    from mortalff.cli.energy_compare_plans import plans_for
    from mortalff.cli.energy_compare_records import records
    from mortalff.cli.energy_compare_rule import HOLDINGS, Training
    from mortalff.cli.energy_compare_text import tables
    from mortalff.energy.architectures import PURPOSES, Task, compare, duels
    from mortalff.energy.array_forms import whole
    from mortalff.energy.library import load_library

    purpose = next((known for known in PURPOSES if known == per), None)
    if purpose is None:
        rule = "costs are of an update, an epoch or an inference"
        raise InputError(message("--per", per, rule, nearest(per, PURPOSES)))
    holding = next((known for known in HOLDINGS if known == arrays), None)
    if holding is None:
        rule = "layers hold weights by rule, in one array, or all the same way"
        raise InputError(message("--arrays", arrays, rule, nearest(arrays, HOLDINGS)))
    figures = [("--plot", plot), ("--plot-costs", plot_costs)]
    for option, path in figures:
        if path is not None:
            from mortalff.report.figure_file import check_suffix

            check_suffix(option, path)
    if page is not None:
        from mortalff.report.comparison.page import SUFFIXES
        from mortalff.report.figure_file import check_suffix

        check_suffix("--page", page, SUFFIXES)
    names = None if learners is None else [name.strip() for name in learners.split(",")]
    task = Task(batch, examples)
    training = Training(batch, examples, whole("--epochs", epochs, 1))
    device, network = load_card(card), net_of(net, classes)
    planned = plans_for(names, architecture, set_, device, network, training, holding)
    comparison = compare(planned.plans, task, load_library(components), seed=seed, samples=samples)
    fought = duels(comparison, purpose, against)
    if as_json:
        told = records(comparison, purpose, fought) | {"not_compared": dict(planned.left_out)}
        print(json.dumps(told, indent=1))
    else:
        left_out = planned.left_out
        print(tables(comparison, purpose, fought, card, left_out, with_sources=sources))
    drawn = []
    if plot is not None:
        from mortalff.report.break_even_figure import write_break_even

        drawn.append((write_break_even(fought, purpose, plot), plot))
    if plot_costs is not None:
        from mortalff.report.energy_costs_figure import write_costs

        drawn.append((write_costs(comparison, fought, purpose, plot_costs), plot_costs))
    for drawing, path in drawn if not as_json else ():
        print(f"\n{drawing.alt}\n{path}")
    if page is not None:
        from mortalff.report.comparison.page import write_comparison

        write_comparison(
            comparison,
            page,
            purpose=purpose,
            fought=fought,
            left_out=planned.left_out,
            command=command_line("energy compare", show_comparison, given, "--page FILE.html"),
        )
        if not as_json:
            print(f"\n{page}")
