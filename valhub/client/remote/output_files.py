"""What a command writes into a file in place of the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

from valhub.client.remote.formats import Format
from valhub.errors import Invalid

_BY_ENDING = {".json": "json", ".csv": "csv"}


@contextmanager
def written_to(path: Path | None, form: Format) -> Iterator[Format]:
    """Collect what the block writes, and write it as a whole when the block ends well.

    Parameters
    ----------
    path : Path, optional
        Without one, everything goes to standard output as usual.
    form : Format
        A table becomes what the file's ending says.

    Raises
    ------
    Invalid
        The file's ending is unknown, or it cannot be written.
    """
    if path is None:
        yield form
        return
    kind = _BY_ENDING.get(path.suffix.lower()) if form.kind == "table" else form.kind
    if kind is None:
        raise Invalid(
            f"`{path.name}` ends neither in .json nor in .csv. Name it so, or add --format.",
            field="output",
        )
    with redirect_stdout(StringIO()) as text:
        yield replace(form, kind=kind)
    try:
        path.write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise Invalid(f"`{path}` cannot be written ({error.strerror}).", field="output") from error
