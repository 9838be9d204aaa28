import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const messages = paraglideVitePlugin({
  project: "./project.inlang",
  outdir: "./src/i18n/messages",
  strategy: ["globalVariable", "baseLocale"],
});

export default defineConfig({
  plugins: [
    // Tests run after `npm run messages`; the plugin's watcher would keep them from ending. It
    // writes a file for each message, which chunks share; the script one for each language,
    // since tests would have thousands of files to read.
    process.env["VITEST"] ? [] : messages,
    svelte(),
    svelteTesting(),
  ],
  clearScreen: false,
  server: { port: 5183, strictPort: true },
  build: {
    target: "es2022",
    // A font or icon inlined as data: would be refused by the content policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    testTimeout: 30_000,
    // The screens are imported once by each worker; `tests/setup.ts` makes the window new.
    isolate: false,
    // On two cores the default is one worker, and the other core has nothing to do.
    maxWorkers: "100%",
  },
});
