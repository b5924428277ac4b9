"""The one shape that travels everywhere: a JSON object."""

from typing import Any

Json = dict[str, Any]
