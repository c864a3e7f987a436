"""Keys of the payment provider say themselves whether they move real money; that is held against where we run."""

from __future__ import annotations

from urllib.parse import urlsplit

from fairseat_common.environment import Reader

LIVE = ("sk_live_", "rk_live_", "pk_live_")
SECRET = ("sk_", "rk_")
PUBLISHABLE = ("pk_",)
API_HOST = "api.stripe.com"
SCRIPT_HOST = "js.stripe.com"


def secret_key(reader: Reader, local: str) -> str:
    """STRIPE_SECRET_KEY. Real keys belong to production behind HTTPS, and production has no others."""
    key = reader.secret("STRIPE_SECRET_KEY", local if reader.local else None)
    if key.startswith(PUBLISHABLE):
        reader.refuse("STRIPE_SECRET_KEY is a publishable key: set the secret one, which begins with sk_ or rk_")
    _check_mode(reader, "STRIPE_SECRET_KEY", key)
    return key


def publishable_key(reader: Reader) -> str:
    """STRIPE_PUBLISHABLE_KEY, which every visitor sees; empty: no field for a card."""
    key = reader.text("STRIPE_PUBLISHABLE_KEY", "" if reader.local else None)
    if key.startswith(SECRET):
        reader.refuse("STRIPE_PUBLISHABLE_KEY is a secret key, which nobody may see: set the one that begins with pk_")
    _check_mode(reader, "STRIPE_PUBLISHABLE_KEY", key)
    return key


def api_url(reader: Reader, key: str) -> str:
    """STRIPE_API_URL: where a stand-in is; empty: the provider itself. A real key is shown to nobody else."""
    url = reader.address("STRIPE_API_URL", "")
    if url and urlsplit(url).hostname != API_HOST:
        if reader.environment == "production":
            reader.refuse("STRIPE_API_URL names a stand-in, and nobody is paid by that: take it away in production")
        elif key.startswith(LIVE):
            reader.refuse("STRIPE_API_URL names a stand-in, and STRIPE_SECRET_KEY is a live key: use a test key")
    return url


def script_url(reader: Reader) -> str:
    """STRIPE_JS_URL: the script that makes the field for a card, a path of ours for a stand-in."""
    url = reader.text("STRIPE_JS_URL", "" if reader.local else None)
    if url and reader.environment == "production" and urlsplit(url).hostname != SCRIPT_HOST:
        reader.refuse(f"STRIPE_JS_URL must be the provider's own script in production, https://{SCRIPT_HOST}/v3/")
    return url


def _check_mode(reader: Reader, name: str, key: str) -> None:
    if not key:
        return
    public_url = reader.text("PUBLIC_URL", "")
    if not key.startswith(LIVE):
        if reader.environment == "production":
            reader.refuse(f"{name} is a test key: production takes real money, with a live key")
    elif reader.environment != "production":
        reader.refuse(f"{name} is a live key, and ENVIRONMENT is {reader.environment}: use a test key, or production")
    elif not public_url.startswith("https://"):
        reader.refuse(f"{name} is a live key, and PUBLIC_URL is not https: cards are never asked for without")
