interface Reading<Value> {
  now: Promise<Value>;
  next: Promise<Value> | null;
}

/**
 * Many who ask for the same at once are one question to the database: whoever comes while it is being read gets the next answer, which is read
 * as soon as that one is there. So nobody is told what was true before they asked.
 */
export class SharedReads<Key, Value> {
  readonly #read: (key: Key) => Promise<Value>;
  readonly #readings = new Map<Key, Reading<Value>>();

  constructor(read: (key: Key) => Promise<Value>) {
    this.#read = read;
  }

  ask(key: Key): Promise<Value> {
    const reading = this.#readings.get(key);
    if (!reading) return this.#begin(key);
    const begin = () => this.#begin(key);
    reading.next ??= reading.now.then(begin, begin);
    return reading.next;
  }

  #begin(key: Key): Promise<Value> {
    const reading: Reading<Value> = { now: this.#read(key), next: null };
    this.#readings.set(key, reading);
    const over = () => void (reading.next ?? this.#readings.delete(key));
    reading.now.then(over, over);
    return reading.now;
  }
}
