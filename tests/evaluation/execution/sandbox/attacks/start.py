"""Runs one attack by its name: as an algorithm in a sandbox, or bare as a program of its own.

Every attack is a module with a function `attack`; it may use the standard library alone. Bare, it
prints what it returns as JSON: that is how a test sees what the attack does when nothing stops it.
"""

import importlib
import json
import sys
from pathlib import Path


def predict(request):
    name, *arguments = request
    return importlib.import_module(name).attack(*arguments)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.stdout.write(json.dumps(predict(json.loads(sys.argv[1]))))
