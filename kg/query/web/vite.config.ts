import { defineConfig } from "vite";

// Everything the page needs lies under /assets of the server; nothing comes from elsewhere.
export default defineConfig({
  build: { target: "es2022", outDir: "dist", emptyOutDir: true, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2000 },
});
