import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Where media are judged by the clock: by a person who measures, by a guard of the hub, or by what is whole again after a failure.
const ALONE = ['test/link/**/*.test.ts', 'test/{consult,leading,recovery,surgery-case}.test.ts'];

// The browser without its windows: its pages open in less time and with less of the cores. `alone` keeps the browser that people have.
const QUICK_BROWSER = { CHROMIUM_BIN: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium-headless-shell' };

// Five projects, two files at a time but for the last. `parts` and `box` lie beside their source and start what they need themselves; `hub` talks
// to whole hubs without pages (test/hub), or drives pages without pictures (test/pages); `whole` (the rest of test/) has moving pictures in a real
// browser; `alone` has the machine to itself.
export default defineConfig({
  test: {
    // Once for all projects.
    globalSetup: ['src/lib/storage/testing/shared-postgres.ts'],
    projects: [
      {
        plugins: [svelte()],
        test: {
          name: 'parts',
          environment: 'node',
          include: ['src/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          // What a hub imports is loaded once a worker, not once a file: a third of the time.
          isolate: false,
        },
      },
      {
        test: {
          name: 'box',
          environment: 'node',
          // Each file in a process of its own: native encoders and data channels do not survive what another file left of them.
          include: ['edge-box/src/**/*.test.ts', 'scripts/**/*.test.{ts,mjs}'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'hub',
          environment: 'node',
          include: ['test/hub/**/*.test.ts', 'test/pages/**/*.test.ts'],
          env: QUICK_BROWSER,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'whole',
          environment: 'node',
          include: ['test/*.test.ts'],
          exclude: ALONE,
          env: QUICK_BROWSER,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'alone',
          environment: 'node',
          include: ALONE,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
