"""A progress bar for pooch, shown by rich."""

from __future__ import annotations

from rich.progress import Progress, TaskID


class DownloadBar:
    """A rich progress task with the methods that pooch calls on a progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._total = 0

    @property
    def total(self) -> int:
        """The bytes to come; 0 where the server does not say."""
        return self._total

    @total.setter
    def total(self, n_bytes: int) -> None:
        self._total = n_bytes
        self._progress.reset(self._task, total=n_bytes or None)

    def update(self, n_bytes: int) -> None:
        """So many bytes more have come."""
        self._progress.advance(self._task, n_bytes)

    def reset(self) -> None:
        """None has come so far."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Nothing to do: the display that holds the task closes it."""
