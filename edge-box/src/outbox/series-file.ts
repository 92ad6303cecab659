import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Seal, syncFolder } from './seal.ts';

/** Needs Node.js 24, whose SQLite needs no flag; the box's scripts run that. */
const FILE = 'outbox.db';
const FORMAT = 1;

const SCHEMA = `
  CREATE TABLE series (
    outbox_id TEXT NOT NULL, last_number INTEGER NOT NULL, lost INTEGER NOT NULL, clean INTEGER NOT NULL,
    key_check BLOB NOT NULL, begun TEXT
  ) STRICT;
  CREATE TABLE record (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, box_at_ms REAL NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE aside (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, box_at_ms REAL NOT NULL, reason TEXT NOT NULL, sealed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE loss (
    kind TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, from_ms REAL NOT NULL, until_ms REAL NOT NULL,
    PRIMARY KEY (kind, reason)
  ) STRICT;
  PRAGMA user_version = ${FORMAT};
`;

export interface Series {
  db: DatabaseSync;
  seal: Seal;
  outboxId: string;
  /** The run before this one closed the file. */
  clean: boolean;
  /** Why this series was begun, until its first record says so. */
  begun: Begun | null;
}

export interface Begun {
  because: 'first' | 'damaged' | 'keyMissing';
  previousOutboxId: string | null;
  setAside: string | null;
}

/** Of SQLite: the primary result code; null for any other error. */
export function sqliteCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : null;
}
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
export const isDamage = (error: unknown): boolean =>
  error instanceof DamagedFile || [CORRUPT, NOT_A_DATABASE].includes(sqliteCode(error) ?? 0);

class DamagedFile extends Error {
  readonly because: 'damaged' | 'keyMissing';

  constructor(because: DamagedFile['because'], message: string) {
    super(message);
    this.because = because;
  }
}

/**
 * Opens the series of this folder. One that cannot be read is moved aside, never deleted, and another is begun.
 * @throws what SQLite and the file system say when the disk is full or fails, or another process has it open.
 */
export function openSeries(folder: string, options: { suspect: boolean }): Series {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, FILE);
  if (!existsSync(file))
    return beginSeries(folder, { because: 'first', previousOutboxId: null, setAside: null });
  let db: DatabaseSync | null = null;
  let previousOutboxId: string | null = null;
  try {
    db = openDatabase(file);
    if (isUnborn(db)) {
      // The process died between making the file and filling it.
      db.close();
      return beginSeries(folder, { because: 'first', previousOutboxId: null, setAside: null });
    }
    previousOutboxId = readSeries(db).outboxId;
    if (options.suspect) throw new DamagedFile('damaged', 'found damaged at work');
    return continueSeries(folder, db);
  } catch (error) {
    try {
      db?.close();
    } catch {
      // It is being given up.
    }
    if (!isDamage(error)) throw error;
    return beginSeries(folder, {
      because: error instanceof DamagedFile ? error.because : 'damaged',
      previousOutboxId,
      setAside: moveAside(folder),
    });
  }
}

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    // One process at a time: two writers would give one number to two records.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL');
    db.exec('PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 33554432; PRAGMA trusted_schema = OFF');
    // What was promised to a device must be there after a power cut.
    db.exec('PRAGMA synchronous = FULL');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const isUnborn = (db: DatabaseSync): boolean =>
  Number(db.prepare('PRAGMA user_version').get()?.['user_version']) === 0 &&
  db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0;

function readSeries(db: DatabaseSync) {
  const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version !== FORMAT) throw new DamagedFile('damaged', 'not an outbox of this format');
  const row = db.prepare('SELECT outbox_id, clean, key_check, begun FROM series').get();
  if (!row) throw new DamagedFile('damaged', 'its series is missing');
  return {
    outboxId: String(row['outbox_id']),
    clean: row['clean'] === 1,
    keyCheck: row['key_check'] as Uint8Array,
    begun: row['begun'] === null ? null : (JSON.parse(String(row['begun'])) as Begun),
  };
}

function continueSeries(folder: string, db: DatabaseSync): Series {
  const check = db.prepare('PRAGMA quick_check(1)').get();
  if (check?.['quick_check'] !== 'ok') throw new DamagedFile('damaged', 'SQLite finds it damaged');
  const { outboxId, clean, keyCheck, begun } = readSeries(db);
  const seal = Seal.load(folder);
  if (!seal) throw new DamagedFile('keyMissing', 'its key is missing');
  try {
    seal.open(keyCheck, outboxId);
  } catch {
    throw new DamagedFile('keyMissing', 'it was sealed with another key');
  }
  db.exec('UPDATE series SET clean = 0');
  return { db, seal, outboxId, clean, begun };
}

function beginSeries(folder: string, begun: Begun): Series {
  const seal = Seal.load(folder) ?? Seal.create(folder);
  const db = openDatabase(path.join(folder, FILE));
  try {
    const outboxId = randomBytes(16).toString('base64url');
    db.exec('BEGIN IMMEDIATE');
    db.exec(SCHEMA);
    db.prepare('INSERT INTO series VALUES (?, 0, 0, 0, ?, ?)').run(
      outboxId,
      seal.close(Buffer.from('rui-outbox'), outboxId),
      JSON.stringify(begun),
    );
    db.exec('COMMIT');
    syncFolder(folder);
    return { db, seal, outboxId, clean: true, begun };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** For a person to look at; what can still be read in it has not reached the hub. */
function moveAside(folder: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\..*/g, '');
  const name = `outbox-aside-${stamp}-${randomBytes(3).toString('hex')}.db`;
  for (const suffix of ['', '-wal', '-shm']) {
    const from = path.join(folder, FILE + suffix);
    if (existsSync(from)) renameSync(from, path.join(folder, name + suffix));
  }
  syncFolder(folder);
  return name;
}
