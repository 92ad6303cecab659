import { writeSync } from 'node:fs';
import { setImmediate as soon } from 'node:timers/promises';
import { sendTo } from '../hub-records.ts';
import { Uploader } from '../uploader.ts';
import { openStore, stampAt } from './outbox-folder.ts';

/** A box that records and sends as fast as it can, and says what is kept, until it is killed. */
const [folder, hubUrl, life] = process.argv.slice(2) as [string, string, string];
const store = openStore(folder);
const uploader = new Uploader({
  store,
  token: () => Promise.resolve('token'),
  send: sendTo(hubUrl, () => Infinity),
  mayUseKbps: () => Infinity,
  log: () => undefined,
});
uploader.start();
for (let i = 0; ; i++) {
  const content = `life-${life}-${i}.`;
  const body = Buffer.from(content.repeat(1 + (i % 40)));
  const number = store.append({ kind: 'vitals', stamp: stampAt(i), data: { durationMs: 1 }, body });
  if (number !== null) writeSync(1, `${content}\n`);
  uploader.appended();
  await soon();
}
