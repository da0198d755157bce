"""A fit in words: for the terminal, and for the file beside the card."""

from __future__ import annotations

from mortalff.cards import Card
from mortalff.fitting.card_numbers import LEVEL, UNTOLD
from mortalff.fitting.fit_laws import Verdict
from mortalff.fitting.goodness_of_fit import SIGNIFICANCE
from mortalff.fitting.held_out import ERRORS, FOLDS, LEAST
from mortalff.fitting.pulse_file import PulseFile
from mortalff.fitting.readings import Readings


def table_of_laws(verdict: Verdict, readings: Readings) -> str:
    """Held-out log-likelihood of every law, a pulse, as a table of plain text."""
    best, pulses = verdict.laws[0].score, readings.pulses
    names = [law.fitted.model.name for law in verdict.laws]
    width = max(map(len, names))
    head = "held-out log-likelihood a pulse"
    lines = [f"{'law':<{width}}  {head:>31}  behind the best, ± s.e.  numbers"]
    for law, name in zip(verdict.laws, names, strict=True):
        worse, error = law.score.behind(best)
        behind = f"{worse / pulses:.5f} ± {error / pulses:.5f}"
        mark = " <- taken" if law is verdict.chosen else ""
        lines.append(
            f"{name:<{width}}  {law.score.total / pulses:>31.5f}  {behind:>23}"
            f"  {law.fitted.model.complexity:>7}{mark}"
        )
    return "\n".join(lines)


def verdict_text(verdict: Verdict) -> str:
    """Which law is taken, and whether it fits."""
    name = verdict.chosen.fitted.model.name
    why = (
        f"{name} is taken: the fewest numbers of those within {ERRORS:g} standard error of the best,"
        f" or {LEAST:g} in all ({FOLDS} folds of devices)."
    )
    failed = [check for check in verdict.checks if not check.passed]
    lines = [why]
    if not verdict.chosen.fitted.converged:
        lines.append("Its fit was still moving when it was stopped; intervals may be too narrow.")
    if failed:
        lines.append(f"No law fits. The best, {name}, fails {len(failed)} of its checks:")
        lines += [f"  {check.name}: {check.found}" for check in failed]
    else:
        lines.append(f"It passes all {len(verdict.checks)} checks of its residuals.")
    for share, bound in zip(verdict.numbers.reached, ("upper", "lower"), strict=True):
        if share < 0.5:
            lines.append(
                f"Only {share:.0%} of the devices tell their {bound} bound; what the others' are is"
                f" {'not known' if share < UNTOLD else 'inferred from those'}."
            )
    return "\n".join(lines)


def provenance_text(verdict: Verdict, file: PulseFile, card: Card, version: str) -> str:
    """``provenance.md`` of a fitted card."""
    readings = file.readings
    scale = "The file holds weights, which were taken as they are."
    if file.g_min_siemens is not None:
        scale = (
            "A conductance G is the weight 2 (G − g_min)/(g_max − g_min) − 1, with"
            f" g_min = {file.g_min_siemens:.6g} S and g_max = {file.g_max_siemens:.6g} S."
        )
    rows = [
        f"| `{key}` | {entry.value:.5g} | {_end(entry.low)} | {_end(entry.high)} |"
        for key, entry in verdict.numbers.numbers.items()
    ]
    checks = [
        f"| {check.name} | {'passed' if check.passed else '**failed**'} | {check.found} |"
        for check in verdict.checks
    ]
    caveats = [f"- {caveat}" for caveat in card.provenance.caveats]
    title = (
        ""
        if verdict.fits
        else "\n**No law fits these devices; the card was written all the same.**\n"
    )
    return "\n".join(
        [
            f"# {card.name}",
            title,
            f"Fitted by mortalff {version} to `measured.csv` (a copy of {file.path.name},"
            f" sha256 `{file.sha256}`):"
            f" {len(readings.devices)} devices, {readings.pulses} pulses. {scale}",
            "",
            "![measured and simulated](curves.png)",
            "",
            "## Law",
            "",
            "Each law was fitted to all devices with its spreads between devices, hidden weights read with"
            " noise; then scored on devices that were held out, by the likelihood of their readings with"
            " their own parameters integrated out.",
            "",
            "```",
            table_of_laws(verdict, readings),
            "```",
            "",
            verdict_text(verdict).replace("\n", "\n\n"),
            "",
            "![laws](laws.png)",
            "",
            "## Numbers",
            "",
            f"Intervals: {LEVEL:.0%}, percentile bootstrap over devices, {verdict.numbers.resamples} resamples, seed"
            f" {verdict.numbers.seed}, widened for few devices. Estimation error is taken off the spreads.",
            "",
            "| number | value | low | high |",
            "|---|---|---|---|",
            *rows,
            "",
            "![steps](steps.png)",
            "",
            "## Does the law fit?",
            "",
            "z is what a reading differs from its expectation, over the spread that the law gives it. A"
            f" check fails where the departure is significant (p < {SIGNIFICANCE:g}, shared out) and large.",
            "",
            "| check | | found |",
            "|---|---|---|",
            *checks,
            "",
            "![residuals](residuals.png)",
            "",
            "## Caveats",
            "",
            *caveats,
            "",
        ]
    )


def _end(value: float | None) -> str:
    return "not bounded" if value is None else f"{value:.5g}"
