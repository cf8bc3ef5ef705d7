"""What an index holds beside what it should: pairs in the order of ids, and what each means."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from projections.compare import MOST
from projections.search.elastic.index import ElasticSearchIndex, Held
from projections.search.elastic.shape import source
from projections.search.outside import Audit
from projections.search.port import Document

Pair = tuple[str, Document | None, Held | None]


def pairs(
    index: ElasticSearchIndex | None, expected: Iterable[Document], only: Sequence[str] | None
) -> Iterator[Pair]:
    """Every id that should be held or is, with both. `expected` is in the order of ids. No index holds nothing."""
    if index is None:
        held: Iterator[Held] = iter(())
    elif only is None:
        held = index.scan()
    else:
        held = iter(sorted(index.get(sorted(only)), key=lambda one: one.id))
    return _joined(iter(expected), held)


def _joined(expected: Iterator[Document], held: Iterator[Held]) -> Iterator[Pair]:
    wanted, found = next(expected, None), next(held, None)
    while wanted is not None or found is not None:
        if found is not None and found.source.get("id") != found.id:
            yield found.id, None, found
            found = next(held, None)
        elif found is None or (wanted is not None and wanted.id < found.id):
            assert wanted is not None
            yield wanted.id, wanted, None
            wanted = next(expected, None)
        elif wanted is None or found.id < wanted.id:
            yield found.id, None, found
            found = next(held, None)
        else:
            yield wanted.id, wanted, found
            wanted, found = next(expected, None), next(held, None)


def judged(pairs: Iterable[Pair], given_out: int, given_out_now: Callable[[], int]) -> Audit:
    """What differs. A document written after `given_out` may be right although it is not what was expected then; one
    with a version that nobody gave out is not.
    """
    audit = Audit()
    for id_, document, held in pairs:
        kind = _difference(document, held)
        if kind is None:
            continue
        if held is not None and given_out < held.version <= given_out_now():
            audit.undecided.append(id_)
            continue
        audit.count += 1
        if len(audit.told) < MOST:
            audit.told.append((id_, kind))
    return audit


def _difference(document: Document | None, held: Held | None) -> str | None:
    deleted = held is None or held.source.get("deleted") is True
    if document is None:
        return None if deleted else "extra"
    if held is None or deleted:
        return "missing"
    return None if held.source == source(document) else "altered"
