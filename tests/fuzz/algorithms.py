"""Changes of an algorithm: of its requirements, and of its source."""

import re
from collections.abc import Callable

from tests.fuzz.odd_values import Dice

LINES = (
    "numpy", "pandas>=2,<3", "pvlib==0.11.0", "ruptures ; python_version < '3.14'", "sklearn", "os",
    "numpy==1.*", "numpy===1", "numpy>=", "numpy==", "numpy<2,>3", "numpy == 1.0+cpu", "Numpy",
    "python>=3.8", "pkg-resources==0.0.0", "-r other.txt", "-e .", "--index-url https://a.example",
    "-i x", "--hash=sha256:00", "numpy==1.26 --hash=sha256:zz", "numpy \\", "\\",
    "numpy @ file:///etc",
    "a @ https://a.example/a.whl", "git+https://a.example/b", "./a.whl", "https://a.example/a.zip",
    "numpy[a,b]", "numpy[", "numpy[]", "numpy;", "numpy; sys_platform", "numpy; a == 'b'",
    "numpy; python_version in '3'", "numpy; extra == 'x'", "# comment", "pip install numpy",
    "numpy,",
    "numpy pandas", "numpy=1.26=py311_0", "numpy 1.26", "“numpy”", "numpy\u00a0", "\uff4eumpy",
    "-", "_", "==",
    "numpy==1" + ".0" * 3000, "n" * 100_000, "numpy[" + "a," * 5000 + "b]", "Package    Version",
    "numpy; " + "(" * 3000 + "python_version > '3'" + ")" * 3000,
    "numpy; " + "python_version > '3' and " * 3000 + "python_version > '3'",
    "numpy==" + "9" * 5000, "numpy>=1" + ",>=1" * 5000, "torch==2.0+cpu", "\ufeffnumpy", "3.11",
)  # fmt: skip
STATEMENTS = (
    "import os", "from x import *", "from . import y", "import submission_wrapper", "x = (", "def",
    "x = " + "(" * 300 + ")" * 300, "x = " + "-" * 100_000 + "1", "x = " + "9" * 5000,
    "x = 0x" + "f" * 100_000, "x = " + "a." * 50_000 + "b", "x = " + "1 + " * 50_000 + "1",
    "x = " + "[" * 90 + "]" * 90, "x = " + "f()" + "()" * 5000, "x = '\\ud800'", "x = '\\d'",
    "if a: pass\n" + "elif a: pass\n" * 3000, "x = " + "lambda: " * 3000 + "1", "x = '''",
    "try:\n pass\nexcept* E:\n pass", "match x:\n case [*_]: pass", "print 'a'", "\tx = 1", "\x0c",
    "async def f(): await g", "class A:\n def {f}(self, x): pass", "{f} = {f}", "{f} = g\ng = {f}",
    "from helpers import {f}", "import helpers as {f}", "del {f}", "global {f}", "{f}: int",
    "if True:\n def {f}(x): pass", "@" + "a." * 1000 + "b\ndef {f}(x): pass", "\0", "ﬁ = 1",
    "é = 1",
    "def {f}(x, /, latitude, *, timezone=None, **rest): pass", "def {f}(lat, lon): pass",
    "def {f}(): pass", "def {f}(x, x): pass", "def {f}(*a): pass", "async def {f}(x): pass",
    "def {f}(" + ", ".join(f"a{number}" for number in range(3000)) + "): pass", "{f} = lambda x: 1",
    "def {f}(x, " + "é" * 30_000 + "): pass",
    "def {f}(x, latitude=" + "[" * 80 + "]" * 80 + "): pass",
    "def {f}(x, *, " + "b" * 900_000 + "): pass",
    "from functools import partial\n{f} = partial(g, 1)",
    "x = " + "{" * 500 + "}" * 500, "x = f'" + "{a}" * 5000 + "'", "with " * 50 + "a: pass",
    "return 1",
    "x" + " = x" * 20_000, "assert " + "not " * 20_000 + "x", "x = " + "a if b else " * 5000 + "c",
    "for a in b:\n " + "for a in b:\n  " * 1 + "pass", "(" * 10_000, "x = 1;" * 50_000, "yield",
)  # fmt: skip
ENCODINGS: tuple[Callable[[str], bytes], ...] = (
    lambda text: f"# -*- coding: nonsense -*-\n{text}".encode(errors="replace"),
    lambda text: f"# coding: utf-7\n{text}".encode(errors="replace"),
    lambda text: f"# coding: rot13\n{text}".encode(errors="replace"),
    lambda text: f"# coding: idna\n{text}".encode(errors="replace"),
    lambda text: f"# coding: unicode_escape\n{text}\\N{{x".encode(errors="replace"),
    lambda text: f"# coding: latin-1\n# é\n{text}".encode("latin-1", errors="replace"),
    lambda text: f"# é\n{text}".encode("latin-1", errors="replace"),
    lambda text: text.encode("utf-16"),
    lambda text: text.encode("utf-8-sig", errors="replace"),
    lambda text: b"\xef\xbb\xbf# coding: latin-1\n" + text.encode(errors="replace"),
    lambda text: text.replace("\n", "\r").encode(errors="replace"),
    lambda text: b"",
    lambda text: b"\x7fELF" + text.encode(errors="replace"),
    lambda text: b'{"cells": [], "nbformat": 4}',
)


def mutate_requirements(dice: Dice, content: bytes) -> bytes:
    """Return a changed `requirements.txt`."""
    if dice.chance(0.1):
        return dice.damaged(content)
    lines = content.decode().splitlines()
    for _ in range(dice.choice([1, 1, 2, 5])):
        line = dice.choice(LINES)
        if dice.chance(0.2):
            line += dice.text()
        if dice.chance(0.2):
            line = dice.damaged(line[:1000].encode(errors="replace")).decode(errors="replace")
        lines.insert(dice.randrange(len(lines) + 1), line)
    if dice.chance(0.05):
        lines = [line[:100] for line in lines] * 2000
    text = dice.choice(["\n"] * 8 + ["\r\n", "\r"]).join(lines)
    return text.encode(dice.choice(["utf-8"] * 9 + ["utf-16", "utf-8-sig"]), errors="replace")


def mutate_source(dice: Dice, content: bytes) -> bytes:
    """Return a changed module."""
    if dice.chance(0.1):
        return dice.damaged(content)
    text = content.decode()
    function = (re.findall(r"^def (\w+)", text, re.MULTILINE) or ["predict"])[-1]
    for _ in range(dice.choice([1, 1, 2, 3])):
        statement = dice.choice(STATEMENTS).replace("{f}", function)
        lines = text.splitlines()
        if dice.chance(0.3):
            text = text.replace(function, dice.choice([function.upper(), "main", dice.text()]))
        elif dice.chance(0.2):
            text = statement
        else:
            lines.insert(dice.choice([0, len(lines), dice.randrange(len(lines) + 1)]), statement)
            text = "\n".join(lines)
    if dice.chance(0.15):
        return dice.choice(ENCODINGS)(text)
    return text.encode(errors="surrogatepass" if dice.chance(0.3) else "replace")
