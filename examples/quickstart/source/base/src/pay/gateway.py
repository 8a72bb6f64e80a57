"""The card gateway's HTTPS interface."""

from __future__ import annotations

import json
from http.client import HTTPException, HTTPSConnection
from typing import Callable

from pay.errors import GatewayFailed
from pay.money import Money

TIMEOUT_SECONDS = 0.5


class Gateway:
    """Each call carries a key; the gateway does a request with a known key only once."""

    def __init__(self, host: str, connect: Callable[..., HTTPSConnection] = HTTPSConnection) -> None:
        self._host = host
        self._connect = connect

    def capture(self, card: str, amount: Money, key: str) -> str:
        """Charges the card and returns the gateway's reference."""
        return self._post("/captures", {"card": card, "amount": amount.minor, "currency": amount.currency}, key)

    def refund(self, reference: str, amount: Money, key: str) -> str:
        """Gives money back and returns the gateway's reference."""
        return self._post(f"/captures/{reference}/refunds", {"amount": amount.minor}, key)

    def _post(self, path: str, body: dict[str, object], key: str) -> str:
        connection = self._connect(self._host, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", path, json.dumps(body), {"Idempotency-Key": key})
            answer = connection.getresponse()
            if answer.status != 201:
                raise GatewayFailed(f"{path}: the gateway answered {answer.status}")
            return json.load(answer)["reference"]
        except (HTTPException, OSError) as error:
            raise GatewayFailed(f"{path}: {error}") from error
        finally:
            connection.close()
