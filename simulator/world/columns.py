"""Named numpy columns that grow together: the practice world's tables of things that deliver."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def record(**fields: type) -> np.dtype[Any]:
    """The type of a structured array's rows."""
    return np.dtype({"names": list(fields), "formats": list(fields.values())})


class Columns:
    """Rows are appended once and changed in place; spare room doubles, so that appending stays cheap."""

    def __init__(self, **types: type) -> None:
        self.size = 0
        self._spare: dict[str, NDArray[Any]] = {name: np.zeros(16, dtype=type_) for name, type_ in types.items()}

    def append(self, **values: Any) -> int:
        if set(values) != set(self._spare):
            raise ValueError(f"a row needs exactly {sorted(self._spare)}")
        for name, value in values.items():
            column = self._spare[name]
            if self.size == column.shape[0]:
                column = self._spare[name] = np.concatenate([column, np.zeros_like(column)])
            column[self.size] = value
        self.size += 1
        return self.size - 1

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A view: writing to it writes to the table."""
        return self._spare[name][: self.size]
