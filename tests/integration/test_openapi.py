"""The OpenAPI document against the running API: complete, its examples work, and answers look as it says."""

from uuid import uuid4

import httpx
import pytest
from device import Device, new_device

REFUSALS = {"401", "404", "409", "413", "422", "429", "503"}


@pytest.fixture(scope="module")
async def document(shared_client: httpx.AsyncClient) -> dict:
    return (await shared_client.get("/openapi.json")).json()


@pytest.fixture
async def device(shared_client: httpx.AsyncClient) -> Device:
    return await new_device(shared_client)


def operations(document: dict) -> dict[str, dict]:
    return {f"{m.upper()} {p}": op for p, item in document["paths"].items() for m, op in item.items()}


def schema_of(document: dict, operation: str, status: str) -> dict:
    found = operations(document)[operation]["responses"][status]["content"]["application/json"]["schema"]
    return document["components"]["schemas"][found["$ref"].rsplit("/", 1)[1]]


def example_of(document: dict, operation: str) -> dict:
    body = operations(document)[operation]["requestBody"]["content"]["application/json"]["schema"]
    return document["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]["example"]


def test_it_lists_exactly_the_operations_that_clients_may_use(document: dict) -> None:
    turns = "/v1/conversations/{conversation_id}/turns"
    assert set(operations(document)) == {
        "POST /v1/conversations",
        "GET /v1/conversations",
        "GET /v1/conversations/{conversation_id}",
        "POST /v1/conversations/{conversation_id}/end",
        "PUT /v1/conversations/{conversation_id}/feedback",
        "GET /v1/conversations/{conversation_id}/events",
        f"POST {turns}",
        f"GET {turns}/{{turn_id}}",
        f"GET {turns}/{{turn_id}}/events",
        f"PUT {turns}/{{turn_id}}/helped",
        "GET /v1/trusted-contact",
        "PUT /v1/trusted-contact",
        "DELETE /v1/trusted-contact",
        "POST /v1/trusted-contact/test",
        "GET /v1/safety-plan",
        "PUT /v1/safety-plan",
        "GET /v1/measures",
        "PUT /v1/measures/results/{result_id}",
        "DELETE /v1/measures/results/{result_id}",
        "GET /v1/exercises",
        "GET /v1/memory",
        "PUT /v1/memory",
        "DELETE /v1/memory/notes",
        "PUT /v1/memory/notes/{note_id}",
        "DELETE /v1/memory/notes/{note_id}",
        "GET /v1/patterns",
        "PUT /v1/patterns/check-ins/{check_in_id}",
        "DELETE /v1/patterns/check-ins/{check_in_id}",
        "GET /v1/reminder",
        "PUT /v1/reminder",
        "DELETE /v1/reminder",
        "PUT /v1/exercises/practices/{practice_id}",
        "POST /v1/exercises/practices/{practice_id}/moves",
        "PUT /v1/exercises/practices/{practice_id}/helped",
        "DELETE /v1/exercises/practices/{practice_id}",
        "GET /v1/help",
        "GET /health",
    }


def test_every_operation_says_in_words_what_it_does_and_how_it_refuses(document: dict) -> None:
    for name, operation in operations(document).items():
        assert operation["description"].strip(), name
        assert set(operation["responses"]) >= REFUSALS, name
        for status in REFUSALS:
            assert schema_of(document, name, status) == document["components"]["schemas"]["ErrorOut"], (name, status)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_it_says_which_operations_need_the_device_token(document: dict) -> None:
    assert document["components"]["securitySchemes"]["device_token"]["scheme"] == "bearer"
    closed = {name for name, operation in operations(document).items() if operation.get("security")}
    open_to_all = {"POST /v1/conversations", "GET /v1/help", "GET /health"}
    assert closed == set(operations(document)) - open_to_all


def test_the_event_stream_is_declared_as_one(document: dict) -> None:
    events = operations(document)["GET /v1/conversations/{conversation_id}/turns/{turn_id}/events"]
    assert "text/event-stream" in events["responses"]["200"]["content"]
    assert "last-event-id" in {p["name"] for p in events["parameters"]}


async def test_its_examples_work_as_they_are(shared_client: httpx.AsyncClient, document: dict) -> None:
    started = await shared_client.post("/v1/conversations", json=example_of(document, "POST /v1/conversations"))
    shared_client.cookies.clear()
    assert started.status_code == 201
    device = Device(shared_client, started.json()["device_token"], started.json()["conversation_id"])
    example = example_of(document, "POST /v1/conversations/{conversation_id}/turns")
    sent = await device.post(example["text"], example["turn_id"])
    assert sent.status_code == 202
    # The address it names is where the reply is.
    answer = await shared_client.get(sent.json()["events"], headers=device.headers)
    assert answer.status_code == 200
    assert "event: done" in answer.text


async def test_answers_have_the_fields_that_are_declared(device: Device, document: dict) -> None:
    turn_id, client, headers = uuid4(), device.http, device.headers
    conversation, turns = "/v1/conversations/{conversation_id}", "/v1/conversations/{conversation_id}/turns"
    sent = await device.post("I can't sleep.", turn_id)
    await device.events(turn_id)
    answers = {
        ("POST /v1/conversations", "201"): await client.post("/v1/conversations", json={}, headers=headers),
        ("GET /v1/conversations", "200"): await client.get("/v1/conversations", headers=headers),
        (f"GET {conversation}", "200"): await client.get(device.path, headers=headers),
        (f"POST {turns}", "202"): sent,
        (f"GET {turns}/{{turn_id}}", "200"): await client.get(f"{device.path}/turns/{turn_id}", headers=headers),
        (f"POST {conversation}/end", "200"): await client.post(f"{device.path}/end", headers=headers),
        ("GET /v1/help", "200"): await client.get("/v1/help?country=NZ"),
    }
    for (operation, status), answer in answers.items():
        assert str(answer.status_code) == status, operation
        assert set(answer.json()) == set(schema_of(document, operation, status)["properties"]), operation


@pytest.mark.parametrize(("body", "status"), [({}, 422), ({"turn_id": str(uuid4()), "text": " "}, 422)])
async def test_errors_have_the_fields_that_are_declared(
    device: Device, document: dict, body: dict, status: int
) -> None:
    answer = await device.http.post(f"{device.path}/turns", json=body, headers=device.headers)
    assert answer.status_code == status
    declared = document["components"]["schemas"]
    assert set(answer.json()) == set(declared["ErrorOut"]["properties"])
    assert set(answer.json()["error"]) == set(declared["ErrorBody"]["properties"])
    assert set(declared["ErrorBody"]["required"]) == {"code", "message"}
