import { boxConfigSchema, type BoxConfig } from '../../signaling/contract/index.ts';
import { m } from '../../paraglide/messages.js';

/** A source while it is being edited: of a kind, and perhaps not whole yet. */
export type DraftSource = { kind: string } & Record<string, unknown>;

/** A configuration while it is being edited. */
export interface ConfigDraft {
  video: {
    slot: string;
    label: string;
    streamClass: string;
    modality: string;
    laterality: string;
    recordWhenThin: boolean;
    minBitrateKbps: number | null;
    maxBitrateKbps: number | null;
    source: DraftSource;
  }[];
  audio: { on: boolean; slot: string; label: string; bitrateKbps: number | null; source: DraftSource };
  vitals: { on: boolean; slot: string; sources: DraftSource[] };
  talkBack: DraftSource;
  updateChannel: string;
}

export function draftOf(config: BoxConfig): ConfigDraft {
  const { audio } = config;
  // A copy: what is edited must not change what is shown elsewhere.
  return structuredClone({
    video: config.video.map(({ modality, laterality, recordWhenThin, ...feed }) => ({
      ...feed,
      modality: modality ?? '',
      laterality: laterality ?? '',
      recordWhenThin: recordWhenThin ?? false,
    })),
    audio: {
      on: audio !== null,
      slot: audio?.slot ?? 'sound',
      label: audio?.label ?? '',
      bitrateKbps: audio?.bitrateKbps ?? 48,
      source: audio?.source ?? { kind: 'heart-sound' },
    },
    vitals: {
      on: config.vitalsSlot !== null,
      slot: config.vitalsSlot ?? 'vitals',
      sources: config.vitalsSources ?? [],
    },
    talkBack: config.talkBack ?? { kind: 'none' },
    updateChannel: config.updateChannel,
  });
}

/** What the contract is asked to judge: fields that were left empty are not there. */
export function documentOf({ video, audio, vitals, talkBack, updateChannel }: ConfigDraft): unknown {
  const { on, ...sound } = audio;
  return {
    // A label may be empty; everything else that is empty was not given.
    video: video.map(({ label, ...feed }) => ({ label, ...(given(feed) as object) })),
    audio: on ? { label: sound.label, ...(given(sound) as object) } : null,
    vitalsSlot: vitals.on ? vitals.slot : null,
    ...(vitals.on && vitals.sources.length > 0 && { vitalsSources: vitals.sources.map(given) }),
    ...(talkBack.kind !== 'none' && { talkBack: given(talkBack) }),
    updateChannel,
  };
}

function given(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== '' && each !== null && each !== undefined && each !== false)
      .map(([name, each]) => [name, given(each)]),
  );
}

/** What is wrong, in words, by the path of the field: `video.0.source.width`. Empty when nothing is. */
export function issuesOf(document: unknown): Record<string, string> {
  const { error } = boxConfigSchema.safeParse(document);
  const issues: Record<string, string> = {};
  for (const issue of error?.issues ?? []) issues[issue.path.join('.')] ??= issueText(issue);
  return issues;
}

/** The contract's own sentences are for developers; these name the few things that happen in this form. */
const SENTENCES: Record<string, () => string> = {
  'two feeds have the same slot': m.issue_slots,
  'two sources have the same id': m.issue_slots,
  'minBitrateKbps is above maxBitrateKbps': m.issue_min_above_max,
  'user and password have fields of their own': m.issue_credentials,
};

function issueText(issue: {
  code?: string | undefined;
  message: string;
  minimum?: unknown;
  maximum?: unknown;
  input?: unknown;
}): string {
  const known = SENTENCES[issue.message];
  if (known) return known();
  if (issue.code === 'too_small') return m.issue_too_small({ limit: String(issue.minimum) });
  if (issue.code === 'too_big') return m.issue_too_big({ limit: String(issue.maximum) });
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return m.issue_missing();
  return m.issue_invalid();
}
