import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, expectAccessible, expectFitsAPhone, signIn, test } from './fixtures';
import { people } from './server';

const reason = 'Looked at, and found in order.';

/** Answers the item of the review that comes next. */
async function answer(page: Page, item: string, found: string) {
  const next = page.getByRole('region', { name: 'What comes next' });
  await expect(next.getByRole('heading', { level: 3 })).toHaveText(item);
  const form = next.locator('form').filter({ has: page.getByRole('button', { name: 'Answer', exact: true }) });
  await form.getByLabel('What you found').selectOption({ label: found });
  await form.getByLabel('Why').fill(reason);
  await form.getByRole('button', { name: 'Answer', exact: true }).click();
}

/** Does an act that is folded away. */
async function fold(page: Page, summary: string, why: string, words: string, button: string) {
  const details = page.locator('details').filter({ has: page.getByText(summary, { exact: true }) });
  await details.getByText(summary, { exact: true }).click();
  await details.getByLabel(why).fill(words);
  await details.getByRole('button', { name: button }).click();
}

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Whoever signed in stays so for the next test: a person's code works once in half a minute. */
const signedIn: { legal?: State; counsel?: State } = {};

/** The time now, as a field for a date and a time takes it in UTC. */
const now = () => new Date(Date.now() - 3_600_000).toISOString().slice(0, 16);

test('a demand goes from intake to the customer’s acknowledgement, by three people', async ({ page, browser, baseURL, javaScriptEnabled, problems }, { project }) => {
  test.setTimeout(180_000);
  // A form with something wrong in it is answered by 422, which the browser calls a failure.
  problems.expect(/422/);
  const reference = `26-${project.name}-1`;
  await signIn(page, people.legal);
  await page.goto('/desk/demands');
  await expect(page.getByText('Sealed').first()).toBeVisible();
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.getByRole('link', { name: 'Register a demand' }).click();
  await page.getByLabel('Authority', { exact: true }).fill('Police Office, Exampleton');
  await page.getByLabel('Its country').fill('DE');
  await page.getByLabel('Its number or mark').fill(reference);
  await page.getByLabel('Legal process').selectOption({ label: 'US: Subpoena' });
  await page.getByLabel('Received', { exact: true }).fill(now());
  await page.getByLabel('Subscriber data').check();
  await page.getByLabel('Content', { exact: true }).check();
  await page.getByLabel('Accounts and identifiers named').fill('account: invoices@meridian-health.example');
  await page.getByLabel('What it is about').fill('Invoice fraud');
  await page.getByRole('button', { name: 'Register it' }).click();
  await expect(page.getByText('is no process of Germany')).toBeVisible();
  await expect(page.getByLabel('Content', { exact: true })).toBeChecked();
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.getByLabel('Legal process').selectOption({ label: 'Others: Warrant of another country' });
  await page.getByRole('button', { name: 'Register it' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(reference);
  const address = page.url();

  await page.getByText('Say whose it is', { exact: true }).click();
  await page.getByLabel('Customer', { exact: true }).fill('meridian health');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await expect(page.getByText('Near it, with the name to write in brackets: Meridian Health Group')).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Customer', { exact: true }).fill('Meridian Health Group');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByLabel('What it is', { exact: true }).selectOption({ label: 'The demand' });
  await page.getByLabel('File').setInputFiles({ name: 'warrant.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 a warrant') });
  await page.getByRole('button', { name: 'Add it' }).click();
  await expect(page.getByRole('link', { name: 'warrant.pdf' })).toBeVisible();
  await answer(page, 'Authentic, and from a competent authority', 'Met');
  await answer(page, 'Served properly', 'Met');
  await answer(page, 'Addressed to the right entity, within the authority’s jurisdiction', 'Met');
  await answer(page, 'Has a legal basis', 'Met');
  await answer(page, 'Names specific accounts and identifiers', 'Met');
  await answer(page, 'The process suffices for each kind of data', 'Met');
  await answer(page, 'Narrow and proportionate', 'Met');
  await fold(page, 'Ask the authority to turn to the customer', 'How it was asked', 'By letter.', 'It was asked');
  await answer(page, 'The authority was asked to turn to the customer', 'Met');
  await answer(page, 'No other law stands in the way (GDPR art. 48)', 'Met');
  await answer(page, 'The order not to tell is valid and dated', 'Does not apply');
  await answer(page, 'No more is disclosed than must be', 'Met');
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.getByRole('button', { name: 'Finish the review' }).click();
  await page.getByLabel(/^What is handed over: Subscriber data of Meridian/).fill('Name and address of the holder');
  await page.getByLabel(/^How many records: Subscriber data of Meridian/).fill('1');
  await page.getByLabel('To whom').fill('Inspector Doe');
  await page.getByLabel('How', { exact: true }).fill('Encrypted to the inspector’s key');
  await expectAccessible(page);
  await expectFitsAPhone(page);
  await page.getByRole('button', { name: 'Propose this disclosure' }).click();
  await page.getByLabel('Why it is right').fill(reason);
  await page.getByRole('button', { name: 'Sign off the disclosure' }).click();
  await expect(page.getByText('The second sign-off is another person’s.')).toBeVisible();

  const second = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
  await signIn(second, people.counsel);
  await second.goto(address);
  await second.getByLabel('Why it is right').fill(reason);
  await second.getByRole('button', { name: 'Sign off the disclosure' }).click();
  await second.getByRole('button', { name: 'It was handed over' }).click();
  await second.getByRole('button', { name: 'Close the demand' }).click();
  await expect(second.getByText('Nothing remains to be decided.')).toBeVisible();
  await expect(second.getByText('Only non-content data disclosed').first()).toBeVisible();
  signedIn.legal = await page.context().storageState();
  signedIn.counsel = await second.context().storageState();
  await second.context().close();

  const anneke = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
  await signIn(anneke, people.privacyOfficer);
  await anneke.getByRole('link', { name: /^Notices/ }).first().click();
  await expectAccessible(anneke);
  await expectFitsAPhone(anneke);
  await anneke.getByRole('link', { name: /What became of a demand by Police Office, Exampleton/ }).first().click();
  await expect(anneke.getByText('Name and address of the holder')).toBeVisible();
  const download = anneke.waitForEvent('download');
  await anneke.getByRole('link', { name: 'warrant.pdf' }).click();
  expect(readFileSync(await (await download).path(), 'utf8')).toBe('%PDF-1.7 a warrant');
  await anneke.getByLabel('Words with it').fill('We know.');
  await anneke.getByRole('button', { name: 'Acknowledge', exact: true }).click();
  await expect(anneke.getByText('We know.')).toBeVisible();
  await expectAccessible(anneke);
  await expectFitsAPhone(anneke);
  await anneke.context().close();
});

test('a notice is written by one, issued by another, asked about and answered', async ({ browser, baseURL, javaScriptEnabled }) => {
  test.skip(!signedIn.legal || !signedIn.counsel, 'it goes on with the people of the test before');
  const as = async (storageState: State) =>
    (await browser.newContext({ baseURL, javaScriptEnabled, storageState })).newPage();
  const writer = await as(signedIn.legal!);
  await writer.goto('/desk/notices/new?kind=policy_change&language=en');
  await expectAccessible(writer);
  await expectFitsAPhone(writer);
  await writer.locator('[name=policy]').fill('Acceptable use policy');
  await writer.locator('[name=change]').fill('Says what automated tests may do.');
  await writer.locator('[name=difference]').fill('Until now: nothing. From then on: they may read.');
  await writer.locator('[name=from]').fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
  await writer.getByLabel('To these alone').check();
  await writer.getByLabel('Meridian Health Group').check();
  await writer.getByRole('button', { name: 'Keep it and look at it' }).click();
  await expect(writer.getByText('Says what automated tests may do.')).toBeVisible();
  await expect(writer.getByRole('button', { name: 'Issue it' }), 'it takes a second person').toHaveCount(0);
  await expectAccessible(writer);
  await expectFitsAPhone(writer);

  const issuer = await as(signedIn.counsel!);
  await issuer.goto(writer.url());
  await issuer.getByRole('button', { name: 'Issue it' }).click();
  await expect(issuer).toHaveURL(/\/desk\/notices/);

  const ruth = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
  await signIn(ruth, people.owner);
  await ruth.goto('/portal/notices');
  await ruth.getByRole('link', { name: 'A change of “Acceptable use policy”' }).first().click();
  await ruth.getByLabel('Your words').fill('Which tests are these?');
  await ruth.getByRole('button', { name: 'Ask the provider' }).click();
  await writer.goto('/desk/notices');
  await expectAccessible(writer);
  await expectFitsAPhone(writer);
  const waiting = writer.getByRole('region', { name: 'Customers wait for an answer' });
  await waiting.getByRole('listitem').filter({ hasText: 'Acceptable use policy' }).getByRole('link', { name: /^Answer/ }).click();
  await expect(writer.getByText('Which tests are these?')).toBeVisible();
  await writer.getByLabel('What you say').fill('Those that you run yourselves.');
  await writer.getByRole('button', { name: 'Send' }).click();
  await expectAccessible(writer);
  await ruth.reload();
  await expect(ruth.getByText('Those that you run yourselves.')).toBeVisible();
  for (const page of [writer, issuer, ruth]) await page.context().close();
});
