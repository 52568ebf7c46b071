import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The page of the dashboard. vitest has a configuration of its own and does not read this one. */
export default defineConfig({
  root: fileURLToPath(new URL("src/dashboard/page", import.meta.url)),
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("dist/dashboard/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    // Small files would become data: addresses, which the page's policy does not allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
