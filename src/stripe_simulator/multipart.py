"""Uploads: `multipart/form-data` (RFC 7578), read into the same shape as a form."""

import base64
import re
from urllib.parse import urlencode

from stripe_simulator import form
from stripe_simulator.errors import malformed
from stripe_simulator.types import Json

KIND = "multipart/form-data"
PATH = "/v1/files"  # the one address that takes it
LARGEST = 16 * 1024 * 1024  # bytes of a request
BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
PARAMETER = re.compile(r';\s*(name|filename)="([^"]*)"', re.IGNORECASE)
UNREADABLE = "Invalid request: the multipart body could not be read."


class Upload(dict[str, str]):
    """A file: `filename` and `content`, the latter in base64; no other body can bring one."""


def decode(raw: bytes, kind: str) -> Json:
    """Fields as `form.decode` gives them; files are Uploads. Raises StripeError."""
    found = BOUNDARY.search(kind)
    if found is None:
        raise malformed(UNREADABLE)
    if len(raw) > LARGEST:
        raise malformed(f"Invalid request: an upload may have at most {LARGEST // 1024 // 1024} MB.", param="file")
    mark = b"--" + found[1].encode()
    first, *parts = (b"\r\n" + raw).split(b"\r\n" + mark)
    if first or not parts or not parts[-1].startswith(b"--"):
        raise malformed(UNREADABLE)
    fields: list[tuple[str, str]] = []
    files: Json = {}
    for part in parts[:-1]:
        head, gap, content = part.partition(b"\r\n\r\n")
        named = _named(head)
        if not gap or "name" not in named:
            raise malformed(UNREADABLE)
        if "filename" in named:
            files[named["name"]] = Upload(filename=named["filename"], content=base64.b64encode(content).decode("ascii"))
        else:
            fields.append((named["name"], content.decode("utf-8", errors="replace")))
    return form.decode(urlencode(fields)) | files


def _named(head: bytes) -> dict[str, str]:
    """The `name` and `filename` of a part."""
    for line in head.decode("utf-8", errors="replace").split("\r\n"):
        if line.lower().startswith("content-disposition:"):
            return {name.lower(): value for name, value in PARAMETER.findall(line)}
    return {}
