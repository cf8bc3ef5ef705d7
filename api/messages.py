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
