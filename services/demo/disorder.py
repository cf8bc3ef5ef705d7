"""How the events arrive: roughly in time, some late, some twice. What happened is not changed here."""

from services.demo.book import Book, Event

_LATE, _LATE_SHARE, _FURTHEST = "/carrier", 0.25, 160
_TWICE = 24


def arrive(book: Book) -> list[Event]:
    """The story in order of arrival: carriers report late, and some events come twice, exactly equal."""
    in_time = sorted(
        book.events, key=lambda event: (event["time"], event.get("sequence", 0), event["source"], event["id"])
    )
    placed = [(place + _delay(book, event), place, event) for place, event in enumerate(in_time)]
    repeated = sorted(book.rng.sample(range(len(in_time)), _TWICE))
    placed.extend((place + 5 + book.rng.random() * 400, place, in_time[place]) for place in repeated)
    return [event for _, _, event in sorted(placed, key=lambda item: item[:2])]


def _delay(book: Book, event: Event) -> float:
    share = _LATE_SHARE if event["source"] == _LATE else 0.03
    return book.rng.random() * _FURTHEST if book.chance(share) else 0.0
