import { expect, expectAccessible, signIn, test } from './fixtures';
import { accessEvent, people, server } from './server';

test('the first page says what this is and leads on', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Sign in' }).first().click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expectAccessible(page);
});

test('a wrong password is told in a sentence, and nothing typed elsewhere is lost', async ({ page, problems }) => {
  problems.expect(/422/);
  await page.goto('/portal/access?purpose=legal_demand');
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByLabel('Email', { exact: true }).fill('nobody@example.com');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('don’t match');
  await expectAccessible(page);
  await page.getByLabel('Email', { exact: true }).fill(people.privacyOfficer.email);
  await page.getByLabel('Password').fill(people.privacyOfficer.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL('/portal/access?purpose=legal_demand');
});

test('the overview tells what happened lately', async ({ page }) => {
  await signIn(page, people.privacyOfficer);
  await page.goto('/portal');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Who looked at your data');
  await expect(page.getByText(/Your data was accessed \d+ times in the last 30 days/)).toBeVisible();
  await expectAccessible(page);
});

test('the record is filtered, shared by its address, paged and read whole', async ({ page }) => {
  await signIn(page, people.privacyOfficer);
  await page.goto('/portal/access');
  await expect(page.getByRole('row')).toHaveCount(51);
  await expectAccessible(page);

  await page.getByLabel('Purpose').selectOption({ label: 'Responding to a production alert' });
  await page.getByLabel('Words').fill('disk vol');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/purpose=production_alert/);
  await expect(page).toHaveURL(/q=disk\+vol/);
  for (const row of (await page.getByRole('row').all()).slice(1)) await expect(row).toContainText('Disk nearly full');

  await page.getByRole('link', { name: 'Clear filters' }).click();
  const newest = await page.getByRole('row').nth(1).innerText();
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page.getByRole('row').nth(1)).not.toHaveText(newest);
  await page.getByRole('link', { name: 'Newer' }).click();
  await expect(page.getByRole('row')).toHaveCount(51);

  await page.getByRole('row').nth(1).getByRole('link').click();
  await expect(page).toHaveURL(/\/portal\/access\/\d+$/);
  for (const question of ['Who accessed it?', 'Why?', 'What was accessed?', 'By whose approval?', 'Is the access revoked?']) {
    await expect(page.getByText(question, { exact: true })).toBeVisible();
  }
  await expectAccessible(page);
});

test('filters that match nothing, or can’t be read, say so', async ({ page }) => {
  await signIn(page, people.privacyOfficer);
  await page.goto('/portal/access?q=nothing+such');
  await expect(page.getByText('No access matches these filters')).toBeVisible();
  await page.goto('/portal/access?from=2026-02-31');
  await expect(page.getByRole('alert')).toContainText('is not a day');
  await expectAccessible(page);
});

test('the filtered view is taken away as CSV, JSON and NDJSON', async ({ page }) => {
  await signIn(page, people.privacyOfficer);
  await page.goto('/portal/access?purpose=break_glass_emergency');
  const rows = (await page.getByRole('row').count()) - 1;
  for (const [name, count] of [
    ['CSV', (text: string) => text.split('\r\n').length - 2],
    ['JSON', (text: string) => JSON.parse(text).length],
    ['NDJSON', (text: string) => text.trim().split('\n').length],
  ] as const) {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name, exact: true }).click();
    const stream = await (await download).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(count(Buffer.concat(chunks).toString('utf8')), name).toBe(rows);
  }
});

test('what the provider’s systems report is in the record at once, and once', async ({ page, request }, { project }) => {
  const token = server(project.name, ['token', 'create', '--provider', '--scope', 'access-events:write']).trim();
  const data = accessEvent(`api-${project.name}`, 'Heron reported by API');
  const report = () => request.post('/api/v1/access-events', { headers: { authorization: `Bearer ${token}` }, data });
  expect((await (await report()).json()).stored).toBe(1);
  expect((await (await report()).json()).repeated).toBe(1);

  const file = [accessEvent(`file-${project.name}`, 'Heron brought in by file'), { id: 'broken' }]
    .map(event => JSON.stringify(event))
    .join('\n');
  let told = '';
  try {
    server(project.name, ['ingest', '--format', 'native', '-'], file);
  } catch (failure) {
    expect((failure as { status: number }).status).toBe(1);
    told = (failure as { stdout: string }).stdout + (failure as { stderr: string }).stderr;
  }
  expect(told).toContain('1 stored, 0 repeated, 1 refused');
  expect(told).toContain('-:2 (broken): /accessor');

  await signIn(page, people.privacyOfficer);
  await page.goto('/portal/access?q=heron');
  await expect(page.getByRole('row')).toHaveCount(3);
});

test('times and days are those of the zone that the browser is in, where it can say so', async ({ browser, baseURL, javaScriptEnabled }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled, timezoneId: 'Asia/Tokyo' });
  const page = await context.newPage();
  await signIn(page, people.privacyOfficer);
  await page.goto('/portal/access');
  const [zone, offset] = javaScriptEnabled ? ['Asia/Tokyo', '+09:00'] : ['UTC', 'UTC'];
  await expect(page.getByText(`Every access to your data, the newest first. Times in ${zone}.`)).toBeVisible();
  const time = page.getByRole('row').nth(1).locator('time').first();
  // Kept in UTC, and Swedish writes times as the table does.
  const started = (await time.getAttribute('datetime'))!;
  expect(started).toMatch(/Z$/);
  const here = new Date(started).toLocaleString('sv-SE', { timeZone: zone });
  await expect(time).toHaveText(`${here} ${offset}`);

  await page.getByLabel('From').fill(here.slice(0, 10));
  await page.getByRole('button', { name: 'Apply' }).click();
  if (javaScriptEnabled) await expect(page).toHaveURL(/zone=Asia%2FTokyo/);
  await expect(page.getByText(`Days are those of ${zone}.`)).toBeVisible();
  await expect(time).toHaveText(`${here} ${offset}`);
  await expectAccessible(page);
  await context.close();
});

test('another customer sees nothing of it', async ({ page, problems }, { project }) => {
  await signIn(page, people.otherCustomer);
  await page.goto('/portal/access?q=heron');
  await expect(page.getByText('No access matches these filters')).toBeVisible();
  problems.expect(/404/);
  await page.goto('/portal/access/999999');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing at this address');
  await expectAccessible(page);
  expect(project.name).toBeTruthy();
});

test('staff has a desk and no way to a customer’s pages', async ({ page, problems }) => {
  await signIn(page, people.publishing);
  await expect(page).toHaveURL('/desk');
  await expectAccessible(page);
  problems.expect(/404/);
  await page.goto('/portal/access');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing at this address');
});

test('signing out ends it', async ({ page }) => {
  await signIn(page, people.privacyOfficer);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto('/portal');
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test('the API is documented in words', async ({ page }) => {
  await page.goto('/api/docs');
  await expect(page.getByText('/api/v1/access-events').first()).toBeVisible();
  await expectAccessible(page);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page is accessible and fits on a small phone, ${colorScheme}`, async ({ browser, baseURL, javaScriptEnabled }) => {
    test.setTimeout(180_000);
    const context = await browser.newContext({
      baseURL,
      colorScheme,
      javaScriptEnabled,
      viewport: { width: 320, height: 700 },
    });
    const page = await context.newPage();
    await signIn(page, people.privacyOfficer);
    for (const path of [
      '/',
      '/transparency',
      '/portal',
      '/portal/access',
      '/portal/access/0',
      '/portal/findings',
      '/portal/summary',
      '/portal/people',
      '/portal/sign-in-rule',
      '/portal/tokens',
      '/portal/activity',
      '/account',
      '/api/docs',
    ]) {
      await page.goto(path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, `${path} scrolls sideways`).toBeLessThanOrEqual(320);
      await expectAccessible(page);
    }
    await page.getByRole('link', { name: 'Anneke de Vries' }).click();
    await expect(page, 'the account is reached on a phone').toHaveURL('/account');
    await context.close();
  });
}
