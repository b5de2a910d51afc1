"""An institute's OpenID Connect server on loopback, for one client, which can also lie.

It checks what a server has to check (client, redirect URI, secret, PKCE, codes that count once), so
that a hub that leaves something out is not let in.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, SECRET = "valhub:lab", "s\u00e9cret & more"
KID = "today"
Answer = tuple[int, dict[str, str], bytes]


@cache
def signing_key() -> RSAKey:
    """Make the server's key; once, because it takes a while."""
    return RSAKey.generate_key(2048, {"kid": KID, "use": "sig"})


@cache
def strangers_key() -> RSAKey:
    """Make a key of somebody else, under the same name."""
    return RSAKey.generate_key(2048, {"kid": KID, "use": "sig"})


def signed(claims: dict[str, Any]) -> str:
    """Sign claims as an honest server does."""
    return jwt.encode({"alg": "RS256", "kid": KID}, claims, signing_key())


@dataclass
class InstituteServer:
    """What the server knows, and in what it lies.

    Attributes
    ----------
    person : dict
        The claims about who signs in.
    in_userinfo : bool
        Whether what is not `sub` is said at `userinfo` alone.
    changed : dict
        Claims of the token that are replaced; None removes one.
    sign : callable
        Makes the token of its claims.
    discovery : dict
        Entries of the discovery document that are replaced.
    broken : dict
        Answers by path that replace the honest ones.
    silent : Event
        While it is not set, requests are not answered.
    asked : list of str
        The paths of all requests.
    """

    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    in_userinfo: bool = False
    userinfo: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] = signed
    keys: list[dict[str, Any]] = field(default_factory=lambda: [signing_key().as_dict()])
    discovery: dict[str, Any] = field(default_factory=dict)
    redirect_uri: str = ""
    broken: dict[str, Answer] = field(default_factory=dict)
    silent: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, address: str) -> dict[str, str]:
        """Sign the person in, and return what their browser brings back to the hub."""
        asked = {name: one for name, (one,) in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == self.redirect_uri
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def answer(self, path: str, form: dict[str, str], authorization: str) -> Answer:
        """Answer a request of the hub."""
        self.asked.append(path)
        self.silent.wait(30)
        if path in self.broken:
            return self.broken[path]
        if path == "/token":
            return self._token(form, authorization)
        documents = {
            "/.well-known/openid-configuration": self._discovery,
            "/keys": lambda: {"keys": self.keys},
            "/userinfo": lambda: {**self.person, **self.userinfo},
        }
        found = documents.get(path)
        if found is None or (path == "/userinfo" and authorization != "Bearer access"):
            return _json(404, {})
        return _json(200, found())

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            **self.discovery,
        }

    def _token(self, form: dict[str, str], authorization: str) -> Answer:
        if self._client(form, authorization) != (CLIENT_ID, SECRET):
            return _json(401, {"error": "invalid_client"})
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return _json(400, {"error": "invalid_grant"})
        tokens = {"access_token": "access", "token_type": "Bearer"}
        return _json(200, tokens | {"id_token": self.sign(self._claims(asked["nonce"]))})

    def _client(self, form: dict[str, str], authorization: str) -> tuple[str, str]:
        kind, _, pair = authorization.partition(" ")
        if kind != "Basic":
            return form.get("client_id", ""), form.get("client_secret", "")
        name, _, secret = base64.b64decode(pair).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)

    def _claims(self, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        said = {"sub": self.person["sub"]} if self.in_userinfo else self.person
        times = {"iat": now, "exp": now + 300}
        honest = {"iss": self.url, "aud": CLIENT_ID, "nonce": nonce, **times, **said}
        return {name: one for name, one in (honest | self.changed).items() if one is not None}


@contextmanager
def running_institute() -> Iterator[InstituteServer]:
    """Serve an institute on a free port for as long as the block runs."""
    institute = InstituteServer()
    institute.silent.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(institute))
    institute.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield institute
    finally:
        institute.silent.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _json(status: int, document: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def _handler(institute: InstituteServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: one for name, (one,) in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            given = self.headers.get("Authorization", "")
            status, headers, body = institute.answer(self.path, form, given)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Tests say what matters."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                """The hub gave up."""

    return Handler
