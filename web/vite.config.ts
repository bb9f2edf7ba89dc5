import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { compressed } from './build/compressed.ts';
import { lands } from './build/lands.ts';

// `npm run dev` shows the page against a running server: QUIETZONE_URL names it.
const server = process.env.QUIETZONE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/app/',
  plugins: [lands(), svelte(), compressed()],
  build: {
    target: 'es2022',
    // Everything is a file of our own origin: nothing inline, so the page runs under a strict content policy.
    assetsInlineLimit: 0,
    // Fine coasts are one large file, loaded when somebody looks at a map from near.
    chunkSizeWarningLimit: 800,
    modulePreload: { polyfill: false },
    // The words of a page are loaded with that page, not with the first.
    rolldownOptions: { treeshake: { moduleSideEffects: (id) => !id.includes('/src/messages/') } },
  },
  // Writes must seem to come from the server's own pages.
  server: { proxy: { '/v1': { target: server, changeOrigin: true, headers: { origin: server } } } },
  // No test is about time: what is slow on a busy machine is not wrong.
  test: { include: ['src/**/*.test.ts'], environment: 'node', testTimeout: 120_000, hookTimeout: 120_000 },
});
