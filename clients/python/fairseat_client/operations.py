"""A method for each operation of the API.

Written by `fairseat client write` from the API document: change that, not this.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fairseat_client import models
from fairseat_client.calling import Calling


class Operations(Calling):
    """Every operation that a program can call."""

    def alert_list(
        self, *, show_id: UUID | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.AlertViewPage:
        """One's own alerts, newest first; with `show_id` all of those for one show."""
        return self.call(
            "GET", "/api/alerts", models.AlertViewPage, query={"show_id": show_id, "cursor": cursor, "limit": limit}
        )

    def alert_create(self, body: models.NewAlert, *, idempotency_key: str | None = None) -> models.AlertView:
        """Wait for seats at a price. The same wish again changes the price of the alert that is there."""
        return self.call(
            "POST", "/api/alerts", models.AlertView, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def alert_show(self, alert_id: UUID | str) -> models.AlertView:
        """One's own alert."""
        return self.call("GET", f"/api/alerts/{alert_id}", models.AlertView)

    def alert_remove(self, alert_id: UUID | str) -> None:
        """Wait no longer."""
        self.do("DELETE", f"/api/alerts/{alert_id}")

    def claims_list(
        self,
        *,
        box: Literal["mine", "sold", "open", "all"] | None = None,
        show_id: UUID | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ClaimViewPage:
        """Claims, newest first: for one's tickets, of one's sales, of a show (its staff), open or all (operators)."""
        return self.call(
            "GET",
            "/api/claims",
            models.ClaimViewPage,
            query={"box": box, "show_id": show_id, "cursor": cursor, "limit": limit},
        )

    def claim_create(self, body: models.NewClaim, *, idempotency_key: str | None = None) -> models.ClaimView:
        """Ask for the guarantee: a ticket failed at the door. Where the facts are clear it is decided at once."""
        return self.call(
            "POST", "/api/claims", models.ClaimView, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def claim_read(self, claim_id: UUID | str) -> models.ClaimView:
        """A claim, as one's own side sees it."""
        return self.call("GET", f"/api/claims/{claim_id}", models.ClaimView)

    def claim_decide(self, claim_id: UUID | str, body: models.NewDecision) -> models.ClaimView:
        """An operator decides what the facts could not. Final, and written down in the audit log."""
        return self.call("POST", f"/api/claims/{claim_id}/decision", models.ClaimView, body=body)

    def favourite_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.FavouriteViewPage:
        """The shows that one has saved, the latest first."""
        return self.call("GET", "/api/favourites", models.FavouriteViewPage, query={"cursor": cursor, "limit": limit})

    def favourite_show(self, show_id: UUID | str) -> models.FavouriteView:
        """A show that one has saved; 404 for one that one has not."""
        return self.call("GET", f"/api/favourites/{show_id}", models.FavouriteView)

    def favourite_add(self, show_id: UUID | str) -> None:
        """Save a show; saving it again changes nothing."""
        self.do("PUT", f"/api/favourites/{show_id}")

    def favourite_remove(self, show_id: UUID | str) -> None:
        """Save a show no longer; a repeat changes nothing."""
        self.do("DELETE", f"/api/favourites/{show_id}")

    def gates_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.GateShowPage:
        """The shows whose doors one looks after, the next first."""
        return self.call("GET", "/api/gates", models.GateShowPage, query={"cursor": cursor, "limit": limit})

    def gate_read(self, show_id: UUID | str) -> models.GateView:
        """Who is in and who may still come, gate by gate, and who was let in wrongly."""
        return self.call("GET", f"/api/gates/{show_id}", models.GateView)

    def gate_list(self, show_id: UUID | str, *, cursor: str | None = None) -> models.GateList:
        """The signed list of a show's tickets, for a device that will have no network: no code and no name is in
        it.
        """
        return self.call("GET", f"/api/gates/{show_id}/offline", models.GateList, query={"cursor": cursor})

    def imports_run(self, body: models.ImportBatch, *, idempotency_key: str | None = None) -> models.ImportAnswer:
        """Take in shows of another system: announce new ones, edit those that changed there. For organisers."""
        return self.call(
            "POST", "/api/imports", models.ImportAnswer, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def listings_list(
        self,
        *,
        show_id: UUID | None = None,
        quantity: int | None = None,
        section: list[str] | None = None,
        min_price: int | None = None,
        max_price: int | None = None,
        aisle: bool | None = None,
        deal: Literal["great", "good", "fair"] | None = None,
        sort: Literal["price", "value", "view", "section"] | None = None,
        seller: Literal["me"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ListingViewPage:
        """What a show's buyers can have now, cheapest all-in price first; `seller=me`: one's own, newest first."""
        return self.call(
            "GET",
            "/api/listings",
            models.ListingViewPage,
            query={
                "show_id": show_id,
                "quantity": quantity,
                "section": section,
                "min_price": min_price,
                "max_price": max_price,
                "aisle": aisle,
                "deal": deal,
                "sort": sort,
                "seller": seller,
                "cursor": cursor,
                "limit": limit,
            },
        )

    def listing_create(self, body: models.NewListing, *, idempotency_key: str | None = None) -> models.ListingView:
        """Put seats on sale."""
        return self.call(
            "POST", "/api/listings", models.ListingView, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def listings_change(self, body: models.Bulk) -> models.BulkResult:
        """Change or withdraw up to 100 of one's listings; answers what became of each."""
        return self.call("POST", "/api/listings/bulk", models.BulkResult, body=body)

    def guidance_read(
        self,
        *,
        show_id: UUID,
        section: str,
        row: str | None = None,
        quantity: int | None = None,
        unit_price: int | None = None,
    ) -> models.Guidance:
        """What similar seats cost and sold for, a price to start from, and how likely seats sell at which price."""
        return self.call(
            "GET",
            "/api/listings/guidance",
            models.Guidance,
            query={"show_id": show_id, "section": section, "row": row, "quantity": quantity, "unit_price": unit_price},
        )

    def limits_read(
        self, *, show_id: UUID, section: str | None = None, row: str | None = None, seat: list[str] | None = None
    ) -> models.LimitsView:
        """The organiser's rules for whoever wants to list seats of a show, and the most that may be asked for
        these.
        """
        return self.call(
            "GET",
            "/api/listings/limits",
            models.LimitsView,
            query={"show_id": show_id, "section": section, "row": row, "seat": seat},
        )

    def listings_mine(
        self,
        *,
        show_id: UUID | None = None,
        selling: Literal["on-sale", "promised", "sold", "withdrawn"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.ListingViewPage:
        """One's own listings, newest first: of one show, or those on sale, promised, sold or withdrawn, only."""
        return self.call(
            "GET",
            "/api/listings/mine",
            models.ListingViewPage,
            query={"show_id": show_id, "selling": selling, "cursor": cursor, "limit": limit},
        )

    def shows_mine(self) -> models.ShowSoldPage:
        """The shows for which one has listings, the next ones first; at most 200, on one page."""
        return self.call("GET", "/api/listings/mine/shows", models.ShowSoldPage)

    def places_list(self, *, show_id: UUID, section: str) -> models.PlacePage:
        """The places of a section that have a ticket: listed (by whom else), listed-by-you, yours or taken. On one
        page.
        """
        return self.call(
            "GET", "/api/listings/places", models.PlacePage, query={"show_id": show_id, "section": section}
        )

    def listings_sold(
        self, *, show_id: UUID, section: list[str] | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.SaleViewPage:
        """What seats of a show were sold for, newest first; sales that were refunded are left out."""
        return self.call(
            "GET",
            "/api/listings/sold",
            models.SaleViewPage,
            query={"show_id": show_id, "section": section, "cursor": cursor, "limit": limit},
        )

    def listings_summary(
        self,
        *,
        show_id: UUID,
        quantity: int | None = None,
        min_price: int | None = None,
        max_price: int | None = None,
        aisle: bool | None = None,
        deal: Literal["great", "good", "fair"] | None = None,
    ) -> models.SectionSummaryPage:
        """Each section of the venue from the stage outwards: what is on sale there that fits, and what was sold."""
        return self.call(
            "GET",
            "/api/listings/summary",
            models.SectionSummaryPage,
            query={
                "show_id": show_id,
                "quantity": quantity,
                "min_price": min_price,
                "max_price": max_price,
                "aisle": aisle,
                "deal": deal,
            },
        )

    def listing_read(self, listing_id: UUID | str) -> models.ListingView:
        """One listing, also when it has ended."""
        return self.call("GET", f"/api/listings/{listing_id}", models.ListingView)

    def listing_change(self, listing_id: UUID | str, body: models.ListingEdit, *, if_match: int) -> models.ListingView:
        """Change price, split rule or notes."""
        return self.call("PATCH", f"/api/listings/{listing_id}", models.ListingView, body=body, if_match=if_match)

    def listing_delete(self, listing_id: UUID | str) -> None:
        """Withdraw the unsold seats; may be repeated."""
        self.do("DELETE", f"/api/listings/{listing_id}")

    def codes_put(self, listing_id: UUID | str, body: models.Codes) -> models.ListingView:
        """Register the original codes of a listing, one for each of its seats in their order; may be repeated."""
        return self.call("PUT", f"/api/listings/{listing_id}/codes", models.ListingView, body=body)

    def notification_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.NotificationViewPage:
        """One's own mails, newest first, with what became of them."""
        return self.call(
            "GET", "/api/notifications", models.NotificationViewPage, query={"cursor": cursor, "limit": limit}
        )

    def preferences_show(self) -> models.Preferences:
        """What one is told by mail. Purchases and money are always told."""
        return self.call("GET", "/api/notifications/preferences", models.Preferences)

    def preferences_change(self, body: models.Preferences) -> models.Preferences:
        """Choose what one is told by mail; every topic is named."""
        return self.call("PUT", "/api/notifications/preferences", models.Preferences, body=body)

    def unsubscribe_look(self, *, token: str) -> models.Subscription:
        """What the link of a letter would end; nothing changes."""
        return self.call("GET", "/api/notifications/unsubscribe", models.Subscription, query={"token": token})

    def unsubscribe(self, body: models.Ending) -> models.Subscription:
        """End the mails on the topic of a letter, for its address; a repeat changes nothing."""
        return self.call("POST", "/api/notifications/unsubscribe", models.Subscription, body=body)

    def onsale_create(self, body: models.NewOnsale, *, idempotency_key: str | None = None) -> models.OnsaleView:
        """Put a whole house on sale. For the show's organiser, and members of the team who manage."""
        return self.call(
            "POST", "/api/onsales", models.OnsaleView, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def onsale_read(self, show_id: UUID | str) -> models.OnsaleView:
        """When a show's first sale opens, and what its price zones have left."""
        return self.call("GET", f"/api/onsales/{show_id}", models.OnsaleView)

    def onsale_change(self, show_id: UUID | str, body: models.OnsaleEdit, *, if_match: int) -> models.OnsaleView:
        """Let a sale that has not begun open at another time. For the organiser, and members of the team who
        manage.
        """
        return self.call("PATCH", f"/api/onsales/{show_id}", models.OnsaleView, body=body, if_match=if_match)

    def order_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.OrderViewPage:
        """The buyer's orders, newest first."""
        return self.call("GET", "/api/orders", models.OrderViewPage, query={"cursor": cursor, "limit": limit})

    def hold_seats(self, body: models.NewOrder, *, idempotency_key: str | None = None) -> models.OrderView:
        """Hold seats."""
        return self.call(
            "POST", "/api/orders", models.OrderView, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def orders_switch_show(self) -> models.Switch:
        """Whether seats can be bought now. Why, and who decided it, is for operators."""
        return self.call("GET", "/api/orders/switch", models.Switch)

    def orders_switch_set(self, body: models.SwitchMove) -> models.Switch:
        """Stop all sales, or let them go on; in force everywhere once this has answered."""
        return self.call("PUT", "/api/orders/switch", models.Switch, body=body)

    def order_show(self, order_id: UUID | str) -> models.OrderView:
        """One order of the buyer."""
        return self.call("GET", f"/api/orders/{order_id}", models.OrderView)

    def order_give_up(self, order_id: UUID | str) -> None:
        """Give a hold up; its seats are free at once. Repeating it changes nothing."""
        self.do("DELETE", f"/api/orders/{order_id}")

    def choice_show(self, order_id: UUID | str) -> models.ChoiceView:
        """What the buyer may choose since the show has moved; 409 `nothing-to-choose` if it has not."""
        return self.call("GET", f"/api/orders/{order_id}/choice", models.ChoiceView)

    def choice_take(self, order_id: UUID | str, body: models.NewChoice) -> models.ChoiceView:
        """Keep the tickets, which may be changed until `refund_until`, or have the money back, which may not."""
        return self.call("POST", f"/api/orders/{order_id}/choice", models.ChoiceView, body=body)

    def refund_create(
        self, order_id: UUID | str, body: models.NewRefund, *, idempotency_key: str | None = None
    ) -> models.RefundView:
        """Refund lines of a confirmed order; their tickets are void at once, the money follows by itself."""
        return self.call(
            "POST",
            f"/api/orders/{order_id}/refunds",
            models.RefundView,
            body=body,
            idempotency_key=idempotency_key or self.new_key(),
        )

    def organiser_rules_read(self, organiser_id: UUID | str) -> models.StandingRules:
        """The rules of an organiser's shows that have none of their own. Version 0: none."""
        return self.call("GET", f"/api/organisers/{organiser_id}/resale-rules", models.StandingRules)

    def organiser_rules_put(
        self, organiser_id: UUID | str, body: models.StandingDraft, *, if_match: int
    ) -> models.StandingRules:
        """Set the rules for all of an organiser's shows ahead that have none of their own. If-Match "0" for the
        first.
        """
        return self.call(
            "PUT", f"/api/organisers/{organiser_id}/resale-rules", models.StandingRules, body=body, if_match=if_match
        )

    def payments_list(
        self, *, order_id: UUID | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.PaymentPage:
        """The buyer's own payments, newest first; with `order_id` those of one order."""
        return self.call(
            "GET", "/api/payments", models.PaymentPage, query={"order_id": order_id, "cursor": cursor, "limit": limit}
        )

    def payment_create(self, body: models.NewPayment, *, idempotency_key: str | None = None) -> models.Payment:
        """Authorise an order's total on a card. The charge follows once the order is confirmed."""
        return self.call(
            "POST", "/api/payments", models.Payment, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def sales_show(self) -> models.SalesHeard:
        """Where the switch of sales stands for payments: orders moves it, payments follows within moments."""
        return self.call("GET", "/api/payments/switch", models.SalesHeard)

    def tax_of_order(self, order_id: UUID | str) -> models.OrderTax:
        """The tax lines of the buyer's own receipt, once the order is confirmed."""
        return self.call("GET", f"/api/payments/tax/{order_id}", models.OrderTax)

    def timeline_show(self, order_id: UUID | str) -> models.MoneyTimeline:
        """Where the money of a confirmed order is, for whoever bought or sold it."""
        return self.call("GET", f"/api/payments/timeline/{order_id}", models.MoneyTimeline)

    def webhook(self) -> models.Received:
        """An event of the payment provider, signed over its exact bytes."""
        return self.call("POST", "/api/payments/webhook", models.Received)

    def payment_get(self, payment_id: UUID | str) -> models.Payment:
        """One of the buyer's own payments."""
        return self.call("GET", f"/api/payments/{payment_id}", models.Payment)

    def payouts_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.PayoutShownPage:
        """The seller's own payouts, newest first."""
        return self.call("GET", "/api/payouts", models.PayoutShownPage, query={"cursor": cursor, "limit": limit})

    def account_get(self) -> models.PayoutAccount:
        """Whether the seller can be paid."""
        return self.call("GET", "/api/payouts/account", models.PayoutAccount)

    def account_onboard(self, body: models.NewOnboarding) -> models.Onboarding:
        """Set up how the seller is paid, or go on with it. A seller has one account, however often this is asked."""
        return self.call("POST", "/api/payouts/account", models.Onboarding, body=body)

    def payouts_switch_show(self) -> models.Switch:
        """Whether payouts are made now."""
        return self.call("GET", "/api/payouts/switch", models.Switch)

    def payouts_switch_set(self, body: models.SwitchMove) -> models.Switch:
        """Stop all payouts, or let them go on; in force in every process once this has answered."""
        return self.call("PUT", "/api/payouts/switch", models.Switch, body=body)

    def payouts_waiting(self, *, cursor: str | None = None, limit: int | None = None) -> models.WaitingPayoutPage:
        """Sellers whose payouts wait because they are banned, and who are owed something; the newest accounts
        first.
        """
        return self.call(
            "GET", "/api/payouts/waiting", models.WaitingPayoutPage, query={"cursor": cursor, "limit": limit}
        )

    def performers_list(
        self, *, q: str | None = None, cursor: str | None = None, limit: str | None = None
    ) -> models.PerformerPage:
        """Performers by name."""
        return self.call(
            "GET", "/api/performers", models.PerformerPage, query={"q": q, "cursor": cursor, "limit": limit}
        )

    def performer_read(self, performer_id: UUID | str) -> models.Performer:
        """One performer; the shows are under /api/shows?performer_id=."""
        return self.call("GET", f"/api/performers/{performer_id}", models.Performer)

    def queues_entries_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.QueuePlaceViewPage:
        """One's own places in waiting rooms, those of the shows announced last first."""
        return self.call("GET", "/api/queues", models.QueuePlaceViewPage, query={"cursor": cursor, "limit": limit})

    def queue_show(self, show_id: UUID | str) -> models.QueueView:
        """Where the waiting room of a show stands: public. `none` for a show that has none."""
        return self.call("GET", f"/api/queues/{show_id}", models.QueueView)

    def queue_set(self, show_id: UUID | str, body: models.NewQueue) -> models.QueueView:
        """Set the waiting room of a show before its sale opens, or change its pace. For its organiser's people."""
        return self.call("PUT", f"/api/queues/{show_id}", models.QueueView, body=body)

    def queue_end(self, show_id: UUID | str) -> None:
        """End a waiting room for good: everybody may hold seats. Repeating it changes nothing."""
        self.do("DELETE", f"/api/queues/{show_id}")

    def entry_join(self, show_id: UUID | str) -> models.QueueEntryView:
        """Join the waiting room of a show, once per account: repeating it answers the same place."""
        return self.call("POST", f"/api/queues/{show_id}/entries", models.QueueEntryView)

    def entry_mine(self, show_id: UUID | str) -> models.QueueEntryView:
        """One's newest place in a waiting room, and how long it may take."""
        return self.call("GET", f"/api/queues/{show_id}/entries/mine", models.QueueEntryView)

    def queues_entry_leave(self, show_id: UUID | str) -> None:
        """Leave a waiting room. Whoever joins again stands at its end. Repeating it changes nothing."""
        self.do("DELETE", f"/api/queues/{show_id}/entries/mine")

    def queue_log(
        self, show_id: UUID | str, *, cursor: str | None = None, limit: int | None = None
    ) -> models.QueueEventViewPage:
        """What happened in a waiting room, from the beginning on: public, with numbers instead of people."""
        return self.call(
            "GET", f"/api/queues/{show_id}/log", models.QueueEventViewPage, query={"cursor": cursor, "limit": limit}
        )

    def attendance_report(self, show_id: UUID | str) -> models.AttendanceReport:
        """Who was let in, by gate and by 15 minutes, and why others were not."""
        return self.call("GET", f"/api/reports/{show_id}/attendance", models.AttendanceReport)

    def attendance_file(self, show_id: UUID | str) -> bytes:
        """Who was let in, one line for each quarter of an hour and gate."""
        return self.call("GET", f"/api/reports/{show_id}/attendance.csv", bytes)

    def sales_report(self, show_id: UUID | str) -> models.SalesReport:
        """What was sold by kind, day, zone and section, and what became of each section's places."""
        return self.call("GET", f"/api/reports/{show_id}/sales", models.SalesReport)

    def sales_file(self, show_id: UUID | str) -> bytes:
        """What was sold, one line for each day, section and kind."""
        return self.call("GET", f"/api/reports/{show_id}/sales.csv", bytes)

    def sales_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.SaleShownPage:
        """The seller's own sales with the way of their money, newest first."""
        return self.call("GET", "/api/sales", models.SaleShownPage, query={"cursor": cursor, "limit": limit})

    def penalties_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.PenaltyShownPage:
        """The seller's own penalties, newest first: taken off what the next payouts bring."""
        return self.call(
            "GET", "/api/sales/penalties", models.PenaltyShownPage, query={"cursor": cursor, "limit": limit}
        )

    def sales_summary(self) -> models.Summary:
        """All of the seller's own sales in sums, by currency."""
        return self.call("GET", "/api/sales/summary", models.Summary)

    def scan_create(self, body: models.NewScan) -> models.ScanView:
        """Let a ticket's holder in, once; 409 says why not. With `scan_id` a repeated request finds the first
        answer.
        """
        return self.call("POST", "/api/scans", models.ScanView, body=body)

    def scans_create(self, body: models.NewBatch) -> models.BatchView:
        """Tell of scans that a device decided without a network; whom two devices let in is found here."""
        return self.call("POST", "/api/scans/batch", models.BatchView, body=body)

    def scan_read(self, scan_id: UUID | str) -> models.ScanView:
        """What became of a scan, also of one that let nobody in."""
        return self.call("GET", f"/api/scans/{scan_id}", models.ScanView)

    def shows_list(
        self,
        *,
        q: str | None = None,
        category: str | None = None,
        city: str | None = None,
        country: str | None = None,
        near: str | None = None,
        radius_km: str | None = None,
        when: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        status: str | None = None,
        venue_id: str | None = None,
        performer_id: str | None = None,
        currency: str | None = None,
        min_price: str | None = None,
        max_price: str | None = None,
        mine: bool | None = None,
        past: bool | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        limit: str | None = None,
    ) -> models.FoundPage:
        """Shows ahead that fit everything asked for, by date unless told otherwise; `mine`: one's own, of any
        status.
        """
        return self.call(
            "GET",
            "/api/shows",
            models.FoundPage,
            query={
                "q": q,
                "category": category,
                "city": city,
                "country": country,
                "near": near,
                "radius_km": radius_km,
                "when": when,
                "from": from_,
                "to": to,
                "status": status,
                "venue_id": venue_id,
                "performer_id": performer_id,
                "currency": currency,
                "min_price": min_price,
                "max_price": max_price,
                "mine": mine,
                "past": past,
                "sort": sort,
                "cursor": cursor,
                "limit": limit,
            },
        )

    def show_create(self, body: models.ShowDraft, *, idempotency_key: str | None = None) -> models.Show:
        """Announce a show. For organisers, and for members of a team who manage (with `organiser_id`)."""
        return self.call(
            "POST", "/api/shows", models.Show, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def cities_list(
        self, *, q: str | None = None, cursor: str | None = None, limit: str | None = None
    ) -> models.CityPage:
        """Cities that have a venue, by name, with the number of shows ahead."""
        return self.call("GET", "/api/shows/cities", models.CityPage, query={"q": q, "cursor": cursor, "limit": limit})

    def city_read(self, slug: UUID | str) -> models.City:
        """One city by its slug, such as `sao-paulo-br`."""
        return self.call("GET", f"/api/shows/cities/{slug}", models.City)

    def shows_facets(
        self,
        *,
        q: str | None = None,
        category: str | None = None,
        city: str | None = None,
        country: str | None = None,
        near: str | None = None,
        radius_km: str | None = None,
        when: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        status: str | None = None,
        venue_id: str | None = None,
        performer_id: str | None = None,
        currency: str | None = None,
        min_price: str | None = None,
        max_price: str | None = None,
    ) -> models.Facets:
        """How many of the shows that fit there are by category, city, days, month and price."""
        return self.call(
            "GET",
            "/api/shows/facets",
            models.Facets,
            query={
                "q": q,
                "category": category,
                "city": city,
                "country": country,
                "near": near,
                "radius_km": radius_km,
                "when": when,
                "from": from_,
                "to": to,
                "status": status,
                "venue_id": venue_id,
                "performer_id": performer_id,
                "currency": currency,
                "min_price": min_price,
                "max_price": max_price,
            },
        )

    def index_read(self) -> models.Starts:
        """The runs of up to 10,000 names that shows ahead, performers, venues and cities are listed in."""
        return self.call("GET", "/api/shows/index", models.Starts)

    def index_run(self, kind: UUID | str, *, after: str | None = None) -> models.Run:
        """One run: ids of shows, performers or venues, or slugs of cities."""
        return self.call("GET", f"/api/shows/index/{kind}", models.Run, query={"after": after})

    def shows_suggestions(self, *, q: str | None = None) -> models.SuggestionPage:
        """Up to eight performers, shows, venues and cities with shows ahead that may be meant by what was typed so
        far.
        """
        return self.call("GET", "/api/shows/suggestions", models.SuggestionPage, query={"q": q})

    def show_read(self, show_id: UUID | str) -> models.Show:
        """One show."""
        return self.call("GET", f"/api/shows/{show_id}", models.Show)

    def show_edit(self, show_id: UUID | str, body: models.ShowChanges, *, if_match: int) -> models.Show:
        """Change, postpone, reschedule or cancel a show. For its organiser, their team (`manage`) and operators."""
        return self.call("PATCH", f"/api/shows/{show_id}", models.Show, body=body, if_match=if_match)

    def show_performers(self, show_id: UUID | str) -> models.PerformerPage:
        """Who plays at a show, in its order, with their ids."""
        return self.call("GET", f"/api/shows/{show_id}/performers", models.PerformerPage)

    def rules_read(self, show_id: UUID | str) -> models.ResaleRules:
        """How tickets of a show may be sold on and given away, and whose rules these are. Version 0: nobody set
        any.
        """
        return self.call("GET", f"/api/shows/{show_id}/resale-rules", models.ResaleRules)

    def rules_put(self, show_id: UUID | str, body: models.RulesDraft, *, if_match: int) -> models.ResaleRules:
        """Set a show's own rules, for what is listed from now on; If-Match names the version of those before, "0"
        for none.
        """
        return self.call("PUT", f"/api/shows/{show_id}/resale-rules", models.ResaleRules, body=body, if_match=if_match)

    def rules_drop(self, show_id: UUID | str, *, if_match: int) -> models.ResaleRules:
        """Give a show's own rules up: those hold that its organiser and its place have for all shows."""
        return self.call("DELETE", f"/api/shows/{show_id}/resale-rules", models.ResaleRules, if_match=if_match)

    def members_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.MemberPage:
        """One's own team, by name. For organisers."""
        return self.call("GET", "/api/teams", models.MemberPage, query={"cursor": cursor, "limit": limit})

    def member_set(self, who: UUID | str, body: models.DutiesDraft) -> models.Member:
        """Take somebody with an account into the team, by id or address, or give a member other duties. For
        organisers.
        """
        return self.call("PUT", f"/api/teams/members/{who}", models.Member, body=body)

    def member_remove(self, who: UUID | str) -> None:
        """Take somebody out of the team. For organisers."""
        self.do("DELETE", f"/api/teams/members/{who}")

    def teams_mine(self, *, cursor: str | None = None, limit: int | None = None) -> models.TeamPage:
        """The teams that one is in, and with which duties."""
        return self.call("GET", "/api/teams/mine", models.TeamPage, query={"cursor": cursor, "limit": limit})

    def team_leave(self, organiser_id: UUID | str) -> None:
        """Leave a team."""
        self.do("DELETE", f"/api/teams/mine/{organiser_id}")

    def tickets_list(
        self,
        *,
        status: Literal["valid", "transferred", "void", "used"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.TicketViewPage:
        """One's tickets: the next show first, past shows and ended tickets last."""
        return self.call(
            "GET", "/api/tickets", models.TicketViewPage, query={"status": status, "cursor": cursor, "limit": limit}
        )

    def ticket_read(self, ticket_id: UUID | str) -> models.TicketView:
        """One of one's tickets."""
        return self.call("GET", f"/api/tickets/{ticket_id}", models.TicketView)

    def ticket_code(self, ticket_id: UUID | str) -> models.CodeView:
        """What the gate reads, new every 30 seconds. Never stored, never in an address."""
        return self.call("GET", f"/api/tickets/{ticket_id}/code", models.CodeView)

    def ticket_codes(self, ticket_id: UUID | str) -> models.CodeSheet:
        """The codes of the show's day, for a phone that has no network at the door."""
        return self.call("GET", f"/api/tickets/{ticket_id}/codes", models.CodeSheet)

    def ticket_history(self, ticket_id: UUID | str) -> models.EntryPage:
        """How the place came to its holder, the oldest first: who had it before stays their own affair."""
        return self.call("GET", f"/api/tickets/{ticket_id}/history", models.EntryPage)

    def ticket_print(self, ticket_id: UUID | str) -> models.PrintedCode:
        """A code for paper, which does not rotate; the ticket's history says that there is one."""
        return self.call("POST", f"/api/tickets/{ticket_id}/print", models.PrintedCode)

    def ticket_transfer(
        self, ticket_id: UUID | str, body: models.NewTicketTransfer, *, idempotency_key: str | None = None
    ) -> models.TransferView:
        """Offer one ticket to whoever has an e-mail address."""
        return self.call(
            "POST",
            f"/api/tickets/{ticket_id}/transfer",
            models.TransferView,
            body=body,
            idempotency_key=idempotency_key or self.new_key(),
        )

    def transfers_list(
        self,
        *,
        box: Literal["sent", "received"] | None = None,
        waiting: bool | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.TransferViewPage:
        """What one has sent, or has been sent, newest first; `waiting` leaves out what has ended."""
        return self.call(
            "GET",
            "/api/transfers",
            models.TransferViewPage,
            query={"box": box, "waiting": waiting, "cursor": cursor, "limit": limit},
        )

    def transfer_create(self, body: models.NewTransfer, *, idempotency_key: str | None = None) -> models.TransferView:
        """Offer tickets of one show to whoever has an e-mail address."""
        return self.call(
            "POST", "/api/transfers", models.TransferView, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def transfer_read(self, transfer_id: UUID | str) -> models.TransferView:
        """A transfer, for its sender and for whoever has the address."""
        return self.call("GET", f"/api/transfers/{transfer_id}", models.TransferView)

    def transfer_cancel(self, transfer_id: UUID | str) -> None:
        """Take an offer back; may be repeated."""
        self.do("DELETE", f"/api/transfers/{transfer_id}")

    def transfer_accept(self, transfer_id: UUID | str) -> models.TransferView:
        """Take the tickets over; needs the verified address to which they were given, and may be repeated."""
        return self.call("POST", f"/api/transfers/{transfer_id}/accept", models.TransferView)

    def transfer_decline(self, transfer_id: UUID | str) -> models.TransferView:
        """Say no; may be repeated."""
        return self.call("POST", f"/api/transfers/{transfer_id}/decline", models.TransferView)

    def venues_list(
        self,
        *,
        mine: bool | None = None,
        q: str | None = None,
        city: str | None = None,
        country: str | None = None,
        cursor: str | None = None,
        limit: str | None = None,
    ) -> models.VenueLinePage:
        """Venues by city and name; `mine`: those that one has added, or that an organiser has whose shows one
        manages.
        """
        return self.call(
            "GET",
            "/api/venues",
            models.VenueLinePage,
            query={"mine": mine, "q": q, "city": city, "country": country, "cursor": cursor, "limit": limit},
        )

    def venue_create(self, body: models.VenueDraft, *, idempotency_key: str | None = None) -> models.VenueFacts:
        """Add a venue with its seating chart; the answer leaves the chart out. For organisers."""
        return self.call(
            "POST", "/api/venues", models.VenueFacts, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def venue_read(self, venue_id: UUID | str) -> models.Venue:
        """One venue with its seating chart."""
        return self.call("GET", f"/api/venues/{venue_id}", models.Venue)

    def venue_edit(self, venue_id: UUID | str, body: models.VenueChanges, *, if_match: int) -> models.VenueFacts:
        """Change a venue; once a show has been announced there, its chart only grows. For whoever added it."""
        return self.call("PATCH", f"/api/venues/{venue_id}", models.VenueFacts, body=body, if_match=if_match)

    def venue_rules_read(self, venue_id: UUID | str) -> models.StandingRules:
        """What a place demands of all shows there. Version 0: nothing."""
        return self.call("GET", f"/api/venues/{venue_id}/resale-rules", models.StandingRules)

    def venue_rules_put(
        self, venue_id: UUID | str, body: models.StandingDraft, *, if_match: int
    ) -> models.StandingRules:
        """Set what a place demands of all shows ahead; where a show asks for less, this holds. If-Match "0" for
        the first.
        """
        return self.call(
            "PUT", f"/api/venues/{venue_id}/resale-rules", models.StandingRules, body=body, if_match=if_match
        )

    def entry_list(
        self, *, show_id: UUID | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.EntryViewPage:
        """One's places in lines, newest first, of one show or of all; also those that have come to their end."""
        return self.call(
            "GET", "/api/waiting", models.EntryViewPage, query={"show_id": show_id, "cursor": cursor, "limit": limit}
        )

    def entry_create(self, body: models.NewEntry, *, idempotency_key: str | None = None) -> models.EntryView:
        """Join the line of a show. 409 `seats-available` (there is nothing to wait for), `already-waiting`, `show-
        over`.
        """
        return self.call(
            "POST", "/api/waiting", models.EntryView, body=body, idempotency_key=idempotency_key or self.new_key()
        )

    def line_show(self, *, show_id: UUID) -> models.LineView:
        """How long the line of a show is now: public."""
        return self.call("GET", "/api/waiting/line", models.LineView, query={"show_id": show_id})

    def line_log(
        self, *, show_id: UUID, cursor: str | None = None, limit: int | None = None
    ) -> models.LineEventViewPage:
        """What happened in the line of a show, newest first: public, with numbers instead of people."""
        return self.call(
            "GET",
            "/api/waiting/log",
            models.LineEventViewPage,
            query={"show_id": show_id, "cursor": cursor, "limit": limit},
        )

    def entry_show(self, entry_id: UUID | str) -> models.EntryView:
        """One's place in line."""
        return self.call("GET", f"/api/waiting/{entry_id}", models.EntryView)

    def waiting_entry_leave(self, entry_id: UUID | str) -> None:
        """Leave the line; seats that are offered go to the next. Repeating it changes nothing. 409 `order-
        confirmed`.
        """
        self.do("DELETE", f"/api/waiting/{entry_id}")

    def webhook_list(self, *, cursor: str | None = None, limit: int | None = None) -> models.WebhookViewPage:
        """One's own webhooks, newest first."""
        return self.call("GET", "/api/webhooks", models.WebhookViewPage, query={"cursor": cursor, "limit": limit})

    def webhook_create(self, body: models.NewWebhook) -> models.WebhookMade:
        """Have facts about what is one's own sent to an address. The secret that signs them is in this answer
        only.
        """
        return self.call("POST", "/api/webhooks", models.WebhookMade, body=body)

    def webhook_show(self, webhook_id: UUID | str) -> models.WebhookView:
        """One webhook."""
        return self.call("GET", f"/api/webhooks/{webhook_id}", models.WebhookView)

    def webhook_switch(self, webhook_id: UUID | str, body: models.WebhookChange) -> models.WebhookView:
        """Switch a webhook off or on; what waits meanwhile is sent later."""
        return self.call("PATCH", f"/api/webhooks/{webhook_id}", models.WebhookView, body=body)

    def webhook_remove(self, webhook_id: UUID | str) -> None:
        """Remove a webhook and its log."""
        self.do("DELETE", f"/api/webhooks/{webhook_id}")

    def delivery_list(
        self,
        webhook_id: UUID | str,
        *,
        status: Literal["queued", "delivered", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.DeliveryViewPage:
        """What was sent to a webhook in the last thirty days, newest first, and what came of it."""
        return self.call(
            "GET",
            f"/api/webhooks/{webhook_id}/deliveries",
            models.DeliveryViewPage,
            query={"status": status, "cursor": cursor, "limit": limit},
        )

    def delivery_show(self, webhook_id: UUID | str, delivery_id: UUID | str) -> models.DeliveryWhole:
        """One delivery with the body that was signed, and every try."""
        return self.call("GET", f"/api/webhooks/{webhook_id}/deliveries/{delivery_id}", models.DeliveryWhole)

    def delivery_replay(self, webhook_id: UUID | str, delivery_id: UUID | str) -> models.DeliveryView:
        """Send a delivery again, with the same body and event id; one that is queued is sent at once."""
        return self.call("POST", f"/api/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", models.DeliveryView)

    def webhook_secret_renew(self, webhook_id: UUID | str) -> models.WebhookMade:
        """Sign with a new secret, which is in this answer only. For 24 hours the old one signs too, in its own
        `v1=`.
        """
        return self.call("POST", f"/api/webhooks/{webhook_id}/secret", models.WebhookMade)

    def webhook_ping(self, webhook_id: UUID | str) -> models.DeliveryView:
        """Send a delivery that only shows that deliveries arrive (`webhooks.test.v1`)."""
        return self.call("POST", f"/api/webhooks/{webhook_id}/test", models.DeliveryView)
