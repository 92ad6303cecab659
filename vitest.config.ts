import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const globalSetup = ['src/lib/storage/testing/shared-postgres.ts'];

// Where media are judged by the clock: by a person who measures, by a guard of the hub, or by what is whole again after a failure.
const ALONE = ['test/link/**/*.test.ts', 'test/{consult,leading,recovery,surgery-case}.test.ts'];

// Four projects, two files at a time but for the last. `parts` lie beside their source and start what they need themselves; `hub` talks to whole
// hubs without pages (test/hub), or drives pages without pictures (test/pages); `whole` (the rest of test/) has moving pictures in a real browser;
// `alone` has the machine to itself.
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
          include: ['test/*.test.ts'],
          exclude: ALONE,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'alone',
          environment: 'node',
          globalSetup,
          include: ALONE,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
