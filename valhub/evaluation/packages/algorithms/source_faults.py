"""Why a file is not Python: what its author pasted or exported, with how to fix that."""

import re

_MAGIC = re.compile(r"\s*(%%?[A-Za-z]|!\s*[A-Za-z/.]|\?\w|get_ipython\()")
_CONFLICT = re.compile(r"(<{7}|={7}|>{7})(\s|$)")
_PROMPT = re.compile(r"\s*(>>> |In \[\d*\]:)")
_NOTEBOOK_FIX = (
    "Remove the commands of notebooks (lines with % or !); list packages in requirements.txt."
)
# What Python says, and what to do about it.
_MESSAGES = (
    (r"Missing parentheses in call to|multiple exception types must be", "Write it in Python 3."),
    (r"leading zeros in decimal|invalid digit '\d' in octal", "Write octal numbers as 0o17."),
    (r"invalid non-printable character", "Type the spaces of the line again."),
    (r"invalid character '[\u2018-\u201f\u00ab\u00bb]'", "Write straight quotes."),
    (r"invalid character '[\u2010-\u2015\u2212]'", "Write a plain minus (-)."),
    (r"inconsistent use of tabs", "Indent with spaces alone."),
    (r"unindent does not match|unexpected indent|expected an indented", "Correct the indentation."),
)


def syntax_fault(message: str, line: str) -> tuple[str, str]:
    """Say what is wrong with a line that Python cannot parse, and how to fix it.

    Parameters
    ----------
    message : str
        What Python says.
    line : str
        The line itself; may be empty.
    """
    problem = f"This is not valid Python: {message.rstrip('.?')}."
    if _MAGIC.match(line):
        return problem, _NOTEBOOK_FIX
    if _CONFLICT.match(line):
        return problem, "Resolve the merge conflict."
    if _PROMPT.match(line):
        return problem, "Remove the prompts of the interpreter."
    fixes = (fix for pattern, fix in _MESSAGES if re.search(pattern, message))
    return problem, next(fixes, "Correct it.")
