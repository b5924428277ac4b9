"""Links to files: an address at which anybody may read one, until it expires."""

from typing import Any

from stripe_simulator import ids
from stripe_simulator.duties import duty, plan
from stripe_simulator.errors import invalid
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_file_read", "rak_file_write"  # a link gives what the file gives [?]
ROOT, KIND = "/v1/file_links", "file_link"
NOW = "now"
SHARED = frozenset(  # purposes of files that may be linked to
    {
        *("business_icon", "business_logo", "customer_signature", "dispute_evidence", "finance_report_run"),
        *("financial_account_statement", "identity_document_downloadable", "issuing_regulatory_reporting"),
        *("pci_document", "selfie", "sigma_scheduled_query", "tax_document_user_upload", "terminal_android_apk"),
        "terminal_reader_splashscreen",
    }
)


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    file = find(call.mode, "file", call.params["file"], param="file", status=400)
    check(call.mode, file["purpose"], call.params)
    return new_link(call.mode, file, call.params)


def check(mode: Mode, purpose: str, params: Json, *, purpose_param: str = "file", within: str = "") -> None:
    """Raises StripeError when a file of this purpose has no links, or the link would end before it began."""
    if purpose not in SHARED:
        raise invalid(f"You cannot create a file link for a file with purpose {purpose}.", param=purpose_param)
    if "expires_at" in params:
        _later(mode, params["expires_at"], f"{within}[expires_at]" if within else "expires_at")


def _later(mode: Mode, moment: int, param: str = "expires_at") -> int:
    if moment <= mode.world.clock.seconds():
        raise invalid("The expires_at timestamp must be in the future.", param=param)
    return moment


def new_link(mode: Mode, file: Json, params: Json) -> Json:
    token = ids.token(48)
    link = mode.put(
        {
            "id": ids.make("link"),
            "object": KIND,
            "created": mode.world.clock.seconds(),
            "expired": False,
            "expires_at": None,
            "file": file["id"],
            "livemode": mode.livemode,
            "metadata": merged({}, params.get("metadata")),
            "url": f"{mode.world.settings.public_url}/links/{mode.name}_{token}",
        },
        token=token,
    )
    if "expires_at" in params:
        _ends(mode, link, params["expires_at"])
    _show(mode, link)
    return link


def _ends(mode: Mode, link: Json, moment: int | None) -> None:
    link["expires_at"] = moment
    if moment is not None:
        plan(mode, float(moment), "file_link_ends", link=link["id"], at=moment)


@duty("file_link_ends")
def _ended(mode: Mode, data: Json) -> None:
    link = mode.get(KIND, data["link"])
    if link is not None and link["expires_at"] == data["at"]:  # it may have been given more time meanwhile
        link["expired"] = True
        _show(mode, link)


def _show(mode: Mode, link: Json) -> None:
    """The file carries its newest links."""
    file = mode.objects[link["file"]]
    rows = (row for row in mode.all(KIND) if row["file"] == file["id"])
    file["links"] = page(rows, {}, file["links"]["url"], KIND)


@operation("GET", ROOT + "/{link}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, KIND, "link", param="link")


@operation("POST", ROOT + "/{link}", permission=WRITE)
def update(call: Call) -> Json:
    """A link that has expired can no longer be updated."""
    link = from_path(call, KIND, "link", param="link")
    if link["expired"]:
        raise invalid("This file link has expired and can no longer be updated.", param="link")  # words not verified
    sent: Any = call.params.get("expires_at", link["expires_at"])
    if isinstance(sent, int) and sent != link["expires_at"]:
        _later(call.mode, sent)
    metadata = merged(link["metadata"], call.params.get("metadata"))
    if sent == NOW:
        link.update(expires_at=call.world.clock.seconds(), expired=True)
    elif sent != link["expires_at"]:
        _ends(call.mode, link, sent or None)
    link["metadata"] = metadata
    _show(call.mode, link)
    return link


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    return page(matching(call.mode.all(KIND), call.params, "file", "expired"), call.params, ROOT, KIND)


def of_address(mode: Mode, token: str) -> Json | None:
    """The file behind an address that still lives."""
    for link in mode.all(KIND):
        if mode.facts(link["id"])["token"] == token and not link["expired"]:
            return mode.get("file", link["file"])
    return None
