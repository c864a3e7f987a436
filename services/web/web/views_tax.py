"""Tax in words and in a file: what a fee includes, and what is owed by month. Pure functions, no I/O."""

import csv
import io
from collections.abc import Iterable

from fairseat_common.contracts import Money
from web.locales import HARD_SPACE, Locale
from web.models_timeline import OrderTax, TaxLine, TaxOwed
from web.money import digits

HEAD = ("month", "country", "rate", "currency", "net", "tax", "reversed_net", "reversed_tax", "owed")


def rate_text(rate: str, locale: Locale) -> str:
    """A rate as the reader writes it: `19 %`, `5,5 %`, `19%`."""
    gap = HARD_SPACE if locale.sign_last else ""
    return f"{rate.replace('.', locale.point)}{gap}%"


def refund_taxes(tax: OrderTax, refund_id: str) -> list[TaxLine]:
    """What a refund takes back of the tax."""
    return next((each.taxes for each in tax.refunds if each.refund_id == refund_id), [])


def adds_up(tax: OrderTax, fees: Money) -> bool:
    """Whether the lines are about exactly the fees that were paid; lines that are not are not shown."""
    lines = [*tax.taxes, *(line for refund in tax.refunds for line in refund.taxes)]
    if any(line.net.amount + line.tax.amount != line.gross.amount for line in lines):
        return False
    return not tax.taxes or sum(line.gross.amount for line in tax.taxes) == fees.amount


def owed_file(rows: Iterable[TaxOwed]) -> bytes:
    """What is owed, a line for each month, country, rate and currency: UTF-8 with a mark, as spreadsheets read it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for row in rows:
        amounts = (row.net, row.tax, row.reversed_net, row.reversed_tax, row.owed)
        first = (row.month, row.country, row.rate, row.tax.currency)
        writer.writerow([*first, *(amount_text(amount) for amount in amounts)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def amount_text(amount: Money) -> str:
    """`1234.50`, `-0.05`: minor units as a spreadsheet reads them."""
    places = digits(amount.currency)
    whole, part = divmod(abs(amount.amount), 10**places)
    sign = "-" if amount.amount < 0 else ""
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"
