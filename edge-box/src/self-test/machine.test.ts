import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { freeDiskBytes, isHubReachable } from './machine.ts';

it('knows what is left of the disk', async () => {
  expect(await freeDiskBytes(os.tmpdir())).toBeGreaterThan(0);
  await expect(freeDiskBytes('/nowhere/at/all')).rejects.toThrow();
});

it('knows whether the hub answers', async () => {
  let status = 200;
  const hub = createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? status : 404).end('ok');
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  onTestFinished(() => void hub.close());
  expect(await isHubReachable(url)).toBe(true);
  status = 503;
  expect(await isHubReachable(url)).toBe(false);
  hub.closeAllConnections();
  await new Promise((resolve) => hub.close(resolve));
  expect(await isHubReachable(url)).toBe(false);
});
