"""How a layer's weights are held and updated: by one array, or by several that act as one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from mortalff.hardware.base import Hardware


class MakeArray(Protocol):
    """Makes arrays of one layer's shape, all on the same chips."""

    def __call__(self, part: str = "", *, w_init_std: float | None = None) -> Hardware:
        """An array.

        Args:
            part: its name among the layer's arrays, which its random numbers depend on; the one without a name is
                the array that the layer has where no scheme is chosen.
            w_init_std: spread of its initial weights; by default that of the layer's.
        """
        ...


class Scheme(BaseModel, ABC):
    """A way to hold a layer's weights. What it can be told are its fields.

    Attributes:
        name: short name, as in study files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: ClassVar[str]

    @abstractmethod
    def wrap(self, make: MakeArray) -> Hardware:
        """The hardware that a layer is given, of the shape and on the chips of what ``make`` makes."""


class Plain(Scheme):
    """One array, which reads and pulses go to alike."""

    name: ClassVar[str] = "plain"

    def wrap(self, make: MakeArray) -> Hardware:
        """The array itself."""
        return make()
