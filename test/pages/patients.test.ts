import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { residentIdCheck } from '../../src/lib/clinic/model/people/index.ts';
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessible.ts';
import { launchBrowser, logIn, openPage, openPerson, type Person } from '../support/browser.ts';
import { startDemoHub } from '../support/demo-hub.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { LOOKS } from '../support/looks.ts';

const PATIENCE = { timeout: 15_000 };
/** Text that would show itself if it were taken for HTML. */
const HTML = '<img src=x onerror="document.title=1"><b>李</b>';

let hub: HubProcess;
let browser: Browser;
let password: string;
/** The doctor of the county hospital, whose patients these are. */
let wang: Person;
let admin: Person;
/** A specialist of the other hospital. */
let li: Person;

beforeAll(async () => {
  hub = await startDemoHub({ DEMO_BOX: '0' });
  browser = await launchBrowser();
  password = await hub.demoPassword();
  const enter = async (username: string, locale = 'zh-CN') => {
    const person = await openPerson(browser, { locale });
    await logIn(person.page, hub.url, username, password);
    return person;
  };
  wang = await enter('wang');
  admin = await enter('admin');
  li = await enter('li', 'en-US');
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

function residentId(birthDate: string, sequence: string): string {
  const body = `532901${birthDate.replaceAll('-', '')}${sequence}`;
  return body + residentIdCheck(body);
}

/** Nobody of the demonstration. */
const LIU = { name: '刘建芬', number: residentId('1961-03-02', '428'), phone: '13872123456' };
/** Sounds the same. */
const ALIKE = '刘健芬';

async function openForm(page: Page): Promise<void> {
  await openPage(page, `${hub.url}/patients/new`);
}
const field = (page: Page, name: string) => page.locator(`[name="${name}"]`);
const press = (page: Page, testId: string) => page.getByTestId(testId).first().click(PATIENCE);

/** Fills the form in and sends it. */
async function register(page: Page, fields: Record<string, string>): Promise<void> {
  await openForm(page);
  const { idKind = 'none', ...rest } = fields;
  await field(page, 'idKind').selectOption(idKind);
  for (const [name, value] of Object.entries(rest)) await field(page, name).fill(value);
  await press(page, 'register');
}

/** The name, as its own page shows it. */
async function patientShown(page: Page, name: string): Promise<string> {
  await page
    .getByTestId('patient')
    .getByRole('heading', { level: 1 })
    .filter({ hasText: name })
    .waitFor(PATIENCE);
  return new URL(page.url()).pathname.split('/').at(-1)!;
}

async function found(page: Page, text: string): Promise<string[]> {
  await page.getByTestId('patient-search').fill(text);
  await page.locator(`[data-testid="patients"][data-answered=${JSON.stringify(text)}]`).waitFor(PATIENCE);
  return page.getByTestId('patient-row').locator('strong').allInnerTexts();
}

describe('a doctor', () => {
  let liuId: string;

  it('is told of a wrong number while typing, and need not type what a right one says', async () => {
    const { page } = wang;
    await openPage(page, `${hub.url}/patients`);
    await page.getByText('最近登记或修改').first().waitFor();
    await expectAccessible(page);
    await press(page, 'register-patient');
    await field(page, 'name').fill(LIU.name);
    await field(page, 'idNumber').fill(LIU.number.slice(0, 15));
    await page.getByText('还差 3 位').waitFor();
    const wrong = LIU.number.slice(0, 17) + (LIU.number.endsWith('1') ? '2' : '1');
    await field(page, 'idNumber').fill(wrong);
    await page.getByText('校验不通过').waitFor();
    await expectAccessible(page);
    await press(page, 'register');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('idNumber');
    await field(page, 'idNumber').fill(LIU.number);
    expect(await field(page, 'birthDate').inputValue()).toBe('1961-03-02');
    expect(await page.getByRole('radio', { name: '女' }).isChecked()).toBe(true);
    await field(page, 'birthDate').fill('1961-03-03');
    await page.getByText('身份证上是 1961年3月2日').waitFor();
    await field(page, 'birthDate').fill('1961-03-02');
    await field(page, 'phone').fill(LIU.phone);
    await press(page, 'register');
    liuId = await patientShown(page, LIU.name);
    expect(page.url()).toBe(`${hub.url}/patients/${liuId}`);
    await expectAccessible(page);
  });

  it('asks who comes with a small child', async () => {
    const { page } = wang;
    await register(page, { name: '岩温', birthDate: '2024-05-01' });
    await page.getByText('6 岁以下须有监护人，请填写').waitFor();
    await field(page, 'guardianName').fill('玉罕');
    await field(page, 'guardianRelation').fill('母亲');
    await press(page, 'register');
    await patientShown(page, '岩温');
    await page.getByText('玉罕（母亲）').waitFor();
  });

  it('sees who may be the same person before anybody is registered twice', async () => {
    const { page } = wang;
    const again = { name: ALIKE, idKind: 'resident_id', idNumber: LIU.number };
    await register(page, again);
    await page.getByText('证件号码相同').waitFor(PATIENCE);
    await expectAccessible(page);
    await press(page, 'this-patient');
    expect(await patientShown(page, LIU.name)).toBe(liuId);
    await register(page, again);
    await press(page, 'register-anyway');
    expect(await patientShown(page, ALIKE)).not.toBe(liuId);
  });

  it('finds a patient by name, sound, initials, telephone and document', async () => {
    const { page } = wang;
    await openPage(page, `${hub.url}/patients`);
    for (const text of ['刘', 'liujianf', 'ljf', '刘jian', '3456', LIU.number])
      expect(await found(page, text), text).toContain(LIU.name);
    expect(await found(page, 'ljf')).toEqual(expect.arrayContaining([LIU.name, ALIKE]));
    const row = page.getByTestId('patient-row').filter({ hasText: LIU.name });
    expect(await row.innerText()).toMatch(/138\*{4}3456/);
    expect(await page.content()).not.toContain(LIU.number);
    await expectAccessible(page);
    expect(await found(page, '没有这个人')).toEqual([]);
    await page.getByText('没有找到这位患者').first().waitFor();
    // What is looked for is in no address.
    expect(page.url()).toBe(`${hub.url}/patients`);
    await page.getByTestId('patients').getByRole('button', { name: '登记新患者' }).click();
    await vi.waitFor(async () => expect(await field(page, 'name').inputValue()).toBe('没有这个人'));
    expect(page.url()).toBe(`${hub.url}/patients/new`);
  });

  it('finds and opens with the keyboard alone', async () => {
    const { page } = wang;
    await openPage(page, `${hub.url}/patients`);
    await found(page, 'ljf');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
    await found(page, LIU.phone);
    await page.keyboard.press('Enter');
    expect(await patientShown(page, LIU.name)).toBe(liuId);
  });

  it('picks one for a request, or registers one there', async () => {
    const { page } = wang;
    await openPage(page, `${hub.url}/consults/new`);
    const chosen = page.locator('input[type="hidden"][name="patientId"]');
    await found(page, LIU.phone);
    // Enter chooses the only one, and sends no form.
    await page.keyboard.press('Enter');
    await press(page, 'picker-change');
    expect(await chosen.inputValue()).toBe('');
    await found(page, '普拉多');
    await press(page, 'picker-register');
    expect(await field(page, 'name').inputValue()).toBe('普拉多');
    await field(page, 'idKind').selectOption('none');
    await expectAccessible(page);
    await press(page, 'register');
    await page.getByTestId('picker-change').waitFor(PATIENCE);
    await page.getByTestId('patient-picker').getByText('普拉多').waitFor();
    expect(await chosen.inputValue()).toMatch(/^[\w-]+$/);
    expect(page.url()).toBe(`${hub.url}/consults/new`);
  });

  it('changes details, and takes the change back', async () => {
    const { page } = wang;
    await openPage(page, `${hub.url}/patients/${liuId}`);
    await press(page, 'edit-patient');
    expect(await field(page, 'birthDate').isDisabled()).toBe(true);
    await expectAccessible(page);
    await field(page, 'phone').fill('x');
    await press(page, 'save-patient');
    await page.getByText('电话号码应为').waitFor();
    await field(page, 'phone').fill('0872 2123456');
    await press(page, 'save-patient');
    await page.getByRole('link', { name: '08722123456' }).waitFor(PATIENCE);
    await page.getByRole('button', { name: '撤销', exact: true }).click();
    await page.getByRole('link', { name: LIU.phone }).waitFor(PATIENCE);
  });

  it('makes two records one, and two again', async () => {
    const { page } = wang;
    await openPage(page, `${hub.url}/patients/${liuId}`);
    await page.getByTestId('likely-duplicates').getByText(ALIKE).waitFor();
    await press(page, 'merge');
    await expectAccessible(page);
    await press(page, 'confirm');
    await page.getByTestId('likely-duplicates').waitFor({ state: 'detached', ...PATIENCE });
    await page.getByTestId('merges').waitFor();

    await openPage(page, `${hub.url}/patients`);
    expect(await found(page, ALIKE)).toEqual([LIU.name]);
    await page.getByText(`原档案名：${ALIKE}`).waitFor();
    await page.keyboard.press('Enter');
    await patientShown(page, LIU.name);

    await press(page, 'undo-merge');
    await press(page, 'confirm');
    await page.getByTestId('likely-duplicates').getByText(ALIKE).waitFor(PATIENCE);
    await page.locator('[data-undone="true"]').waitFor();

    // The same from the list of all, where the older record is kept unless one says otherwise.
    await openPage(page, `${hub.url}/patients/duplicates`);
    const pair = page.getByTestId('pair').filter({ hasText: ALIKE });
    await pair.getByTestId('merge').click();
    await press(page, 'confirm');
    await pair.waitFor({ state: 'detached', ...PATIENCE });
    await page.getByRole('button', { name: '撤销合并' }).click();
    await pair.waitFor(PATIENCE);
    await expectAccessible(page);
  });

  it('sees HTML that was typed into a field as text', async () => {
    const { page } = wang;
    const fields = { name: HTML, birthDate: '2023-01-01', guardianName: HTML, guardianRelation: HTML };
    await register(page, fields);
    const patientId = await patientShown(page, HTML);
    expect(await page.getByText(`${HTML}（${HTML}）`).count()).toBe(1);
    await register(page, { ...fields, guardianName: '玉罕' });
    await page.getByTestId('look-alikes').getByText(HTML).first().waitFor(PATIENCE);
    await press(page, 'register-anyway');
    await patientShown(page, HTML);
    await press(page, 'merge');
    await page.getByRole('dialog').getByText(HTML).first().waitFor();
    await openPage(page, `${hub.url}/patients/duplicates`);
    await page.getByTestId('pair').getByText(HTML).first().waitFor();
    await openPage(page, `${hub.url}/patients`);
    expect(await found(page, '<img')).toEqual([HTML, HTML]);
    expect(await page.locator('img').count()).toBe(0);
    expect(patientId).not.toBe('');
  });

  it('and nobody of another institution gets to a patient', async () => {
    const { page } = li;
    expect((await page.goto(`${hub.url}/patients/${liuId}`))?.status()).toBe(404);
    await openPage(page, `${hub.url}/patients`);
    expect(await found(page, 'ljf')).toEqual([]);
    const ask = (path: string, data: object, origin = hub.url) =>
      li.context.request
        .post(hub.url + path, { data, headers: { origin } })
        .then((response) => response.status());
    expect(await ask('/patients/search', { patientId: liuId })).toBe(404);
    expect(await ask('/patients/search', { text: 'ljf' }, 'https://elsewhere.example')).toBe(403);
    expect(await ask('/patients/search', { text: 'ljf', all: true })).toBe(400);
    expect(await ask('/patients/register', { patient: { name: 'a\u0000' }, seen: [] })).toBe(400);
    const merging = await li.context.request.post(`${hub.url}/patients/duplicates?/merge`, {
      form: { keptId: liuId, mergedId: liuId.toLowerCase() + '1' },
      headers: { origin: hub.url, 'x-sveltekit-action': 'true' },
    });
    expect(await merging.json()).toMatchObject({ type: 'failure', status: 404 });
  });
});

describe('an administrator', () => {
  it('names departments, each once', async () => {
    const { page } = admin;
    await openPage(page, `${hub.url}/admin/people`);
    const save = async (name: string) => {
      await field(page, 'department').fill(name);
      await press(page, 'save-department');
    };
    const department = (name: string) => page.getByTestId('department').filter({ hasText: name });
    await press(page, 'add-department');
    await save('疼痛科');
    await department('疼痛科').waitFor(PATIENCE);
    await press(page, 'add-department');
    await save('疼痛科');
    await page.getByText('已有同名科室').waitFor();
    await expectAccessible(page);
    await save(HTML);
    await department(HTML).waitFor(PATIENCE);
    await department(HTML).getByRole('button').click();
    await save('康复科');
    await department('康复科').waitFor(PATIENCE);
    expect(await department(HTML).count()).toBe(0);
  });

  it('says what people are by profession', async () => {
    const { page } = admin;
    await openPage(page, `${hub.url}/admin/people`);
    const row = page.getByTestId('colleague').filter({ hasText: '陈明' });
    await row.getByTestId('describe').click();
    await field(page, 'title').fill('');
    await field(page, 'licenceNumber').fill('!');
    await press(page, 'save-practitioner');
    await page.getByText('请填写职称').waitFor();
    await page.getByText('请对照证书核对').waitFor();
    await expectAccessible(page);
    await field(page, 'title').fill(HTML);
    await field(page, 'licenceNumber').fill('1105 3000 0012 345');
    await field(page, 'departmentId').selectOption({ label: '康复科' });
    await page.getByLabel('普通外科').check();
    await page.getByLabel('肿瘤科').check();
    await field(page, 'introduction').fill(HTML);
    await press(page, 'save-practitioner');
    await row.getByText('康复科').waitFor(PATIENCE);
    for (const text of [HTML, '康复科', '肿瘤科、普通外科', '110530000012345'])
      expect(await row.innerText()).toContain(text);
    expect(await page.locator('img').count()).toBe(0);
    await row.getByTestId('describe').click();
    expect(await page.getByLabel('肿瘤科').isChecked()).toBe(true);
    expect(await field(page, 'introduction').inputValue()).toBe(HTML);
  });
});

describe.each(LOOKS)('$name', ({ viewport, locale, colorScheme }) => {
  it.each([
    ['wang', ['/patients', '/patients/new', '/patients/duplicates']],
    ['admin', ['/admin/people']],
  ] as const)('the pages of %s', async (username, paths) => {
    const { page, context, errors } = await openPerson(browser, { viewport, locale, colorScheme });
    await logIn(page, hub.url, username, password);
    for (const path of paths) {
      await openPage(page, hub.url + path);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    }
    if (username === 'wang') {
      await openPage(page, `${hub.url}/patients`);
      await found(page, 'ljf');
      await page.getByTestId('patient-row').first().click();
      await page.getByTestId('patient').waitFor(PATIENCE);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    }
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('who may not', () => {
  it('see patients: an administrator; people and departments: a doctor', async () => {
    for (const path of ['/patients', '/patients/new', '/patients/duplicates', '/patients/p_123456'])
      expect((await admin.page.goto(hub.url + path))?.status(), path).toBe(403);
    const searched = await admin.context.request.post(`${hub.url}/patients/search`, {
      data: { text: 'ljf' },
      headers: { origin: hub.url },
    });
    expect(searched.status()).toBe(403);
    expect((await wang.page.goto(`${hub.url}/admin/people`))?.status()).toBe(403);
    const described = await wang.context.request.post(`${hub.url}/admin/people?/addDepartment`, {
      form: { name: '眼科' },
      headers: { origin: hub.url, 'x-sveltekit-action': 'true' },
    });
    expect(described.status()).toBe(403);
  });
});
