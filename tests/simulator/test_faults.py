"""Every effect of a fault rule, seen by a plain client: what fails, and what was done all the same."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from camb_tui.simulator import SimulatorServer

SPEECH = {"text": "Good morning.", "voice_id": 1, "language": 1}


def add_faults(server: SimulatorServer, *rules: dict[str, Any]) -> None:
    response = httpx.post(f"{server.origin}/_simulator/faults", json={"rules": list(rules)})
    assert response.status_code == 200, response.text


def test_status_with_retry_after_once(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(
        server, {"method": "POST", "path": "/tts", "times": 1, "effect": "status", "code": 429, "retry_after": 7}
    )
    refused = http.post("/tts", json=SPEECH)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert server.world.made == 0
    assert http.post("/tts", json=SPEECH).status_code == 200


def test_status_passes_a_date_and_a_body_on(server: SimulatorServer, http: httpx.Client) -> None:
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    add_faults(server, {"path": "/tts", "effect": "status", "code": 503, "retry_after": date, "body": "busy"})
    refused = http.post("/tts", json=SPEECH)
    assert (refused.headers["retry-after"], refused.text) == (date, "busy")


def test_an_accepted_status_has_made_the_task(server: SimulatorServer, http: httpx.Client) -> None:
    """A gateway's 502 after the service took the request: the client cannot know, and the task is there."""
    add_faults(server, {"path": "/tts", "effect": "status", "code": 502, "accepted": True})
    assert http.post("/tts", json=SPEECH).status_code == 502
    assert server.world.made == 1


def test_times_null_means_always_and_an_empty_list_ends_it(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"method": "GET", "path": "/tts/*", "times": None, "effect": "status", "code": 500})
    task_id, _ = server.add_task("tts", SPEECH)
    assert [http.get(f"/tts/{task_id}").status_code for _ in range(3)] == [500, 500, 500]
    add_faults(server)
    assert http.get(f"/tts/{task_id}").json()["status"] == "SUCCESS"


def test_the_first_rule_that_fits_is_used(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(
        server,
        {"path": "/list-voices", "effect": "status", "code": 409},
        {"path": "/list*", "effect": "status", "code": 500, "times": None},
    )
    assert [http.get("/list-voices").status_code for _ in range(2)] == [409, 500]


def test_delay_answers_as_ever(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(
        server,
        {"path": "/tts", "effect": "delay", "seconds": 0.01},
        {"path": "/tts", "effect": "delay", "seconds": 0.01, "accepted": True},
    )
    assert [http.post("/tts", json=SPEECH).status_code for _ in range(2)] == [200, 200]
    assert server.world.made == 2


def test_delay_outlasts_an_impatient_client(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"path": "/tts", "effect": "delay", "seconds": 60, "accepted": True})
    with pytest.raises(httpx.ReadTimeout):
        http.post("/tts", json=SPEECH, timeout=httpx.Timeout(5, read=0.2))
    assert server.world.made == 1


def test_refuse_closes_before_anything_is_read(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"path": "/tts", "effect": "refuse"})
    with pytest.raises(httpx.TransportError):
        http.post("/tts", json=SPEECH)
    assert server.world.made == 0
    assert server.world.counts["POST /tts"] == 1


def test_refuse_needs_no_body(server: SimulatorServer) -> None:
    """The headers are enough: the connection ends although the promised body never comes."""
    add_faults(server, {"path": "/tts", "effect": "refuse"})
    address = httpx.URL(server.base_url)
    with socket.create_connection((address.host, address.port or 0), timeout=10) as raw:
        raw.sendall(b"POST /apis/tts HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\nContent-Length: 50\r\n\r\n")
        assert raw.recv(100) == b""


def test_swallow_does_the_work_and_says_nothing(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"path": "/tts", "effect": "swallow"})
    with pytest.raises(httpx.TransportError):
        http.post("/tts", json=SPEECH)
    assert server.world.made == 1


@pytest.mark.parametrize(("accepted", "made"), [(False, 0), (True, 1)])
def test_cut_breaks_off_in_the_body(server: SimulatorServer, http: httpx.Client, accepted: bool, made: int) -> None:
    add_faults(server, {"path": "/tts", "effect": "cut", "accepted": accepted})
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        http.post("/tts", json=SPEECH)
    assert server.world.made == made


def test_cut_reads_the_request_first(server: SimulatorServer) -> None:
    """A connection closed with unread bytes is reset, and a reset may overtake the half that was sent."""
    add_faults(server, {"path": "/tts", "effect": "cut"})
    address = httpx.URL(server.base_url)
    with socket.create_connection((address.host, address.port or 0), timeout=10) as raw:
        raw.sendall(b"POST /apis/tts HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\nContent-Length: 50\r\n\r\n" + b"x" * 20)
        raw.settimeout(0.2)
        with pytest.raises(TimeoutError):
            raw.recv(1)
        raw.settimeout(10)
        raw.sendall(b"x" * 30)
        came = b""
        while piece := raw.recv(4096):  # ends in an orderly end, not in an error
            came += piece
    assert came.startswith(b"HTTP/1.1 200")


def test_cut_works_on_result_files(server: SimulatorServer, http: httpx.Client) -> None:
    """Half of a download arrives, and a range request gets the rest."""
    _, run_id = server.add_task("tts", SPEECH)
    url = http.get(f"/tts-result/{run_id}", params={"output_type": "file_url"}).json()["output_url"]
    whole = httpx.get(url).content
    add_faults(server, {"path": "/files/*", "effect": "cut"})
    chunks: list[bytes] = []
    with httpx.stream("GET", url) as response, pytest.raises(httpx.RemoteProtocolError):
        chunks.extend(response.iter_raw())
    got = b"".join(chunks)
    assert 0 < len(got) < len(whole)
    assert got + httpx.get(url, headers={"range": f"bytes={len(got)}-"}).content == whole


def test_garbage_is_a_success_that_is_not_json(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"path": "/tts", "effect": "garbage"})
    response = http.post("/tts", json=SPEECH)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"."):
        response.json()


def test_html_is_a_gateways_page(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"path": "/tts", "effect": "html"}, {"path": "/tts", "effect": "html", "code": 200})
    pages = [http.post("/tts", json=SPEECH) for _ in range(2)]
    assert [page.status_code for page in pages] == [502, 200]
    assert all(page.headers["content-type"].startswith("text/html") for page in pages)


def test_stall_sends_headers_and_then_nothing(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"path": "/list-voices", "effect": "stall"})
    with http.stream("GET", "/list-voices", timeout=httpx.Timeout(10, read=0.2)) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            response.read()


def test_a_stalled_connection_does_not_keep_the_server_up(server: SimulatorServer) -> None:
    add_faults(server, {"path": "/list-voices", "effect": "stall"})
    with (
        httpx.Client(headers={"x-api-key": "k"}) as http,
        http.stream("GET", f"{server.base_url}/list-voices") as response,
    ):
        server.stop()
        with pytest.raises(httpx.TransportError):
            response.read()


def test_redirect_leads_elsewhere(server: SimulatorServer, http: httpx.Client) -> None:
    add_faults(server, {"path": "/list-voices", "effect": "redirect", "to": "http://127.0.0.1:9/other"})
    response = http.get("/list-voices")
    assert (response.status_code, response.headers["location"]) == (307, "http://127.0.0.1:9/other")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"rules": {}},
        {"rules": [{"effect": "explode"}]},
        {"rules": [{"effect": "status", "cod": 500}]},
        {"rules": [{"effect": "redirect"}]},
        {"rules": [{"effect": "status", "times": "many"}]},
        {"rules": [{"effect": "delay", "seconds": "long"}]},
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(server: SimulatorServer, document: Any) -> None:
    """A misspelt rule that did nothing would make a test pass for the wrong reason."""
    response = httpx.post(f"{server.origin}/_simulator/faults", json=document)
    assert response.status_code == 422
    assert response.json()["detail"]
