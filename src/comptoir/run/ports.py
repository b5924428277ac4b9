"""Ports: is one free, and does somebody answer there yet?"""

from __future__ import annotations

import errno
import http.client
import socket
import time

from comptoir.run.problem import Problem

LOOPBACK = "127.0.0.1"
OK = 200


def must_be_free(port: int, *, host: str = LOOPBACK, hint: str, patience: float = 2.0) -> None:
    """Check that a port can be listened on. The web server itself would share a taken one without a word.

    `hint` ends the sentence: how another port is chosen. A port that a killed run held gets `patience` seconds.

    Raises:
        Problem: it is taken, or not ours to take.
    """
    until = time.monotonic() + patience
    while (failure := _bind(host, port)) is not None:
        if failure.errno != errno.EADDRINUSE:
            raise Problem(f"Port {port} on {host} cannot be used: {failure.strerror}. {hint}")
        if time.monotonic() > until:
            raise Problem(f"Port {port} on {host} is taken by another program. {hint}")
        time.sleep(0.1)


def answers(port: int, path: str, *, host: str = LOOPBACK, timeout: float = 5.0) -> bytes | None:
    """Ask with GET; return the body of a 200, or None while there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if answer.status == OK else None


def _bind(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections of an earlier run that still linger do not count; a listener does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
