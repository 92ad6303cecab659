import { parseArgs } from 'node:util';
import { SetupError } from './report.mjs';

const USAGE = `npm start [-- options]
  --host [address]  serve the network, by https (all addresses unless one is given); else only this machine, by http
  --no-install      install nothing; say what is missing
Settings are environment variables: see docs/running.md.`;

/** @param {string[]} args @returns {{ mayInstall: boolean, host?: string, help?: string }} */
export function startOptions(args) {
  // parseArgs knows no option with an optional value, so a bare --host gets its value here.
  const given = args.map((arg, index) => {
    const next = args[index + 1];
    return arg === '--host' && (next === undefined || next.startsWith('-')) ? '--host=0.0.0.0' : arg;
  });
  try {
    const { values } = parseArgs({
      args: given,
      options: { host: { type: 'string' }, 'no-install': { type: 'boolean' }, help: { type: 'boolean' } },
    });
    return { mayInstall: !values['no-install'], host: values.host, help: values.help ? USAGE : undefined };
  } catch (error) {
    throw new SetupError(`${/** @type {Error} */ (error).message}\n${USAGE}`);
  }
}

/** For the other scripts: our one option out, the rest for the tool. @param {string[]} args */
export function toolOptions(args) {
  return { mayInstall: !args.includes('--no-install'), rest: args.filter((arg) => arg !== '--no-install') };
}
