import { format } from 'prettier';
import { asyncApi } from './async-api.ts';
import { capabilitiesPage } from './capabilities-page.ts';
import { messagesPage } from './messages-page.ts';
import { settingsPage } from './settings-page.ts';

/** Every generated reference, by file name, formatted as the formatter wants it. */
export async function generateDocs(): Promise<Record<string, string>> {
  const markdown = (text: string) => format(text, { parser: 'markdown', printWidth: 110 });
  return {
    'messages.md': await markdown(messagesPage()),
    'capabilities.md': await markdown(capabilitiesPage()),
    'settings.md': await markdown(settingsPage()),
    'asyncapi.json': await format(JSON.stringify(asyncApi()), { parser: 'json', printWidth: 110 }),
  };
}
