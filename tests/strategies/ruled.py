"""A distribution with a learner that sets itself from a card, another with a network of its own, and a scheme."""

from __future__ import annotations

from pathlib import Path

_MODULE = '''
"""Learners and a scheme as another laboratory might write them."""

from typing import ClassVar

from pydantic import Field

from mortalff.hardware.scheme import Scheme
from mortalff.learners.bp import BP
from mortalff.learners.from_card import FromCard


class Renamed(Scheme):
    """One array, but another one than the plain scheme's."""

    name: ClassVar[str] = "renamed"
    part: str = "other"
    share: float = Field(default=0.5, gt=0, description="unused")

    def wrap(self, make):
        return make(self.part)


class Ruled(BP):
    """Sets its rate from the step of the card's devices, and the scheme from whether there are devices."""

    name = "ruled"

    @classmethod
    def from_card(cls, card, task, given, scheme=None):
        if task.hidden == (13,):
            return FromCard({"lr": -1.0})
        if card.device is None:
            return FromCard({"lr": 0.5 / task.n_in})
        batch = given.get("batch", 50)
        settings = {"lr": 10 * float(card.device.dw_min), "batch": batch // task.epochs}
        return FromCard(settings, None if scheme is not None else Renamed(part="ruled"))


class Narrowing(BP):
    """Builds a network of its own: one hidden layer, whatever is asked for."""

    name = "narrowing"

    @classmethod
    def build(cls, arrays, image_shape, hidden, n_classes, settings):
        return super().build(arrays, image_shape, hidden[:1], n_classes, settings)
'''

_POINTS = """\
[mortalff.learners]
ruled = ruled_lab:Ruled
narrowing = ruled_lab:Narrowing
[mortalff.schemes]
renamed = ruled_lab:Renamed
no_scheme = ruled_lab:Ruled
"""


def install_ruled(folder: Path) -> None:
    """Make a folder into what the installed distribution looks like."""
    info = folder / "ruled_lab-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ruled-lab\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(_POINTS)
    (folder / "ruled_lab.py").write_text(_MODULE, encoding="utf-8")
