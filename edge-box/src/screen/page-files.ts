import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

const PAGE = new URL('./page/', import.meta.url);
const SCRIPTS = ['main.ts', 'view.ts', 'words.ts'];
const JAVASCRIPT = 'text/javascript; charset=utf-8';

/** The page's files by address, ready for a browser: types are taken out here as Node does it for ours, so nothing has to be built. */
export function loadPage(token: string): Map<string, { type: string; body: string }> {
  const read = (name: string): string => readFileSync(new URL(name, PAGE), 'utf8');
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: read('index.html').replace('%TOKEN%', token) }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: read('style.css') }],
    ...SCRIPTS.map(
      (name) => [`/${name}`, { type: JAVASCRIPT, body: stripTypeScriptTypes(read(name)) }] as const,
    ),
  ]);
}
