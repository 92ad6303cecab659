import { pinyin } from 'pinyin-pro';

export interface Reading {
  /** 单小明 is `shanxiaoming`, Jane Smith `janesmith`; empty when nothing of the name can be said in Latin letters. */
  pinyin: string;
  initials: string;
}

/** How a name is read aloud, in the letters that people type: a family name at its head as a family name, ü as v. */
export function readingOf(name: string): Reading {
  const syllables = pinyin(name, {
    type: 'array',
    toneType: 'none',
    mode: 'surname',
    surname: 'head',
    toneSandhi: false,
    v: true,
    nonZh: 'consecutive',
  }).flatMap((part) => latinLetters(part).split(' ').filter(Boolean));
  return {
    pinyin: syllables.join(''),
    initials: syllables.map((syllable) => syllable[0]).join(''),
  };
}

/** Words of small letters from a to z, a space between; accents and tones fall away. */
export function latinLetters(text: string): string {
  return text
    .normalize('NFD')
    .replace(/u[\u0300-\u036f]*\u0308[\u0300-\u036f]*/gi, 'v')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ')
    .trim();
}

/** Characters of names that people read in more than one way, above all family names: 单 is shan, and typed dan. */
const READINGS: readonly (readonly [character: string, ...readings: string[]])[] = (
  '单 shan dan,解 xie jie,曾 zeng ceng,仇 qiu chou,查 zha cha,区 ou qu,朴 piao pu,盖 ge gai,翟 zhai di,折 she zhe,' +
  '缪 miao miu mou,乐 yue le,覃 qin tan,员 yun yuan,隗 wei kui,种 chong zhong,繁 po fan,召 shao zhao,尉 yu wei,' +
  '吕 lv lu,长 chang zhang,朝 chao zhao,茜 qian xi,晟 sheng cheng,行 xing hang,重 zhong chong,盛 sheng cheng,' +
  '宿 su xiu,贾 jia gu,谌 chen shen,乜 nie mie,牟 mou mu,殷 yin yan,洗 xian xi,薄 bo bao,柏 bai bo,谷 gu yu,' +
  '祭 zhai ji,秘 mi bi,黑 he hei,莘 xin shen,隽 jun juan,卜 bu bo,逄 pang feng,仉 zhang zhan'
)
  .split(',')
  .map((line) => line.split(' ') as [string, ...string[]]);

/** Another way to write what somebody typed, for names with one certain character in them. */
export interface OtherReading {
  prefix: string;
  character: string;
  /** The character is the name's first. */
  atHead: boolean;
}

/** By which readings a name may be kept that somebody typed by another. */
export function otherReadings(typed: string): OtherReading[] {
  return READINGS.flatMap(([character, ...readings]) =>
    readings.flatMap((said) =>
      placesOf(said, typed).flatMap((place) =>
        readings
          .filter((kept) => kept !== said)
          .map((kept) => ({
            prefix: typed.slice(0, place) + kept + typed.slice(place + said.length),
            character,
            atHead: place === 0,
          })),
      ),
    ),
  );
}

/** The same of initials, at the head of the name. */
export function otherInitials(typed: string): OtherReading[] {
  return READINGS.flatMap(([character, ...readings]) => {
    const first = [...new Set(readings.map((reading) => reading[0]))];
    if (!first.includes(typed[0])) return [];
    return first
      .filter((letter) => letter !== typed[0])
      .map((letter) => ({ prefix: letter + typed.slice(1), character, atHead: true }));
  });
}

function placesOf(part: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) places.push(at);
  return places;
}
