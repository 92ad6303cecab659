import type { ScreenState } from '../state.ts';
import type { Language, Words } from './words.ts';

export const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;

/** Only what differs is touched: a screen reader must not hear the same again, and a finger's target must not go away. */
function setText(element: HTMLElement | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

function setButton(id: string, title: string, hint: string, tone = ''): void {
  const button = byId(id);
  setText(button.querySelector('strong'), title);
  setText(button.querySelector('span'), hint);
  button.dataset['tone'] = tone;
}

function setList(id: string, rows: { text: string; detail: string; tone?: string }[]): void {
  const fresh = rows.map(({ text, detail, tone }) => {
    const row = document.createElement('li');
    const name = document.createElement('strong');
    name.textContent = text;
    const rest = document.createElement('span');
    rest.textContent = detail;
    row.append(name, rest);
    row.dataset['tone'] = tone ?? '';
    return row;
  });
  const list = byId(id);
  const holder = document.createElement('ul');
  holder.append(...fresh);
  if (list.innerHTML !== holder.innerHTML) list.replaceChildren(...fresh);
}

export function render(state: ScreenState, words: Words, language: Language, isStale: boolean): void {
  const { room, link, privacy, call, selfTest, outbox } = state;
  setText(byId('box-name'), state.boxName);
  setText(byId('room-title'), room ? room.title || words.roomKind(room.kind) : words.noRoom);
  setText(byId('language'), words.otherLanguage);

  const banner = isStale
    ? words.banner.stale
    : state.enrolment !== 'enrolled'
      ? words.banner[state.enrolment]
      : privacy.on
        ? words.banner.privacy
        : '';
  setText(byId('banner'), banner);
  byId('banner').hidden = banner === '';

  setText(byId('patient-heading'), words.patient);
  setText(
    byId('patient-line'),
    room?.patient ? words.patientLine(room.patient) : room ? words.noPatient : words.noRoom,
  );
  const side = room?.frozen
    ? words.frozen
    : room?.patient
      ? room.confirmed
        ? words.confirmed(room.confirmed.laterality, room.confirmed.atMs)
        : words.unconfirmed(room.patient.laterality)
      : '';
  setText(byId('patient-side'), side);
  byId('patient-side').dataset['tone'] = room?.confirmed ? 'good' : 'weak';

  const isCalling = call?.state === 'waiting' || call?.state === 'ringing';
  setButton(
    'call',
    isCalling ? words.buttons.cancelCall : words.buttons.call,
    words.call(call),
    isCalling ? 'busy' : call?.state === 'answered' ? 'good' : '',
  );
  setButton(
    'self-test',
    words.buttons.selfTest,
    words.selfTestHint(selfTest),
    toneOf(selfTest.result?.status),
  );
  setButton(
    'confirm',
    words.buttons.confirm,
    words.confirmHint(room),
    room?.patient && !room.confirmed ? 'weak' : '',
  );
  setButton('keep', words.buttons.keep, words.keepHint(state));
  byId('keep').hidden = state.pictures.length === 0;
  setButton(
    'privacy',
    words.buttons.privacy(privacy.on),
    words.privacyHint(privacy, room !== null),
    privacy.on ? 'closed' : '',
  );
  byId('privacy').setAttribute('aria-pressed', String(privacy.on));
  const isMuted = privacy.muted || privacy.mutedByHost;
  setButton(
    'mute',
    words.buttons.mute(isMuted),
    words.muteHint(privacy),
    isMuted || privacy.on ? 'closed' : '',
  );
  byId('mute').setAttribute('aria-pressed', String(isMuted));

  setText(byId('link-heading'), words.linkHeading);
  const { word, detail } = words.link(link);
  setText(byId('link-word'), word);
  setText(byId('link-detail'), detail);
  byId('link').dataset['tone'] = isStale ? 'gone' : link.level;

  setText(
    byId('people-heading'),
    words.peopleHeading(room?.members.length ?? 0, room ? state.speaker : null),
  );
  setList(
    'people-list',
    (room?.members ?? []).map(({ name, role, connected }) => ({
      text: name,
      detail: connected ? words.role(role) : `${words.role(role)} · ▲ ${words.away}`,
    })),
  );
  if (!room?.members.length) byId('people-list').textContent = room ? words.nobody : words.noRoom;

  setText(byId('outbox-heading'), words.outboxHeading);
  setText(byId('outbox-line'), words.outbox(outbox));
  setText(byId('outbox-losses'), words.losses(outbox));
  byId('outbox').dataset['tone'] = outbox?.failing ? 'gone' : outbox && outbox.lost > 0 ? 'weak' : '';
  setText(byId('notices'), state.notices.map((one) => words.notice(one)).join(' · '));

  renderSelfTest(selfTest, words, language);
  renderConfirm(room, words);
  renderKeep(state.pictures, words);
}

/** Which picture, where there are several. */
function renderKeep(pictures: ScreenState['pictures'], words: Words): void {
  setText(byId('keep-title'), words.keepQuestion);
  setText(byId('keep-close'), words.close);
  const holder = byId('keep-feeds');
  const buttons = pictures.map(({ slot, label }) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset['slot'] = slot;
    button.textContent = label;
    return button;
  });
  const fresh = document.createElement('div');
  fresh.append(...buttons);
  if (holder.innerHTML !== fresh.innerHTML) holder.replaceChildren(...buttons);
}

const toneOf = (status: string | undefined): string =>
  status === 'ok' ? 'good' : status === 'warn' ? 'weak' : status === 'fail' ? 'gone' : '';

function renderSelfTest(test: ScreenState['selfTest'], words: Words, language: Language): void {
  setText(byId('self-test-title'), words.selfTestTitle);
  setText(byId('self-test-summary'), words.selfTestHint(test));
  setText(byId('self-test-again'), words.again);
  setText(byId('self-test-close'), words.close);
  (byId('self-test-again') as HTMLButtonElement).disabled = test.running;
  const marks: Record<string, string> = { ok: '✓', warn: '▲', fail: '■' };
  setList(
    'self-test-checks',
    (test.result?.checks ?? []).map(({ subject, status, words: said }) => {
      const label =
        'label' in subject ? subject.label || subject.slot : 'sourceId' in subject ? subject.sourceId : '';
      return {
        text: `${marks[status] ?? ''} ${words.subject(subject.kind, label)}`,
        detail: said[language],
        tone: toneOf(status),
      };
    }),
  );
}

function renderConfirm(room: ScreenState['room'], words: Words): void {
  setText(byId('confirm-title'), words.buttons.confirm);
  setText(byId('confirm-patient'), room?.patient ? words.patientLine(room.patient) : words.noPatient);
  setText(byId('confirm-question'), room?.patient ? words.confirmQuestion : '');
  setText(byId('confirm-close'), words.close);
  for (const button of document.querySelectorAll<HTMLButtonElement>('#sides button')) {
    const side = button.dataset['side'] as 'left' | 'right' | 'both' | 'none';
    setText(button, words.side[side]);
    button.hidden = !room?.patient;
    button.setAttribute('aria-pressed', String(room?.confirmed?.laterality === side));
  }
}
