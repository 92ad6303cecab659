import type { Words } from '../../clinic/model/questionnaire/index.ts';
import { getLocale } from '../../paraglide/runtime.js';

/** What a clinic says in both languages, in that of this page. */
export const wordsIn = ({ zh, en }: Words): string => (getLocale() === 'zh-CN' ? zh : en);
