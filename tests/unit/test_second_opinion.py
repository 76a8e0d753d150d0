"""A judge model is never alone: it is compared with the rules, and changes nothing."""

import json

import httpx
import pytest
from openai import OpenAI

from evals.second_opinion import QUESTIONS, Item, Judge, agreement, drawn, main

ITEM = Item("reflects", "c1", "I miss the boat.", "You miss the boat.", rules=True)


def judge(words: str, seen: list[str] | None = None) -> Judge:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(json.loads(request.content)["messages"][1]["content"])
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": words}}
        return httpx.Response(
            200, json={"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        )

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return Judge(OpenAI(base_url="http://judge.example/v1", api_key="k", http_client=http), "m")


@pytest.mark.parametrize(("words", "said"), [("yes", True), ("No.", False), ("It depends", None), ("", None)])
def test_only_a_plain_yes_or_no_counts(words, said):
    assert judge(words)(ITEM) is said


def test_the_model_sees_message_reply_and_question():
    seen: list[str] = []
    judge("yes", seen)(ITEM)
    assert all(words in seen[0] for words in (ITEM.message, ITEM.reply, QUESTIONS["reflects"]))


def test_agreement_is_whole_where_both_say_the_same_and_gone_where_they_say_the_opposite():
    yes, no = ITEM, Item("reflects", "c2", "x", "y", rules=False)
    (same,) = agreement([(yes, True), (no, False)] * 4)
    (opposite,) = agreement([(yes, False), (no, True)] * 4)
    assert "alpha +1.00" in same
    assert "alpha -" in opposite
    (unread,) = agreement([(yes, None), (no, False)])
    assert "1 answers not read" in unread


def test_a_sample_holds_at_most_so_many_of_each_code_and_is_the_same_by_its_seed():
    many = [Item(code, str(n), "x", "y", rules=True) for code in QUESTIONS for n in range(9)]
    assert len(drawn(many, 4, 1)) == 4 * len(QUESTIONS)
    assert drawn(many, 4, 1) == drawn(many, 4, 1)


def test_a_folder_without_replies_is_said_to_be_one(tmp_path, capsys):
    assert main([str(tmp_path), "--at", "http://judge.example/v1"]) == 2
    assert "no reply to look at" in capsys.readouterr().err
