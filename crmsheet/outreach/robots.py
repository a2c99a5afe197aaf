"""Group robots of WeCom, DingTalk and Feishu: their documented webhooks, formats and rates.

WeCom: markdown, 4,096 bytes, 20 messages a minute.  DingTalk: markdown, 20,000 bytes, 20 a minute, signed by its secret.
Feishu: text, 20 KB, signed by its secret.  Posted by ``http.client``, which follows nothing and goes where it is told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote_plus, urlsplit

from crmsheet.outreach.errors import RefusedError, UnansweredError
from crmsheet.outreach.messages import Message, body

TIMEOUT = 20  # seconds
PER_MINUTE = 20
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Robot(NamedTuple):
    """A robot's webhook, which holds its token, and the secret that signs, where it has one."""

    webhook: str
    secret: str | None = None


def usable(webhook: str) -> bool:
    """Whether a webhook is an https address (http on this very machine)."""
    try:
        to = urlsplit(webhook)
        return bool(to.hostname) and (to.scheme == "https" or (to.scheme == "http" and to.hostname in _LOOPBACK)) and (to.port or 1) > 0
    except ValueError:
        return False


def post(message: Message, robot: Robot, now: float) -> None:
    """Send one message.  ``now``: seconds since 1970, for the signature.  Raises RefusedError or UnansweredError."""
    query, payload = signed(message, robot.secret, now)
    to = urlsplit(robot.webhook)
    connection = _connect(to)
    path = f"{to.path or '/'}?{to.query}{query}".rstrip("?")
    try:
        connection.request("POST", path, json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"), {"Content-Type": "application/json; charset=utf-8"})
        answer = connection.getresponse()
        status, told = answer.status, answer.read(100_000)
    except (OSError, http.client.HTTPException) as error:
        raise UnansweredError(type(error).__name__) from None
    finally:
        connection.close()
    _accepted(status, told)


def _connect(to: SplitResult) -> http.client.HTTPConnection:
    host = to.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, to.port, timeout=TIMEOUT, context=ssl.create_default_context())
        if to.scheme == "https" else http.client.HTTPConnection(host, to.port, timeout=TIMEOUT)
    )  # fmt: skip
    try:
        connection.connect()
    except OSError as error:
        raise RefusedError(type(error).__name__) from None
    return connection


def _accepted(status: int, told: bytes) -> None:
    """All three answer 200 with a code: ``errcode``, or ``code``; 0 is yes."""
    if status != 200:
        raise RefusedError(f"HTTP {status}")
    try:
        answer = json.loads(told)
        code = answer.get("errcode", answer.get("code", answer.get("StatusCode")))
    except (ValueError, AttributeError):
        raise UnansweredError("no answer in JSON") from None
    if code != 0:
        raise RefusedError(f"code {code}" if isinstance(code, int) else "no code")


def signed(message: Message, secret: str | None, now: float) -> tuple[str, dict[str, Any]]:
    """What is added to the webhook's query, and the payload."""
    if message.channel == "wecom":
        return "", {"msgtype": "markdown", "markdown": {"content": body(message)}}
    if message.channel == "dingtalk":
        stamp = str(int(now * 1000))
        sign = _sign(secret, stamp + "\n" + secret) if secret else ""
        query = f"&timestamp={stamp}&sign={quote_plus(sign)}" if secret else ""
        text = body(message).replace("\n", "\n\n")  # one line break is none in its markdown
        return query, {"msgtype": "markdown", "markdown": {"title": message.subject, "text": text}}
    payload: dict[str, Any] = {"msg_type": "text", "content": {"text": body(message)}}
    if secret:
        stamp = str(int(now))
        payload |= {"timestamp": stamp, "sign": _sign(f"{stamp}\n{secret}", "")}
    return "", payload


def _sign(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
