"""The payment method types that a Checkout Session can take: our own words and letters for them, and their currencies.

Source: the values of `allowed_payment_method_types` at our pinned version; currencies: docs.stripe.com/payments/payment-methods, read
November 2026. Where Stripe's list of currencies is long or changes, none is written: Stripe decides then.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.modules.api import Text


@dataclass(frozen=True, slots=True)
class MethodType:
    """A type as people see it; `currencies` empty: any."""

    title: Text
    letters: Text
    currencies: tuple[str, ...] = ()


EUR = ("EUR",)
TYPES: dict[str, MethodType] = {
    "card": MethodType(_("Card"), pgettext_lazy("letters on a tile", "CARD")),
    "link": MethodType("Link", "LINK"),
    "sepa_debit": MethodType(_("SEPA Direct Debit"), "SEPA", EUR),
    "bancontact": MethodType("Bancontact", "BC", EUR),
    "ideal": MethodType("iDEAL", "iD", EUR),
    "paypal": MethodType(
        "PayPal",
        "PP",
        ("AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "NOK", "NZD", "PLN", "SEK", "SGD", "USD"),
    ),
    "klarna": MethodType(
        "Klarna",
        "KL",
        ("AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "NOK", "NZD", "PLN", "RON", "SEK", "USD"),
    ),
    "customer_balance": MethodType(
        _("Bank transfer"), pgettext_lazy("letters on a tile", "BANK"), ("EUR", "GBP", "JPY", "MXN", "USD")
    ),
    "alma": MethodType("Alma", "AL", EUR),
    "amazon_pay": MethodType("Amazon Pay", "AMZ"),
    "billie": MethodType("Billie", "BIL"),
    "bizum": MethodType("Bizum", "BZ", EUR),
    "blik": MethodType("BLIK", "BLIK", ("PLN",)),
    "eps": MethodType("EPS", "EPS", EUR),
    "giropay": MethodType("giropay", "GP", EUR),
    "mb_way": MethodType("MB WAY", "MBW", EUR),
    "mobilepay": MethodType("MobilePay", "MP", ("DKK", "EUR", "NOK", "SEK")),
    "multibanco": MethodType("Multibanco", "MB", EUR),
    "p24": MethodType("Przelewy24", "P24", ("EUR", "PLN")),
    "pay_by_bank": MethodType("Pay by Bank", "PBB"),
    "revolut_pay": MethodType("Revolut Pay", "REV"),
    "satispay": MethodType("Satispay", "SAT", EUR),
    "scalapay": MethodType("Scalapay", "SC", EUR),
    "sequra": MethodType("seQura", "SQ", EUR),
    "sofort": MethodType("Sofort", "SO", EUR),
    "swish": MethodType("Swish", "SW", ("SEK",)),
    "twint": MethodType("TWINT", "TW", ("CHF",)),
    "bacs_debit": MethodType("Bacs Direct Debit", "BACS", ("GBP",)),
    "acss_debit": MethodType(_("Pre-authorised debit (Canada)"), "ACSS", ("CAD", "USD")),
    "affirm": MethodType("Affirm", "AF", ("CAD", "USD")),
    "afterpay_clearpay": MethodType("Afterpay / Clearpay", "AC", ("AUD", "CAD", "GBP", "NZD", "USD")),
    "alipay": MethodType("Alipay", "ALI"),
    "au_becs_debit": MethodType("BECS Direct Debit", "BECS", ("AUD",)),
    "boleto": MethodType("Boleto", "BOL", ("BRL",)),
    "cashapp": MethodType("Cash App Pay", "CASH", ("USD",)),
    "crypto": MethodType(_("Stablecoins"), "CRY", ("USD",)),
    "fpx": MethodType("FPX", "FPX", ("MYR",)),
    "grabpay": MethodType("GrabPay", "GRAB", ("MYR", "SGD")),
    "kakao_pay": MethodType("Kakao Pay", "KAK", ("KRW",)),
    "konbini": MethodType("Konbini", "KON", ("JPY",)),
    "kr_card": MethodType(_("Korean cards"), "KR", ("KRW",)),
    "naver_pay": MethodType("Naver Pay", "NAV", ("KRW",)),
    "nz_bank_account": MethodType(_("Bank debit (New Zealand)"), "NZ", ("NZD",)),
    "oxxo": MethodType("OXXO", "OXXO", ("MXN",)),
    "payco": MethodType("PAYCO", "PCO", ("KRW",)),
    "paynow": MethodType("PayNow", "PNOW", ("SGD",)),
    "paypay": MethodType("PayPay", "PAYP", ("JPY",)),
    "payto": MethodType("PayTo", "PTO", ("AUD",)),
    "pix": MethodType("Pix", "PIX", ("BRL",)),
    "promptpay": MethodType("PromptPay", "PRO", ("THB",)),
    "samsung_pay": MethodType("Samsung Pay", "SAM", ("KRW",)),
    "sunbit": MethodType("Sunbit", "SUN", ("USD",)),
    "upi": MethodType("UPI", "UPI", ("INR",)),
    "us_bank_account": MethodType(_("Bank debit (United States)"), "ACH", ("USD",)),
    "wechat_pay": MethodType("WeChat Pay", "WE"),
    "zip": MethodType("Zip", "ZIP", ("AUD", "USD")),
}

# What comes with cards and is no type to choose: wallets and brands that the configuration names beside the types.
PARTS_OF_CARD = {
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "cartes_bancaires": "Cartes Bancaires",
    "jcb": "JCB",
}


def of(name: str) -> MethodType:
    """What we know of a type; of one that we do not know, its name."""
    return TYPES.get(name) or MethodType(name.replace("_", " ").title(), name[:4].upper())


def in_order(names: list[str]) -> list[str]:
    """Types in our fixed order; those that we do not know last, by name. Parts of card are left out."""
    place = {name: number for number, name in enumerate(TYPES)}
    kept = [name for name in dict.fromkeys(names) if name not in PARTS_OF_CARD]
    return sorted(kept, key=lambda name: (place.get(name, len(place)), name))
