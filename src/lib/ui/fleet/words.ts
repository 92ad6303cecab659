import { m } from '../../paraglide/messages.js';
import type { BoxState, BoxTrouble, ConfigVersion } from '../../fleet/index.ts';
import type { BoxReport } from '../../signaling/contract/index.ts';

type Tone = 'ok' | 'active' | 'caution' | 'neutral';

const STATE: Record<BoxState['state'], { tone: Tone; word: () => string }> = {
  ready: { tone: 'ok', word: m.fleet_state_ready },
  busy: { tone: 'active', word: m.fleet_state_busy },
  care: { tone: 'caution', word: m.fleet_state_care },
  offline: { tone: 'neutral', word: m.fleet_state_offline },
  awaiting: { tone: 'neutral', word: m.boxes_awaiting },
  revoked: { tone: 'neutral', word: m.boxes_revoked },
};
export const stateWord = (state: BoxState['state']): { tone: Tone; word: string } => ({
  tone: STATE[state].tone,
  word: STATE[state].word(),
});

const TROUBLE: Record<BoxTrouble, () => string> = {
  feed_restarting: m.fleet_trouble_feed_restarting,
  outbox_losing: m.fleet_trouble_outbox_losing,
  device_missing: m.fleet_trouble_device_missing,
  disk_nearly_full: m.fleet_trouble_disk_nearly_full,
  memory_nearly_full: m.fleet_trouble_memory_nearly_full,
  hot: m.fleet_trouble_hot,
  clock_off: m.fleet_trouble_clock_off,
  config_refused: m.fleet_trouble_config_refused,
  config_rolled_back: m.fleet_trouble_config_rolled_back,
  update_refused: m.fleet_trouble_update_refused,
  update_rolled_back: m.fleet_trouble_update_rolled_back,
};
export const troubleText = (trouble: BoxTrouble): string => TROUBLE[trouble]();

const OUTCOME: Record<ConfigVersion['outcome'], { tone: Tone; word: () => string }> = {
  waiting: { tone: 'neutral', word: m.fleet_outcome_waiting },
  applied: { tone: 'ok', word: m.fleet_outcome_applied },
  refused: { tone: 'caution', word: m.fleet_outcome_refused },
  rolled_back: { tone: 'caution', word: m.fleet_outcome_rolled_back },
  replaced: { tone: 'neutral', word: m.fleet_outcome_replaced },
};
export const outcomeWord = (outcome: ConfigVersion['outcome']): { tone: Tone; word: string } => ({
  tone: OUTCOME[outcome].tone,
  word: OUTCOME[outcome].word(),
});

const LINK: Record<BoxReport['link']['state'], () => string> = {
  idle: m.fleet_link_idle,
  connecting: m.fleet_link_connecting,
  connected: m.fleet_link_connected,
  lost: m.fleet_link_lost,
};

/** `已连接 · 2.4 Mbit/s · 40 ms`. */
export function linkText({ state, estimateKbps, rttMs, lossPercent, path }: BoxReport['link']): string {
  return [
    LINK[state](),
    estimateKbps !== null && state !== 'idle' ? rateText(estimateKbps) : null,
    rttMs !== null ? `${Math.round(rttMs)} ms` : null,
    lossPercent !== null ? m.fleet_link_loss({ percent: lossPercent.toFixed(1) }) : null,
    path,
  ]
    .filter(Boolean)
    .join(' · ');
}

export const rateText = (kbps: number): string =>
  kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${Math.round(kbps)} kbit/s`;

type UpdateState = NonNullable<BoxReport['update']>['state'];
const UPDATE: Record<UpdateState, () => string> = {
  waiting: m.fleet_update_state_waiting,
  downloading: m.fleet_update_state_downloading,
  installed: m.fleet_update_state_installed,
  refused: m.fleet_update_state_refused,
  rolled_back: m.fleet_update_state_rolled_back,
};
/** The box's names for why it refuses a package; anything else is shown as it said it. */
const REFUSAL: Record<string, () => string> = {
  malformed: m.fleet_refusal_malformed,
  wrong_signature: m.fleet_refusal_wrong_signature,
  expired: m.fleet_refusal_expired,
  downgrade: m.fleet_refusal_downgrade,
  too_big_a_step: m.fleet_refusal_too_big_a_step,
  other_channel: m.fleet_refusal_other_channel,
  wrong_size: m.fleet_refusal_wrong_size,
  wrong_hash: m.fleet_refusal_wrong_hash,
};
export function updateText({ version, state, reason }: NonNullable<BoxReport['update']>): string {
  const why = REFUSAL[reason]?.() ?? reason;
  const line = m.fleet_update_line({ version, state: UPDATE[state]() });
  return why ? `${line} (${why})` : line;
}
