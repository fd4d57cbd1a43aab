import { expect, expectAccessible, expectFitsAPhone, signIn, test } from './fixtures';
import { oneTimeCode, people } from './server';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

const password = 'a lantern over quiet water';

/** What the page shows this once. */
async function shownOnce(page: Page) {
  return (await page.locator('.shown-once code').first().innerText()).trim();
}

test('an owner invites somebody, who joins, and removes them at once', async ({ page, browser, baseURL, javaScriptEnabled }, { project }) => {
  const email = `robin.${project.name}@meridian-health.example`;
  await signIn(page, people.owner);
  await page.goto('/portal/people');
  await expectAccessible(page);
  await page.getByLabel('Email').fill(email);
  await page.locator('#role').selectOption('auditor');
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await shownOnce(page);
  await expectAccessible(page);
  await expectFitsAPhone(page);

  const theirs = await browser.newContext({ baseURL, javaScriptEnabled });
  const robin = await theirs.newPage();
  await robin.goto(new URL(link).pathname);
  await expect(robin.getByRole('heading', { level: 1 })).toHaveText('Join Meridian Health Group');
  await expectAccessible(robin);
  await robin.getByLabel('Your name').fill('Robin Hale');
  await robin.getByLabel('Password').fill('short');
  await robin.getByRole('button', { name: 'Go on' }).click();
  await expect(robin.getByText('needs at least 15 characters')).toBeVisible();
  await expect(robin.getByLabel('Your name')).toHaveValue('Robin Hale');
  await robin.getByLabel('Password').fill(password);
  await robin.getByRole('button', { name: 'Go on' }).click();
  await expect(robin.getByRole('status').first()).toContainText('Welcome');
  await robin.goto('/portal/access');
  await expect(robin.getByRole('heading', { level: 1 })).toHaveText('Access record');
  await robin.goto('/portal/people');
  await expect(robin.getByText(email)).toBeVisible();
  await expect(robin.getByRole('heading', { name: 'Invite somebody' })).toHaveCount(0);
  await expectAccessible(robin);

  await page.goto('/portal/people');
  const line = page.getByRole('listitem').filter({ hasText: email });
  await line.getByText('Manage').click();
  await line.getByLabel('Role').selectOption('approver');
  await line.getByRole('button', { name: 'Change the role' }).click();
  await expect(page.getByRole('status').first()).toContainText('The role is changed');
  await line.getByText('Manage').click();
  await expectAccessible(page);
  await line.getByRole('button', { name: 'Remove Robin Hale' }).click();
  await expect(page.getByRole('status').first()).toContainText('every session of theirs has ended');
  await robin.goto('/portal/access');
  await expect(robin).toHaveURL(/\/sign-in\?next=/);
  await theirs.close();

  await page.goto('/portal/activity');
  for (const act of ['Invited a person', 'Joined', 'Changed a person’s role', 'Removed a person']) {
    await expect(page.getByText(act).first()).toBeVisible();
  }
  await expectAccessible(page);
  await expectFitsAPhone(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV', exact: true }).click();
  const lines = readFileSync(await (await download).path(), 'utf8').split('\r\n');
  expect(lines[0]).toBe('sequence,happened_at,act,actor_id,actor,subject,device,address');
  const acts = lines.filter(line => line.includes(email) || line.includes('Robin Hale')).map(line => line.split(',')[2]);
  expect(acts).toEqual(['member_removed', 'member_role_changed', 'signed_in', 'member_joined', 'member_invited']);
});

test('a token is shown once, works, is rotated and revoked', async ({ page, request }, { project }) => {
  await signIn(page, people.owner);
  await page.goto('/portal/tokens');
  const name = `SIEM ${project.name}`;
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Make it' }).click();
  const token = await shownOnce(page);
  await expectAccessible(page);
  await expectFitsAPhone(page);
  const read = async (bearer: string) =>
    (await request.get('/api/v1/access-events', { headers: { authorization: `Bearer ${bearer}` } })).status();
  expect(await read(token)).toBe(200);

  await page.goto('/portal/tokens');
  const line = page.getByRole('listitem').filter({ hasText: name });
  await line.getByText('Manage').click();
  await expectAccessible(page);
  await line.getByRole('button', { name: 'Rotate' }).click();
  const next = await shownOnce(page);
  expect([await read(token), await read(next)]).toEqual([200, 200]);
  await page.goto('/portal/tokens');
  for (const _ of [1, 2]) {
    await line.first().getByText('Manage').click();
    await line.first().getByRole('button', { name: 'Revoke' }).click();
    await expect(page.getByRole('status').first()).toContainText('is revoked');
  }
  expect([await read(token), await read(next)]).toEqual([401, 401]);
});

test('an authenticator app is set up and asked for, and a recovery code stands in for it', async ({ page, browser, baseURL, javaScriptEnabled }, { project }) => {
  // A person of this test's own.
  await signIn(page, people.otherOwner);
  await page.goto('/portal/people');
  const email = `kim.${project.name}@aurora-savings.example`;
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = new URL(await shownOnce(page)).pathname;
  const theirs = await browser.newContext({ baseURL, javaScriptEnabled });
  const kim = await theirs.newPage();
  await kim.goto(link);
  await kim.getByLabel('Your name').fill('Kim Park');
  await kim.getByLabel('Password').fill(password);
  await kim.getByRole('button', { name: 'Go on' }).click();
  await kim.getByRole('link', { name: 'Set up an authenticator app' }).click();
  await expectAccessible(kim);
  await expectFitsAPhone(kim);
  const secret = (await kim.locator('.steps code').innerText()).replaceAll(' ', '');
  await kim.getByLabel('Code', { exact: true }).fill(oneTimeCode(secret));
  await kim.getByRole('button', { name: 'Confirm' }).click();
  const recovery = await shownOnce(kim);
  await expectAccessible(kim);
  await expectFitsAPhone(kim);

  await kim.getByRole('button', { name: 'Sign out' }).click();
  await kim.goto('/sign-in');
  await kim.getByLabel('Email', { exact: true }).fill(email);
  await kim.getByLabel('Password').fill(password);
  await kim.getByLabel('Password').press('Enter');
  await expect(kim).toHaveURL(/\/sign-in\/code/);
  await expectAccessible(kim);
  await kim.getByLabel('Code', { exact: true }).fill('not a code');
  await kim.getByLabel('Code', { exact: true }).press('Enter');
  await expect(kim.getByRole('alert')).toContainText('not a code that works now');
  await kim.getByLabel('Code', { exact: true }).fill(recovery);
  await kim.getByLabel('Code', { exact: true }).press('Enter');
  await expect(kim).toHaveURL('/portal');
  await theirs.close();
});

test('the provider’s administrator makes a customer, and nobody there reads a customer’s pages', async ({ page, problems }, { project }) => {
  await signIn(page, people.administrator);
  await expect(page).toHaveURL('/desk');
  await page.goto('/desk/customers');
  await page.getByLabel('Name', { exact: true }).fill(`Juniper ${project.name}`);
  await page.getByLabel('Name for reporting systems').fill(`juniper-${project.name}`);
  await page.getByLabel('Email of its first owner').fill(`owner@juniper-${project.name}.example`);
  await page.getByRole('button', { name: 'Make it' }).click();
  expect(await shownOnce(page)).toContain('/join/');
  await expectAccessible(page);
  for (const path of ['/desk/people', '/desk/tokens', '/desk/activity']) {
    await page.goto(path);
    await expectAccessible(page);
    await expectFitsAPhone(page);
  }
  // Nobody makes a lawyer alone.
  const lawyer = `lee.${project.name}@nimbus.example`;
  await page.goto('/desk/people');
  await page.getByLabel('Email').fill(lawyer);
  await page.locator('#role').selectOption('legal');
  await page.getByRole('button', { name: 'Make a link' }).click();
  await expect(page.getByRole('status').first()).toContainText('waits for a second person');
  const waits = page.getByRole('region', { name: 'Waiting for a second person' }).getByRole('listitem').filter({ hasText: lawyer });
  await expect(waits.getByRole('button', { name: 'Confirm' })).toHaveCount(0);
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await waits.getByRole('button', { name: 'Withdraw' }).click();
  await expect(page.getByText(lawyer)).toHaveCount(0);

  problems.expect(/404/);
  await page.goto('/portal/people');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing at this address');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`what owners manage is accessible and fits on a small phone, ${colorScheme}`, async ({ browser, baseURL, javaScriptEnabled }) => {
    test.setTimeout(120_000);
    const context = await browser.newContext({
      baseURL,
      colorScheme,
      javaScriptEnabled,
      viewport: { width: 320, height: 700 },
    });
    const page = await context.newPage();
    await signIn(page, people.otherOwner);
    await page.goto('/portal/tokens');
    await page.getByLabel('Name').fill(`Collector ${colorScheme}`);
    await page.getByRole('button', { name: 'Make it' }).click();
    for (const path of ['/portal/people', '/portal/tokens', '/portal/sign-in-rule', '/portal/single-sign-on', '/portal/activity']) {
      await page.goto(path);
      for (const summary of await page.locator('main summary').all()) await summary.click();
      await expectFitsAPhone(page);
      await expectAccessible(page);
    }
    await context.close();
  });
}
