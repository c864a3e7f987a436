"""Accounts: sellers who are paid through the platform, and the way that leads them to the onboarding page."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.objects import Account, Metadata, OnboardingLink, new_id
from fairseat_local.provider.params import Short, Text, check_currency
from fairseat_local.provider.work import Work

LINK_LIVES_S = 300
DUE = (
    "business_profile.url",
    "external_account",
    "individual.first_name",
    "individual.last_name",
    "tos_acceptance.date",
)
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]


class Requested(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether a capability is wanted."""

    requested: bool = False


class Capabilities(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an account is to be able to do."""

    card_payments: Requested = msgspec.field(default_factory=Requested)
    transfers: Requested = msgspec.field(default_factory=Requested)


class BusinessProfile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the provider is told about the seller's trade; the stand-in does nothing with it."""

    mcc: Short | None = None
    name: Short | None = None
    product_description: Text | None = None
    url: Text | None = None


class CreateAccount(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/accounts`."""

    type: Literal["custom", "express", "standard"] = "standard"
    business_profile: BusinessProfile = msgspec.field(default_factory=BusinessProfile)
    business_type: Literal["company", "government_entity", "individual", "non_profit"] | None = None
    capabilities: Capabilities = msgspec.field(default_factory=Capabilities)
    country: Country = "DE"
    default_currency: Short = "eur"
    email: Short | None = None
    metadata: Metadata = {}


class UpdateAccount(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/accounts/{id}`."""

    business_profile: BusinessProfile = msgspec.field(default_factory=BusinessProfile)
    email: Short | None = None
    metadata: Metadata = {}


class CreateLink(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/account_links`."""

    account: Short
    refresh_url: Text
    return_url: Text
    type: Literal["account_onboarding"]
    collect: Literal["currently_due", "eventually_due"] = "currently_due"


class AccountLink(msgspec.Struct, kw_only=True):
    """The answer: where to send the seller, now."""

    object: str = "account_link"
    created: int
    expires_at: int
    url: str


def account_create(work: Work, _: str, params: CreateAccount) -> Account:
    """A seller of whom nothing is known yet."""
    wanted: dict[str, Requested] = msgspec.structs.asdict(params.capabilities)
    account = Account(
        id=new_id("acct"),
        created=work.now,
        type=params.type,
        business_type=params.business_type,
        country=params.country,
        default_currency=check_currency(params.default_currency),
        email=params.email,
        capabilities={name: "inactive" for name, asked in wanted.items() if asked.requested},
        requirements=_requirements(list(DUE)),
        metadata=params.metadata,
    )
    work.journal.insert(account)
    work.record("account_created", account)
    return account


def account_update(work: Work, account_id: str, params: UpdateAccount) -> Account:
    """Note something about an account."""
    account = work.load(Account, "account", account_id)
    account.email = params.email or account.email
    account.metadata = {**account.metadata, **params.metadata}
    work.journal.update(account)
    work.emit("account.updated", account)
    return account


def account_link_create(work: Work, _: str, params: CreateLink) -> AccountLink:
    """A way into the onboarding page, for a few minutes."""
    account = work.load(Account, "account", params.account, "account")
    for name in ("refresh_url", "return_url"):
        if urlsplit(getattr(params, name)).scheme not in ("http", "https"):
            raise errors.invalid("Not a valid URL.", code="url_invalid", param=name)
    link = OnboardingLink(
        id=new_id("al"),
        created=work.now,
        account=account.id,
        expires_at=work.now + LINK_LIVES_S,
        refresh_url=params.refresh_url,
        return_url=params.return_url,
    )
    work.journal.insert(link, parent=account.id)
    url = f"{work.public_url}/dev/provider/onboarding/{account.id}?link={link.id}"
    return AccountLink(created=link.created, expires_at=link.expires_at, url=url)


def account_settle(work: Work, account: Account, *, onboarded: bool) -> Account:
    """The provider has checked the seller, or has found something wrong. Twice the same changes nothing."""
    if account.details_submitted and account.payouts_enabled == onboarded:
        return account
    state = "active" if onboarded else "inactive"
    account.details_submitted = True
    account.payouts_enabled = onboarded
    account.charges_enabled = onboarded and "card_payments" in account.capabilities
    account.capabilities = dict.fromkeys(account.capabilities or ["transfers"], state)
    account.requirements = _requirements([] if onboarded else ["individual.verification.document"])
    work.journal.update(account)
    work.record("account_onboarded" if onboarded else "account_restricted", account)
    work.emit("account.updated", account)
    return account


def _requirements(due: list[str]) -> dict[str, Any]:
    return {
        "currently_due": due,
        "eventually_due": due,
        "past_due": [],
        "pending_verification": [],
        "disabled_reason": "requirements.past_due" if due else None,
    }
