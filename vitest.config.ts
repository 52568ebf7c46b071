import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/docker/**", "test/**/*.docker.test.ts", "test/**/*.page.test.ts"],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "page",
          include: ["test/**/*.page.test.ts"],
          // Chromium starts slowly beside other tests.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "docker",
          include: ["test/docker/**/*.test.ts", "test/attacks/**/*.docker.test.ts"],
          globalSetup: ["test/docker/engine.ts"],
          setupFiles: ["test/docker/own-queue.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          // Of two cores: most of a file's time goes by in waiting for containers to start and end.
          maxWorkers: 3,
          // After the unit tests: figures that tests read off containers come from a machine that does nothing else.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
