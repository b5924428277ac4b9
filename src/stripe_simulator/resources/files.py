"""Files: uploaded as multipart/form-data, named by dispute evidence."""

import base64
from pathlib import PurePosixPath

from stripe_simulator import ids
from stripe_simulator.errors import invalid, malformed
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.multipart import Upload
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources import file_links
from stripe_simulator.types import Json

READ, WRITE = "rak_file_read", "rak_file_write"
MEGABYTE = 1024 * 1024
LARGEST = {"dispute_evidence": 5 * MEGABYTE}  # bytes; what is not named here is bounded by the request
KINDS = {  # what the content begins with
    b"%PDF-": "pdf",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
}
ALLOWED = {"dispute_evidence": ("pdf", "png", "jpg")}


@operation("POST", "/v1/files", permission=WRITE)
def create(call: Call) -> Json:
    """The type is read out of the content, whatever the name says. What was sent stays a fact of the simulator's."""
    params = call.params
    sent = params["file"]
    if not isinstance(sent, Upload):
        raise malformed("Invalid file: a file must be uploaded as multipart/form-data.", param="file")
    purpose: str = params["purpose"]
    content = base64.b64decode(sent["content"])
    kind = _kind(content, sent["filename"])
    if not content:
        raise invalid("The file you uploaded is empty.", param="file")
    if len(content) > LARGEST.get(purpose, len(content)):
        most = LARGEST[purpose] // MEGABYTE
        raise invalid(f"Files with purpose {purpose} may have at most {most} MB.", param="file")
    if purpose in ALLOWED and kind not in ALLOWED[purpose]:
        words = ", ".join(ALLOWED[purpose])
        raise invalid(f"Files with purpose {purpose} must be of one of these types: {words}.", param="file")
    linked: Json = params.get("file_link_data") or {}
    if linked.get("create"):
        file_links.check(call.mode, purpose, linked, purpose_param="purpose", within="file_link_data")
    identifier = ids.make("file")
    file = call.mode.put(
        {
            "id": identifier,
            "object": "file",
            "created": call.world.clock.seconds(),
            "expires_at": None,
            "filename": PurePosixPath(sent["filename"].replace("\\", "/")).name or None,
            "links": {"object": "list", "data": [], "has_more": False, "url": f"/v1/file_links?file={identifier}"},
            "purpose": purpose,
            "size": len(content),
            "title": None,
            "type": kind,
            "url": f"{call.world.settings.public_url}/v1/files/{identifier}/contents",
        },
        content=sent["content"],
    )
    if linked.get("create"):
        file_links.new_link(call.mode, file, linked)
    return file


def _kind(content: bytes, name: str) -> str | None:
    for start, kind in KINDS.items():
        if content.startswith(start):
            return kind
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    return ending if ending and ending not in KINDS.values() else None  # a script called .pdf is no PDF


@operation("GET", "/v1/files/{file}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "file", "file", param="file")


@operation("GET", "/v1/files", permission=READ)
def listing(call: Call) -> Json:
    return page(matching(call.mode.all("file"), call.params, "purpose"), call.params, "/v1/files", "file")
