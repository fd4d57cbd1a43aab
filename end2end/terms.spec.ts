import { readFileSync } from 'node:fs';
import { expect, expectAccessible, expectFitsAPhone, signIn, test } from './fixtures';
import { people } from './server';

test('an auditor sees on what a transfer rested on the day before a mechanism fell, and on the day', async ({ page }) => {
  await signIn(page, people.auditor);
  await page.goto('/portal/transfers');
  await expect(page.getByText('all rest on a mechanism in force')).toBeVisible();
  await expect(page.getByRole('img', { name: /Where your data is/ })).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);

  const transfer = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Nimbus Mail', exact: true }) }).filter({ hasText: 'Ireland to United States' }).first();
  await page.getByLabel('As of').fill('2015-10-05');
  await page.getByRole('button', { name: 'Show this day' }).click();
  await expect(page.getByRole('status').or(page.getByText('As of 5 October 2015')).first()).toBeVisible();
  await expect(transfer).toContainText('EU-US Safe Harbor');
  await page.getByLabel('As of').fill('2015-10-06');
  await page.getByRole('button', { name: 'Show this day' }).click();
  await expect(transfer).toContainText('Model Clauses');
  await expectAccessible(page);

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Transfers, CSV' }).click()]);
  const csv = readFileSync(await file.path(), 'utf8');
  expect(csv).toContain('2015-10-06,mail-us,');
});

test('an auditor compares two versions of a contract paper side by side', async ({ page }) => {
  await signIn(page, people.auditor);
  await page.goto('/portal/transfers');
  await page.getByRole('link', { name: 'Data processing addendum' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Data processing addendum');
  const compare = page.getByRole('form', { name: 'Compare two versions' });
  await compare.getByLabel('Older').selectOption({ index: 2 });
  await compare.getByLabel('Newer').selectOption({ index: 0 });
  await compare.getByRole('button', { name: 'Compare' }).click();
  await expect(page.locator('del').first()).toBeVisible();
  await expect(page.locator('ins').first()).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);
});

test('an auditor takes a full report under its terms, and it carries who took it', async ({ page }) => {
  await signIn(page, people.auditor);
  await page.goto('/portal/documents');
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.getByRole('button', { name: 'Accept these terms' }).first().click();
  const given = page.getByRole('region', { name: 'Full report' }).filter({ hasText: 'You accepted its terms' });
  const link = given.getByRole('link').first();
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const pdf = readFileSync(await file.path());
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  await page.goto('/portal/activity');
  await expect(page.getByText('Accepted the terms of a report').first()).toBeVisible();
  await expect(page.getByText('Downloaded a report').first()).toBeVisible();
});

test('a customer objects to a subprocessor while there is time', async ({ page }) => {
  await signIn(page, people.owner);
  await page.goto('/portal/transfers');
  const ahead = page.getByRole('region', { name: 'Changes ahead' });
  await expect(ahead.getByText(/days? left to object/).first()).toBeVisible();
  await ahead.getByRole('link', { name: /notice/i }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('a subprocessor');
  const form = page.locator('form[action$="/object"]');
  await form.getByRole('textbox').fill('We would rather not have it.');
  await form.getByRole('button').click();
  await expect(page.getByRole('status')).toContainText('Your objection is with the provider');
});

test('everybody reads what is promised, who checked it, and what a policy said', async ({ page }) => {
  for (const [address, heading] of [['/commitments', /What we promise/], ['/audits', /./], ['/audits/controls', /./], ['/policies', /./]] as const) {
    await page.goto(address);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
    await expectAccessible(page);
    await expectFitsAPhone(page);
  }
  await page.goto('/policies/privacy-statement/2024-10-01?with=2022-03-01');
  await expect(page.locator('ins').first()).toBeVisible();
  await expectAccessible(page);
});

test('everybody reads an edition of the provider’s own report, and cites it', async ({ page }) => {
  await page.goto('/transparency/editions');
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.getByRole('link', { name: /edition 1/ }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('edition 1');
  await expect(page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('listitem')).toHaveCount(2);
  await expect(page.getByText('held back').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'How to cite this edition' })).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);
});
