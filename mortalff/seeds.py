"""Named streams of randomness, each with a key of its own.

Every source of randomness in a run (how a chip was made, the noise of its reads, the order of the data) has a name.
Its key is a hash of the root seed, the place it is used (a layer, say), its name and the chip, so a chip's numbers
depend neither on the chips simulated beside it nor on the order in which things run, and one source can be held while
the others vary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mortalff.errors import InputError, message, nearest

STREAMS: Mapping[str, str] = MappingProxyType(
    {
        "fabrication": "device-to-device variation: bounds, step sizes, drift exponents",
        "faults": "which devices are broken, and when others fail",
        "initial": "the state in which a chip leaves the fab",
        "read_noise": "noise of each read: inputs, outputs, weights",
        "device_noise": "each device's own slow noise when it is read",
        "pulse_noise": "cycle-to-cycle variation of each pulse's effect",
        "pulse_trains": "which slots of stochastic pulse trains fire",
        "write_noise": "the visible weight's scatter about the state a pulse left",
        "resets": "the state that a reset leaves a device in",
        "ageing": "what time does by chance: relaxation, diffusion",
        "programming": "scatter of the visible weight about what was programmed",
        "black_box": "parameters of unknown stages between layers",
        "data_order": "the order in which a learner sees its examples",
        "negatives": "labels and masks of negative data",
        "augmentation": "shifts of images",
        "learner": "a learner's own random numbers: feedback matrices, perturbations",
    }
)
"""Each stream's name and what it feeds."""


@dataclass(frozen=True)
class Seeds:
    """A root seed, from which the key of every named stream is derived.

    Args:
        root: any integer; the seed of every stream not held.
        held: stream name → seed, for streams that keep their own seed while the root varies.
        path: where in the simulation this is (layer names); part of every key.
    """

    root: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    path: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the names of the held streams."""
        for name in self.held:
            _check(name)

    @classmethod
    def of(cls, seed: int | Seeds) -> Seeds:
        """``seed`` itself where it is a ``Seeds``, else one with that root."""
        return seed if isinstance(seed, Seeds) else cls(root=int(seed))

    def child(self, name: str) -> Seeds:
        """The seeds of a part (a layer, a stage) of what these seeds are for."""
        return Seeds(self.root, self.held, (*self.path, name))

    def key(self, stream: str, chip: int | None = None, step: int | None = None) -> int:
        """The 64-bit key of one stream.

        Args:
            stream: a name in :data:`STREAMS`.
            chip: the chip's number, for streams that each chip has of its own.
            step: an epoch or other index, for streams drawn anew at each.

        Raises:
            InputError: there is no stream of that name.
        """
        _check(stream)
        root = self.held.get(stream, self.root)
        words = (str(root), *self.path, stream, str(chip), str(step))
        digest = hashlib.blake2b("\x1f".join(words).encode(), digest_size=8, person=b"mortalff")
        return int.from_bytes(digest.digest(), "little")


def _check(stream: str) -> None:
    if stream not in STREAMS:
        raise InputError(
            message("stream", stream, "there is no such stream", nearest(stream, STREAMS))
        )
