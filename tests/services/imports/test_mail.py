"""Mail into interactions: whose, when, what it says, and which mails are no contact. Hostile mail never
stops an import."""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports import ImportFailed, OwnSide, Report, import_mail
from services.imports.mail_events import mail_outcome
from services.imports.mail_text import CUT_MARK, LONGEST_TEXT, stripped
from services.imports.units import Converted, Outcome
from tests.services.imports.sinks import MemorySink

DESK = OwnSide.of(["help@example.nl"], ["desk.example.nl"])
PLAIN = {
    "From": "Anna de Vries <anna@example.com>",
    "To": "help@example.nl",
    "Subject": "Pakket",
    "Date": "Tue, 3 Feb 2026 10:00:00 +0100",
    "Message-ID": "<m1@example.com>",
}


def raw(body: str | bytes = "Waar blijft mijn pakket?\n", **changes: str | None) -> bytes:
    headers = PLAIN | {name.replace("_", "-"): value for name, value in changes.items() if value is not None}
    for name, value in changes.items():
        if value is None:
            del headers[name.replace("_", "-")]
    text = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return (
        text.encode("utf-8", "surrogateescape") + b"\n" + (body.encode() if isinstance(body, str) else body)
    )


def outcome(mail: bytes, own: OwnSide = DESK) -> Outcome:
    return mail_outcome(mail, None, own)


def event(mail: bytes, own: OwnSide = DESK) -> dict[str, Any]:
    found = outcome(mail, own)
    assert isinstance(found, Converted), found
    made: dict[str, Any] = json.loads(found.events[0])
    return made


def data(mail: bytes, own: OwnSide = DESK) -> dict[str, Any]:
    found: dict[str, Any] = event(mail, own)["data"]
    return found


def test_a_mail_becomes_an_inbound_interaction_of_its_author() -> None:
    assert event(raw(Cc="Bob <bob@example.com>, other@desk.example.nl")) == {
        "specversion": "1.0",
        "id": "m1@example.com",
        "source": "/import/mail",
        "type": "klantbeeld.interaction.recorded",
        "time": "2026-02-03T09:00:00Z",
        "history": True,
        "data": {
            "identifiers": [{"type": "email", "value": "anna@example.com"}],
            "related": [{"role": "cc", "identifiers": [{"type": "email", "value": "bob@example.com"}]}],
            "interaction_id": "mail:m1@example.com",
            "conversation_id": "mail:m1@example.com",
            "channel": "email",
            "direction": "inbound",
            "subject": "Pakket",
            "text": "Waar blijft mijn pakket?",
        },
    }


def test_reply_to_names_nobody() -> None:
    assert "eve@" not in json.dumps(event(raw(Reply_To="eve@example.org")))


@pytest.mark.parametrize(
    "author",
    [
        '"eve@example.org" <anna@example.com>',
        "=?utf-8?q?eve=40example=2Eorg=2C?= <anna@example.com>",
        "anna@example.com (eve@example.org)",
        '"Vries, \\"eve@example.org\\" A." <anna@example.com>',
    ],
)
def test_an_address_in_a_name_is_not_the_author(author: str) -> None:
    assert data(raw(From=author))["identifiers"] == [{"type": "email", "value": "anna@example.com"}]


def test_mail_from_our_side_is_outbound_and_its_recipient_the_owner() -> None:
    made = data(
        raw(From="Bram <bram@desk.example.nl>", To="help@example.nl, anna@example.com, bob@example.com")
    )
    assert (made["direction"], made["agent"]) == ("outbound", {"id": "bram@desk.example.nl"})
    assert made["identifiers"] == [{"type": "email", "value": "anna@example.com"}]
    assert [other["identifiers"][0]["value"] for other in made["related"]] == ["bob@example.com"]


def test_mail_among_colleagues_is_skipped() -> None:
    assert outcome(raw(From="bram@desk.example.nl")).reason == "internal_mail"  # type: ignore[union-attr]


@pytest.mark.parametrize("author", ["", "undisclosed", "<>", "a@b@c", "anna @ example.com"])
def test_a_mail_without_a_readable_author_is_anonymous(author: str) -> None:
    assert data(raw(From=author))["identifiers"] == [{"type": "anonymous", "value": "mail:m1@example.com"}]


def test_a_thread_is_named_by_its_first_mail() -> None:
    answer = data(raw(References="<root@example.com>\n <mid@example.com>", In_Reply_To="<mid@example.com>"))
    assert answer["conversation_id"] == "mail:root@example.com"
    assert answer["in_reply_to"] == "mail:mid@example.com"
    assert data(raw(In_Reply_To="<root@example.com> (Anna)"))["conversation_id"] == "mail:root@example.com"


def test_without_a_message_id_the_content_names_the_mail() -> None:
    one, same, other = (event(raw(body, Message_ID=None))["id"] for body in ("a", "a", "b"))
    assert one == same != other


@pytest.mark.parametrize(
    ("date", "received", "expected"),
    [
        ("Tue, 3 Feb 2026 10:00:00 +0100", "Tue, 3 Feb 2026 09:05:00 +0000", "2026-02-03T09:00:00Z"),
        ("Tue, 3 Feb 2026 10:00:00", None, "2026-02-03T10:00:00Z"),
        ("Thu, 1 Jan 1970 00:00:00 +0000", "Tue, 3 Feb 2026 09:05:00 +0000", "2026-02-03T09:05:00Z"),
        ("Fri, 3 Feb 2036 10:00:00 +0100", "Tue, 3 Feb 2026 09:05:00 +0000", "2026-02-03T09:05:00Z"),
        ("yesterday", "Tue, 3 Feb 2026 09:05:00 +0000", "2026-02-03T09:05:00Z"),
        ("yesterday", None, None),
        ("Tue, 99 Feb 2026 10:00:00 +9999", None, None),
    ],
)
def test_the_time_is_date_unless_it_cannot_be_true(
    date: str, received: str | None, expected: str | None
) -> None:
    mail = raw(Date=date, **({"Received": f"from a.example by b.example; {received}"} if received else {}))
    if expected:
        assert event(mail)["time"] == expected
    else:
        assert outcome(mail).code == "no_time"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Auto_Submitted": "no"}, None),
        ({"Auto_Submitted": "auto-replied"}, "reply"),
        ({"Auto_Submitted": "auto-generated"}, "report"),
        ({"Precedence": "bulk"}, "list"),
        ({"Precedence": "auto_reply"}, "reply"),
        ({"List_Id": "<news.example.com>"}, "list"),
        ({"Return_Path": "<>", "From": "MAILER-DAEMON@example.com"}, "bounce"),
        ({"X_Auto_Response_Suppress": "All"}, "report"),
        ({"Content_Type": "multipart/report; report-type=delivery-status; boundary=b"}, "bounce"),
        ({"Content_Type": "multipart/report; report-type=disposition-notification; boundary=b"}, "report"),
        ({"Content_Type": "multipart/report; report-type=feedback-report; boundary=b"}, "report"),
    ],
)
def test_mail_that_a_machine_wrote_is_marked(headers: dict[str, str], expected: str | None) -> None:
    assert data(raw(**headers)).get("auto") == expected


MIXED = """--b
Content-Type: text/html; charset=utf-8

<style>p {color: red}</style><p>Dag&nbsp;<b>allemaal</b></p><p>Groet</p>
--b
Content-Type: text/plain; charset=latin-1

caf\xe9
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="=?utf-8?q?r=C3=A9kening=2Epdf?="
Content-Transfer-Encoding: base64

AAEC
--b--
""".encode("latin-1")


def test_the_plain_part_is_the_text_and_the_rest_is_attached() -> None:
    made = data(raw(MIXED, MIME_Version="1.0", Content_Type="multipart/mixed; boundary=b"))
    assert made["text"] == "café"
    assert made["attachments"] == [{"name": "rékening.pdf", "type": "application/pdf", "size": 3}]


def test_html_alone_is_stripped_to_its_words() -> None:
    assert data(raw("<p>Dag <b>Anna</b><br>Groet", Content_Type="text/html"))["text"] == "Dag Anna\nGroet"
    assert stripped("<script>alert(1)</script>a &lt;b&gt; <p>  c") == "a <b>\nc"


def test_a_long_text_is_cut_with_a_mark() -> None:
    text = data(raw("x" * (LONGEST_TEXT + 1)))["text"]
    assert len(text) == LONGEST_TEXT + len(CUT_MARK)
    assert text.endswith(CUT_MARK)


@pytest.mark.parametrize("charset", ["klingon", "utf-8", "ascii", '"'])
def test_text_that_is_not_of_its_charset_is_read_as_well_as_can_be(charset: str) -> None:
    found = outcome(raw("caf\xe9".encode("latin-1"), Content_Type=f"text/plain; charset={charset}"))
    assert isinstance(found, Converted)
    assert "charset" in found.repairs
    assert json.loads(found.events[0])["data"]["text"] == "café"


def test_nul_and_surrogates_leave_the_text() -> None:
    found = outcome(raw("a\0b &#xd800;", Subject="a\udcffb"))
    assert isinstance(found, Converted)
    assert "\\u0000" not in found.events[0].decode("utf-8")
    assert {"header", "unfit_characters"} <= set(found.repairs)


@given(st.binary(max_size=300), st.sampled_from([*PLAIN, "Content-Type", "References", "Received", "Cc"]))
def test_no_bytes_stop_an_import(noise: bytes, header: str) -> None:
    for mail in (noise, header.encode() + b": " + noise + b"\n" + raw(), raw(noise), raw() + noise):
        found = outcome(mail)
        if isinstance(found, Converted):
            json.loads(found.events[0])


def run(*paths: Path) -> tuple[Report, list[dict[str, Any]]]:
    sink = MemorySink()
    return import_mail(list(paths), sink, own=DESK), sink.events


def mbox(*mails: bytes) -> bytes:
    return b"".join(b"From anna@example.com Tue Feb  3 09:10:00 2026\n" + mail + b"\n" for mail in mails)


def test_a_mailbox_gives_each_of_its_mails(tmp_path: Path) -> None:
    quoted = raw(">From here\n>>From there\n\nFrom: no start\n", Message_ID="<m2@example.com>", Date=None)
    (tmp_path / "a.mbox").write_bytes(mbox(raw(), quoted, raw()))
    report, events = run(tmp_path / "a.mbox")
    assert (report.read, report.imported, report.skipped) == (3, 2, {"identical": 1})
    assert events[1]["data"]["text"] == "From here\n>From there\n\nFrom: no start"
    assert events[1]["time"] == "2026-02-03T09:10:00Z"


def archived(folder: Path) -> list[Path]:
    """The same mail in every way that mails are kept."""
    loose, box = folder / "mail.eml", folder / "inbox"
    loose.write_bytes(raw())
    box.write_bytes(gzip.compress(mbox(raw())))
    maildir = folder / "Maildir" / "cur" / "1:2,S"
    maildir.parent.mkdir(parents=True)
    maildir.write_bytes(raw())
    with zipfile.ZipFile(folder / "mails.zip", "w") as zipped:
        zipped.writestr("deep/mail.eml", raw())
    with tarfile.open(folder / "mails.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("deep/mail.eml")
        member.size = len(raw())
        tar.addfile(member, io.BytesIO(raw()))
    return [loose, box, folder / "Maildir", folder / "mails.zip", folder / "mails.tar.gz"]


def test_however_a_mail_is_kept_it_is_the_same_event(tmp_path: Path) -> None:
    found = [run(path)[1] for path in archived(tmp_path)]
    assert found == [[event(raw())]] * 5


def test_files_in_a_folder_that_are_no_mail_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(raw())
    (tmp_path / "notes.txt").write_text("not a mail")
    assert run(tmp_path)[0].skipped == {"no_mail": 1}


@pytest.mark.parametrize(
    "content", [b"\x1f\x8bbroken", b"PK\x03\x04broken", b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 40]
)
def test_a_damaged_archive_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mails.zip").write_bytes(content)
    with pytest.raises(ImportFailed) as caught:
        run(tmp_path / "mails.zip")
    assert caught.value.code == "unreadable_file"
