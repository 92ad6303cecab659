import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Two projects: `parts` lie beside their source and start what they need themselves; `whole` (test/) drives a built
// hub with a real browser, one file after the other, because two cores decode only so many pictures at once.
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelte()],
        test: {
          name: 'parts',
          environment: 'node',
          globalSetup: ['src/lib/storage/testing/shared-postgres.ts'],
          include: ['src/**/*.test.ts', 'edge-box/src/**/*.test.ts', 'scripts/**/*.test.{ts,mjs}'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'whole',
          environment: 'node',
          globalSetup: ['src/lib/storage/testing/shared-postgres.ts'],
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
