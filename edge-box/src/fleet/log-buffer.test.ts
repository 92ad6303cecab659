import { expect, it } from 'vitest';
import { LogBuffer } from './log-buffer.ts';

it('remembers what it logs, oldest first, within its size', () => {
  const seen: string[] = [];
  const buffer = new LogBuffer(2_000);
  const log = buffer.remembering((_, message) => seen.push(message));
  for (let i = 0; i < 200; i++) log('info', `line ${i}`, { i });
  expect(seen.length).toBe(200);
  const lines = buffer.text().trimEnd().split('\n');
  expect(Buffer.byteLength(buffer.text())).toBeLessThanOrEqual(2_000);
  expect(lines.length).toBeGreaterThan(10);
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ level: 'info', msg: 'line 199', i: 199 });
});

it('gives away no secret, wherever it stands', () => {
  const buffer = new LogBuffer(10_000);
  const log = buffer.remembering(() => undefined);
  log('error', 'cannot open rtsp://admin:hunter2@10.0.0.5/live', {
    reason: 'GET http://hub/x?token=hunter2&a=1 with Bearer hunter2',
    enrolCode: 'hunter2',
    nested: { privateKey: 'hunter2', list: ['rtsp://u:hunter2@h/'] },
    maskedName: 'hunter2',
  });
  expect(buffer.text()).not.toContain('hunter2');
  expect(buffer.text()).toContain('10.0.0.5/live');
});
