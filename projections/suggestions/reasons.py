"""Why two customers may be one, in words for an agent; the codes are what is stored and what programs go by."""

from collections.abc import Iterable, Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    "given_same": "same given name",
    "given_letter": "given name differs by one letter",
    "given_alike": "similar given name",
    "given_part": "one given name is short for the other",
    "given_other": "given name differs",
    "family_same": "same family name",
    "family_letter": "family name differs by one letter",
    "family_alike": "similar family name",
    "family_part": "one family name is part of the other",
    "family_other": "family name differs",
    "names_swapped": "given and family name stand in each other's place",
    "birth_same": "same birth date",
    "birth_turned": "birth date with day and month turned round",
    "birth_digit": "birth date differs by one digit",
    "birth_two_parts": "birth date agrees in two of its three parts",
    "birth_close": "birth date differs by about a year at most",
    "birth_other": "birth date differs",
    "city_same": "same city",
    "city_alike": "similar city",
    "city_other": "city differs",
    "postal_code_same": "same postal code",
    "postal_code_digit": "postal code differs by one character",
    "postal_code_other": "postal code differs",
    "street_same": "same street",
    "street_alike": "similar street",
    "street_other": "street differs",
    "number_same": "same house number",
    "number_digit": "house number differs by one digit",
    "number_other": "house number differs",
    "address_other": "address differs",
    "email_same": "same e-mail address",
    "email_letter": "e-mail address differs by one letter",
    "email_alike": "similar e-mail address",
    "email_local": "same e-mail name at another domain",
    "email_other": "e-mail address differs",
    "phone_same": "same telephone number",
    "phone_digit": "telephone number differs by one digit",
    "phone_other": "telephone number differs",
    "company_same": "same company",
    "company_alike": "similar company name",
    "company_other": "company differs",
}


def told(codes: Iterable[str]) -> list[str]:
    """The words of each, in the order given; of one that this version no longer knows its code."""
    return [REASONS.get(code, code) for code in codes]
