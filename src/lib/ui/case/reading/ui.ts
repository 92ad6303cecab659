import { m } from '../../../paraglide/messages.js';
import type { CaseUi, ShownCase } from '../case-ui.ts';
import ReasonForm from '../forms/ReasonForm.svelte';
import AdjudicateForm from './AdjudicateForm.svelte';
import ConcludeForm from './ConcludeForm.svelte';
import DisagreeForm from './DisagreeForm.svelte';
import type { ReadingExtras } from './extras.ts';
import Panel from './Panel.svelte';
import ReturnForm from './ReturnForm.svelte';
import SubmitForm from './SubmitForm.svelte';
import { readingStateText, readingStateTone, returnText } from './words.ts';

const inHand = (_: ShownCase, { hasItInHand }: ReadingExtras): boolean => hasItInHand;
const unread = (_: ShownCase, { hasReadIt }: ReadingExtras): boolean => !hasReadIt;

export const readingUi: CaseUi = {
  stateText: readingStateText,
  stateTone: readingStateTone,
  steps: {
    submit: { word: m.reading_step_submit, look: 'primary', form: SubmitForm },
    claim: { word: m.reading_step_claim, look: 'primary', confirm: m.reading_ask_claim, offered: unread },
    claimSecond: {
      word: m.reading_step_claim_second,
      look: 'primary',
      confirm: m.reading_ask_claim,
      offered: unread,
    },
    claimAdjudication: {
      word: m.reading_step_claim_adjudication,
      look: 'primary',
      confirm: m.reading_ask_claim,
      offered: unread,
    },
    conclude: { word: m.reading_step_conclude, look: 'primary', form: ConcludeForm, offered: inHand },
    agree: {
      word: m.reading_step_agree,
      look: 'primary',
      confirm: m.reading_ask_agree,
      offered: inHand,
    },
    disagree: { word: m.reading_step_disagree, form: DisagreeForm, offered: inHand },
    adjudicate: { word: m.reading_step_adjudicate, look: 'primary', form: AdjudicateForm, offered: inHand },
    acknowledge: {
      word: m.reading_step_acknowledge,
      look: 'primary',
      confirm: m.reading_ask_acknowledge,
    },
    returnPictures: { word: m.reading_step_return, form: ReturnForm, offered: inHand },
    release: { word: m.reading_step_release, confirm: m.reading_ask_release, offered: inHand },
    requestSecond: {
      word: m.reading_step_request_second,
      confirm: m.reading_ask_second,
      offered: ({ data }) => (data as { secondReader: string | null }).secondReader === null,
    },
    makeStat: {
      word: m.reading_step_make_stat,
      form: ReasonForm,
      offered: ({ urgency }) => urgency !== 'emergency',
    },
    cancel: { word: m.reading_step_cancel, look: 'danger', form: ReasonForm },
    decideSuggestion: { word: m.reading_step_decide, look: 'hidden' },
    expired: { word: m.reading_step_expired, look: 'hidden' },
  },
  eventDetail(_, { reason, why, note, impression }) {
    if (typeof why === 'string') return [returnText(why), note].join(' · ');
    return [reason, impression].find((text): text is string => typeof text === 'string') ?? null;
  },
  Panel,
};
