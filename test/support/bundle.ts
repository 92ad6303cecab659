import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** A TypeScript entry with all it imports as one classic script, for a page of a test. */
export async function bundle(entry: URL): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(entry), formats: ['iife'], name: 'page', fileName: 'page' },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!output || !('output' in output)) throw new Error('the page did not build');
  return output.output[0].code;
}
