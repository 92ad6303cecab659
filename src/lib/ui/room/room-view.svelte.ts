import { LAYOUTS, type Layout } from './arrangement.ts';

const LAYOUT_KEY = 'rui.room.layout';
const PANEL_KEY = 'rui.room.panel';
const SPEAKER_KEY = 'rui.room.speaker';

export type Panel = 'chat' | 'people' | 'notes' | null;
export type RoomDialog = 'end' | 'leave' | 'emergency' | 'invite' | 'box' | 'sound' | 'shortcuts' | null;

/** How this person looks at the room: nothing here matters to anybody else. Choices are kept on this device. */
export class RoomView {
  layout = $state<Layout>('device');
  pinnedId = $state<string | null>(null);
  panel = $state<Panel>(null);
  /** Output device of voices; empty for the browser's own choice. */
  speakerId = $state('');
  /** The browser plays nothing before somebody has pressed something. */
  soundBlocked = $state(false);
  dialog = $state<RoomDialog>(null);
  /** Last thing that a screen reader shall say. */
  announcement = $state('');

  constructor(defaults: { layout: Layout; panel: Panel }) {
    const layout = recall(LAYOUT_KEY);
    this.layout = LAYOUTS.find((known) => known === layout) ?? defaults.layout;
    const panel = recall(PANEL_KEY);
    this.panel = panel === null ? defaults.panel : panel === 'chat' || panel === 'people' ? panel : null;
    this.speakerId = recall(SPEAKER_KEY) ?? '';
  }

  setLayout(layout: Layout): void {
    this.layout = layout;
    this.pinnedId = null;
    keep(LAYOUT_KEY, layout);
  }

  setPanel(panel: Panel): void {
    this.panel = panel;
    keep(PANEL_KEY, panel ?? 'none');
  }

  togglePanel(panel: Exclude<Panel, null>): void {
    this.setPanel(this.panel === panel ? null : panel);
  }

  togglePin(feedId: string): void {
    this.pinnedId = this.pinnedId === feedId ? null : feedId;
  }

  setSpeaker(deviceId: string): void {
    this.speakerId = deviceId;
    keep(SPEAKER_KEY, deviceId);
  }

  announce(text: string): void {
    this.announcement = text;
  }
}

/** Private windows may refuse storage; the choice then lasts as long as the page. */
function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // See recall.
  }
}

/** What was chosen in the lobby is what the room begins with. */
export function rememberSpeaker(deviceId: string): void {
  keep(SPEAKER_KEY, deviceId);
}
