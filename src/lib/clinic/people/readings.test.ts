import { describe, expect, it } from 'vitest';
import { latinLetters, otherInitials, otherReadings, readingOf } from './readings.ts';

describe('how a name is read', () => {
  it.each([
    ['张桂华', 'zhangguihua', 'zgh'],
    ['单小明', 'shanxiaoming', 'sxm'],
    ['解丽', 'xieli', 'xl'],
    ['曾国强', 'zengguoqiang', 'zgq'],
    ['仇红', 'qiuhong', 'qh'],
    ['欧阳丽华', 'ouyanglihua', 'oylh'],
    ['尉迟恭', 'yuchigong', 'ycg'],
    ['李单', 'lidan', 'ld'],
    ['吕秀英', 'lvxiuying', 'lxy'],
    ['阿依古丽·买买提', 'ayigulimaimaiti', 'ayglmmt'],
    ['Jane O’Neill-Müller', 'janeoneillmvller', 'jom'],
    ['<b>张</b>', 'bzhangb', 'bzb'],
    ['თამარ', '', ''],
  ])('%s', (name, pinyin, initials) => {
    expect(readingOf(name)).toEqual({ pinyin, initials });
  });

  it('is typed with tones or without', () => {
    expect(latinLetters('Zhāng Guì-huá')).toBe('zhang gui hua');
    expect(latinLetters("xi'an lǚ Lü")).toBe('xian lv lv');
  });
});

it('a name may be kept by another reading than the one typed', () => {
  expect(otherReadings('danxiao')).toContainEqual({ prefix: 'shanxiao', character: '单', atHead: true });
  expect(otherReadings('zhangyue')).toContainEqual({ prefix: 'zhangle', character: '乐', atHead: false });
  expect(otherReadings('wanghong')).toEqual([]);
  expect(otherInitials('dxm')).toContainEqual({ prefix: 'sxm', character: '单', atHead: true });
  expect(otherInitials('')).toEqual([]);
});
