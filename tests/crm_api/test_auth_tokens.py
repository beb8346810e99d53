"""Forged, stolen and mangled bearer tokens: none opens anything."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from crm_api.auth import tokens
from pymeai.clock import utc_now
from pymeai.settings import Settings
from tests.crm_api.conftest import Company, problem
from tests.waiting import wait_for

PUBLIC_PEM = b"-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n"
NOBODY = "0190a000-0000-7000-8000-000000000000"


class Forge:
    """What an attacker has: a token of their own; and, to show that each check counts, our key as well."""

    def __init__(self, settings: Settings, own: str, other: str) -> None:
        self.key = tokens.access_key(settings)
        self.own, self.other = own, other
        self.claims: dict[str, Any] = jwt.decode(own, options={"verify_signature": False})
        self.header, self.payload, self.signature = own.split(".")
        self.other_claims: dict[str, Any] = jwt.decode(other, options={"verify_signature": False})

    def signed(self, *, without: str = "", header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Signed with our own key: only the claims or the header are wrong."""
        claims = {name: value for name, value in (self.claims | changes).items() if name != without}
        return jwt.encode(claims, self.key, algorithm="HS256", headers={"typ": "at+jwt"} | (header or {}))

    def with_key(self, key: bytes, algorithm: str = "HS256") -> str:
        return jwt.encode(self.claims, key, algorithm=algorithm, headers={"typ": "at+jwt"})

    def by_hand(self, header: Any, payload: Any = None, signature: str | None = None) -> str:
        """Segments put together without a library's scruples, signed with our key unless a signature is given."""
        head = encoded(json.dumps(header).encode())
        body = encoded(json.dumps(payload).encode()) if payload is not None else self.payload
        if signature is None:
            signature = encoded(hmac.new(self.key, f"{head}.{body}".encode(), hashlib.sha256).digest())
        return f"{head}.{body}.{signature}"

    def altered_payload(self, **changes: Any) -> str:
        """Other claims under the signature of the ones that were."""
        return f"{self.header}.{encoded(json.dumps(self.claims | changes).encode())}.{self.signature}"

    def respelled(self) -> str:
        """The same signature's bytes in another spelling of base64: its last character has two bits to spare."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        last = alphabet.index(self.signature[-1])
        return f"{self.header}.{self.payload}.{self.signature[:-1]}{alphabet[last ^ 1]}"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _in(**times: float) -> float:
    return (utc_now() + timedelta(**times)).timestamp()


FORGERIES: dict[str, Callable[[Forge], str]] = {
    "alg none, unsigned": lambda f: jwt.encode(f.claims, "", algorithm="none"),
    "alg none, our typ, no signature": lambda f: f.by_hand({"alg": "none", "typ": "at+jwt"}, signature=""),
    "alg None in capitals": lambda f: f.by_hand({"alg": "NONE", "typ": "at+jwt"}, signature=""),
    "alg nOnE with the old signature": lambda f: f.by_hand({"alg": "nOnE", "typ": "at+jwt"}, signature=f.signature),
    "alg empty": lambda f: f.by_hand({"alg": "", "typ": "at+jwt"}),
    "alg missing": lambda f: f.by_hand({"typ": "at+jwt"}),
    "alg a list": lambda f: f.by_hand({"alg": ["HS256"], "typ": "at+jwt"}),
    "alg null": lambda f: f.by_hand({"alg": None, "typ": "at+jwt"}),
    "HS512 with our key": lambda f: f.with_key(f.key + f.key, "HS512"),
    "HS384 with our key": lambda f: f.with_key(f.key + f.key, "HS384"),
    "RS256 confusion: says RS256, signed HMAC": lambda f: f.by_hand({"alg": "RS256", "typ": "at+jwt"}),
    "ES256 confusion": lambda f: f.by_hand({"alg": "ES256", "typ": "at+jwt"}),
    "signed HMAC with a public key": lambda f: _signed_with(f, PUBLIC_PEM),
    "other secret": lambda f: f.with_key(b"k" * 32),
    "empty secret": lambda f: _signed_with(f, b""),
    "secret of one zero byte": lambda f: _signed_with(f, b"\x00"),
    "kid of a file": lambda f: f.signed(header={"kid": "/dev/null"}),
    "kid with SQL": lambda f: f.signed(header={"kid": "' union select 'k"}),
    "jku elsewhere": lambda f: f.signed(header={"jku": "https://malo.example/keys"}),
    "x5u elsewhere": lambda f: f.signed(header={"x5u": "https://malo.example/cert"}),
    "key in the header": lambda f: f.signed(header={"jwk": {"kty": "oct", "k": "a2s"}}),
    "critical header": lambda f: f.signed(header={"crit": ["exp"], "exp": 1}),
    "compressed": lambda f: f.signed(header={"zip": "DEF"}),
    "nested": lambda f: f.signed(header={"cty": "JWT"}),
    "another type": lambda f: f.signed(header={"typ": "JWT"}),
    "expired a second ago": lambda f: f.signed(exp=_in(seconds=-1)),
    "expired in 1970": lambda f: f.signed(exp=0),
    "exp negative": lambda f: f.signed(exp=-1),
    "exp a text": lambda f: f.signed(exp="mañana"),
    "exp beyond all numbers": lambda f: f.by_hand({"alg": "HS256", "typ": "at+jwt"}, f.claims | {"exp": float("inf")}),
    "exp not a number": lambda f: f.by_hand({"alg": "HS256", "typ": "at+jwt"}, f.claims | {"exp": float("nan")}),
    "not before tomorrow": lambda f: f.signed(nbf=_in(days=1)),
    "issued tomorrow": lambda f: f.signed(iat=_in(days=1)),
    "without exp": lambda f: f.signed(without="exp"),
    "without iat": lambda f: f.signed(without="iat"),
    "without nbf": lambda f: f.signed(without="nbf"),
    "without sub": lambda f: f.signed(without="sub"),
    "without sid": lambda f: f.signed(without="sid"),
    "without iss": lambda f: f.signed(without="iss"),
    "without aud": lambda f: f.signed(without="aud"),
    "other issuer": lambda f: f.signed(iss="otro"),
    "issuers, one of them ours": lambda f: f.by_hand({"alg": "HS256", "typ": "at+jwt"}, f.claims | {"iss": ["pymeai"]}),
    "other audience": lambda f: f.signed(aud="otra-api"),
    "audiences, one of them ours": lambda f: f.signed(aud=["otra-api", "pymeai-api"]),
    "a claim more": lambda f: f.signed(role="owner"),
    "other subject, own sign-in": lambda f: f.signed(sub=f.other_claims["sub"]),
    "own subject, other sign-in": lambda f: f.signed(sid=f.other_claims["sid"]),
    "subject that never was": lambda f: f.signed(sub=NOBODY),
    "sign-in that never was": lambda f: f.signed(sid=str(uuid4())),
    "subject no UUID": lambda f: f.signed(sub="x"),
    "subject with NUL": lambda f: f.signed(sub="\x00" + f.claims["sub"]),
    "subject in braces": lambda f: f.signed(sub="{" + f.claims["sub"] + "}"),
    "subject in capitals without dashes": lambda f: f.signed(sub=UUID(f.claims["sub"]).hex.upper()),
    "subject a number": lambda f: f.by_hand({"alg": "HS256", "typ": "at+jwt"}, f.claims | {"sub": 7}),
    "subject a list": lambda f: f.by_hand({"alg": "HS256", "typ": "at+jwt"}, f.claims | {"sub": [f.claims["sub"]]}),
    "subject in other digits": lambda f: f.signed(
        sub=f.claims["sub"].translate({48 + n: 0x0660 + n for n in range(10)})
    ),
    "payload changed under the signature": lambda f: f.altered_payload(sub=f.other_claims["sub"]),
    "payload prolonged under the signature": lambda f: f.altered_payload(exp=_in(days=365)),
    "payload of the other, signature of mine": lambda f: f"{f.header}.{f.other.split('.')[1]}.{f.signature}",
    "payload a list": lambda f: f.by_hand({"alg": "HS256", "typ": "at+jwt"}, [f.claims]),
    "payload no JSON": lambda f: _signed_body(f, b"\xff{"),
    "payload nested 5,000 deep": lambda f: _signed_body(f, b"[" * 5000 + b"]" * 5000),
    "payload with doubled keys": lambda f: _signed_body(f, json.dumps(f.claims)[:-1].encode() + b', "admin": 1}'),
    "truncated by a character": lambda f: f.own[:-1],
    "truncated to a half": lambda f: f.own[: len(f.own) // 2],
    "without signature": lambda f: f"{f.header}.{f.payload}.",
    "two segments": lambda f: f"{f.header}.{f.payload}",
    "four segments": lambda f: f"{f.own}.{f.signature}",
    "five segments, as encrypted ones have": lambda f: f"{f.header}..{f.payload}.{f.signature}.{f.signature}",
    "signature respelled": lambda f: f.respelled(),
    "signature padded": lambda f: f"{f.own}=",
    "signature with a stray character": lambda f: f"{f.own[:-3]}!{f.own[-3:]}",
    "twice": lambda f: f"{f.own},{f.other}",
    "refresh token as bearer": lambda f: "A" * 86,
    "NUL inside": lambda f: f.own[:20] + "%00" + f.own[20:],
    "dots alone": lambda f: "..",
    "a long one": lambda f: f"{f.header}.{'A' * 7000}.{f.signature}",
    "an API key's prefix before a token": lambda f: f"pym_{f.own}",
    "an API key that never was": lambda f: f"pym_{'A' * 43}",
    "an API key's prefix alone": lambda f: "pym_",
    "an API key with SQL": lambda f: "pym_'--",
    "an API key in capitals": lambda f: f"PYM_{'A' * 43}",
}


def _signed_with(forge: Forge, key: bytes) -> str:
    signature = encoded(hmac.new(key, f"{forge.header}.{forge.payload}".encode(), hashlib.sha256).digest())
    return f"{forge.header}.{forge.payload}.{signature}"


def _signed_body(forge: Forge, body: bytes) -> str:
    content = f"{forge.header}.{encoded(body)}"
    return f"{content}.{encoded(hmac.new(forge.key, content.encode(), hashlib.sha256).digest())}"


@pytest.fixture(scope="module")
def forge(settings: Settings, company_a: Company, company_b: Company) -> Forge:
    return Forge(settings, company_a.access_token, company_b.access_token)


def test_the_forge_can_make_a_good_one(forge: Forge, client: TestClient, company_a: Company) -> None:
    """Otherwise all that is refused below would prove nothing."""
    for token in (forge.own, forge.signed(), _signed_body(forge, json.dumps(forge.claims).encode())):
        answer = client.get("/api/organization", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["organization_id"] == str(company_a.tenant.organization_id)


def test_there_are_forty_forgeries_or_more() -> None:
    assert len(FORGERIES) >= 40


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_opens_nothing(forge: Forge, client: TestClient, name: str) -> None:
    token = FORGERIES[name](forge)
    assert token != forge.own
    answer = client.get("/api/organization", headers={"Authorization": f"Bearer {token}"})
    found = problem(answer, 401)
    assert found["code"] in {"token_invalid", "session_ended", "api_key_invalid"}
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "organization_id" not in answer.text


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "bearer",
        "Basic eDp5",
        "Token {own}",
        "{own}",
        "Bearer{own}",
        "Digest {own}",
        "Bearer\t",
    ],
)
def test_other_ways_to_send_a_token_are_none(forge: Forge, client: TestClient, header: str) -> None:
    answer = client.get("/api/organization", headers={"Authorization": header.format(own=forge.own)})
    problem(answer, 401)


def test_bytes_that_no_text_has_are_refused(forge: Forge, client: TestClient) -> None:
    for raw in (b"Bearer \xff\xfe", "Bearer ñandú".encode(), b"Bearer " + forge.own.encode() + "٣".encode()):
        problem(client.get("/api/organization", headers={b"Authorization": raw}), 401)


def test_a_token_in_the_address_is_none(forge: Forge, client: TestClient) -> None:
    problem(
        client.get("/api/organization", params={"access_token": forge.own, "token": forge.own}), 401, "not_signed_in"
    )


def test_a_token_signed_for_another_purpose_is_none(settings: Settings, forge: Forge, client: TestClient) -> None:
    """The keys of refresh tokens and of webhooks derive from the same secret, and sign no access token."""
    for key in (tokens._derived(settings.secret(), "refresh token"), settings.secret(), settings.derive("x").encode()):
        answer = client.get("/api/organization", headers={"Authorization": f"Bearer {forge.with_key(key)}"})
        problem(answer, 401, "token_invalid")


def test_a_token_that_was_good_expires_all_the_same(forge: Forge, client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {forge.signed(exp=_in(seconds=2))}"}
    assert client.get("/api/organization", headers=headers).status_code == 200

    def refused() -> Response | None:
        answer = client.get("/api/organization", headers=headers)
        return answer if answer.status_code == 401 else None

    problem(wait_for(refused, 10, "the token's end"), 401, "token_invalid")
