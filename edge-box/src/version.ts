import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { releaseVersionSchema } from '../../src/lib/signaling/contract/index.ts';

const packageFile = new URL('../package.json', import.meta.url);

/** The release that this code is; a package carries its own. */
export const VERSION = z
  .object({ version: releaseVersionSchema })
  .parse(JSON.parse(readFileSync(packageFile, 'utf8'))).version;
