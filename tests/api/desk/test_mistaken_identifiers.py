"""An id that came of an identifier which was a mistake leads on once that is corrected."""

from typing import Any

from tests.api.desk.desk import Desk, ago, email, event, number, talk

NOBODY = "00000000-0000-4000-8000-000000000000"


def put_right(told: dict[str, Any], who: list[dict[str, str]]) -> dict[str, Any]:
    data = {**told["data"], "identifiers": who}
    named = {"source": told["source"], "id": told["id"]}
    return event("event.corrected", who, ago(minutes=1), event=named, data=data)


def test_the_id_of_a_mistake_leads_to_whose_it_was(desk: Desk) -> None:
    wrong, right, mail = number(), number(), email()
    told = talk([wrong, mail])
    desk.send(told)
    id_ = desk.customer(wrong)
    desk.send(put_right(told, [right, mail]))
    assert desk.lookup(wrong).status_code == 404
    for path in ("", "/timeline", "/identity", "/orders"):
        answer = desk.get(f"/v1/customers/{id_}{path}")
        assert (answer.status_code, answer.headers["cache-control"]) == (308, "no-store")
        assert answer.headers["location"].startswith(f"/v1/customers/{desk.customer(right)}{path}")
    assert desk.get(f"/v1/customers/{id_}", as_of=ago(minutes=0)).status_code in (308, 409)
    assert desk.get(f"/v1/customers/{NOBODY}").status_code == 404


def test_it_leads_to_nobody_once_what_was_told_under_it_is_several_peoples(desk: Desk) -> None:
    wrong, one, other = number(), number(), number()
    first, second = talk([wrong], ago(hours=2)), talk([wrong], ago(hours=1))
    desk.send(first, second)
    id_ = desk.customer(wrong)
    desk.send(put_right(first, [one]))
    assert desk.get(f"/v1/customers/{id_}").status_code == 200
    desk.send(put_right(second, [other]))
    assert desk.get(f"/v1/customers/{id_}").status_code == 404
    desk.send({**put_right(second, [one]), "time": ago(seconds=1)})
    assert desk.customer(one) in desk.get(f"/v1/customers/{id_}").headers["location"]
