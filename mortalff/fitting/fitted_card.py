"""A card from a fit: the law's numbers measured, all else taken from another card and said to be so."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from mortalff.cards import Card
from mortalff.cards.quantity import Expectation, expectation_of
from mortalff.errors import CardError, message
from mortalff.fitting.card_numbers import LEVEL, CardNumbers, Estimate
from mortalff.fitting.fit_laws import Verdict
from mortalff.fitting.pulse_file import PulseFile

ARRAY_SECTIONS = ("pulses", "conductance", "periphery", "wires", "tiling", "energy", "components")
"""Sections that are of the array around the devices, which pulse responses say nothing of."""

_DIGITS = 5
NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def card_name(text: str) -> str:
    """The nearest name that a card may have, as of a file's stem."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if NAME.match(name) else f"device_{name}".rstrip("_")


def check_base(like: Card) -> None:
    """Raise :class:`CardError` unless a card has an array that another may take over."""
    if like.law.kind == "Digital":
        rule = "a card with digital weights has no array to take over"
        raise CardError(message("--like", like.name, rule, "name a card with devices"))


def fitted_card(verdict: Verdict, file: PulseFile, name: str, like: Card) -> Card:
    """The card.

    Args:
        verdict: the fit.
        file: what was fitted.
        name: of the card.
        like: the card that array, converters and prices are taken from.

    Raises:
        CardError: ``like`` has no pulsed devices, or a number lies outside what a card may hold.
    """
    check_base(like)
    source = _source(file)
    document: dict[str, object] = {
        "schema_version": 1,
        "name": name,
        "summary": f"Devices measured in {file.path.name}, as {verdict.chosen.fitted.model.name}",
    }
    document |= _measured(verdict.numbers, verdict, file, source)
    document |= _borrowed(like)
    _scale(document, file)
    readings = file.readings
    pulses = int(np.count_nonzero(readings.direction, axis=0).max())
    low, high = float(np.nanmin(readings.weight)), float(np.nanmax(readings.weight))
    document["validity"] = {
        "statement": (
            f"weights from {low:.3g} to {high:.3g}, single pulses of the kind that was measured, up to"
            f" {pulses} of them; no ageing, no broken devices"
        ),
        "pulses_max": float(pulses),
    }
    document["provenance"] = {
        "paper": f"no paper: {source}",
        "fit": _how(verdict),
        "caveats": _caveats(verdict, like),
    }
    return Card.model_validate(document)


def _source(file: PulseFile) -> str:
    readings = file.readings
    return (
        f"fit to {file.path.name} (sha256 {file.sha256}), {len(readings.devices)} devices,"
        f" {readings.pulses} pulses"
    )


def _how(verdict: Verdict) -> str:
    numbers = verdict.numbers
    return (
        f"maximum likelihood of hidden weights under {len(verdict.laws)} laws with spreads between"
        " devices; law taken by likelihood on devices held out; low and high are"
        f" {LEVEL:.0%} intervals by {numbers.resamples} resamples of the devices (seed {numbers.seed})"
    )


def _caveats(verdict: Verdict, like: Card) -> tuple[str, ...]:
    caveats = [
        f"array, converters and prices are those of the card {like.name}, not of the measured devices",
        "drift, relaxation and broken devices were not measured and are absent",
        "the noise of the measuring instrument is in write_noise_std",
    ]
    for share, bound in zip(verdict.numbers.reached, ("w_max", "w_min"), strict=True):
        if share < 0.5:
            caveats.append(
                f"{bound} is told by {share:.0%} of the devices only: the others did not come near it"
            )
    failed = [check for check in verdict.checks if not check.passed]
    caveats += [f"NO LAW FITS: {check.name}: {check.found}" for check in failed]
    return tuple(caveats)


def _measured(
    numbers: CardNumbers, verdict: Verdict, file: PulseFile, source: str
) -> dict[str, object]:
    """[law], [device] and [variability]."""
    model = verdict.chosen.fitted.model
    sections: dict[str, dict[str, object]] = {"law": {"kind": model.kind}}
    for key, value in numbers.settings.items():
        if isinstance(value, Mapping):
            value = {**value, "source": source}
        sections["law"][key] = value
    resolution = file.readings.resolution
    read_std = float(np.exp(verdict.chosen.fitted.shared[1]))
    for dotted, estimate in numbers.numbers.items():
        section, key = dotted.split(".")
        if key == "write_noise_std" and read_std < resolution:
            estimate = Estimate(0.0, None, estimate.high)
        entry = _quantity(section, key, estimate, model.kind, source)
        sections.setdefault(section, {})[key] = entry
    first = file.readings.weight[0]
    sections["device"]["w_init_std"] = {
        "value": _round(float(first.std(ddof=1))),
        "unit": "weight",
        "source": f"spread of the devices' first readings; {source}",
    }
    sections["variability"]["dw_min_dtod_log_normal"] = numbers.log_normal
    return dict(sections)


def _quantity(
    section: str, key: str, estimate: Estimate, kind: str, source: str
) -> dict[str, object]:
    expected = _expectation(section, key, kind)
    value = _round(estimate.value)
    entry: dict[str, object] = {"value": value}
    for end, bound in (("low", estimate.low), ("high", estimate.high)):
        if bound is None:
            continue
        kept = _allowed(_round(bound), expected)
        if kept is not None and (kept <= value if end == "low" else kept >= value):
            entry[end] = kept
    return {**entry, "unit": expected.unit, "source": source}


def _expectation(section: str, key: str, kind: str) -> Expectation:
    if section == "law":
        laws = Card.model_fields["law"].annotation
        models = [
            model
            for model in getattr(laws, "__args__", ())
            if kind in getattr(model.model_fields["kind"].annotation, "__args__", ())
        ]
        field = models[0].model_fields[key]
    else:
        annotation = Card.model_fields[section].annotation
        model = next(part for part in getattr(annotation, "__args__", ()) if part is not type(None))
        field = model.model_fields[key]
    expected = expectation_of(field)
    assert expected is not None
    return expected


def _allowed(bound: float, expected: Expectation) -> float | None:
    """An end of an interval, moved to 0 where a spread may be that small; none where a card cannot hold it."""
    if expected.usual is not None and 0.0 <= bound < expected.usual[0]:
        bound = 0.0
    if expected.usual is not None and bound > expected.usual[1]:
        return None
    if expected.gt is not None and bound <= expected.gt:
        return None
    return bound


def _borrowed(like: Card) -> dict[str, object]:
    """The array's sections of another card, each number's source naming it."""
    data = like.model_dump(exclude_unset=True)
    taken: dict[str, object] = {}
    for section in ARRAY_SECTIONS:
        if data.get(section):
            taken[section] = _marked(data[section], like.name)
    return taken


def _marked(value: object, name: str) -> object:
    if not isinstance(value, Mapping):
        return value
    marked = {key: _marked(entry, name) for key, entry in value.items()}
    if isinstance(value.get("source"), str):
        marked["source"] = f"card {name}: {value['source']}"
    return {key: entry for key, entry in marked.items() if entry is not None}


def _scale(document: dict[str, object], file: PulseFile) -> None:
    """What a weight is in siemens, where conductances were measured."""
    section = document.get("conductance")
    device = document["device"]
    if file.g_min_siemens is None or file.g_max_siemens is None or not isinstance(section, dict):
        return
    assert isinstance(device, dict)
    w_max = float(device["w_max"]["value"])
    at_bound = file.g_min_siemens + (w_max + 1.0) / 2.0 * (file.g_max_siemens - file.g_min_siemens)
    section["g_max_siemens"] = {
        "value": _round(at_bound),
        "unit": "S",
        "source": (
            f"conductance of w_max, with {file.g_min_siemens:.6g} S at a weight of -1 and"
            f" {file.g_max_siemens:.6g} S at 1 in {file.path.name}"
        ),
    }


def _round(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
