import {
  CHECKLISTS,
  confirmersOf,
  openItems,
  type ChecklistName,
  type ItemConfirmation,
} from '../../../clinic/model/surgery/checklist.ts';
import type { SurgeryData } from '../../../clinic/model/surgery/surgery-data.ts';
import { isRemote, isSurgeon, roleIn, type SurgeryRole } from '../../../clinic/model/surgery/team.ts';
import type { Member } from '../../../signaling/contract/index.ts';
import type { ShownCase } from '../case-ui.ts';

export interface CurrentItem {
  item: string;
  number: number;
  of: number;
  confirmed: readonly ItemConfirmation[];
  waitsFor: readonly SurgeryRole[];
}

/** The one item that is read now: a list is read aloud in its order, by everybody together. Null when all was said. */
export function currentItem(list: ChecklistName, done: readonly ItemConfirmation[]): CurrentItem | null {
  const open = openItems(list, done);
  const item = open[0]?.item;
  if (item === undefined) return null;
  const items = Object.keys(CHECKLISTS[list]);
  return {
    item,
    number: items.indexOf(item) + 1,
    of: items.length,
    confirmed: done.filter((each) => each.item === item),
    waitsFor: confirmersOf(list, item).filter((as) =>
      open.some((each) => each.item === item && each.as === as),
    ),
  };
}

/** The list waits for a word of this person. */
export function waitsForWordOf(me: string, data: SurgeryData, list: ChecklistName | null): boolean {
  const as = roleIn(data.team, me);
  return (
    list !== null && as !== null && currentItem(list, data.checklists[list])?.waitsFor.includes(as) === true
  );
}

export interface CommandMoves {
  takeOver: boolean;
  /** Offered to this person: to accept or to decline. */
  answer: boolean;
  /** To whom this person could hand authority. */
  offerTo: readonly string[];
  withdraw: boolean;
  sayRed: boolean;
  sayGood: boolean;
}

/** What one person can do about authority and link at this moment. */
export function movesOf(
  { actions, data: said }: Pick<ShownCase, 'actions' | 'data'>,
  me: string,
): CommandMoves {
  const data = said as SurgeryData;
  const may = (step: string): boolean => actions.includes(step);
  const holds = data.authority.accountId === me;
  const offersTo = data.team
    .map(({ accountId }) => accountId)
    .filter(
      (to) => to !== me && isSurgeon(data.team, to) && !(data.link === 'red' && isRemote(data.team, to)),
    );
  return {
    takeOver: may('takeOver') && !holds && roleIn(data.team, me) === 'local_surgeon',
    answer: may('acceptAuthority') && data.offer?.to === me,
    offerTo: may('offerAuthority') && holds && data.offer === null ? offersTo : [],
    withdraw: may('withdrawOffer') && holds && data.offer !== null,
    sayRed: may('linkRed') && data.link === 'good',
    sayGood: may('linkGood') && data.link === 'red',
  };
}

/** What everybody has to hear of now; one that others have overtaken is none. */
export function standingAnnouncement({
  announcement,
  authority,
  link,
}: SurgeryData): SurgeryData['announcement'] {
  if (!announcement || announcement.accountId !== authority.accountId) return null;
  return announcement.kind === 'link_red' && link === 'good' ? null : announcement;
}

/**
 * Whoever operates from afar is not connected to the room. Known by name, as the room shows it: of two surgeons with one name either counts.
 */
export const isHolderAway = (
  { team, authority }: SurgeryData,
  name: string,
  members: readonly Pick<Member, 'name' | 'role' | 'connected'>[],
): boolean =>
  isRemote(team, authority.accountId) &&
  !members.some((each) => each.role === 'surgeon' && each.name === name && each.connected);
