import { readFileSync } from "node:fs";

// Runs in an agent's container: `loopty-node TOOL [JSON]`, also with the JSON on standard input as `-`. It asks loopty,
// prints the answer, and exits with 1 where the tool failed.

const [tool = "", given = "{}"] = process.argv.slice(2);
const { LOOPTY_URL: url, LOOPTY_TOKEN: token } = process.env;
const response = await fetch(`${url}/loopty/${encodeURIComponent(tool)}`, {
  method: "POST",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: given === "-" ? readFileSync(0) : given,
});
process.stdout.write(`${await response.text()}\n`);
process.exitCode = response.ok ? 0 : 1;
