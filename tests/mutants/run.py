"""Changes the code a little, once for each change, and lists the changes that no test notices.

`make mutants` starts it; `[tool.mutmut]` in pyproject.toml names the modules and tests. Texts are
left as they are: most are messages, and a test of every word would only write them twice.
"""

import sys

from mutmut.__main__ import cli
from mutmut.mutation import mutators

if __name__ == "__main__":
    # The list that mutmut holds is changed in place, before anything has been read from it.
    mutators.mutation_operators[:] = [
        pair for pair in mutators.mutation_operators if pair[1] is not mutators.operator_string
    ]
    sys.argv[1:] = sys.argv[1:] or ["run"]
    cli()
