"""Error over training, a panel for each hardware."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.lines import Line2D

from mortalff.report import style
from mortalff.report.axes import epoch_axis, error_axis
from mortalff.report.curves import draw_curves, ends, points, when
from mortalff.report.drawing import Drawing, Missing
from mortalff.report.groups import READOUTS, Group, group_trials
from mortalff.report.names import learner_name
from mortalff.report.panels import panel_grid, panel_title
from mortalff.report.text import hundredths, percent, span
from mortalff.report.trials import Study

NAME = "learning_curves"
TITLE = "Learning curves"

_METRICS = tuple(f"error_{readout}" for readout in READOUTS)


def draw(study: Study) -> Drawing | Missing:
    """A thin line for each chip, a thick one for the mean; both read-outs where there are two."""
    groups = group_trials(study.of_kind("train"))
    metrics = [m for m in _METRICS if any(_has(g, m) for g in groups)]
    on = "test images"
    if not metrics and any(_has(g, "error_training") for g in groups):
        metrics, on = ["error_training"], "training images"
    groups = tuple(g for g in groups if any(_has(g, m) for m in metrics))
    if not groups:
        reason = "No run in the store has an error by epoch (error_softmax or error_energy)."
        return Missing(NAME, TITLE, reason)
    contexts = list(dict.fromkeys(g.context for g in groups))
    colours = style.learner_colours(g.setup.learner for g in groups)
    members = [[g for g in groups if g.context == name] for name in contexts]
    figure, panels = panel_grid(
        [
            f"{panel_title(name)}\nn = {span([g.chips for g in here])}"
            for name, here in zip(contexts, members, strict=True)
        ]
    )
    every = [v for g in groups for m in metrics for t in g.trials for v in points(t, m)[1]]
    epochs = [e for g in groups for m in metrics for t in g.trials for e in points(t, m)[0]]
    for axes, here in zip(panels, members, strict=True):
        error_axis(axes, "y", every)
        epoch_axis(axes, epochs)
        for group in here:
            for metric in metrics:
                draw_curves(axes, group, metric, colours[group.setup.learner], _line(metric))
    log = panels[0].get_yscale() == "log"
    figure.supylabel(f"error on {on}, %" + (" (log scale)" if log else ""), fontsize=9)
    figure.supxlabel("epoch", fontsize=9)
    figure.legend(handles=_keys(colours, metrics), loc="outside upper left", ncols=4)
    return Drawing(NAME, TITLE, _caption(groups, metrics, on), _alt(groups, metrics), figure)


def _has(group: Group, metric: str) -> bool:
    return any(trial.curve(metric) for trial in group.trials)


def _line(metric: str) -> style.Line:
    readout = metric.removeprefix("error_")
    return style.READOUT_STYLES[readout].line if readout in style.READOUT_STYLES else "-"


def _keys(colours: dict[str, str], metrics: Sequence[str]) -> list[Line2D]:
    keys = [
        Line2D([], [], color=colour, linewidth=2.0, label=learner_name(learner))
        for learner, colour in colours.items()
    ]
    if len(metrics) > 1:
        keys += [
            Line2D([], [], color=style.INK, linewidth=1.6, linestyle=_line(metric),
                   label=f"{metric.removeprefix('error_')} read-out")
            for metric in metrics
        ]  # fmt: skip
    return keys


def _caption(groups: Sequence[Group], metrics: Sequence[str], on: str) -> str:
    chips = span([g.chips for g in groups])
    readouts = [m.removeprefix("error_") for m in metrics if m != "error_training"]
    by = f" by the {' and the '.join(readouts)} read-out" if readouts else ""
    return (
        f"Share of {on} taken for the wrong class{by}, measured {when(groups, metrics)}. Thin line:"
        f" one chip; thick line: mean over chips; n = {chips} chips a panel. No interval is drawn: every chip is."
    )


def _alt(groups: Sequence[Group], metrics: Sequence[str]) -> str:
    parts = []
    for group in groups:
        for metric in metrics:
            two = ends(group, metric)
            if two is not None:
                first, last = two
                name = metric.removeprefix("error_")
                parts.append(
                    f"{group.label}, {name}: {percent(first[1])} after epoch {hundredths(first[0])},"
                    f" {percent(last[1])} after epoch {hundredths(last[0])}"
                )
    return "Learning curves, mean over chips. " + "; ".join(parts) + "."
