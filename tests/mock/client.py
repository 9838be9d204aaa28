"""A program of somebody who has never heard of Carrel: the official client, by its own rules."""

import json
import sys

import openai

client = openai.OpenAI()
model = "scripted-1"
messages = [{"role": "user", "content": "What is a tide?"}]


def whole():
    answer = client.chat.completions.create(model=model, messages=messages)
    choice = answer.choices[0]
    return {
        "text": choice.message.content,
        "finish": choice.finish_reason,
        "tokens": answer.usage.total_tokens,
    }


def stream():
    told = {"text": ""}
    try:
        for chunk in client.chat.completions.create(
            model=model, messages=messages, stream=True, stream_options={"include_usage": True}
        ):
            for choice in chunk.choices:
                told["text"] += choice.delta.content or ""
                told["finish"] = choice.finish_reason or told.get("finish")
            if chunk.usage:
                told["tokens"] = chunk.usage.total_tokens
    except openai.OpenAIError as error:
        told["error"] = type(error).__name__
    return told


def models():
    return [one.id for one in client.models.list()]


def tools():
    weather = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
    talk, called = list(messages), []
    while True:
        with client.chat.completions.stream(model=model, messages=talk, tools=[weather]) as answer:
            message = answer.get_final_completion().choices[0].message
        if not message.tool_calls:
            return {"called": called, "text": message.content}
        talk.append(message.model_dump(include={"role", "content", "tool_calls"}))
        for call in message.tool_calls:
            called.append(json.loads(call.function.arguments))
            talk.append({"role": "tool", "tool_call_id": call.id, "content": "rain"})


def fail():
    try:
        client.chat.completions.create(model=model, messages=messages)
    except openai.APIStatusError as error:
        return {"kind": type(error).__name__, "status": error.status_code, "code": error.code}
    return "it did not fail"


runs = {run.__name__: run for run in (whole, stream, models, tools, fail)}
print(json.dumps(runs[sys.argv[1]]()))
