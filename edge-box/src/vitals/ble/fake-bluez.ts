import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Message, MessageType, Variant, sessionBus } from '@jellybrick/dbus-next';
import type { MessageBus } from '@jellybrick/dbus-next';

/**
 * The border that cannot be crossed here: no radio. A real D-Bus daemon carries the messages; behind it, BlueZ and a pulse oximeter are
 * played by this.
 */
export const ADDRESS = 'AA:BB:CC:DD:EE:01';
const ADAPTER_PATH = '/org/bluez/hci0';
const DEVICE_PATH = `${ADAPTER_PATH}/dev_AA_BB_CC_DD_EE_01`;
const VALUE_PATH = `${DEVICE_PATH}/service0010/char0011`;

export class FakeBluez {
  #daemon: ChildProcess | undefined;
  #bus: MessageBus | undefined;
  #discovered = false;
  busAddress = '';
  notifying = false;
  disconnects = 0;

  async openBus(): Promise<void> {
    const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#daemon = daemon;
    const [line] = (await once(daemon.stdout, 'data')) as [Buffer];
    this.busAddress = line.toString().trim();
  }

  /** BlueZ appears on the bus; the oximeter is found once somebody searches. */
  async start(): Promise<void> {
    const bus = sessionBus({ busAddress: this.busAddress });
    this.#bus = bus;
    await bus.requestName('org.bluez', 0);
    bus.addMethodHandler((message: Message) => this.#answer(message));
  }

  #reply(message: Message, signature = '', body: Message['body'] = []): boolean {
    this.#bus?.send(Message.newMethodReturn(message, signature, body));
    return true;
  }

  #answer(message: Message): boolean {
    if (message.type !== MessageType.METHOD_CALL) return false;
    switch (message.member) {
      case 'GetManagedObjects':
        return this.#reply(message, 'a{oa{sa{sv}}}', [this.#objects()]);
      case 'StartDiscovery':
        this.#reply(message);
        this.#discovered = true;
        this.#signal('/', 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', 'oa{sa{sv}}', [
          DEVICE_PATH,
          this.#device(),
        ]);
        return true;
      case 'Connect':
        this.#reply(message);
        this.#signal('/', 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', 'oa{sa{sv}}', [
          VALUE_PATH,
          this.#characteristic(),
        ]);
        this.#changed(DEVICE_PATH, 'org.bluez.Device1', { ServicesResolved: new Variant('b', true) });
        return true;
      case 'StartNotify':
        this.notifying = message.path === VALUE_PATH;
        return this.#reply(message);
      case 'Disconnect':
        this.disconnects++;
        return this.#reply(message);
      case 'StopDiscovery':
        return this.#reply(message);
      default:
        return false;
    }
  }

  #device() {
    return {
      'org.bluez.Device1': { Address: new Variant('s', ADDRESS), ServicesResolved: new Variant('b', false) },
    };
  }

  #characteristic() {
    const uuid = '00002A5F-0000-1000-8000-00805F9B34FB';
    return { 'org.bluez.GattCharacteristic1': { UUID: new Variant('s', uuid) } };
  }

  #objects() {
    const adapter = { [ADAPTER_PATH]: { 'org.bluez.Adapter1': { Powered: new Variant('b', true) } } };
    return this.#discovered ? { ...adapter, [DEVICE_PATH]: this.#device() } : adapter;
  }

  #signal(path: string, name: string, member: string, signature: string, body: Message['body']): void {
    this.#bus?.send(Message.newSignal(path, name, member, signature, body));
  }

  #changed(path: string, name: string, properties: Record<string, Variant>): void {
    this.#signal(path, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', [
      name,
      properties,
      [],
    ]);
  }

  notify(...bytes: number[]): void {
    this.#changed(VALUE_PATH, 'org.bluez.GattCharacteristic1', {
      Value: new Variant('ay', Buffer.from(bytes)),
    });
  }

  walkAway(): void {
    this.notifying = false;
    this.#changed(DEVICE_PATH, 'org.bluez.Device1', { Connected: new Variant('b', false) });
  }

  async stop(): Promise<void> {
    this.#bus?.disconnect();
    const daemon = this.#daemon;
    if (!daemon || daemon.exitCode !== null) return;
    const gone = once(daemon, 'exit');
    daemon.kill();
    await gone;
  }
}
