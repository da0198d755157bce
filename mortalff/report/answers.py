"""What a study asked and what came out, in sentences with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mortalff.report.groups import Group
from mortalff.report.intervals import Interval
from mortalff.report.methods import Method
from mortalff.report.summary import main_errors, main_readout
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
    study: Study, groups: Sequence[Group], methods: Sequence[Method], yield_error: float
) -> Answers:
    """Put a study's results into words.

    Args:
        study: the study.
        groups: its training runs by setup.
        methods: its transfers by method.
        yield_error: greatest test error of a chip that counts as good.
    """
    headlines = [_best_chip(groups), _cheapest(groups), _kept(methods)]
    sentences = [*_errors(groups, yield_error), *_energies(groups), *_transfers(methods)]
    return Answers(
        _asked(study, groups, methods), tuple(h for h in headlines if h), tuple(sentences)
    )


def in_situ(group: Group) -> bool:
    """Whether training used inputs, outputs and pulses alone, and no digital number a weight."""
    return not group.setup.privileged and "digital_update" not in group.setup.needs.split(",")


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
    priced = [g for g in groups if g.band("energy_per_example_j")]
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
    best = _ranked([g for g in groups if in_situ(g) and on_devices(g)])[:1]
    for group in best:
        interval = _interval(group)
        value, _, bounds = percent_interval(interval).partition(" ")
        return Headline(
            value.removesuffix("%").strip(),
            "%",
            f"test error of {group.label}, trained by forward passes and pulses alone; mean of"
            f" {plural(group.chips, 'chip')} {bounds}".strip(),
        )
    return None


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
    sentences = []
    for name, chosen in (
        ("With forward passes and pulses alone", [g for g in groups if in_situ(g)]),
        ("With a digital number for every weight", [g for g in groups if not in_situ(g)
                                                    and not g.setup.privileged]),
        ("With privileged access", [g for g in groups if g.setup.privileged]),
    ):  # fmt: skip
        ranked = _ranked(chosen)
        if not ranked:
            continue
        shown = ranked if len(ranked) <= _NAMED else [ranked[0], ranked[-1]]
        same = len({g.detail for g in shown}) == 1
        parts = [
            f"{percent_interval(_interval(g))} on {g.hardware if same else g.label}" for g in shown
        ]
        by = f"{name}, {shown[0].detail}'s" if same else f"{name}, the"
        range_ = "" if shown is ranked else f" from the best to the worst of {len(ranked)}"
        sentences.append(f"{by} mean test error is {listed(parts)}{range_}.")
    chips = [error for g in groups if in_situ(g) and on_devices(g) for error in main_errors(g)]
    if chips:
        good = sum(error <= yield_error for error in chips)
        sentences.append(
            f"Of {plural(len(chips), 'chip')} trained by forward passes and pulses on analog"
            f" devices, {good} err on at most {100 * yield_error:g} % of the test images."
        )
    return sentences


def _energies(groups: Sequence[Group]) -> list[str]:
    sentences = []
    for ff, bp in energy_ratios(groups)[:_NAMED]:
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


def _ranked(groups: Sequence[Group]) -> list[Group]:
    known = [group for group in groups if main_readout(group)]
    return sorted(known, key=lambda g: _mean(_interval(g)))


def _interval(group: Group) -> Interval | None:
    readout = main_readout(group)
    return None if readout is None else group.interval(f"test_error_{readout}")


def _mean(interval: Interval | None) -> float:
    return float("-inf") if interval is None else interval.mean


def _percent(interval: Interval | None) -> str:
    return "—" if interval is None else percent(interval.mean)


def _ratio(ff: Group, bp: Group) -> float:
    ours, theirs = ff.band("energy_per_example_j"), bp.band("energy_per_example_j")
    assert ours is not None
    assert theirs is not None
    return ours.value / theirs.value if theirs.value else float("inf")
