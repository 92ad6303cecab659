import { format } from 'prettier';
import { asyncApi } from './async-api.ts';
import { capabilitiesPage } from './capabilities-page.ts';
import { messagesPage } from './messages-page.ts';
import { openApi } from './open-api.ts';
import { settingsPage } from './settings-page.ts';

/** Every generated reference, by file name, formatted as the formatter wants it. */
export async function generateDocs(): Promise<Record<string, string>> {
  const markdown = (text: string) => format(text, { parser: 'markdown', printWidth: 110 });
  const jsonFile = (value: object) => format(JSON.stringify(value), { parser: 'json', printWidth: 110 });
  return {
    'messages.md': await markdown(messagesPage()),
    'capabilities.md': await markdown(capabilitiesPage()),
    'settings.md': await markdown(settingsPage()),
    'asyncapi.json': await jsonFile(asyncApi()),
    'openapi.json': await jsonFile(openApi()),
  };
}
