"""Rows -> files: CSV, XLSX, JSON Lines. The same rows give the same bytes; a file is written whole or not at all."""

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from kit.report.columns import Column, Row, Value

Writes = Callable[[BinaryIO], None]
_STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


class Unwritable(Exception):
    """A file could not be written; the text says which and why. What stood there before still does."""


# --- formats ----------------------------------------------------------------------------------------------

def write_csv(file: BinaryIO, columns: tuple[Column, ...], rows: Iterable[Row]) -> None:
    """UTF-8, commas, CRLF (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([column.name for column in columns])
        writer.writerows([_safe(value) for value in row.values()] for row in rows)
    finally:
        text.detach()   # the file stays open


def write_jsonl(file: BinaryIO, things: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line, UTF-8."""
    file.writelines(json.dumps(thing, ensure_ascii=False, allow_nan=False).encode() + b"\n" for thing in things)


def write_xlsx(file: BinaryIO, columns: tuple[Column, ...], rows: Iterable[Row]) -> None:
    """A sheet of the rows and one that says what the columns are. Texts are texts: nothing in it is a formula."""
    made = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(made, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"created": datetime(2000, 1, 1)})   # the same bytes tomorrow
        _fill(book, "Rows", [[column.name for column in columns]], (list(row.values()) for row in rows))
        _fill(book, "Columns", [["column", "kind", "unit", "what it is"]], ([c.name, c.kind, c.unit, c.meaning] for c in columns))
        try:
            book.close()
        except XlsxFileError as error:
            raise OSError(str(error)) from error
    made.seek(0)
    shutil.copyfileobj(made, file)


def _fill(book: xlsxwriter.Workbook, name: str, head: list[list[Value]], lines: Iterable[list[Value]]) -> None:
    """A sheet with these lines. Raises Unwritable for what XLSX has no room for."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    stays_text = book.add_format({"quote_prefix": True})   # also when somebody opens the cell and presses Enter
    for y, line in enumerate(chain(head, lines)):
        for x, value in enumerate(map(_plain, line)):
            if value in (None, ""):
                continue
            written = sheet.write_string(y, x, value, stays_text if _is_like_a_formula(value) else None) if isinstance(value, str) else sheet.write_number(y, x, value)
            if written:
                raise Unwritable("XLSX has no room for this: it takes 1,048,576 rows, and 32,767 characters in a cell. CSV and JSON Lines take all.")


def _plain(value: Value) -> str | float | None:
    """The value where there is no list and no yes or no: a text or a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list) else value


def _safe(value: Value) -> str | float | None:
    plain = _plain(value)
    return f"'{plain}" if isinstance(plain, str) and _is_like_a_formula(plain) else plain


def _is_like_a_formula(text: str) -> bool:
    return text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA)


# --- files ------------------------------------------------------------------------------------------------

def write_whole(files: Mapping[Path, Writes]) -> None:
    """Write the files, readable for this user only. All are written beside their places before the first takes its place.

    Raises Unwritable; then nothing half-written is left, and what stood there is still there.
    """
    new = {path: path.with_name(f".{path.name}.{os.getpid()}.new") for path in files}
    for path, writes in files.items():
        with _said(path, new.values()):
            if path.exists() and not path.is_file():
                raise Unwritable(f"Could not write {path}: there is something of that name that is not a file.")
            with _new_file(new[path]) as file:
                writes(file)
                file.flush()
                os.fsync(file.fileno())
    for path in files:
        with _said(path, new.values()):
            new[path].replace(path)


def _new_file(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


@contextmanager
def _said(path: Path, leftovers: Iterable[Path]) -> Iterator[None]:
    """Faults in words; what was half-written is taken away first."""
    try:
        yield
    except BaseException as fault:
        for leftover in leftovers:
            with suppress(OSError):   # it may not be there, or in a place that cannot be written
                leftover.unlink()
        if isinstance(fault, OSError):
            raise Unwritable(f"Could not write {path}: {fault.strerror or fault}. What was there before is still there.") from fault
        raise
