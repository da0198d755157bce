"""Reading a table of measured pulse responses.

One row a reading, in a CSV file with a header: ``device`` (any name), ``pulse`` (a whole number that rises from row
to row of a device), ``direction`` (``up`` or ``down``, ``+1`` or ``-1``) and either ``conductance_siemens`` or
``weight``: what was read after that pulse. The first row of a device is where it starts: its direction does not
count and may be empty. Where a device's pulse number jumps by k, k pulses in the row's direction came before the
reading. Other columns are ignored. A conductance G becomes the weight 2 (G − g_min)/(g_max − g_min) − 1; where
g_min or g_max is not given, it is the mean over devices of the lowest or the highest reading, so that the mean
bounds lie near ±1.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from mortalff.errors import DataError, InputError, message, nearest
from mortalff.fitting.readings import Array, Readings, Signs, resolution_of

COLUMNS = ("device", "pulse", "direction")
VALUES = ("conductance_siemens", "weight")
DEVICES_LEAST, PULSES_LEAST = 5, 20
_PULSES_MOST = 1_000_000
_SIEMENS_MOST = 1.0
_TOLD = 10
_SIGNS = {"up": 1, "+1": 1, "1": 1, "+": 1, "down": -1, "-1": -1, "\u22121": -1, "-": -1}
_RIGHT_HEADER = "the first line must be device,pulse,direction,conductance_siemens (or weight)"


@dataclass(frozen=True)
class PulseFile:
    """A file of pulse responses.

    Attributes:
        path: the file. sha256: of its bytes. content: its bytes.
        readings: what it says, in weight units.
        g_min_siemens: conductance at a weight of −1; None where the file holds weights.
        g_max_siemens: conductance at a weight of +1; None where the file holds weights.
        ignored: columns that were not used.
    """

    path: Path
    sha256: str
    content: bytes
    readings: Readings
    g_min_siemens: float | None
    g_max_siemens: float | None
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    line: int
    pulse: int
    sign: int
    value: float


def read_pulses(
    path: Path, *, g_min_siemens: float | None = None, g_max_siemens: float | None = None
) -> PulseFile:
    """Read a file.

    Args:
        path: the CSV file.
        g_min_siemens: conductance that becomes a weight of −1.
        g_max_siemens: conductance that becomes a weight of +1.

    Raises:
        DataError: the file breaks a rule; the first ten places are listed with line, column, value, rule and remedy.
        InputError: conductances were given for a file of weights, or in the wrong order.
    """
    content = path.read_bytes()
    rows, value_column, ignored = _rows(path, content)
    _enough(path, rows)
    _moving(path, rows, value_column)
    weight, direction = _grid(rows)
    g_min = g_max = None
    if value_column == "weight":
        if g_min_siemens is not None or g_max_siemens is not None:
            rule = f"{path} holds weights, which no conductance scales"
            raise InputError(
                message("g_min_siemens, g_max_siemens", "given", rule, "leave them out")
            )
    else:
        g_min = float(np.nanmin(weight, 0).mean()) if g_min_siemens is None else g_min_siemens
        g_max = float(np.nanmax(weight, 0).mean()) if g_max_siemens is None else g_max_siemens
        if not -_SIEMENS_MOST <= g_min < g_max <= _SIEMENS_MOST:
            rule = "g_min must lie below g_max, both in siemens"
            raise InputError(message("g_min, g_max", (g_min, g_max), rule, "25 µS is 25e-6"))
        weight = 2.0 * (weight - g_min) / (g_max - g_min) - 1.0
    resolution = resolution_of(weight, direction)
    readings = Readings(tuple(rows), weight, direction, resolution)
    digest = hashlib.sha256(content).hexdigest()
    return PulseFile(path, digest, content, readings, g_min, g_max, ignored)


def _rows(path: Path, content: bytes) -> tuple[dict[str, list[_Row]], str, tuple[str, ...]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        got = f"byte 0x{content[error.start]:02x}"
        raise DataError(message(f"{path}:{line}", got, "it must be UTF-8", "save it so")) from None
    table = csv.reader(text.splitlines())
    header = [name.strip() for name in next(table, [])]
    value_column = _check_header(path, header)
    places = {name: header.index(name) for name in (*COLUMNS, value_column)}
    rows: dict[str, list[_Row]] = {}
    wrong: list[str] = []
    for cells in table:
        if not any(cell.strip() for cell in cells):
            continue
        line = table.line_num
        if len(cells) != len(header):
            rule = f"the header has {len(header)} columns"
            wrong.append(message(f"{path}:{line}", cells, rule, "give each row as many"))
            continue
        name = cells[places["device"]].strip()
        before = rows.setdefault(name, []) if name else []
        given = {key: cells[place].strip() for key, place in places.items()}
        row, problems = _row(path, line, given, before, value_column)
        wrong += problems
        if row is not None:
            before.append(row)
    if wrong:
        more = f"\nand {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        raise DataError("\n".join(wrong[:_TOLD]) + more)
    ignored = tuple(name for name in header if name not in places)
    return {name: of for name, of in rows.items() if of}, value_column, ignored


def _check_header(path: Path, header: Sequence[str]) -> str:
    where = f"{path}:1"
    for name in COLUMNS:
        if name not in header:
            rule = f"there is no column {name!r}"
            right = _RIGHT_HEADER
            if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
                right = "separate columns by commas"
            elif any(nearest(other, [name]).startswith("did") for other in header):
                close = next(o for o in header if nearest(o, [name]).startswith("did"))
                right = f"rename {close!r} to {name!r}"
            raise DataError(message(where, ",".join(header), rule, right))
    found = [name for name in VALUES if name in header]
    if len(found) != 1:
        rule = f"it must have one of the columns {VALUES[0]!r} and {VALUES[1]!r}, and only one"
        right = _RIGHT_HEADER
        if alike := [name for name in header if name.lower().startswith("conductance")]:
            right = f"rename {alike[0]!r} to {VALUES[0]!r}, and give siemens: 25 µS is 25e-6"
        if len(found) > 1:
            right = "rename the one that is not to be fitted"
        raise DataError(message(where, ",".join(header), rule, right))
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise DataError(message(where, twice, "a column stands there twice", "rename one"))
    return found[0]


def _row(
    path: Path, line: int, given: Mapping[str, str], before: Sequence[_Row], value_column: str
) -> tuple[_Row | None, list[str]]:
    wrong: list[str] = []

    def complain(column: str, rule: str, right: str) -> None:
        wrong.append(message(f"{path}:{line}: column {column!r}", given[column], rule, right))

    if not given["device"]:
        complain("device", "it must name the device", "give each device a name or number")
    pulse = _number(given["pulse"])
    if not pulse.is_integer() or not 0 <= pulse <= _PULSES_MOST:
        complain("pulse", "it must be a whole number from 0", "number a device's pulses 0, 1, 2")
    elif before and pulse <= before[-1].pulse:
        rule = f"the row before of this device (line {before[-1].line}) has {before[-1].pulse}"
        complain("pulse", rule, "order the rows of a device by pulse, each once")
    sign = _SIGNS.get(given["direction"].lower(), 0)
    if sign == 0 and before:
        complain("direction", "it must be the direction of the pulse", "write up or down, +1 or -1")
    value = _number(given[value_column])
    if not math.isfinite(value):
        right = "leave the row out where nothing was read; the next pulse number tells the gap"
        complain(value_column, "it must be a finite number", right)
    elif value_column == VALUES[0] and abs(value) > _SIEMENS_MOST:
        complain(value_column, "no device conducts that well", "give siemens: 25 µS is 25e-6")
    if wrong:
        return None, wrong
    return _Row(line, int(pulse), sign, value), wrong


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _enough(path: Path, rows: Mapping[str, Sequence[_Row]]) -> None:
    if len(rows) < DEVICES_LEAST:
        rule = f"a spread between devices needs at least {DEVICES_LEAST} of them"
        raise DataError(message(str(path), f"{len(rows)} devices", rule, "measure more devices"))
    for name, of in rows.items():
        for sign, way in ((1, "up"), (-1, "down")):
            count = sum(row.pulse - last.pulse for last, row in pairwise(of) if row.sign == sign)
            if count < PULSES_LEAST:
                rule = f"a device needs at least {PULSES_LEAST} pulses either way"
                told = f"device {name!r} with {count} {way} pulses"
                raise DataError(message(str(path), told, rule, "measure more, or leave it out"))


def _moving(path: Path, rows: Mapping[str, Sequence[_Row]], value_column: str) -> None:
    values = {row.value for of in rows.values() for row in of}
    if len(values) == 1:
        rule = "all readings are the same, so that no pulse moved a device"
        right = "look at the instrument's range and at its digits"
        raise DataError(message(f"{path}: column {value_column!r}", values.pop(), rule, right))


def _grid(
    rows: Mapping[str, Sequence[_Row]],
) -> tuple[Array, Signs]:
    pulses = max(of[-1].pulse - of[0].pulse for of in rows.values())
    values = np.full((pulses + 1, len(rows)), np.nan)
    direction = np.zeros((pulses, len(rows)), dtype=np.int8)
    for column, of in enumerate(rows.values()):
        first = of[0].pulse
        values[0, column] = of[0].value
        for last, row in pairwise(of):
            values[row.pulse - first, column] = row.value
            direction[last.pulse - first : row.pulse - first, column] = row.sign
    return values, direction
