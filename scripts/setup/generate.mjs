// What is generated from the sources and not committed, for tools that are not Vite: type checker, linters, vitest.
import { runCommand } from './command.mjs';
import { logFile, PROJECT } from './paths.mjs';
import { SetupError } from './report.mjs';

const GENERATORS = {
  'svelte-kit-sync': ['node_modules/@sveltejs/kit/svelte-kit.js', 'sync'],
  // The options that vite.config.ts gives, since Vite makes the same files.
  'paraglide-compile': [
    'node_modules/@inlang/paraglide-js/bin/run.js',
    ...['compile', '--silent', '--project', './project.inlang', '--outdir', './src/lib/paraglide'],
    ...['--strategy', 'cookie', 'preferredLanguage', 'baseLocale'],
    ...['--is-server', "import.meta.env?.SSR ?? typeof window === 'undefined'"],
  ],
};

/** @param {string} node */
export async function generateSources(node) {
  for (const [name, args] of Object.entries(GENERATORS)) {
    const log = logFile(name);
    const { ok, tail } = await runCommand(node, args, { log, cwd: PROJECT });
    if (!ok) throw new SetupError(`${name} failed; all of its output is in ${log}\n${tail}`);
  }
  return { outcome: 'types of the routes, texts of the pages' };
}
