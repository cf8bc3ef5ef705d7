"""What another process appended a moment ago is found once the read models have come that far."""

from collections.abc import Mapping, Sequence

from klantbeeld.domain.events.event import EventKey
from klantbeeld.log.kafka.log import KafkaLog
from klantbeeld.log.kafka.recent import Known
from klantbeeld.log.postgres.database import Database
from tests.contracts.log.brokers import Broker, kafka_log
from tests.contracts.log.drafts import draft


class Late:
    """Read models that know nothing until they are asked how far they are for the third time."""

    def __init__(self, event: EventKey) -> None:
        self._event, self._asked = event, 0

    def recorded(self, keys: Sequence[EventKey]) -> Mapping[EventKey, Known]:
        return {self._event: (0, 0, None)} if self._asked >= 3 else {}

    def reached(self) -> Mapping[int, int]:
        self._asked += 1
        return {0: 1} if self._asked >= 3 else {0: 0}


def test_who_may_wait_finds_what_another_process_appended(broker: Broker, database: Database) -> None:
    with kafka_log(broker, database, behind=True) as one:
        appended = draft(1)
        one.append([appended], epoch=0)
        late = Late(appended.event_key)
        prefix = one.topics.events.removesuffix("events")
        other = KafkaLog(broker.bootstrap, prefix, 1, database, late.recorded, reached=late.reached)
        other.start()
        try:
            assert other.find([appended.event_key]) == {}
            assert other.find([appended.event_key], wait=10)[appended.event_key].digest == appended.digest
        finally:
            other.close()
