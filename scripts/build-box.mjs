// npm run build:box -- --out <folder>: the box, whole, in one folder. With --sign-key also packed and signed for hubs to hand out.
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { buildBox } from './box/build.mjs';
import { publicKeyOf, readKey, signBox } from './box/sign.mjs';

const USAGE = `npm run build:box -- --out <folder> [--version 1.2.3]
                  [--sign-key <pem> --packages <folder> [--channel stable|beta] [--min-version 0.0.0] [--valid-days 365]]
npm run build:box -- --new-key <pem>`;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    version: { type: 'string' },
    'sign-key': { type: 'string' },
    packages: { type: 'string' },
    channel: { type: 'string', default: 'stable' },
    'min-version': { type: 'string', default: '0.0.0' },
    'valid-days': { type: 'string', default: '365' },
    'new-key': { type: 'string' },
  },
});

if (values['new-key']) {
  const { privateKey } = generateKeyPairSync('ed25519');
  // Never over another one: boxes that trust it could not be updated any more.
  fs.writeFileSync(values['new-key'], privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flag: 'wx',
  });
  console.log(`UPDATE_PUBLIC_KEY=${publicKeyOf(privateKey)}`);
} else if (values.out) {
  const built = path.resolve(values.out);
  const { version } = buildBox(built, { version: values.version });
  console.log(`${built}: box ${version}`);
  if (values['sign-key'] && values.packages) {
    const manifest = signBox({
      built,
      out: path.resolve(values.packages),
      key: readKey(values['sign-key']),
      version,
      channel: values.channel,
      minVersion: values['min-version'],
      validDays: Number(values['valid-days']),
    });
    console.log(JSON.stringify(manifest));
  }
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
