"""Maximum likelihood for models whose parameters are all above zero: fitted in their logarithms, with their covariance.

The models themselves (`analysis.purchase_counts`, `analysis.purchase_values`) bring the likelihood and its gradient.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]

_FURTHEST = 9.0  # from the start, in logarithms: a factor of 8,000; who runs so far is not held by the data
_FLAT = 1e-4  # of the gradient, per observation and logarithm
_STEP = 1e-4  # of the differences that the curvature is taken from


class NotIdentified(ValueError):
    """The data do not say which parameters they came from: too few repeated purchases, or all of them alike."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """`logs` are the logarithms of the parameters, `covariance` theirs, as the curvature at the maximum has it."""

    logs: Floats
    covariance: Floats
    log_likelihood: float

    @property
    def parameters(self) -> Floats:
        return np.exp(self.logs)

    def shifted(self, by: Floats, *, log_likelihood: float) -> "Fit":
        """In other units: a parameter with a unit moves by a constant, and nothing else does."""
        return Fit(logs=self.logs + by, covariance=self.covariance, log_likelihood=log_likelihood)

    def drawn(self, rng: np.random.Generator, *, draws: int) -> Floats:
        """Parameters that the data allow as well, one row a draw."""
        return np.exp(rng.multivariate_normal(self.logs, self.covariance, size=draws, method="eigh"))


def maximise(log_likelihood: Objective, *, start: Floats, observations: float) -> Fit:
    """`log_likelihood` takes logarithms and gives the value and its gradient by them."""

    def mean_loss(logs: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(logs)
        return -value / observations, -gradient / observations

    bounds = [(centre - _FURTHEST, centre + _FURTHEST) for centre in start]
    options = {"maxiter": 2_000, "maxfun": 20_000, "ftol": 1e-15, "gtol": 1e-9}
    found = minimize(mean_loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    if np.any(np.abs(found.x - start) > _FURTHEST - 0.01) or np.max(np.abs(mean_loss(found.x)[1])) > _FLAT:
        raise NotIdentified("the likelihood has no maximum at usable parameters; more repeated purchases are needed")
    curvature = _curvature(lambda logs: mean_loss(logs)[1], found.x) * observations
    if np.min(np.linalg.eigvalsh(curvature)) <= 0:
        raise NotIdentified("the likelihood is flat at its maximum; more repeated purchases are needed")
    return Fit(logs=found.x, covariance=np.linalg.inv(curvature), log_likelihood=float(-found.fun * observations))


def _curvature(gradient: Callable[[Floats], Floats], at: Floats) -> Floats:
    columns = []
    for step in np.eye(at.size) * _STEP:
        columns.append((gradient(at + step) - gradient(at - step)) / (2 * _STEP))
    matrix = np.array(columns)
    return (matrix + matrix.T) / 2
