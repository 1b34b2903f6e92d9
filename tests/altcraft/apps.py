"""A mobile app of a subscriber, with the requests that Altcraft's SDK sends."""

from typing import Any

from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.altcraft.conftest import Altcraft

ANN = "1f3ec6ad639b4dd420feffb8"
BLOG = "2fHLS9YR9daS-a90b371eecc29a01"
SHOP = "2fHLS9YR9daS-a90b371eecc29a24"
APP = "2fHLS9YR9daS-a90b371eecc29a26"
SECRETS = {BLOG: "secret-of-the-blog", SHOP: "secret-of-the-shop", APP: "secret-of-the-app"}
BY_EMAIL = {"db_id": 1, "matching": "email", "email": "ann@example.com"}
ANDROID = "android-firebase"


def signed(matching: object, secret: str = SECRETS[BLOG], *, alg: str = "HS256", **headers: str) -> str:
    """Return a JWT with the claim `matching`."""
    return jwt.encode({"alg": alg} | headers, {"matching": matching}, OctKey.import_key(secret), [alg])


class App:
    """A client with a JWT of a resource, or with the resource's token."""

    def __init__(self, altcraft: Altcraft, matching: object = None, resource: str = BLOG) -> None:
        self.altcraft = altcraft
        shown = f"rtoken@{resource}" if matching is None else signed(matching, SECRETS[resource])
        self.headers = {"Authorization": f"Bearer {shown}"}

    def ask(self, path: str, body: Any = None, **query: object) -> Response:
        http = self.altcraft.emulator.http
        params: Any = query
        if body is None:
            return http.get(path, params=params, headers=self.headers)
        return http.post(path, params=params, headers=self.headers, json=body)

    def profile(self, path: str, body: Any = None, **query: object) -> Any:
        """Return the profile of a successful response."""
        answer = self.ask(path, body, **query)
        content = answer.json()
        assert answer.status_code == 200, content
        assert (content["error"], content["error_text"]) == (0, "")
        return content["profile"]

    def refused(self, path: str, body: Any = None, **query: object) -> tuple[int, str]:
        answer = self.ask(path, body, **query)
        content = answer.json()
        assert content == {"error": answer.status_code, "error_text": content["error_text"]}
        return content["error"], content["error_text"]

    def subscribe(
        self, token: str = "dev-1", *, provider: str = ANDROID, wanted: Any = None, **said: Any
    ) -> Any:
        """Subscribe a device; return the profile. `wanted` has the fields of the subscription."""
        return self.profile("/subscription/push/subscribe/", subscribing(token, provider, wanted, **said))

    def status(self, **query: str) -> Any:
        return self.profile("/subscription/push/status/", **query)


def subscribing(token: str = "dev-1", provider: str = ANDROID, wanted: Any = None, **said: Any) -> Any:
    about = {"subscription_id": token, "provider": provider, "status": "subscribed"}
    return {"time": 1767225600, "subscription_id": token, "subscription": about | (wanted or {})} | said
