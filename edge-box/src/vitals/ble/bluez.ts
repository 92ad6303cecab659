import type { EventEmitter } from 'node:events';
import { Message, MessageType, sessionBus, systemBus } from '@jellybrick/dbus-next';
import type { MessageBus } from '@jellybrick/dbus-next';

/** What is used of BlueZ, the Bluetooth service of Linux, over D-Bus (org.bluez Adapter1, Device1, GattCharacteristic1). */
const BLUEZ = 'org.bluez';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';
const ADAPTER = 'org.bluez.Adapter1';
const DEVICE = 'org.bluez.Device1';
const CHARACTERISTIC = 'org.bluez.GattCharacteristic1';

type Variant = { signature: string; value: unknown };
type Properties = Record<string, Variant | undefined>;
type Interfaces = Record<string, Properties | undefined>;

export class BluezError extends Error {
  override readonly name = 'BluezError';
  readonly code: 'bluetooth-absent' | 'device-missing' | 'cannot-connect' | 'no-known-service';

  constructor(code: BluezError['code']) {
    super(code);
    this.code = code;
  }
}

export interface BluezEvents {
  value(uuid: string, bytes: Uint8Array): void;
  /** The device or the bus is gone. */
  gone(): void;
}

export interface BluezOptions {
  address: string;
  /** Characteristics to be told of. */
  uuids: readonly string[];
  /** Another bus than the machine's (tests). */
  busAddress?: string;
  /** How long a device may take to be seen, and to show its services. */
  patienceMs: number;
}

/** One connected device whose values are told. */
export class BluezDevice {
  readonly #bus: MessageBus;
  readonly #options: BluezOptions;
  readonly #events: BluezEvents;
  readonly #objects = new Map<string, Interfaces>();
  #waiting: (() => void)[] = [];
  readonly #ended = Promise.withResolvers<never>();
  #opened = false;
  #closed = false;
  #path = '';

  /** @throws {BluezError} */
  static async connect(options: BluezOptions, events: BluezEvents): Promise<BluezDevice> {
    const { busAddress } = options;
    const bus = busAddress === undefined ? systemBus() : sessionBus({ busAddress });
    const device = new BluezDevice(bus, options, events);
    try {
      await device.#open();
      device.#opened = true;
      return device;
    } catch (error) {
      device.#disconnect();
      throw error instanceof BluezError ? error : new BluezError('cannot-connect');
    }
  }

  private constructor(bus: MessageBus, options: BluezOptions, events: BluezEvents) {
    this.#bus = bus;
    this.#options = options;
    this.#events = events;
    this.#ended.promise.catch(() => undefined);
    // Before the first call, because a bus that is not there says so by this event only.
    const emitter: EventEmitter = bus;
    emitter.on('error', () => this.#lost());
    bus.on('message', (message: Message) => this.#onSignal(message));
  }

  async #open(): Promise<void> {
    for (const rule of [`sender='${BLUEZ}'`, `interface='org.freedesktop.DBus',member='NameOwnerChanged'`]) {
      await this.#call(
        'org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        'org.freedesktop.DBus',
        'AddMatch',
        's',
        [`type='signal',${rule}`],
      ).catch(() => {
        throw new BluezError('bluetooth-absent');
      });
    }
    const [objects] = await this.#call(BLUEZ, '/', OBJECT_MANAGER, 'GetManagedObjects').catch(() => {
      throw new BluezError('bluetooth-absent');
    });
    for (const [path, interfaces] of Object.entries(objects as Record<string, Interfaces>)) {
      this.#objects.set(path, interfaces);
    }
    const adapter = this.#find(ADAPTER, () => true);
    if (adapter === undefined) throw new BluezError('bluetooth-absent');
    this.#path = this.#device() ?? (await this.#discover(adapter));
    await this.#call(BLUEZ, this.#path, DEVICE, 'Connect');
    const isResolved = (): boolean =>
      this.#objects.get(this.#path)?.[DEVICE]?.ServicesResolved?.value === true;
    if (!(await this.#until(isResolved))) throw new BluezError('cannot-connect');
    let told = 0;
    for (const path of this.#characteristics()) {
      await this.#call(BLUEZ, path, CHARACTERISTIC, 'StartNotify');
      told++;
    }
    if (told === 0) throw new BluezError('no-known-service');
  }

  #find(name: string, test: (properties: Properties) => boolean): string | undefined {
    for (const [path, interfaces] of this.#objects) {
      const properties = interfaces[name];
      if (properties && test(properties)) return path;
    }
    return undefined;
  }

  #device(): string | undefined {
    return this.#find(DEVICE, ({ Address }) => Address?.value === this.#options.address);
  }

  async #discover(adapter: string): Promise<string> {
    await this.#call(BLUEZ, adapter, ADAPTER, 'StartDiscovery');
    const isSeen = await this.#until(() => this.#device() !== undefined);
    await this.#call(BLUEZ, adapter, ADAPTER, 'StopDiscovery').catch(() => undefined);
    const path = this.#device();
    if (!isSeen || path === undefined) throw new BluezError('device-missing');
    return path;
  }

  #characteristics(): string[] {
    return [...this.#objects]
      .filter(([path, interfaces]) => {
        const uuid = interfaces[CHARACTERISTIC]?.UUID?.value;
        return path.startsWith(`${this.#path}/`) && this.#options.uuids.includes(String(uuid).toLowerCase());
      })
      .map(([path]) => path);
  }

  /** Waits for what signals will make true; false when it took too long. */
  async #until(test: () => boolean): Promise<boolean> {
    const deadline = AbortSignal.timeout(this.#options.patienceMs);
    while (!test() && !deadline.aborted && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return test();
  }

  #onSignal({ type, path = '', interface: sender, member, body }: Message): void {
    if (type !== MessageType.SIGNAL) return;
    if (sender === PROPERTIES && member === 'PropertiesChanged') {
      this.#onChange(path, body[0] as string, body[1] as Properties);
    } else if (sender === OBJECT_MANAGER && member === 'InterfacesAdded') {
      const [added, interfaces] = body as [string, Interfaces];
      this.#objects.set(added, { ...this.#objects.get(added), ...interfaces });
    } else if (sender === OBJECT_MANAGER && member === 'InterfacesRemoved') {
      if (body[0] === this.#path && (body[1] as string[]).includes(DEVICE)) this.#lost();
    } else if (member === 'NameOwnerChanged' && body[0] === BLUEZ && body[2] === '') {
      this.#lost();
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #onChange(path: string, name: string, changed: Properties): void {
    const interfaces = this.#objects.get(path) ?? {};
    interfaces[name] = { ...interfaces[name], ...changed };
    this.#objects.set(path, interfaces);
    if (name === DEVICE && path === this.#path && changed.Connected?.value === false) this.#lost();
    const bytes = changed.Value?.value;
    const uuid = interfaces[CHARACTERISTIC]?.UUID?.value;
    if (name === CHARACTERISTIC && typeof uuid === 'string' && bytes instanceof Uint8Array) {
      this.#events.value(uuid.toLowerCase(), bytes);
    }
  }

  async #call(
    destination: string,
    path: string,
    name: string,
    member: string,
    signature = '',
    body: unknown[] = [],
  ): Promise<unknown[]> {
    const message = new Message({ destination, path, interface: name, member, signature, body });
    const limit = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new BluezError('cannot-connect')), this.#options.patienceMs).unref();
    });
    const reply = await Promise.race([this.#bus.call(message), limit, this.#ended.promise]);
    return reply?.body ?? [];
  }

  #lost(): void {
    if (this.#closed) return;
    this.#disconnect();
    if (this.#opened) this.#events.gone();
  }

  #disconnect(): void {
    this.#closed = true;
    this.#ended.reject(new BluezError('cannot-connect'));
    for (const wake of this.#waiting.splice(0)) wake();
    this.#bus.disconnect();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#call(BLUEZ, this.#path, DEVICE, 'Disconnect').catch(() => undefined);
    this.#disconnect();
  }
}
