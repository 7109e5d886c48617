"""A wire to a server on loopback: it counts requests, and is cut after so many, before or after the server has heard the last."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

import pytest

every_fault = pytest.mark.skipif(
    "CHURN_EVERY_FAULT" not in os.environ, reason="one more fault of its kind: `make test-tracking` runs every one"
)
METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ")


class Wire:
    """Forwards bytes both ways between whoever connects and a port; a cut wire hangs up on everybody."""

    def __init__(self, target: int) -> None:
        self.target, self.requests, self.cut_at, self.heard = target, 0, None, False
        self.door = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.lock, self.open = threading.Lock(), []

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.door.getsockname()[1]}"

    def cut(self, after: int | None, *, heard: bool = False) -> None:
        """Be cut at the request of that number from now on; `heard`: once the server has answered it. None: be whole again."""
        self.requests, self.cut_at, self.heard = 0, after, heard

    def __enter__(self) -> Wire:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.door.close()
        for one in self.open:
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the door is closed: the test is over
            while True:
                client, _ = self.door.accept()
                self.open.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(("127.0.0.1", self.target)) as server:
            threading.Thread(target=self._answers, args=(server, client), daemon=True).start()
            while data := client.recv(65536):
                if data.startswith(METHODS) and self._counted() and not self.heard:
                    break
                server.sendall(data)
            _hang_up(client, server)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if self._is_cut():
                    break
                client.sendall(data)
            _hang_up(client, server)

    def _counted(self) -> bool:
        with self.lock:
            self.requests += 1
        return self._is_cut()

    def _is_cut(self) -> bool:
        return self.cut_at is not None and self.requests >= self.cut_at


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
