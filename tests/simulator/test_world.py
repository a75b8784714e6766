"""The life of simulated tasks: counters, outcomes, seeds, speed, dialects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer, World
from tests.simulator.conftest import Connect
from tests.support import StartSimulator

SPEECH: dict[str, Any] = {"text": "Good morning.", "voice_id": 1, "language": 1}
TEXTS: dict[str, Any] = {"texts": ["Hello."], "source_language": 1, "target_language": 76}
LONG = 100_000.0


def add_outcomes(server: SimulatorServer, *rules: dict[str, Any]) -> None:
    response = httpx.post(f"{server.origin}/_simulator/outcomes", json={"rules": list(rules)})
    assert response.status_code == 200, response.text


def submit(http: httpx.Client, path: str = "/tts", body: dict[str, Any] | None = None) -> str:
    response = http.post(path, json=body or SPEECH)
    assert response.status_code == 200, response.text
    return str(response.json()["task_id"])


def test_requests_are_counted_by_template_until_reset(server: SimulatorServer, http: httpx.Client) -> None:
    task_id = submit(http)
    http.get(f"/tts/{task_id}")
    http.get("/tts/unknown")
    http.get("/nowhere/at/all")
    seen = httpx.get(f"{server.origin}/_simulator/requests").json()
    assert seen == {"counts": {"POST /tts": 1, "GET /tts/{task_id}": 2, "GET *": 1}, "tasks": 1} | {
        "creates": seen["creates"]
    }
    assert httpx.post(f"{server.origin}/_simulator/reset").status_code == 200
    assert httpx.get(f"{server.origin}/_simulator/requests").json() == {"counts": {}, "tasks": 0, "creates": []}
    assert http.get(f"/tts/{task_id}").status_code == 404


def test_creates_are_remembered_with_their_key_whether_they_made_something_or_not(
    server: SimulatorServer, http: httpx.Client
) -> None:
    """Who asks what became of an intent needs those that were refused and those that were answered wrongly too."""
    rules: list[dict[str, Any]] = [
        {"path": "/tts", "effect": "status", "code": 503},
        {"path": "/tts", "effect": "status", "code": 502, "accepted": True},
    ]
    assert httpx.post(f"{server.origin}/_simulator/faults", json={"rules": rules}).status_code == 200
    for key in ("refused", "accepted", "plain"):
        http.post("/tts", json=SPEECH, headers={"Idempotency-Key": key})
    http.post("/translate", json={})
    creates = httpx.get(f"{server.origin}/_simulator/requests").json()["creates"]
    assert [(one["path"], one["key"], one["fault"], one["task_id"] is not None) for one in creates] == [
        ("/tts", "refused", "status 503", False),
        ("/tts", "accepted", "status 502", True),
        ("/tts", "plain", "", True),
        ("/translate", "", "", False),
    ]


def test_reset_forgets_rules_and_repeats_no_id(server: SimulatorServer, http: httpx.Client) -> None:
    first = submit(http)
    add_outcomes(server, {"kind": "tts", "times": None, "status": "ERROR", "seconds": 0})
    httpx.post(f"{server.origin}/_simulator/faults", json={"rules": [{"effect": "status", "times": None}]})
    httpx.post(f"{server.origin}/_simulator/reset")
    second = submit(http)
    server.world.advance(LONG)
    assert http.get(f"/tts/{second}").json()["status"] == "SUCCESS"
    assert first != second


@pytest.mark.parametrize("status", ["ERROR", "TIMEOUT", "PAYMENT_REQUIRED"])
def test_an_outcome_is_for_the_next_task_of_its_kind(server: SimulatorServer, http: httpx.Client, status: str) -> None:
    add_outcomes(
        server, {"kind": "tts", "times": 1, "status": status, "exception_reason": "INTERNAL_ERROR", "seconds": 0}
    )
    other = submit(http, "/translate", TEXTS)
    failed, fine = submit(http), submit(http)
    answer = http.get(f"/tts/{failed}").json()
    assert (answer["status"], answer["run_id"], answer["exception_reason"]) == (status, None, "INTERNAL_ERROR")
    assert isinstance(answer["message"], str)
    assert http.get(f"/tts/{fine}").json()["status"] == "PENDING"
    assert http.get(f"/translate/{other}").json()["status"] == "PENDING"


def test_outcomes_queue_up(server: SimulatorServer, http: httpx.Client) -> None:
    add_outcomes(server, {"kind": "tts", "status": "ERROR", "seconds": 0})
    add_outcomes(server, {"kind": "*", "status": "TIMEOUT", "seconds": 0})
    assert [http.get(f"/tts/{submit(http)}").json()["status"] for _ in range(3)] == ["ERROR", "TIMEOUT", "PENDING"]


def test_seconds_of_an_outcome_are_kept(server: SimulatorServer, http: httpx.Client) -> None:
    add_outcomes(server, {"kind": "tts", "seconds": 60})
    task_id = submit(http)
    server.world.advance(50)
    assert http.get(f"/tts/{task_id}").json()["status"] == "PENDING"
    server.world.advance(20)
    assert http.get(f"/tts/{task_id}").json()["status"] == "SUCCESS"


def test_a_task_can_end_after_so_many_polls(server: SimulatorServer, http: httpx.Client) -> None:
    add_outcomes(server, {"kind": "tts", "polls": 2})
    task_id = submit(http)
    server.world.advance(LONG)
    assert [http.get(f"/tts/{task_id}").json()["status"] for _ in range(3)] == ["PENDING", "PENDING", "SUCCESS"]


def test_words_the_service_never_said_before(server: SimulatorServer, http: httpx.Client) -> None:
    add_outcomes(
        server,
        {"kind": "tts", "status": "PROCESSING", "seconds": 0},
        {"kind": "tts", "pending": "QUEUED", "polls": 1},
    )
    stuck, going = submit(http), submit(http)
    assert http.get(f"/tts/{stuck}").json() == {
        "status": "PROCESSING", "run_id": None, "exception_reason": None, "message": None,
    }  # fmt: skip
    assert [http.get(f"/tts/{going}").json()["status"] for _ in range(2)] == ["QUEUED", "SUCCESS"]


def test_a_result_may_lag_behind_success(server: SimulatorServer, http: httpx.Client) -> None:
    add_outcomes(
        server,
        {"kind": "translation", "seconds": 0, "result_lag": 1},
        {"kind": "translation", "seconds": 0, "result_lag": {"seconds": 30}},
    )
    runs = [http.get(f"/translate/{submit(http, '/translate', TEXTS)}").json()["run_id"] for _ in range(2)]
    assert [http.get(f"/translation-result/{runs[0]}").status_code for _ in range(2)] == [404, 200]
    assert http.get(f"/translation-result/{runs[1]}").status_code == 404
    server.world.advance(31)
    assert http.get(f"/translation-result/{runs[1]}").status_code == 200


def test_the_clock_can_be_put_forward_from_outside(server: SimulatorServer, http: httpx.Client) -> None:
    task_id = submit(http)
    assert httpx.post(f"{server.origin}/_simulator/clock", json={"seconds": LONG}).status_code == 200
    assert http.get(f"/tts/{task_id}").json()["status"] == "SUCCESS"
    assert httpx.post(f"{server.origin}/_simulator/clock", json={}).status_code == 422


def ends(options: SimulatorOptions) -> list[tuple[str, int, float]]:
    world = World(options, clock=lambda: 0.0)
    start = world.now()
    tasks = [world.create(kind, SPEECH) for kind in _kinds() for _ in range(3)]
    return [(task.task_id, task.run_id, round(task.ends_at - start, 3)) for task in tasks]


def _kinds() -> list[Any]:
    from camb_tui.domain.kinds import KINDS

    return list(KINDS.values())


def test_a_seed_decides_ids_and_durations() -> None:
    assert ends(SimulatorOptions(seed=7)) == ends(SimulatorOptions(seed=7))
    assert ends(SimulatorOptions(seed=7)) != ends(SimulatorOptions(seed=8))


def test_speed_divides_durations() -> None:
    slow, fast = ends(SimulatorOptions(seed=7)), ends(SimulatorOptions(seed=7, speed=100))
    assert [seconds for *_, seconds in fast] == pytest.approx([seconds / 100 for *_, seconds in slow], abs=0.002)


def test_larger_tasks_take_longer() -> None:
    world = World(SimulatorOptions(seed=7), clock=lambda: 0.0)
    kind = _kinds()[0]
    small = [world.create(kind, {**SPEECH, "text": "Hi!"}).ends_at - world.now() for _ in range(200)]
    large = [world.create(kind, {**SPEECH, "text": "Hi! " * 700}).ends_at - world.now() for _ in range(200)]
    assert sum(large) > 3 * sum(small)


def test_tasks_can_be_put_in(server: SimulatorServer, http: httpx.Client) -> None:
    done = server.add_task("tts", SPEECH, task_id="done", run_id=42)
    assert done == ("done", 42)
    assert http.get("/tts/done").json()["run_id"] == 42
    server.add_task("story", {"file": "a.txt", "source_language": 1}, task_id="later", seconds=90)
    assert http.get("/story/later").json()["status"] == "PENDING"
    server.add_task("tts", SPEECH, task_id="bad", status="ERROR", exception_reason="FORBIDDEN", message={"a": 1})
    assert http.get("/tts/bad").json()["message"] == {"a": 1}
    server.add_task("tts", SPEECH, task_id="never", status="PENDING")
    server.world.advance(91)
    later = http.get("/story/later").json()
    assert later["status"] == "SUCCESS"
    assert http.get(f"/story-result/{later['run_id']}", params={"include_transcript": "true"}).json()["transcript"]
    assert http.get("/tts/never").json()["status"] == "PENDING"
    with pytest.raises(ValueError, match="there already"):
        server.add_task("tts", SPEECH, task_id="done")


REFERENCE = ("/translate", "/translate/t", "/dub-result/7", "/translation/stream")
GUIDE = ("/translation", "/translation/t", "/dubbed-run-info/7", "/translation-stream")
BODIES = {"/translate": TEXTS, "/translation": TEXTS}
STREAM = {"text": "Hello.", "source_language": 1, "target_language": 76}


def codes(http: httpx.Client, paths: tuple[str, ...]) -> list[int]:
    create, status, result, stream = paths
    return [
        http.post(create, json=BODIES[create]).status_code,
        http.get(status).status_code,
        http.get(result).status_code,
        http.post(stream, json=STREAM).status_code,
    ]


@pytest.mark.parametrize(
    ("routes", "reference", "guide"), [("both", True, True), ("reference", True, False), ("guide", False, True)]
)
def test_dialects(simulator: StartSimulator, connect: Connect, routes: str, reference: bool, guide: bool) -> None:
    """A dialect that is off answers 404 or, where the path lives on with another method, 405; both create nothing."""
    server = simulator(SimulatorOptions(seed=1, routes=routes, speed=100))
    server.add_task("translation", TEXTS, task_id="t")
    server.add_task("dubbing", {"video_url": "https://example.org/a.mp4", "target_language": 76}, run_id=7)
    http = connect(server)
    for paths, is_served in ((REFERENCE, reference), (GUIDE, guide)):
        seen = codes(http, paths)
        assert seen == [200] * 4 if is_served else all(code in (404, 405) for code in seen), (paths, seen)
    assert server.world.made == reference + guide
    assert {"POST /translate", "POST /translation", "GET /dubbed-run-info/{run_id}"} <= set(server.world.counts)


def test_a_task_of_one_dialect_is_seen_from_the_other(http: httpx.Client) -> None:
    task_id = submit(http, "/translation", TEXTS)
    assert http.get(f"/translate/{task_id}").status_code == 200


def test_slashes_do_not_matter(server: SimulatorServer, http: httpx.Client) -> None:
    headers = {"x-api-key": "any"}
    assert httpx.get(f"{server.base_url}//list-voices", headers=headers).status_code == 200
    assert httpx.get(f"{server.base_url}/list-voices/", headers=headers).status_code == 200


@pytest.mark.parametrize("options", [{"routes": "all"}, {"speed": 0.0}, {"dub_keys": "name"}, {"tts_format": "mp3"}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        SimulatorOptions(**options)
