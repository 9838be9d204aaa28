// A program of somebody who has never heard of Carrel: the official client, by its own rules.
import OpenAI from "openai";

const client = new OpenAI();
const model = "scripted-1";
const messages = [{ role: "user", content: "What is a tide?" }];

const runs = {
  async whole() {
    const answer = await client.chat.completions.create({ model, messages });
    const [choice] = answer.choices;
    return { text: choice.message.content, finish: choice.finish_reason, tokens: answer.usage.total_tokens };
  },

  async stream() {
    const told = { text: "" };
    try {
      const stream = await client.chat.completions.create({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) {
        const [choice] = chunk.choices;
        told.text += choice?.delta.content ?? "";
        told.finish = choice?.finish_reason ?? told.finish;
        told.tokens = chunk.usage?.total_tokens ?? told.tokens;
      }
    } catch (error) {
      told.error = error.constructor.name;
    }
    return told;
  },

  async models() {
    const names = [];
    for await (const one of client.models.list()) names.push(one.id);
    return names;
  },

  async tools() {
    const called = [];
    const runner = client.chat.completions.runTools({
      model,
      messages,
      stream: true,
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather",
            parse: JSON.parse,
            parameters: { type: "object", properties: { city: { type: "string" } } },
            function(asked) {
              called.push(asked);
              return "rain";
            },
          },
        },
      ],
    });
    return { called, text: await runner.finalContent() };
  },

  async fail() {
    try {
      await client.chat.completions.create({ model, messages });
    } catch (error) {
      return { kind: error.constructor.name, status: error.status, code: error.code };
    }
    return "it did not fail";
  },
};

process.stdout.write(JSON.stringify(await runs[process.argv[2]]()));
