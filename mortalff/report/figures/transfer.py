"""Transfer: what students make of their teachers, by method, every pair of chips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mortalff.report import style
from mortalff.report.axes import blank, error_axis, percent_ticks, spread
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.methods import Method, methods_of
from mortalff.report.text import in_lines, listed, percent, percent_interval, plural, span
from mortalff.report.trials import Study

NAME = "transfer"
TITLE = "Transfer from one chip to another"

_COLOURS = (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.SKY, style.YELLOW)
_ROW_IN = 0.62

_Looks = Mapping[str, tuple[str, str]]  # label of a method → colour, marker


def draw(study: Study) -> Drawing | Missing:
    """Left: student against teacher error. Right: agreement, with that of an untaught pair."""
    methods = methods_of(study)
    if not any(m.pairs_of("student_error") or m.pairs_of("agreement") for m in methods):
        reason = (
            "No run in the store is a transfer with student_error or agreement; add a transfer"
            " block to the study file."
        )
        return Missing(NAME, TITLE, reason)
    figure = Figure(figsize=(style.WIDTH, max(3.5, _ROW_IN * len(methods) + 1.5)))
    left, right = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
    looks = {
        m.label: (_COLOURS[i % len(_COLOURS)], style.MARKERS[i % len(style.MARKERS)])
        for i, m in enumerate(methods)
    }
    _errors(left, methods, looks)
    _agreement(right, methods, looks)
    keys = _keys(looks)
    columns = min(3, style.legend_columns(str(key.get_label()) for key in keys))
    figure.legend(handles=keys, loc="outside upper left", ncols=columns)
    return Drawing(NAME, TITLE, _caption(methods), _alt(methods), figure)


def _errors(axes: Axes, methods: Sequence[Method], looks: _Looks) -> None:
    pairs = {m.label: m.pairs_of("teacher_error", "student_error") for m in methods}
    teachers = [teacher for values in pairs.values() for teacher, _ in values]
    students = [student for values in pairs.values() for _, student in values]
    axes.set_title("Error")
    axes.set_xlabel("teacher's test error, %")
    if not teachers:
        axes.text(0.5, 0.5, "no teacher and student errors", ha="center", transform=axes.transAxes)
        return
    # Teachers differ by little: their axis is as wide as they are, so that no pair hides another.
    least, most = min(teachers), max(teachers)
    margin = max(0.12 * (most - least), 0.02 * most, 1e-4)
    error_axis(axes, "y", [*students, *teachers])
    axes.set_xlim(least - margin, most + margin)
    percent_ticks(axes.xaxis)
    ends = axes.get_xlim()
    axes.plot(ends, ends, color=style.INK, linewidth=0.9, linestyle=":")
    for label, values in pairs.items():
        colour, marker = looks[label]
        axes.scatter(
            [teacher for teacher, _ in values], [student for _, student in values],
            s=32, marker=marker, color=colour, edgecolors="white", linewidths=0.5, zorder=3,
        )  # fmt: skip
    log = " (log scale)" if axes.get_yscale() == "log" else ""
    axes.set_ylabel(f"student's test error, %{log}")


def _agreement(axes: Axes, methods: Sequence[Method], looks: _Looks) -> None:
    blank(axes.yaxis)
    metrics = ("agreement", "agreement_baseline")
    every = [value for m in methods for metric in metrics for (value,) in m.pairs_of(metric)]
    low, high = min(every, default=0.0), max(every, default=1.0)
    margin = max(0.06 * (high - low), 0.002)
    axes.set_xlim(low - margin, high + margin)
    percent_ticks(axes.xaxis)
    gap = (high - low + 2 * margin) / 36
    for row, method in enumerate(methods):
        colour, marker = looks[method.label]
        values = [value for (value,) in method.pairs_of("agreement")]
        baseline = [value for (value,) in method.pairs_of("agreement_baseline")]
        axes.scatter(
            values, [row - 0.12 + offset for offset in spread(values, gap, 0.09, 0.09)], s=30,
            marker=marker, color=colour, edgecolors="white", linewidths=0.5, zorder=3,
        )  # fmt: skip
        interval = method.interval("agreement")
        if interval is not None:
            if interval.low is not None and interval.high is not None:
                ends = [interval.low, interval.high]
                axes.plot(ends, [row + 0.12] * 2, color=colour, linewidth=1.4)
            axes.plot(interval.mean, row + 0.12, "|", color=colour, markersize=8,
                      markeredgewidth=2)  # fmt: skip
        axes.plot(baseline, [row + 0.29] * len(baseline), "|", color=style.QUIET, markersize=6)
        if row:
            axes.axhline(row - 0.45, color=style.RULE, linewidth=0.6)
    axes.set_ylim(len(methods) - 0.5, -0.45)
    names = [f"{in_lines(m.label, 20)},\nn = {len(m.trials)}" for m in methods]
    axes.set_yticks(range(len(methods)), names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("test images on which both agree, %")
    axes.set_title("Agreement of student and teacher")


def _keys(looks: _Looks) -> list[Line2D]:
    keys = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=marker,
            color=colour,
            markersize=5.5,
            label=in_lines(label, style.LEGEND_CHARACTERS),
        )
        for label, (colour, marker) in looks.items()
    ]
    return [
        *keys,
        Line2D([], [], color=style.INK, linewidth=1.4, marker="|", markersize=8, markeredgewidth=2,
               label="mean over pairs, 95 % interval"),
        Line2D([], [], linestyle="none", marker="|", color=style.QUIET, markersize=6,
               label="student taught by labels (baseline)"),
        Line2D([], [], color=style.INK, linewidth=0.9, linestyle=":", label="student as teacher"),
    ]  # fmt: skip


def _caption(methods: Sequence[Method]) -> str:
    closed = [m.label for m in methods if m.privileged]
    note = f" Privileged, since it looks inside the hardware: {listed(closed)}." if closed else ""
    return (
        "Each marker is one pair of chips, teacher and student;"
        f" n = {span([len(m.trials) for m in methods])} pairs a method. Left: test error of the"
        " student against its teacher's; on the dotted line nothing is lost. Right: share of test"
        " images that both put in the same class. Below the markers: mean over pairs with its 95 %"
        " bootstrap interval. Grey ticks: agreement of the same teachers with students that learned"
        " from labels alone, which a transfer of function must beat." + note
    )


def _alt(methods: Sequence[Method]) -> str:
    parts = []
    for m in methods:
        words = [plural(len(m.trials), "pair")]
        teacher, student = m.interval("teacher_error"), m.interval("student_error")
        if teacher is not None and student is not None:
            words.append(f"teacher {percent(teacher.mean)}, student {percent(student.mean)}")
        agreement, base = m.interval("agreement"), m.interval("agreement_baseline")
        if agreement is not None:
            words.append(f"agreement {percent_interval(agreement)}")
        if base is not None:
            words.append(f"baseline {percent(base.mean)}")
        parts.append(f"{m.label}: {', '.join(words)}")
    return "Student error against teacher error, and agreement. " + "; ".join(parts) + "."
