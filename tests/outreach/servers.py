"""A mail server and a robots' server on loopback that check what they get, and that fail as they are told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

LIMITS = {"wecom": 4096, "dingtalk": 20_000, "feishu": 20_480}  # bytes, as the three document them
SECRET = "SEC-of-the-test"
Fate = Callable[[], str]  # ok, refuse (code ≠ 0), error (HTTP 500), mute (took it, says nothing), drop (hangs up before reading)


class Robots:
    """What each robot took: texts in the order of arrival; ``wrong``: requests that break a format, a limit or a signature."""

    def __init__(self, fate: Fate = lambda: "ok") -> None:
        self.fate, self.took, self.wrong, self.tries = fate, list[tuple[str, str]](), list[str](), 0
        self.port = 0

    def take(self, path: str, payload: Any) -> None:
        robot = urlsplit(path).path.strip("/")
        text = {"wecom": lambda: payload["markdown"]["content"], "dingtalk": lambda: payload["markdown"]["text"], "feishu": lambda: payload["content"]["text"]}[robot]()
        kind = payload.get("msgtype", payload.get("msg_type"))
        if kind != {"wecom": "markdown", "dingtalk": "markdown", "feishu": "text"}[robot] or (robot == "dingtalk" and not payload["markdown"]["title"]):
            self.wrong.append(f"{robot}: {kind}")
        if len(text.encode("utf-8")) > LIMITS[robot]:
            self.wrong.append(f"{robot}: {len(text.encode('utf-8'))} bytes")
        if not self._signed(robot, parse_qs(urlsplit(path).query), payload):
            self.wrong.append(f"{robot}: signature")
        self.took.append((robot, text))

    @staticmethod
    def _signed(robot: str, query: dict[str, list[str]], payload: Any) -> bool:
        """As the documentation of each says: DingTalk signs with the secret, Feishu signs nothing with stamp and secret."""
        if query.get("key") != ["token"]:
            return False
        if robot == "wecom":
            return True
        stamp = query["timestamp"][0] if robot == "dingtalk" else payload["timestamp"]
        both = f"{stamp}\n{SECRET}".encode()
        key, text = (SECRET.encode(), both) if robot == "dingtalk" else (both, b"")
        wanted = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        return wanted == (query["sign"][0] if robot == "dingtalk" else payload["sign"])


@contextmanager
def robots(fate: Fate = lambda: "ok") -> Iterator[Robots]:
    seen = Robots(fate)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.tries += 1
            fate = seen.fate()
            if fate == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if fate in ("ok", "mute"):
                seen.take(self.path, payload)
            if fate == "mute":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            code = 0 if fate == "ok" else 45009
            answer = json.dumps({"code": code} if "feishu" in self.path else {"errcode": code, "errmsg": "told"}).encode()
            self.send_response(500 if fate == "error" else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Letters:
    """What a mail server took: (address, subject, text)."""

    def __init__(self) -> None:
        self.took, self.answers, self.port = list[tuple[str, str, str]](), list[str](), 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002  aiosmtpd calls it so
        if self.answers and not (answer := self.answers.pop(0)).startswith("250"):
            return answer
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage) and letter["To"] == envelope.rcpt_tos[0] and letter["Message-ID"]
        self.took.append((envelope.rcpt_tos[0], str(letter["Subject"]), letter.get_content()))
        return "250 OK"


@contextmanager
def letters() -> Iterator[Letters]:
    seen = Letters()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        seen.port = free.getsockname()[1]
    controller = Controller(seen, hostname="127.0.0.1", port=seen.port)
    controller.start()
    try:
        yield seen
    finally:
        controller.stop()
