import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BoxClock } from '../../clock.ts';
import { KeptVitals } from '../testing.ts';
import { BleSource } from './ble-source.ts';
import { ADDRESS, FakeBluez } from './fake-bluez.ts';

let bluez: FakeBluez;
let source: BleSource;
let kept: KeptVitals;

beforeEach(async () => {
  kept = new KeptVitals();
  bluez = new FakeBluez();
  await bluez.openBus();
});
afterEach(async () => {
  await source.stop();
  await bluez.stop();
});

function begin(busAddress: string, address = ADDRESS): void {
  const options = { busAddress, patienceMs: 1_000 };
  source = new BleSource({ kind: 'ble', id: 'oximeter', address }, new BoxClock(), options);
  source.start(kept);
}

it('finds a pulse oximeter, hears it, and finds it again after it was out of reach', async () => {
  await bluez.start();
  begin(bluez.busAddress);
  await vi.waitFor(() => expect(bluez.notifying).toBe(true), { timeout: 10_000 });
  bluez.notify(0x00, 97, 0, 72, 0);
  await vi.waitFor(() => expect(kept.values('spo2')).toEqual([97]));
  expect(kept.values('pulse-rate')).toEqual([72]);
  expect(source.state).toBe('ok');
  bluez.notify(0x00, 97);
  bluez.notify(0x08, 97, 0, 72, 0, 0x00, 0x08, 0x00);
  await vi.waitFor(() => expect(kept.measurements.at(-1)?.quality).toBe('lead-off'));
  expect(kept.rejections).toEqual(['garbage']);
  bluez.walkAway();
  await vi.waitFor(() => expect(source).toMatchObject({ state: 'absent', detail: 'device-missing' }));
  await vi.waitFor(() => expect(bluez.notifying).toBe(true), { timeout: 10_000 });
  bluez.notify(0x00, 96, 0, 70, 0);
  await vi.waitFor(() => expect(kept.values('spo2').at(-1)).toBe(96));
  await source.stop();
  expect(bluez.disconnects).toBe(1);
});

it('says when the device is not there', async () => {
  await bluez.start();
  begin(bluez.busAddress, 'AA:BB:CC:DD:EE:99');
  await vi.waitFor(() => expect(source).toMatchObject({ state: 'absent', detail: 'device-missing' }), {
    timeout: 10_000,
  });
});

it.each([
  ['no BlueZ on the bus', () => bluez.busAddress],
  ['no bus at all', () => 'unix:path=/nowhere/at/all'],
])('says that Bluetooth is absent: %s', async (_, address) => {
  begin(address());
  await vi.waitFor(() => expect(source).toMatchObject({ state: 'absent', detail: 'bluetooth-absent' }), {
    timeout: 10_000,
  });
});
