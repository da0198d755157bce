"""A progress bar for training: error, goodness and pulses so far."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from torch import Tensor

from mortalff.learners.history import EpochRecord
from mortalff.networks.network import Network

_EVERY = 10  # batches between updates of the figures


class TrainingBar:
    """Shows progress on standard error where that is a terminal, and nothing elsewhere."""

    def __init__(self, name: str, epochs: int, done: int, wanted: bool) -> None:
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._error = ""
        if wanted and sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=20),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[figures]}"),
                console=Console(stderr=True),
            )
            self._task = self._bar.add_task(name, total=epochs, completed=done, figures="")

    def __enter__(self) -> TrainingBar:
        """Start drawing."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        if self._bar is not None:
            self._bar.stop()

    def batch(
        self, epoch: int, number: int, total: int, measured: Mapping[str, Tensor], network: Network
    ) -> None:
        """A batch is done."""
        if self._bar is None or (number % _EVERY and number != total):
            return
        shown = [f"epoch {epoch + 1}"]
        shown += [
            f"{name.replace('_', ' ')} {float(value.mean()):.3g}"
            for name, value in measured.items()
            if name.startswith(("error", "goodness"))
        ][:3]
        shown.append(f"{float(network.counts['device_pulse'].mean()):.3g} pulses a chip")
        self._bar.update(
            self._task,
            completed=epoch + number / total,
            figures=", ".join(shown) + self._error,
        )

    def epoch(self, record: EpochRecord) -> None:
        """An epoch is done; keep its errors in sight."""
        errors = {n: v for n, v in record.measured.items() if n.startswith("error_")}
        if errors:
            shown = (f"{n[6:]} {100 * sum(v) / len(v):.2f} %" for n, v in errors.items())
            self._error = "; validation " + ", ".join(shown)
