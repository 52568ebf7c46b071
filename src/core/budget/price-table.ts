import type { ModelPrice, PriceTable, TokenRates } from "./model-price.ts";

/** Compared with Anthropic's published prices on 2026-11-22. */
const ANTHROPIC: PriceTable = {
  "claude-opus-5-5": { input: 4, cacheWrite5m: 5, cacheWrite1h: 8, cacheRead: 0.2, output: 20 },
  // Cache reads were 0.20 before 2026-10-07.
  "claude-sonnet-5-5": {
    input: 2,
    cacheWrite5m: 2.5,
    cacheWrite1h: 4,
    cacheRead: 0.1,
    output: 10,
  },
  "claude-haiku-5-5": {
    input: 0.1,
    cacheWrite5m: 0.125,
    cacheWrite1h: 0.2,
    cacheRead: 0.01,
    output: 0.5,
    longPrompt: {
      aboveTokens: 100_000,
      input: 0.5,
      cacheWrite5m: 0.625,
      cacheWrite1h: 1,
      cacheRead: 0.05,
      output: 2.5,
    },
  },
  "claude-fable-5-1": {
    input: 10,
    cacheWrite5m: 12.5,
    cacheWrite1h: 20,
    cacheRead: 0.25,
    output: 50,
  },
  "claude-opus-5": { input: 5, cacheWrite5m: 6.25, cacheWrite1h: 10, cacheRead: 0.5, output: 25 },
};

/**
 * What two lists of November 2026 say alike that were made from OpenAI's own: not compared with that. The cache costs a
 * quarter more to write since GPT-5.6, and nothing before.
 */
const OPENAI: PriceTable = {
  "gpt-6.2-astra": openai({ input: 8, cacheRead: 0.4, output: 40 }, 1.25),
  "gpt-6.2-sol": openai({ input: 2, cacheRead: 0.1, output: 10 }, 1.25),
  "gpt-6.1-sol": openai({ input: 2, cacheRead: 0.1, output: 10 }, 1.25),
  "gpt-6.1-terra": openai({ input: 1, cacheRead: 0.05, output: 5 }, 1.25),
  "gpt-6-astra": openai({ input: 10, cacheRead: 1, output: 50 }, 1.25),
  "gpt-6-sol": openai({ input: 2, cacheRead: 0.2, output: 10 }, 1.25),
  "gpt-6-luna": openai({ input: 0.1, cacheRead: 0.01, output: 0.5 }, 1.25),
  "gpt-5.6-terra": openai({ input: 2, cacheRead: 0.2, output: 12 }, 1.25),
  "gpt-5.6-luna": openai({ input: 0.2, cacheRead: 0.02, output: 1.2 }, 1.25),
  "gpt-5.5": openai({ input: 5, cacheRead: 0.5, output: 30 }, 1),
  "gpt-5.4": openai({ input: 2.5, cacheRead: 0.25, output: 15 }, 1),
  "gpt-5.4-mini": flat({ input: 0.75, cacheRead: 0.075, output: 4.5 }),
  "gpt-5.4-nano": flat({ input: 0.2, cacheRead: 0.02, output: 1.25 }),
  "gpt-5.3-codex": flat({ input: 1.75, cacheRead: 0.175, output: 14 }),
  "gpt-5.2": flat({ input: 1.75, cacheRead: 0.175, output: 14 }),
};

/** The same of Google's. Models whose price is to change on a date of 2027 are left out. */
const GEMINI: PriceTable = {
  // From 2026-12-01 on; half of it before.
  "gemini-4-argon": flat({ input: 4, cacheRead: 0.2, output: 20 }),
  "gemini-4-neon": flat({ input: 3, cacheRead: 0.15, output: 15 }),
  "gemini-4-hydrogen": flat({ input: 1.5, cacheRead: 0.075, output: 7.5 }),
  "gemini-3.5-flash": flat({ input: 1.5, cacheRead: 0.15, output: 9 }),
  "gemini-3.1-pro-preview": {
    ...flat({ input: 2, cacheRead: 0.2, output: 12 }),
    longPrompt: { aboveTokens: 200_000, ...flat({ input: 4, cacheRead: 0.4, output: 18 }) },
  },
  "gemini-2.5-pro": {
    ...flat({ input: 1.25, cacheRead: 0.125, output: 10 }),
    longPrompt: { aboveTokens: 200_000, ...flat({ input: 2.5, cacheRead: 0.25, output: 15 }) },
  },
};

/** Prices age, so the config may override each. */
export const PRICES: PriceTable = { ...ANTHROPIC, ...OPENAI, ...GEMINI };

type Rates = Pick<TokenRates, "input" | "cacheRead" | "output">;

/** Where writing to the cache costs what input costs. */
function flat({ input, cacheRead, output }: Rates): TokenRates {
  return { input, cacheWrite5m: input, cacheWrite1h: input, cacheRead, output };
}

/** Longer prompts than that cost twice as much, and their answers one and a half times. */
function openai({ input, cacheRead, output }: Rates, writeFactor: number): ModelPrice {
  const cacheWrite = input * writeFactor;
  const short = { input, cacheWrite5m: cacheWrite, cacheWrite1h: cacheWrite, cacheRead, output };
  return {
    ...short,
    longPrompt: {
      aboveTokens: 272_000,
      input: input * 2,
      cacheWrite5m: cacheWrite * 2,
      cacheWrite1h: cacheWrite * 2,
      cacheRead: cacheRead * 2,
      output: output * 1.5,
    },
  };
}
