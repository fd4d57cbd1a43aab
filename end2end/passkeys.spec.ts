import { expect, expectAccessible, test } from './fixtures';

test('signing in with a passkey is offered where scripts run, and elsewhere the page says why not', async ({ page, javaScriptEnabled }) => {
  await page.goto('/sign-in');
  const button = page.getByRole('button', { name: 'Sign in with a passkey' });
  const sentence = page.getByText('Passkeys need JavaScript');
  await expect(javaScriptEnabled ? button : sentence).toBeVisible();
  await expect(javaScriptEnabled ? sentence : button).toBeHidden();
  await expectAccessible(page);
});
