"""Archives that tests send: folders with some of their files changed."""

import io
import zipfile
from pathlib import Path

TINY = Path(__file__).parent
SCRIPT_EXAMPLE = Path(__file__).parents[2] / "examples" / "script_package"


def zipped(folder: Path, **changed: str) -> bytes:
    """Pack a folder, with other texts for some of its files; `__` in a name stands for the dot."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name[0] != "_"]
    texts = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    texts |= {name.replace("__", "."): text.encode() for name, text in changed.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in sorted(texts.items()):
            archive.writestr(zipfile.ZipInfo(name), text)  # without the time of day
    return packed.getvalue()
