"""What passes between who asks for a file to be read and the process that reads it: JSON, and the table as Arrow IPC.

Never pickle: whoever took over the reader with a file could write to its answer.
"""

import json
import mmap
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO

import pyarrow as pa

from ingest.model import Kind, RawTable, Reason
from ingest.reading.sandbox.limits import Limits
from pymeai import errors
from pymeai.errors import FieldError, PymeError

_BESIDE = "\0beside {}"
"""Columns beyond the table's own: the rows' numbers, where there are any, and which cells are figures."""


@dataclass(frozen=True)
class ReadRequest:
    """A file to be read. `path` is absolute, `file_name` what its owner calls it, `max_bytes` its largest size.

    With `kind` it is a tenant's upload of that kind, and of electronic invoices those are read that were issued by
    `issuer`, an identification; without it anybody's are.
    """

    path: str
    file_name: str
    max_bytes: int
    sheet: str | None = None
    kind: Kind | None = None
    issuer: str | None = None


@dataclass(frozen=True)
class Verdict:
    """How the process that read a file ended: its exit code (-9: by signal 9), and whether its time was up."""

    exit_code: int
    timed_out: bool = False


# How a process ends that ran out of memory and could say so, that failed in a way nobody foresaw, that got no limits.
EXIT_MEMORY, EXIT_FAILED, EXIT_UNCONFINED = 3, 4, 5


def encoded_request(request: ReadRequest, limits: Limits) -> bytes:
    """A request and its limits, as one message."""
    return json.dumps({"request": asdict(request), "limits": asdict(limits)}).encode()


def decoded_request(message: bytes) -> tuple[ReadRequest, Limits]:
    """What `encoded_request` made a message of."""
    decoded = json.loads(message)
    return ReadRequest(**decoded["request"]), Limits(**decoded["limits"])


def write_table(table: RawTable, answer: BinaryIO, frame: BinaryIO) -> None:
    """The columns go to `frame`, all else to `answer`."""
    columns = table.frame
    numbers = [] if table.row_numbers is None else [table.row_numbers]
    for place, beside in enumerate([*numbers, *table.figures.values()]):
        columns = columns.append_column(_BESIDE.format(place), beside)
    with pa.ipc.new_stream(frame, columns.schema) as writer:
        writer.write_table(columns)
    frame.flush()
    rest = {
        "header": table.header,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
        "sheets": list(table.sheets),
        "header_row": table.header_row,
        "notes": list(table.notes),
        "broken": [asdict(reason) for reason in table.broken],
        "targets": dict(table.targets),
        "figures": list(table.figures),
        "row_numbers": table.row_numbers is not None,
    }
    # Names and notes may quote what is no valid Unicode: escaped, it passes.
    answer.write(json.dumps({"table": rest}).encode())
    answer.flush()


def write_error(error: PymeError, answer: BinaryIO) -> None:
    """A refusal, to be raised where the file was asked for."""
    told = {
        "type": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "errors": [asdict(field) for field in error.errors],
    }
    answer.write(json.dumps({"error": told}).encode())
    answer.flush()


def read_answer(answer: BinaryIO, frame: BinaryIO) -> RawTable:
    """The table that was read; raises the PymeError that reading it raised."""
    answer.seek(0)
    decoded: dict[str, Any] = json.loads(answer.read())
    if "error" in decoded:
        raise _error(decoded["error"])
    rest = decoded["table"]
    columns, let_go = _columns(frame)
    figures, numbered = rest.pop("figures"), rest.pop("row_numbers")
    own = columns.num_columns - len(figures) - numbered
    beside = [column.combine_chunks() for column in columns.columns[own:]]
    row_numbers = beside.pop(0) if numbered else None
    table = RawTable(
        frame=columns.select(range(own)),
        row_numbers=row_numbers,
        figures=dict(zip(figures, beside, strict=True)),
        let_go=let_go,
        **rest,
    )
    return replace(table, broken=[Reason(**reason) for reason in rest["broken"]])


def _columns(frame: BinaryIO) -> tuple[pa.Table, Callable[[], None]]:
    """The columns, where they lie, and what lets go of the pages that were looked at.

    They are not copied, and their memory is free when nobody uses them any more. Pages that are let go stay in the memory file.
    """
    length = os.fstat(frame.fileno()).st_size
    mapped = mmap.mmap(frame.fileno(), length, prot=mmap.PROT_READ)
    columns = pa.ipc.open_stream(pa.py_buffer(mapped)).read_all()
    columns.validate()
    # Elsewhere than on Linux nothing is read by another process, and this is not known.
    return columns, lambda: mapped.madvise(mmap.MADV_DONTNEED)


def _error(told: dict[str, Any]) -> PymeError:
    kinds = {
        kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PymeError)
    }
    kind = kinds.get(told["type"], PymeError)
    return kind(told["message"], code=told["code"], errors=[FieldError(**field) for field in told["errors"]])
