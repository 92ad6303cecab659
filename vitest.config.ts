import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const globalSetup = ['src/lib/storage/testing/shared-postgres.ts'];

// Three projects. `parts` lie beside their source and start what they need themselves; `hub` talks to whole hubs without pages (test/hub), or
// drives pages without pictures (test/pages); both go two files at a time. `whole` (the rest of test/) has moving pictures in a real browser or
// measures links, one file after the other, because two cores decode only so many pictures at once.
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelte()],
        test: {
          name: 'parts',
          environment: 'node',
          globalSetup,
          include: ['src/**/*.test.ts', 'edge-box/src/**/*.test.ts', 'scripts/**/*.test.{ts,mjs}'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'hub',
          environment: 'node',
          globalSetup,
          include: ['test/hub/**/*.test.ts', 'test/pages/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'whole',
          environment: 'node',
          globalSetup,
          include: ['test/**/*.test.ts'],
          exclude: ['test/hub/**', 'test/pages/**', 'node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
