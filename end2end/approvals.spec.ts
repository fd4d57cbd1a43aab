import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import { addAuthenticator, addPasskey, expect, expectAccessible, expectFitsAPhone, signIn, test } from './fixtures';
import { accessEvent, daysAgo, people, server, verifyApproval } from './server';

/** Each test of this file leaves the pages as the next finds them. */
test.describe.configure({ mode: 'serial' });

/** The provider's person stays signed in: a code works once. */
let operations: Awaited<ReturnType<ReturnType<Page['context']>['storageState']>> | undefined;

/** The provider's person at the desk, signed in once. */
async function atDesk(browser: Browser, options: BrowserContextOptions) {
  const desk = await (await browser.newContext({ ...options, storageState: operations })).newPage();
  if (!operations) {
    await signIn(desk, people.operations);
    operations = await desk.context().storageState();
  }
  return desk;
}

/** Asks for access at the desk; returns the grant's id. */
async function ask(page: Page, ticket: string) {
  await page.goto('/desk/access');
  const form = page.getByRole('region', { name: 'Ask for access' });
  await form.getByLabel('Customer').selectOption({ label: 'Meridian Health Group' });
  await form.getByLabel('Who, by pseudonym').fill('e-4711');
  await form.getByLabel('Their role').fill('Storage engineer');
  await form.getByLabel('Their employer').fill('Nimbus Cloud GmbH');
  await form.getByLabel('Purpose').selectOption({ label: 'Support you asked for' });
  await form.getByLabel('Why, in words').fill('Restore the letters of one ward.');
  await form.getByLabel('Ticket').fill(ticket);
  await form.getByLabel('Service').fill('Object Storage');
  await form.getByLabel('Resources').fill('patient-letters\nward-rota');
  await form.getByLabel('Read', { exact: true }).check();
  await form.getByLabel('List', { exact: true }).check();
  await form.getByLabel('From which countries').fill('DE, IE');
  await form.getByLabel('For how many minutes').fill('120');
  await form.getByRole('button', { name: 'Ask for access' }).click();
  await expect(page.getByText('It is asked for.')).toBeVisible();
  return new URL(page.url()).pathname.split('/').pop()!;
}

async function looksRight(page: Page) {
  await expectAccessible(page);
  await expectFitsAPhone(page);
}

test('access is asked for, asked about, approved for less and ended', async ({ browser, page, baseURL, javaScriptEnabled, problems }) => {
  // A form that approves nothing.
  problems.expect(/422/);
  const desk = await atDesk(browser, { baseURL, javaScriptEnabled });
  await desk.goto('/desk/access');
  await looksRight(desk);
  const grant = await ask(desk, 'CASE-8801');
  await looksRight(desk);

  await signIn(page, people.approver);
  await expect(page.getByRole('link', { name: /^Approvals, \d+ waiting$/ })).toBeVisible();
  await page.goto('/portal/approvals');
  await expect(page.getByText('The ticket is CASE-8801.')).toBeVisible();
  await looksRight(page);
  await page.goto(`/portal/approvals/${grant}`);
  await looksRight(page);
  await page.getByText('Ask first', { exact: true }).click();
  await page.getByLabel('What you want to know first').fill('Which ward?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('Your question is with the provider.')).toBeVisible();

  await desk.reload();
  await desk.getByLabel('Answer the question').fill('The third.');
  await desk.getByRole('button', { name: 'Answer', exact: true }).click();
  await page.reload();
  await expect(page.getByText('The third.')).toBeVisible();

  for (const box of ['patient-letters', 'ward-rota']) await page.getByLabel(box, { exact: true }).uncheck();
  await page.getByRole('button', { name: 'Approve, unsigned' }).click();
  await expect(page.getByText('Nothing is approved yet')).toBeVisible();
  await looksRight(page);
  await page.getByLabel('patient-letters', { exact: true }).check();
  await page.getByLabel('For how many minutes').fill('30');
  await page.getByRole('button', { name: 'Approve, unsigned' }).click();
  await expect(page.getByText('That is less than was asked for.')).toBeVisible();
  await looksRight(page);

  await desk.reload();
  await expect(desk.getByText('May be accessed until')).toBeVisible();
  await looksRight(desk);
  await desk.getByRole('button', { name: 'It is done: end it' }).click();
  await expect(desk.getByText('The access is ended, from now on.')).toBeVisible();
  await desk.context().close();
});

test('an approval is signed with a passkey, and anybody can verify it', async ({ browser, page, baseURL, javaScriptEnabled, problems }) => {
  test.skip(!javaScriptEnabled, 'passkeys need scripts');
  const desk = await atDesk(browser, { baseURL, javaScriptEnabled });
  const grant = await ask(desk, 'CASE-8804');
  await addAuthenticator(page, { verifies: true });
  problems.expect(/422/);
  await signIn(page, people.approver);
  await page.goto(`/portal/approvals/${grant}`);
  await page.getByRole('button', { name: 'Approve, signed with a passkey' }).click();
  await expect(page.getByRole('alert')).toHaveText('You have no passkey yet. Add one to your account, and come back.');
  await addPasskey(page, 'Work laptop');
  await expect(page).toHaveURL(/done=passkey_added$/);
  await page.goto(`/portal/approvals/${grant}`);
  await page.getByLabel('ward-rota', { exact: true }).uncheck();
  await page.getByRole('button', { name: 'Approve, signed with a passkey' }).click();
  await expect(page.getByText('Your approval is given.')).toBeVisible();
  const fingerprint = await page.locator('#register ~ table code').textContent();
  await looksRight(page);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'The grant as JSON' }).click();
  const file = await (await download).path();
  const told = verifyApproval(file, fingerprint!);
  expect(told).toContain('read, list of patient-letters');
  expect(told).not.toContain('ward-rota');
  await page.goto('/account');
  await page.getByRole('button', { name: 'Remove the passkey Work laptop' }).click();
  await expect(page).toHaveURL(/done=passkey_removed$/);
  await desk.context().close();
});

test('access is denied with a reason that the provider reads', async ({ browser, page, baseURL, javaScriptEnabled }) => {
  const desk = await atDesk(browser, { baseURL, javaScriptEnabled });
  const grant = await ask(desk, 'CASE-8802');
  await signIn(page, people.approver);
  await page.goto(`/portal/approvals/${grant}`);
  await page.getByText('Deny it', { exact: true }).click();
  await page.getByLabel('Why it is denied').fill('Not during the audit.');
  await page.getByRole('button', { name: 'Deny', exact: true }).click();
  await expect(page.getByText('It is denied.')).toBeVisible();
  await desk.reload();
  await expect(desk.getByText('Not during the audit.')).toBeVisible();
  await desk.context().close();
});

test('an open page says that somebody asks, and so does the navigation, without a reload', async ({ browser, page, baseURL, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled === false, 'without JavaScript a reload shows it');
  const desk = await atDesk(browser, { baseURL, javaScriptEnabled });
  await signIn(page, people.approver);
  const connected = page.waitForResponse(response => response.url().includes('/portal/approvals/live'));
  await page.goto('/portal/approvals');
  await connected;
  const waiting = async () => {
    const name = await page.getByRole('link', { name: /^Approvals/ }).getAttribute('aria-label');
    return Number(/\d+/.exec(name ?? '')?.[0] ?? 0);
  };
  const before = await waiting();
  const grant = await ask(desk, 'CASE-8804');
  await expect(page.getByRole('status')).toHaveText('1 new request for access since you opened this page');
  await expect(page.getByText('The ticket is CASE-8804.')).toHaveCount(0);
  expect(await waiting()).toBe(before + 1);
  await looksRight(page);
  await page.getByRole('link', { name: 'Show it' }).click();
  await expect(page.getByText('The ticket is CASE-8804.')).toBeVisible();
  await expect(page.getByText('since you opened this page')).toHaveCount(0);

  // Decided elsewhere, it waits no more.
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(`/portal/approvals/${grant}`);
  await elsewhere.getByText('Deny it', { exact: true }).click();
  await elsewhere.getByLabel('Why it is denied').fill('It was a try.');
  await elsewhere.getByRole('button', { name: 'Deny', exact: true }).click();
  await expect(elsewhere.getByText('It is denied.')).toBeVisible();
  await expect.poll(waiting).toBe(before);
  await desk.context().close();
});

test('the policy names a delegate, who decides', async ({ browser, page, baseURL, javaScriptEnabled }) => {
  await signIn(page, people.owner);
  await page.goto('/portal/approvals/policy');
  await looksRight(page);
  await page.getByText('Name a delegate', { exact: true }).click();
  const delegates = page.getByRole('region', { name: 'Delegates' });
  const auditor = await delegates.getByLabel('Who').locator('option', { hasText: 'Tomasz Zielinski' }).getAttribute('value');
  await delegates.getByLabel('Who').selectOption(auditor!);
  await delegates.getByLabel('From').fill('2026-01-01T00:00');
  await delegates.getByLabel('Until').fill('2099-01-01T00:00');
  await delegates.getByRole('button', { name: 'Set it' }).click();
  await expect(page.getByText('The next version of the policy holds from now on.')).toBeVisible();
  await looksRight(page);

  const desk = await atDesk(browser, { baseURL, javaScriptEnabled });
  const grant = await ask(desk, 'CASE-8803');
  const delegate = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
  await signIn(delegate, people.auditor);
  await delegate.goto(`/portal/approvals/${grant}`);
  await delegate.getByRole('button', { name: 'Approve, unsigned' }).click();
  await expect(delegate.getByText('Your approval is given.')).toBeVisible();
  await delegate.context().close();
  await desk.context().close();

  await page.goto('/portal/approvals/policy');
  await page.getByRole('button', { name: /^End it.*Tomasz Zielinski$/ }).click();
  await expect(page.getByText('Nobody decides in another’s place.')).toBeVisible();
});

test('what nobody decides expires', async ({ page, request }, { project }) => {
  const token = (...of: string[]) => server(project.name, ['token', 'create', ...of]).trim();
  const provider = token('--provider', '--scope', 'access-requests:write');
  const customer = token('--customer', 'meridian-health', '--scope', 'access-decisions:write');
  let grant = '';
  await daysAgo(project.name, 5, async address => {
    const asked = await request.post(`${address}/api/v1/access-requests`, {
      headers: { Authorization: `Bearer ${provider}` },
      data: {
        customer: 'meridian-health',
        reference: `${project.name}-nobody`,
        accessor: 'e-4711',
        role: 'Storage engineer',
        employer: 'Nimbus Cloud GmbH',
        countries: ['DE'],
        justification: 'Look at a letter that nobody misses',
        minutes: 30,
        operations: ['read'],
        purpose: 'customer_requested_support',
        resources: ['patient-letters'],
        service: 'Object Storage',
      },
    });
    expect(asked.status(), await asked.text()).toBe(201);
    grant = (await asked.json()).id;
    // A cookie of that time would be over for the browser, so their system looks.
    const waiting = await request.get(`${address}/api/v1/access-requests/${grant}`, {
      headers: { Authorization: `Bearer ${customer}` },
    });
    expect((await waiting.json()).status).toBe('waiting');
  });

  await signIn(page, people.approver);
  await page.goto(`/portal/approvals/${grant}`);
  await expect(page.getByText('Expired without a decision').first()).toBeVisible();
  await expect(page.getByText('It expired: nobody decided in time')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Approve, unsigned' })).toHaveCount(0);
  await looksRight(page);
});

test('an access without a grant stands above everything and can’t be taken away', async ({ page }, { project }) => {
  // It says that the customer approved it, and names no grant.
  const event = accessEvent(`approvals-${project.name}`, 'Nobody was asked for this one');
  server(project.name, ['ingest', '--format', 'native', '-'], JSON.stringify(event));
  await signIn(page, people.privacyOfficer);
  await page.goto('/portal/approvals');
  const exceptions = page.getByRole('region', { name: /not made as (it was|they were) granted$/ });
  await expect(exceptions.getByText('Nobody was asked for this one')).toBeVisible();
  await expect(exceptions.getByText('It names no grant.').first()).toBeVisible();
  await looksRight(page);
  await exceptions.getByRole('link', { name: /^Record/ }).first().click();
  await expect(page.getByRole('heading', { name: 'This access was not made as it was granted' })).toBeVisible();
  await looksRight(page);
  await page.goto('/portal/approvals/exceptions');
  await looksRight(page);
  await page.goto('/portal/access?q=asked');
  await expect(page.getByText('Not as granted').first()).toBeVisible();
  await looksRight(page);
});
