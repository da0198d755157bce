"""``mortalff energy published``: published figures beside what components come to."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mortalff.energy.library import Library, Price, load_library
from mortalff.energy.library.projections import gap, side_by_side
from mortalff.energy.library.reproductions import reproductions

_SCALES = {"W": (1e3, "mW"), "J": (1e9, "nJ")}
_WIDTH = 100


def show_published(
    *,
    components: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Show published chips and projections beside what the library's components come to.

    Args:
        components: a TOML file whose constants stand in place of the built-in ones.
        as_json: print the tables as JSON.
    """
    library = load_library(components)
    if as_json:
        tables = {
            "reproductions": reproductions(library=library),
            "projections": side_by_side(library),
            "gap": gap(library),
        }
        print(json.dumps(tables, indent=1, default=_plain))
        return
    print("\n".join([*_chips(library), "", *_projections(library)]))


def _plain(value: object) -> object:
    if isinstance(value, Price):
        return asdict(value)
    raise TypeError(f"{value!r} is no part of the tables")


def _chips(library: Library) -> list[str]:
    lines = [f"{'':<28}{'published':>16}{'from components':>17}{'band':>20}{'off by':>8}"]
    for row in reproductions(library=library):
        whole = row["published"] >= 1.0
        scale, unit = (1.0, row["unit"]) if whole else _SCALES[row["unit"]]
        found = row["from_components"]
        band = f"{found.low * scale:.4g} to {found.high * scale:.4g}"
        lines.append(
            f"{row['figure']:<28}{row['published'] * scale:>9.4g} {unit:<6}"
            f"{found.value * scale:>17.4g}{band:>20}{row['deviation']:>+8.1%}"
        )
    return lines


def _projections(library: Library) -> list[str]:
    rows = side_by_side(library)
    columns = ("published", "cells", "lines", "converters", "components", "explained")
    lines = ["fJ an operation".ljust(28) + "".join(f"{column:>12}" for column in columns)]
    for row in rows:
        parts = (row["cells"], row["lines"], row["converters"], row["from_components"])
        numbers = [row["published"], *(part.value for part in parts)]
        cells = "".join(f"{joules * 1e15:>12.3g}" for joules in numbers)
        lines.append(f"{row['figure']:<28}{cells}{row['explained']:>12.0%}")
    lines += ["", *textwrap.wrap(gap(library), _WIDTH)]
    return lines + [
        text
        for row in rows
        for text in textwrap.wrap(
            f"Assumed for {row['figure']}: {row['assumed']}.", _WIDTH, subsequent_indent="  "
        )
    ]
