import type { BoxConfig, BoxReport, SelfTestResult } from '../../../src/lib/signaling/contract/index.ts';
import { HubError } from '../../../src/lib/signaling/contract/index.ts';
import { KeepError } from '../capture/still-keeper.ts';
import type { StillKeeper } from '../capture/still-keeper.ts';
import type { EngineStats } from '../engine/engine.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import type { OutboxStats } from '../outbox/worker-messages.ts';
import type { SpeakerState } from '../talk-back/talk-back.ts';
import type { HubUplink } from '../uplink/hub-uplink.ts';
import { CommandRefused } from './commands.ts';
import type { Command, CommandAnswer } from './commands.ts';
import { HelpCall } from './help-call.ts';
import { judgeLink } from './link.ts';
import type { Privacy } from './privacy.ts';
import { ScreenServer } from './server.ts';
import type { LinkView, Notice, OutboxView, RoomView, ScreenState } from './state.ts';

const LOOK_EVERY_MS = 500;
/** A link that is weak for less is not worth a word: pictures are held for a moment now and then. */
const WEAK_FOR_MS = 2_000;

export interface ScreenParts {
  port: number;
  /** Shown until the hub has said what it calls this box. */
  boxName: string;
  version: string;
  enrolment: { readonly state: 'unenrolled' | 'enrolling' | 'enrolled' | 'refused' };
  uplink: HubUplink;
  privacy: Privacy;
  engineStats(): EngineStats;
  config(): { document: BoxConfig; status: Omit<BoxReport['config'], 'own'> };
  outbox(): OutboxStats | null;
  /** Null without a speaker. */
  speaker(): SpeakerState | null;
  hubOffsetMs(): number;
  selfTest(): Promise<SelfTestResult>;
  stills: Pick<StillKeeper, 'keep'>;
  /** For the record, while the link is thin. */
  isFilming(): boolean;
  log: Log;
}

/** The box's own screen: puts together what the page shows, and does what its buttons ask for. */
export class Screen {
  readonly #parts: ScreenParts;
  readonly #help: HelpCall;
  #server: ScreenServer | null = null;
  #timer: NodeJS.Timeout | undefined;
  #link: LinkView = { ...NO_LINK, sinceMs: Date.now() };
  #weakSinceMs: number | null = null;
  #selfTest: ScreenState['selfTest'] = { running: false, result: null };

  constructor(parts: ScreenParts) {
    this.#parts = parts;
    this.#help = new HelpCall(parts.uplink, parts.log);
    parts.uplink.onCallChanged((call) => this.#help.heard(call));
  }

  /** A box without its screen still streams: a port that is taken is logged, and that is all. */
  async start(): Promise<void> {
    const { port, log } = this.#parts;
    try {
      this.#server = await ScreenServer.start({ port, log, obey: (command) => this.#obey(command) });
      log('info', 'screen', { url: `http://127.0.0.1:${this.#server.port}/` });
    } catch (error) {
      log('error', 'no screen', { reason: reasonOf(error) });
    }
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#server?.close();
  }

  #look(): void {
    this.#help.tick();
    this.#parts.uplink.tellPaused();
    this.#server?.show(this.#state());
  }

  async #obey(command: Command): Promise<CommandAnswer> {
    let answer: CommandAnswer = {};
    switch (command.type) {
      case 'call':
        this.#help.call();
        break;
      case 'cancel-call':
        this.#help.cancel();
        break;
      case 'privacy':
        this.#close({ privacy: command.on });
        break;
      case 'mute':
        this.#close({ muted: command.on });
        break;
      case 'self-test':
        this.#runSelfTest();
        break;
      case 'confirm-patient':
        await this.#confirm(command);
        break;
      case 'keep-picture':
        answer = await this.#keepPicture(command.slot);
        break;
    }
    this.#look();
    return answer;
  }

  async #keepPicture(slot: string): Promise<CommandAnswer> {
    try {
      await this.#parts.stills.keep(slot);
    } catch (error) {
      if (error instanceof KeepError) throw new CommandRefused(`keep-${error.code}`, { cause: error });
      throw error;
    }
    return { waiting: this.#parts.outbox()?.waiting ?? 0 };
  }

  #close(change: { privacy?: boolean; muted?: boolean }): void {
    try {
      this.#parts.privacy.choose(change);
    } catch (error) {
      this.#parts.log('error', 'privacy not kept for the next start', { reason: reasonOf(error) });
    }
    this.#parts.uplink.tellPaused(change.muted === false || change.privacy === false);
  }

  #runSelfTest(): void {
    if (this.#selfTest.running) return;
    this.#selfTest = { running: true, result: null };
    this.#parts
      .selfTest()
      .then((result) => (this.#selfTest = { running: false, result }))
      .catch((error: unknown) => {
        this.#selfTest = { running: false, result: null };
        this.#parts.log('error', 'self-test failed', { reason: reasonOf(error) });
      })
      .finally(() => this.#look());
  }

  async #confirm({ patient, laterality }: Extract<Command, { type: 'confirm-patient' }>): Promise<void> {
    const { uplink } = this.#parts;
    if (uplink.status !== 'online') throw new CommandRefused('offline');
    if (!uplink.served) throw new CommandRefused('no-room');
    try {
      await uplink.confirmPatient({ patient, laterality });
    } catch (error) {
      const code = error instanceof HubError ? error.code : null;
      if (code === 'conflict') throw new CommandRefused('other-patient', { cause: error });
      if (code === 'unavailable' || code === 'timeout') throw new CommandRefused('offline', { cause: error });
      throw new CommandRefused('failed', { cause: error });
    }
  }

  #state(): ScreenState {
    const { boxName, version, enrolment, privacy, uplink } = this.#parts;
    const own = this.#ownFeeds();
    return {
      boxName: uplink.boxName ?? boxName,
      version,
      enrolment:
        enrolment.state === 'enrolled' || enrolment.state === 'refused' ? enrolment.state : 'awaiting',
      link: this.#lookAtLink(),
      hubOffsetMs: Math.round(this.#parts.hubOffsetMs() / 1000) * 1000,
      room: this.#room(),
      outbox: outboxView(this.#parts.outbox()),
      pictures: this.#pictures(),
      speaker: this.#parts.speaker(),
      privacy: {
        on: privacy.choice.privacy,
        muted: privacy.choice.muted,
        mutedByHost: own.some(({ kind, mutedByHost }) => kind === 'audio' && mutedByHost),
        roomKnows:
          uplink.status === 'online' && own.every(({ slot, paused }) => paused || !privacy.isPaused(slot)),
      },
      call: this.#help.view,
      selfTest: this.#selfTest,
      notices: this.#notices(),
    };
  }

  #pictures(): ScreenState['pictures'] {
    const { video } = this.#parts.config().document;
    return video
      .filter(({ streamClass }) => streamClass === 'clinical')
      .map(({ slot, label }) => ({ slot, label: label || slot }));
  }

  #ownFeeds() {
    const { served } = this.#parts.uplink;
    if (!served) return [];
    return Object.values(served.state.feeds).filter(
      ({ memberId, kind }) => memberId === served.memberId && kind !== 'data',
    );
  }

  #lookAtLink(): LinkView {
    const { uplink, privacy } = this.#parts;
    const { video } = this.#parts.config().document;
    const now = judgeLink(uplink.status === 'online', this.#parts.engineStats(), video, (slot) =>
      privacy.isPaused(slot),
    );
    if (now.level !== 'weak') this.#weakSinceMs = null;
    else this.#weakSinceMs ??= Date.now();
    const isPassing = this.#weakSinceMs !== null && Date.now() - this.#weakSinceMs < WEAK_FOR_MS;
    const shown = isPassing && this.#link.level === 'good' ? { ...now, ...CALM } : now;
    const sinceMs = shown.level === this.#link.level ? this.#link.sinceMs : Date.now();
    this.#link = { ...shown, sinceMs };
    return this.#link;
  }

  #room(): RoomView | null {
    const { served } = this.#parts.uplink;
    if (!served) return null;
    const { roomId, title, kind, patient, confirmation, frozenSinceMs, members } = served.state;
    const own = confirmation?.memberId === served.memberId ? confirmation : null;
    return {
      roomId,
      title,
      kind,
      patient,
      frozen: frozenSinceMs !== undefined,
      confirmed: own && { laterality: own.laterality, atMs: own.atMs },
      members: Object.values(members)
        .filter(({ memberId }) => memberId !== served.memberId)
        .map(({ memberId, name, role, connected }) => ({ memberId, name, role, connected })),
    };
  }

  #notices(): Notice[] {
    const { trial, failed } = this.#parts.config().status;
    const notices: Notice[] = [];
    // Whoever is in front of a camera must know.
    if (this.#parts.isFilming()) notices.push({ kind: 'filming' });
    if (trial) notices.push({ kind: 'config-trial' });
    if (failed) notices.push({ kind: 'config-failed' });
    if (this.#parts.engineStats().devices?.some(({ source }) => source === 'device-missing'))
      notices.push({ kind: 'device-missing' });
    const { update } = this.#parts.uplink;
    if (update) notices.push({ kind: 'update', state: update.state, version: update.version });
    return notices;
  }
}

const CALM = { level: 'good', held: [], reduced: [] } as const satisfies Partial<LinkView>;
const NO_LINK = {
  level: 'gone',
  carrier: null,
  otherCarriers: 0,
  estimateKbps: null,
  rttMs: null,
  held: [],
  reduced: [],
} as const satisfies Omit<LinkView, 'sinceMs'>;

function outboxView(stats: OutboxStats | null): OutboxView | null {
  if (!stats) return null;
  const { waiting, oldestAtMs, lost, state } = stats;
  return { waiting, oldestAtMs, lost, failing: state !== 'recording' };
}
