"""What the README shows runs as it stands there, one piece after another."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_python_examples_run() -> None:
    pieces = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(pieces) >= 2
    names: dict[str, object] = {}
    for piece in pieces:
        exec(compile(piece.replace("epochs=15", "epochs=1"), str(README), "exec"), names)
    assert "chips" in names


def test_the_cards_it_lists_are_those_there_are() -> None:
    text = README.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"\w+", row)}
    there = {path.parent.name for path in README.parent.glob("device_models/*/card.toml")}
    assert listed == there
