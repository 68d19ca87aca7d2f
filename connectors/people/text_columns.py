"""Columns of text in Arrow tables, also those that only say of themselves that their text is JSON."""

import pyarrow as pa


def is_text(type_: pa.DataType) -> bool:
    if isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    return pa.types.is_string(type_) or pa.types.is_large_string(type_)


def as_plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """What no function of Arrow's would refuse."""
    if not isinstance(column.type, pa.BaseExtensionType):
        return column
    return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)


def as_before(column: pa.Array, type_: pa.DataType) -> pa.Array:
    return type_.wrap_array(column) if isinstance(type_, pa.BaseExtensionType) else column
