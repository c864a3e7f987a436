"""The alerts about money and about what people are told."""

from __future__ import annotations

from fairseat_deploy.monitoring.alerts import Alert

MONEY: dict[str, tuple[Alert, ...]] = {
    "money": (
        Alert(
            "ReconciliationBreak",
            "max(fairseat_reconciliation_breaks) > 0",
            "1m",
            "page",
            "reconciliation-breaks",
            "{{ $value }} differences between the provider, payments and the ledger.",
            (('fairseat_reconciliation_breaks{service="payments"}', "1x60"),),
        ),
        Alert(
            "ProviderErrors",
            'sum(rate(fairseat_provider_seconds_count{answer=~"5xx|none"}[5m]))'
            " / sum(rate(fairseat_provider_seconds_count[5m])) > 0.05",
            "5m",
            "page",
            "payment-provider",
            "{{ $value | humanizePercentage }} of the calls to the payment provider fail.",
            (
                ('fairseat_provider_seconds_count{service="payments", call="POST refunds", answer="2xx"}', "0+60x60"),
                ('fairseat_provider_seconds_count{service="payments", call="POST refunds", answer="none"}', "0+9x60"),
            ),
        ),
        Alert(
            "ProviderRefuses",
            'sum(increase(fairseat_provider_seconds_count{answer="4xx", call!~"POST payment_intents.*"}[30m])) > 10',
            "5m",
            "ticket",
            "payment-provider",
            "The payment provider refuses what we ask, other than payments.",
            (('fairseat_provider_seconds_count{service="payments", call="POST transfers", answer="4xx"}', "0+1x60"),),
        ),
        Alert(
            "PayoutsStuck",
            "max(fairseat_payout_oldest_seconds) > 6 * 3600",
            "15m",
            "ticket",
            "stuck-payouts",
            "A payout to a seller has been due for {{ $value | humanizeDuration }}.",
            (('fairseat_payout_oldest_seconds{service="payments"}', "30000x60"),),
        ),
        Alert(
            "CapturesStuck",
            "max(fairseat_uncaptured_oldest_seconds) > 1800",
            "5m",
            "page",
            "payment-provider",
            "A sale waits for its money for {{ $value | humanizeDuration }}; an authorisation ends after days.",
            (('fairseat_uncaptured_oldest_seconds{service="payments"}', "3000x60"),),
        ),
    ),
    "mail": (
        Alert(
            "MailsWaiting",
            "max(fairseat_mails_oldest_seconds) > 600",
            "5m",
            "ticket",
            "mails",
            "Mails wait for {{ $value | humanizeDuration }}.",
            (('fairseat_mails_oldest_seconds{service="notifications"}', "1000x60"),),
        ),
        Alert(
            "MailsParked",
            'max(fairseat_mails{state="parked"}) > 0',
            "5m",
            "ticket",
            "mails",
            "{{ $value }} mails were given up.",
            (('fairseat_mails{service="notifications", state="parked"}', "2x60"),),
        ),
        Alert(
            "WebhooksLate",
            'max(fairseat_webhook_deliveries{state="late"}) > 1000',
            "15m",
            "ticket",
            "mails",
            "{{ $value }} deliveries to webhooks are late.",
            (('fairseat_webhook_deliveries{service="notifications", state="late"}', "5000x60"),),
        ),
    ),
}
