import { readFileSync } from 'node:fs';
import { expect, expectAccessible, expectFitsAPhone, signIn, test } from './fixtures';
import { people } from './server';

test('an access is asked about, answered, disputed and put right', async ({ page, browser, baseURL, javaScriptEnabled, problems }, { project }) => {
  test.setTimeout(120_000);
  // A form with something wrong in it is answered by 422, which the browser calls a failure.
  problems.expect(/422/);
  await signIn(page, people.owner);
  await page.goto('/portal/access');
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  const record = page.url();
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('This is missing.')).toBeVisible();
  await expectAccessible(page);
  const question = `Which of our people was this for? ${project.name}`;
  await page.getByLabel('Your words').fill(question);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('Your question is with the provider');
  await expect(page.getByText('Waits for an answer')).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);
  const inquiry = page.url().split('?')[0];

  const desk = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
  await signIn(desk, people.operations);
  await desk.goto('/desk/inquiries');
  await expectAccessible(desk);
  await expectFitsAPhone(desk);
  await desk.getByRole('region', { name: 'All' }).getByRole('row').nth(1).getByRole('link').click();
  await expect(desk.getByText(question)).toBeVisible();
  await expectAccessible(desk);
  await expectFitsAPhone(desk);
  await desk.getByLabel('What you say').fill('For your storage team.');
  await desk.getByRole('button', { name: 'Send' }).click();
  await expect(desk.getByRole('status')).toContainText('Your answer is there');

  await page.goto('/portal/inquiries');
  await expect(page.getByText('Unread').first()).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.goto(inquiry);
  await expect(page.getByText('For your storage team.')).toBeVisible();
  await page.getByLabel('Your words').fill('We have no such team.');
  await page.getByRole('button', { name: 'Dispute it' }).click();
  await expect(page.getByRole('status')).toContainText('Your dispute is with the provider');
  await expect(page.getByRole('button', { name: 'Dispute it' }), 'one dispute at a time').toHaveCount(0);

  await desk.reload();
  await expect(desk.getByText('We have no such team.')).toBeVisible();
  await desk.getByRole('radio', { name: 'The record was wrong' }).check();
  await desk.getByLabel('Why', { exact: true }).fill('The justification was that of another customer.');
  await desk.getByRole('button', { name: 'Decide', exact: true }).click();
  await expect(desk.getByText('say how the record is put right')).toBeVisible();
  await expectAccessible(desk);
  await desk.getByRole('radio', { name: /^A new record, written/ }).check();
  await desk.getByLabel('Justification, as it is right').fill('A key was rotated after an alert');
  await desk.getByRole('button', { name: 'Decide', exact: true }).click();
  await expect(desk.getByRole('status')).toContainText('The dispute is decided');
  await expectAccessible(desk);
  await desk.context().close();

  await page.goto(inquiry);
  const said = page.getByRole('region', { name: 'What was said' });
  await expect(said).toContainText('The justification was that of another customer.');
  await expectAccessible(page);
  await said.getByRole('link').last().click();
  await expect(page.getByText('This record corrects')).toBeVisible();
  await expect(page.getByText('A key was rotated after an alert').first()).toBeVisible();
  await page.goto(record);
  await expect(page.getByText('This record was corrected later by')).toBeVisible();
  await expectAccessible(page);
});

test('a finding is dismissed with its reason, and another becomes a question', async ({ page, problems }) => {
  problems.expect(/422/);
  await signIn(page, people.owner);
  await page.getByRole('link', { name: 'Findings', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Findings');
  await expectAccessible(page);
  await expectFitsAPhone(page);
  const open = page.getByRole('region', { name: 'Nobody has looked at these' });
  const before = page.getByRole('region', { name: 'Looked at before' });
  const finding = (kind: string) =>
    open.locator('.findings > li').filter({ has: page.getByRole('heading', { name: kind, exact: true }) }).first();
  for (const kind of ['Unusual country', 'Unusual hour', 'First-time accessor', 'One accessor had most accesses']) {
    await expect(finding(kind), kind).toBeVisible();
  }

  const busy = finding('Unusually many accesses in a day');
  await expect(busy).toContainText('of that; more than');
  await busy.locator('summary').click();
  await busy.getByRole('button', { name: 'Dismiss it' }).click();
  await expect(busy.getByText('This is missing.')).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await busy.getByLabel('Why it needs no answer').fill('A rack was replaced; we were told beforehand.');
  await busy.getByRole('button', { name: 'Dismiss it' }).click();
  await expect(page.getByRole('status')).toContainText('The finding is dismissed');
  await expect(before).toContainText('A rack was replaced; we were told beforehand.');
  await expect(finding('Unusually many accesses in a day')).toHaveCount(0);

  const night = finding('Unusual hour');
  await night.getByRole('link', { name: 'See them in the record' }).click();
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await page.goBack();
  await night.getByRole('link', { name: /^Ask the provider/ }).click();
  await expect(page.getByLabel('Your words')).toHaveValue(/began between \d\d:00 and \d\d:00\./);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('Your question is with the provider');
  await page.goto('/portal/findings');
  await expect(before).toContainText('Asked about by Ruth Okafor');
  await expectAccessible(page);
});

test('a month is summed up on a page that prints and as CSV', async ({ page }) => {
  await signIn(page, people.auditor);
  await page.goto('/portal/summary');
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.getByRole('main').getByRole('link').nth(1).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Access to your data in');
  await expect(page.getByRole('heading', { name: 'Why your data was accessed' })).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);
  const link = page.getByRole('link', { name: 'CSV', exact: true });
  const download = page.waitForEvent('download');
  await link.click();
  const lines = readFileSync(await (await download).path(), 'utf8').split('\r\n');
  expect(lines[0]).toBe('month,section,item,count,count_month_before,note');
  expect(lines.some(line => /^\d{4}-\d{2},total,Accesses in the record,\d+,\d+,$/.test(line))).toBe(true);
  await page.emulateMedia({ media: 'print' });
  await expect(link).toBeHidden();
  await expect(page.getByRole('heading', { name: 'What stood out' })).toBeVisible();
});
