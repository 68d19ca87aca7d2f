"""Who may see what: access tokens, their proofs, and the accounts they open."""

import hashlib
import hmac

from simulator.meta_ads.errors import (
    missing_token,
    not_granted,
    revoked_token,
    unknown_object,
    unknown_token,
    wrong_proof,
)
from simulator.meta_ads.request import GraphRequest
from simulator.world.model import AdAccount, Credentials, Door

PARTY = "meta_ads"


def appsecret_proof(*, app_secret: str, token: str) -> str:
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class Access:
    """The accounts one request's token opens. A wrong proof is refused; a missing one is not."""

    def __init__(self, door: Door, request: GraphRequest) -> None:
        self._door = door
        if not request.token:
            raise missing_token()
        opened = [one for one in door.credentials if one.party == PARTY and _matches(one, request.token)]
        if not opened:
            raise unknown_token()
        proof = request.text("appsecret_proof")
        if proof is not None and not any(_proves(one, request.token, proof) for one in opened):
            raise wrong_proof()
        self._open = [one.account_id for one in opened if not door.is_revoked(PARTY, one.account_id)]
        if not self._open:
            raise revoked_token()

    def accounts(self) -> list[AdAccount]:
        return [account for account in self._door.world.accounts(PARTY) if account.id in self._open]

    def account(self, account_id: str, *, method: str = "get") -> AdAccount:
        account = self._door.world.account(PARTY, account_id)
        if account is None:
            raise unknown_object(f"act_{account_id}", method)
        if account_id not in self._open:
            if self._door.is_revoked(PARTY, account_id):
                raise revoked_token()
            raise not_granted(account_id)
        return account


def _matches(credentials: Credentials, token: str) -> bool:
    return hmac.compare_digest(credentials.fields.get("TOKEN", ""), token)


def _proves(credentials: Credentials, token: str, proof: str) -> bool:
    expected = appsecret_proof(app_secret=credentials.fields.get("APP_SECRET", ""), token=token)
    return hmac.compare_digest(expected, proof)
