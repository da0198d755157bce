"""Devices and their population fitted together.

Device i has parameters θ_i ~ N(μ, diag τ²), and all share φ; its readings have the likelihood L_i(θ_i, φ) of
:mod:`mortalff.fitting.evaluate`. In turns, until nothing moves:

- θ_i and φ go to the maximum of Σ ln L_i + ln N(θ_i; μ, τ²), by Fisher scoring with damping. A device that says
  little of one of its parameters takes that one from the others.
- μ and τ go to the maximum of the marginal likelihood, in which ln L_i is a parabola in θ_i, by expectation and
  maximisation (Dempster, Laird and Rubin 1977): τ² is the mean over devices of (θ_i − μ)² plus the variance with
  which each is known, so that the error of the estimates is in neither the spread nor left out of it.

The marginal likelihood of a device is Laplace's approximation, ln L_i + ln N(θ_i; μ, τ²) + p/2 ln 2π − ½ ln
|information|. Its last term pulls at the noises too: without it noise would come out too small, as the devices' own
parameters swallow part of it. So once all is still, its slope in ln s and ln σ_w is measured and added, and the
rounds go on (adjusted profile likelihood; Cox and Reid, J. R. Stat. Soc. B 49:1, 1987).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mortalff.fitting.evaluate import Evaluation, evaluate
from mortalff.fitting.law_model import NOISES, LawModel
from mortalff.fitting.readings import Array, Readings
from mortalff.fitting.rough import Rough

_WORSE = 0.5  # of log-likelihood, by which a device's step is taken back
_NUDGE = 0.05  # of ln s and ln σ_w, over which that is measured
_ENOUGH = 0.5  # of log-likelihood in one round: below what tells two laws apart
_LOG_CYCLE = (-7.0, 4.0)  # of ln s


@dataclass(frozen=True)
class Start:
    """Where a fit starts: device parameters (p, n), shared ones with the noises first, and the scales of all."""

    device: Array
    shared: Array
    scales: Array


@dataclass(frozen=True)
class Hierarchy:
    """A fitted law.

    Attributes:
        model: the law. device: θ, (p, n). shared: ln s, ln σ_w and the law's own, (q + 2,).
        mean: μ, (p,). std: τ, (p,).
        evaluation: at θ and φ.
        scales: of all parameters. pull: of the last term on φ, per device, (q + 2,).
        converged: whether the last round moved the likelihood by next to nothing.
    """

    model: LawModel
    device: Array
    shared: Array
    mean: Array
    std: Array
    evaluation: Evaluation
    scales: Array
    pull: Array
    converged: bool

    @property
    def marginal(self) -> Array:
        """Each device's marginal log-likelihood, (n,)."""
        return marginal(self.evaluation, self.device, self.mean, self.std)


def begin(model: LawModel, guess: Rough) -> list[Start]:
    """First values of a law's parameters, to try each."""
    device_scales, own_scales = model.scales(guess)
    noises = [np.log(guess.cycle_std), np.log(guess.read_std)]
    scales = np.concatenate([device_scales, [0.7, 0.7], own_scales])
    return [
        Start(device, np.concatenate([noises, own]), scales) for device, own in model.starts(guess)
    ]


def begun(model: LawModel, readings: Readings, start: Start) -> Hierarchy:
    """A fit that has not gone anywhere yet."""
    p = len(start.device)
    none = np.zeros(len(start.shared))
    return Hierarchy(
        model,
        start.device,
        start.shared,
        start.device.mean(1),
        np.maximum(start.device.std(1, ddof=1), 0.3 * start.scales[:p]),
        evaluate(model, readings, start.device, start.shared, start.scales),
        start.scales,
        none,
        False,
    )


def advance(state: Hierarchy, readings: Readings, rounds: int) -> Hierarchy:
    """Go on for so many rounds, or fewer where nothing moves any more."""
    model, scales = state.model, state.scales
    device, shared, now = state.device, state.shared, state.evaluation
    mean, std = state.mean, state.std
    p, n = device.shape
    floor = 1e-4 * scales[:p]
    damping, stiffness = np.full(n, 1e-3), 1e-3
    quiet = 0
    for _ in range(rounds):
        moved, common = _step(now, device, mean, std, damping, scales, state.pull * n, stiffness)
        new_device, new_shared = _held(model, device, moved, shared, common, readings)
        trial = evaluate(model, readings, new_device, new_shared, scales)
        then = objective(now, device, mean, std) - state.pull @ (new_shared - shared)
        gain = np.nan_to_num(objective(trial, new_device, mean, std) - then, nan=-1e9)
        worse = np.flatnonzero(gain < -_WORSE)
        if 0 < len(worse) < n:
            # A few devices, at a bound of which their parabola knows nothing, must not hold up the others.
            new_device[:, worse] = device[:, worse]
            stayed = evaluate(model, readings.of(worse), device[:, worse], new_shared, scales)
            trial = spliced(trial, stayed, worse)
            gain = np.nan_to_num(objective(trial, new_device, mean, std) - then, nan=-1e9)
        damping /= 5.0
        damping[worse] *= 50.0
        if gain.sum() < -1e-9:
            damping *= 10.0
            stiffness *= 10.0
            continue
        stiffness = max(stiffness / 5.0, 1e-6)
        damping = np.clip(damping, 1e-7, 1e8)
        device, shared, now = new_device, new_shared, trial
        before = float(marginal(now, device, mean, std).sum())
        mean, std = population(now, device, mean, std, floor)
        grown = float(marginal(now, device, mean, std).sum()) - before
        quiet = quiet + 1 if gain.sum() < _ENOUGH and abs(grown) < _ENOUGH else 0
        if quiet == 2:
            break
    return replace(
        state,
        device=device,
        shared=shared,
        mean=mean,
        std=std,
        evaluation=now,
        converged=quiet == 2,
    )


def spliced(now: Evaluation, part: Evaluation, where: npt.NDArray[np.intp]) -> Evaluation:
    """Some devices' evaluation put in its place."""
    whole = Evaluation(now.log_likelihood.copy(), now.score.copy(), now.information.copy())
    whole.log_likelihood[where] = part.log_likelihood
    whole.score[where] = part.score
    whole.information[where] = part.information
    return whole


def pull_of(state: Hierarchy, readings: Readings) -> Array:
    """Slope of −½ ln |information| in ln s and ln σ_w, per device."""
    p = len(state.device)
    prior = np.diag(state.std**-2.0)
    pull = np.zeros(len(state.shared))
    _, here = np.linalg.slogdet(state.evaluation.information[:, :p, :p] + prior)
    for k in range(NOISES):
        shared = state.shared.copy()
        shared[k] += _NUDGE
        beside = evaluate(state.model, readings, state.device, shared, state.scales)
        _, there = np.linalg.slogdet(beside.information[:, :p, :p] + prior)
        pull[k] = -0.5 * float(np.mean(there - here)) / _NUDGE
    return pull


def marginal(now: Evaluation, device: Array, mean: Array, std: Array) -> Array:
    """Laplace's approximation of each device's marginal log-likelihood, (n,)."""
    p = len(device)
    information = now.information[:, :p, :p] + np.diag(std**-2.0)
    _, log_determinant = np.linalg.slogdet(information)
    prior = np.square((device - mean[:, None]) / std[:, None]).sum(0)
    found: Array = now.log_likelihood - 0.5 * prior - np.log(std).sum() - 0.5 * log_determinant
    return found


def population(
    now: Evaluation,
    device: Array,
    mean: Array,
    std: Array,
    floor: Array,
    weights: Array | None = None,
    turns: int = 100,
) -> tuple[Array, Array]:
    """μ and τ of devices whose likelihoods are parabolas.

    Args:
        now: the likelihoods about ``device``.
        device: θ, (p, n), or (p, n, resamples) with ``weights``.
        mean: μ to start from, (p,).
        std: τ to start from, (p,).
        floor: least τ, (p,).
        weights: how often each device counts, (resamples, n); once where not given.
        turns: of expectation and maximisation.

    Returns:
        μ and τ, (p,), or (p, resamples) with ``weights``.
    """
    p, n = device.shape[:2]
    A = now.information[:, :p, :p]
    single = weights is None
    counts = np.ones((1, n)) if weights is None else weights
    theta = device[:, :, None] if single else device
    # The parabola's linear term: A θ + score, at the θ of the evaluation.
    pull = np.einsum("nij,jnb->bni", A, theta) + now.score[:, :p]
    mu = np.repeat(mean[None], len(counts), 0)
    tau = np.repeat(std[None], len(counts), 0)
    total = counts.sum(1)[:, None]
    for _ in range(turns):
        precision = tau**-2.0
        inverse = np.linalg.inv(A[None] + precision[:, None, :, None] * np.eye(p))
        posterior = np.einsum("bnij,bnj->bni", inverse, pull + (precision * mu)[:, None])
        variance = np.diagonal(inverse, axis1=2, axis2=3)
        mu_new = np.einsum("bn,bni->bi", counts, posterior) / total
        apart = np.einsum("bn,bni->bi", counts, np.square(posterior - mu_new[:, None]))
        known = np.einsum("bn,bni->bi", counts, variance)
        tau_new = np.maximum(np.sqrt((apart + known) / np.maximum(total - 1.0, 1.0)), floor)
        still = np.abs(tau_new - tau).max(initial=0.0) < 1e-5 * float(tau.min())
        mu, tau = mu_new, tau_new
        if still:
            break
    return (mu[0], tau[0]) if single else (mu.T, tau.T)


def objective(now: Evaluation, device: Array, mean: Array, std: Array) -> Array:
    """Log-likelihood of each device with the prior of its parameters, but for a constant, (n,)."""
    prior = 0.5 * np.square((device - mean[:, None]) / std[:, None]).sum(0)
    objective: Array = now.log_likelihood - prior
    return objective


def _step(
    now: Evaluation,
    device: Array,
    mean: Array,
    std: Array,
    damping: Array,
    scales: Array,
    on_shared: Array,
    stiffness: float = 1e-6,
) -> tuple[Array, Array]:
    """Damped scoring: how far θ (p, n) and φ (q + 2,) go, by elimination of the devices' own parameters."""
    p = len(device)
    F, g = now.information, now.score
    own = F[:, :p, :p] + np.diag(std**-2.0)
    diagonal = np.einsum("nii->ni", own).copy()
    own = own + (damping[:, None] * diagonal)[:, :, None] * np.eye(p)
    pull = g[:, :p] - ((device - mean[:, None]) / np.square(std)[:, None]).T
    cross = F[:, :p, p:]
    solved = np.linalg.solve(own, np.concatenate([pull[:, :, None], cross], axis=2))
    shared = F[:, p:, p:].sum(0)
    ridge = stiffness * np.diag(shared) + 1e-3 / scales[p:] ** 2
    reduced = shared + np.diag(ridge) - np.einsum("nik,nil->kl", cross, solved[:, :, 1:])
    right = g[:, p:].sum(0) + on_shared - np.einsum("nik,ni->k", cross, solved[:, :, 0])
    common = np.linalg.solve(reduced, right)
    # One by one: read noise that is next to none would else hold up all others.
    common = np.clip(common, -scales[p:], scales[p:])
    moved = (solved[:, :, 0] - solved[:, :, 1:] @ common).T
    reach = np.max(np.abs(moved) / scales[:p, None], axis=0)
    return moved / np.maximum(reach, 1.0), common


def common_step(state: Hierarchy, others: npt.NDArray[np.intp]) -> Array:
    """One undamped step of φ, (q + 2,), for some of the devices, which follow."""
    now, n = state.evaluation, len(others)
    part = now.of(others)
    damping, device = np.full(n, 1e-6), state.device[:, others]
    return _step(part, device, state.mean, state.std, damping, state.scales, state.pull * n)[1]


def own_step(now: Evaluation, device: Array, mean: Array, std: Array, scales: Array) -> Array:
    """One step of θ, (p, n), with φ held."""
    p = len(device)
    own = now.information[:, :p, :p] + np.diag(std**-2.0)
    pull = now.score[:, :p] - ((device - mean[:, None]) / np.square(std)[:, None]).T
    moved = np.linalg.solve(own, pull[:, :, None])[:, :, 0].T
    reach = np.max(np.abs(moved) / scales[:p, None], axis=0)
    limited: Array = moved / np.maximum(reach, 1.0)
    return limited


def _held(
    model: LawModel, device: Array, moved: Array, shared: Array, common: Array, readings: Readings
) -> tuple[Array, Array]:
    """New parameters that make sense: steps are halved, at most eight times, until they do."""
    limits = (np.log(0.03 * readings.resolution), np.log(readings.span))
    for _ in range(8):
        new = shared + common
        new[0], new[1] = np.clip(new[0], *_LOG_CYCLE), np.clip(new[1], *limits)
        if model.valid(device, new[NOISES:]).any():
            break
        common = common / 2.0
    else:
        new = shared
    for _ in range(8):
        sound = model.valid(device + moved, new[NOISES:])
        moved = np.where(sound, moved, moved / 2.0)
    return np.where(model.valid(device + moved, new[NOISES:]), device + moved, device), new
