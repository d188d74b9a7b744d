"""A connection to the app that can be cut or hang: everything between browser and server goes through it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from tests.browser.running_app import free_port


class Cable:
    """Passes bytes on to another port of this machine, except while it is cut or hangs.

    Attributes:
        url: Where the browser finds the app behind it.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._port = free_port()
        self._ends: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._flows = threading.Event()
        self._flows.set()
        self.url = f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        """From now on connections are passed on."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def hang(self) -> None:
        """Keep all connections open, and pass nothing on: as far as the ends can tell, the other one is silent."""
        self._flows.clear()

    def flow(self) -> None:
        """Pass on again, first what came meanwhile."""
        self._flows.set()

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        listener, self._listener = self._listener, None
        ends, self._ends = self._ends, []
        for end in [*([listener] if listener else []), *ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the listener is closed by cut()
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):  # either end may be cut at any time
            while data := source.recv(65_536):
                self._flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def cable_to(url: str) -> Iterator[Cable]:
    """A cable to the app at this address."""
    cable = Cable(int(url.rsplit(":", 1)[1]))
    cable.mend()
    try:
        yield cable
    finally:
        cable.cut()
