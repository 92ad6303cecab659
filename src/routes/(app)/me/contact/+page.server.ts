import { fail } from '@sveltejs/kit';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

/** Longer than any address: what is longer is not looked at. */
const MOST_CHARACTERS = 400;

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  const { contacts, sendsLetters } = locals.hub.clinic.reminders;
  return { contact: await contacts.get(person), sendsLetters };
};

export const actions: Actions = {
  save: async ({ request, locals }) => {
    const person = signedIn(locals);
    const form = await request.formData();
    const email = String(form.get('email') ?? '').trim();
    if (email.length > MOST_CHARACTERS) return fail(400, { code: 'invalid_message' as const });
    try {
      await locals.hub.clinic.reminders.contacts.set(person, {
        email: email || null,
        emailOn: form.get('emailOn') === 'on',
      });
      return { saved: true };
    } catch (error) {
      return formFailure(error);
    }
  },

  test: async ({ locals }) => {
    const person = signedIn(locals);
    try {
      await locals.hub.clinic.reminders.sendTestLetter(person);
      return { sent: true };
    } catch (error) {
      return formFailure(error);
    }
  },
};
