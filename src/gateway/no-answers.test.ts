import { afterEach, describe, expect, it } from "vitest";
import { answering, ask, chat, doneFrame, frame, Rig, type RigOptions, type Script, wholeAnswer } from "./rig.ts";

let rig: Rig | undefined;
afterEach(() => rig?.stop());

async function start(options: RigOptions): Promise<Rig> {
  rig = await Rig.start(options);
  return rig;
}

const settledAs = (made: Rig) =>
  made.booked("attempt-settled").map(({ state, status, callEnd }) => [state, status, callEnd]);
const purposes = (made: Rig) =>
  made.booked("attempt-dispatched").map(({ purpose, provider }) => `${purpose} ${provider}`);

describe("a 200 in place of an answer", () => {
  const page = "<html>Sign in</html>";
  const overloaded = '{"error":{"message":"overloaded","type":"server_error"}}';

  const answers = new Map([
    [false, wholeAnswer],
    [true, frame("one") + frame("two") + doneFrame],
  ]);
  const instead = [
    ["a page", "text/html; charset=utf-8", page],
    ["a page that says that it is JSON", "application/json", page],
    ["nothing", "application/json", ""],
    ["an error and no more", "application/json", overloaded],
  ] as const;

  it.for([false, true].flatMap((stream) => instead.map((one) => [...one, stream] as const)))(
    "that is %s (%s) is followed by the next target, and goes on as it came where none is left: %s, streamed: %s",
    async ([, contentType, body, stream]) => {
      const script: Script = (sent, response, number) => {
        if (number === 2) return answering(sent, response, number);
        response.writeHead(200, { "content-type": contentType });
        response.write(body.slice(0, 1));
        setImmediate(() => response.end(body.slice(1)));
      };
      const to = ["openai/gpt-5-mini", "second/gpt-5-mini"];
      const made = await start({ script, more: [{ name: "second" }], routes: { support: { to } } });
      expect((await ask(made, { body: chat({ model: "support", stream }) })).body).toBe(answers.get(stream));
      expect(purposes(made)).toEqual(["answer openai", "fallback second"]);
      expect(await ask(made, { body: chat({ stream }) })).toMatchObject({ status: 200, body });
      expect(settledAs(made).at(-1)).toEqual(["failed", 200, true]);
    },
  );

  it("is never seen in a whole answer to a call that wants a stream", async () => {
    const made = await start({
      script: (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end(wholeAnswer),
      direct: { retries: 1 },
    });
    expect((await ask(made, { body: chat({ stream: true }) })).body).toBe(wholeAnswer);
    expect(settledAs(made)).toEqual([["answered", 200, true]]);
  });

  it.for([
    ["chat", chat(), '\n {"choices":[]}'],
    ["responses", '{"model":"gpt-5-mini","input":"x"}', '{"id":"resp_1","object":"response","error":{"code":"x"}}'],
  ])("is never seen in what is one, however odd: %s", async ([path = "", body = "", answer = ""]) => {
    const script: Script = (_, response) =>
      void response.writeHead(200, { "content-type": "application/json" }).end(answer);
    const made = await start({ script, direct: { retries: 1 } });
    const asked = { path: path === "chat" ? "/v1/chat/completions" : "/v1/responses", body };
    expect(await ask(made, asked)).toMatchObject({ status: 200, body: answer });
    expect(made.sent).toHaveLength(1);
  });
});
