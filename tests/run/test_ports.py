"""Ports: a taken one is named, a lingering connection is none."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from comptoir.run import ports
from comptoir.run.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A program that listens, and would share its port as web servers do."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        yield taken


def test_a_taken_port_is_named(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with pytest.raises(Problem, match=rf"Port {port} on 127.0.0.1 is taken by another program. Use --port."):
        ports.must_be_free(port, hint="Use --port.", patience=0.2)


def test_a_port_that_was_used_a_moment_ago_is_free(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with socket.create_connection((ports.LOOPBACK, port)):
        accepted, _ = listener.accept()
        listener.close()
        accepted.close()  # closed by the server: the connection lingers on this port
    ports.must_be_free(port, hint="", patience=0)


def test_a_port_that_is_not_ours_to_take_is_named() -> None:
    with pytest.raises(Problem, match="cannot be used"):
        ports.must_be_free(8000, host="192.0.2.1", hint="", patience=0)


def test_nobody_answers(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    assert ports.answers(port, "/") is None
