import {
  emptyRoom,
  type Feed,
  type Member,
  type RoomRole,
  type RoomState,
} from '$lib/signaling/contract/index.ts';
import type { BoxChoice, RoomFacts } from '../session-view.ts';

const OPENED_MS = Date.now() - 724_000;

const PATIENT = {
  maskedName: '张*华',
  sex: 'female',
  ageYears: 63,
  maskedId: '5129********2046',
  laterality: 'right',
} as const;

export const FAKE_BOXES: BoxChoice[] = [{ boxId: 'box-demo', name: '三河镇卫生院 1 号盒子' }];

export function fakeFacts(): RoomFacts {
  return {
    roomId: 'r_fake',
    kind: 'consult',
    title: '右上腹痛会诊',
    patient: PATIENT,
    openedAtMs: OPENED_MS,
    presentNames: ['李明', '王秀兰'],
  };
}

const member = (memberId: string, name: string, role: RoomRole, extra: Partial<Member> = {}): Member => ({
  memberId,
  name,
  role,
  connected: true,
  handRaised: false,
  clockOffsetMs: 0,
  joinedAtMs: OPENED_MS,
  ...extra,
});

const feed = (
  memberId: string,
  slot: string,
  streamClass: Feed['streamClass'],
  label = '',
  extra: Partial<Feed> = {},
): Feed => ({
  feedId: `${memberId}:${slot}`,
  memberId,
  slot,
  kind: streamClass === 'voice' ? 'audio' : streamClass === 'vitals' ? 'data' : 'video',
  streamClass,
  label,
  paused: false,
  mutedByHost: false,
  generation: 1,
  ...extra,
});

/** A consult with everybody in it; `shown` switches on what is rare. */
export function fakeState(ownRole: RoomRole, shown: ReadonlySet<string>): RoomState {
  const members = [
    member('a_me', '赵敏', ownRole),
    member('a_li', '李明', 'specialist'),
    member('a_wang', '王秀兰', 'rural_doctor', { handRaised: shown.has('hand') }),
    member('b_box', '三河镇卫生院 1 号盒子', 'box'),
    member('a_far', 'Alexandra Featherstonehaugh', 'observer', { connected: false }),
  ];
  const feeds = [
    feed('b_box', 'probe', 'clinical', '超声 Ultrasound', {
      modality: 'US',
      laterality: shown.has('wrong-side') ? 'left' : 'right',
    }),
    ...(shown.has('scope') ? [feed('b_box', 'scope', 'clinical', '内镜 Endoscope')] : []),
    feed('a_li', 'camera', 'face'),
    feed('a_wang', 'camera', 'face'),
    feed('b_box', 'room', 'face', '诊室全景 Room'),
    feed('b_box', 'vitals', 'vitals', '心电 ECG'),
    feed('a_li', 'microphone', 'voice'),
    feed('a_wang', 'microphone', 'voice', '', { paused: true }),
  ];
  const knocks = shown.has('knock')
    ? [{ memberId: 'g_knock', name: '张小华', role: 'patient' as const, sinceMs: Date.now() - 40_000 }]
    : [];
  const at = (minutesAgo: number): number => Date.now() - minutesAgo * 60_000;
  return {
    ...emptyRoom({
      roomId: 'r_fake',
      kind: 'consult',
      title: fakeFacts().title,
      patient: PATIENT,
      openedAtMs: OPENED_MS,
    }),
    hostMemberId: ownRole === 'rural_doctor' || ownRole === 'specialist' ? 'a_me' : 'a_li',
    members: Object.fromEntries(members.map((one) => [one.memberId, one])),
    feeds: Object.fromEntries(feeds.map((one) => [one.feedId, one])),
    knocks: Object.fromEntries(knocks.map((one) => [one.memberId, one])),
    boxes: { 'box-demo': { boxId: 'box-demo', name: FAKE_BOXES[0]!.name } },
    chat: [
      ['a_wang', '王秀兰', '李老师好，患者右上腹痛三天，墨菲征阳性。', 6],
      ['a_li', '李明', '好的，请把探头放到右肋下，先看胆囊长轴。', 5],
      ['a_wang', '王秀兰', '<b>好</b>，这样可以吗？\n血压 128/76 mmHg', 3],
      ['a_me', '赵敏', 'Gallbladder wall looks thickened to me, about 5 mm.', 1],
    ].map(([memberId, name, text, minutesAgo], i) => ({
      messageId: `00000000-0000-4000-8000-00000000000${i}`,
      memberId: memberId as string,
      name: name as string,
      text: text as string,
      atMs: at(minutesAgo as number),
    })),
  };
}
