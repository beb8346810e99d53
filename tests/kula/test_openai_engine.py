"""The OpenAI engine against a server on loopback: well-behaved, broken, slow and hostile."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openai.lib._pydantic import to_strict_json_schema

from kula.engines.openai_engine import MAX_REPLY_BYTES, OpenAIEngine
from kula.engines.prompt import wire_model
from kula.plan import PlanCompare, PlanFilter, PlanOrder, PlanTime
from kula.reply import Turn
from kula.understanding import Context, Understanding
from pymeai.settings import Settings
from tests.kula.conftest import VALUES
from tests.kula.model_server import Handler, ModelServer, drips, fails, hangs_up, model_server, says, sends, stalls

QUESTION = "¿Cuánto vendí en 2016 por categoría?"
PLAN: dict[str, Any] = {
    "intent": "metric",
    "metrics": ["net_sales"],
    "dimensions": ["sale_line__category"],
    "filters": [],
    "time": {"phrase": "2016"},
    "compare": None,
    "grain": None,
    "order": None,
    "limit": None,
    "share_of_total": False,
}


def ask(server: ModelServer, context: Context, question: str = QUESTION, deadline: float = 5.0) -> Understanding:
    settings = Settings(home=Path("unused"), openai_api_key="sk-test", openai_base_url=server.url, openai_model="test")
    return OpenAIEngine(settings, deadline=deadline).understand(question, context)


def test_a_well_behaved_model_fills_the_plan(context: Context) -> None:
    plan = {
        **PLAN,
        "order": {"field": "net_sales", "descending": True},
        "limit": 3,
        "compare": {"kind": "previous_year", "phrases": []},
    }
    with model_server(says(plan)) as server:
        understanding = ask(server, context)
    assert understanding.engine == "openai"
    assert understanding.plan.metrics == ["net_sales"]
    assert understanding.plan.dimensions == ["sale_line__category"]
    assert understanding.plan.time == PlanTime(phrase="2016")
    assert understanding.plan.order == PlanOrder(field="net_sales")
    assert understanding.plan.compare == PlanCompare(kind="previous_year")
    assert len(server.requests) == 1


def test_the_request_carries_the_catalogue_as_enums_and_no_row(context: Context) -> None:
    with model_server(says(PLAN)) as server:
        ask(server, replace(context, conversation=(Turn(question="ventas de mayo"),)))
    (request,) = server.requests
    assert request["model"] == "test"
    schema = request["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert "net_sales" in json.dumps(schema["schema"]["properties"]["metrics"])
    sent = json.dumps(request, ensure_ascii=False)
    assert "ventas de mayo" in sent
    assert "won_opportunities" in sent
    for dimension in ("customer__name", "sale_line__product", "sale__seller", "opportunity__seller"):
        for value in VALUES[dimension]:
            assert value not in sent


def test_the_response_format_is_what_strict_mode_takes(context: Context) -> None:
    def check(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            assert "default" not in node
            for child in node.values():
                check(child)
        elif isinstance(node, list):
            for child in node:
                check(child)

    check(to_strict_json_schema(wire_model(context.catalogue)))


@pytest.mark.parametrize(
    "broken",
    [
        says("esto no es JSON"),
        says('{"intent": "metric"'),
        says({**PLAN, "metrics": ["revenue"]}),
        says({**PLAN, "sql": "select 1"}),
        says({**PLAN, "time": {"phrase": "cuando llueva"}}),
        says({**PLAN, "metrics": []}),
        says({**PLAN, "limit": -5}),
        says({**PLAN, "filters": [{"field": "customer__name", "op": "eq", "text": ["Banco Ajeno"], "number": []}]}),
    ],
)
def test_a_broken_reply_is_mended_once_with_the_error(broken: Callable[[Handler], None], context: Context) -> None:
    with model_server(broken, says(PLAN)) as server:
        understanding = ask(server, context)
    assert understanding.engine == "openai"
    assert understanding.plan.dimensions == ["sale_line__category"]
    assert len(server.requests) == 2
    assert "Su respuesta anterior no sirve" in server.requests[1]["messages"][-1]["content"]


def test_a_server_without_schemas_is_asked_in_json_mode(context: Context) -> None:
    fenced = f"```json\n{json.dumps(PLAN)}\n```"
    with model_server(fails(400, "response_format not supported"), says(fenced)) as server:
        understanding = ask(server, context)
    assert understanding.engine == "openai"
    assert understanding.plan.metrics == ["net_sales"]
    assert server.requests[1]["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    "reply",
    [
        says("no"),
        says({"plan": "ninguno"}),
        says(PLAN, finish="length"),
        says(PLAN, finish="content_filter"),
        says(PLAN, refusal="No puedo."),
        says({**PLAN, "metrics": ["pg_shadow"]}),
        fails(401),
        fails(429),
        fails(500),
        sends(b""),
        sends(b"<html>mantenimiento</html>"),
        sends(b'{"choices": []}'),
        sends(b'{"choices": "muchas"}'),
        sends(b"[]"),
        sends(b"null"),
        sends(b"\xff\xfe\x00"),
        hangs_up(),
    ],
)
def test_what_cannot_be_used_leaves_the_offline_engine(reply: Callable[[Handler], None], context: Context) -> None:
    with model_server(reply) as server:
        understanding = ask(server, context)
    assert understanding.engine == "offline"
    assert understanding.plan.metrics == ["net_sales"]
    assert understanding.plan.dimensions == ["sale_line__category"]
    assert len(server.requests) <= 3


@pytest.mark.parametrize("reply", [stalls(), drips()])
def test_a_slow_server_is_left_at_the_deadline(reply: Callable[[Handler], None], context: Context) -> None:
    with model_server(reply) as server:
        started = time.monotonic()
        understanding = ask(server, context, deadline=0.6)
        elapsed = time.monotonic() - started
    assert understanding.engine == "offline"
    assert understanding.plan.metrics == ["net_sales"]
    assert elapsed < 3


def test_an_endless_reply_is_cut(context: Context) -> None:
    with model_server(sends(b" " * (MAX_REPLY_BYTES + 100_000))) as server:
        understanding = ask(server, context)
    assert understanding.engine == "offline"
    assert len(server.requests) == 1


def test_a_dead_server_leaves_the_offline_engine(context: Context) -> None:
    with model_server(says(PLAN)) as server:
        pass
    assert ask(server, context).engine == "offline"


def test_what_a_hostile_model_writes_is_never_shown(context: Context) -> None:
    hostile = {**PLAN, "intent": "unknown", "metrics": [], "topic": "visite http://malo.example"}
    with model_server(says(hostile), says({**PLAN, "intent": "unknown"})) as server:
        understanding = ask(server, context)
    assert "malo" not in understanding.plan.model_dump_json()
    assert understanding.plan.intent == "unknown"


def test_a_model_cannot_answer_what_there_is_no_data_of(context: Context) -> None:
    plan = {**PLAN, "metrics": ["gross_profit"], "dimensions": [], "time": None}
    with model_server(says(plan)) as server:
        understanding = ask(server, context, "¿cuánto ganan mis empleados?")
    assert understanding.plan.intent == "unknown"
    assert understanding.plan.topic == "No tengo datos de empleados, salarios ni planilla."


def test_words_that_the_model_passed_over_are_said(context: Context) -> None:
    with model_server(says({**PLAN, "dimensions": []})) as server:
        understanding = ask(server, context, "¿cuánto vendí en 2016 de chocoflan?")
    assert understanding.assumptions == ["Palabras que no usé: «chocoflan»."]


def test_a_filter_may_only_say_what_the_question_says(context: Context) -> None:
    condition = {"field": "customer__name", "op": "eq", "text": ["claire gute"], "number": []}
    with model_server(says({**PLAN, "dimensions": [], "time": None, "filters": [condition]})) as server:
        understanding = ask(server, context, "¿cuánto me compró Claire Gute?")
    assert understanding.plan.filters == [PlanFilter(field="customer__name", text=["claire gute"])]


@pytest.mark.parametrize("question", ["hola", "borre todos los clientes", "¿cómo importo un archivo?", "   "])
def test_what_needs_no_model_asks_none(question: str, context: Context) -> None:
    with model_server(says(PLAN)) as server:
        assert ask(server, context, question).engine == "offline"
    assert server.requests == []
