import type { Command, CommandAnswer } from '../commands.ts';
import type { ScreenState } from '../state.ts';
import { byId, render } from './view.ts';
import { wordsIn } from './words.ts';
import type { Language, Words } from './words.ts';

const RELOAD_AFTER_MS = 15_000;
/** A program that starts again is back sooner than this. */
const STALE_AFTER_MS = 2_000;
/** It is this machine that is asked, which may ask the hub. */
const ANSWER_WITHIN_MS = 15_000;

const token = document.querySelector<HTMLMetaElement>('meta[name="screen-token"]')?.content ?? '';
let language: Language = localStorage.getItem('language') === 'en' ? 'en' : 'zh';
let theme = localStorage.getItem('theme') === 'light' ? 'light' : 'dark';
let words: Words = wordsIn(language);
let state: ScreenState | null = null;
let isStale = false;

function show(): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset['theme'] = theme;
  byId('theme').textContent = words.theme(theme);
  if (state) render(state, words, language, isStale);
}

function say(text: string): void {
  byId('said').textContent = text;
}

/** Null when it was not done; then the page has said why. */
async function send(command: Command): Promise<CommandAnswer | null> {
  try {
    const response = await fetch('/command', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-screen-token': token },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    // The program was started anew, and with it the token.
    if (response.status === 403) location.reload();
    if (response.ok) return (await response.json()) as CommandAnswer;
    const { code } = (await response.json()) as { code: string };
    say(words.refused(code));
  } catch {
    say(words.banner.stale);
  }
  return null;
}

function onPress(id: string, act: () => Promise<void> | void): void {
  byId(id).addEventListener('click', () => void act());
}

onPress('call', async () => {
  const calling = state?.call?.state === 'waiting' || state?.call?.state === 'ringing';
  if (calling) {
    if (await send({ type: 'cancel-call' })) say(words.said.cancelled);
    return;
  }
  if (await send({ type: 'call' }))
    say(state?.link.level === 'gone' ? words.said.callOffline : words.said.call);
});
onPress('privacy', async () => {
  const on = !state?.privacy.on;
  if (await send({ type: 'privacy', on })) say(on ? words.said.privacyOn : words.said.privacyOff);
});
onPress('mute', async () => {
  const on = !(state?.privacy.muted || state?.privacy.mutedByHost);
  if (await send({ type: 'mute', on })) say(on ? words.said.muteOn : words.said.muteOff);
});
const dialog = (id: string): HTMLDialogElement => byId(id) as HTMLDialogElement;
async function startSelfTest(): Promise<void> {
  if (!state?.selfTest.running && (await send({ type: 'self-test' }))) say(words.said['self-test']);
}
onPress('self-test', () => {
  dialog('self-test-dialog').showModal();
  return startSelfTest();
});
onPress('self-test-again', startSelfTest);
onPress('self-test-close', () => dialog('self-test-dialog').close());
onPress('confirm', () => dialog('confirm-dialog').showModal());
onPress('confirm-close', () => dialog('confirm-dialog').close());
byId('sides').addEventListener('click', (event) => {
  const side = (event.target as HTMLElement).dataset['side'] as
    'left' | 'right' | 'both' | 'none' | undefined;
  const patient = state?.room?.patient;
  if (!side || !patient) return;
  const { maskedName, maskedId } = patient;
  void send({ type: 'confirm-patient', patient: { maskedName, maskedId }, laterality: side }).then((done) => {
    dialog('confirm-dialog').close();
    if (done) say(words.said.confirmed);
  });
});
async function keepPicture(slot: string): Promise<void> {
  say(words.said.keeping);
  const kept = await send({ type: 'keep-picture', slot });
  if (kept) say(words.said.kept(kept.waiting ?? 0));
}
onPress('keep', () => {
  const [first, ...others] = state?.pictures ?? [];
  if (!first) return;
  if (others.length === 0) return keepPicture(first.slot);
  dialog('keep-dialog').showModal();
});
onPress('keep-close', () => dialog('keep-dialog').close());
byId('keep-feeds').addEventListener('click', (event) => {
  const slot = (event.target as HTMLElement).dataset['slot'];
  if (!slot) return;
  dialog('keep-dialog').close();
  void keepPicture(slot);
});
onPress('language', () => {
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem('language', language);
  words = wordsIn(language);
  say('');
  tick();
  show();
});
onPress('theme', () => {
  theme = theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('theme', theme);
  show();
});

function tick(): void {
  byId('clock').textContent = words.clock(Date.now() + (state?.hubOffsetMs ?? 0));
}
setInterval(tick, 1_000);

/** Heartbeats are comments, which a page does not hear: a lost connection is what tells. */
let lostAtMs: number | null = null;
const events = new EventSource('/state');
events.addEventListener('message', ({ data }: MessageEvent<string>) => {
  state = JSON.parse(data) as ScreenState;
  tick();
  show();
});
events.addEventListener('open', () => {
  // A program that was started anew has another token, and perhaps another page.
  if (lostAtMs !== null) location.reload();
});
events.addEventListener('error', () => {
  lostAtMs ??= performance.now();
  // Gives up by itself only when it was answered nonsense.
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), RELOAD_AFTER_MS);
});
setInterval(() => {
  const wasStale = isStale;
  isStale = lostAtMs !== null && performance.now() - lostAtMs > STALE_AFTER_MS;
  if (isStale !== wasStale) show();
}, 500);
tick();
show();
