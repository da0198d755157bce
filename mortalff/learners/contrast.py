"""What FF holds against what: how positive and negative data are made of examples.

``label``: an image with its label in the first pixels against the same image with a wrong one (Hinton 2022, section
3.3).
``hybrid``: an image against a mixture of two, alike in short-range correlations alone (section 3.2); needs no labels.
``pairs``: an image added to itself against an image added to another (SCFF, arXiv 2409.11593); needs no labels.
``next_symbol``: a window of symbols that ends with what really came next against one that ends with something else
(section 3.4).
"""

from __future__ import annotations

from typing import Literal, Protocol

import torch
from torch import Tensor

from mortalff.data.hybrid import hybrid, hybrid_masks, mask_operations
from mortalff.learners.image_shape import image_shape
from mortalff.networks.label import check_label_pixels, embed_label, embed_neutral
from mortalff.streams import Stream

ContrastName = Literal["label", "hybrid", "pairs", "next_symbol"]

_PARTNER_OPERATIONS = 2  # a number drawn, and scaled to a place in the batch


class Contrast(Protocol):
    """A way to make positive and negative data.

    Attributes:
        with_classes: whether a class is part of the data, so that goodness under each class predicts, and wrong classes
            make negative data.
        operations: digital operations that making one vector of negative data takes; none where its pixels are only
            put in their places.
    """

    with_classes: bool
    operations: int

    def positive(self, images: Tensor, targets: Tensor) -> Tensor:
        """Real data (..., batch, n_in) of images (batch, n_in) and class probabilities (1 or chips, batch, classes)."""
        ...

    def negative(self, images: Tensor, classes: Tensor, draws: Stream) -> Tensor:
        """Data (..., batch, n_in) that should not look real.

        Args:
            images: (batch, n_in).
            classes: wrong classes (chips, batch), int64; of no use where there are none in the data.
            draws: where randomness comes from.
        """
        ...

    def neutral(self, images: Tensor) -> Tensor:
        """What a read-out of the features is given, (batch, n_in)."""
        ...


class LabelContrast:
    """Right and wrong labels in the first pixels."""

    with_classes = True
    operations = 0

    def __init__(self, n_in: int, n_classes: int) -> None:
        check_label_pixels(n_in, n_classes)
        self._n_classes = n_classes

    def positive(self, images: Tensor, targets: Tensor) -> Tensor:
        """With the true label, or a teacher's probabilities."""
        return embed_label(images, targets, self._n_classes)

    def negative(self, images: Tensor, classes: Tensor, draws: Stream) -> Tensor:
        """With a wrong label."""
        del draws
        return embed_label(images, classes, self._n_classes)

    def neutral(self, images: Tensor) -> Tensor:
        """With 1/classes in each label pixel."""
        return embed_neutral(images, self._n_classes)


class HybridContrast:
    """Images and mixtures of two, each chip its own.

    A mixture takes 26 operations a pixel for its mask (:func:`mortalff.data.hybrid.mask_operations`), one a number to
    choose by it, whatever the planes, and two to draw a partner.
    """

    with_classes = False

    def __init__(self, n_in: int) -> None:
        self._shape = height, width, _ = image_shape(n_in)
        self.operations = height * width * mask_operations() + n_in + _PARTNER_OPERATIONS

    def positive(self, images: Tensor, targets: Tensor) -> Tensor:
        """Images as they are."""
        del targets
        return images

    def negative(self, images: Tensor, classes: Tensor, draws: Stream) -> Tensor:
        """Each image where a mask of blobs is 1, and another of the batch where it is 0."""
        del classes
        height, width, _ = self._shape
        batch = images.shape[0]
        partners = images[_partners(draws, batch)]
        return hybrid(images, partners, hybrid_masks(draws.uniform(batch, height, width)))

    def neutral(self, images: Tensor) -> Tensor:
        """Images as they are."""
        return images


class PairContrast:
    """Images added to themselves and to others; normalisation takes the factor of 2 out again.

    A sum of two takes an operation a number, and two to draw a partner; twice an image is wiring.
    """

    with_classes = False

    def __init__(self, n_in: int) -> None:
        self.operations = n_in + _PARTNER_OPERATIONS

    def positive(self, images: Tensor, targets: Tensor) -> Tensor:
        """Twice the image."""
        del targets
        return 2.0 * images

    def negative(self, images: Tensor, classes: Tensor, draws: Stream) -> Tensor:
        """Each image and another of the batch."""
        del classes
        return images + images[_partners(draws, images.shape[0])]

    def neutral(self, images: Tensor) -> Tensor:
        """Twice the image."""
        return 2.0 * images


class NextSymbolContrast:
    """Windows of one-hot symbols: the oldest goes, and the next, real or not, comes in at the end."""

    with_classes = True
    operations = 0

    def __init__(self, n_in: int, n_classes: int) -> None:
        check_label_pixels(n_in, n_classes)
        self._n_symbols = n_classes

    def positive(self, images: Tensor, targets: Tensor) -> Tensor:
        """With the symbol that came."""
        return self._shifted(images, targets)

    def negative(self, images: Tensor, classes: Tensor, draws: Stream) -> Tensor:
        """With a symbol that did not."""
        del draws
        hot = torch.nn.functional.one_hot(classes, self._n_symbols)
        return self._shifted(images, hot.to(images.dtype))

    def neutral(self, images: Tensor) -> Tensor:
        """The window as it is."""
        return images

    def _shifted(self, images: Tensor, symbol: Tensor) -> Tensor:
        rest = images[..., self._n_symbols :]
        return torch.cat((rest.expand(*symbol.shape[:-1], -1), symbol), dim=-1)


def contrast_of(name: ContrastName, n_in: int, n_classes: int) -> Contrast:
    """The contrast of a name.

    Raises:
        InputError: the inputs have no room for it: too few for a label, or no image.
    """
    if name == "label":
        return LabelContrast(n_in, n_classes)
    if name == "hybrid":
        return HybridContrast(n_in)
    if name == "pairs":
        return PairContrast(n_in)
    return NextSymbolContrast(n_in, n_classes)


def _partners(draws: Stream, batch: int) -> Tensor:
    """For each example another of the batch, (chips, batch): at a random distance, so itself only where it is alone."""
    distance = (draws.uniform(batch) * (batch - 1)).to(torch.int64).clamp_max(max(batch - 2, 0))
    return (torch.arange(batch, device=distance.device) + 1 + distance) % batch
