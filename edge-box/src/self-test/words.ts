import type { SelfTestCheck } from '../../../src/lib/signaling/contract/index.ts';

/** Each finding: how bad it is, and what the person beside the box can do about it. */
interface Meaning {
  status: SelfTestCheck['status'];
  zh: string;
  en: string;
}

export const MEANINGS: Record<SelfTestCheck['finding'], Meaning> = {
  ok: { status: 'ok', zh: '正常', en: 'Works' },
  'device-missing': {
    status: 'fail',
    zh: '未找到设备：请检查连接线，拔下后重新插入',
    en: 'Device not found: check its cable, unplug it and plug it in again',
  },
  'device-refused': {
    status: 'fail',
    zh: '设备拒绝访问：请联系管理员核对用户名和密码',
    en: 'The device refuses access: ask the administrator to check its user and password',
  },
  'device-silent': {
    status: 'fail',
    zh: '设备没有信号：请打开设备电源，检查视频线',
    en: 'No signal from the device: switch it on and check its video cable',
  },
  'no-picture': {
    status: 'fail',
    zh: '没有图像：请重新连接设备；如仍无图像，请联系管理员',
    en: 'No picture: connect the device again; if that does not help, call the administrator',
  },
  'rate-low': {
    status: 'warn',
    zh: '图像不流畅：请换一个 USB 接口，或关闭其他程序',
    en: 'The picture is not fluent: use another USB socket, or close other programs',
  },
  'picture-black': {
    status: 'warn',
    zh: '图像全黑：请取下镜头盖，检查光源和设备设置',
    en: 'The picture is black: take off the cap, check the light and the device’s settings',
  },
  'picture-frozen': {
    status: 'warn',
    zh: '图像静止：请解除设备的冻结状态',
    en: 'The picture does not move: take the device out of freeze',
  },
  'sound-missing': {
    status: 'fail',
    zh: '没有声音：请重新连接麦克风',
    en: 'No sound: connect the microphone again',
  },
  'sound-quiet': {
    status: 'warn',
    zh: '听不到声音：请对着麦克风说话，检查静音开关',
    en: 'Nothing to be heard: speak into the microphone, check its mute switch',
  },
  'vitals-absent': {
    status: 'fail',
    zh: '监护设备未连接：请打开设备电源，检查连接线或蓝牙',
    en: 'The monitor is not connected: switch it on, check its cable or Bluetooth',
  },
  'vitals-refused': {
    status: 'fail',
    zh: '监护设备拒绝连接：请联系管理员核对设置',
    en: 'The monitor refuses the connection: ask the administrator to check its settings',
  },
  'vitals-no-value': {
    status: 'warn',
    zh: '监护设备已连接，但没有数值：请检查电极和指夹',
    en: 'The monitor is connected but has no values: check electrodes and finger clip',
  },
  'disk-low': {
    status: 'warn',
    zh: '存储空间不足：请联系管理员',
    en: 'Little space is left to store records: call the administrator',
  },
  'disk-full': {
    status: 'fail',
    zh: '存储空间将满，断网时无法保存数据：请联系管理员',
    en: 'The disk is nearly full, nothing can be kept while the network is away: call the administrator',
  },
  'clock-unknown': {
    status: 'warn',
    zh: '尚未与中心对时：连接中心后自动完成',
    en: 'The time of the hub is not known yet: it will be once the hub is reached',
  },
  'clock-off': {
    status: 'warn',
    zh: '本机时间不准：已按中心时间修正，请联系管理员',
    en: 'The clock of the box is wrong: times are corrected by the hub; tell the administrator',
  },
  'hub-away': {
    status: 'fail',
    zh: '无法连接中心：请检查网络；数据将保存在本机，联网后自动上传',
    en: 'The hub cannot be reached: check the network; data is kept here and sent later',
  },
  'uplink-thin': {
    status: 'warn',
    zh: '网络较慢，图像清晰度将降低：请换位置或换网络',
    en: 'The network is slow, pictures will be less clear: move, or use another network',
  },
};
