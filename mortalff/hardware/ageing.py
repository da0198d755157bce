"""What time does to the devices of one array: drift, relaxation, diffusion, retention loss.

The state of a device that lies still is kept as it was when it last moved; what a read sees is worked out from how long
ago that was:

    seen = (rest + (w − rest) e^(−t/τ)) (t/t₀)^−ν + relaxation(t) + walk

so that nothing is lost to rounding in however many short times. Relaxation and walk do not carry a device past its
bounds. A device that moves is first brought to where time has taken it, and its clock restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from mortalff.cards import Time
from mortalff.physics.arrhenius import acceleration
from mortalff.physics.diffusion import diffusion_rates, diffusion_step
from mortalff.physics.drift import drift_factor
from mortalff.physics.relaxation import relaxation
from mortalff.physics.retention import lost_share, retained, time_constants
from mortalff.streams import Stream

DriftExponents = Callable[[Tensor], tuple[Tensor, Tensor]]
"""From weights to the mean and the spread of their drift exponents, where these depend on the state."""

_PLACE = 6  # of ageing in the stream of fabrication; sub 0 is the drift exponent
_TAU, _REST, _WALK = 1, 2, 3
_RELAX, _STEP, _NU = 0, 1, 2  # sub of each effect at an event's place in the stream of noise


class Ageing:
    """The clocks of an array's devices, and what they have done.

    Every restart of clocks and every passing of time has one place in the stream of noise, in which every effect has a
    place of its own.

    Args:
        time: the card's ``[time]``.
        fabrication: stream of device-to-device variation; its place is fixed, its calls stay as they are.
        noise: stream of relaxation and diffusion, this array's alone.
        n_out: rows of devices.
        n_in: columns of devices.
        device: torch device.
        bounds: lower and upper bound of each device, (chips, n_out, n_in); none by default.
        exponents: gives the drift exponents that devices get when they move or are programmed, |mean + spread ξ|, in
            place of those they were made with.
    """

    def __init__(
        self,
        time: Time,
        fabrication: Stream,
        noise: Stream,
        n_out: int,
        n_in: int,
        device: torch.device,
        *,
        bounds: tuple[Tensor, Tensor] | None = None,
        exponents: DriftExponents | None = None,
    ) -> None:
        self._time, self._noise, self._shape, self._device = time, noise, (n_out, n_in), device
        self._bounds, self._exponents = bounds, exponents
        self._speed = self._acceleration(float(time.temperature_k))
        full = (len(noise.keys), n_out, n_in)

        def xi(sub: int) -> Tensor:
            return fabrication.normal(n_out, n_in, call=_PLACE, sub=sub)

        self._nu: Tensor | None = None
        if float(time.drift_nu) > 0.0 or float(time.drift_nu_dtod) > 0.0:
            self._nu = float(time.drift_nu) + float(time.drift_nu_dtod) * xi(0)
        self._tau_s: Tensor | float | None = None
        self._rest = torch.tensor(float(time.retention_rest), device=device)
        if time.retention_tau_s is not None:
            tau_s, dtod = float(time.retention_tau_s), float(time.retention_tau_dtod)
            self._tau_s = time_constants(tau_s, dtod, xi(_TAU)) if dtod else tau_s
            if dtod := float(time.retention_rest_dtod):
                self._rest = self._rest + dtod * xi(_REST)
        walk, dtod = float(time.diffusion_std), float(time.diffusion_dtod)
        self._walk_std = diffusion_rates(walk, dtod, xi(_WALK)) if walk and dtod else walk
        rates = (time.relaxation_mean, time.relaxation_std, time.relaxation_std_rate)
        relaxes = any(float(rate) != 0.0 for rate in rates)
        drifts = self._nu is not None or exponents is not None
        self._now: dict[str, Tensor] = {}  # all that changes
        if relaxes or drifts or self._tau_s is not None:
            # In double precision, so that years and nanoseconds add up.
            self._now["now_s"] = torch.zeros(full[0], 1, 1, dtype=torch.float64, device=device)
            self._now["moved_at_s"] = torch.zeros(full, dtype=torch.float64, device=device)
        if walk:
            self._now["walk"] = torch.zeros(full, device=device)
        if exponents is not None:
            self._now["nu"] = torch.zeros(full, device=device)
            if self._nu is not None:
                self._now["nu"] += self._nu
        place = noise.next_call() if self._now else 0
        if relaxes:
            self._now["relaxation_xi"] = noise.normal(n_out, n_in, call=place, sub=_RELAX)
        self._still: Tensor | None = None
        self._lost: Tensor | None = None  # by retention loss,
        self._factor: Tensor | None = None  # of drift, and
        self._shift: Tensor | None = None  # of relaxation and walk: worked out when asked for
        self._known = False

    @property
    def active(self) -> bool:
        """Whether anything ages, so that moves and times must be told."""
        return bool(self._now)

    @property
    def drift_exponents(self) -> Tensor | None:
        """Each device's drift exponent, (chips, n_out, n_in), a copy; None without drift."""
        nu = self._now.get("nu", self._nu)
        return None if nu is None else nu.clone()

    def aged(self, w: Tensor) -> Tensor:
        """What a read sees now of weights as moves left them; ``w`` itself where nothing ages.

        Args:
            w: hidden or visible weights, (chips, n_out, n_in).
        """
        if not self.active:
            return w
        if not self._known:
            self._work_out()
        seen = w
        if self._lost is not None:
            seen = retained(seen, self._lost, self._rest)
        if self._factor is not None:
            seen = seen * self._factor
        if self._shift is not None:
            before, seen = seen, seen + self._shift
            if self._bounds is not None:
                low, high = self._bounds
                seen.clamp_(torch.minimum(low, before), torch.maximum(high, before))
        if self._still is None or seen is w:
            return seen
        return torch.where(self._still, w, seen)

    def settle(self, w: Tensor) -> Tensor:
        """Hidden weights where time has brought them, whence pulses move them; then tell :meth:`moved`."""
        return self.aged(w)

    def advance(
        self, w: Tensor, seconds: float | Tensor, temperature_k: float | None = None
    ) -> Tensor:
        """Let time pass.

        Args:
            w: hidden weights, (chips, n_out, n_in).
            seconds: one number for all chips, or a tensor of shape (chips,).
            temperature_k: in place of the card's, for a bake.

        Returns:
            The hidden weights now: ``w`` itself, as what time adds is kept apart.
        """
        if not self.active or (not isinstance(seconds, Tensor) and seconds == 0.0):
            return w
        place = self._noise.next_call()
        speed = self._speed if temperature_k is None else self._acceleration(temperature_k)
        passed = torch.as_tensor(seconds, dtype=torch.float64, device=self._device) * speed
        passed = passed.reshape(-1, 1, 1)
        if "now_s" in self._now:
            self._now["now_s"] = self._now["now_s"] + passed
        if "walk" in self._now:
            xi = self._noise.normal(*self._shape, call=place, sub=_STEP)
            step = diffusion_step(passed, self._walk_std, float(self._time.diffusion_t0_s), xi)
            self._now["walk"] = self._now["walk"] + step
        self._known = False
        return w

    def moved(self, mask: Tensor, w: Tensor | None = None) -> None:
        """Restart the clocks of devices that have moved.

        Args:
            mask: which, bool, of a shape that broadcasts to (chips, n_out, n_in). Others age on.
            w: hidden weights after the move; needed where drift exponents depend on the state.
        """
        if not self.active:
            return
        place, now = self._noise.next_call(), self._now
        if "moved_at_s" in now:
            now["moved_at_s"] = torch.where(mask, now["now_s"], now["moved_at_s"])
        if "walk" in now:
            now["walk"] = torch.where(mask, 0.0, now["walk"])
        self._known = False
        if "relaxation_xi" not in now and (self._exponents is None or w is None):
            return
        mask = mask.expand(len(self._noise.keys), *self._shape)
        places = mask.reshape(-1).nonzero().squeeze(1)
        if "relaxation_xi" in now:
            xi = self._noise.normal_where(mask, call=place, sub=_RELAX)
            now["relaxation_xi"].view(-1)[places] = xi
        if self._exponents is not None and w is not None:
            mean, std = self._exponents(w.reshape(-1)[places])
            xi = self._noise.normal_where(mask, call=place, sub=_NU)
            now["nu"].view(-1)[places] = (mean + std * xi).abs()

    def nothing_moved(self) -> None:
        """Leave clocks alone, at a place of its own in the stream of noise, as :meth:`moved` has."""
        if self.active:
            self._noise.next_call()

    def programmed(self, w: Tensor | None = None) -> None:
        """Restart every clock; ``w`` as for :meth:`moved`."""
        self.moved(torch.ones((), dtype=torch.bool, device=self._device), w)

    def freeze(self, mask: Tensor) -> None:
        """Devices that age no more, such as stuck ones: bool, (chips, n_out, n_in). Not part of the state."""
        if self.active:
            self._still = mask if self._still is None else self._still | mask

    def ages_s(self) -> Tensor | None:
        """Seconds since each device moved, (chips, n_out, n_in); None where no clock runs."""
        return self._age_s() if "now_s" in self._now else None

    def streams(self) -> tuple[Stream, ...]:
        """Streams whose number of calls belongs to the state; none where nothing ages."""
        return (self._noise,) if self.active else ()

    def state(self) -> dict[str, Tensor]:
        """Clocks, and what chance has done; a copy, empty where nothing ages."""
        return {name: tensor.clone() for name, tensor in self._now.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go back to what :meth:`state` gave; names and shapes are the caller's to check."""
        self._now = {name: state[name].to(self._device, copy=True) for name in self._now}
        self._known = False

    def _work_out(self) -> None:
        """What drift, relaxation and diffusion have come to by now."""
        time, nu = self._time, self._now.get("nu", self._nu)
        xi = self._now.get("relaxation_xi")
        self._shift = self._now.get("walk")
        if self._tau_s is not None:
            self._lost = lost_share(self._age_s(), self._tau_s)
        self._factor = None
        # Up to t0 after they moved devices have lost nothing: in fast training none ever does.
        if nu is not None and float(self._now["now_s"].max()) > float(time.drift_t0_s):
            self._factor = drift_factor(self._age_s(), nu, float(time.drift_t0_s))
        if xi is not None:
            mean, std = relaxation(
                self._age_s(),
                float(time.relaxation_mean),
                float(time.relaxation_std),
                float(time.relaxation_std_rate),
                float(time.relaxation_t0_s),
            )
            shift = mean.addcmul_(std, xi)
            self._shift = shift if self._shift is None else shift + self._shift
        self._known = True

    def _age_s(self) -> Tensor:
        return (self._now["now_s"] - self._now["moved_at_s"]).to(torch.float32)

    def _acceleration(self, temperature_k: float) -> float:
        energy = float(self._time.activation_energy_ev)
        return acceleration(energy, temperature_k, float(self._time.reference_temperature_k))
