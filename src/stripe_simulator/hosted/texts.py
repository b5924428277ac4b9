"""The words of the hosted pages, French and English."""

from decimal import Decimal

from stripe_simulator.payments.money import SYMBOLS, digits

FR: dict[str, str] = {
    "ribbon": "Simulateur de Stripe : aucun argent réel ne circule",
    "pay_title": "Paiement à {shop}",
    "back": "Revenir à {shop}",
    "order": "Votre commande",
    "total": "Total",
    "contact": "Adresse e-mail",
    "method": "Moyen de paiement",
    "card": "Carte bancaire",
    "sepa_debit": "Prélèvement SEPA",
    "bancontact": "Bancontact",
    "ideal": "iDEAL",
    "link": "Link",
    "card_number": "Numéro de carte",
    "card_number_help": "Pour essayer : 4242 4242 4242 4242.",
    "expiry": "Date d’expiration",
    "expiry_help": "Mois et année, par exemple 12/34.",
    "cvc": "Cryptogramme",
    "name": "Nom du titulaire de la carte",
    "holder": "Titulaire du compte",
    "iban": "IBAN",
    "iban_help": "Pour essayer : FR14 2004 1010 0505 0001 3M02 606.",
    "sepa_mandate": "En validant, vous autorisez {shop} à débiter votre compte. Le paiement est confirmé après "
    "quelques jours ouvrés.",
    "redirect_help": "Vous serez dirigé vers la page de votre banque pour autoriser le paiement.",
    "link_help": "Vous payez avec le moyen de paiement que Link a enregistré pour votre adresse e-mail.",
    "pay": "Payer {amount}",
    "keep": "Retrouver cette carte lors de mes prochains paiements à {shop}",
    "free": "Confirmer la commande",
    "free_title": "Votre commande à {shop}",
    "free_text": "Il n’y a rien à payer. Aucun moyen de paiement n’est demandé.",
    "setup_title": "Enregistrer un moyen de paiement pour {shop}",
    "setup_text": "Rien n’est débité maintenant : {shop} pourra utiliser ce moyen de paiement plus tard.",
    "setup": "Enregistrer",
    "sepa_setup": "En validant, vous autorisez {shop} à débiter votre compte plus tard.",
    "redirect_setup": "Vous serez dirigé vers la page de votre banque pour confirmer.",
    "link_setup": "Le moyen de paiement que Link a enregistré pour votre adresse e-mail est retenu.",
    "portal_title": "Vos moyens de paiement chez {shop}",
    "portal_text": "Ici, rien n’est débité. Ce que vous changez vaut pour vos prochains paiements à {shop}.",
    "portal_none": "Aucun moyen de paiement n’est enregistré.",
    "portal_default": "Par défaut",
    "portal_make_default": "Utiliser par défaut",
    "portal_remove": "Retirer",
    "portal_add": "Ajouter une carte",
    "portal_add_button": "Ajouter cette carte",
    "portal_added": "La carte est enregistrée.",
    "portal_changed": "C’est noté.",
    "portal_invoices": "Vos paiements",
    "portal_gone_title": "Ce lien n’est plus valable",
    "portal_gone_text": "Par sécurité, il ne vaut que peu de temps. Revenez à la boutique pour en obtenir un autre.",
    "link_gone_title": "Ce fichier n’est plus partagé",
    "link_gone_text": "Le lien a expiré, ou l’adresse est incomplète. Demandez un nouveau lien à qui vous l’a donné.",
    "portal_expires": "expire fin {month}/{year}",
    "challenge_title": "Vérification par votre banque",
    "challenge_text": "Votre banque demande de confirmer ce paiement de {amount} à {shop}.",
    "challenge_setup_text": "Votre banque demande de confirmer que {shop} peut garder cette carte. Rien n’est débité.",
    "challenge_pass": "Confirmer",
    "challenge_fail": "Refuser",
    "redirect_title": "Page de votre banque",
    "redirect_text": "Vous êtes sur le point d’autoriser un paiement de {amount} à {shop} avec {method}.",
    "redirect_setup_text": "Vous êtes sur le point de permettre à {shop} de débiter plus tard, par prélèvement SEPA, le "
    "compte que vous utilisez avec {method}. Rien n’est débité maintenant.",
    "authorize": "Autoriser",
    "fail": "Refuser",
    "step_back": "Revenir sans répondre",
    "expired_title": "Cette page de paiement a expiré",
    "expired_text": "Rien n’a été débité. Revenez à {shop} pour reprendre votre commande.",
    "done_title": "Ce paiement est terminé",
    "done_text": "Vous n’avez plus rien à faire ici.",
    "done_link": "Continuer vers {shop}",
    "missing_title": "Cette page n’existe pas",
    "missing_text": "Vérifiez l’adresse, ou revenez à la boutique d’où vous venez.",
    "receipt_title": "Reçu de {shop}",
    "receipt_text": "Paiement de {amount}.",
    "wrong_fields": "Vérifiez les champs signalés ci-dessous. Rien n’a été débité.",
    "email_invalid": "Saisissez une adresse e-mail valable, par exemple camille@exemple.fr.",
    "number_missing": "Saisissez le numéro de la carte.",
    "incorrect_number": "Ce numéro de carte est inexact.",
    "invalid_expiry": "Saisissez le mois et l’année, par exemple 12/34.",
    "past_expiry": "La date d’expiration est passée.",
    "invalid_cvc": "Saisissez les 3 ou 4 chiffres du cryptogramme.",
    "name_missing": "Saisissez le nom du titulaire.",
    "invalid_iban": "Cet IBAN est inexact.",
    "refused_iban": "Cette banque refuse le prélèvement. Choisissez un autre moyen de paiement.",
    "method_missing": "Choisissez un moyen de paiement.",
    "generic": "Votre carte a été refusée. Rien n’a été débité : essayez une autre carte.",
    "insufficient_funds": "Les fonds de votre carte sont insuffisants. Rien n’a été débité : essayez une autre carte.",
    "expired_card": "Votre carte a expiré. Rien n’a été débité : essayez une autre carte.",
    "incorrect_cvc": "Le cryptogramme est inexact. Rien n’a été débité : vérifiez-le et recommencez.",
    "processing_error": "Le paiement n’a pas pu être traité. Rien n’a été débité : recommencez dans un instant.",
    "card_velocity_exceeded": "Votre carte a été refusée après trop d’essais, ou dépasse son plafond. Rien n’a été "
    "débité.",
    "test_mode_live_card": "Ceci est un simulateur : utilisez une carte de test, par exemple 4242 4242 4242 4242.",
    "payment_intent_authentication_failure": "La vérification par votre banque a échoué. Rien n’a été débité : "
    "recommencez ou choisissez un autre moyen de paiement.",
    "payment_intent_payment_attempt_failed": "Le paiement a été refusé. Rien n’a été débité : recommencez ou "
    "choisissez un autre moyen de paiement.",
    "setup_intent_authentication_failure": "La vérification par votre banque a échoué. Rien n’est enregistré : "
    "recommencez ou choisissez un autre moyen de paiement.",
    "setup_attempt_failed": "Votre banque n’a pas donné son accord. Rien n’est enregistré : recommencez ou choisissez un "
    "autre moyen de paiement.",
}

EN: dict[str, str] = {
    "ribbon": "Stripe simulator: no real money moves",
    "pay_title": "Pay {shop}",
    "back": "Back to {shop}",
    "order": "Your order",
    "total": "Total",
    "contact": "E-mail address",
    "method": "Payment method",
    "card": "Card",
    "sepa_debit": "SEPA Direct Debit",
    "bancontact": "Bancontact",
    "ideal": "iDEAL",
    "link": "Link",
    "card_number": "Card number",
    "card_number_help": "To try: 4242 4242 4242 4242.",
    "expiry": "Expiry date",
    "expiry_help": "Month and year, for example 12/34.",
    "cvc": "Security code",
    "name": "Name on the card",
    "holder": "Account holder",
    "iban": "IBAN",
    "iban_help": "To try: FR14 2004 1010 0505 0001 3M02 606.",
    "sepa_mandate": "By confirming, you allow {shop} to debit your account. The payment is confirmed after a few "
    "business days.",
    "redirect_help": "You will be taken to your bank’s page to authorise the payment.",
    "link_help": "You pay with the method that Link has saved for your e-mail address.",
    "pay": "Pay {amount}",
    "keep": "Find this card again at my next payments to {shop}",
    "free": "Confirm the order",
    "free_title": "Your order at {shop}",
    "free_text": "There is nothing to pay. No payment method is asked for.",
    "setup_title": "Save a payment method for {shop}",
    "setup_text": "Nothing is charged now: {shop} will be able to use this payment method later.",
    "setup": "Save",
    "sepa_setup": "By confirming, you allow {shop} to debit your account later.",
    "redirect_setup": "You will be taken to your bank’s page to confirm.",
    "link_setup": "The method that Link has saved for your e-mail address is kept.",
    "portal_title": "Your payment methods at {shop}",
    "portal_text": "Nothing is charged here. What you change holds for your next payments to {shop}.",
    "portal_none": "No payment method is saved.",
    "portal_default": "Default",
    "portal_make_default": "Use by default",
    "portal_remove": "Remove",
    "portal_add": "Add a card",
    "portal_add_button": "Add this card",
    "portal_added": "The card is saved.",
    "portal_changed": "Done.",
    "portal_invoices": "Your payments",
    "portal_gone_title": "This link is no longer valid",
    "portal_gone_text": "For your safety it only lives for a short while. Go back to the shop to get another one.",
    "link_gone_title": "This file is no longer shared",
    "link_gone_text": "The link has expired, or the address is incomplete. Ask whoever gave it to you for a new one.",
    "portal_expires": "expires at the end of {month}/{year}",
    "challenge_title": "Check by your bank",
    "challenge_text": "Your bank asks you to confirm this payment of {amount} to {shop}.",
    "challenge_setup_text": "Your bank asks you to confirm that {shop} may keep this card. Nothing is charged.",
    "challenge_pass": "Confirm",
    "challenge_fail": "Refuse",
    "redirect_title": "Your bank’s page",
    "redirect_text": "You are about to authorise a payment of {amount} to {shop} with {method}.",
    "redirect_setup_text": "You are about to allow {shop} to debit, later and by SEPA Direct Debit, the account that you "
    "use with {method}. Nothing is charged now.",
    "authorize": "Authorise",
    "fail": "Refuse",
    "step_back": "Go back without answering",
    "expired_title": "This payment page has expired",
    "expired_text": "Nothing was charged. Go back to {shop} to resume your order.",
    "done_title": "This payment is finished",
    "done_text": "There is nothing left to do here.",
    "done_link": "Continue to {shop}",
    "missing_title": "This page does not exist",
    "missing_text": "Check the address, or go back to the shop you came from.",
    "receipt_title": "Receipt from {shop}",
    "receipt_text": "Payment of {amount}.",
    "wrong_fields": "Check the fields marked below. Nothing was charged.",
    "email_invalid": "Enter a valid e-mail address, for example camille@example.com.",
    "number_missing": "Enter the card number.",
    "incorrect_number": "This card number is not right.",
    "invalid_expiry": "Enter month and year, for example 12/34.",
    "past_expiry": "The expiry date has passed.",
    "invalid_cvc": "Enter the 3 or 4 digits of the security code.",
    "name_missing": "Enter the name of the holder.",
    "invalid_iban": "This IBAN is not right.",
    "refused_iban": "This bank refuses direct debits. Choose another payment method.",
    "method_missing": "Choose a payment method.",
    "generic": "Your card was declined. Nothing was charged: try another card.",
    "insufficient_funds": "Your card has insufficient funds. Nothing was charged: try another card.",
    "expired_card": "Your card has expired. Nothing was charged: try another card.",
    "incorrect_cvc": "The security code is not right. Nothing was charged: check it and try again.",
    "processing_error": "The payment could not be processed. Nothing was charged: try again in a moment.",
    "card_velocity_exceeded": "Your card was declined after too many attempts, or is over its limit. Nothing was "
    "charged.",
    "test_mode_live_card": "This is a simulator: use a test card, for example 4242 4242 4242 4242.",
    "payment_intent_authentication_failure": "The check by your bank failed. Nothing was charged: try again or choose "
    "another payment method.",
    "payment_intent_payment_attempt_failed": "The payment was refused. Nothing was charged: try again or choose "
    "another payment method.",
    "setup_intent_authentication_failure": "The check by your bank failed. Nothing is saved: try again or choose another "
    "payment method.",
    "setup_attempt_failed": "Your bank did not agree. Nothing is saved: try again or choose another payment method.",
}

TEXTS = {"fr": FR, "en": EN}


def language(locale: str | None, accepted: str) -> str:
    """The session's own locale first; `auto` follows the browser's `Accept-Language`."""
    if locale and locale != "auto":
        return "fr" if locale.startswith("fr") else "en"
    choices: list[tuple[float, int, str]] = []
    for position, part in enumerate(accepted.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        choices.append((-weight, position, tag[:2].lower()))
    return next((tag for _, _, tag in sorted(choices) if tag in TEXTS), "en")


def money(amount: int, currency: str, lang: str) -> str:
    """Minor units as a person reads them."""
    places = digits(currency)
    figure = f"{Decimal(amount).scaleb(-places):,.{places}f}"
    symbol = SYMBOLS.get(currency, currency.upper())
    if lang == "fr":
        return figure.replace(",", "\u202f").replace(".", ",") + "\u00a0" + symbol
    return symbol + figure if currency in SYMBOLS else f"{figure}\u00a0{symbol}"


def refusal(failure: dict[str, object], lang: str) -> str:
    """The sentence for a `last_payment_error`."""
    words = TEXTS[lang]
    for name in ("decline_code", "code"):
        found = words.get(str(failure.get(name)))
        if found:
            return found
    return words["generic"]
