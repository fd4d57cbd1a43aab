import { addAuthenticator, addPasskey, expect, expectAccessible, signIn, test } from './fixtures';
import { people } from './server';
import type { Page } from '@playwright/test';

async function signOut(page: Page) {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/');
}

async function signInByPasskey(page: Page, path = '/sign-in') {
  await page.goto(path);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
}

test('a passkey is added, signs in without anything typed, and is removed for good', async ({ page, problems }) => {
  const authenticator = await addAuthenticator(page, { verifies: true });
  await signIn(page, people.otherCustomer);
  await addPasskey(page, 'Work laptop');
  await expect(page).toHaveURL(/\/account\?done=passkey_added$/);
  await expect(page.getByText('Work laptop').first()).toBeVisible();
  await expectAccessible(page);
  expect(await authenticator.credentials()).toEqual([expect.objectContaining({ isResidentCredential: true, rpId: 'localhost' })]);

  await addPasskey(page, 'The same laptop');
  await expect(page.getByRole('alert')).toHaveText('This device has a passkey of yours already.');
  await expectAccessible(page);

  await signOut(page);
  await signInByPasskey(page, '/portal/access?q=disk');
  await expect(page).toHaveURL('/portal/access?q=disk');
  await page.goto('/account');
  await page.getByRole('button', { name: 'Remove the passkey Work laptop' }).click();
  await expect(page).toHaveURL(/\/account\?done=passkey_removed$/);
  await signOut(page);

  problems.expect(/403/);
  await signInByPasskey(page);
  await expect(page.getByRole('alert')).toContainText('That passkey was not taken');
  await expect(page).toHaveURL('/sign-in');
  await expectAccessible(page);
});

test('whoever isn’t verified by the device gets nothing, and may try again', async ({ page }) => {
  const authenticator = await addAuthenticator(page, { verifies: false });
  await signIn(page, people.otherCustomer);
  await addPasskey(page, 'Somebody’s laptop');
  await expect(page.getByRole('alert')).toHaveText('Nothing was done: it was cancelled, or it took too long.');
  expect(await authenticator.credentials()).toEqual([]);

  await authenticator.setVerifies(true);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page).toHaveURL(/\/account\?done=passkey_added$/);
  await signOut(page);

  await authenticator.setVerifies(false);
  await signInByPasskey(page);
  await expect(page.getByRole('alert')).toHaveText('Nothing was done: it was cancelled, or it took too long.');
  await expectAccessible(page);
  await authenticator.setVerifies(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL('/portal');
});

test('where passkeys can’t work, the page leads to where they do', async ({ page, baseURL }) => {
  const here = new URL('/sign-in', baseURL);
  const elsewhere = new URL(here);
  elsewhere.hostname = '127.0.0.1';
  await page.goto(elsewhere.href);
  await expect(page.getByText('Passkeys work at the portal’s own address alone')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeHidden();
  await page.getByRole('link', { name: here.href }).click();
  await expect(page).toHaveURL(here.href);
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeVisible();
});
