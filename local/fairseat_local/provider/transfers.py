"""Transfers: money from the platform to a seller's account, and back. The platform's balance is never too low."""

from __future__ import annotations

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.objects import Account, Charge, Metadata, Transfer, TransferReversal, new_id
from fairseat_local.provider.params import AMOUNT_MAX, Short, Text, check_currency, check_step
from fairseat_local.provider.work import Work


class CreateTransfer(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/transfers`."""

    amount: int
    currency: Short
    destination: Short
    description: Text | None = None
    metadata: Metadata = {}
    source_transaction: Short | None = None
    transfer_group: Short | None = None


class CreateReversal(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/transfers/{id}/reversals`; no amount means all that is left."""

    amount: int | None = None
    description: Text | None = None
    metadata: Metadata = {}


def transfer_create(work: Work, _: str, params: CreateTransfer) -> Transfer:
    """Pay an account that has been onboarded."""
    currency = check_currency(params.currency)
    if not 0 < params.amount <= AMOUNT_MAX:
        message = f"An amount is 1 to {AMOUNT_MAX}."
        raise errors.invalid(message, code="parameter_invalid_integer", param="amount")
    check_step(params.amount, currency, "amount")
    account = work.load(Account, "account", params.destination, "destination")
    if params.source_transaction:
        work.load(Charge, "charge", params.source_transaction, "source_transaction")
    if account.capabilities.get("transfers") != "active":
        message = f"The account {account.id} cannot receive transfers before it has been onboarded."
        raise errors.refused(message, code="insufficient_capabilities_for_transfer", param="destination")
    transfer = Transfer(
        id=new_id("tr"),
        created=work.now,
        amount=params.amount,
        currency=currency,
        description=params.description,
        destination=account.id,
        metadata=params.metadata,
        source_transaction=params.source_transaction,
        transfer_group=params.transfer_group,
    )
    work.journal.insert(transfer, parent=account.id)
    work.record("transferred", transfer, amount=transfer.amount)
    work.emit("transfer.created", transfer)
    return transfer


def reversal_create(work: Work, transfer_id: str, params: CreateReversal) -> TransferReversal:
    """Take a transfer back, in whole or in part, never more than it was."""
    transfer = work.load(Transfer, "transfer", transfer_id)
    left = transfer.amount - transfer.amount_reversed
    amount = left if params.amount is None else params.amount
    if not 0 < amount <= left:
        message = f"A reversal of {amount} is not possible: {left} of the transfer are left."
        code = "parameter_invalid_integer" if left and amount <= 0 else "amount_too_large"
        raise errors.refused(message, code=code, param="amount")
    check_step(amount, transfer.currency, "amount")
    transfer.amount_reversed += amount
    transfer.reversed = transfer.amount_reversed == transfer.amount
    reversal = TransferReversal(
        id=new_id("trr"),
        created=work.now,
        amount=amount,
        currency=transfer.currency,
        transfer=transfer.id,
        description=params.description,
        metadata=params.metadata,
    )
    work.journal.insert(reversal, parent=transfer.id)
    work.journal.update(transfer)
    work.record("transfer_reversed", reversal, amount=amount)
    work.emit("transfer.reversed", transfer)
    return reversal
