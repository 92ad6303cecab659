import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import type { Server } from 'node:http';
import { defineConfig, type Plugin } from 'vite';
import type * as HubModule from './src/main.ts';

/** `npm run dev`: the hub lives in Vite's own process, so pages and sockets meet the same instance. */
function hubInDevelopment(): Plugin {
  return {
    name: 'rui-hub',
    apply: 'serve',
    async configureServer(server) {
      if (!server.httpServer || process.env['VITEST']) return;
      // Loaded by Node itself, not through Vite: a second, transformed instance would be another hub. Named so that
      // Vite does not see it either, or it would bundle the hub into this file and restart at every change to it.
      const hubModule = new URL('./src/main.ts', import.meta.url).href;
      const { startDevelopmentHub } = (await import(hubModule)) as typeof HubModule;
      const stop = await startDevelopmentHub(server.httpServer as Server);
      server.httpServer.once('close', () => void stop());
    },
  };
}

/** As many pages share what every page then loads in one file; by itself each little part was a file: 94 requests for the home page. */
const SHARED_BY_PAGES = 6;

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
    }),
    sveltekit(),
    hubInDevelopment(),
  ],
  ...(!isSsrBuild && {
    build: {
      rolldownOptions: {
        output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: SHARED_BY_PAGES }] } },
      },
    },
  }),
}));
