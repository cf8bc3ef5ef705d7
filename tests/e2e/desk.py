"""An invented desk's export: some thousand rows of calls, promises and orders, and their mapping. No test lives here."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from services.imports import Result, run_import

ROWS = 2500
MAPPING = """
mapping: 1
name: desk
source: /import/desk
file: {delimiter: ";"}
times: {zone: Europe/Amsterdam, formats: "%Y-%m-%d %H:%M"}
identifiers:
  - {type: customer_number, value: "{customer}"}
  - {type: email, value: "{mail}"}
reject: [{reason: no_customer, when: {column: customer, null: true}}]
events:
  - name: call
    type: interaction.recorded
    time: at
    data:
      interaction_id: "desk:{number}"
      conversation_id: "desk:{number}"
      channel: phone
      direction: inbound
      text: "{text}"
  - name: promise
    type: agreement.made
    when: {column: until, null: false}
    time: at
    data: {agreement_id: "desk:{number}", kind: callback, text: "Terugbellen: {text}", due_at: {column: until, as: time}}
  - name: kept
    type: agreement.kept
    when: {column: done, null: false}
    time: done
    data: {agreement_id: "desk:{number}"}
  - name: order
    type: order.placed
    when: {column: amount, null: false}
    time: at
    data:
      order_id: "desk:{number}"
      total: {amount: {column: amount, as: amount}, currency: {constant: EUR}}
"""
HEADER = "number;customer;mail;at;text;until;done;amount"
_WORDS = ("factuur", "levering", "adres", "retour", "garantie", "bezorger", "pakket", "storing")


def rows(count: int = ROWS) -> list[str]:
    """The same every time: some rows stand there twice, some lack their customer."""
    rng = Random(42)
    made = [_row(rng, number) for number in range(count)]
    return made + made[:: count // 20]


def _row(rng: Random, number: int) -> str:
    person = rng.randrange(400)
    customer = "" if rng.random() < 0.01 else f"D-{person}"
    mail = f"klant{person}@example.nl" if rng.random() < 0.6 else ""
    until = _time(rng) if rng.random() < 0.4 else ""
    done = _time(rng) if until and rng.random() < 0.7 else ""
    amount = f"{rng.randrange(5, 900)}.50" if rng.random() < 0.3 else ""
    text = " ".join(rng.choice(_WORDS) for _ in range(6))
    return ";".join([str(number), customer, mail, _time(rng), text, until, done, amount])


def _time(rng: Random) -> str:
    return f"2025-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} {rng.randrange(24):02}:{rng.randrange(60):02}"


def written(folder: Path, lines: Sequence[str], name: str = "desk.csv") -> Path:
    """The rows as a file of the desk."""
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def mapping_in(folder: Path) -> Path:
    path = folder / "desk.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def batches(mapping: Path, file: Path) -> list[bytes]:
    """The same events as an import sends, as bodies of POST /v1/events."""
    sink = _Kept()
    run_import(mapping, [file], sink)
    return [b"[" + b",".join(batch) + b"]" for batch in sink.batches]


class _Kept:
    def __init__(self) -> None:
        self.batches: list[Sequence[bytes]] = []

    def send(self, events: Sequence[bytes]) -> Sequence[Result]:
        self.batches.append(list(events))
        return [Result("accepted")] * len(events)
