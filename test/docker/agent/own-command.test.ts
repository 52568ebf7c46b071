import { expect, it } from "vitest";
import { openaiChatForm } from "../../models/openai-chat.ts";
import { ScriptedModel } from "../../models/scripted-model.ts";
import { commandProject, openCommandRun } from "./scripted-command.ts";

const KEY = "sk-own-0123456789abcdef";
/** An agent from the docs alone: it asks once, writes the answer to the file, and says what it did. */
const AGENT = `import json, os, sys, urllib.request
body = {"model": os.environ["MODEL"], "max_tokens": 1000, "stream": True,
        "messages": [{"role": "user", "content": sys.argv[1]}]}
request = urllib.request.Request(os.environ["URL"] + "/v1/chat/completions", json.dumps(body).encode(),
    {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/json"})
text = ""
for line in urllib.request.urlopen(request):
    if line.startswith(b"data: {"):
        for choice in json.loads(line[6:])["choices"]:
            text += choice["delta"].get("content") or ""
open("src/size", "w").write(text + "\\n")
print("Wrote " + text)
`;

it("runs a command of the user's own, from the docs alone", async () => {
  await using model = await ScriptedModel.start(openaiChatForm, {
    key: KEY,
    model: "my-model",
    script: () => ({ kind: "text", text: "80" }),
  });
  const agent = `
  kind: command
  api: openai-chat
  model: my-model
  run: ["python3", "/workspace/agent.py", "$PROMPT"]
  env: { MODEL: $MODEL, URL: $URL, TOKEN: $TOKEN }`;
  await using run = await openCommandRun(
    { ...commandProject(agent, 1), "agent.py": AGENT },
    { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${model.url}/v1` },
  );
  const { nodes } = await run.grow("new");
  expect(nodes[1]).toMatchObject({
    verdict: "improved",
    description: "Wrote 80",
    metrics: { cost: 80 },
  });
  expect(nodes[1]?.usage.tokens).toBe(model.billedTokens);
  expect(model.refusals).toEqual([]);
});
