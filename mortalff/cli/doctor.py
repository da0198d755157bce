"""``mortalff doctor``: what works on this machine."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mortalff.doctor import OPTIONAL, diagnose, works

_STYLES = {"ok": "green", "missing": "yellow", "broken": "red"}


def doctor() -> int:
    """Try everything that mortalff uses, and print what works.

    Returns:
        The exit code: 0 where everything works that is needed, 1 otherwise. aihwkit, a GPU, a
        compiler and data from files may be absent.
    """
    console = Console()
    with Console(stderr=True).status("trying each part"):
        checks = diagnose()
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("part", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("found", overflow="fold")
    for check in checks:
        found = Text(check.detail)
        if check.hint:
            found.append(f"\n{check.hint}", style="italic")
        name = f"{check.name} (optional)" if check.name in OPTIONAL else check.name
        table.add_row(name, Text(check.status, style=_STYLES[check.status]), found)
    console.print(table)
    absent = [check.name for check in checks if check.status != "ok"]
    if not works(checks):
        needed = ", ".join(name for name in absent if name not in OPTIONAL)
        console.print(f"mortalff does not work here: mend {needed}.")
        return 1
    without = f", but for what needs {', '.join(absent)}" if absent else ""
    console.print(f"Everything works{without}.")
    return 0
