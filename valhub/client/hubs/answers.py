"""Answers as documents, or as errors that say what is wrong and how to fix it.

What answers need not be the hub: a proxy may want a password, a wireless network a click, or the
address may be another program's.
"""

import json
from typing import Any
from urllib.parse import urljoin, urlsplit

from valhub.client.hubs.errors import HubRefused, HubUnreachable, SignInNeeded
from valhub.client.hubs.steps import Answer, Ask, NoAnswer
from valhub.errors import ValhubError
from valhub.texts import cut

PROBLEM = "application/problem+json"
JSON = "application/json"
_DOWN = (502, 503, 504)


def document_of(answer: Answer | NoAnswer, asked: Ask, hub: str) -> Any:
    """Read the document that a hub answered; None when it has none.

    Raises
    ------
    HubRefused, SignInNeeded, HubUnreachable
    """
    good = good_answer(answer, asked, hub)
    if good.status == 204:
        return None
    if good.media_type != JSON:
        raise not_a_hub(good, hub)
    try:
        return json.loads(good.body)
    except ValueError:
        raise HubUnreachable(
            f"The answer of {hub} was cut off or garbled. Try again in a minute."
        ) from None


def good_answer(answer: Answer | NoAnswer, asked: Ask, hub: str) -> Answer:
    """Give the answer if it is a good one; raises as `document_of` does."""
    if isinstance(answer, NoAnswer):
        raise HubUnreachable(f"The hub at {hub} {answer.reason}")
    if answer.status < 300:
        return answer
    if answer.status < 400:
        raise _redirected(answer, asked, hub)
    if answer.media_type == PROBLEM:
        raise _refusal(answer, hub)
    raise not_a_hub(answer, hub)


def not_a_hub(answer: Answer, hub: str) -> HubUnreachable:
    """Say what an answer is that no hub gives."""
    if answer.status in _DOWN:
        return HubUnreachable(
            f"The hub at {hub} is down: the server before it answers {answer.status}. "
            "Try again in a minute, or ask its administrators."
        )
    if answer.status == 407:
        return HubUnreachable(
            f"The proxy between you and {hub} wants a password. Put it into HTTPS_PROXY, or ask "
            "your network's administrators."
        )
    if answer.media_type == "text/html" and answer.status in (200, 401, 403):
        return HubUnreachable(
            f"A web page answered in place of the hub at {hub}: perhaps the sign-in page of a "
            "proxy or a network. Open the address in a browser and sign in there, or check it."
        )
    return HubUnreachable(
        f"Something answers at {hub} that is no hub with an API for programs "
        f"(status {answer.status}, "
        f"{cut(answer.media_type) or 'no content'}). Check the address; an older hub has to be "
        "upgraded first."
    )


def _redirected(answer: Answer, asked: Ask, hub: str) -> HubUnreachable:
    target = urlsplit(urljoin(hub + asked.path, answer.headers.get("location", "")))
    origin = f"{target.scheme}://{target.netloc}"
    if target.path == asked.path and origin != hub:
        return HubUnreachable(f"The hub at {hub} has moved. Use {cut(origin, 100)} as its address.")
    return HubUnreachable(
        f"The hub at {hub} sends you on to {cut(origin + target.path, 100)}: perhaps the sign-in "
        "page of a proxy. Open the address in a browser and sign in there, or check it."
    )


def _refusal(answer: Answer, hub: str) -> ValhubError:
    try:
        problem = json.loads(answer.body)
    except ValueError:
        return not_a_hub(answer, hub)
    if not isinstance(problem, dict):
        return not_a_hub(answer, hub)
    if answer.status == 401:
        return SignInNeeded.of_problem(
            problem, status=401, detail=f"{_why(problem)} To sign in: valhub login --hub {hub}"
        )
    if answer.status in _DOWN:
        return HubUnreachable(f"{hub}: {problem.get('detail') or 'The hub is not ready.'}")
    return HubRefused.of_problem(problem, status=answer.status)


def _why(problem: dict[str, Any]) -> str:
    """Say why a token was refused, without the advice that is for other programs."""
    return {
        "invalid-token": "The hub does not know your token: it was revoked, or is mistyped.",
        "expired-token": "Your token has expired.",
    }.get(str(problem.get("code")), "You are not signed in.")
