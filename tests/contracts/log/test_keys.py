"""What every key store promises."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from klantbeeld.log.port import KeyStore
from klantbeeld.log.postgres.database import DUTIES_LOCK, ERASURE_LOCK, Database
from klantbeeld.log.postgres.keys import KeyStoreRefused, open_names
from klantbeeld.log.sealing import SealBroken, new_token, seal, unseal
from tests.contracts.log.conftest import MASTER_KEY, key_store
from tests.waiting import until

ANNA = ("email", "anna.de.boer@example.nl")
BEN = ("phone", "+31612345601")


def test_the_same_identifier_always_has_the_same_token(keys: KeyStore) -> None:
    first = keys.tokens([ANNA, BEN, ANNA])
    assert first[0] == first[2] != first[1]
    assert keys.tokens([BEN, ANNA]) == [first[1], first[0]]


def test_the_type_is_part_of_what_an_identifier_is(keys: KeyStore) -> None:
    assert len(set(keys.tokens([("phone", "1"), ("whatsapp", "1")]))) == 2


def test_finding_makes_nothing(keys: KeyStore) -> None:
    assert keys.find([ANNA]) == [None]
    [token] = keys.tokens([ANNA])
    assert keys.find([BEN, ANNA]) == [None, token]


def test_every_token_has_a_key_of_its_own(keys: KeyStore) -> None:
    tokens = keys.tokens([ANNA, BEN])
    found = keys.keys([*tokens, new_token()])
    assert set(found) == set(tokens)
    assert found[tokens[0]] != found[tokens[1]]


def test_many_callers_at_once_agree_on_the_tokens(keys: KeyStore) -> None:
    wanted = [[("phone", f"+3161234{5600 + (start + n) % 40}") for n in range(25)] for start in range(16)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(keys.tokens, wanted))
    known = {}
    for identifiers, tokens in zip(wanted, found, strict=True):
        for identifier, token in zip(identifiers, tokens, strict=True):
            assert known.setdefault(identifier, token) == token


def test_another_process_sees_the_same_tokens_and_keys(database: Database) -> None:
    one, other = key_store(database), key_store(database)
    tokens = one.tokens([ANNA, BEN])
    assert other.tokens([ANNA, BEN]) == tokens
    assert other.keys(tokens) == one.keys(tokens)


def test_a_wrong_master_key_is_refused_by_name(database: Database) -> None:
    open_names(database, MASTER_KEY)
    with pytest.raises(KeyStoreRefused, match="KLANTBEELD_MASTER_KEY"):
        open_names(database, bytes(32))


def test_no_identifier_lies_readable_in_the_key_store(database: Database) -> None:
    key_store(database).tokens([ANNA])
    with database.connection() as connection:
        rows = connection.execute("SELECT identifier_key::text FROM kept.identifier_key").fetchall()
    assert len(rows) == 1
    assert ANNA[1].encode().hex() not in str(rows)
    assert ANNA[1] not in str(rows)


def test_a_sealed_text_opens_only_with_its_key_and_what_it_is_bound_to() -> None:
    key = bytes(32)
    sealed = seal(key, b"clear", "event-1")
    assert unseal(key, sealed, "event-1") == b"clear"
    for broken in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b""):
        with pytest.raises(SealBroken):
            unseal(key, broken, "event-1")
    with pytest.raises(SealBroken):
        unseal(key, sealed, "event-2")


def test_who_waited_for_an_erasure_sees_that_it_happened(database: Database) -> None:
    store = key_store(database)
    before = store.epoch(fresh=True)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as erasing:
            erasing.execute("SELECT pg_advisory_xact_lock(%s)", [ERASURE_LOCK])
            erasing.execute("UPDATE kept.erasure_epoch SET epoch = epoch + 1")
            asked = pool.submit(store.epoch, fresh=True)
            until(lambda: waiting_for(database, "advisory") > 0)
        assert asked.result() == before + 1


def waiting_for(database: Database, what: str) -> int:
    """How many sessions wait for a lock of this type."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = %s AND NOT granted"
    with database.connection() as connection:
        row = connection.execute(query, [what]).fetchone()
    return int(row[0]) if row else 0


SLOW_COMMITS = f"""
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN PERFORM pg_advisory_xact_lock_shared({DUTIES_LOCK}); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON kept.identifier_key DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION wait();
"""


def test_nobody_gets_a_token_before_its_key_can_be_had(database: Database) -> None:
    store = key_store(database)
    with database.connection() as connection:
        connection.execute(SLOW_COMMITS)
    with ThreadPoolExecutor(2) as pool:
        with database.transaction() as holding:
            holding.execute("SELECT pg_advisory_xact_lock(%s)", [DUTIES_LOCK])
            first = pool.submit(store.tokens, [ANNA])
            until(lambda: waiting_for(database, "advisory") > 0)
            second = pool.submit(lambda: store.keys(store.tokens([ANNA])))
            until(lambda: second.done() or waiting_for(database, "transactionid") > 0)
        assert set(second.result()) == set(first.result())
