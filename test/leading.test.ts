import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enterRoom, logIn, openPerson } from './support/browser.ts';
import { openConsult, type Consult } from './support/consult.ts';

let consult: Consult;
beforeAll(async () => {
  consult = await openConsult({ DEMO_BOX: '0' });
});
afterAll(() => consult?.close());

/** Chooses an action of the list of people for the one with this name. */
async function act(page: Page, name: string, action: 'mute-member' | 'transfer-host' | 'remove-member') {
  if ((await page.getByTestId('member-row').count()) === 0) await page.getByTestId('toggle-people').click();
  const row = page.getByTestId('member-row').filter({ hasText: name });
  await row.getByTestId('member-actions').click();
  await page.getByTestId(action).click();
}

const over = (page: Page, phase: string) =>
  page.locator(`[data-phase="${phase}"]`).waitFor({ timeout: 15_000 });

describe('leading a room in the browser', () => {
  it('the host mutes somebody, who sees it and may speak again', async () => {
    const { wang, li } = consult;
    await act(wang.page, '李卫国', 'mute-member');
    const microphone = li.page.getByTestId('toggle-microphone');
    await li.page.getByText('主持人已将您静音').first().waitFor({ timeout: 10_000 });
    await microphone.click();
    await li.page.getByText('主持人已将您静音').first().waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('hands the room over', async () => {
    const { wang, li } = consult;
    await act(wang.page, '李卫国', 'transfer-host');
    await li.page.getByTestId('end-room').waitFor({ timeout: 10_000 });
    await wang.page.getByTestId('end-room').waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('the new host removes the old one, who must knock and may be refused or admitted', async () => {
    const { wang, li, hub, roomId } = consult;
    await act(li.page, '王丽', 'remove-member');
    await li.page.getByTestId('confirm').click();
    await over(wang.page, 'removed');

    await wang.page.goto(`${hub.url}/rooms/${roomId}`);
    await wang.page.getByTestId('lobby-join').click({ timeout: 20_000 });
    await over(wang.page, 'waiting');
    await li.page.getByTestId('people-refuse').click({ timeout: 10_000 });
    await over(wang.page, 'refused');

    await wang.page.goto(`${hub.url}/rooms/${roomId}`);
    await wang.page.getByTestId('lobby-join').click({ timeout: 20_000 });
    await li.page.getByTestId('people-admit').click({ timeout: 10_000 });
    await wang.page.getByTestId('room-stage').waitFor({ timeout: 15_000 });
  });

  it('a second device takes the place of the first, which may take it back', async () => {
    const { wang, hub, browser, roomId } = consult;
    const second = await openPerson(browser);
    await logIn(second.page, hub.url, 'wang', await hub.demoPassword());
    await enterRoom(second.page, hub.url, roomId);
    await over(wang.page, 'replaced');
    await wang.page.getByTestId('use-here').click();
    await wang.page.getByTestId('room-stage').waitFor({ timeout: 15_000 });
    await over(second.page, 'replaced');
    await second.context.close();
  });

  it('ends the room for all, and its address says so afterwards', async () => {
    const { wang, li, hub, roomId } = consult;
    await li.page.getByTestId('end-room').click();
    await li.page.getByTestId('confirm').click();
    await over(wang.page, 'ended');
    await over(li.page, 'ended');
    await wang.page.goto(`${hub.url}/rooms/${roomId}`);
    await over(wang.page, 'ended');
    expect(wang.errors).toEqual([]);
    expect(li.errors).toEqual([]);
  });
});
