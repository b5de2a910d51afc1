"""Changes the code that carries its answers: what it says then is its own answer still."""

import sys


def attack(how):
    wire = sys.modules["valhub_guest.wire"]
    honest = wire.frame_parts
    if how == "forged":
        wire.frame_parts = lambda _: honest({"kind": "answer", "value": "forged"})
    else:
        wire.json.dumps = lambda *_, **__: "rubbish"
    return "true"
