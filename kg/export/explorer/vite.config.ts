import { defineConfig } from "vitest/config";

// One script and one style sheet under fixed names: kg/export/html.py inlines them into the page.
export default defineConfig({
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    lib: {
      entry: "src/main.ts",
      formats: ["iife"],
      name: "kgExplorer",
      fileName: () => "explorer.js",
      cssFileName: "explorer",
    },
  },
  test: { include: ["tests/*.test.ts"] },
});
