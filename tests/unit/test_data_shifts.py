"""Images moved by whole pixels."""

from __future__ import annotations

import pytest
import torch
from scipy import ndimage

from mortalff.data.shifts import shift_images
from mortalff.errors import InputError


def draw(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("shape", [(28, 28, 1), (5, 7, 3)])
def test_each_image_moves_by_its_own_shift(shape: tuple[int, int, int]) -> None:
    reach = torch.arange(-2, 3)
    dy, dx = (axis.flatten() for axis in torch.meshgrid(reach, reach, indexing="ij"))
    images = draw(25, shape[0] * shape[1] * shape[2])
    moved = shift_images(images, dy, dx, shape)
    for image, shifted, down, right in zip(images, moved, dy, dx, strict=True):
        expected = ndimage.shift(
            image.reshape(shape).numpy(), (int(down), int(right), 0), order=0, mode="constant"
        )
        assert torch.equal(shifted.reshape(shape), torch.from_numpy(expected))


def test_down_and_right_are_positive_and_zeros_come_in() -> None:
    image = torch.arange(1.0, 7.0).reshape(1, 6)  # 1 2 3 above 4 5 6
    moved = shift_images(image, torch.tensor([1]), torch.tensor([-1]), (2, 3, 1))
    assert moved.tolist() == [[0, 0, 0, 2, 3, 0]]
    gone = shift_images(image, torch.tensor([2]), torch.tensor([0]), (2, 3, 1))
    assert gone.tolist() == [[0] * 6]
    still = shift_images(image, torch.tensor([0]), torch.tensor([0]), (2, 3, 1))
    assert torch.equal(still, image)


def test_chips_may_move_the_same_images_differently() -> None:
    images = draw(4, 30)
    dy, dx = torch.tensor([[0, 1, 2, -2], [1, 1, -1, 0]]), torch.tensor([0, -1, 2, 1])
    moved = shift_images(images, dy, dx, (5, 6, 1))
    assert moved.shape == (2, 4, 30)
    for chip in range(2):
        assert torch.equal(moved[chip], shift_images(images, dy[chip], dx, (5, 6, 1)))


def test_what_cannot_be_moved_is_an_error() -> None:
    none = torch.zeros(2, dtype=torch.int64)
    with pytest.raises(InputError, match=r"images: got '30 features'; .* have 25"):
        shift_images(draw(2, 30), none, none, (5, 5, 1))
    with pytest.raises(InputError, match=r"dx: got torch.float32; .* whole numbers"):
        shift_images(draw(2, 30), none, none.float(), (5, 6, 1))
