"""Luck that does not depend on who asks first: every random number is a hash of the seed and of what it decides.

Two worlds that differ in one budget therefore share all other luck, and any part of a world can be drawn again without
replaying the rest. No generator with hidden state is used anywhere in the practice world.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = int | np.unsignedinteger | Keys

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_ALL_BITS = 0xFFFFFFFFFFFFFFFF
_SMALL_MEAN = 8.0


def key_of(*parts: int | str) -> int:
    """One 64-bit key of anything that has a name; the same on every machine."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mixed(key: Key, *others: int | Ints | Keys) -> Keys:
    """Folds whole numbers (arrays broadcast) into a key; never negative ones."""
    state = np.atleast_1d(np.asarray(key, dtype=np.uint64))
    for other in others or (0,):
        if isinstance(other, int):
            folded: Keys | np.uint64 = np.uint64(other * int(_SECOND) & _ALL_BITS)
        else:
            folded = np.asarray(other).astype(np.uint64) * _SECOND
        state = (state + _GOLDEN) ^ folded
        state = (state ^ (state >> _S30)) * _FIRST
        state = (state ^ (state >> _S27)) * _SECOND
        state = state ^ (state >> _S31)
    return state


def uniforms(key: Key, *others: int | Ints | Keys) -> Floats:
    """Numbers strictly between 0 and 1."""
    return ((mixed(key, *others) >> _S11).astype(np.float64) + 0.5) / 9007199254740992.0


def uniform(*parts: int | str) -> float:
    return ((key_of(*parts) >> 11) + 0.5) / 9007199254740992.0


def normals(key: Key, *others: int | Ints | Keys) -> Floats:
    return ndtri(uniforms(key, *others))


def counts(means: Floats, luck: Floats) -> Ints:
    """Poisson counts by inversion: with the same luck a larger mean never gives a smaller count by chance alone.

    Small means are inverted exactly; above `_SMALL_MEAN` the Cornish-Fisher expansion is within one of the exact value.
    """
    large = means >= _SMALL_MEAN
    found = np.zeros(means.shape, dtype=np.int64)
    if large.any():
        mean, z = means[large], ndtri(luck[large])
        found[large] = np.maximum(0, np.floor(mean + z * np.sqrt(mean) + (z * z - 1.0) / 6.0 + 0.5)).astype(np.int64)
    open_cells = np.flatnonzero(~large & (luck > np.exp(-np.minimum(means, _SMALL_MEAN))))
    if open_cells.size:
        mean, wanted = means.ravel()[open_cells], luck.ravel()[open_cells]
        term = np.exp(-mean)
        total, count = term.copy(), np.zeros(open_cells.size, dtype=np.int64)
        for step in range(1, 60):
            still = wanted > total
            if not still.any():
                break
            count += still
            term = term * mean / step
            total = total + term
        found.ravel()[open_cells] = count
    return found
