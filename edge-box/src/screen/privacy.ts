import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Engine, EngineConfig } from '../engine/engine.ts';

const choiceSchema = z.object({ privacy: z.boolean(), muted: z.boolean() });
export type PrivacyChoice = z.infer<typeof choiceSchema>;

/**
 * What people beside the box have closed: everything that sees or hears (privacy), or the sound alone. Kept on disk: a box that starts again
 * must not open what they closed. Unreadable counts as closed.
 */
export class Privacy {
  readonly #file: string;
  #choice: PrivacyChoice;
  #engine: Engine | null = null;
  #videoSlots: string[] = [];
  #audioSlot: string | null = null;

  constructor(dataDir: string) {
    this.#file = path.join(dataDir, 'privacy.json');
    this.#choice = this.#read();
  }

  #read(): PrivacyChoice {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch {
      return { privacy: false, muted: false };
    }
    try {
      return choiceSchema.parse(JSON.parse(text));
    } catch {
      return { privacy: true, muted: true };
    }
  }

  get choice(): PrivacyChoice {
    return this.#choice;
  }

  /** This engine streams from now on. */
  follow(engine: Engine, { video, audio }: Pick<EngineConfig, 'video' | 'audio'>): void {
    this.#engine = engine;
    this.#videoSlots = video.map(({ slot }) => slot);
    this.#audioSlot = audio?.slot ?? null;
    this.#apply();
  }

  /** Effective at once, then kept. @throws when it cannot be kept; it is effective all the same. */
  choose(change: Partial<PrivacyChoice>): void {
    this.#choice = { ...this.#choice, ...change };
    this.#apply();
    const temporary = `${this.#file}.tmp`;
    writeFileSync(temporary, JSON.stringify(this.#choice), { mode: 0o600 });
    renameSync(temporary, this.#file);
  }

  isPaused(slot: string): boolean {
    const { privacy, muted } = this.#choice;
    return privacy || (muted && slot === this.#audioSlot);
  }

  #apply(): void {
    const slots = [...this.#videoSlots, ...(this.#audioSlot === null ? [] : [this.#audioSlot])];
    for (const slot of slots) this.#engine?.setPaused?.(slot, this.isPaused(slot));
  }
}
