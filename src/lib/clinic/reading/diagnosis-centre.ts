import type { Database } from '../../storage/index.ts';
import type { Cases } from '../cases/cases.ts';
import type { CaseNews } from '../cases/news.ts';
import { AiModels } from './ai-models.ts';
import { AiSuggestions } from './ai-suggestions.ts';
import { NodeCallLimit } from './call-limit.ts';
import { ReadingWorklist } from './reading-worklist.ts';

/** Ours, per model: a study of sixty pictures, each with a finding, at once; afterwards as fast as one computes. */
const CALLS = { perSecond: 5, burst: 60 };

/** 远程智能诊断中心 */
export class DiagnosisCentre {
  readonly worklist: ReadingWorklist;
  readonly models: AiModels;
  readonly suggestions: AiSuggestions;

  constructor({ db, cases, news, now }: { db: Database; cases: Cases; news: CaseNews; now: () => number }) {
    this.worklist = new ReadingWorklist(db, now);
    this.models = new AiModels(db, now);
    this.suggestions = new AiSuggestions({
      db,
      models: this.models,
      cases,
      limit: new NodeCallLimit(CALLS),
      tell: (row) => news.changed(row),
      now,
    });
  }
}
