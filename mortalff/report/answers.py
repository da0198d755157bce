"""What a study asked and what came out, in sentences with numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from mortalff.report.energy_to_accuracy import EnergyToAccuracy, energy_sentences
from mortalff.report.groups import Group
from mortalff.report.intervals import Interval
from mortalff.report.layers import layers_that_do_not_learn
from mortalff.report.methods import Method
from mortalff.report.summary import main_readout
from mortalff.report.text import joules_band, listed, percent, percent_interval, plural
from mortalff.report.trials import Study

_NAMED = 6  # groups named one by one in a sentence; of more, the best and the worst


@dataclass(frozen=True)
class Headline:
    """One number of the few that sum up a study."""

    value: str
    unit: str
    words: str


@dataclass(frozen=True)
class Answers:
    """The top of a report: what ran, the numbers that sum it up, the answers."""

    asked: str
    headlines: tuple[Headline, ...]
    sentences: tuple[str, ...]


def answer(
    study: Study,
    groups: Sequence[Group],
    methods: Sequence[Method],
    yield_error: float,
    found: EnergyToAccuracy | None = None,
) -> Answers:
    """Put a study's results into words.

    Args:
        study: the study.
        groups: its training runs by setup.
        methods: its transfers by method.
        yield_error: greatest test error of a chip that counts as good.
        found: what accuracies took its chips, where that is to be told.
    """
    headlines = [_best_chip(groups), _cheapest(groups), _kept(methods)]
    sentences = [
        *_errors(groups, yield_error),
        *layers_that_do_not_learn(groups),
        *_energies(groups),
        *(() if found is None else energy_sentences(found)),
        *_transfers(methods),
    ]
    return Answers(
        _asked(study, groups, methods), tuple(h for h in headlines if h), tuple(sentences)
    )


def in_situ(group: Group) -> bool:
    """Whether arrays were trained with inputs, outputs and pulses, and no digital number a weight."""
    digital = "digital_update" in group.setup.needs.split(",")
    return not (group.setup.privileged or digital or group.is_floor)


def on_devices(group: Group) -> bool:
    """Whether there were devices that pulses moved, as there are not in digital memory."""
    for trial in group.trials:
        counted = trial.final("count", "device_pulse")
        if counted is not None and counted.value > 0.0:
            return True
        if any(value > 0.0 for _, value in trial.curve("device_pulses")):
            return True
    return False


def energy_ratios(groups: Sequence[Group]) -> list[tuple[Group, Group]]:
    """Pairs of FF and BP on the same hardware and data, both with an energy for an example."""
    priced = [g for g in groups if g.band("energy_per_example_j") and not g.is_floor]
    return [
        (ff, bp)
        for ff in priced
        for bp in priced
        if (ff.setup.learner, bp.setup.learner) == ("ff", "bp")
        and (ff.hardware, ff.setup.data) == (bp.hardware, bp.setup.data)
        and bp.setup.sizes.startswith(ff.setup.sizes)  # BP has output units besides
    ]


def _asked(study: Study, groups: Sequence[Group], methods: Sequence[Method]) -> str:
    parts = []
    if groups:
        hardware = list(dict.fromkeys(g.hardware for g in groups))
        learners = list(dict.fromkeys(g.learner for g in groups))
        data = sorted({g.setup.data for g in groups})
        named = listed(hardware) if len(hardware) <= _NAMED else f"{len(hardware)} kinds"
        chips = plural(sum(g.chips for g in groups), "chip")
        parts.append(
            f"How well do chips of {named} learn {listed(data)} with {listed(learners)}, and what"
            f" does it cost? {chips} were trained, each from new."
        )
    if methods:
        pairs = plural(sum(len(m.trials) for m in methods), "transfer")
        parts.append(
            "How well can the function of a trained chip be taught to another chip?"
            f" {pairs} between chips were made: {listed([m.label for m in methods])}."
        )
    return " ".join(parts)


def _best_chip(groups: Sequence[Group]) -> Headline | None:
    """The least error in situ: read out by goodness where that was measured, else by what was."""
    chosen = [g for g in groups if in_situ(g) and on_devices(g)]
    for readout in ("energy", "softmax"):  # a head trained in digital memory is second best
        for group in _ranked(chosen, readout)[:1]:
            interval = group.interval(f"test_error_{readout}")
            value, _, bounds = percent_interval(interval).partition(" ")
            return Headline(
                value.removesuffix("%").strip(),
                "%",
                f"test error of {group.label}, {_how_read(group, readout)}; mean of"
                f" {plural(group.chips, 'chip')} {bounds}".strip(),
            )
    return None


def _how_read(group: Group, readout: str) -> str:
    """What an error of a group trained in situ is the error of."""
    if readout == "energy":
        return "trained by forward passes and pulses, read out by goodness alone"
    if group.setup.learner == "ff":
        return "features learned by pulses, read by a digital softmax head"
    return "trained by forward passes and pulses, softmax read-out"


def _cheapest(groups: Sequence[Group]) -> Headline | None:
    ratios = sorted((_ratio(ff, bp), ff.label) for ff, bp in energy_ratios(groups))
    if not ratios:
        return None
    (least, cheapest), (most, dearest) = ratios[0], ratios[-1]
    low, high = f"{least:.2g}", f"{most:.2g}"
    words = "FF's energy for one training example over BP's on the same arrays"
    if low == high:
        return Headline(low, "×", f"{words} ({cheapest})")
    return Headline(f"{low}–{high}", "×", f"{words}, from {cheapest} to {dearest}")


def _kept(methods: Sequence[Method]) -> Headline | None:
    open_ones = [m for m in methods if not m.privileged and m.group.setup.method != "relearn"]
    for method in sorted(open_ones, key=lambda m: -_mean(m.interval("accuracy_kept"))):
        kept = method.interval("accuracy_kept")
        if kept is not None:
            return Headline(
                f"{100 * kept.mean:.1f}",
                "%",
                f"of the teacher's accuracy kept by its student, {method.label};"
                f" {plural(method.pairs, 'pair')} of chips",
            )
    return None


def _errors(groups: Sequence[Group], yield_error: float) -> list[str]:
    own = [g for g in groups if in_situ(g)]
    heads = [g for g in own if g.setup.learner == "ff"]
    others = [g for g in own if g.setup.learner != "ff"]
    floors = [g for g in groups if g.is_floor]
    digital = [g for g in groups if not (in_situ(g) or g.setup.privileged or g.is_floor)]
    privileged = [g for g in groups if g.setup.privileged and not g.is_floor]
    sentences = [
        _error("By forward passes and pulses, read out by goodness alone", own, "energy"),
        _error("With features learned by pulses, read by a digital softmax head", heads, "softmax"),
        _error("By forward passes and pulses, softmax read-out", others, "softmax"),
        _floor(floors),
        _error("With a digital number for every weight", digital),
        _error("With privileged access", privileged),
    ]
    if any(_hard_negatives(g) for g in own):
        sentences.append(
            "Where negatives are hard, the softmax head also chose the wrong labels shown in training."
        )
    return [*(s for s in sentences if s), *_yields(own, yield_error)]


def _error(name: str, groups: Sequence[Group], readout: str | None = None) -> str:
    """Mean errors by a read-out, or by each group's main one; empty where none was measured."""
    ranked = _ranked(groups, readout)
    if not ranked:
        return ""
    shown = ranked if len(ranked) <= _NAMED else [ranked[0], ranked[-1]]
    same = len({g.detail for g in shown}) == 1
    parts = [
        f"{percent_interval(_interval(g, readout))} on {g.hardware if same else g.label}"
        for g in shown
    ]
    by = f"{name}, {shown[0].detail}'s" if same else f"{name}, the"
    range_ = "" if shown is ranked else f" from the best to the worst of {len(ranked)}"
    return f"{by} mean test error is {listed(parts)}{range_}."


def _floor(groups: Sequence[Group]) -> str:
    """What a head makes of arrays that learned nothing; empty where none was tried."""
    ranked = _ranked(groups, "softmax")
    same = len({g.detail for g in ranked}) == 1
    parts = [
        f"{percent_interval(_interval(g, 'softmax'))} on {g.hardware if same else g.label}"
        for g in ranked
    ]
    words = "The floor to beat, untrained arrays with a trained head"
    return f"{words}: {listed(parts)}." if parts else ""


def _yields(groups: Sequence[Group], yield_error: float) -> list[str]:
    """How many chips trained in situ are good, by each read-out."""
    found = {
        readout: [
            error
            for g in groups
            if on_devices(g)
            for error in g.chip_means(f"test_error_{readout}").values()
        ]
        for readout in ("energy", "softmax")
    }
    words = {
        "energy": "when read out by goodness alone",
        "softmax": "when read by a softmax read-out in digital memory",
    }
    parts = [
        f"{sum(error <= yield_error for error in chips)} of {plural(len(chips), 'chip')}"
        f" {words[readout]}"
        for readout, chips in found.items()
        if chips
    ]
    if not parts:
        return []
    return [
        "Of the chips trained by forward passes and pulses on analog devices, at most"
        f" {100 * yield_error:g} % of the test images are taken for a wrong class by {listed(parts)}."
    ]


def _hard_negatives(group: Group) -> bool:
    settings = json.loads(group.setup.spec).get("settings", {})
    return bool(settings.get("negatives") == "hard")


def _energies(groups: Sequence[Group]) -> list[str]:
    sentences = []
    first = {
        (ff.hardware, ff.setup.activities): (ff, bp) for ff, bp in reversed(energy_ratios(groups))
    }
    for ff, bp in [*first.values()][::-1][:_NAMED]:
        ours, theirs = ff.band("energy_per_example_j"), bp.band("energy_per_example_j")
        assert ours is not None
        assert theirs is not None
        ends = ""
        if ours.low is not None and theirs.low and ours.high is not None and theirs.high:
            low, high = ours.low / theirs.low, ours.high / theirs.high
            ends = f" ({low:.2g} times with all prices low, {high:.2g} with all high)"
        sentences.append(
            f"On {ff.hardware}, training on one example takes {ff.detail} {joules_band(ours)} and"
            f" {bp.detail} {joules_band(theirs)}: {_ratio(ff, bp):.2g} times as much{ends}."
        )
    return sentences


def _transfers(methods: Sequence[Method]) -> list[str]:
    sentences = []
    for method in methods:
        kept, agreed = method.interval("accuracy_kept"), method.interval("agreement")
        base = method.interval("agreement_baseline")
        parts = []
        if kept is not None:
            parts.append(f"the student keeps {percent_interval(kept)} of the teacher's accuracy")
        if agreed is not None:
            alone = base is None or method.group.setup.method == "relearn"
            against = "" if alone else f", against {_percent(base)} had it learned from labels only"
            parts.append(f"both agree on {percent_interval(agreed)} of the test images{against}")
        if parts:
            label = method.label[:1].upper() + method.label[1:]
            sentences.append(f"{label}: {'; '.join(parts)}.")
    return sentences


def _ranked(groups: Sequence[Group], readout: str | None = None) -> list[Group]:
    """Groups with an error by a read-out, or by their main one, the least first."""
    known = [group for group in groups if _interval(group, readout)]
    return sorted(known, key=lambda g: _mean(_interval(g, readout)))


def _interval(group: Group, readout: str | None = None) -> Interval | None:
    name = readout or main_readout(group)
    return None if name is None else group.interval(f"test_error_{name}")


def _mean(interval: Interval | None) -> float:
    return float("-inf") if interval is None else interval.mean


def _percent(interval: Interval | None) -> str:
    return "—" if interval is None else percent(interval.mean)


def _ratio(ff: Group, bp: Group) -> float:
    ours, theirs = ff.band("energy_per_example_j"), bp.band("energy_per_example_j")
    assert ours is not None
    assert theirs is not None
    return ours.value / theirs.value if theirs.value else float("inf")
