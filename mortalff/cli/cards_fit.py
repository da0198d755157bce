"""``mortalff cards fit``: a card from measured pulse responses."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mortalff import __version__
from mortalff.cards import Card, load_card
from mortalff.cards.write_toml import card_toml
from mortalff.cli.numbers import Whole
from mortalff.errors import InputError, message
from mortalff.fitting import (
    MODELS,
    NAME,
    PulseFile,
    Verdict,
    card_name,
    check_base,
    fit_laws,
    fitted_card,
    models_named,
    provenance_text,
    read_pulses,
    table_of_laws,
    verdict_text,
)
from mortalff.report.fit_figures import fit_figures
from mortalff.studies.files import write_text, write_whole

_NO_LAW = 1
_FILES = ("card.toml", "provenance.md", "measured.csv")


def fit_card(
    pulses: Path,
    *,
    name: str | None = None,
    out: Path = Path(),
    like: str = "gokmen_vlasov",
    g_min: float | None = None,
    g_max: float | None = None,
    law: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative=())] = (),
    seed: Whole = 0,
    force: bool = False,
) -> int:
    """Fit the device laws to measured pulse responses, and write a card of the one that predicts best.

    The file has a row a reading: device, pulse, direction (up or down) and conductance_siemens or weight. The first
    row of a device is its start. Where no law passes the checks of its residuals, this says where it fails and writes
    nothing.

    Args:
        pulses: the CSV file.
        name: the card's name; the file's if not given.
        out: folder in which the card's folder is made.
        like: the card whose array, converters and prices are taken over.
        g_min: conductance of a weight of -1, in siemens; the mean of the devices' lowest readings if not given.
        g_max: conductance of a weight of 1, in siemens; the mean of the devices' highest readings if not given.
        law: laws to try; all of them if not given.
        seed: of the folds and of the resampling behind the intervals.
        force: write the card even if no law fits, and over an older one.
    """
    chosen_name = card_name(pulses.stem) if name is None else name
    if not NAME.match(chosen_name):
        rule = "a card's name begins with a letter and has small letters, digits and _"
        raise InputError(message("--name", chosen_name, rule, f"try {card_name(chosen_name)!r}"))
    base = load_card(like)
    check_base(base)
    folder = out / chosen_name
    if (folder / "card.toml").exists() and not force:
        rule = "there is a card already"
        raise InputError(
            message("--name", str(folder), rule, "take another name, or --force to replace it")
        )
    file = read_pulses(pulses, g_min_siemens=g_min, g_max_siemens=g_max)
    readings = file.readings
    print(f"{pulses}: {len(readings.devices)} devices, {readings.pulses} pulses")
    if file.g_min_siemens is not None:
        print(f"weights -1 and 1 are {file.g_min_siemens:.5g} and {file.g_max_siemens:.5g} S")
    if file.ignored:
        print(f"columns not used: {', '.join(file.ignored)}")
    verdict = _fitted(file, law, seed)
    print()
    print(table_of_laws(verdict, readings))
    print(verdict_text(verdict))
    if not verdict.fits and not force:
        print("No card was written; --force writes one that says so.")
        return _NO_LAW
    _write(folder, verdict, file, fitted_card(verdict, file, chosen_name, base))
    print(f"wrote {folder}: {', '.join(_FILES)} and plots")
    print(f"`mortalff cards show {_as_argument(folder)}` explains it")
    return 0 if verdict.fits else _NO_LAW


def _fitted(file: PulseFile, law: tuple[str, ...], seed: int) -> Verdict:
    models = models_named(law) if law else MODELS
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=len(models) + 1, completed=-1)

        def told(what: str) -> None:
            bar.update(task, description=what, advance=1)

        return fit_laws(file.readings, models, seed=seed, told=told)


def _write(folder: Path, verdict: Verdict, file: PulseFile, card: Card) -> None:
    """Write the card's folder; the card itself last, so that a folder with a card is whole."""
    pictures = fit_figures(verdict, file.readings)
    for name, picture in pictures.items():
        _bytes(folder / name, picture)
    _bytes(folder / "measured.csv", file.content)
    write_text(folder / "provenance.md", provenance_text(verdict, file, card, __version__))
    write_text(folder / "card.toml", card_toml(card))
    load_card(folder / "card.toml")


def _as_argument(folder: Path) -> str:
    """The folder as a card's path, which one without a separator is not taken for."""
    return shlex.quote(str(folder) if folder.parent.name else os.path.join(os.curdir, folder))


def _bytes(path: Path, content: bytes) -> None:
    write_whole(path, lambda fresh: fresh.write_bytes(content))
