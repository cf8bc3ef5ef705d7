"""Nobody real stands in tests, documents or fixtures: addresses are examples, numbers from one block.

Mobile numbers are +31 6 1234 56xx, or all zeros where a test needs a junk one. A number that stands where
a name would, as in some chat networks' addresses, is judged as a number. Any other address is fine when its
domain ends in `example`, `test`, `invalid` or `localhost`, or has `example` as a label (example.nl).
"""

import re

import pytest

from tests.guards.checkout import texts

ADDRESS = re.compile(r"([\w.+-]+)@(\w[\w-]*(?:\.[\w-]+)+)")
SAFE_ENDS = {"example", "test", "invalid", "localhost"}
INTERNATIONAL = re.compile(r"(?<!\w)(?:\+|00)31[\s.()-]*(?:\(?0\)?[\s.-]*)?(6(?:[\s.()-]?\d){8})(?![\w])")
NATIONAL = re.compile(r"(?<![\w.-])0(6[ -]?(?:\d{8}|\d{4} \d{4}|\d{2}(?:[ -]\d{2}){3}))(?![\w-])")
DIGITS_ONLY = re.compile(r"(?<![\w.])31(6\d{8})(?!\w)")
INVENTED = re.compile(r"6123456\d\d|600000000")


def strange_addresses(text: str) -> list[str]:
    return [match[0] for match in ADDRESS.finditer(text) if not (match[1].isdigit() or _is_example(match[2]))]


def strange_numbers(text: str) -> list[str]:
    found = [match for shape in (INTERNATIONAL, NATIONAL, DIGITS_ONLY) for match in shape.finditer(text)]
    return [match[0] for match in found if not INVENTED.fullmatch(re.sub(r"\D", "", match[1]))]


def _is_example(domain: str) -> bool:
    labels = domain.lower().strip(".").split(".")
    return labels[-1] in SAFE_ENDS or "example" in labels or all(label.isdigit() for label in labels)


def _shown_to_readers() -> list[tuple[str, str]]:
    inside = [(name, text) for name, text in texts(under=("tests", "docs"))]
    return [*inside, *((name, text) for name, text in texts(".md") if "/" not in name)]


def test_every_mail_address_is_invented() -> None:
    strange = {name: found for name, text in _shown_to_readers() if (found := strange_addresses(text))}
    assert not strange


def test_every_mobile_number_is_invented() -> None:
    strange = {name: found for name, text in _shown_to_readers() if (found := strange_numbers(text))}
    assert not strange


@pytest.mark.parametrize(
    "text",
    ["+31 6 1234 5601", "06-12345601", "06 12 34 56 01", "0031612345601", "31612345601", "+31 (0)6 12345601"],
)
def test_numbers_of_the_invented_block_pass(text: str) -> None:
    assert strange_numbers(text) == []


@pytest.mark.parametrize("text", ["06-12-2024 10:30", "2024-06-12 34", "a0612345678", "+31 20 123 4567"])
def test_what_is_no_mobile_number_passes(text: str) -> None:
    assert strange_numbers(text) == []


@pytest.mark.parametrize("start", ["+31 6 ", "06-", "06 ", "00316", "316", "+31 (0)6-"])
def test_a_mobile_number_outside_the_block_is_seen(start: str) -> None:
    assert strange_numbers(f"call {start}8765" + "4321")


def test_a_mail_address_outside_the_example_domains_is_seen() -> None:
    assert strange_addresses("anna@" + "shop.nl") == ["anna@" + "shop.nl"]
    assert strange_addresses("anna@example.nl, bob@mail.shop.example") == []
