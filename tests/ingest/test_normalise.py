"""Normal forms: one spelling a person's identifier, whoever wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantbeeld.domain.identifiers import FAMILIES, BadIdentifier
from klantbeeld.ingest.normalise import is_junk, normalise

CODES = {"blank_identifier", "bad_identifier_value", "identifier_too_long", "bad_email"}

phone_texts = st.text("0123456789 +-()/.ext#*;=:@", min_size=1, max_size=24)


@pytest.mark.parametrize(
    "written",
    [
        "06-12345601",
        "+31 6 12345601",
        "0031612345601",
        "31612345601",
        "612345601",
        "(+31) (0)6 123 456 01",
        "tel:+31-6-12345601",
        "sip:+31612345601@pbx.example.nl",
        "\u202a+31 6 12345601\u202c",
        "０６１２３４５６０１",
    ],
)
def test_one_phone_has_one_form_however_it_is_written(written: str) -> None:
    assert normalise("phone", written) == "+31612345601"


@pytest.mark.parametrize(
    "written", ["31612345601", "0612345601", "whatsapp:+31612345601", "31612345601@s.whatsapp.net"]
)
def test_a_whatsapp_number_meets_the_same_form(written: str) -> None:
    assert normalise("whatsapp", written) == "+31612345601"


def test_whatsapp_reads_bare_digits_as_international_first() -> None:
    assert normalise("whatsapp", "15551234567") == "+15551234567"


@pytest.mark.parametrize("id", ["NL.13491208655302741918", "1234567890123@lid"])
def test_a_whatsapp_id_that_is_no_number_stays_as_it_is_and_may_join(id: str) -> None:
    assert normalise("whatsapp", id) == id
    assert not is_junk("whatsapp", id)


def test_the_region_says_what_a_national_number_means() -> None:
    assert normalise("phone", "030 901820", region="DE") == "+4930901820"
    assert normalise("phone", "+4930901820", region="NL") == "+4930901820"


def test_an_extension_is_part_of_the_number() -> None:
    assert normalise("phone", "020-1234567 ext 204") == "+31201234567;ext=204"


@pytest.mark.parametrize(
    "written", ["204", "Anonymous", "+266696687", "112", "n/a", "-", "sip:anonymous@anonymous.invalid"]
)
def test_what_is_no_telephone_number_is_kept_as_local_and_never_joins(written: str) -> None:
    local = normalise("phone", written)
    assert local.startswith("local:")
    assert is_junk("phone", local)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Anna.deVries@EXAMPLE.nl", "anna.devries@example.nl"),
        (" mailto:anna@example.nl. ", "anna@example.nl"),
        ("anna@MÜLLER.example", "anna@xn--mller-kva.example"),
        ("anna@xn--mller-kva.example", "anna@xn--mller-kva.example"),
        ("e\u0301va@example.nl", "éva@example.nl"),
        ("anna+shop@example.nl", "anna+shop@example.nl"),
        ("a.n.n.a@example.nl", "a.n.n.a@example.nl"),
        ("root@localhost", "root@localhost"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ('"anna vries"@example.nl', '"anna vries"@example.nl'),
        ("N/A", "n/a"),
    ],
)
def test_mail_is_lower_case_with_an_ascii_domain_and_no_providers_tricks(written: str, normal: str) -> None:
    assert normalise("email", written) == normal


@pytest.mark.parametrize(
    "written",
    ["anna", "anna@", "@example.nl", "an na@example.nl", "a@b@example.nl", "a@b..nl", "a@-b.nl", "a@😀.nl"],
)
def test_what_is_no_mail_address_is_refused_by_name(written: str) -> None:
    assert refusal("email", written) == "bad_email"


@pytest.mark.parametrize(
    ("type", "written", "normal"),
    [
        ("customer_number", "  K－204 ", "K-204"),
        ("customer_number", "k\u2011204", "k-204"),
        ("crm:salesforce", "0015g00000AbCdE", "0015g00000AbCdE"),
        ("order_number", "web:\u00a01001\n2", "web: 1001 2"),
        ("tracking", "3s abc 123", "3SABC123"),
        ("social:x", "@Anna", "@anna"),
        ("social:x", "12/AbC", "12/AbC"),
        ("messenger", " 99/PsId ", "99/PsId"),
        ("postal_address", "Kérkstraat 12-B,\n1234 AB  Lutjebroek", "kerkstraat 12 b 1234 ab lutjebroek"),
        ("postal_address", "Straße 1", "strasse 1"),
        ("postal_address", " . - ", "-"),
        ("device", "AbC-1", "AbC-1"),
    ],
)
def test_other_types_are_evened_out_only_where_people_vary(type: str, written: str, normal: str) -> None:
    assert normalise(type, written) == normal


@pytest.mark.parametrize(
    ("type", "written", "code"),
    [
        ("fax", "1", "unknown_identifier_type"),
        ("crm:", "1", "unknown_identifier_type"),
        ("device", " \u200b\n", "blank_identifier"),
        ("device", "a\x00b", "bad_identifier_value"),
        ("email", "a\x07@example.nl", "bad_identifier_value"),
        ("anonymous", "\ud800", "bad_identifier_value"),
        ("anonymous", "x" * 513, "identifier_too_long"),
        ("postal_address", "\ufdfa" * 100, "identifier_too_long"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_a_code(type: str, written: str, code: str) -> None:
    assert refusal(type, written) == code


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(BadIdentifier) as refused:
        normalise("email", "geheim adres")
    assert "geheim" not in str(refused.value)


@given(st.sampled_from([family.replace("*", "x") for family in FAMILIES]), st.text(max_size=40))
def test_any_text_is_refused_with_a_code_or_has_a_normal_form_that_stays(type: str, written: str) -> None:
    normal = normal_or_code(type, written)
    assert normal in CODES or normalise(type, normal) == normal
    assert normal.encode()


@given(st.sampled_from(["phone", "whatsapp"]), phone_texts, st.sampled_from(["NL", "US", "GB"]))
def test_any_digits_have_a_normal_form_that_stays(type: str, written: str, region: str) -> None:
    normal = normal_or_code(type, written, region)
    assert normal == "blank_identifier" or normalise(type, normal, region) == normal


def normal_or_code(type: str, written: str, region: str = "NL") -> str:
    try:
        return normalise(type, written, region)
    except BadIdentifier as refused:
        return refused.code


def refusal(type: str, written: str) -> str:
    with pytest.raises(BadIdentifier) as refused:
        normalise(type, written)
    return refused.value.code
