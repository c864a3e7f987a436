"""What is sent to the API, and what it answers.

Written by `fairseat client write` from the API document: change that, not this.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

__all__ = [
    "AlertView",
    "AlertViewPage",
    "AttemptView",
    "AttendanceReport",
    "BatchView",
    "Bulk",
    "BulkChange",
    "BulkItem",
    "BulkResult",
    "CapAmount",
    "CategoryCount",
    "Chance",
    "Chart",
    "ChartDraft",
    "ChartRow",
    "ChartSection",
    "ChoiceView",
    "City",
    "CityCount",
    "CityPage",
    "ClaimView",
    "ClaimViewPage",
    "CodeSheet",
    "CodeView",
    "Codes",
    "Comparable",
    "ComparableSale",
    "Correction",
    "DayFigures",
    "DeliveryView",
    "DeliveryViewPage",
    "DeliveryWhole",
    "DutiesDraft",
    "Ending",
    "Entry",
    "EntryPage",
    "EntryState",
    "EntryStatus",
    "EntryView",
    "EntryViewPage",
    "Facets",
    "FavouriteView",
    "FavouriteViewPage",
    "Figures",
    "FoundPage",
    "Gate",
    "GateFigures",
    "GateList",
    "GateShow",
    "GateShowPage",
    "GateView",
    "Guidance",
    "ImportAnswer",
    "ImportBatch",
    "KindFigures",
    "LimitsView",
    "LineEventView",
    "LineEventViewPage",
    "LineView",
    "ListingEdit",
    "ListingView",
    "ListingViewPage",
    "Member",
    "MemberPage",
    "Money",
    "MoneyInput",
    "MoneyPath",
    "MoneyStep",
    "MoneyTimeline",
    "MonthCount",
    "NewAlert",
    "NewBatch",
    "NewChoice",
    "NewClaim",
    "NewDecision",
    "NewEntry",
    "NewListing",
    "NewOnboarding",
    "NewOnsale",
    "NewOrder",
    "NewPayment",
    "NewQueue",
    "NewRefund",
    "NewScan",
    "NewTicketTransfer",
    "NewTransfer",
    "NewWebhook",
    "NotificationView",
    "NotificationViewPage",
    "OfflineScan",
    "Onboarding",
    "OnsaleEdit",
    "OnsaleView",
    "OnsaleZoneView",
    "OrderTax",
    "OrderView",
    "OrderViewPage",
    "OrdersPlaceView",
    "Part",
    "Payment",
    "PaymentPage",
    "PayoutAccount",
    "PayoutShown",
    "PayoutShownPage",
    "PenaltyShown",
    "PenaltyShownPage",
    "Performer",
    "PerformerPage",
    "Place",
    "PlacePage",
    "PlaceScanned",
    "Preferences",
    "Price",
    "PriceBand",
    "PriceInput",
    "PrintedCode",
    "Problem",
    "QuarterFigures",
    "QueueEntryView",
    "QueueEventView",
    "QueueEventViewPage",
    "QueuePlaceView",
    "QueuePlaceViewPage",
    "QueueView",
    "Range",
    "Received",
    "RefundTaxShown",
    "RefundView",
    "RefusalFigures",
    "ResaleRules",
    "Result",
    "RoomState",
    "RowDraft",
    "RulesDraft",
    "Run",
    "SaleShown",
    "SaleShownPage",
    "SaleView",
    "SaleViewPage",
    "SalesHeard",
    "SalesReport",
    "ScanView",
    "SectionDraft",
    "SectionFigures",
    "SectionSummary",
    "SectionSummaryPage",
    "Show",
    "ShowChanges",
    "ShowDraft",
    "ShowSold",
    "ShowSoldPage",
    "StandingDraft",
    "StandingRules",
    "Start",
    "Starts",
    "Status",
    "Subscription",
    "Suggestion",
    "SuggestionPage",
    "Summary",
    "Switch",
    "SwitchMove",
    "TaxOperator",
    "TaxShown",
    "Team",
    "TeamPage",
    "TicketView",
    "TicketViewPage",
    "TicketsPlaceView",
    "TotalsShown",
    "TransferView",
    "TransferViewPage",
    "Understood",
    "Venue",
    "VenueChanges",
    "VenueDraft",
    "VenueFacts",
    "VenueLine",
    "VenueLinePage",
    "WaitingPayout",
    "WaitingPayoutPage",
    "WebhookChange",
    "WebhookMade",
    "WebhookView",
    "WebhookViewPage",
    "WhenCount",
    "Wrong",
    "Zone",
    "ZoneFigures",
    "ZoneRows",
]


class AlertView(Struct, frozen=True, kw_only=True):
    """AlertView, as the API has it."""

    id: UUID
    show_id: UUID
    max_price: Money
    quantity: int
    section: str | None
    state: Literal["watching", "muted", "ended"]
    fitting: int
    created_at: datetime
    mailed_at: datetime | None


class AlertViewPage(Struct, frozen=True, kw_only=True):
    """AlertViewPage, as the API has it."""

    items: list[AlertView]
    next_cursor: str | None = None


class AttemptView(Struct, frozen=True, kw_only=True):
    """AttemptView, as the API has it."""

    number: int
    made_at: datetime
    answer: int | None
    error: str | None
    took_ms: int


class AttendanceReport(Struct, frozen=True, kw_only=True):
    """AttendanceReport, as the API has it."""

    show_id: UUID
    at: datetime
    timezone: str
    expected: int
    admitted: int
    gates: list[GateFigures]
    quarters: list[QuarterFigures]
    refusals: list[RefusalFigures]


class BatchView(Struct, frozen=True, kw_only=True):
    """BatchView, as the API has it."""

    items: list[ScanView]
    wrong: int


class Bulk(Struct, frozen=True, kw_only=True):
    """Bulk, as the API has it."""

    ids: list[Any]
    versions: list[int] | UnsetType | None = UNSET
    change: BulkChange | UnsetType | None = UNSET
    withdraw: bool | UnsetType = UNSET


class BulkChange(Struct, frozen=True, kw_only=True):
    """BulkChange, as the API has it."""

    unit_price: Price | UnsetType = UNSET
    percent: int | UnsetType = UNSET
    split: Literal["any", "pairs", "none"] | UnsetType = UNSET
    notes: str | UnsetType = UNSET


class BulkItem(Struct, frozen=True, kw_only=True):
    """BulkItem, as the API has it."""

    id: UUID
    outcome: Literal["changed", "unchanged", "withdrawn", "refused"]
    version: int | None = None
    unit_price: Money | None = None
    problem: Problem | None = None


class BulkResult(Struct, frozen=True, kw_only=True):
    """BulkResult, as the API has it."""

    items: list[BulkItem]


class CapAmount(Struct, frozen=True, kw_only=True):
    """CapAmount, as the API has it."""

    amount: int
    currency: str


class CategoryCount(Struct, frozen=True, kw_only=True):
    """CategoryCount, as the API has it."""

    category: Literal["concert", "festival", "theatre", "comedy", "classical", "family", "sport", "other"]
    shows_count: int


class Chance(Struct, frozen=True, kw_only=True):
    """Chance, as the API has it."""

    unit_price: Money
    chance_percent: int


class Chart(Struct, frozen=True, kw_only=True):
    """Chart, as the API has it."""

    sections: list[ChartSection]


class ChartDraft(Struct, frozen=True, kw_only=True):
    """ChartDraft, as the API has it."""

    sections: list[Any]


class ChartRow(Struct, frozen=True, kw_only=True):
    """ChartRow, as the API has it."""

    name: str
    seats: list[str]


class ChartSection(Struct, frozen=True, kw_only=True):
    """ChartSection, as the API has it."""

    name: str
    kind: Literal["seated", "standing"]
    rows: list[ChartRow]
    capacity: int


class ChoiceView(Struct, frozen=True, kw_only=True):
    """ChoiceView, as the API has it."""

    order_id: UUID
    show_id: UUID
    moved_from: datetime
    starts_at: datetime | None
    refund_until: datetime
    open: bool
    choice: Literal["keep", "refund"] | None
    chosen_at: datetime | None
    refundable: Money
    seats: list[OrdersPlaceView]


class City(Struct, frozen=True, kw_only=True):
    """City, as the API has it."""

    slug: str
    name: str
    country: str
    timezone: str
    lat: float
    lon: float
    venues_count: int
    shows_count: int


class CityCount(Struct, frozen=True, kw_only=True):
    """CityCount, as the API has it."""

    city: str
    country: str
    slug: str
    shows_count: int


class CityPage(Struct, frozen=True, kw_only=True):
    """CityPage, as the API has it."""

    items: list[City]
    next_cursor: str | None = None


class ClaimView(Struct, frozen=True, kw_only=True):
    """ClaimView, as the API has it."""

    id: UUID
    side: Literal["buyer", "seller", "staff", "operator"]
    show_id: UUID
    ticket_id: UUID
    order_id: UUID
    section: str
    row: str
    seat: str
    reason: Literal["refused", "seat-taken", "code-dead", "sold-twice"]
    note: str
    status: Literal["open", "decided"]
    outcome: Literal["refund", "replacement", "rejected"] | None
    verdict: str
    penalty: Money | None
    replacement_ticket_id: UUID | None
    opened_at: datetime
    decided_at: datetime | None


class ClaimViewPage(Struct, frozen=True, kw_only=True):
    """ClaimViewPage, as the API has it."""

    items: list[ClaimView]
    next_cursor: str | None = None


class CodeSheet(Struct, frozen=True, kw_only=True):
    """CodeSheet, as the API has it."""

    key_id: str
    place: str
    first_step: int
    step_seconds: int
    signatures: list[str]
    starts_at: datetime
    ends_at: datetime
    now: datetime


class CodeView(Struct, frozen=True, kw_only=True):
    """CodeView, as the API has it."""

    code: str
    rotates_at: datetime


class Codes(Struct, frozen=True, kw_only=True):
    """Codes, as the API has it."""

    codes: list[Any]


class Comparable(Struct, frozen=True, kw_only=True):
    """Comparable, as the API has it."""

    section: str
    row: str
    unit_price: Money
    all_in_unit_price: Money
    available: int


class ComparableSale(Struct, frozen=True, kw_only=True):
    """ComparableSale, as the API has it."""

    section: str
    row: str
    quantity: int
    unit_price: Money
    all_in_unit_price: Money
    sold_at: datetime


class Correction(Struct, frozen=True, kw_only=True):
    """Correction, as the API has it."""

    word: str
    meant: list[str]


class DayFigures(Struct, frozen=True, kw_only=True):
    """DayFigures, as the API has it."""

    sold: int
    refunded: int
    face: Money
    buyer_fees: Money
    seller_fees: Money
    day: date
    primary: int
    resale: int


class DeliveryView(Struct, frozen=True, kw_only=True):
    """DeliveryView, as the API has it."""

    id: UUID
    event_id: UUID
    subject: str
    status: Literal["queued", "delivered", "failed"]
    attempts: int
    answer: int | None
    error: str | None
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None


class DeliveryViewPage(Struct, frozen=True, kw_only=True):
    """DeliveryViewPage, as the API has it."""

    items: list[DeliveryView]
    next_cursor: str | None = None


class DeliveryWhole(Struct, frozen=True, kw_only=True):
    """DeliveryWhole, as the API has it."""

    id: UUID
    event_id: UUID
    subject: str
    status: Literal["queued", "delivered", "failed"]
    attempts: int
    answer: int | None
    error: str | None
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None
    body: str
    tries: list[AttemptView]


class DutiesDraft(Struct, frozen=True, kw_only=True):
    """DutiesDraft, as the API has it."""

    duties: list[Any]


class Ending(Struct, frozen=True, kw_only=True):
    """Ending, as the API has it."""

    token: str
    wanted: bool | UnsetType = UNSET


class Entry(Struct, frozen=True, kw_only=True):
    """Entry, as the API has it."""

    at: datetime
    what: Literal[
        "brought",
        "listed",
        "bought",
        "sold",
        "offered",
        "received",
        "given",
        "changed_hands",
        "cancelled",
        "declined",
        "expired",
        "void",
        "printed",
        "refunded",
        "admitted",
    ]
    partner: str | None = None
    transfer_id: UUID | None = None
    order_id: UUID | None = None


class EntryPage(Struct, frozen=True, kw_only=True):
    """EntryPage, as the API has it."""

    items: list[Entry]
    next_cursor: str | None = None


EntryState: TypeAlias = Literal["waiting", "admitted", "over", "left", "ended"]


EntryStatus: TypeAlias = Literal["waiting", "offered", "bought", "left", "lapsed", "ended"]


class EntryView(Struct, frozen=True, kw_only=True):
    """EntryView, as the API has it."""

    id: UUID
    show_id: UUID
    number: int
    quantity: int
    max_price: Money | None
    sections: list[str]
    status: EntryStatus
    position: int | None
    ahead: int | None
    order_id: UUID | None
    offered_until: datetime | None
    created_at: datetime


class EntryViewPage(Struct, frozen=True, kw_only=True):
    """EntryViewPage, as the API has it."""

    items: list[EntryView]
    next_cursor: str | None = None


class Facets(Struct, frozen=True, kw_only=True):
    """Facets, as the API has it."""

    total: int
    categories: list[CategoryCount]
    cities: list[CityCount]
    when: list[WhenCount]
    months: list[MonthCount]
    prices: list[PriceBand]


class FavouriteView(Struct, frozen=True, kw_only=True):
    """FavouriteView, as the API has it."""

    show_id: UUID
    created_at: datetime


class FavouriteViewPage(Struct, frozen=True, kw_only=True):
    """FavouriteViewPage, as the API has it."""

    items: list[FavouriteView]
    next_cursor: str | None = None


class Figures(Struct, frozen=True, kw_only=True):
    """Figures, as the API has it."""

    sold: int
    refunded: int
    face: Money
    buyer_fees: Money
    seller_fees: Money


class FoundPage(Struct, frozen=True, kw_only=True):
    """FoundPage, as the API has it."""

    items: list[Show]
    next_cursor: str | None
    understood: Understood | None


class Gate(Struct, frozen=True, kw_only=True):
    """Gate, as the API has it."""

    gate: str
    admitted: int
    refused: int
    wrong: int
    last_at: datetime


class GateFigures(Struct, frozen=True, kw_only=True):
    """GateFigures, as the API has it."""

    gate: str
    admitted: int
    refused: int


class GateList(Struct, frozen=True, kw_only=True):
    """GateList, as the API has it."""

    document: str
    key_id: str
    signature: str
    next_cursor: str | None


class GateShow(Struct, frozen=True, kw_only=True):
    """GateShow, as the API has it."""

    show_id: UUID
    starts_at: datetime
    status: str
    admitted: int
    expected: int


class GateShowPage(Struct, frozen=True, kw_only=True):
    """GateShowPage, as the API has it."""

    items: list[GateShow]
    next_cursor: str | None = None


class GateView(Struct, frozen=True, kw_only=True):
    """GateView, as the API has it."""

    show_id: UUID
    starts_at: datetime
    opens_at: datetime | None
    admitted: int
    expected: int
    gates: list[Gate]
    wrong: list[ScanView]
    now: datetime


class Guidance(Struct, frozen=True, kw_only=True):
    """Guidance, as the API has it."""

    basis: Literal["sales", "listings", "none"]
    same_section: bool
    comparable: list[Comparable]
    sales: list[ComparableSale]
    seats_on_sale: int
    seats_sold: int
    suggested_price: Money | None
    suggested_net: Money | None
    range: Range | None
    chances: list[Chance]
    asked: Chance | None
    buyer_fee_percent: int
    seller_fee_percent: int


class ImportAnswer(Struct, frozen=True, kw_only=True):
    """ImportAnswer, as the API has it."""

    dry_run: bool
    results: list[Result]


class ImportBatch(Struct, frozen=True, kw_only=True):
    """ImportBatch, as the API has it."""

    source: str
    records: list[dict[str, Any]]
    dry_run: bool | UnsetType = UNSET


class KindFigures(Struct, frozen=True, kw_only=True):
    """KindFigures, as the API has it."""

    sold: int
    refunded: int
    face: Money
    buyer_fees: Money
    seller_fees: Money
    kind: Literal["primary", "resale"]


class LimitsView(Struct, frozen=True, kw_only=True):
    """LimitsView, as the API has it."""

    version: int | None = None
    resale: bool | None = None
    transferable: bool | None = None
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_until: datetime | None = None
    by_venue: list[str] | None = None
    show_id: UUID
    cap: Money | None
    held_only: bool


class LineEventView(Struct, frozen=True, kw_only=True):
    """LineEventView, as the API has it."""

    at: datetime
    what: Literal["joined", "offered", "bought", "left", "lapsed", "ended"]
    number: int
    quantity: int
    passed_over: list[int]
    passed_over_count: int
    position: int


class LineEventViewPage(Struct, frozen=True, kw_only=True):
    """LineEventViewPage, as the API has it."""

    items: list[LineEventView]
    next_cursor: str | None = None


class LineView(Struct, frozen=True, kw_only=True):
    """LineView, as the API has it."""

    show_id: UUID
    groups: int
    people: int
    hold_s: int


class ListingEdit(Struct, frozen=True, kw_only=True):
    """ListingEdit, as the API has it."""

    unit_price: Price | UnsetType = UNSET
    split: Literal["any", "pairs", "none"] | UnsetType = UNSET
    notes: str | UnsetType = UNSET


class ListingView(Struct, frozen=True, kw_only=True):
    """ListingView, as the API has it."""

    id: UUID
    show_id: UUID
    seller_id: UUID
    section: str
    row: str
    row_position: int
    seats: list[str]
    available: int
    unit_price: Money
    unit_fee: Money
    all_in_unit_price: Money
    split: Literal["any", "pairs", "none"]
    notes: str
    status: Literal["active", "withdrawn"]
    version: int
    created_at: datetime
    in_hand_on: date | None
    delivery: Literal["instant", "promised"]
    primary: bool
    opens_at: datetime | None
    resale_rule: int | None
    operator_reason: str | None = None
    held: int | None = None
    sold: int | None = None
    held_seats: list[str] | None = None
    sold_seats: list[str] | None = None
    unit_seller_fee: Money | None = None
    unit_net: Money | None = None
    quote: str | None = None
    free_seats: list[str] | None = None
    aisle: bool | None = None
    deal: Literal["great", "good", "fair"] | None = None
    typical_price: Money | None = None


class ListingViewPage(Struct, frozen=True, kw_only=True):
    """ListingViewPage, as the API has it."""

    items: list[ListingView]
    next_cursor: str | None = None


class Member(Struct, frozen=True, kw_only=True):
    """Member, as the API has it."""

    user_id: UUID
    name: str
    email: str
    verified: bool
    duties: list[Literal["manage", "report", "scan"]]
    since: datetime


class MemberPage(Struct, frozen=True, kw_only=True):
    """MemberPage, as the API has it."""

    items: list[Member]
    next_cursor: str | None = None


class Money(Struct, frozen=True, kw_only=True):
    """An amount in the currency's minor units (cents for EUR, whole yen for JPY)."""

    amount: int
    currency: str


class MoneyInput(Struct, frozen=True, kw_only=True):
    """An amount that somebody asks for: positive, within limits, in minor units."""

    amount: int
    currency: str


class MoneyPath(Struct, frozen=True, kw_only=True):
    """MoneyPath, as the API has it."""

    seats: list[str]
    amount: Money
    steps: list[MoneyStep]


class MoneyStep(Struct, frozen=True, kw_only=True):
    """MoneyStep, as the API has it."""

    step: Literal["paid", "escrow", "show", "released", "paid_out", "refunded", "disputed", "charged_back"]
    state: Literal["done", "now", "todo", "failed"]
    at: datetime | None
    expected_at: datetime | None
    note: str | None


class MoneyTimeline(Struct, frozen=True, kw_only=True):
    """MoneyTimeline, as the API has it."""

    order_id: UUID
    show_id: UUID
    role: Literal["buyer", "seller"]
    moved_from: datetime | None
    paths: list[MoneyPath]


class MonthCount(Struct, frozen=True, kw_only=True):
    """MonthCount, as the API has it."""

    first: date
    last: date
    shows_count: int


class NewAlert(Struct, frozen=True, kw_only=True):
    """NewAlert, as the API has it."""

    show_id: UUID
    max_price: PriceInput
    quantity: int
    section: str | UnsetType | None = UNSET


class NewBatch(Struct, frozen=True, kw_only=True):
    """NewBatch, as the API has it."""

    show_id: UUID
    gate: str | UnsetType = UNSET
    scans: list[Any]


class NewChoice(Struct, frozen=True, kw_only=True):
    """NewChoice, as the API has it."""

    choice: Literal["keep", "refund"]


class NewClaim(Struct, frozen=True, kw_only=True):
    """NewClaim, as the API has it."""

    ticket_id: UUID
    reason: Literal["refused", "seat-taken", "code-dead"]
    note: str | UnsetType = UNSET
    wish: Literal["refund", "replacement"] | UnsetType = UNSET


class NewDecision(Struct, frozen=True, kw_only=True):
    """NewDecision, as the API has it."""

    outcome: Literal["refund", "replacement", "rejected"]
    verdict: str
    penalty: bool | UnsetType = UNSET


class NewEntry(Struct, frozen=True, kw_only=True):
    """NewEntry, as the API has it."""

    show_id: UUID
    quantity: int
    max_price: MoneyInput | UnsetType | None = UNSET
    sections: list[str] | UnsetType = UNSET


class NewListing(Struct, frozen=True, kw_only=True):
    """NewListing, as the API has it."""

    show_id: UUID
    section: str
    unit_price: Price
    row: str | UnsetType = UNSET
    seats: list[str] | UnsetType | None = UNSET
    quantity: int | UnsetType | None = UNSET
    split: Literal["any", "pairs", "none"] | UnsetType = UNSET
    notes: str | UnsetType = UNSET
    in_hand_on: date | UnsetType | None = UNSET
    codes: list[str] | UnsetType | None = UNSET


class NewOnboarding(Struct, frozen=True, kw_only=True):
    """NewOnboarding, as the API has it."""

    return_url: str


class NewOnsale(Struct, frozen=True, kw_only=True):
    """NewOnsale, as the API has it."""

    show_id: UUID
    zones: list[Any]
    opens_at: datetime | UnsetType | None = UNSET


class NewOrder(Struct, frozen=True, kw_only=True):
    """What a buyer asks for: seats of one listing, or with `show_id` the best seats that there are."""

    quantity: int
    listing_id: UUID | UnsetType = UNSET
    quote: str | UnsetType | None = UNSET
    show_id: UUID | UnsetType = UNSET
    max_price: MoneyInput | UnsetType | None = UNSET
    section: str | UnsetType | None = UNSET


class NewPayment(Struct, frozen=True, kw_only=True):
    """NewPayment, as the API has it."""

    order_id: UUID
    payment_method: str
    return_url: str | UnsetType | None = UNSET


class NewQueue(Struct, frozen=True, kw_only=True):
    """NewQueue, as the API has it."""

    per_minute: int
    window_seconds: int | UnsetType = UNSET
    doors_at: datetime | UnsetType | None = UNSET
    paused: bool | UnsetType = UNSET


class NewRefund(Struct, frozen=True, kw_only=True):
    """NewRefund, as the API has it."""

    reason: Literal["gate", "goodwill"]
    seats: list[str] | UnsetType | None = UNSET


class NewScan(Struct, frozen=True, kw_only=True):
    """NewScan, as the API has it."""

    code: str
    show_id: UUID
    gate: str | UnsetType = UNSET
    scan_id: UUID | UnsetType | None = UNSET
    scanned_at: datetime | UnsetType | None = UNSET


class NewTicketTransfer(Struct, frozen=True, kw_only=True):
    """NewTicketTransfer, as the API has it."""

    email: str
    message: str | UnsetType = UNSET


class NewTransfer(Struct, frozen=True, kw_only=True):
    """NewTransfer, as the API has it."""

    ticket_ids: list[Any]
    email: str
    message: str | UnsetType = UNSET


class NewWebhook(Struct, frozen=True, kw_only=True):
    """NewWebhook, as the API has it."""

    url: str
    subjects: list[str]


class NotificationView(Struct, frozen=True, kw_only=True):
    """NotificationView, as the API has it."""

    id: UUID
    kind: Literal[
        "tickets",
        "sold",
        "hold-expired",
        "payment-failed",
        "hold-show-cancelled",
        "payment-refused",
        "refunded",
        "sale-refunded",
        "charge-returned",
        "dispute-opened",
        "dispute-won",
        "dispute-lost",
        "payout-sent",
        "payout-reversed",
        "waiting-offer",
        "transfer-offered",
        "transfer-withdrawn",
        "transfer-received",
        "transfer-accepted",
        "transfer-ended",
        "alert",
        "favourite-listed",
        "favourite-changed",
        "account-verify-email",
        "account-reset-password",
        "account-password-changed",
        "account-email-changed",
        "account-passkey-added",
        "account-passkey-removed",
        "account-sign-in-new",
        "account-banned",
        "account-restored",
        "account-erased",
        "account-key-created",
        "move-postponed",
        "move-rescheduled",
        "move-on-again",
        "move-cancelled",
        "move-kept",
        "listing-withdrawn",
        "own-show-cancelled",
    ]
    subject: str
    status: Literal["queued", "sent", "skipped", "parked"]
    created_at: datetime


class NotificationViewPage(Struct, frozen=True, kw_only=True):
    """NotificationViewPage, as the API has it."""

    items: list[NotificationView]
    next_cursor: str | None = None


class OfflineScan(Struct, frozen=True, kw_only=True):
    """OfflineScan, as the API has it."""

    scan_id: UUID
    reference: str | None
    let_in: bool
    scanned_at: datetime
    stale: bool | UnsetType = UNSET


class Onboarding(Struct, frozen=True, kw_only=True):
    """Onboarding, as the API has it."""

    status: Literal["pending", "active"]
    onboarding_url: str


class OnsaleEdit(Struct, frozen=True, kw_only=True):
    """OnsaleEdit, as the API has it."""

    opens_at: datetime | UnsetType | None = UNSET


class OnsaleView(Struct, frozen=True, kw_only=True):
    """OnsaleView, as the API has it."""

    show_id: UUID
    organiser_id: UUID
    opens_at: datetime
    open: bool
    now: datetime
    seats: int
    zones: list[OnsaleZoneView]
    version: int


class OnsaleZoneView(Struct, frozen=True, kw_only=True):
    """OnsaleZoneView, as the API has it."""

    name: str
    unit_price: Money
    all_in_unit_price: Money | None
    sections: list[str]
    seats: int
    available: int
    held: int | None = None
    sold: int | None = None


class OrderTax(Struct, frozen=True, kw_only=True):
    """OrderTax, as the API has it."""

    order_id: UUID
    taxes: list[TaxShown]
    refunds: list[RefundTaxShown]
    operator: TaxOperator


class OrderView(Struct, frozen=True, kw_only=True):
    """An order as its buyer sees it; amounts in minor units, times in UTC."""

    id: UUID
    status: Status
    buyer_id: UUID
    listing_id: UUID
    show_id: UUID
    section: str
    row: str
    seats: list[str]
    quantity: int
    unit_price: Money
    fees: Money
    total: Money
    expires_at: str
    created_at: str
    cancel_reason: Literal["buyer", "expired", "payment_failed", "show_cancelled"] | None
    late: bool
    confirmed_at: str | None
    fee_rule: int | None
    primary: bool
    resale_rule: int | None
    waiting_entry_id: UUID | None
    refunds: list[RefundView]
    version: int


class OrderViewPage(Struct, frozen=True, kw_only=True):
    """OrderViewPage, as the API has it."""

    items: list[OrderView]
    next_cursor: str | None = None


class OrdersPlaceView(Struct, frozen=True, kw_only=True):
    """OrdersPlaceView, as the API has it."""

    seat: str
    state: Literal["yours", "given", "selling", "sold", "refunded"]


class Part(Struct, frozen=True, kw_only=True):
    """Part, as the API has it."""

    kind: Literal["when", "city"]
    words: str
    without: str
    city: str | None = None
    first: date | None = None
    last: date | None = None


class Payment(Struct, frozen=True, kw_only=True):
    """Payment, as the API has it."""

    id: UUID
    order_id: UUID
    status: Literal["started", "requires_action", "authorized", "captured", "voided", "failed"]
    amount: Money
    reason: str | None
    action_url: str | None
    refunded: Money
    created_at: datetime


class PaymentPage(Struct, frozen=True, kw_only=True):
    """PaymentPage, as the API has it."""

    items: list[Payment]
    next_cursor: str | None = None


class PayoutAccount(Struct, frozen=True, kw_only=True):
    """PayoutAccount, as the API has it."""

    status: Literal["pending", "active"] | Literal["none"]
    version: int
    waiting: bool | None = None


class PayoutShown(Struct, frozen=True, kw_only=True):
    """PayoutShown, as the API has it."""

    id: UUID
    amount: Money
    status: Literal["due", "sent", "reversed"]
    created_at: datetime
    sent_at: datetime | None
    transfer_id: str | None
    reversed: Money


class PayoutShownPage(Struct, frozen=True, kw_only=True):
    """PayoutShownPage, as the API has it."""

    items: list[PayoutShown]
    next_cursor: str | None = None


class PenaltyShown(Struct, frozen=True, kw_only=True):
    """PenaltyShown, as the API has it."""

    claim_id: UUID
    order_id: UUID
    show_id: UUID
    section: str
    row: str
    seat: str
    amount: Money
    decided_at: datetime


class PenaltyShownPage(Struct, frozen=True, kw_only=True):
    """PenaltyShownPage, as the API has it."""

    items: list[PenaltyShown]
    next_cursor: str | None = None


class Performer(Struct, frozen=True, kw_only=True):
    """Performer, as the API has it."""

    id: UUID
    name: str


class PerformerPage(Struct, frozen=True, kw_only=True):
    """PerformerPage, as the API has it."""

    items: list[Performer]
    next_cursor: str | None = None


class Place(Struct, frozen=True, kw_only=True):
    """Place, as the API has it."""

    row: str
    seat: str
    state: Literal["listed", "listed-by-you", "yours", "taken"]


class PlacePage(Struct, frozen=True, kw_only=True):
    """PlacePage, as the API has it."""

    items: list[Place]
    next_cursor: str | None = None


class PlaceScanned(Struct, frozen=True, kw_only=True):
    """PlaceScanned, as the API has it."""

    id: UUID
    section: str
    row: str
    seat: str


class Preferences(Struct, frozen=True, kw_only=True):
    """Preferences, as the API has it."""

    sales: bool
    transfers: bool
    alerts: bool
    waiting: bool
    favourites: bool


class Price(Struct, frozen=True, kw_only=True):
    """Price, as the API has it."""

    amount: int
    currency: str


class PriceBand(Struct, frozen=True, kw_only=True):
    """PriceBand, as the API has it."""

    currency: str
    min_price: int
    max_price: int | None
    shows_count: int


class PriceInput(Struct, frozen=True, kw_only=True):
    """PriceInput, as the API has it."""

    amount: int
    currency: str


class PrintedCode(Struct, frozen=True, kw_only=True):
    """PrintedCode, as the API has it."""

    code: str


class Problem(Struct, frozen=True, kw_only=True):
    """Why a request was refused (RFC 9457). `type` is stable: programs decide by it."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[dict[str, Any]] | None = None


class QuarterFigures(Struct, frozen=True, kw_only=True):
    """QuarterFigures, as the API has it."""

    since: datetime
    admitted: int


class QueueEntryView(Struct, frozen=True, kw_only=True):
    """QueueEntryView, as the API has it."""

    show_id: UUID
    number: int
    state: EntryState
    position: int | None
    ahead: int | None
    wait_seconds: int | None
    joined_at: datetime
    admitted_at: datetime | None
    admitted_until: datetime | None
    now: datetime


class QueueEventView(Struct, frozen=True, kw_only=True):
    """QueueEventView, as the API has it."""

    at: datetime
    what: Literal["made", "joined", "opened", "admitted", "over", "left", "changed", "paused", "resumed", "ended"]
    number: int | None
    per_minute: int | None
    window_seconds: int | None
    commitment: str | None
    seed: str | None
    position: int


class QueueEventViewPage(Struct, frozen=True, kw_only=True):
    """QueueEventViewPage, as the API has it."""

    items: list[QueueEventView]
    next_cursor: str | None = None


class QueuePlaceView(Struct, frozen=True, kw_only=True):
    """QueuePlaceView, as the API has it."""

    show_id: UUID
    number: int
    state: EntryState
    joined_at: datetime
    admitted_at: datetime | None
    admitted_until: datetime | None


class QueuePlaceViewPage(Struct, frozen=True, kw_only=True):
    """QueuePlaceViewPage, as the API has it."""

    items: list[QueuePlaceView]
    next_cursor: str | None = None


class QueueView(Struct, frozen=True, kw_only=True):
    """QueueView, as the API has it."""

    show_id: UUID
    state: RoomState
    now: datetime
    doors_at: datetime | None = None
    opens_at: datetime | None = None
    opened_at: datetime | None = None
    per_minute: int | None = None
    measured_per_minute: int | None = None
    window_seconds: int | None = None
    paused: bool | None = None
    waiting: int | None = None
    admitted: int | None = None
    admitted_total: int | None = None
    joined: int | None = None
    drawn: int | None = None
    commitment: str | None = None
    seed: str | None = None


class Range(Struct, frozen=True, kw_only=True):
    """Range, as the API has it."""

    low: Money
    high: Money


class Received(Struct, frozen=True, kw_only=True):
    """Received, as the API has it."""

    received: bool | None = None


class RefundTaxShown(Struct, frozen=True, kw_only=True):
    """RefundTaxShown, as the API has it."""

    refund_id: UUID
    taxes: list[TaxShown]


class RefundView(Struct, frozen=True, kw_only=True):
    """Money that goes back (due), or is on its way (refunded), for some seats of an order."""

    id: UUID
    seats: list[str]
    amount: Money
    reason: Literal["gate", "goodwill", "show_cancelled", "show_moved"]
    status: Literal["due", "refunded"]
    created_at: str


class RefusalFigures(Struct, frozen=True, kw_only=True):
    """RefusalFigures, as the API has it."""

    result: str
    count: int


class ResaleRules(Struct, frozen=True, kw_only=True):
    """ResaleRules, as the API has it."""

    show_id: UUID
    resale: bool | None = None
    transferable: bool | None = None
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_until: datetime | None = None
    own: RulesDraft | None = None
    sources: dict[str, Literal["show", "organiser", "venue"]] | None = None
    version: int | None = None


class Result(Struct, frozen=True, kw_only=True):
    """Result, as the API has it."""

    external_id: str | None
    outcome: Literal["created", "changed", "unchanged", "rejected"]
    show_id: UUID | None = None
    errors: list[Wrong] | None = None


RoomState: TypeAlias = Literal["none", "before", "gathering", "waiting", "open", "ended"]


class RowDraft(Struct, frozen=True, kw_only=True):
    """RowDraft, as the API has it."""

    name: str
    seats: list[Any]


class RulesDraft(Struct, frozen=True, kw_only=True):
    """RulesDraft, as the API has it."""

    resale: bool | UnsetType = UNSET
    transferable: bool | UnsetType = UNSET
    cap_percent: int | UnsetType | None = UNSET
    cap_amount: CapAmount | UnsetType | None = UNSET
    buyer_fee_percent: int | UnsetType | None = UNSET
    seller_fee_percent: int | UnsetType | None = UNSET
    resale_until: datetime | UnsetType | None = UNSET


class Run(Struct, frozen=True, kw_only=True):
    """Run, as the API has it."""

    kind: Literal["shows", "performers", "venues", "cities"]
    refs: list[str]


class SaleShown(Struct, frozen=True, kw_only=True):
    """SaleShown, as the API has it."""

    order_id: UUID
    show_id: UUID
    section: str
    row: str
    seats: list[str]
    refunded_seats: list[str]
    gross: Money
    seller_fees: Money
    net: Money
    status: Literal["held", "released", "paid", "refunded", "disputed"]
    sold_at: datetime
    held_until: datetime | None
    released_at: datetime | None
    paid_at: datetime | None
    payout_id: UUID | None
    transfer_id: str | None
    fee_taxes: list[TaxShown]
    timeline: list[MoneyPath]


class SaleShownPage(Struct, frozen=True, kw_only=True):
    """SaleShownPage, as the API has it."""

    items: list[SaleShown]
    next_cursor: str | None = None


class SaleView(Struct, frozen=True, kw_only=True):
    """SaleView, as the API has it."""

    section: str
    row: str
    quantity: int
    all_in_unit_price: Money
    sold_at: datetime


class SaleViewPage(Struct, frozen=True, kw_only=True):
    """SaleViewPage, as the API has it."""

    items: list[SaleView]
    next_cursor: str | None = None


class SalesHeard(Struct, frozen=True, kw_only=True):
    """SalesHeard, as the API has it."""

    open: bool
    version: int | None = None
    changed_at: datetime | None = None
    heard_at: datetime | None = None


class SalesReport(Struct, frozen=True, kw_only=True):
    """SalesReport, as the API has it."""

    show_id: UUID
    at: datetime
    timezone: str
    currency: str
    totals: Figures
    kinds: list[KindFigures]
    days: list[DayFigures]
    zones: list[ZoneFigures]
    sections: list[SectionFigures]


class ScanView(Struct, frozen=True, kw_only=True):
    """ScanView, as the API has it."""

    scan_id: UUID
    show_id: UUID
    gate: str
    result: Literal[
        "admitted",
        "already-used",
        "void",
        "wrong-show",
        "forged",
        "code-stale",
        "not-yet",
        "unproven",
        "on-sale",
        "not-listed",
    ]
    why: Literal["", "resold", "given", "refunded", "withdrawn", "show-cancelled"]
    let_in: bool
    offline: bool
    scanned_at: datetime
    ticket: PlaceScanned | None
    used_at: datetime | None
    used_gate: str | None


class SectionDraft(Struct, frozen=True, kw_only=True):
    """SectionDraft, as the API has it."""

    name: str
    kind: Literal["seated", "standing"]
    capacity: int
    rows: list[Any] | UnsetType = UNSET


class SectionFigures(Struct, frozen=True, kw_only=True):
    """SectionFigures, as the API has it."""

    sold: int
    refunded: int
    face: Money
    buyer_fees: Money
    seller_fees: Money
    section: str
    capacity: int
    for_sale: int
    held: int
    with_buyers: int
    not_offered: int
    primary: int
    resale: int


class SectionSummary(Struct, frozen=True, kw_only=True):
    """SectionSummary, as the API has it."""

    section: str
    listings_count: int
    seats_count: int
    lowest_price: Money | None
    typical_sold: Money | None
    sold_count: int


class SectionSummaryPage(Struct, frozen=True, kw_only=True):
    """SectionSummaryPage, as the API has it."""

    items: list[SectionSummary]
    next_cursor: str | None = None


class Show(Struct, frozen=True, kw_only=True):
    """Show, as the API has it."""

    id: UUID
    title: str
    category: Literal["concert", "festival", "theatre", "comedy", "classical", "family", "sport", "other"]
    performers: list[str]
    venue: VenueLine
    starts_at: datetime
    status: Literal["scheduled", "postponed", "cancelled"]
    currency: str
    image_url: str | None
    lowest_price: Money | None = None
    listings_count: int | None = None
    organiser_id: UUID
    moved_from: datetime | None = None
    refund_until: datetime | None = None
    version: int


class ShowChanges(Struct, frozen=True, kw_only=True):
    """ShowChanges, as the API has it."""

    title: str | UnsetType = UNSET
    category: (
        Literal["concert", "festival", "theatre", "comedy", "classical", "family", "sport", "other"] | UnsetType
    ) = UNSET
    performers: list[str] | UnsetType = UNSET
    starts_at: datetime | UnsetType = UNSET
    status: Literal["scheduled", "postponed", "cancelled"] | UnsetType = UNSET
    refund_until: datetime | UnsetType = UNSET
    image_url: str | UnsetType | None = UNSET
    reason: str | UnsetType = UNSET


class ShowDraft(Struct, frozen=True, kw_only=True):
    """ShowDraft, as the API has it."""

    title: str
    category: Literal["concert", "festival", "theatre", "comedy", "classical", "family", "sport", "other"]
    venue_id: UUID
    starts_at: datetime
    performers: list[Any] | UnsetType = UNSET
    currency: str | UnsetType | None = UNSET
    image_url: str | UnsetType | None = UNSET
    organiser_id: UUID | UnsetType | None = UNSET


class ShowSold(Struct, frozen=True, kw_only=True):
    """ShowSold, as the API has it."""

    show_id: UUID
    listings_count: int
    on_sale_count: int


class ShowSoldPage(Struct, frozen=True, kw_only=True):
    """ShowSoldPage, as the API has it."""

    items: list[ShowSold]
    next_cursor: str | None = None


class StandingDraft(Struct, frozen=True, kw_only=True):
    """StandingDraft, as the API has it."""

    resale: bool | UnsetType = UNSET
    transferable: bool | UnsetType = UNSET
    cap_percent: int | UnsetType | None = UNSET
    cap_amount: CapAmount | UnsetType | None = UNSET
    buyer_fee_percent: int | UnsetType | None = UNSET
    seller_fee_percent: int | UnsetType | None = UNSET
    resale_ends_hours: int | UnsetType | None = UNSET


class StandingRules(Struct, frozen=True, kw_only=True):
    """StandingRules, as the API has it."""

    kind: Literal["venue", "organiser"]
    id: UUID
    resale: bool | None = None
    transferable: bool | None = None
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_ends_hours: int | None = None
    version: int | None = None
    spreading: bool | None = None


class Start(Struct, frozen=True, kw_only=True):
    """Start, as the API has it."""

    kind: Literal["shows", "performers", "venues", "cities"]
    after: str


class Starts(Struct, frozen=True, kw_only=True):
    """Starts, as the API has it."""

    runs: list[Start]


Status: TypeAlias = Literal["cancelled", "confirmed", "held", "refunded"]


class Subscription(Struct, frozen=True, kw_only=True):
    """Subscription, as the API has it."""

    topic: Literal["sales", "transfers", "alerts", "waiting", "favourites"]
    wanted: bool
    address: str


class Suggestion(Struct, frozen=True, kw_only=True):
    """Suggestion, as the API has it."""

    kind: Literal["performer", "show", "venue", "city"]
    id: str
    name: str
    place: str
    shows_count: int
    starts_at: datetime | None = None
    timezone: str | None = None


class SuggestionPage(Struct, frozen=True, kw_only=True):
    """SuggestionPage, as the API has it."""

    items: list[Suggestion]
    next_cursor: str | None = None


class Summary(Struct, frozen=True, kw_only=True):
    """Summary, as the API has it."""

    totals: list[TotalsShown]
    payout_delay_s: int


class Switch(Struct, frozen=True, kw_only=True):
    """Switch, as the API has it."""

    open: bool
    reason: str | None = None
    changed_by: UUID | None = None
    changed_at: datetime | None = None
    version: int | None = None


class SwitchMove(Struct, frozen=True, kw_only=True):
    """SwitchMove, as the API has it."""

    open: bool
    reason: str


class TaxOperator(Struct, frozen=True, kw_only=True):
    """TaxOperator, as the API has it."""

    name: str
    address: list[str]
    tax_id: str


class TaxShown(Struct, frozen=True, kw_only=True):
    """TaxShown, as the API has it."""

    country: str
    rate: str
    net: Money
    tax: Money
    gross: Money


class Team(Struct, frozen=True, kw_only=True):
    """Team, as the API has it."""

    organiser_id: UUID
    organiser_name: str
    duties: list[Literal["manage", "report", "scan"]]
    since: datetime


class TeamPage(Struct, frozen=True, kw_only=True):
    """TeamPage, as the API has it."""

    items: list[Team]
    next_cursor: str | None = None


class TicketView(Struct, frozen=True, kw_only=True):
    """TicketView, as the API has it."""

    listing_id: UUID | None = None
    transfer_id: UUID | None = None
    printed_at: datetime | None = None
    id: UUID
    show_id: UUID
    section: str
    row: str
    seat: str
    status: Literal["valid", "transferred", "void", "used"]
    order_id: UUID | None
    version: int
    issued_at: datetime
    ended_at: datetime | None
    original_code: str | None = None


class TicketViewPage(Struct, frozen=True, kw_only=True):
    """TicketViewPage, as the API has it."""

    items: list[TicketView]
    next_cursor: str | None = None


class TicketsPlaceView(Struct, frozen=True, kw_only=True):
    """TicketsPlaceView, as the API has it."""

    section: str
    row: str
    seat: str
    ticket_id: UUID | None


class TotalsShown(Struct, frozen=True, kw_only=True):
    """TotalsShown, as the API has it."""

    currency: str
    seats: int
    escrow: Money
    payable: Money
    paid: Money
    disputed: Money


class TransferView(Struct, frozen=True, kw_only=True):
    """TransferView, as the API has it."""

    id: UUID
    show_id: UUID
    box: Literal["sent", "received"]
    status: Literal["offered", "accepted", "cancelled", "declined", "expired", "void"]
    from_name: str
    to_email: str | None
    to_name: str
    tickets: list[TicketsPlaceView]
    message: str
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None


class TransferViewPage(Struct, frozen=True, kw_only=True):
    """TransferViewPage, as the API has it."""

    items: list[TransferView]
    next_cursor: str | None = None


class Understood(Struct, frozen=True, kw_only=True):
    """Understood, as the API has it."""

    parts: list[Part]
    words: list[str]
    corrected: list[Correction] | None = None


class Venue(Struct, frozen=True, kw_only=True):
    """Venue, as the API has it."""

    id: UUID
    name: str
    city: str
    country: str
    timezone: str
    lat: float
    lon: float
    capacity: int
    currency: str
    version: int
    chart: Chart


class VenueChanges(Struct, frozen=True, kw_only=True):
    """VenueChanges, as the API has it."""

    name: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    lat: float | UnsetType = UNSET
    lon: float | UnsetType = UNSET
    capacity: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    chart: ChartDraft | UnsetType = UNSET


class VenueDraft(Struct, frozen=True, kw_only=True):
    """VenueDraft, as the API has it."""

    name: str
    city: str
    country: str
    timezone: str
    lat: float
    lon: float
    capacity: int
    currency: str
    chart: ChartDraft


class VenueFacts(Struct, frozen=True, kw_only=True):
    """VenueFacts, as the API has it."""

    id: UUID
    name: str
    city: str
    country: str
    timezone: str
    lat: float
    lon: float
    capacity: int
    currency: str
    version: int


class VenueLine(Struct, frozen=True, kw_only=True):
    """VenueLine, as the API has it."""

    id: UUID
    name: str
    city: str
    country: str
    timezone: str


class VenueLinePage(Struct, frozen=True, kw_only=True):
    """VenueLinePage, as the API has it."""

    items: list[VenueLine]
    next_cursor: str | None = None


class WaitingPayout(Struct, frozen=True, kw_only=True):
    """WaitingPayout, as the API has it."""

    seller_id: UUID
    since: datetime
    owed: list[Money]


class WaitingPayoutPage(Struct, frozen=True, kw_only=True):
    """WaitingPayoutPage, as the API has it."""

    items: list[WaitingPayout]
    next_cursor: str | None = None


class WebhookChange(Struct, frozen=True, kw_only=True):
    """WebhookChange, as the API has it."""

    active: bool


class WebhookMade(Struct, frozen=True, kw_only=True):
    """WebhookMade, as the API has it."""

    id: UUID
    url: str
    subjects: list[str]
    active: bool
    off_reason: Literal["owner", "failing", "gone", "account"] | None
    failing_since: datetime | None
    missed: int
    waiting: int
    created_at: datetime
    old_secret_until: datetime | None
    secret: str


class WebhookView(Struct, frozen=True, kw_only=True):
    """WebhookView, as the API has it."""

    id: UUID
    url: str
    subjects: list[str]
    active: bool
    off_reason: Literal["owner", "failing", "gone", "account"] | None
    failing_since: datetime | None
    missed: int
    waiting: int
    created_at: datetime
    old_secret_until: datetime | None


class WebhookViewPage(Struct, frozen=True, kw_only=True):
    """WebhookViewPage, as the API has it."""

    items: list[WebhookView]
    next_cursor: str | None = None


class WhenCount(Struct, frozen=True, kw_only=True):
    """WhenCount, as the API has it."""

    when: Literal["today", "tomorrow", "weekend", "next-weekend", "week", "next-week", "month", "next-month"]
    first: date
    last: date
    shows_count: int


class Wrong(Struct, frozen=True, kw_only=True):
    """Wrong, as the API has it."""

    field: str
    message: str


class Zone(Struct, frozen=True, kw_only=True):
    """Zone, as the API has it."""

    name: str
    unit_price: Price
    sections: list[Any] | UnsetType = UNSET
    rows: list[Any] | UnsetType = UNSET


class ZoneFigures(Struct, frozen=True, kw_only=True):
    """ZoneFigures, as the API has it."""

    sold: int
    refunded: int
    face: Money
    buyer_fees: Money
    seller_fees: Money
    zone: str


class ZoneRows(Struct, frozen=True, kw_only=True):
    """ZoneRows, as the API has it."""

    section: str
    rows: list[Any]
