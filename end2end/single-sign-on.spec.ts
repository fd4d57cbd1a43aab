import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, expectAccessible, expectFitsAPhone, signIn, test } from './fixtures';
import { people } from './server';

/** A real identity provider of this test's own, for one redirect URL. */
async function identityProvider(redirect: string) {
  const child = spawn('node', ['oidc-provider.mjs', '--until-input-ends', '--redirect', redirect], {
    cwd: __dirname,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { ...(JSON.parse(line) as { issuer: string; secret: string }), stop: () => child.kill() };
  }
  throw new Error('the identity provider did not start');
}

test('an owner connects the identity provider, tries it out, and its people sign in by it', async ({ page, browser, baseURL, javaScriptEnabled, problems }) => {
  test.setTimeout(90_000);
  // A form with something wrong in it is answered by 422, which the browser calls a failure.
  problems.expect(/422/);
  await signIn(page, people.owner);
  await page.goto('/portal/single-sign-on');
  await expectAccessible(page);
  const redirect = await page.locator('section code').filter({ hasText: '/callback' }).innerText();
  const provider = await identityProvider(redirect);
  try {
    await page.getByLabel('Issuer').fill(provider.issuer);
    await page.getByLabel('Client ID').fill('vitrine');
    await page.getByLabel('Client secret').fill(provider.secret);
    await page.getByLabel('Domains').fill('gmail.com');
    await page.getByLabel('Claim that says the role').fill('realm_access.roles');
    await page.getByLabel('Which value makes which role').fill('portal-auditors = auditor');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('gives mailboxes to anybody')).toBeVisible();
    await expectAccessible(page);
    await page.getByLabel('Domains').fill(`meridian-health.example`);
    await page.getByLabel('Client secret').fill(provider.secret);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('status').first()).toContainText('The connection is saved');
    await page.getByRole('button', { name: 'Try it out' }).click();
    await expect(page.getByText('The provider is reached')).toBeVisible();
    await expectAccessible(page);
    await expectFitsAPhone(page);
    await page.getByRole('button', { name: 'Switch on' }).click();
    await expect(page.getByText('Switched on, beside the other ways')).toBeVisible();

    const theirs = await browser.newContext({ baseURL, javaScriptEnabled });
    const grace = await theirs.newPage();
    await grace.goto('/portal/access?purpose=legal_demand');
    await grace.getByText('Sign in with your organisation').click();
    await grace.getByLabel('Your address at the organisation').fill('grace@meridian-health.example');
    // A browser that isn't led on by itself stays on our page, which has a link.
    let led = 0;
    await grace.route(`${provider.issuer}/**`, route => {
      led += 1;
      return route.fulfill({ status: 204 });
    });
    await grace.getByRole('button', { name: 'Continue' }).click();
    const onward = grace.getByRole('link', { name: 'Go on to 127.0.0.1' });
    await expect(onward).toBeVisible();
    await expectFitsAPhone(grace);
    // Without scripts axe looks at a copy, which would be led on.
    if (javaScriptEnabled) await expectAccessible(grace);
    // Else the page may lead on by itself while the link is clicked.
    await expect.poll(() => led).toBeGreaterThan(0);
    await grace.unroute(`${provider.issuer}/**`);
    await onward.click();

    await grace.getByRole('button', { name: 'Cancel' }).click();
    await expect(grace.getByRole('alert')).toContainText('The identity provider ended the sign-in: access_denied');
    await expectAccessible(grace);
    await expectFitsAPhone(grace);
    await expect(grace.getByLabel('Your address at the organisation')).toHaveValue('grace@meridian-health.example');
    await grace.getByRole('button', { name: 'Continue' }).click();
    await grace.getByLabel('Email').fill('grace@meridian-health.example');
    await grace.getByRole('button', { name: 'Sign in' }).click();
    await expect(grace, 'where she was going').toHaveURL('/portal/access?purpose=legal_demand');

    await grace.goto('/portal/people');
    await expect(grace.getByRole('listitem').filter({ hasText: 'grace@meridian-health.example' })).toContainText('Auditor');
    await grace.goto('/portal/single-sign-on');
    await expect(grace.getByText(provider.issuer)).toBeVisible();
    await expect(grace.getByRole('textbox')).toHaveCount(0);
    await expectAccessible(grace);
    await expectFitsAPhone(grace);
    await grace.goto('/account');
    await expect(grace.getByText('You sign in with your organisation.')).toBeVisible();
    await expectAccessible(grace);
    await theirs.close();

    await page.goto('/portal/single-sign-on');
    await page.getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByText('There is no connection yet')).toBeVisible();
  } finally {
    provider.stop();
  }
});
