import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';
import { unusedCode } from './server';

/** What went wrong in the browser while a test ran, besides what the test itself looks at. */
class Problems {
  private seen: string[] = [];
  private expected: RegExp[] = [];

  /** Call it before the problem: a test of a page that is not there expects its 404. */
  expect(problem: RegExp) {
    this.expected.push(problem);
  }

  add(problem: string) {
    this.seen.push(problem);
  }

  unexpected() {
    return this.seen.filter(problem => !this.expected.some(expected => expected.test(problem)));
  }
}

/** Specs import `test` from here. It fails on any console error, page error or failed request to our own origin. */
export const test = base.extend<{ problems: Problems }>({
  problems: [
    async ({ context, baseURL, javaScriptEnabled }, use) => {
      const problems = new Problems();
      const ours = (url: string) => new URL(url).origin === new URL(baseURL!).origin;

      context.on('console', message => {
        if (message.type() === 'error') problems.add(`console: ${message.text()} (${message.location().url})`);
      });
      context.on('weberror', error => problems.add(`page: ${error.error().stack ?? error.error()}`));
      context.on('requestfailed', request => {
        const reason = request.failure()?.errorText;
        // The browser itself aborts what a download or the next page makes superfluous, and blocks scripts that are off.
        const harmless = reason === 'net::ERR_ABORTED' || (reason === 'csp' && !javaScriptEnabled);
        if (ours(request.url()) && !harmless) {
          problems.add(`request: ${request.method()} ${request.url()} ${reason}`);
        }
      });

      await use(problems);
      expect(problems.unexpected(), 'problems in the browser').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export type Person = { email: string; password: string; authenticator?: string };

/** Signs in by the form, as it works without JavaScript too. */
export async function signIn(page: Page, who: Person) {
  await page.goto('/sign-in');
  await page.getByLabel('Email', { exact: true }).fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.getByLabel('Password').press('Enter');
  if (who.authenticator) {
    await page.getByLabel('Code', { exact: true }).fill(await unusedCode(page, who.email, who.authenticator));
    await page.getByLabel('Code', { exact: true }).press('Enter');
  }
  await expect(page, `${who.email} is signed in`).not.toHaveURL(/\/sign-in/);
}

/** Chromium's own virtual authenticator: it belongs to the page's tab. */
export async function addAuthenticator(page: Page, { verifies }: { verifies: boolean }) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    setVerifies: (isUserVerified: boolean) =>
      devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}

export async function addPasskey(page: Page, name: string) {
  await page.goto('/account');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
}

/** Neither too wide for a phone nor hard to use for anybody. */
export async function expectFitsAPhone(page: Page) {
  const before = page.viewportSize()!;
  await page.setViewportSize({ width: 320, height: 700 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(320);
  await page.setViewportSize(before);
}

/** WCAG 2.2 level AA, as far as a program can tell. */
export async function expectAccessible(page: Page) {
  const scripting = await page.evaluate(() => matchMedia('(scripting: enabled)').matches);
  const checked = scripting ? page : await copyForAxe(page);
  const { violations } = await new AxeBuilder({ page: checked })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  if (checked !== page) await checked.context().close();

  const found = violations.map(rule => [`${rule.id}: ${rule.help}`, ...rule.nodes.map(node => `  ${node.html}`)].join('\n'));
  expect(found, 'accessibility problems').toEqual([]);
}

/**
 * Where JavaScript is off, axe waits for its own timers forever. So it looks at a copy, in a browser context that lets
 * axe's scripts run and none of the page's, with what stands in <noscript> shown as it is to people without scripts.
 */
async function copyForAxe(page: Page) {
  const html = (await page.content()).replace(/<\/?noscript[^>]*>/g, '');
  const context = await page.context().browser()!.newContext({ javaScriptEnabled: true });
  const copy = await context.newPage();
  await copy.route(page.url(), route =>
    route.fulfill({ body: html, contentType: 'text/html', headers: { 'Content-Security-Policy': "script-src 'none'" } }),
  );
  await copy.goto(page.url());
  return copy;
}
