import type { LinkView, Notice, ScreenState } from '../state.ts';

export type Language = 'zh' | 'en';
type Side = 'left' | 'right' | 'both' | 'none' | 'unset';

const ROLES: Record<string, [string, string]> = {
  rural_doctor: ['基层医生', 'rural doctor'],
  specialist: ['专家', 'specialist'],
  sonographer: ['超声医师', 'sonographer'],
  surgeon: ['手术医生', 'surgeon'],
  proctor: ['带教专家', 'proctor'],
  anaesthetist: ['麻醉医生', 'anaesthetist'],
  nurse: ['护士', 'nurse'],
  interpreter: ['翻译', 'interpreter'],
  observer: ['观摩者', 'observer'],
  patient: ['患者', 'patient'],
  dispatcher: ['调度员', 'dispatcher'],
  box: ['盒子', 'box'],
};

type RoomKind = NonNullable<ScreenState['room']>['kind'];
const KINDS: Record<RoomKind, [string, string]> = {
  consult: ['远程会诊', 'Remote consult'],
  outpatient: ['远程门诊', 'Remote outpatient visit'],
  exam: ['远程查验', 'Remote examination'],
  surgery: ['远程手术', 'Remote surgery'],
};

/** All words of the page. Each pair: Chinese, English. */
export function wordsIn(language: Language) {
  const is = <T>(zh: T, en: T): T => (language === 'zh' ? zh : en);
  const locale = is('zh-CN', 'en-GB');
  const time = (atMs: number): string =>
    new Date(atMs).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
  const list = (names: string[]): string => names.join(is('、', ', '));

  const side: Record<Side, string> = {
    left: is('左侧', 'Left'),
    right: is('右侧', 'Right'),
    both: is('双侧', 'Both sides'),
    none: is('不适用', 'Not applicable'),
    unset: is('侧别未定', 'Side not set'),
  };

  const link = (view: LinkView): { word: string; detail: string } => {
    const by = view.carrier === null ? '' : is(`经 ${view.carrier}`, `by ${view.carrier}`);
    const spare =
      view.otherCarriers > 0 ? is(`备用 ${view.otherCarriers} 路`, `${view.otherCarriers} in reserve`) : '';
    const rate = view.estimateKbps === null ? '' : `${(view.estimateKbps / 1000).toFixed(1)} Mbit/s`;
    const facts = [by, spare, rate].filter(Boolean).join(' · ');
    if (view.level === 'good') return { word: is('● 网络良好', '● Link is good'), detail: facts };
    if (view.level === 'idle')
      return {
        word: is('○ 已连接，待命', '○ Connected, ready'),
        detail: is('目前没有发送画面', 'No picture is sent now'),
      };
    if (view.level === 'gone')
      return {
        word: is('■ 网络中断', '■ Link is gone'),
        detail: is(
          `自 ${time(view.sinceMs)} 起。数据保存在本机，恢复后自动补传。`,
          `Since ${time(view.sinceMs)}. Data is kept here and sent when it is back.`,
        ),
      };
    const given = [
      view.held.length > 0 ? is(`已暂停：${list(view.held)}`, `Paused: ${list(view.held)}`) : '',
      view.reduced.length > 0
        ? is(`清晰度已降低：${list(view.reduced)}`, `Less clear: ${list(view.reduced)}`)
        : '',
    ].filter(Boolean);
    return {
      word: is('▲ 网络较弱', '▲ Link is weak'),
      detail:
        given.join(is('；', '; ')) ||
        is('画面仍在传送，与中心的联系暂时中断', 'Pictures go on, the hub is out of reach for the moment'),
    };
  };

  const call = (view: ScreenState['call']): string => {
    switch (view?.state) {
      case undefined:
        return is('按下后通知值班人员', 'Tells those on duty');
      case 'waiting':
        return is('网络恢复后立即呼叫；再按取消', 'Will call as soon as the link is back. Press to cancel');
      case 'ringing':
        return is('正在呼叫，等待接听；再按取消', 'Calling, nobody has answered yet. Press to cancel');
      case 'answered':
        return is(`${view.by ?? ''} 已接听`, `Answered by ${view.by ?? 'somebody'}`);
      case 'declined':
        return is(
          `${view.by ?? ''} 暂不能接听，可再次呼叫`,
          `${view.by ?? 'Somebody'} cannot take it. Call again`,
        );
      case 'expired':
        return is('无人接听，可再次呼叫', 'Nobody answered. Call again');
      case 'cancelled':
        return is('呼叫已取消', 'The call was cancelled');
    }
  };

  const notice = (one: Notice): string => {
    switch (one.kind) {
      case 'filming':
        return is('● 网络较弱，正在本机录像存档', '● Weak link: the picture is filmed here for the record');
      case 'config-trial':
        return is('正在试用新配置', 'A new configuration is tried out');
      case 'config-failed':
        return is('新配置不可用，已恢复原配置', 'A new configuration did not work; the former one is back');
      case 'device-missing':
        return is('有设备未连接，请做自检', 'A device is missing: run the self-test');
      case 'update': {
        const states: Record<string, string> = {
          downloading: is('正在下载', 'is being downloaded'),
          waiting: is('待空闲时安装', 'will be installed when the box is free'),
          installed: is('已安装', 'is installed'),
          refused: is('未通过校验，未安装', 'was refused and is not installed'),
          rolled_back: is('不可用，已退回', 'did not work and was taken back'),
        };
        return is(
          `软件 ${one.version} ${states[one.state] ?? ''}`,
          `Software ${one.version} ${states[one.state] ?? ''}`,
        );
      }
    }
  };

  return {
    time,
    side,
    link,
    call,
    notice,
    clock: (atMs: number): string =>
      new Date(atMs).toLocaleString(locale, {
        month: 'short',
        day: 'numeric',
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hour12: false,
      }),
    role: (role: string): string => is(...(ROLES[role] ?? [role, role])),
    otherLanguage: is('English', '中文'),
    theme: (theme: string): string => (theme === 'dark' ? is('浅色', 'Light') : is('深色', 'Dark')),
    noRoom: is('目前没有房间', 'No room at present'),
    roomKind: (kind: RoomKind): string => is(...KINDS[kind]),
    patient: is('患者', 'Patient'),
    patientLine: (patient: NonNullable<NonNullable<ScreenState['room']>['patient']>): string => {
      const sex = {
        female: is('女', 'female'),
        male: is('男', 'male'),
        unknown: is('性别不详', 'sex unknown'),
      };
      return [
        patient.maskedName,
        sex[patient.sex],
        patient.ageYears === null
          ? is('年龄不详', 'age unknown')
          : is(`${patient.ageYears} 岁`, `${patient.ageYears} years`),
        patient.maskedId,
      ].join(is('　', '   '));
    },
    noPatient: is('房间尚未指定患者', 'The room names no patient yet'),
    confirmed: (laterality: Side, atMs: number): string =>
      is(
        `✓ ${side[laterality]}，${time(atMs)} 在此确认`,
        `✓ ${side[laterality]}, confirmed here at ${time(atMs)}`,
      ),
    frozen: is('■ 患者身份存疑：请停止，等待核对', '■ Not sure who the patient is: stop and wait'),
    unconfirmed: (laterality: Side): string =>
      is(`▲ ${side[laterality]}，请在此确认`, `▲ ${side[laterality]}: please confirm here`),
    buttons: {
      call: is('呼叫专家', 'Call for help'),
      cancelCall: is('取消呼叫', 'Cancel the call'),
      selfTest: is('自检', 'Self-test'),
      confirm: is('患者与侧别', 'Patient and side'),
      keep: is('保存图像', 'Keep picture'),
      privacy: (on: boolean): string => (on ? is('关闭隐私模式', 'End privacy') : is('隐私', 'Privacy')),
      mute: (on: boolean): string => (on ? is('打开声音', 'Sound on') : is('静音', 'Mute')),
    },
    selfTestHint: (test: ScreenState['selfTest']): string => {
      if (test.running) return is('正在检查…', 'Checking …');
      if (!test.result) return is('检查前请先自检', 'Run it before an exam');
      const at = time(test.result.startedAtMs);
      return {
        ok: is(`✓ 全部正常（${at}）`, `✓ All works (${at})`),
        warn: is(`▲ 有提醒（${at}）`, `▲ Something to look at (${at})`),
        fail: is(`■ 有故障（${at}）`, `■ Something does not work (${at})`),
      }[test.result.status];
    },
    confirmHint: (room: ScreenState['room']): string => {
      if (!room) return is('进入房间后可用', 'Once the box is in a room');
      if (room.frozen) return is('■ 身份存疑，暂不可用', '■ In doubt; not now');
      if (!room.patient) return is('尚未指定患者', 'No patient named yet');
      return room.confirmed
        ? is('✓ 已确认，可更改', '✓ Confirmed; may be changed')
        : is('▲ 待确认', '▲ To be confirmed');
    },
    keepHint: ({ room, privacy, outbox, pictures }: ScreenState): string => {
      if (!outbox) return is('本机不保存数据', 'This box keeps no data');
      if (!room) return is('进入房间后可用', 'Once the box is in a room');
      if (room.frozen) return is('■ 身份存疑，暂不可用', '■ In doubt; not now');
      if (privacy.on) return is('■ 隐私模式下不可用', '■ Not during privacy');
      return pictures.length === 1
        ? is('存入本次记录，无网络也可用', 'For the record, without a link too')
        : is('选择要保存的画面', 'Choose which picture');
    },
    keepQuestion: is('保存哪个画面？', 'Keep which picture?'),
    privacyHint: (view: ScreenState['privacy'], inRoom: boolean): string => {
      if (!view.on) return is('停止所有画面和声音', 'Stops all pictures and sound');
      if (!inRoom) return is('■ 画面和声音已停止', '■ Pictures and sound are off');
      return view.roomKnows
        ? is('■ 已停止，房间内显示为暂停', '■ Off; the room sees that they are paused')
        : is('■ 已停止，网络恢复后告知房间', '■ Off; the room is told when the link is back');
    },
    muteHint: (view: ScreenState['privacy']): string => {
      if (view.on) return is('隐私模式下无声音', 'No sound during privacy');
      if (view.mutedByHost) return is('■ 已被主持人静音', '■ Muted by the host');
      return view.muted ? is('■ 声音已关闭', '■ Sound is off') : is('● 声音已打开', '● Sound is on');
    },
    linkHeading: is('网络', 'Link'),
    peopleHeading: (count: number, speaker: ScreenState['speaker']): string => {
      const heard = {
        playing: is('正在播放对方声音', 'somebody is speaking'),
        quiet: is('对方没有声音', 'nobody is speaking'),
        waiting: is('▲ 对方声音尚未接通', '▲ voices are not here yet'),
        fault: is('■ 扬声器故障', '■ the speaker does not work'),
      };
      const people = is(`在场人员（${count}）`, `Who is here (${count})`);
      return speaker === null ? people : `${people} · ${heard[speaker]}`;
    },
    nobody: is('房间里还没有其他人', 'Nobody else is here'),
    away: is('连接中断', 'connection lost'),
    outboxHeading: is('待上传', 'Waiting to be sent'),
    outbox: (view: ScreenState['outbox']): string => {
      if (!view) return is('本机不保存数据', 'This box keeps no data');
      if (view.waiting === 0) return is('✓ 全部已上传', '✓ Everything is sent');
      const since =
        view.oldestAtMs === null
          ? ''
          : is(`，最早 ${time(view.oldestAtMs)}`, `, the oldest of ${time(view.oldestAtMs)}`);
      return is(`${view.waiting} 条${since}`, `${view.waiting} records${since}`);
    },
    losses: (view: ScreenState['outbox']): string => {
      if (view?.failing)
        return is('■ 无法保存数据，请联系管理员', '■ Data cannot be kept: call the administrator');
      return view && view.lost > 0
        ? is(`▲ 有 ${view.lost} 条未能保存`, `▲ ${view.lost} could not be kept`)
        : '';
    },
    banner: {
      privacy: is('隐私模式：摄像头和麦克风已关闭', 'Privacy: cameras and microphone are off'),
      awaiting: is(
        '盒子尚未注册：请联系管理员获取注册码',
        'Not enrolled yet: ask the administrator for a one-time code',
      ),
      refused: is(
        '中心不再信任本盒子：请联系管理员重新注册',
        'The hub does not trust this box any more: ask the administrator to enrol it anew',
      ),
      stale: is(
        '屏幕与盒子程序失去联系，以下内容可能已过时',
        'The screen has lost the box’s program: what it shows may be old',
      ),
    },
    selfTestTitle: is('设备自检', 'Device self-test'),
    subject: (kind: string, label: string): string => {
      const kinds: Record<string, string> = {
        video: is('图像', 'Picture'),
        sound: is('声音', 'Sound'),
        vitals: is('监护设备', 'Monitor'),
        disk: is('存储', 'Storage'),
        clock: is('时间', 'Clock'),
        hub: is('中心', 'Hub'),
        uplink: is('网络速度', 'Link speed'),
      };
      return label ? `${kinds[kind] ?? kind} ${label}` : (kinds[kind] ?? kind);
    },
    again: is('重新检查', 'Check again'),
    close: is('关闭', 'Close'),
    confirmQuestion: is(
      '确认是这位患者，并选择检查侧别：',
      'It is this patient, and the side to be examined is:',
    ),
    said: {
      call: is('已呼叫，等待接听', 'Called; waiting for an answer'),
      callOffline: is('目前无网络：恢复后立即呼叫', 'No link now: will call as soon as it is back'),
      cancelled: is('呼叫已取消', 'The call is cancelled'),
      privacyOn: is('画面和声音已停止发送', 'Pictures and sound are no longer sent'),
      privacyOff: is('画面和声音已恢复发送', 'Pictures and sound are sent again'),
      muteOn: is('声音已关闭', 'Sound is off'),
      muteOff: is('声音已打开', 'Sound is on'),
      confirmed: is('患者与侧别已确认，房间内所有人可见', 'Confirmed; everybody in the room sees it'),
      keeping: is('正在保存图像…', 'Keeping the picture …'),
      kept: (waiting: number): string =>
        is(`✓ 图像已保存，待上传 ${waiting} 条`, `✓ Picture kept; ${waiting} records wait to be sent`),
      'self-test': is('自检已开始', 'The self-test has begun'),
    },
    refused: (code: string): string =>
      ({
        offline: is('未确认：目前无网络，请稍后再试', 'Not confirmed: there is no link now. Try again later'),
        'no-room': is('未确认：盒子不在房间内', 'Not confirmed: the box is in no room'),
        'other-patient': is(
          '未确认：患者或侧别与本房间不符，请重新核对',
          'Not confirmed: patient or side are not what this room is for. Check again',
        ),
        'keep-no-room': is(
          '图像未保存：盒子不在房间内，不知属于哪位患者',
          'Not kept: the box is in no room, so the picture would belong to nobody',
        ),
        'keep-frozen': is(
          '图像未保存：患者身份存疑，请等待核对',
          'Not kept: not sure who the patient is. Wait until that is settled',
        ),
        'keep-privacy': is('图像未保存：请先关闭隐私模式', 'Not kept: end privacy first'),
        'keep-no-picture': is(
          '图像未保存：还没有画面，请检查设备',
          'Not kept: there is no picture yet. Check the device',
        ),
        'keep-old-picture': is(
          '图像未保存：画面已中断，请检查设备连线',
          'Not kept: the picture has stopped. Check the device and its cable',
        ),
        'keep-too-large': is(
          '图像未保存：图像过大，请联系管理员',
          'Not kept: the picture is too large. Call the administrator',
        ),
        'keep-no-answer': is(
          '图像未保存：设备没有响应，请再按一次',
          'Not kept: the device does not answer. Press again',
        ),
        'keep-full': is(
          '图像未保存：本机存储已满或故障，请联系管理员',
          'Not kept: the storage is full or fails. Call the administrator',
        ),
        'keep-off': is('图像未保存：本机不保存数据', 'Not kept: this box keeps no data'),
        'keep-failed': is('图像未保存：请再按一次', 'Not kept: press again'),
        'keep-no-feed': is('图像未保存：没有这个画面', 'Not kept: there is no such picture'),
      })[code] ?? is('没有成功，请再试一次', 'It did not work. Try again'),
  };
}
export type Words = ReturnType<typeof wordsIn>;
