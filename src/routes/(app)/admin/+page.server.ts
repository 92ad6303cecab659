import { allowed } from './administrator.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
  allowed(locals, 'account.manage');
};
