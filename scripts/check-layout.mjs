#!/usr/bin/env node
// Part of `npm run check`: layers, circles, folders and names of src/. docs/architecture.md is the map.

import { fileURLToPath } from "node:url";
import { layoutProblems } from "./layout/layout.mjs";

const problems = layoutProblems(fileURLToPath(new URL("..", import.meta.url)));
for (const problem of problems) console.error(`layout: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
