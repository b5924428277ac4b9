"""Stripe's error bodies. Everything that goes wrong inside /v1 is raised as one of these."""

from collections.abc import Callable
from typing import Any

from stripe_simulator.types import Json

INVALID = "invalid_request_error"
CARD = "card_error"


class StripeError(Exception):
    """An answer other than 200.

    `validation` marks refusals made before an operation began: an idempotency key does not keep those.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        validation: bool = False,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code, self.param = status, message, kind, code, param
        self.validation = validation
        self.headers = headers or {}
        self.more = more

    def reshape(self, shape: Callable[[Json], Json]) -> None:
        """The objects that an error shows, as an older version of the API shows them."""
        self.more = {name: shape(value) if isinstance(value, dict) else value for name, value in self.more.items()}

    def body(self, log_url: str | None = None) -> Json:
        """The JSON body; absent fields are left out, as Stripe leaves them out."""
        error: Json = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + self.code.replace("_", "-")
        if self.param:
            error["param"] = self.param
        error.update({key: value for key, value in self.more.items() if value is not None})
        if log_url:
            error["request_log_url"] = log_url
        return {"error": error}


def invalid(message: str, *, code: str | None = None, param: str | None = None, **more: Any) -> StripeError:
    """400, found by the operation itself."""
    return StripeError(400, message, code=code, param=param, **more)


def malformed(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """400, found before the operation began."""
    return StripeError(400, message, code=code, param=param, validation=True)


def missing(param: str) -> StripeError:
    return malformed(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(noun: str, identifier: str, *, param: str = "id", status: int = 404, hint: str = "") -> StripeError:
    """The id names nothing (404), or a parameter or cursor names nothing (400)."""
    return StripeError(status, f"No such {noun}: '{identifier}'{hint}", code="resource_missing", param=param)


def no_access(account: str) -> StripeError:
    """An account that is not this one, nor connected to it."""
    return StripeError(
        403,
        f"The provided key does not have access to account '{account}' (or that account does not exist). Application "
        "access may have been revoked.",
        code="account_invalid",
        validation=True,
    )


def unrecognized(method: str, path: str) -> StripeError:
    return StripeError(
        404,
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. "
        "If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. "
        "Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
        validation=True,
    )


def not_built(what: str) -> StripeError:
    """Something real Stripe does and this simulator does not: said openly, never answered with a made-up 200."""
    return StripeError(501, f"{what} is not implemented by this simulator.", kind="api_error", validation=True)
