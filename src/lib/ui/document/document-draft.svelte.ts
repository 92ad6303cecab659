import { onDestroy } from 'svelte';

export interface SectionState {
  text: string;
  version: number;
  by: string;
  atMs: number;
}
export interface ShownDocument {
  documentId: string;
  kind: string;
  state: 'draft' | 'final' | 'superseded';
  sections: Readonly<Record<string, SectionState>>;
  finalBy: string | null;
  finalAtMs: number | null;
}

export type SaveState = 'saved' | 'typing' | 'saving' | 'failed' | 'conflict';

/** Who types is not interrupted; what stands for a moment is kept. Ours. */
const SAVE_AFTER_MS = 600;
const RETRY_MS = 3_000;

interface Editing {
  text: string;
  basedOn: number;
  state: SaveState;
  /** What somebody else wrote meanwhile. */
  theirs: SectionState | null;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A document that several people write at once: each section is saved by itself, on the version that its writer saw, and never over another's. */
export class DocumentDraft {
  readonly #url: string;
  readonly #kind: string;
  readonly #sections = $state<Record<string, Editing>>({});
  #documentId: string | null;
  #closed = false;

  /** `url` takes `{kind, documentId, section, text, basedOn}`; call while a component is set up. */
  constructor(url: string, kind: string, sectionIds: readonly string[], document: ShownDocument | null) {
    this.#url = url;
    this.#kind = kind;
    this.#documentId = document?.documentId ?? null;
    for (const id of sectionIds) {
      const { text = '', version = 0 } = document?.sections[id] ?? {};
      this.#sections[id] = { text, basedOn: version, state: 'saved', theirs: null, timer: undefined };
    }
    onDestroy(() => this.#close());
  }

  section(id: string): {
    readonly text: string;
    readonly state: SaveState;
    readonly theirs: SectionState | null;
  } {
    return this.#sections[id]!;
  }

  /** False while a word is not safe yet. */
  get allSaved(): boolean {
    return Object.values(this.#sections).every(({ state }) => state === 'saved');
  }

  type(id: string, text: string): void {
    const editing = this.#sections[id]!;
    editing.text = text;
    if (editing.state === 'conflict') return;
    editing.state = 'typing';
    this.#plan(id, SAVE_AFTER_MS);
  }

  /** The document as the hub has it now: what nobody is typing here is taken over. */
  refresh(document: ShownDocument): void {
    this.#documentId = document.documentId;
    for (const [id, section] of Object.entries(document.sections)) {
      const editing = this.#sections[id];
      if (!editing || editing.state !== 'saved' || section.version <= editing.basedOn) continue;
      editing.text = section.text;
      editing.basedOn = section.version;
    }
  }

  /** Decides a conflict: the own text on top of theirs, or theirs alone. */
  resolve(id: string, choice: 'mine' | 'theirs'): void {
    const editing = this.#sections[id]!;
    if (!editing.theirs) return;
    editing.basedOn = editing.theirs.version;
    if (choice === 'theirs') {
      editing.text = editing.theirs.text;
      editing.state = 'saved';
    } else {
      editing.state = 'typing';
      this.#plan(id, 0);
    }
    editing.theirs = null;
  }

  /** Sends what waits, e.g. before the document is concluded. */
  async flush(): Promise<boolean> {
    await Promise.all(
      Object.entries(this.#sections)
        .filter(([, { state }]) => state === 'typing' || state === 'failed')
        .map(([id]) => this.#save(id)),
    );
    return this.allSaved;
  }

  #plan(id: string, afterMs: number): void {
    const editing = this.#sections[id]!;
    clearTimeout(editing.timer);
    editing.timer = setTimeout(() => void this.#save(id), afterMs);
  }

  async #save(id: string): Promise<void> {
    const editing = this.#sections[id]!;
    clearTimeout(editing.timer);
    if (editing.state === 'saving' || editing.state === 'conflict') return;
    const { text, basedOn } = editing;
    editing.state = 'saving';
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind: this.#kind, documentId: this.#documentId, section: id, text, basedOn }),
        signal: AbortSignal.timeout(15_000),
      });
      if (!response.ok) throw new Error(String(response.status));
      const answer = (await response.json()) as
        | { outcome: 'written'; documentId: string; version: number }
        | { outcome: 'conflict'; documentId: string; current: SectionState };
      this.#documentId = answer.documentId;
      if (answer.outcome === 'conflict') {
        editing.theirs = answer.current;
        editing.state = 'conflict';
        return;
      }
      editing.basedOn = answer.version;
      editing.state = 'saved';
    } catch {
      editing.state = 'failed';
      if (!this.#closed) this.#plan(id, RETRY_MS);
      return;
    }
    // More was typed while it was under way.
    if (editing.text !== text && !this.#closed) this.type(id, editing.text);
  }

  #close(): void {
    this.#closed = true;
    // Nothing that was typed is lost by leaving the page.
    for (const [id, { state }] of Object.entries(this.#sections)) {
      if (state === 'typing' || state === 'failed') void this.#save(id);
    }
  }
}
