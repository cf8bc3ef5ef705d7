"""What a problem is called: for each code a title in English and a detail in Dutch and English.

A detail may name limits and places in braces, never a value that somebody sent. New code, new line.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

LANGUAGES: Final = ("nl", "en")


class Message(NamedTuple):
    title: str
    nl: str
    en: str


MESSAGES: Final[Mapping[str, Message]] = {
    "bad_request": Message(
        "Bad request",
        "Het verzoek klopt niet op de genoemde plaatsen.",
        "The request is not right at the places named.",
    ),
    "bad_json": Message("Unreadable JSON", "De inhoud is geen geldige JSON.", "The body is not valid JSON."),
    "control_character": Message(
        "Control character",
        "Adres en parameters mogen geen NUL-teken bevatten.",
        "Path and parameters may not hold a NUL character.",
    ),
    "bad_encoding": Message(
        "Unreadable text", "De inhoud is geen geldige UTF-8.", "The body is not valid UTF-8."
    ),
    "too_deep": Message("Nested too deeply", "De JSON is te diep genest.", "The JSON is nested too deeply."),
    "not_an_event": Message(
        "Not an event", "Een gebeurtenis is een JSON-object.", "An event is a JSON object."
    ),
    "not_a_batch": Message(
        "Not a batch", "Een reeks gebeurtenissen is een JSON-lijst.", "A batch of events is a JSON array."
    ),
    "unsupported_media_type": Message(
        "Unsupported media type",
        "Deze soort inhoud wordt hier niet gelezen; wel: {expected}.",
        "This kind of content is not read here; these are: {expected}.",
    ),
    "unsupported_encoding": Message(
        "Unsupported encoding",
        "Stuur de inhoud ongecomprimeerd, in UTF-8.",
        "Send the body uncompressed, in UTF-8.",
    ),
    "body_too_large": Message(
        "Body too large",
        "De inhoud mag hier hoogstens {limit} bytes zijn.",
        "The body may be at most {limit} bytes here.",
    ),
    "too_many_events": Message(
        "Too many events",
        "Een reeks mag hoogstens {limit} gebeurtenissen bevatten.",
        "A batch may hold at most {limit} events.",
    ),
    "log_unavailable": Message(
        "Event log unavailable",
        "Het logboek kan nu niets aannemen of geven; er is niets vastgelegd. Probeer het later opnieuw.",
        "The event log cannot take or give anything now; nothing was recorded. Try again later.",
    ),
    "spool_full": Message(
        "Spool full",
        "Kafka is al zo lang weg dat er niets meer bij kan; er is niets vastgelegd. Probeer het later opnieuw.",
        "Kafka has been away for so long that nothing more can be kept; nothing was recorded. Try again later.",
    ),
    "search_away": Message(
        "Search unavailable",
        "De zoekmachine antwoordt niet; al het andere werkt. Probeer het later opnieuw.",
        "The search engine does not answer; everything else works. Try again later.",
    ),
    "not_ready": Message("Not ready", "Nog niet alles is bereikbaar.", "Not everything can be reached yet."),
    "not_found": Message("Not found", "Dit adres bestaat niet.", "There is nothing at this address."),
    "unknown_schema": Message(
        "Unknown schema",
        "Er is geen schema van deze naam en versie.",
        "There is no schema of this name and version.",
    ),
    "method_not_allowed": Message(
        "Method not allowed", "Dit kan niet op dit adres.", "That cannot be done at this address."
    ),
    "no_token": Message(
        "Access token missing", "Een toegangsbewijs ontbreekt.", "An access token is missing."
    ),
    "bad_token": Message(
        "Access token invalid", "Het toegangsbewijs is ongeldig.", "The access token is not valid."
    ),
    "token_expired": Message(
        "Access token expired", "Het toegangsbewijs is verlopen.", "The access token has expired."
    ),
    "bad_csrf_token": Message(
        "CSRF token missing or wrong",
        "Stuur bij elke wijziging X-CSRF-Token mee, zoals /v1/session het gaf.",
        "Send X-CSRF-Token with every write, as /v1/session gave it.",
    ),
    "not_allowed": Message("Not allowed", "De rol {role} mag dit niet.", "The role {role} may not do this."),
    "unknown_customer": Message(
        "Unknown customer", "Deze klant is niet bekend.", "This customer is not known."
    ),
    "unknown_id": Message("Unknown id", "Er is niets met dit id.", "There is nothing with this id."),
    "unknown_reference": Message(
        "Unknown reference",
        "Er is niets met het id op de genoemde plaats.",
        "There is nothing with the id at the place named.",
    ),
    "shared_identifier": Message(
        "Shared identifier",
        "Dit gegeven is van meer dan een persoon; kies uit de kandidaten.",
        "Several people use this identifier; choose among the candidates.",
    ),
    "unknown_link": Message(
        "Unknown link", "Er is geen koppeling met dit kenmerk.", "There is no link with this id."
    ),
    "unknown_identifier": Message(
        "Unknown identifier",
        "Dit gegeven is hier nog nooit gezien; daarover valt niets te zeggen.",
        "This identifier was never seen here; there is nothing to be said of it.",
    ),
    "same_identifier": Message(
        "The same identifier twice",
        "Het is twee keer hetzelfde gegeven.",
        "Both are the same identifier.",
    ),
    "junk_identifier": Message(
        "Junk identifier",
        "Dit gegeven is van niemand, zoals een afgeschermd nummer; het kan nooit koppelen.",
        "This identifier is nobody's, such as a withheld number; it can never join.",
    ),
    "shared_never_joins": Message(
        "Shared identifier",
        "Dit gegeven is van meer dan een persoon; het koppelt daarom niemand.",
        "Several people use this identifier, so it joins nobody.",
    ),
    "cannot_link": Message(
        "Kept apart",
        "Iemand heeft gezegd dat deze twee niet een persoon zijn; koppel eerst het genoemde paar.",
        "Somebody said that these two are not one person; link the pair named first.",
    ),
    "already_linked": Message(
        "Already linked", "Dit paar is al gekoppeld.", "This pair has been linked already."
    ),
    "already_unlinked": Message(
        "Already unlinked", "Dit paar is al ontkoppeld.", "This pair has been unlinked already."
    ),
    "already_one_customer": Message(
        "Already one customer",
        "Beide gegevens zijn al bewezen van dezelfde klant; koppelen verandert niets.",
        "Both identifiers are proven to be one customer's already; a link changes nothing.",
    ),
    "nothing_to_withdraw": Message(
        "Nothing to withdraw",
        "Van dit paar is niets gezegd dat nog geldt; er is niets in te trekken.",
        "Nothing that anybody said of this pair stands; there is nothing to take back.",
    ),
    "identifier_of_another": Message(
        "Not this customer's identifier",
        "Dit gegeven is niet van deze klant.",
        "This identifier is not this customer's.",
    ),
    "not_verified": Message(
        "Not verified",
        "Het toegangstoken attesteert niet, of een gegeven waarmee gevraagd wordt, mist strength: verified.",
        "The access token does not attest, or an identifier asked by lacks strength: verified.",
    ),
    "bad_cursor": Message(
        "Bad cursor",
        "De cursor hoort niet bij deze lijst met deze filters.",
        "The cursor does not belong to this list with these filters.",
    ),
    "bad_position": Message(
        "Bad position",
        "wait_for is geen positie die hier gegeven is.",
        "wait_for is not a position that was given here.",
    ),
    "not_yet_known": Message(
        "Not yet known",
        "Dit moment ligt na wat nu bekend is.",
        "That moment lies after what is known now.",
    ),
    "not_yet_visible": Message(
        "Not yet visible",
        "Wat er tot deze positie is vastgelegd, is nog niet te zien. Vraag het later opnieuw.",
        "What was recorded up to this position cannot be seen yet. Ask again later.",
    ),
    "recorded_not_visible": Message(
        "Not yet visible",
        "Het is vastgelegd, maar nog niet te zien. Stuur het niet opnieuw; lees later met deze positie.",
        "It is recorded but cannot be seen yet. Do not send it again; read later with this position.",
    ),
    "unknown_identifier_type": Message(
        "Unknown type of identifier",
        "Deze soort identificatie bestaat niet.",
        "There is no such type of identifier.",
    ),
    "blank_identifier": Message("Blank identifier", "Een identificatie is leeg.", "An identifier is blank."),
    "identifier_too_long": Message(
        "Identifier too long", "Een identificatie is te lang.", "An identifier is too long."
    ),
    "bad_email": Message("Not a mail address", "Een mailadres klopt niet.", "A mail address is not right."),
    "bad_identifier_value": Message(
        "Bad identifier",
        "Een identificatie bevat tekens die niet kunnen.",
        "An identifier holds characters that cannot be.",
    ),
    "if_match_required": Message(
        "If-Match missing",
        "Stuur If-Match mee met de etag van de toestand die u zag.",
        "Send If-Match with the etag of the state that you saw.",
    ),
    "stale": Message(
        "Somebody else was first",
        "De toestand is intussen veranderd. Lees opnieuw en beslis dan.",
        "The state has changed meanwhile. Read again, then decide.",
    ),
    "already_settled": Message("Already settled", "Dit is al afgehandeld.", "This has been settled already."),
    "not_settled": Message("Not settled", "Dit is niet afgehandeld.", "This has not been settled."),
    "not_waiting": Message("Not waiting", "Dit gesprek wacht niet.", "This conversation does not wait."),
    "idempotency_key_reused": Message(
        "Idempotency-Key reused",
        "Deze sleutel is eerder gebruikt met een andere inhoud.",
        "This key was used before with another body.",
    ),
    "internal_error": Message(
        "Internal error",
        "Er ging hier iets mis. Noem bij een melding dit kenmerk: {incident}.",
        "Something went wrong here. When you report it, name this incident: {incident}.",
    ),
}


def preferred(accept_language: str | None, default: str) -> str:
    """The language of ours that the caller likes best; `default` when it names none of them."""
    best, best_weight = default, 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.strip().partition(";")
        language, weight = tag.strip().lower().split("-")[0], _weight(parameter)
        if weight > best_weight and (language in LANGUAGES or language == "*"):
            best, best_weight = default if language == "*" else language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(float(value), 1.0)
    except ValueError:
        return 0.0
