import { expect, expectAccessible, expectFitsAPhone, signIn, test } from './fixtures';
import { people } from './server';

// Figures of an invented publisher, in Vitrine's own form of file.
const header =
  'publisher,service,period,period_start,period_end,jurisdiction,country,class_published,class,metric,' +
  'status,low,high,footnote,source,source_retrieved,source_sha256,source_row';
const figure = (country: string, code: string, count: number, row: number) =>
  `Example Hosting,Account requests,2025-H1,2025-01-01,2025-06-30,${country},${code},,all,requests,` +
  `exact,${count},${count},,Invented for a test,2025-09-01,${'ab'.repeat(32)},${row}`;
const file = (lines: string[]) => ({
  name: 'example-hosting.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from([header, ...lines, ''].join('\r\n')),
});

test('a publisher’s file is uploaded by one person and imported by another, and then everybody reads it', async ({ page, browser, baseURL, javaScriptEnabled, problems }) => {
  test.setTimeout(180_000);
  problems.expect(/422/);
  await signIn(page, people.publishing);
  await page.goto('/desk/statistics');
  await expectAccessible(page);
  await expectFitsAPhone(page);

  // One that says something unknown is shown with the place of it, and can't be imported.
  await page.getByLabel('Files', { exact: true }).setInputFiles(file([figure('Atlantis', 'QQ', 3, 2)]));
  await page.getByLabel('Downloaded on').fill('2025-09-01');
  await page.getByRole('button', { name: 'Look at them' }).click();
  await expect(page.getByRole('alert')).toContainText('Line 2');
  await expect(page.getByText('It can’t be imported')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Throw it away' }).click();

  await page.getByLabel('Files', { exact: true }).setInputFiles(file([figure('France', 'FR', 41, 2), figure('Germany', 'DE', 17, 3)]));
  await page.getByLabel('Downloaded on').fill('2025-09-01');
  await page.getByRole('button', { name: 'Look at them' }).click();
  await expect(page.getByRole('status')).toContainText('Nothing changed yet');
  await expect(page.getByText('You uploaded it: somebody else')).toBeVisible();
  await expect(page.getByRole('heading', { name: /2 figures of 2 jurisdictions/ })).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);

  const other = await browser.newContext({ baseURL, javaScriptEnabled });
  const legal = await other.newPage();
  await signIn(legal, people.legal);
  await legal.goto('/desk/statistics');
  await legal.getByRole('region', { name: 'Waits for a second person' }).getByRole('link', { name: 'example-hosting.csv' }).click();
  await legal.getByRole('button', { name: 'Import it' }).click();
  await expect(legal.getByRole('status')).toContainText('It is imported');
  await expect(legal.getByRole('row', { name: /example-hosting\.csv/ })).toBeVisible();
  await other.close();

  const everybody = await browser.newContext({ baseURL, javaScriptEnabled });
  const reader = await everybody.newPage();
  await reader.goto('/transparency?publisher=Example+Hosting');
  await expect(reader.locator('.lede')).toContainText('58 requests');
  await reader.goto('/transparency/countries?publisher=Example+Hosting');
  await expect(reader.getByRole('row', { name: /France/ }).first()).toContainText('41');
  await everybody.close();
});

test('a half-year’s report is drafted by the legal team and published by somebody else', async ({ page, browser, baseURL, javaScriptEnabled, problems }) => {
  test.setTimeout(180_000);
  await signIn(page, people.legal);
  await page.goto('/desk/report');
  await expectAccessible(page);
  await expectFitsAPhone(page);
  // The demo has an edition of it, so this one is a later edition and has to say what was wrong before.
  problems.expect(/422/);
  await page.getByRole('button', { name: 'Draft it' }).click();
  await expect(page.getByRole('alert')).toContainText('what was wrong before');
  await page.getByLabel('Errata').fill('Nothing was wrong before; later demands are added.');
  await page.getByLabel('National security process').selectOption({ label: '50 USC 1874(a)(3): bands of 250, all kinds together' });
  await page.getByRole('button', { name: 'Draft it' }).click();
  await expect(page.getByRole('status')).toContainText('Nothing is published yet');
  await expect(page.getByRole('heading', { name: 'What is held back, for the legal team alone' })).toBeVisible();
  await expect(page.getByText('You drafted it: somebody else')).toBeVisible();
  const title = await page.getByRole('heading', { level: 1 }).innerText();
  await expectAccessible(page);
  await expectFitsAPhone(page);

  const other = await browser.newContext({ baseURL, javaScriptEnabled });
  const publishing = await other.newPage();
  await signIn(publishing, people.publishing);
  await publishing.goto('/desk/report');
  await expect(publishing.getByRole('heading', { name: 'Draft an edition' })).toHaveCount(0);
  await publishing.getByRole('region', { name: 'Waits for a second person' }).getByRole('link', { name: title }).click();
  await expect(publishing.getByText('for the legal team alone')).toHaveCount(0);
  await publishing.getByRole('button', { name: 'Publish it' }).click();
  await expect(publishing.getByRole('status')).toContainText('Nothing changes it any more');
  await publishing.getByRole('region', { name: 'Published' }).getByRole('link', { name: title }).click();
  await expect(publishing.getByRole('heading', { level: 1 })).toHaveText(title);
  await other.close();

  // Whoever is not signed in reads it too.
  await page.context().clearCookies();
  await page.goto('/transparency/editions');
  await page.getByRole('link', { name: title }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await expectAccessible(page);
});
