import type { PatientStrip, RoomState, SelfTestResult } from '../../../src/lib/signaling/contract/index.ts';
import type { SpeakerState } from '../talk-back/talk-back.ts';

/** What the box's process tells the page, whole, each time that it changes. */
export interface ScreenState {
  boxName: string;
  version: string;
  /** `awaiting`: a person must give a one-time code. */
  enrolment: 'enrolled' | 'awaiting' | 'refused';
  link: LinkView;
  /** Hub time minus box time. */
  hubOffsetMs: number;
  room: RoomView | null;
  outbox: OutboxView | null;
  /** Whose pictures can be kept for the record. */
  pictures: { slot: string; label: string }[];
  /** How the far end is heard; null without a speaker. */
  speaker: SpeakerState | null;
  privacy: { on: boolean; muted: boolean; mutedByHost: boolean; roomKnows: boolean };
  call: CallView | null;
  selfTest: { running: boolean; result: SelfTestResult | null };
  notices: Notice[];
}

export interface LinkView {
  /** `idle`: the hub is there, nothing is sent. */
  level: 'good' | 'weak' | 'gone' | 'idle';
  sinceMs: number;
  /** Which way carries the media, e.g. `wwan0`; null when unknown. */
  carrier: string | null;
  otherCarriers: number;
  estimateKbps: number | null;
  rttMs: number | null;
  /** Labels of pictures that stand still, and of those that are less clear, so that the rest gets through. */
  held: string[];
  reduced: string[];
}

export interface RoomView {
  roomId: string;
  title: string;
  kind: RoomState['kind'];
  patient: PatientStrip | null;
  /** Nobody is sure who the patient is: everything waits until that is settled. */
  frozen: boolean;
  /** What was confirmed on this box for this patient. */
  confirmed: { laterality: 'left' | 'right' | 'both' | 'none'; atMs: number } | null;
  members: { memberId: string; name: string; role: string; connected: boolean }[];
}

export interface OutboxView {
  waiting: number;
  oldestAtMs: number | null;
  lost: number;
  /** The disk takes nothing more, or fails. */
  failing: boolean;
}

export interface CallView {
  /** `waiting`: for the link; `ringing`: people see it. */
  state: 'waiting' | 'ringing' | 'answered' | 'cancelled' | 'declined' | 'expired';
  by: string | null;
  sinceMs: number;
}

export type Notice =
  | { kind: 'filming' | 'config-trial' | 'config-failed' | 'device-missing' }
  | { kind: 'update'; state: string; version: string };
