"""A run of its own that a test may kill at any moment; tells its folder, its janitor and its steps.

Arguments: the folder of the attacks, and what to do: `start` sandboxes again
and again, `import` what never ends, `call` what never ends, or one call `once`.
"""

import sys
from pathlib import Path

from valhub.evaluation.execution.environments import find_interpreter
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

_CALLS = {"start": ["honest"], "import": ["honest"], "call": ["looping"], "once": ["honest"]}


def main(attacks: str, what: str) -> None:
    module = "submission.importing" if what == "import" else "submission.start"
    program = Program(Path(attacks), module, "predict", find_interpreter())
    with Bubblewrap.open() as sandbox:
        _tell(sandbox.rundir.path, sandbox.rundir._janitor.pid)
        while True:
            with Host(sandbox, program, CallLimits()) as host:
                if what == "call":
                    host.start()
                    _tell("calling")
                outcome = host.call({"kind": "predict", "value": _CALLS[what]})
            if what == "once":
                _tell(outcome.answer)
                return


def _tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
