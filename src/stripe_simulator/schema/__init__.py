"""Stripe's own schema, read from the installed `stripe` package: its operations, what they accept and answer."""

from stripe_simulator.schema.catalog import Catalog, Operation, load_requests, load_responses
from stripe_simulator.schema.nodes import Node

__all__ = ["Catalog", "Node", "Operation", "load_requests", "load_responses"]
